/* SPDX-License-Identifier: MIT */
/*
 * Searches for users of a file that are not on record. QEMU's locks protect only running users: a
 * commit under an unknown overlay succeeds and changes the overlay's content. Each search reads
 * everything again, because libvirt gives no version number of a definition, and every search is
 * the last check before something is written or removed.
 */
#include "objects/layers/strangers.h"

#include "backends/image/image.h"
#include "backends/image/image_file.h"
#include "backends/image/image_key.h"
#include "backends/image/qcow2.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/sr_mark.h"
#include "objects/layers/places.h"
#include "objects/session/disk_path.h"

#include <string.h>

#define CHAIN_LIMIT 1024

struct known_file {
	const char *path;
	char *key; /* image_key() */
	struct image_file file;
	bool watched; /* the search looks for its users; else it may be a user itself */
};

struct search {
	struct session *s;
	struct hv *hv;
	const struct strv *known; /* including domains */
	size_t n;
	struct known_file *files;
	struct strv dirs;   /* already searched */
	struct strv marked; /* whose markers were checked */
	stranger_fn *fn;
	void *ctx;
};

static void search_clear(struct search *q)
{
	for (size_t i = 0; i < q->n; i++)
		free(q->files[i].key);
	free(q->files);
	strv_clear(&q->dirs);
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
		if (image_stat(f->path, &f->file, err) < 0)
			return -1;
		f->key = image_key(f->path);
		q->n++;
	}
	return 0;
}

/* Compares file identities: links do not hide a user. */
static const struct known_file *find_file(const struct search *q, const char *path, bool watched)
{
	_cleanup_free_ char *key = image_key(path);

	for (size_t i = 0; i < q->n; i++)
		if (q->files[i].watched == watched && str_eq(q->files[i].key, key))
			return &q->files[i];
	return NULL;
}

/* ---- headers --------------------------------------------------------------------------------- */

static int check_header(void *ctx, const char *image, const char *backing, struct vxe_error *err)
{
	struct search *q = ctx;
	const struct known_file *used = find_file(q, backing, true);

	if (!used || find_file(q, image, false))
		return 0;
	return q->fn(q->ctx, used->path, image, err);
}

static int search_dir(struct search *q, const char *dir, struct vxe_error *err)
{
	struct image_file f;

	if (str_is_empty(dir) || strv_has(&q->dirs, dir))
		return 0;
	strv_add(&q->dirs, dir);
	if (image_stat(dir, &f, err) < 0)
		return -1;
	return f.exists ? image_scan_dir(dir, check_header, q, err) : 0;
}

static int search_srs(struct search *q, struct session *s, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records srs = { 0 };

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &sr_class, NULL, NULL, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n; i++) {
		const struct sr *sr = srs.items[i];

		if (sr_content(sr) != SR_DEVICES && search_dir(q, sr->path, err) < 0)
			return -1;
	}
	return 0;
}

static int search_pools(struct search *q, struct vxe_error *err)
{
	_cleanup_(hv_pools_clear) struct hv_pools pools = { 0 };

	if (hv_pools(q->hv, &pools, err) < 0)
		return -1;
	for (size_t i = 0; i < pools.n; i++)
		if (pools.items[i].active && pools.items[i].path &&
			search_dir(q, pools.items[i].path, err) < 0)
			return -1;
	return 0;
}

