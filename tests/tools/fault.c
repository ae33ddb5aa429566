/* SPDX-License-Identifier: MIT */
/*
 * A library for LD_PRELOAD: the n-th call that writes below given folders fails, once, in whichever
 * process of a test makes the call. Such calls are write, fallocate, truncate, rename, link, sync,
 * and creating a file; and, if asked for by the name FAULT_LIST, reading the list of a folder. A file beside the library, with the library's name and ".control", holds the
 * settings; fault_ctl writes and reads this file, and all processes map it. Without the file the
 * library changes nothing. Successful calls can be recorded in a journal, ".journal" beside the
 * library.
 */
#include <dirent.h>
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

struct fault_control *fault_control;
char fault_journal[PATH_MAX];

__attribute__((constructor)) static void start(void)
{
	char path[PATH_MAX];
	Dl_info self;

	if (!dladdr((void *)start, &self) || !self.dli_fname)
		return;
	(void)snprintf(path, sizeof(path), "%s.control", self.dli_fname);
	(void)snprintf(fault_journal, sizeof(fault_journal), "%s.journal", self.dli_fname);
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	void *map = mmap(NULL, sizeof(*fault_control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map != MAP_FAILED)
		fault_control = map;
	close(fd);
}

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* ---- what a call is about --------------------------------------------------------------------- */

int fault_is_below(const char *path)
{
	size_t len;

	for (const char *dir = fault_control->dirs; *dir; dir += len + 1) {
		len = strcspn(dir, ":");
		if (strncmp(path, dir, len) == 0 && (path[len] == '/' || !path[len]))
			return 1;
		if (!dir[len])
			break;
	}
	return 0;
}

static int link_path(const char *link, char *ret)
{
	ssize_t n = readlink(link, ret, PATH_MAX - 1);

	if (n < 0)
		return -1;
	ret[n] = '\0';
	return 0;
}

int fault_fd_path(int fd, char *ret)
{
	char link[64];

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return link_path(link, ret);
}

int fault_name_path(int dir, const char *name, char *ret)
{
	char at[PATH_MAX];

	if (name[0] == '/')
		return snprintf(ret, PATH_MAX, "%s", name) < PATH_MAX ? 0 : -1;
	if ((dir == AT_FDCWD ? link_path("/proc/self/cwd", at) : fault_fd_path(dir, at)) < 0)
		return -1;
	return snprintf(ret, PATH_MAX, "%s/%s", at, name) < PATH_MAX ? 0 : -1;
}

/* ---- failing ---------------------------------------------------------------------------------- */

static int is_armed(void)
{
	return fault_control && __atomic_load_n(&fault_control->armed, __ATOMIC_ACQUIRE);
}

/* True when this call has to fail; sets errno. */
static int fails(const char *path)
{
	struct fault_control *c = fault_control;

	if (!fault_is_below(path) || (c->name[0] && !strstr(path, c->name)))
		return 0;
	if (__atomic_add_fetch(&c->count, 1, __ATOMIC_ACQ_REL) != c->at)
		return 0;
	__atomic_add_fetch(&c->hits, 1, __ATOMIC_ACQ_REL);
	errno = c->error;
	return 1;
}

static int fd_fails(int fd)
{
	char path[PATH_MAX];
	int saved = errno;

	if (!is_armed())
		return 0;
	int found = fault_fd_path(fd, path) == 0;

	errno = saved;
	return found && fails(path);
}

static int name_fails(int dir, const char *name)
{
	char path[PATH_MAX];

	return is_armed() && fault_name_path(dir, name, path) == 0 && fails(path);
}

/* ---- the calls -------------------------------------------------------------------------------- */

/* With @fault the call fails with @bad; else it is made, and noted (@note) if it succeeds. */
#define CALL(type, name, parameters, arguments, fault, bad, note)                                  \
	PUBLIC type name parameters;                                                               \
	type name parameters                                                                       \
	{                                                                                          \
		static type(*real) parameters;                                                     \
		if (!real)                                                                         \
			real = (type(*) parameters)next(#name);                                    \
		if (fault)                                                                         \
			return bad;                                                                \
		type r = real arguments;                                                           \
		if (r >= 0)                                                                        \
			note;                                                                      \
		return r;                                                                          \
	}

#define ON_FD(type, name, parameters, arguments, note)                                             \
	CALL(type, name, parameters, arguments, fd_fails(fd), -1, note)

ON_FD(ssize_t, write, (int fd, const void *b, size_t n), (fd, b, n), note_data(fd, -1, r))
ON_FD(ssize_t, pwrite, (int fd, const void *b, size_t n, off_t at), (fd, b, n, at),
	note_data(fd, at, r))
ON_FD(ssize_t, pwrite64, (int fd, const void *b, size_t n, off64_t at), (fd, b, n, at),
	note_data(fd, at, r))
ON_FD(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n), note_data(fd, -1, r))
ON_FD(ssize_t, pwritev, (int fd, const struct iovec *v, int n, off_t at), (fd, v, n, at),
	note_data(fd, at, r))
ON_FD(ssize_t, pwritev64, (int fd, const struct iovec *v, int n, off64_t at), (fd, v, n, at),
	note_data(fd, at, r))
ON_FD(ssize_t, pwritev2, (int fd, const struct iovec *v, int n, off_t at, int f), (fd, v, n, at, f),
	note_data(fd, at, r))
ON_FD(ssize_t, pwritev64v2, (int fd, const struct iovec *v, int n, off64_t at, int f),
	(fd, v, n, at, f), note_data(fd, at, r))
ON_FD(ssize_t, copy_file_range,
	(int from, off64_t *from_at, int fd, off64_t *at, size_t n, unsigned f),
	(from, from_at, fd, at, n, f), note_data(fd, at ? *at - r : -1, r))
ON_FD(int, fallocate, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n),
	note_data(fd, at, n))
