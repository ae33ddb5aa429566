/* SPDX-License-Identifier: MIT */
#include "objects/file_index/folder_changes.h"

#include "objects/file_index/index_entry.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

/* if more files have changed, all files are searched */
#define CHANGED_MAX 64

static struct sign sign_at(const char *dir, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, name);
	struct stat st;

	return stat(path, &st) == 0 ? sign_of(&st) : (struct sign){ 0 };
}

static enum file_times times_of(const char *dir)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 ? file_times(fd) : TIMES_COARSE;
}

static int64_t max_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

bool folders_now(const struct session_config *c, struct folders *now, int64_t *young)
{
	enum file_times definitions = times_of(c->definitions_dir),
			states = times_of(c->states_dir);
	int64_t at = clock_file();

	if (definitions == TIMES_COARSE || states == TIMES_COARSE)
		return false;
	now->definitions = sign_at(c->definitions_dir, ".");
	now->states = sign_at(c->states_dir, ".");
	/* libvirt writes its process number to driver.pid when it starts, before it reads the definitions. */
	now->daemon = sign_at(c->states_dir, "driver.pid");
	*young = max_of(time_young(now->definitions.changed, at, definitions),
		max_of(time_young(now->states.changed, at, states),
			time_young(now->daemon.changed, at, states)));
	return now->definitions.ino && now->states.ino && now->daemon.ino;
}

bool folders_are(const struct folders *a, const struct folders *b)
{
	return a->definitions.ino && sign_is(&a->definitions, &b->definitions) &&
		sign_is(&a->states, &b->states) && sign_is(&a->daemon, &b->daemon);
}

/* ---- the watch ------------------------------------------------------------------------------- */

static void stop(struct folders_watch *w)
{
	if (folders_watched(w))
		close(w->fd);
	w->fd = -1;
}

void folders_watch_start(struct folders_watch *w, const struct session_config *c, bool large)
{
	uint32_t what = IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVE |
		IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

	if (w->tried)
		return;
	w->tried = true;
	w->fd = large ? inotify_init1(IN_NONBLOCK | IN_CLOEXEC) : -1;
	if (w->fd < 0)
		return;
	w->definitions = inotify_add_watch(w->fd, c->definitions_dir, what);
	w->states = inotify_add_watch(w->fd, c->states_dir, what);
	if (w->definitions < 0 || w->states < 0)
		stop(w);
}

bool folders_watched(const struct folders_watch *w)
{
	return w->tried && w->fd >= 0;
}

int folders_watch_end(struct folders_watch *w)
{
	int fd = folders_watched(w) ? w->fd : -1;

	if (fd >= 0) {
		(void)inotify_rm_watch(fd, w->definitions);
		(void)inotify_rm_watch(fd, w->states);
	}
	w->fd = -1;
	return fd;
}

/*
 * Adds the file that an inotify event names to @ret; false if the event does not name one file, or if too many files
 * have changed.
 */
static bool take_event(const struct folders_watch *w, const struct session_config *c,
	const struct inotify_event *e, struct strv *ret)
{
	const char *dir = e->wd == w->definitions ? c->definitions_dir
		: e->wd == w->states		  ? c->states_dir
						  : NULL;

	if (!dir || !e->len || (e->mask & (IN_Q_OVERFLOW | IN_IGNORED | IN_UNMOUNT)) ||
		str_eq(e->name, "driver.pid"))
		return false;
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, e->name);

	if (str_ends(path, ".xml") && !strv_has(ret, path))
		strv_take(ret, TAKE(path));
	return ret->n <= CHANGED_MAX;
}

enum folders_state folders_watch_read(
	struct folders_watch *w, const struct session_config *c, struct strv *ret)
{
	_Alignas(struct inotify_event) char buffer[8192];
	bool sure = folders_watched(w);

	while (sure) {
		ssize_t n = read(w->fd, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			sure = n < 0 && errno == EAGAIN;
			break;
		}
		for (const char *p = buffer; sure && p < buffer + n;) {
			const struct inotify_event *e = (const void *)p;

			sure = take_event(w, c, e, ret);
			p += sizeof(*e) + e->len;
		}
	}
	if (!sure)
		stop(w);
	return !sure ? FOLDERS_UNKNOWN : ret->n ? FOLDERS_CHANGED : FOLDERS_SAME;
}
