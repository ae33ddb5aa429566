/* SPDX-License-Identifier: MIT */
/* Shared by the tests of the kind of content that is no file (tests/kind): a keeper of images for each test. */
#pragma once

#include "tests/kind/keeper_images.h"
#include "tests/unit/leak.h"

#include "backends/child/child.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define MIB 1048576

static char dir[SCRATCH_MAX]; /* the keeper's; each test runs in a process of its own */
static pid_t keeper;

/* It says that it is ready on its standard output. */
static inline void keeper_start(void)
{
	int ready[2];
	char byte;

	scratch_dir(dir, "kept");
	cr_assert_eq(pipe(ready), 0);
	keeper = fork();
	if (keeper == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ready[1], STDOUT_FILENO);
		close(ready[1]);
		keeper_serve(dir);
	}
	close(ready[1]);
	cr_assert_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

/* It leaves nothing behind. */
static inline void keeper_stop(void)
{
	int status;

	cr_expect_eq(kill(keeper, SIGTERM), 0);
	cr_expect_eq(waitpid(keeper, &status, 0), keeper);
	cr_expect_eq(status, 0);
	cr_expect_eq(rmdir(dir), 0, "%s: %s", dir, strerror(errno));
	no_leaks();
}

/* One question; the answer's errno, or 0. */
static inline int asked(const struct keeper_question *q, struct keeper_answer *ret)
{
	_cleanup_close_ int fd = keeper_connect(dir);

	cr_assert_geq(fd, 0);
	return keeper_ask(fd, q, ret, NULL, 0) < 0 ? errno : 0;
}
static inline int ask(enum keeper_what what, const char *name, uint64_t n)
{
	struct keeper_question q = { .what = what, .mode = 0600, .n = n };
	struct keeper_answer a;

	snprintf(q.name, sizeof(q.name), "%s", name);
	return asked(&q, &a);
}
static inline struct keeper_facts facts_of(const char *name)
{
	struct keeper_question q = { .what = KEEPER_LOOK };
	struct keeper_answer a = { 0 };

	snprintf(q.name, sizeof(q.name), "%s", name);
	cr_assert_eq(asked(&q, &a), 0, "%s", name);
	return a.facts;
}

/* An image of that name with room. */
static inline void keep(const char *name, uint64_t room)
{
	cr_assert_eq(ask(KEEPER_CREATE, name, room), 0);
}

/* How QEMU opens it. Owned. */
static inline char *export_of(const char *name)
{
	return xasprintf("nbd+unix:///%s?socket=%s/" KEEPER_NBD, name, dir);
}

/* Runs a program of QEMU's on it; true if it succeeds and finds what it looks for. */
static inline bool tool(const char *name, const char *const *args)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *at = export_of(name), *output = NULL;
	const char *argv[16];
	size_t n = 0;

	for (; args[n]; n++)
		argv[n] = args[n];
	argv[n++] = at;
	argv[n] = NULL;
	return child_run(argv, name, &output, &err) == 0 && !strstr(output, "verification failed");
}
#define TOOL(name, ...) tool(name, (const char *const[]){ __VA_ARGS__, NULL })
#define IO(name, format, command) TOOL(name, "qemu-io", "-f", format, "-c", command)
