/* SPDX-License-Identifier: MIT */
/*
 * Leases by flock. The lock belongs to the open file, so children that inherit the descriptor
 * (hence no O_CLOEXEC) keep the lock until the last of them ends. Lock files are never unlinked: a
 * process waiting on an unlinked file would get a lock that no other process sees.
 */
#include "store/lease.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "store/engine.h"
#include "store/place.h"

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

/* The first line of the lock file: the process that took the lease last. */
static char *read_holder(int fd)
{
	char text[16] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	return n > 0 ? xstrndup(text, strcspn(text, "\n")) : xstrdup("");
}

/*
 * This is only for people who look for the holder, so a failure (a full disk) does not matter.
 * Several shared holders may write at once: after the line end of a shorter number, digits of a
 * longer one do no harm.
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
		_cleanup_free_ char *holder = read_holder(fd);
		return vxe_fail(err, VXE_BUSY, key, holder);
	}
	return vxe_fail_errno(err, "%s", path);
}

int flock_lease(struct store *s, const char *key, enum lease_mode mode, bool wait,
	struct lease **ret, struct vxe_error *err)
{
	_cleanup_free_ char *path = lock_path(s->config.lock_dir, key);
	int how = (mode == LEASE_SHARED ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB);

	/* Most lock files exist, and a snapshot opens one for each layer below it. */
	_cleanup_close_ int fd = open(path, O_RDWR | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT) {
		if (place_make_dir(s->config.lock_dir) < 0)
			return vxe_fail_errno(err, "%s", s->config.lock_dir);
		fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	}
	if (fd < 0)
		return vxe_fail_errno(err, "%s", path);
	if (lock_file(fd, path, key, how, err) < 0)
		return -1;
	write_holder(fd);

	struct flock_lease *l = xcalloc(1, sizeof(*l));
	l->fd = fd;
	fd = -1;
	*ret = &l->base;
	return 0;
}

void flock_release(struct lease *lease)
{
	struct flock_lease *l = (struct flock_lease *)lease;

	/* No LOCK_UN: that would also take the lock from a child that still works under it. */
	close(l->fd);
	free(l);
}
