/* SPDX-License-Identifier: MIT */
/* Stores disks whose records vdi-forget or a scan has deleted, and brings them back. */
#include "objects/classes/storage/forgotten_disk.h"

#include <json-c/json.h>

#include "objects/base/uuid.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/sr.h"

#define STR(m) AT_STRING(struct forgotten, m)

static const struct field forgotten_fields[] = {
	{ "uuid", "Unique identifier.", STR(r.uuid), .flags = F_INTERNAL | F_COLUMN },
	{ "sr", "The SR that holds the file.", AT_REF(struct forgotten, sr, CLASS_SR),
		.flags = F_INTERNAL | F_COLUMN },
	{ "path", "The file, relative to the SR's directory.", STR(path),
		.flags = F_INTERNAL | F_COLUMN | F_FOUND },
	{ "disk", "UUID of the VDI.", STR(disk), .flags = F_INTERNAL },
	{ "vdi", "The VDI as it was, as JSON.", STR(vdi), .flags = F_INTERNAL },
	{ "layer", "UUID of its node.", STR(layer), .flags = F_INTERNAL | F_COLUMN | F_FOUND },
	{ "node", "Its node as it was, as JSON.", STR(node), .flags = F_INTERNAL },
	{ 0 },
};

const struct class forgotten_class = {
	.name = "FORGOTTEN",
	.size = sizeof(struct forgotten),
	.fields = forgotten_fields,
	.internal = true,
};

static char *encode(const struct class *c, const void *obj)
{
	struct json_object *doc = record_encode(c, obj);
	char *text = xstrdup(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PLAIN));

	json_object_put(doc);
	return text;
}

static int decode(const struct class *c, const char *uuid, const char *text, void **ret,
	struct vxe_error *err)
{
	struct json_object *doc = json_tokener_parse(text);
	struct record *obj = record_new(c);
	int r = doc ? record_decode(c, doc, obj, err)
		    : vxe_fail_internal(err, "a forgotten %s cannot be read", c->name);

	json_object_put(doc);
	str_replace(&obj->uuid, uuid);
	*ret = obj;
	return r;
}

struct forgotten *forgotten_new(const struct vdi *vdi, const struct node *node)
{
	struct forgotten *f = record_new(&forgotten_class);

	f->r.uuid = uuid_derive(vdi->r.uuid, "forgotten");
	str_replace(&f->sr, node ? node->sr : vdi->sr);
	str_replace(&f->path, node ? node->path : vdi->file);
	str_replace(&f->disk, vdi->r.uuid);
	free(f->vdi);
	f->vdi = encode(&vdi_class, vdi);
	if (node) {
		str_replace(&f->layer, node->r.uuid);
		free(f->node);
		f->node = encode(&node_class, node);
	}
	return f;
}

/* Returns 1 if no record of the class has the UUID @uuid, else 0. */
static int is_free(struct txn *t, const struct class *c, const char *uuid, struct vxe_error *err)
{
	void *taken = NULL;

	if (record_find(t, c, uuid, &taken, err) < 0)
		return -1;
	int none = !taken;

	record_free(c, taken);
	return none;
}

/*
 * Ends the forgetting of a disk whose file has a record again: takes the file from the SR's list of forgotten files,
 * and deletes the FORGOTTEN record.
 */
static int remember(struct txn *t, const struct forgotten *f, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (sr_find(t, f->sr, &sr, err) < 0 ||
		(sr && strv_remove(&sr->forgotten, f->path) &&
			record_save(t, &sr_class, sr, err) < 0))
		return -1;
	return txn_del(t, forgotten_class.name, f->r.uuid, err);
}

/*
 * *ret: the layer record that a forgotten disk had; NULL if it had none, or if another object has the layer's UUID now.
 */
static int old_node(
	struct txn *t, const struct forgotten *f, struct node **ret, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	void *obj = NULL;

	*ret = NULL;
	if (!*f->node)
		return 0;
	int r = decode(&node_class, f->layer, f->node, &obj, err);

	n = obj;
	r = r < 0 ? -1 : is_free(t, &node_class, n->r.uuid, err);
	if (r > 0)
		*ret = TAKE(n);
	return r < 0 ? -1 : 0;
}

static int bring_back(struct txn *t, const struct forgotten *f, struct vdi **ret,
	struct node **node, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = NULL;
	void *obj;
	int r = decode(&vdi_class, f->disk, f->vdi, &obj, err);

	v = obj;
	if (r < 0)
		return -1;
	r = is_free(t, &vdi_class, v->r.uuid, err);
	if (r < 0)
		return -1;
	if (!r) { /* another object has the UUID of the forgotten disk by now */
		free(v->r.uuid);
		v->r.uuid = uuid_new();
	}
	if (node && old_node(t, f, node, err) < 0)
		return -1;
	str_replace(&v->node, NULL);
	v->missing = false;
	*ret = TAKE(v);
	return 0;
}

int forgotten_take(struct txn *t, const char *sr, const char *path, struct vdi **ret,
	struct node **node, struct vxe_error *err)
{
	_cleanup_records_ struct records found = { 0 };

	*ret = NULL;
	if (node)
		*node = NULL;
	if (records_load(t, &forgotten_class, "path", path, &found, err) < 0)
		return -1;
	for (size_t i = 0; i < found.n; i++) {
		const struct forgotten *f = found.items[i];

		if (!str_eq(f->sr, sr))
			continue;
		if (!*ret && bring_back(t, f, ret, node, err) < 0)
			return -1;
		if (remember(t, f, err) < 0)
			return -1;
	}
	return 0;
}

int forgotten_node(
	struct txn *t, const char *sr, const char *path, struct node **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records found = { 0 };

	*ret = NULL;
	if (records_load(t, &forgotten_class, "path", path, &found, err) < 0)
		return -1;
	for (size_t i = 0; i < found.n && !*ret; i++) {
		const struct forgotten *f = found.items[i];

		if (str_eq(f->sr, sr) && old_node(t, f, ret, err) < 0)
			return -1;
	}
	return 0;
}

bool node_fits(const struct node *n, int64_t virtual_size, const char *parent)
{
	return n->virtual_size == virtual_size && str_eq(n->parent, parent);
}

int forgotten_has(struct txn *t, const char *vdi, bool *ret, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = uuid_derive(vdi, "forgotten");

	return record_taken(t, &forgotten_class, uuid, ret, err);
}

static int restore_one(struct txn *t, const struct forgotten *f, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_(vdi_free_cleanup) struct vdi *v = NULL;

	if (!*f->layer || node_find(t, f->layer, &n, err) < 0)
		return *f->layer ? -1 : 0;
	if (!n || (n->state != NODE_WRITABLE && n->state != NODE_FROZEN))
		return 0;
	if (bring_back(t, f, &v, NULL, err) < 0)
		return -1;
	str_replace(&v->node, n->r.uuid);
	v->virtual_size = n->virtual_size;
	if (record_save(t, &vdi_class, v, err) < 0 || node_sync_base_copy(t, n->r.uuid, err) < 0)
		return -1;
	return remember(t, f, err);
}

int forgotten_restore(struct txn *t, const char *sr, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };

	if (records_load(t, &forgotten_class, "sr", sr, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		if (restore_one(t, all.items[i], err) < 0)
			return -1;
	return 0;
}
