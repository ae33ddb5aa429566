/* SPDX-License-Identifier: MIT */
/*
 * Leases by flock. The lock belongs to the open file, so children that inherit the descriptor (hence no O_CLOEXEC) keep
 * the lock until the last of them ends.
 *
 * A lock on an unlinked file is seen by no other process. So a process that has got a lock checks that the name still
 * leads to that file, and begins again if not; and a lock file is unlinked only under an exclusive lock of a separately
 * opened descriptor: then no other process holds the file's lock, no child either.
 */
#include "store/lease.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "objects/base/clock.h"
#include "store/store_engine.h"
#include "store/store_place.h"

#define HOLDER_MAX 15
/* On average one of 2 to the power of SWEEP_BITS new lock files removes all lock files that nobody holds. */
#define SWEEP_BITS 6
#define SPREAD 0x9E3779B97F4A7C15ull
#define REMOVER_MS 2

struct flock_lease {
	struct lease base;
	int fd;
};

static char *lock_path(const char *dir, const char *key)
{
	_cleanup_free_ char *name = xstrdup(key);

	assert(*key && !str_eq(key, ".") && !str_eq(key, ".."));
	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '%';
	return xasprintf("%s/%s", dir, name);
}

/*
 * Writes the process ID into the lock file. It is only for people who look for the holder, so a failure (a full disk)
 * does not matter. Several holders of a shared lock may write at once: digits of a longer number after the line end of
 * a shorter one do no harm.
 */
static void write_holder(int fd)
{
	_cleanup_free_ char *text = xasprintf("%ld\n", (long)getpid());

	if (pwrite(fd, text, strlen(text), 0) < 0)
		return;
}

static int lock_file(int fd, const char *path, const char *key, int how, struct vxe_error *err)
{
	if (flock(fd, how) == 0)
		return 0;
	/* EINTR: a signal handler ran (^C), so the user wants to stop waiting. */
	if (errno == EWOULDBLOCK || errno == EINTR) {
		/* The first line of the lock file is the ID of the process that took the lock last. */
		char text[HOLDER_MAX + 1] = "";
		ssize_t n = pread(fd, text, HOLDER_MAX, 0);
		_cleanup_free_ char *holder =
			n > 0 ? xstrndup(text, strcspn(text, "\n")) : xstrdup("");
		return vxe_fail(err, VXE_BUSY, key, holder);
	}
	return vxe_fail_errno(err, "%s", path);
}

/* ---- files that nobody needs ------------------------------------------------------------------- */

static bool file_has_name(int fd, int dir, const char *name)
{
	struct stat mine, there;

	return fstat(fd, &mine) == 0 && fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
		mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

/* True for a lock file: it holds a number and nothing else. The directory has other files, too. */
static bool is_lock(int fd)
{
	char text[HOLDER_MAX + 1] = "";
	ssize_t n = pread(fd, text, sizeof(text), 0);

	return n > 0 && n <= HOLDER_MAX && strspn(text, "0123456789\n") == (size_t)n;
}

static void remove_unused(int dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && is_lock(fd) && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
		file_has_name(fd, dir, name))
		(void)unlinkat(dir, name, 0);
}

/*
 * Removes unused lock files now and then: each object that a command ever acted on has had a lock file, and most of
 * these objects are gone, so the directory, which is in memory, would grow for ever. The product spreads the inode
 * numbers of new files, whatever their steps are.
 */
static void sweep_at_times(const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || (st.st_ino * SPREAD) >> (64 - SWEEP_BITS))
		return;
	DIR *d = opendir(path);

	for (const struct dirent *e; d && (e = readdir(d));)
		if (e->d_type == DT_REG || e->d_type == DT_UNKNOWN)
			remove_unused(dirfd(d), e->d_name);
	if (d)
		closedir(d);
}

/* ---- taking and giving back -------------------------------------------------------------------- */

/*
 * Opens the lock file, or makes it. An existing file is tried first: most objects in use have a lock file, and a
 * snapshot opens one for each layer below it.
 */
static int open_lock(const char *dir, const char *path, bool *made, struct vxe_error *err)
{
	int fd = open(path, O_RDWR | O_NOFOLLOW);

	*made = fd < 0 && errno == ENOENT;
	if (*made) {
		if (place_make_dir(dir) < 0)
			return vxe_fail_errno(err, "%s", dir);
		fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	}
	return fd >= 0 ? fd : vxe_fail_errno(err, "%s", path);
}

/*
 * Takes the lock on an open lock file. Returns 1 if the file was removed by another process meanwhile, so that the lock
 * counts for nothing.
 */
static int take_lock(int fd, const char *path, const char *key, int how, struct vxe_error *err)
{
	for (int tries = 0;; tries++) {
		_cleanup_error_ struct vxe_error busy = { 0 };

		if (lock_file(fd, path, key, how, &busy) == 0)
			return !file_has_name(fd, AT_FDCWD, path);
		/* The process that holds the lock may only be about to remove the file, so another try is made. */
		if (busy.code != VXE_BUSY || !(how & LOCK_NB) || tries == REMOVER_MS) {
			error_move(err, &busy);
			return -1;
		}
		if (!file_has_name(fd, AT_FDCWD, path))
			return 1;
		clock_sleep_ms(1);
	}
}

int flock_lease(struct store *s, const char *key, enum lease_mode mode, bool wait,
	struct lease **ret, struct vxe_error *err)
{
	_cleanup_free_ char *path = lock_path(s->config.lock_dir, key);
	int how = (mode == LEASE_SHARED ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB);
	int r;

	do {
		bool made;
		_cleanup_close_ int fd = open_lock(s->config.lock_dir, path, &made, err);

		r = fd < 0 ? -1 : take_lock(fd, path, key, how, err);
		if (r == 0) {
			struct flock_lease *l = xcalloc(1, sizeof(*l));

			write_holder(fd);
			if (made)
				sweep_at_times(s->config.lock_dir, fd);
			l->fd = fd;
			fd = -1;
			*ret = &l->base;
		}
	} while (r > 0);
	return r;
}

void flock_release(struct lease *lease)
{
	struct flock_lease *l = (struct flock_lease *)lease;

	/* No LOCK_UN: that would also take the lock from a child process that still works under it. */
	close(l->fd);
	free(l);
}
