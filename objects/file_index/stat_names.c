/* SPDX-License-Identifier: MIT */
#include "objects/file_index/stat_names.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "objects/base/far/far_file.h"
#include "objects/base/thread.h"
#include "objects/base/shortcut.h"

#define NAMES_MIN 1000 /* fewer names are not worth a thread */
#define THREADS_MAX 8

struct part {
	int dir, flags;
	const struct listing *l;
	struct stated *ret;
	size_t from, to;
	pthread_t thread;
};

static void *stat_part(void *arg)
{
	const struct part *p = arg;

	for (size_t i = p->from; i < p->to; i++) {
		struct stated *at = &p->ret[i];

		at->error =
			fstatat(p->dir, listed_name(p->l, &p->l->items[i]), &at->st, p->flags) == 0
			? 0
			: errno;
	}
	return NULL;
}

static size_t count_parts(size_t names)
{
	long processors = shortcut_on(SHORTCUT_STAT_THREADS) ? sysconf(_SC_NPROCESSORS_ONLN) : 1;
	size_t n = names / NAMES_MIN;

	if (processors < 1)
		processors = 1;
	if (n > (size_t)processors)
		n = (size_t)processors;
	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : n;
}

/*
 * As stat_names() for a folder in which far mount points lie: a name of those is asked of the mount, but a folder is not
 * worth to wait for.
 */
static void stat_one_by_one(struct part *p)
{
	for (size_t i = 0; i < p->l->n; i++) {
		const struct listed *e = &p->l->items[i];
		_cleanup_free_ char *path = xasprintf("%s/%s", p->l->path, listed_name(p->l, e));
		struct stated *at = &p->ret[i];

		*at = (struct stated){ .st.st_mode = S_IFDIR };
		if (!e->folder &&
			(p->flags & AT_SYMLINK_NOFOLLOW ? far_lstat(path, &at->st)
							: far_stat(path, &at->st)) < 0)
			at->error = errno;
	}
}

struct stated *stat_names(int dir, const struct listing *l, int flags)
{
	struct part parts[THREADS_MAX];
	size_t n = count_parts(l->n), started = 0;
	struct stated *ret = xmalloc((l->n + 1) * sizeof(*ret));

	if (l->stated) {
		memcpy(ret, l->stated, l->n * sizeof(*ret));
		return ret;
	}
	parts[0] = (struct part){ dir, flags, l, ret, 0, l->n, 0 };
	if (far_below(l->path)) {
		stat_one_by_one(&parts[0]);
		return ret;
	}

	for (size_t i = 0; i < n; i++) {
		parts[i] = (struct part){ dir, flags, l, ret, l->n * i / n, l->n * (i + 1) / n, 0 };
		if (i > 0 && started == i - 1 &&
			thread_start(&parts[i].thread, stat_part, &parts[i]) == 0)
			started = i;
	}
	stat_part(&parts[0]);
	for (size_t i = 1; i < n; i++)
		if (i <= started)
			pthread_join(parts[i].thread, NULL);
		else
			stat_part(&parts[i]);
	return ret;
}
