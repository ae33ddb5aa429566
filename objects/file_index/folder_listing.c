/* SPDX-License-Identifier: MIT */
#include "objects/file_index/folder_listing.h"

#include "objects/base/far/far_file.h"
#include "objects/file_index/index_entry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

/* ---- entries --------------------------------------------------------------------------------- */

static void forget(struct listing *l)
{
	free(TAKE(l->stated));
	l->wd = -1;
	l->n = l->names.len = 0;
}

/* @type: d_type of struct dirent. */
static void add_listed(struct listing *l, const char *name, int64_t ino, unsigned char type)
{
	bool plain = type == DT_REG || type == DT_DIR || type == DT_SOCK;

	if (l->n == l->room) {
		l->room = l->room ? 2 * l->room : 64;
		l->items = xrealloc(l->items, l->room, sizeof(*l->items));
	}
	l->items[l->n++] =
		(struct listed){ (uint32_t)l->names.len, plain, type == DT_DIR, ino, NULL };
	str_add_bytes(&l->names, name, strlen(name) + 1);
}

static void drop_listed(struct listing *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(listed_name(l, &l->items[i]), name)) {
			l->items[i] = l->items[--l->n];
			return;
		}
}

static int read_folder(struct listing *l, int fd)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	_cleanup_dir_ DIR *d = own < 0 ? NULL : fdopendir(own);
	const struct dirent *e;

	if (!d) {
		if (own >= 0)
			close(own);
		return -1;
	}
	errno = 0;
	while ((e = readdir(d)))
		add_listed(l, e->d_name, (int64_t)e->d_ino, e->d_type);
	return errno ? -1 : 0;
}

static void add_far(void *ctx, const struct far_name *name)
{
	struct listing *l = ctx;
	size_t room = l->room;

	add_listed(l, name->name, name->ino, name->type);
	if (!l->stated || l->room > room)
		l->stated = xrealloc(l->stated, l->room, sizeof(*l->stated));
	l->stated[l->n - 1] =
		(struct stated){ name->error, name->st ? *name->st : (struct stat){ 0 } };
}

/*
 * A folder on a far mount is read at each question: no watch tells what other hosts do there, and vxe has no descriptor of
 * it, on which it might have to wait.
 */
static struct listing *list_far(struct listing *l)
{
	struct stat st = { 0 };

	forget(l);
	l->times = TIMES_COARSE;
	l->told = false;
	int error = far_list(l->path, &st, add_far, l) < 0 ? errno : 0;

	if (!error) {
		l->dev = (int64_t)st.st_dev;
		l->ino = (int64_t)st.st_ino;
		return l;
	}
	forget(l);
	errno = error;
	return NULL;
}

/* ---- the watch ------------------------------------------------------------------------------- */

/*
 * Watches the open folder by its descriptor and not by its path, where another folder may be by now. Returns the
 * number of the inotify watch, or -1.
 */
static int watch(struct listings *l, int fd)
{
	_cleanup_free_ char *path = xasprintf("/proc/self/fd/%d", fd);

	if (!l->tried)
		l->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	l->tried = true;
	return l->fd < 0 ? -1
			 : inotify_add_watch(l->fd, path,
				   IN_CREATE | IN_DELETE | IN_MOVE | IN_DELETE_SELF | IN_MOVE_SELF |
					   IN_ONLYDIR);
}

/*
 * Updates all listings of the folder that an inotify event is about; the folder may have been listed by several
 * paths.
 */
static void take_event(struct listings *all, const struct inotify_event *e)
{
	for (size_t i = 0; i < all->n; i++) {
		struct listing *l = all->items[i];

		if (l->wd < 0 || (l->wd != e->wd && !(e->mask & IN_Q_OVERFLOW)))
			continue;
		if (e->len && !(e->mask & (IN_Q_OVERFLOW | IN_IGNORED | IN_UNMOUNT))) {
			_cleanup_free_ char *path = xasprintf("%s/%s", l->path, e->name);
			struct stat st;

			drop_listed(l, e->name);
			if (far_lstat(path, &st) == 0)
				add_listed(l, e->name, (int64_t)st.st_ino,
					(unsigned char)IFTODT(st.st_mode));
			else if (errno != ENOENT)
				forget(l);
		} else
			forget(l);
	}
}

static void read_events(struct listings *l)
{
	_Alignas(struct inotify_event) char buffer[8192];

	while (l->tried && l->fd >= 0) {
		ssize_t n = read(l->fd, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			take_event(l, &(struct inotify_event){ .mask = IN_Q_OVERFLOW });
			close(l->fd);
			l->fd = -1;
			return;
		}
		for (const char *p = buffer; p < buffer + n;) {
			const struct inotify_event *e = (const void *)p;

			take_event(l, e);
			p += sizeof(*e) + e->len;
		}
	}
}

/* ---- folders --------------------------------------------------------------------------------- */

/* True if readdir() gives the inode numbers that stat() gives: on an overlayfs they may differ. */
static bool tells(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (uint32_t)fs.f_type != OVERLAYFS_SUPER_MAGIC;
}

static struct listing *listing_at(struct listings *l, const char *path, size_t len)
{
	while (len > 1 && path[len - 1] == '/')
		len--;
	for (size_t i = 0; i < l->n; i++)
		if (strncmp(l->items[i]->path, path, len) == 0 && !l->items[i]->path[len])
			return l->items[i];
	l->items = xrealloc(l->items, l->n + 1, sizeof(struct listing *));
	l->items[l->n] = xcalloc(1, sizeof(struct listing));
	l->items[l->n]->path = xstrndup(path, len);
	l->items[l->n]->wd = -1;
	return l->items[l->n++];
}

struct listing *listings_get(struct listings *all, const char *path, size_t len)
{
	struct listing *l = listing_at(all, path, len);
	struct stat st;

	read_events(all);
	if (far_is(l->path))
		return list_far(l);
	_cleanup_close_ int fd = open(l->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0) {
		forget(l);
		return NULL;
	}
	if (l->wd >= 0 && l->dev == (int64_t)st.st_dev && l->ino == (int64_t)st.st_ino)
		return l;
	forget(l);
	l->dev = (int64_t)st.st_dev;
	l->ino = (int64_t)st.st_ino;
	l->times = file_times(fd);
	l->told = l->times != TIMES_COARSE && tells(fd);
	int wd = l->told && st.st_size >= all->watched_from ? watch(all, fd) : -1;

	if (read_folder(l, fd) < 0) {
		forget(l);
		return NULL;
	}
	l->wd = wd;
	return l;
}

int listings_unwatch(struct listings *l)
{
	int fd = l->tried ? l->fd : -1;

	for (size_t i = 0; i < l->n; i++) {
		if (l->items[i]->wd >= 0)
			(void)inotify_rm_watch(fd, l->items[i]->wd);
		forget(l->items[i]);
	}
	l->fd = -1;
	l->tried = true;
	return fd;
}

void listings_clear(struct listings *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->items[i]->path);
		free(l->items[i]->names.data);
		free(l->items[i]->items);
		free(l->items[i]->stated);
		free(l->items[i]);
	}
	free(l->items);
	if (l->tried && l->fd >= 0)
		close(l->fd);
	*l = (struct listings){ 0 };
}
