/* SPDX-License-Identifier: MIT */
/*
 * A library to be preloaded: the n-th call that writes below one folder fails, once, in whichever
 * process of a test makes it. Calls are write, fallocate, truncate, rename, link, sync, and the making
 * of a file. What to do stands in the file beside the library, its name with ".control" behind, which
 * all processes map; fault_ctl writes and reads it. Without that file nothing is changed.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/tools/fault.h"

#define PUBLIC __attribute__((visibility("default")))

static struct fault_control *control;

__attribute__((constructor)) static void start(void)
{
	char path[PATH_MAX];
	Dl_info self;

	if (!dladdr((void *)start, &self) || !self.dli_fname)
		return;
	(void)snprintf(path, sizeof(path), "%s.control", self.dli_fname);
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	void *map = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map != MAP_FAILED)
		control = map;
	close(fd);
}

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* True when this call is the one that fails; errno says how. */
static int fails(const char *path)
{
	size_t len;

	if (!control || !__atomic_load_n(&control->armed, __ATOMIC_ACQUIRE))
		return 0;
	len = strlen(control->dir);
	if (strncmp(path, control->dir, len) != 0 || path[len] != '/')
		return 0;
	if (control->name[0] && !strstr(path + len, control->name))
		return 0;
	uint64_t n = __atomic_add_fetch(&control->count, 1, __ATOMIC_ACQ_REL);

	if (n != control->at)
		return 0;
	__atomic_add_fetch(&control->hits, 1, __ATOMIC_ACQ_REL);
	errno = control->error;
	return 1;
}

static int fd_fails(int fd)
{
	char link[64], path[PATH_MAX];
	int saved = errno;

	if (!control || !__atomic_load_n(&control->armed, __ATOMIC_ACQUIRE))
		return 0;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);

	errno = saved;
	if (n < 0)
		return 0;
	path[n] = '\0';
	return fails(path);
}

static int name_fails(int dir, const char *name)
{
	char path[PATH_MAX], link[64], at[PATH_MAX];
	ssize_t n;

	if (name[0] == '/')
		return fails(name);
	if (dir == AT_FDCWD)
		(void)snprintf(link, sizeof(link), "/proc/self/cwd");
	else
		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	n = readlink(link, at, sizeof(at) - 1);
	if (n < 0)
		return 0;
	at[n] = '\0';
	if (snprintf(path, sizeof(path), "%s/%s", at, name) >= (int)sizeof(path))
		return 0;
	return fails(path);
}

/* ---- calls on what is open ------------------------------------------------------------------- */

#define ON_FD(type, name, parameters, arguments)                                                   \
	PUBLIC type name parameters;                                                               \
	type name parameters                                                                       \
	{                                                                                          \
		static type(*real) parameters;                                                     \
		if (!real)                                                                         \
			real = (type(*) parameters)next(#name);                                    \
		return fd_fails(fd) ? (type)-1 : real arguments;                                   \
	}

ON_FD(ssize_t, write, (int fd, const void *b, size_t n), (fd, b, n))
ON_FD(ssize_t, pwrite, (int fd, const void *b, size_t n, off_t at), (fd, b, n, at))
ON_FD(ssize_t, pwrite64, (int fd, const void *b, size_t n, off64_t at), (fd, b, n, at))
ON_FD(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n))
ON_FD(ssize_t, pwritev, (int fd, const struct iovec *v, int n, off_t at), (fd, v, n, at))
ON_FD(ssize_t, pwritev64, (int fd, const struct iovec *v, int n, off64_t at), (fd, v, n, at))
ON_FD(ssize_t, pwritev2, (int fd, const struct iovec *v, int n, off_t at, int f), (fd, v, n, at, f))
ON_FD(ssize_t, pwritev64v2, (int fd, const struct iovec *v, int n, off64_t at, int f),
	(fd, v, n, at, f))
