/* SPDX-License-Identifier: MIT */
/* Failpoints of test builds. */
#include "objects/base/failpoint.h"

#if VXE_FAILPOINTS

#include "objects/base/clock.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

static void log_reached(const char *file, const char *name)
{
	_cleanup_close_ int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	_cleanup_free_ char *line = xasprintf("%s\n", name);

	if (fd >= 0 && write(fd, line, strlen(line)) < 0)
		/* ignored: the test that reads the log of failpoints notices the missing line */
		return;
}

static int act(const char *action, const char *name, struct vxe_error *err)
{
	if (str_eq(action, "error"))
		return vxe_fail(err, VXE_FAILPOINT, name);
	if (str_eq(action, "die"))
		kill(getpid(), SIGKILL);
	if (str_eq(action, "stop"))
		kill(getpid(), SIGSTOP);
	if (str_starts(action, "sleep:"))
		clock_sleep_ms(strtol(action + strlen("sleep:"), NULL, 10));
	return 0;
}

int failpoint(
	struct failpoints *fp, const char *op, const char *step, bool after, struct vxe_error *err)
{
	_cleanup_free_ char *name = xasprintf("%s:%s%s", op, step, after ? ":after" : "");
	_cleanup_free_ char *number = xasprintf("#%u", ++fp->reached);
	_cleanup_strv_ struct strv rules = { 0 };

	if (fp->log)
		log_reached(fp->log, name);
	if (fp->spec)
		strv_split(&rules, fp->spec, ',');
	for (size_t i = 0; i < rules.n; i++) {
		char *eq = strchr(rules.items[i], '=');

		if (!eq)
			continue;
		*eq = '\0';
		if (!str_eq(rules.items[i], name) && !str_eq(rules.items[i], number))
			continue;
		if (act(eq + 1, name, err) < 0)
			return -1;
	}
	return 0;
}

#endif
