/* SPDX-License-Identifier: MIT */
/*
 * A cache of the paths of all layers of this host's SRs, read once, in which node_by_path() finds the layer of a file. An entry is only a
 * hint and is checked before use, so an aborted transaction or a replaced file does no harm.
 */
#include "objects/disks/disks.h"

#include "objects/base/far/far_file.h"
#include "objects/base/file_key.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/pbd.h"
#include "objects/session/session.h"
#include "objects/disks/file_users/file_users.h"
#include "objects/file_index/name_filter.h"

#include <string.h>

struct place {
	char *path; /* absolute path */
	char *node;
	char *key; /* file_key() of @path; NULL: not looked up in the present listing of domains */
};

struct places {
	int64_t generation; /* generation of the store when the paths were read from it */
	unsigned listing;   /* number of the session's listing of domains when the keys were made */
	bool keyed;
	size_t n;
	struct place *items; /* if there are keys, the first n_sorted entries are sorted by key */
	size_t n_sorted;     /* number of sorted entries; those after them were added later */
};

static void places_clear(struct places *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->items[i].path);
		free(p->items[i].node);
		free(p->items[i].key);
	}
	free(p->items);
	*p = (struct places){ 0 };
}

static void release_places(void *held)
{
	places_clear(held);
	free(held);
}

/* ---- filling --------------------------------------------------------------------------------- */

static void add_place(struct places *p, const char *path, const char *node)
{
	if ((p->n & (p->n + 1)) ==
		0) /* the array doubles whenever n is one less than a power of two */
		p->items = xrealloc(p->items, 2 * (p->n + 1), sizeof(*p->items));
	p->items[p->n++] =
		(struct place){ xstrdup(path), xstrdup(node), p->keyed ? file_key(path) : NULL };
}

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static void sort(struct places *p)
{
	if (p->n)
		qsort(p->items, p->n, sizeof(*p->items), compare_places);
	p->n_sorted = p->n;
}

#define UNSORTED_MAX 256 /* up to so many unsorted entries are searched one by one */

/*
 * Makes the file keys of all paths again if the session has a new listing of domains, because files may have changed
 * since the last one.
 */
static void make_keys(struct session *s, struct places *p)
{
	bool fresh = p->keyed && p->listing == s->here->listing;

	for (size_t i = 0; i < p->n && !fresh; i++) {
		free(p->items[i].key);
		p->items[i].key = file_key(p->items[i].path);
	}
	if (!fresh || p->n - p->n_sorted > UNSORTED_MAX)
		sort(p);
	p->keyed = true;
	p->listing = s->here->listing;
}

struct filling {
	struct places *p;
	const struct records *srs;
	const struct strv *elsewhere; /* SRs of other hosts */
};

static int add_row(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	const struct filling *f = ctx;
	const char *sr = values[0], *path = values[1];

	(void)err;
	if (path && path[0] == '/' && !sr_is_among(f->elsewhere, sr))
		add_place(f->p, path, uuid);
	for (size_t i = 0; path && path[0] != '/' && i < f->srs->n; i++) {
		const struct sr *at = f->srs->items[i];
		_cleanup_free_ char *full = NULL;

		if (!str_eq(at->r.uuid, sr))
			continue;
		full = sr_image_place(at, path);
		add_place(f->p, full, uuid);
	}
	return 0;
}

static int read_places(struct session *s, struct txn *t, struct places *p, struct vxe_error *err)
{
	static const char *const columns[] = { "sr", "path", NULL };
	_cleanup_records_ struct records srs = { 0 };
	_cleanup_strv_ struct strv elsewhere = { 0 };
	struct filling f = { p, &srs, &elsewhere };

	places_clear(p);
	if (srs_here(s, t, &srs, err) < 0 || srs_elsewhere(s, t, &elsewhere, err) < 0)
		return -1;
	return txn_scan(t, node_class.name, columns, add_row, &f, err);
}

/* ---- what changed ---------------------------------------------------------------------------- */

struct news {
	struct strv nodes; /* UUIDs of layers that the transaction has written */
	/* the transaction has written an SR or a PBD, so all files in the SR may have moved */
	bool moved;
};

static int add_news(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct news *n = ctx;

	(void)err;
	if (str_eq(values[1], "put") && str_eq(values[0], node_class.name))
		strv_add(&n->nodes, uuid);
	n->moved |= str_eq(values[0], sr_class.name) || str_eq(values[0], pbd_class.name);
	return 0;
}

static int read_news(struct session *s, struct txn *t, struct places *p, const struct news *news,
	struct vxe_error *err)
{
	for (size_t i = 0; i < news->nodes.n; i++) {
		_cleanup_(node_free_cleanup) struct node *n = NULL;
		_cleanup_free_ char *path = NULL;

		if (node_find(t, news->nodes.items[i], &n, err) < 0)
			return -1;
		int here = n ? sr_is_here(s, t, n->sr, err) : 0;

		if (here < 0 || (here && node_path(t, n, &path, err) < 0))
			return -1;
		if (path)
			add_place(p, path, n->r.uuid);
	}
	return 0;
}

