/* SPDX-License-Identifier: MIT */
/*
 * A library for LD_PRELOAD: counts what a vxe opens, reads and asks its store for. A file beside the
 * library, with the library's name and ".counts", takes the sums: an int64_t for each enum count, made
 * by a test. Other programs are not counted.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))

enum count {
	OPENED, /* files and folders */
	BYTES,	/* read */
	ROWS,	/* of SQLite or PostgreSQL, and the ends of their statements */
	COUNTS,
};

static int64_t *counts; /* NULL: nothing is counted */

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void start(void)
{
	char path[PATH_MAX];
	struct stat st;
	Dl_info self;

	if (strcmp(program_invocation_short_name, "vxe") != 0 || !dladdr((void *)start, &self))
		return;
	(void)snprintf(path, sizeof(path), "%s.counts", self.dli_fname);
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_size == COUNTS * sizeof(*counts)) {
		void *map = mmap(
			NULL, COUNTS * sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		counts = map == MAP_FAILED ? NULL : map;
	}
	close(fd);
}

static void add(enum count which, int64_t n)
{
	if (counts && n > 0)
		__atomic_add_fetch(&counts[which], n, __ATOMIC_RELAXED);
}

/* ---- files ------------------------------------------------------------------------------------ */

static mode_t mode_of(int flags, va_list args)
{
	bool makes = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;

	return makes ? va_arg(args, mode_t) : 0;
}

#define OPEN(name)                                                                                 \
	PUBLIC int name(const char *path, int flags, ...)                                          \
	{                                                                                          \
		int (*real)(const char *, int, ...) =                                              \
			(int (*)(const char *, int, ...))next(#name);                              \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, flags);                                                             \
		mode_t mode = mode_of(flags, args);                                                \
		va_end(args);                                                                      \
		add(OPENED, 1);                                                                    \
		return real(path, flags, mode);                                                    \
	}
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                               \
	PUBLIC int name(int dir, const char *path, int flags, ...)                                 \
	{                                                                                          \
		int (*real)(int, const char *, int, ...) =                                         \
			(int (*)(int, const char *, int, ...))next(#name);                         \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, flags);                                                             \
		mode_t mode = mode_of(flags, args);                                                \
		va_end(args);                                                                      \
		add(OPENED, 1);                                                                    \
		return real(dir, path, flags, mode);                                               \
	}
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name)                                                                                \
	PUBLIC FILE *name(const char *path, const char *mode)                                      \
	{                                                                                          \
		FILE *(*real)(const char *, const char *) =                                        \
			(FILE * (*)(const char *, const char *)) next(#name);                      \
                                                                                                   \
		add(OPENED, 1);                                                                    \
		return real(path, mode);                                                           \
	}
FOPEN(fopen)
FOPEN(fopen64)

PUBLIC DIR *opendir(const char *path)
{
	DIR *(*real)(const char *) = (DIR * (*)(const char *)) next("opendir");

	add(OPENED, 1);
	return real(path);
}

PUBLIC ssize_t read(int fd, void *to, size_t n)
{
	ssize_t (*real)(int, void *, size_t) = (ssize_t(*)(int, void *, size_t))next("read");
	ssize_t got = real(fd, to, n);

	add(BYTES, got);
	return got;
}

/* libpq's way */
PUBLIC ssize_t recv(int fd, void *to, size_t n, int flags)
{
	ssize_t (*real)(int, void *, size_t, int) =
		(ssize_t(*)(int, void *, size_t, int))next("recv");
	ssize_t got = real(fd, to, n, flags);

	add(BYTES, got);
	return got;
}

#define PREAD(name)                                                                                \
	PUBLIC ssize_t name(int fd, void *to, size_t n, off_t at)                                  \
	{                                                                                          \
		ssize_t (*real)(int, void *, size_t, off_t) =                                      \
			(ssize_t(*)(int, void *, size_t, off_t))next(#name);                       \
		ssize_t got = real(fd, to, n, at);                                                 \
                                                                                                   \
		add(BYTES, got);                                                                   \
		return got;                                                                        \
	}
PREAD(pread)
PREAD(pread64)

/* ---- SQLite ----------------------------------------------------------------------------------- */

PUBLIC int sqlite3_step(sqlite3_stmt *statement)
{
	int (*real)(sqlite3_stmt *) = (int (*)(sqlite3_stmt *))next("sqlite3_step");

	add(ROWS, 1);
	return real(statement);
}

/* ---- PostgreSQL ------------------------------------------------------------------------------- */

/* libpq came with a module, so it is none of the libraries that next() looks in. */
static void *libpq(const char *name)
{
	void *library = dlopen("libpq.so.5", RTLD_LAZY | RTLD_NOLOAD);

	return library ? dlsym(library, name) : NULL;
}

PUBLIC void PQclear(void *result);
/* Each result is freed once. */
PUBLIC void PQclear(void *result)
{
	int (*rows)(const void *) = (int (*)(const void *))libpq("PQntuples");
	void (*real)(void *) = (void (*)(void *))libpq("PQclear");

	if (result)
		add(ROWS, rows(result) + 1);
	real(result);
}