ON_FD(int, fallocate, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n))
ON_FD(int, fallocate64, (int fd, int mode, off64_t at, off64_t n), (fd, mode, at, n))
ON_FD(int, ftruncate, (int fd, off_t n), (fd, n))
ON_FD(int, ftruncate64, (int fd, off64_t n), (fd, n))
ON_FD(int, fsync, (int fd), (fd))
ON_FD(int, fdatasync, (int fd), (fd))

/* These answer with the error. */
#define ON_FD_ANSWER(name, parameters, arguments)                                                  \
	PUBLIC int name parameters;                                                                \
	int name parameters                                                                        \
	{                                                                                          \
		static int(*real) parameters;                                                      \
		if (!real)                                                                         \
			real = (int(*) parameters)next(#name);                                     \
		return fd_fails(fd) ? errno : real arguments;                                      \
	}

ON_FD_ANSWER(posix_fallocate, (int fd, off_t at, off_t n), (fd, at, n))
ON_FD_ANSWER(posix_fallocate64, (int fd, off64_t at, off64_t n), (fd, at, n))

/* ---- calls on names -------------------------------------------------------------------------- */

#define ON_NAME(name, parameters, arguments, dir, to)                                              \
	PUBLIC int name parameters;                                                                \
	int name parameters                                                                        \
	{                                                                                          \
		static int(*real) parameters;                                                      \
		if (!real)                                                                         \
			real = (int(*) parameters)next(#name);                                     \
		return name_fails(dir, to) ? -1 : real arguments;                                  \
	}

ON_NAME(rename, (const char *a, const char *b), (a, b), AT_FDCWD, b)
ON_NAME(renameat, (int d, const char *a, int e, const char *b), (d, a, e, b), e, b)
ON_NAME(renameat2, (int d, const char *a, int e, const char *b, unsigned f), (d, a, e, b, f), e, b)
ON_NAME(link, (const char *a, const char *b), (a, b), AT_FDCWD, b)
ON_NAME(linkat, (int d, const char *a, int e, const char *b, int f), (d, a, e, b, f), e, b)
ON_NAME(truncate, (const char *a, off_t n), (a, n), AT_FDCWD, a)
ON_NAME(truncate64, (const char *a, off64_t n), (a, n), AT_FDCWD, a)
ON_NAME(mkdir, (const char *a, mode_t m), (a, m), AT_FDCWD, a)

/* Only an open that makes a file that is not there yet. */
static int making_fails(int dir, const char *name, int flags)
{
	int saved = errno, there;

	if ((flags & O_TMPFILE) == O_TMPFILE)
		return name_fails(dir, name);
	if (!(flags & O_CREAT))
		return 0;
	there = faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	errno = saved;
	return there ? 0 : name_fails(dir, name);
}

#define MODE(flags, last)                                                                          \
	mode_t mode = 0;                                                                           \
	if ((flags) & (O_CREAT | O_TMPFILE)) {                                                     \
		va_list ap;                                                                        \
		va_start(ap, last);                                                                \
		mode = va_arg(ap, mode_t);                                                         \
		va_end(ap);                                                                        \
	}

#define ON_OPEN(name)                                                                              \
	PUBLIC int name(const char *path, int flags, ...);                                         \
	int name(const char *path, int flags, ...)                                                 \
	{                                                                                          \
		static int (*real)(const char *, int, ...);                                        \
		MODE(flags, flags)                                                                 \
		if (!real)                                                                         \
			real = (int (*)(const char *, int, ...))next(#name);                       \
		return making_fails(AT_FDCWD, path, flags) ? -1 : real(path, flags, mode);         \
	}

#define ON_OPENAT(name)                                                                            \
	PUBLIC int name(int dir, const char *path, int flags, ...);                                \
	int name(int dir, const char *path, int flags, ...)                                        \
	{                                                                                          \
		static int (*real)(int, const char *, int, ...);                                   \
		MODE(flags, flags)                                                                 \
		if (!real)                                                                         \
			real = (int (*)(int, const char *, int, ...))next(#name);                  \
		return making_fails(dir, path, flags) ? -1 : real(dir, path, flags, mode);         \
	}

ON_OPEN(open)
ON_OPEN(open64)
ON_OPENAT(openat)
ON_OPENAT(openat64)
