/* SPDX-License-Identifier: MIT */
/* The line that a command leaves in the journal names who has called. */
#include "objects/audit/audit_line.h"

#include "tests/unit/harness.h"
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "backends/machine/machine_caller.h"
#include "objects/session/session.h"
#include "tests/unit/scratch.h"

static char dir[SCRATCH_MAX];

/* The datagram that the command's end writes, as text. */
static char *told(const struct caller *caller)
{
	static char line[4096];
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	scratch_dir(dir, "deed");
	snprintf(at.sun_path, sizeof(at.sun_path), "%.*s/journal", (int)sizeof(at.sun_path) / 2,
		dir);
	cr_assert_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	deed_tell(&(struct session_config){ .journal = at.sun_path, .root = dir, .caller = caller },
		&(struct deed){ .command = "vm-start", .result = DEED_SUCCESS });
	ssize_t n = recv(fd, line, sizeof(line) - 1, MSG_DONTWAIT);

	cr_assert_gt(n, 0);
	line[n] = '\0';
	scratch_drop(dir);
	return line;
}

Test(deed, a_caller_on_another_machine_is_named)
{
	struct caller far = { .uid = 4711,
		.login = -1,
		.user = (char[]){ "ann" },
		.sudo = (char[]){ "" },
		.person = (char[]){ "ann" },
		.address = (char[]){ "192.0.2.7" } };
	const char *line = told(&far);

	cr_expect(strstr(line, "VXE_UID=4711\n"), "%s", line);
	cr_expect(strstr(line, "VXE_PERSON=ann\n"), "%s", line);
	cr_expect(strstr(line, "VXE_ADDRESS=192.0.2.7\n"), "%s", line);
	cr_expect(strstr(line, "by ann (uid 4711, from 192.0.2.7)"), "%s", line);
}

Test(deed, a_caller_here_is_the_user_of_the_process)
{
	const char *line = told(NULL);
	_cleanup_free_ char *uid = xasprintf("VXE_UID=%d\n", (int)getuid());

	cr_expect(strstr(line, uid), "%s", line);
	cr_expect_not(strstr(line, "VXE_ADDRESS"), "%s", line);
}