static int search_own_dirs(struct search *q, struct vxe_error *err)
{
	for (size_t i = 0; i < q->n; i++) {
		const char *slash = strrchr(q->files[i].path, '/');
		_cleanup_free_ char *dir =
			xstrndup(q->files[i].path, (size_t)(slash - q->files[i].path));

		if (q->files[i].watched && !q->files[i].file.block && search_dir(q, dir, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Reads the chain of an image outside the known directories. Headers name the formats; none is
 * probed.
 */
static int search_chain(
	struct search *q, const char *path, const char *format, struct vxe_error *err)
{
	_cleanup_free_ char *at = xstrdup(path), *at_format = xstrdup_null(format);

	for (int n = 0; n < CHAIN_LIMIT && at && str_eq(at_format, "qcow2"); n++) {
		_cleanup_header_ struct qcow2_header h = { 0 };
		struct image_file f;

		if (image_stat(at, &f, err) < 0)
			return -1;
		if (!f.exists)
			return 0;
		if (qcow2_read(at, &h, err) < 0)
			return -1;
		char *next = h.backing ? image_backing_path(at, h.backing) : NULL;

		if (next && check_header(q, at, next, err) < 0) {
			free(next);
			return -1;
		}
		free(at);
		at = next;
		str_replace(&at_format, h.backing_format);
	}
	return 0;
}

/* ---- domains --------------------------------------------------------------------------------- */

/* The text of an attribute or element without entities. Owned. */
static char *unescape(const char *from, size_t n)
{
	static const struct {
		const char *entity, *text;
	} entities[] = { { "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&apos;", "'" },
		{ "&quot;", "\"" } };
	struct str to = { 0 };

	for (const char *end = from + n; from < end;) {
		size_t i = 0;

		while (i < ARRAY_LEN(entities) && !str_starts(from, entities[i].entity))
			i++;
		str_add_bytes(&to, i < ARRAY_LEN(entities) ? entities[i].text : from, 1);
		from += i < ARRAY_LEN(entities) ? strlen(entities[i].entity) : 1;
	}
	return str_steal(&to);
}

/* The absolute paths in the XML, as attributes or elements, each once. */
static void xml_paths(const char *xml, struct strv *ret)
{
	static const char quotes[] = "'\"<>";

	for (const char *p = strpbrk(xml, quotes); p; p = strpbrk(p + 1, quotes)) {
		if (p[1] != '/' || *p == '<') /* </element> */
			continue;
		char *path = unescape(p + 1, strcspn(p + 1, quotes));

		if (strv_has(ret, path))
			free(path);
		else
			strv_take(ret, path);
	}
}

bool xml_names_path(const char *xml, const char *path)
{
	_cleanup_strv_ struct strv paths = { 0 };
	bool named = false;

	xml_paths(xml, &paths);
	for (size_t i = 0; i < paths.n && !named; i++)
		named = image_is_same(paths.items[i], path);
	return named;
}

static int tell_domain(
	struct search *q, const struct hv_domain *d, const char *path, struct vxe_error *err)
{
	_cleanup_free_ char *user = xasprintf("domain %s (%s)", d->uuid, d->name);

	return q->fn(q->ctx, path, user, err);
}

/* Disks, and other paths in the XML: backing stores, mirrors, NVRAM. */
static int search_xml(
	struct search *q, const struct hv_domain *d, const char *xml, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_strv_ struct strv paths = { 0 };
	bool known = strv_has(q->known, d->uuid);

	if (!known)
		xml_paths(xml, &paths);
	for (size_t i = 0; i < paths.n; i++) {
		const struct known_file *used = find_file(q, paths.items[i], true);

		if (used && tell_domain(q, d, used->path, err) < 0)
			return -1;
	}
	if (spec_read(xml, &spec, err) < 0)
		return -1;
	for (size_t i = 0; i < spec->n_disks; i++) {
		_cleanup_free_ char *path = disk_path(q->s, &spec->disks[i]);
		const struct known_file *used = path ? find_file(q, path, true) : NULL;

		if (used && !known && tell_domain(q, d, used->path, err) < 0)
			return -1;
		if (path && search_chain(q, path, spec->disks[i].format, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Reads the XML again instead of using the listing: after this check a file is written to or
 * removed.
 */
static int search_domain(struct search *q, const struct hv_domain *d, struct vxe_error *err)
{
	_cleanup_free_ char *live = NULL, *inactive = NULL;

	if (hv_is_active(d->state) && (hv_xml(q->hv, d->uuid, HV_XML_LIVE, &live, err) < 0 ||
					      search_xml(q, d, live, err) < 0))
		return -1;
	if (!d->persistent)
		return 0;
	if (hv_xml(q->hv, d->uuid, HV_XML_INACTIVE, &inactive, err) < 0)
		return -1;
	return search_xml(q, d, inactive, err);
}

static int search_domains(struct search *q, struct session *s, struct vxe_error *err)
{
	const struct hv_domains *domains;

	if (session_domains(s, NULL, &domains, err) < 0)
		return -1;
	for (size_t i = 0; i < domains->n; i++)
		if (search_domain(q, &domains->items[i], err) < 0)
			return -1;
	return 0;
}

/* A folder that another store has attached no longer belongs to this store. */
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

		if (f->watched && !f->file.block && check_mark(q, s, dir, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- records --------------------------------------------------------------------------------- */

/*
 * Two records of one file: removing the file, or writing to it, for one record changes the other's
 * content.
 */
static int search_records(struct search *q, struct session *s, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	for (size_t i = 0; i < q->n; i++) {
		_cleanup_strv_ struct strv nodes = { 0 };
		const struct known_file *f = &q->files[i];

		if (f->watched && nodes_by_path(s, t, f->path, &nodes, err) < 0)
			return -1;
		if (nodes.n < 2)
			continue;
		_cleanup_free_ char *both = strv_join(&nodes, " and ");
		_cleanup_free_ char *user =
			xasprintf("the records %s, which 'vxe check' explains", both);

		if (q->fn(q->ctx, f->path, user, err) < 0)
			return -1;
	}
	return 0;
}

int strangers_find(struct session *s, const struct strv *paths, const struct strv *known,
	stranger_fn *fn, void *ctx, struct vxe_error *err)
{
	_cleanup_(search_clear) struct search q = { .s = s, .known = known, .fn = fn, .ctx = ctx };

	q.files = xcalloc(paths->n + known->n + 1, sizeof(*q.files));
	if (session_hv(s, NULL, &q.hv, err) < 0 || session_facts(s, NULL, err) < 0 ||
		add_files(&q, paths, true, err) < 0 || add_files(&q, known, false, err) < 0)
		return -1;
	if (check_marks(&q, s, err) < 0 || search_records(&q, s, err) < 0 ||
		search_domains(&q, s, err) < 0 || search_own_dirs(&q, err) < 0 ||
		search_srs(&q, s, err) < 0)
		return -1;
	return search_pools(&q, err);
}

static int refuse(void *ctx, const char *path, const char *user, struct vxe_error *err)
{
	(void)ctx;
	return vxe_fail(err, VXE_DEPENDENTS, path, user);
}

int strangers_check(struct session *s, const struct strv *paths, const struct strv *known,
	struct vxe_error *err)
{
	return strangers_find(s, paths, known, refuse, NULL, err);
}