static int bring_up_to_date(struct session *s, struct txn *t, struct vxe_error *err)
{
	void **held = cache_of(&s->caches, release_places);
	struct places *p = *held;
	struct news news = { 0 };
	int64_t now;
	int r = txn_generation(t, &now, err);

	if (r == 0 && !p) {
		p = xcalloc(1, sizeof(*p));
		*held = p;
		r = read_places(s, t, p, err);
	} else if (r == 0 && now != p->generation) {
		r = txn_changes(t, p->generation, add_news, &news, err);
		if (r >= 0)
			r = r == STORE_AGAIN || news.moved ? read_places(s, t, p, err)
							   : read_news(s, t, p, &news, err);
	}
	strv_clear(&news.nodes);
	if (r < 0)
		return -1;
	p->generation = now;
	return 0;
}

/* ---- looking up ------------------------------------------------------------------------------ */

/* Adds the layer of the index entry @at to @ret, if the layer still exists and has the file that the entry says. */
static int take_if_true(
	struct txn *t, const struct place *at, struct strv *ret, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_free_ char *path = NULL, *key = NULL;

	if (strv_has(ret, at->node))
		return 0;
	if (node_find(t, at->node, &n, err) < 0)
		return -1;
	if (n && node_path(t, n, &path, err) < 0)
		return -1;
	if (path)
		key = file_key(path);
	if (str_eq(key, at->key))
		strv_add(ret, at->node);
	return 0;
}

