/* SPDX-License-Identifier: MIT */
/*
 * Keeps the records of an SR's disks in a file beside them: names and snapshot relations are only
 * in the store, and a forgotten SR would lose them. The file contains documents as in the store; a
 * record of a file is restored only if the file exists.
 */
#include "objects/model/json.h"
#include "objects/storage/sr_records_file.h"

#include "objects/disks/disks.h"
#include "objects/base/far/far_file.h"
#include "objects/base/file.h"
#include "objects/classes/storage/forgotten_disk.h"
#include "objects/session/session.h"
#include "objects/classes/storage/sr_marker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define KEPT_MAX (INT64_C(64) << 20)

/* ---- writing --------------------------------------------------------------------------------- */

static int collect_records(struct txn *t, const struct class *c, const char *sr,
	struct json_object *to, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };
	struct json_object *docs = json_object_new_object();

	json_object_object_add(to, c->name, docs);
	if (records_load(t, c, "sr", sr, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		json_object_object_add(docs, ((const struct record *)all.items[i])->uuid,
			record_encode(c, all.items[i]));
	return 0;
}

static int fail_records_file(struct vxe_error *err, const char *path)
{
	return vxe_fail(err, VXE_IMAGE_FAILED, path, far_why(errno));
}

int sr_keep_records(struct session *s, const struct sr *sr, struct vxe_error *err)
{
	_cleanup_json_ struct json_object *all = json_object_new_object();
	_cleanup_free_ char *path = xasprintf("%s/" SR_KEPT, sr->path);
	_cleanup_txn_ struct txn *t = NULL;

	if (sr->adopted || str_is_empty(sr->path)) /* the directory is the user's */
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		collect_records(t, &vdi_class, sr->r.uuid, all, err) < 0 ||
		collect_records(t, &node_class, sr->r.uuid, all, err) < 0 ||
		collect_records(t, &forgotten_class, sr->r.uuid, all, err) < 0)
		return -1;
	const char *text = json_object_to_json_string_ext(all, JSON_C_TO_STRING_PLAIN);

	return file_put(path, text, 0600, true) < 0 ? fail_records_file(err, path) : 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

static int read_records_file(const char *path, struct json_object **ret, struct vxe_error *err)
{
	_cleanup_close_ int fd = far_answers(path) < 0
		? -1
		: open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	*ret = NULL;
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : fail_records_file(err, path);
	if (fstat(fd, &st) < 0)
		return fail_records_file(err, path);
	if (!S_ISREG(st.st_mode) || st.st_size > KEPT_MAX)
		return 0;
	*ret = json_object_from_fd(fd);
	return 0;
}

struct restore {
	struct session *s;
	const struct sr *sr;
	struct json_object *all;
};

static bool is_plain_name(const char *path)
{
	return path && *path && *path != '.' && !strchr(path, '/');
}

/* Restores the record of a disk layer, if it belongs to this SR, its file exists, and the store has no such record. */
static int restore_node(struct txn *t, const struct restore *w, const char *uuid,
	struct json_object *doc, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = record_new(&node_class), *known = NULL;
	struct content_stat f;

	if (record_decode(&node_class, doc, n, err) < 0 || node_find(t, uuid, &known, err) < 0)
		return -1;
	if (known || !str_eq(n->sr, w->sr->r.uuid) || !is_plain_name(n->path))
		return 0;
	_cleanup_free_ char *path = sr_image_place(w->sr, n->path);
	_cleanup_(node_free_cleanup) struct node *other = NULL;

	if (node_by_path(w->s, t, path, &other, err) < 0 ||
		disk_file_stat(content_of(w->s, path), &f, err) < 0)
		return -1;
	if (other || !f.exists || n->state == NODE_DOOMED)
		return 0;
	str_replace(&n->r.uuid, uuid);
	return record_save(t, &node_class, n, err);
}

static int restore_vdi(struct txn *t, const struct restore *w, const char *uuid,
	struct json_object *doc, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = record_new(&vdi_class), *known = NULL;
	_cleanup_(node_free_cleanup) struct node *n = NULL;

	if (record_decode(&vdi_class, doc, v, err) < 0 || vdi_find(t, uuid, &known, err) < 0)
		return -1;
	if (known || !str_eq(v->sr, w->sr->r.uuid))
		return 0;
	if (v->node && node_find(t, v->node, &n, err) < 0)
		return -1;
	if (v->node && (!n || !str_eq(n->sr, w->sr->r.uuid)))
		return 0;
	str_replace(&v->r.uuid, uuid);
	return record_save(t, &vdi_class, v, err);
}

/*
 * Restores the record of a forgotten disk of this SR, if the store has none: its file still belongs to the disk, and
 * nothing else may use the file until the disk is restored.
 */
static int restore_forgotten(struct txn *t, const struct restore *w, const char *uuid,
	struct json_object *doc, struct vxe_error *err)
{
	_cleanup_(forgotten_free_cleanup) struct forgotten *f = record_new(&forgotten_class),
							   *known = NULL;

	if (record_decode(&forgotten_class, doc, f, err) < 0 ||
		forgotten_find(t, uuid, &known, err) < 0)
		return -1;
	if (known || !str_eq(f->sr, w->sr->r.uuid))
		return 0;
	str_replace(&f->r.uuid, uuid);
	return record_save(t, &forgotten_class, f, err);
}

typedef int restore_fn(struct txn *t, const struct restore *w, const char *uuid,
	struct json_object *doc, struct vxe_error *err);

static int restore_class(struct txn *t, const struct restore *w, const char *name, restore_fn *fn,
	struct vxe_error *err)
{
	struct json_object *docs = NULL;

	if (!json_object_object_get_ex(w->all, name, &docs) ||
		!json_object_is_type(docs, json_type_object))
		return 0;
	struct json_object_iterator i = json_object_iter_begin(docs);
	struct json_object_iterator end = json_object_iter_end(docs);

	for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		struct json_object *doc = json_object_iter_peek_value(&i);

		if (json_object_is_type(doc, json_type_object) &&
			fn(t, w, json_object_iter_peek_name(&i), doc, err) < 0)
			return -1;
	}
	return 0;
}

static int restore_all(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct restore *w = ctx;

	if (restore_class(t, w, node_class.name, restore_node, err) < 0 ||
		restore_class(t, w, forgotten_class.name, restore_forgotten, err) < 0)
		return -1;
	return restore_class(t, w, vdi_class.name, restore_vdi, err);
}

int sr_restore_records(struct session *s, const struct sr *sr, struct vxe_error *err)
{
	_cleanup_json_ struct json_object *all = NULL;
	_cleanup_free_ char *path = xasprintf("%s/" SR_KEPT, sr->path);
	struct restore w = { s, sr, NULL };

	if (read_records_file(path, &all, err) < 0)
		return -1;
	if (!all)
		return 0;
	w.all = all;
	if (json_object_is_type(all, json_type_object) &&
		store_update(s->store, restore_all, &w, err) < 0)
		return -1;
	return sr_file_drop(path, err); /* from now on the store has newer records than the file */
}