ON_FD(int, fallocate64, (int fd, int mode, off64_t at, off64_t n), (fd, mode, at, n),
	note_data(fd, at, n))
ON_FD(int, ftruncate, (int fd, off_t n), (fd, n), note_data(fd, n, 0))
ON_FD(int, ftruncate64, (int fd, off64_t n), (fd, n), note_data(fd, n, 0))
ON_FD(int, fsync, (int fd), (fd), note_file(NOTE_SYNC, AT_FDCWD, NULL, fd))
ON_FD(int, fdatasync, (int fd), (fd), note_file(NOTE_SYNC, AT_FDCWD, NULL, fd))

/* These return the error number. */
CALL(int, posix_fallocate, (int fd, off_t at, off_t n), (fd, at, n), fd_fails(fd), errno,
	note_data(fd, at, n))
CALL(int, posix_fallocate64, (int fd, off64_t at, off64_t n), (fd, at, n), fd_fails(fd), errno,
	note_data(fd, at, n))

#define ON_NAME(name, parameters, arguments, dir, to, note)                                        \
	CALL(int, name, parameters, arguments, name_fails(dir, to), -1, note)

ON_NAME(rename, (const char *a, const char *b), (a, b), AT_FDCWD, b,
	note_rename(AT_FDCWD, a, AT_FDCWD, b))
ON_NAME(renameat, (int d, const char *a, int e, const char *b), (d, a, e, b), e, b,
	note_rename(d, a, e, b))
ON_NAME(renameat2, (int d, const char *a, int e, const char *b, unsigned f), (d, a, e, b, f), e, b,
	note_rename(d, a, e, b))
ON_NAME(link, (const char *a, const char *b), (a, b), AT_FDCWD, b,
	note_file(NOTE_LINK, AT_FDCWD, b, -1))
ON_NAME(linkat, (int d, const char *a, int e, const char *b, int f), (d, a, e, b, f), e, b,
	note_file(NOTE_LINK, e, b, -1))
