/* SPDX-License-Identifier: MIT */
/*
 * Searches for users of a file that are not on record. QEMU's locks protect only running users: a commit under an
 * overlay that nobody knows of succeeds, and changes the content that the overlay shows. Every search is the last check
 * before something is written or removed.
 */
#include "objects/disks/disks.h"
#include "objects/disks/node_ops.h"

#include "backends/content/content.h"
#include "objects/base/file_key.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/disks/kept_overlays.h"

#include <string.h>

struct known_file {
	const char *path;
	char *key;		  /* file_key() of the file */
	struct content_stat file; /* of a watched file */
	/* users of this file are searched for; if false, it is only a known user of such files */
	bool watched;
};

struct search {
	struct session *s;
	const struct strv *paths;
	/* UUIDs of domains and paths of images that may use the files @paths */
	const struct strv *known;
	size_t n;
	struct known_file *files;
	struct strv marked; /* folders whose markers have been checked */
	stranger_fn *fn;
	void *ctx;
	bool certain; /* folders that cannot be searched count for nothing */
	bool refuses; /* the first user is an error */
};

static void search_clear(struct search *q)
{
	for (size_t i = 0; i < q->n; i++)
		free(q->files[i].key);
	free(q->files);
	strv_clear(&q->marked);
}

static int add_files(
	struct search *q, const struct strv *paths, bool watched, struct vxe_error *err)
{
	for (size_t i = 0; i < paths->n; i++) {
		struct known_file *f = &q->files[q->n];

		if (paths->items[i][0] != '/')
			continue;
		*f = (struct known_file){ .path = paths->items[i], .watched = watched };
		if (watched && content_stat(content_of(q->s, f->path), &f->file, err) < 0)
			return -1;
		f->key = file_key(f->path);
		q->n++;
	}
	return 0;
}

/* True if @path is the file of a known user. Compares the files themselves, so that a link hides nobody. */
static bool file_is_searched(const struct search *q, const char *path)
{
	_cleanup_free_ char *key = file_key(path);

	for (size_t i = 0; i < q->n; i++)
		if (!q->files[i].watched && str_eq(q->files[i].key, key))
			return true;
	return false;
}

/* Refuses a folder whose marker says that another store has attached it: it no longer belongs to this store. */
static int check_mark(struct search *q, struct session *s, const char *dir, struct vxe_error *err)
{
	_cleanup_mark_ struct sr_mark mark = { 0 };

	if (strv_has(&q->marked, dir))
		return 0;
	strv_add(&q->marked, dir);
	return sr_mark_read(dir, &mark, err) < 0 ? -1 : sr_mark_check(s, dir, &mark, err);
}

