/* SPDX-License-Identifier: MIT */
/*
 * Shared by the tests of image files: a directory for each test, images made by the real qemu-img,
 * data written and read by qemu-io.
 */
#pragma once

#include "tests/unit/leak.h"

#include "backends/child/child.h"
#include "backends/content/content.h"
#include "tests/unit/scratch.h"
#include "tests/image_at.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define MIB 1048576
#define CLUSTER 65536

static char dir[SCRATCH_MAX]; /* each test runs in a process of its own */

static inline void enter(void)
{
	scratch_dir(dir, "image");
}

static inline void leave(void)
{
	scratch_drop(dir);
	no_leaks();
}

/* The path of a file in the test's directory, owned by the caller. */
static inline char *in_dir(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

/* Runs qemu-img or qemu-io with up to 8 arguments; must succeed. */
static inline void run(const char *program, const char *const *args)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const char *argv[16] = { program };

	for (size_t i = 0; args[i]; i++)
		argv[i + 1] = args[i];
	cr_assert_eq(child_run(argv, "helper", NULL, &err), 0, "%s %s: %s", program, args[0],
		err.code ? err.params[1] : "");
}
#define RUN(program, ...) run((program), (const char *const[]){ __VA_ARGS__, NULL })

static inline void make(const char *name, const char *format, const char *size)
{
	_cleanup_free_ char *path = in_dir(name);

	RUN("qemu-img", "create", "-q", "-f", format, path, size);
}

static inline void overlay(const char *name, const char *base, const char *size)
{
	_cleanup_free_ char *path = in_dir(name);

	RUN("qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", base, "-F", "qcow2", path, size);
}

/* Runs one command of qemu-io. */
static inline void io(const char *name, const char *format, const char *command)
{
	_cleanup_free_ char *path = in_dir(name);

	RUN("qemu-io", "-f", format, "-c", command, path);
}

static inline void write_mib(const char *name, int mib, int pattern)
{
	_cleanup_free_ char *command = xasprintf("write -q -P %d %dM 1M", pattern, mib);

	io(name, "qcow2", command);
}

/* qemu-io reports different data only in its output, not by its status. */
static inline void expect_bytes(
	const char *name, const char *offset, const char *length, int pattern)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir(name), *output = NULL;
	_cleanup_free_ char *command = xasprintf("read -P %d %s %s", pattern, offset, length);
	const char *const argv[] = { "qemu-io", "-U", "-r", "-f", "qcow2", "-c", command, path,
		NULL };

	cr_assert_eq(child_run(argv, path, &output, &err), 0);
	cr_assert_null(
		strstr(output, "verification failed"), "%s at %s is not %d", name, offset, pattern);
	cr_assert_not_null(strstr(output, "bytes at offset"));
}

static inline void expect_mib(const char *name, int mib, int pattern)
{
	_cleanup_free_ char *offset = xasprintf("%dM", mib);

	expect_bytes(name, offset, "1M", pattern);
}

/* All bytes of a file, to compare it with itself later. */
static inline char *slurp(const char *name, size_t *len)
{
	_cleanup_free_ char *path = in_dir(name);
	struct stat st;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	cr_assert_eq(fstat(fd, &st), 0);
	char *bytes = xmalloc((size_t)st.st_size + 1);

	*len = (size_t)st.st_size;
	cr_assert_eq(read(fd, bytes, *len), (ssize_t)*len);
	return bytes;
}

static inline void expect_same(const char *name, const char *bytes, size_t len)
{
	size_t now_len;
	_cleanup_free_ char *now = slurp(name, &now_len);

	cr_assert_eq(now_len, len);
	cr_assert_eq(memcmp(now, bytes, len), 0, "%s was written to", name);
}

static inline void expect_header(
	const char *name, const char *backing, const char *format, int64_t size)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_free_ char *path = in_dir(name);

	cr_assert_eq(content_read(image_at(path), &h, &err), 1);
	cr_assert(str_eq(h.backing, backing), "%s", h.backing);
	cr_assert(str_eq(h.backing_format, format), "%s", h.backing_format);
	cr_assert_eq(h.virtual_size, size);
}

static inline mode_t mode_of(const char *name)
{
	_cleanup_free_ char *path = in_dir(name);
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static inline int count_files(void)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *text = NULL;
	const char *const argv[] = { "ls", "-A", dir, NULL };
	int n = 0;

	cr_assert_eq(child_run(argv, dir, &text, &err), 0);
	for (const char *p = text; *p; p++)
		n += *p == '\n';
	return n;
}

static inline void expect_failed(struct vxe_error *err, const char *word)
{
	cr_assert_eq(err->code, VXE_IMAGE_FAILED);
	cr_assert_not_null(strstr(err->params[1], word), "%s", err->params[1]);
	error_clear(err);
}

/*
 * Starts qemu-io, which keeps the image open until end_holder(). qemu-io stops itself when it has
 * opened the whole chain: its first lock is visible earlier, when changes to the files can still
 * make it fail.
 */
static inline void start_holder(struct child *c, const char *name, bool writes)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir(name), *stop = xasprintf("sigraise %d", SIGSTOP);
	const char *const argv[] = { "qemu-io", "-f", "qcow2", writes ? "-n" : "-r", "-c", stop,
		path, NULL };
	bool locked = false;
	int status;

	cr_assert_eq(child_start(c, argv, &err), 0);
	cr_assert_eq(waitpid(c->pid, &status, WUNTRACED), c->pid);
	cr_assert(WIFSTOPPED(status), "qemu-io ended: %d", status);
	cr_assert_eq(content_in_use(image_at(path), USE_ANY, &locked, &err), 0);
	cr_assert(locked);
}

static inline void end_holder(struct child *c)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	cr_assert_eq(kill(c->pid, SIGKILL), 0);
	cr_assert_eq(child_wait(c, NULL, &err), 128 + SIGKILL);
}
