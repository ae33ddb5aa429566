/* SPDX-License-Identifier: MIT */
/*
 * The cases on libvirt, as TAP: conformance URI FOLDER BOOT yes|no [PATTERN]. The fourth word says whether
 * libvirt can start networks there; PATTERN: only the cases whose names match. Two run at a time.
 */
#include "tests/conformance/conformance.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "backends/child/child.h"
#include "backends/hv/hv_ops.h"

#define AT_A_TIME 2
#define LIMIT 300 /* seconds for a case, on a machine that is busy with other things */

extern const struct hv_ops hv_libvirt_ops;

/* A case at work, and what it prints. */
struct run {
	size_t i;
	pid_t pid;
	FILE *out;
};

static void start(struct run *r, const struct conformance_host *host)
{
	r->out = tmpfile();
	r->pid = r->out ? fork() : -1;
	if (r->pid != 0)
		return;
	alarm(LIMIT);
	if (dup2(fileno(r->out), STDOUT_FILENO) < 0)
		_exit(1);
	conformance_run(host, r->i);
	_exit(0);
}

static bool reset(const char *uri, const char *uuid)
{
	const char *const virsh[] = { "virsh", "-q", "-c", uri, "reset", uuid, NULL };
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *output = NULL;

	return child_run(virsh, uuid, &output, &err) == 0;
}

/* One that dies has not said so. */
static bool end(const struct run *r)
{
	int status = -1;
	bool ended = r->pid > 0 && waitpid(r->pid, &status, 0) == r->pid && WIFEXITED(status);

	if (!ended)
		printf("not ok %zu - %s\n# it died: %d\n", r->i + 1, conformance_case(r->i)->name,
			status);
	if (r->out) {
		rewind(r->out);
		for (int c; (c = fgetc(r->out)) != EOF;)
			putchar(c);
		fclose(r->out);
	}
	fflush(stdout);
	return ended && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
	if (argc < 5) {
		fprintf(stderr, "usage: conformance URI FOLDER BOOT yes|no [PATTERN]\n");
		return 2;
	}

	const struct conformance_host host = { &hv_libvirt_ops, argv[1], argv[2], argv[3],
		strcmp(argv[4], "yes") == 0, reset };
	struct run runs[AT_A_TIME];
	size_t begun = 0, ended = 0;
	bool passed = true;

	for (size_t i = 0; conformance_case(i); i++) {
		if (argc > 5 && fnmatch(argv[5], conformance_case(i)->name, 0) != 0)
			continue;
		if (begun - ended == AT_A_TIME)
			passed &= end(&runs[ended++ % AT_A_TIME]);
		struct run *r = &runs[begun++ % AT_A_TIME];
		r->i = i;
		start(r, &host);
	}
	while (ended < begun)
		passed &= end(&runs[ended++ % AT_A_TIME]);
	return passed ? 0 : 1;
}