ON_NAME(truncate, (const char *a, off_t n), (a, n), AT_FDCWD, a, note_cut(a, n))
ON_NAME(truncate64, (const char *a, off64_t n), (a, n), AT_FDCWD, a, note_cut(a, n))
ON_NAME(mkdir, (const char *a, mode_t m), (a, m), AT_FDCWD, a,
	note_file(NOTE_MAKE, AT_FDCWD, a, -1))

/* No file system fails these for lack of space, so they are only noted. */
#define ONLY_NOTED(name, parameters, arguments, note)                                              \
	CALL(int, name, parameters, arguments, 0, -1, note)

ONLY_NOTED(unlink, (const char *a), (a), note_unlink(AT_FDCWD, a))
ONLY_NOTED(unlinkat, (int d, const char *a, int f), (d, a, f), note_unlink(d, a))
ONLY_NOTED(rmdir, (const char *a), (a), note_unlink(AT_FDCWD, a))
ONLY_NOTED(chmod, (const char *a, mode_t m), (a, m), note_file(NOTE_MODE, AT_FDCWD, a, -1))
ONLY_NOTED(fchmod, (int fd, mode_t m), (fd, m), note_file(NOTE_MODE, AT_FDCWD, NULL, fd))
ONLY_NOTED(fchmodat, (int d, const char *a, mode_t m, int f), (d, a, m, f),
	note_file(NOTE_MODE, d, a, -1))

/* True if an open would create the file. */
static int makes(int dir, const char *name, int flags)
{
	int saved = errno, there;

	if ((flags & O_TMPFILE) == O_TMPFILE)
		return 1;
	if (!(flags & O_CREAT))
		return 0;
	there = faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	errno = saved;
	return !there;
}

static void note_open(int fd, int made, int flags)
{
	if (fd >= 0 && made)
		note_file(NOTE_MAKE, AT_FDCWD, NULL, fd);
	else if (fd >= 0 && (flags & O_TRUNC))
		note_data(fd, 0, 0);
}

#define OPEN(name, parameters, arguments, dir)                                                     \
	PUBLIC int name parameters;                                                                \
	int name parameters                                                                        \
	{                                                                                          \
		static int(*real) parameters;                                                      \
		int made = makes(dir, path, flags);                                                \
		mode_t mode = 0;                                                                   \
		if (flags & (O_CREAT | O_TMPFILE)) {                                               \
			va_list ap;                                                                \
			va_start(ap, flags);                                                       \
			mode = va_arg(ap, mode_t);                                                 \
			va_end(ap);                                                                \
		}                                                                                  \
		if (!real)                                                                         \
			real = (int(*) parameters)next(#name);                                     \
		if (made && name_fails(dir, path))                                                 \
			return -1;                                                                 \
		int fd = real arguments;                                                           \
		note_open(fd, made, flags);                                                        \
		return fd;                                                                         \
	}

OPEN(open, (const char *path, int flags, ...), (path, flags, mode), AT_FDCWD)
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode), AT_FDCWD)
OPEN(openat, (int dir, const char *path, int flags, ...), (dir, path, flags, mode), dir)
OPEN(openat64, (int dir, const char *path, int flags, ...), (dir, path, flags, mode), dir)

/* ---- lists ------------------------------------------------------------------------------------ */

static int list_fails(DIR *d)
{
	char dir[PATH_MAX], path[PATH_MAX + sizeof(FAULT_LIST)];
	int saved = errno;

	if (!is_armed() || strcmp(fault_control->name, FAULT_LIST) != 0)
		return 0;
	int found = fault_fd_path(dirfd(d), dir) == 0;

	errno = saved;
	(void)snprintf(path, sizeof(path), "%s" FAULT_LIST, found ? dir : "");
	return found && fails(path);
}

#define LIST(type, name)                                                                           \
	PUBLIC type *name(DIR *d);                                                                 \
	type *name(DIR *d)                                                                         \
	{                                                                                          \
		static type *(*real)(DIR *);                                                       \
		if (!real)                                                                         \
			real = (type * (*)(DIR *)) next(#name);                                    \
		return list_fails(d) ? NULL : real(d);                                             \
	}

LIST(struct dirent, readdir)
LIST(struct dirent64, readdir64)