static int check_marks(struct search *q, struct session *s, struct vxe_error *err)
{
	for (size_t i = 0; i < q->n; i++) {
		const struct known_file *f = &q->files[i];
		const char *slash = strrchr(f->path, '/');
		_cleanup_free_ char *dir = xstrndup(f->path, (size_t)(slash - f->path));

		if (f->watched && !f->file.device && check_mark(q, s, dir, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- records --------------------------------------------------------------------------------- */

/* For each file its layers. */
struct nodes {
	size_t n;
	struct strv *items;
};

static void nodes_clear(struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->n; i++)
		strv_clear(&nodes->items[i]);
	free(nodes->items);
}

/* Passes an overlay on, unless its file is that of a known user. */
static int overlay_found(void *ctx, const char *path, const char *user, struct vxe_error *err)
{
	struct search *q = ctx;

	return file_is_searched(q, user) ? 0 : q->fn(q->ctx, path, user, err);
}

/*
 * Refuses a file that two layer records have: removing it or writing to it for one record changes the content of the
 * other. Also looks again at the overlays that the records keep.
 */
static int search_records(struct search *q, struct session *s, struct vxe_error *err)
{
	_cleanup_(nodes_clear) struct nodes found = { 0 };
	_cleanup_strv_ struct strv watched = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	for (size_t i = 0; i < q->n; i++)
		if (q->files[i].watched)
			strv_add(&watched, q->files[i].path);
	found.items = xcalloc(watched.n + 1, sizeof(*found.items));
	found.n = watched.n;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		nodes_of_files(s, t, &watched, found.items, err) < 0)
		return -1;
	for (size_t i = 0; i < watched.n; i++) {
		for (size_t k = 0; k < found.items[i].n; k++)
			if (overlays_find(s, t, found.items[i].items[k], watched.items[i],
				    overlay_found, q, err) < 0)
				return -1;
		if (found.items[i].n < 2)
			continue;
		_cleanup_free_ char *both = strv_join(&found.items[i], " and ");
		_cleanup_free_ char *user =
			xasprintf("the records %s, which 'vxe check' explains", both);

		if (q->fn(q->ctx, watched.items[i], user, err) < 0)
			return -1;
	}
	return 0;
}

static int refuse_unknown_user(void *ctx, const char *path, const char *user, struct vxe_error *err)
{
	(void)ctx;
	return vxe_fail(err, VXE_DEPENDENTS, path, user);
}

/* Tells of each file that whatever lies in a folder that cannot be searched may use it. */
static int tell_unsearched(struct search *q, const struct file_users *users, struct vxe_error *err)
{
	for (size_t i = 0; i < users->unsearched.n && !q->certain; i++) {
		_cleanup_free_ char *user = xasprintf("perhaps %s", users->unsearched.items[i]);

		for (size_t k = 0; k < q->n; k++)
			if (q->files[k].watched && q->fn(q->ctx, q->files[k].path, user, err))
				return -1;
	}
	return 0;
}

/*
 * Searches definitions, which name disks and other files (backing stores, mirrors, NVRAM), and headers of images.
 */
static int search_users(struct search *q, struct vxe_error *err)
{
	_cleanup_users_ struct file_users users = { 0 };

	if (users_look(q->s, q->paths, &users, err) < 0)
		return -1;
	/* A command that acts will be refused, and the layer waits: it keeps all overlays. */
	for (size_t i = 0; q->refuses && i < users.n; i++)
		if (!users.items[i].domain && !file_is_searched(q, users.items[i].name))
			overlay_keep(
				q->s, q->paths->items[users.items[i].file], users.items[i].name);
	for (size_t i = 0; i < users.n; i++) {
		const struct file_user *u = &users.items[i];
		_cleanup_free_ char *user = u->domain
			? xasprintf("domain %s (%s)", u->domain, u->name)
			: xstrdup(u->name);

		if (u->domain ? strv_has(q->known, u->domain) : file_is_searched(q, u->name))
			continue;
		if (q->fn(q->ctx, q->paths->items[u->file], user, err))
			return -1;
	}
	return tell_unsearched(q, &users, err);
}

static int find_strangers(struct search *q, struct vxe_error *err)
{
	q->files = xcalloc(q->paths->n + q->known->n + 1, sizeof(*q->files));
	if (add_files(q, q->paths, true, err) < 0 || add_files(q, q->known, false, err) < 0)
		return -1;
	if (check_marks(q, q->s, err) < 0 || search_records(q, q->s, err) < 0)
		return -1;
	return search_users(q, err);
}

int strangers_find(struct session *s, const struct strv *paths, const struct strv *known,
	stranger_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_(search_clear) struct search q = { .s = s,
		.paths = paths,
		.known = known,
		.fn = fn ? fn : refuse_unknown_user,
		.ctx = ctx,
		.refuses = !fn };

	return find_strangers(&q, err);
}

int strangers_find_new(struct session *s, const struct strv *paths, const struct strv *known,
	struct vxe_error *err)
{
	_cleanup_(search_clear) struct search q = {
		.s = s, .paths = paths, .known = known, .fn = refuse_unknown_user, .certain = true
	};

	return find_strangers(&q, err);
}

char *stranger_needs(const char *user)
{
	static const char perhaps[] = "perhaps ";
	bool unsure = str_starts(user, perhaps);

	return xasprintf(
		"%sneeded by %s", unsure ? perhaps : "", user + (unsure ? sizeof(perhaps) - 1 : 0));
}