static size_t first_of(const struct places *p, const char *key)
{
	size_t low = 0, high = p->n_sorted;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(p->items[mid].key, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int nodes_by_path(
	struct session *s, struct txn *t, const char *path, struct strv *ret, struct vxe_error *err)
{
	_cleanup_free_ char *key = file_key(path);
	struct places *p;

	if (bring_up_to_date(s, t, err) < 0)
		return -1;
	p = *cache_of(&s->caches, release_places);
	make_keys(s, p);
	for (size_t i = first_of(p, key); i < p->n_sorted && str_eq(p->items[i].key, key); i++)
		if (take_if_true(t, &p->items[i], ret, err) < 0)
			return -1;
	for (size_t i = p->n_sorted; i < p->n; i++)
		if (str_eq(p->items[i].key, key) && take_if_true(t, &p->items[i], ret, err) < 0)
			return -1;
	return 0;
}

/* For more files than so many, to search the index of all layers, which needs a stat of every image, is quicker. */
#define MANY 64

/* A search for the layers that have some files, all of which are regular files. */
struct sought {
	struct txn *t;
	size_t n;
	const struct sign **files;
	struct strv *rets; /* for each file its layers */
};

/* Reads device and inode number of each file; false if one of them is no regular file. */
static bool read_signs(const struct strv *paths, struct sign *signs, const struct sign **ret)
{
	struct stat st;

	for (size_t i = 0; i < paths->n; i++) {
		if (far_stat(paths->items[i], &st) < 0 || !S_ISREG(st.st_mode))
			return false;
		signs[i] = sign_of(&st);
		ret[i] = &signs[i];
	}
	return true;
}

static bool is_file(const struct sign *a, const struct sign *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

/* True if @path leads to one of the files that are searched for. *ret: device and inode number of the file at @path. */
static bool leads_to_one(const struct sought *q, const char *path, struct sign *ret)
{
	struct stat st;
	size_t i = 0;

	if (far_stat(path, &st) < 0)
		return false;
	*ret = sign_of(&st);
	while (i < q->n && !is_file(ret, q->files[i]))
		i++;
	return i < q->n;
}

/*
 * Adds the layer to the result for each searched file that is the layer's file: one file may be searched for by several
 * names.
 */
static void add_node(struct sought *q, const struct sign *file, const char *node)
{
	for (size_t i = 0; i < q->n; i++)
		if (is_file(file, q->files[i]) && !strv_has(&q->rets[i], node))
			strv_add(&q->rets[i], node);
}

/* Finds those layers of the SR that have one of these file names and one of the files that are searched for. */
static int find_named(
	struct sought *q, const struct sr *sr, const struct strv *names, struct vxe_error *err)
{
	for (size_t i = 0; i < names->n; i++) {
		_cleanup_free_ char *path = sr_image_place(sr, names->items[i]);
		_cleanup_records_ struct records found = { 0 };
		struct sign file;

		if (!leads_to_one(q, path, &file))
			continue;
		if (records_load(q->t, &node_class, "path", names->items[i], &found, err) < 0)
			return -1;
		for (size_t k = 0; k < found.n; k++) {
			const struct node *n = found.items[k];

			if (str_eq(n->sr, sr->r.uuid))
				add_node(q, &file, n->r.uuid);
		}
	}
	return 0;
}

/*
 * Searches for the layers of files by the listings of the SRs' folders. Returns 1: searched, 0: a folder cannot exclude
 * names, so the file of every layer has to be looked at.
 */
static int find_in_srs(
	struct sought *q, struct session *s, struct names *names, struct vxe_error *err)
{
	_cleanup_records_ struct records srs = { 0 };

	if (srs_here(s, q->t, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n; i++) {
		const struct sr *sr = srs.items[i];

		if (sr_content(sr) == SR_DEVICES || str_is_empty(sr->path))
			continue;
		_cleanup_free_ char *dir =
			xasprintf("%s%s", sr->path, str_ends(sr->path, "/") ? "" : "/");
		const struct folder *f = names_folder(names, dir, strlen(dir));

		if (f->all)
			return 0;
		if (find_named(q, sr, &f->may, err) < 0 ||
			find_named(q, sr, &names->mounted, err) < 0)
			return -1;
	}
	return 1;
}

/* Searches for the layers of files by looking at the file of every layer. */
static int find_anywhere(
	struct sought *q, struct session *s, struct names *names, struct vxe_error *err)
{
	if (bring_up_to_date(s, q->t, err) < 0)
		return -1;
	const struct places *p = *cache_of(&s->caches, release_places);

	for (size_t i = 0; i < p->n; i++) {
		_cleanup_(node_free_cleanup) struct node *n = NULL;
		_cleanup_free_ char *path = NULL;
		const struct place *place = &p->items[i];
		struct sign file;

		if (!names_may(names, place->path) || !leads_to_one(q, place->path, &file))
			continue;
		if (node_find(q->t, place->node, &n, err) < 0 ||
			(n && node_path(q->t, n, &path, err) < 0))
			return -1;
		if (str_eq(path, place->path))
			add_node(q, &file, place->node);
	}
	return 0;
}

int nodes_of_files(struct session *s, struct txn *t, const struct strv *paths, struct strv *rets,
	struct vxe_error *err)
{
	_cleanup_free_ struct sign *signs = xcalloc(paths->n + 1, sizeof(*signs));
	_cleanup_free_ const struct sign **files = xcalloc(paths->n + 1, sizeof(struct sign *));
	_cleanup_names_ struct names names = { 0 };
	struct sought q = { t, paths->n, files, rets };

	if (paths->n > MANY || !read_signs(paths, signs, files)) {
		for (size_t i = 0; i < paths->n; i++)
			if (nodes_by_path(s, t, paths->items[i], &rets[i], err) < 0)
				return -1;
		return 0;
	}
	names_begin(&names, users_listings(s), files, paths->n, false, s->config.root);
	int found = names.all ? 0 : find_in_srs(&q, s, &names, err);

	return found ? (found < 0 ? -1 : 0) : find_anywhere(&q, s, &names, err);
}

/* Finds the first layer whose record has the path @path, in the SR @sr (NULL: in any of this host). */
static int find_by_path(struct session *s, struct txn *t, const char *path, const char *sr,
	struct node **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records found = { 0 };

	if (records_load(t, &node_class, "path", path, &found, err) < 0)
		return -1;
	for (size_t i = 0; i < found.n; i++) {
		const struct node *n = found.items[i];

		int fits = sr ? str_eq(n->sr, sr) : sr_is_here(s, t, n->sr, err);

		if (fits < 0)
			return -1;
		if (!fits)
			continue;
		*ret = found.items[i];
		found.items[i] = found.items[--found.n];
		return 0;
	}
	return 0;
}

/* The rest of @path behind the directory @dir; NULL if @path does not lie in it. */
static const char *below(const char *dir, const char *path)
{
	size_t n = strlen(dir);

	while (n && dir[n - 1] == '/')
		n--;
	return strncmp(dir, path, n) == 0 && path[n] == '/' && path[n + 1] ? path + n + 1 : NULL;
}

/*
 * Searches for a layer by its path as the records write it: this finds files that did not exist when the file keys were
 * made.
 */
static int find_spelled(struct session *s, struct txn *t, const char *path, struct node **ret,
	struct vxe_error *err)
{
	_cleanup_records_ struct records srs = { 0 };
	struct node *found = NULL;

	if (find_by_path(s, t, path, NULL, &found, err) < 0 || srs_here(s, t, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n && !found; i++) {
		const struct sr *sr = srs.items[i];
		const char *rest = str_is_empty(sr->path) ? NULL : below(sr->path, path);

		if (rest && find_by_path(s, t, rest, sr->r.uuid, &found, err) < 0)
			return -1;
	}
	*ret = found;
	return 0;
}

int node_by_path(struct session *s, struct txn *t, const char *path, struct node **ret,
	struct vxe_error *err)
{
	_cleanup_strv_ struct strv found = { 0 };

	*ret = NULL;
	if (nodes_by_path(s, t, path, &found, err) < 0)
		return -1;
	return found.n ? node_find(t, found.items[0], ret, err)
		       : find_spelled(s, t, path, ret, err);
}

void places_note(struct session *s, const char *path, const char *node)
{
	struct places *p = *cache_of(&s->caches, release_places);

	if (p)
		add_place(p, path, node);
}
