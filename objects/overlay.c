/* SPDX-License-Identifier: MIT */
/* Overlays: one file name rule, one place that knows what a header shall say. */
#include "objects/overlay.h"

#include "backends/image.h"
#include "objects/base/uuid.h"
#include "objects/node_ops.h"
#include "objects/pool.h"
#include "objects/sr.h"

#include <inttypes.h>

/* Room that an empty overlay takes, with its first table. */
#define OVERLAY_BYTES (1024 * 1024)

static int default_sr(struct session *s, struct txn *t, struct sr **ret, struct vxe_error *err)
{
	_cleanup_(pool_free_cleanup) struct pool *pool = NULL;

	if (record_load(t, &pool_class, s->store_uuid, (void **)&pool, err) < 0)
		return -1;
	return record_load(t, &sr_class, pool->default_sr, (void **)ret, err);
}

static bool holds_files(const struct sr *sr)
{
	return !str_eq(sr->type, "udev") && !str_eq(sr->type, "iso");
}

int overlay_sr(struct session *s, struct txn *t, const struct node *base, struct sr **ret,
	struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (base && record_load(t, &sr_class, base->sr, (void **)&sr, err) < 0)
		return -1;
	if (!sr || !holds_files(sr))
		return default_sr(s, t, ret, err);
	*ret = TAKE(sr);
	return 0;
}

static int check_space(const struct sr *sr, struct vxe_error *err)
{
	_cleanup_free_ char *text = NULL;
	int64_t bytes;

	if (image_free_space(sr->path, &bytes, err) < 0)
		return -1;
	if (bytes >= OVERLAY_BYTES)
		return 0;
	text = xasprintf("%" PRId64 " bytes are free in %s", bytes, sr->path);
	return vxe_fail(err, SR_BACKEND_FAILURE_44, "", "", text);
}

static int fail_missing(const struct vdi *vdi, const char *path, struct vxe_error *err)
{
	(void)vxe_fail(err, VDI_NOT_AVAILABLE, vdi->r.uuid);
	error_note(err, "%s is missing", path);
	return -1;
}

static int check_chain(
	struct txn *t, const struct vdi *vdi, const struct node *base, struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { 0 };

	if (node_chain(t, base->r.uuid, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain.n; i++) {
		const struct node *n = chain.items[i];
		_cleanup_free_ char *path = NULL;
		struct image_file f;

		if (node_path(t, n, &path, err) < 0 || image_stat(path, &f, err) < 0)
			return -1;
		if (!f.exists)
			return fail_missing(vdi, path, err);
		if (n->state == NODE_MERGING || n->state == NODE_DOOMED)
			return vxe_fail(err, VXE_TRY_AGAIN, n->r.uuid);
	}
	if (chain.n >= CHAIN_MAX) {
		_cleanup_free_ char *text = xasprintf("%zu layers", chain.n);

		return vxe_fail(err, SR_BACKEND_FAILURE_109, "", "", text);
	}
	return 0;
}

int plan_overlay(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *base,
	struct plan_disk *disk, struct node **ret, struct locks *locks, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_(node_free_cleanup) struct node *n = record_new(&node_class);
	_cleanup_free_ char *base_path = NULL;

	if (check_chain(t, vdi, base, err) < 0 || overlay_sr(s, t, base, &sr, err) < 0 ||
		check_space(sr, err) < 0 || node_path(t, base, &base_path, err) < 0 ||
		image_vet(base_path, base->format, true, err) < 0 ||
		image_virtual_size(base_path, base->format, &n->virtual_size, err) < 0 ||
		node_lock_chain(t, base->r.uuid, locks, err) < 0)
		return -1;
	n->r.uuid = uuid_new();
	n->sr = xstrdup(sr->r.uuid);
	free(n->path);
	n->path = xasprintf("%s.qcow2", n->r.uuid);
	str_replace(&n->format, "qcow2");
	n->origin = NODE_MADE;
	n->kind = NODE_DISK;
	n->state = NODE_WRITABLE;
	n->parent = xstrdup(base->r.uuid);

	disk->vdi = xstrdup(vdi->r.uuid);
	disk->new_node = xstrdup(n->r.uuid);
	disk->new_path = xasprintf("%s/%s", sr->path, n->path);
	disk->backing = str_eq(base->sr, n->sr) ? xstrdup(base->path) : TAKE(base_path);
	disk->backing_format = xstrdup(base->format);
	disk->virtual_size = n->virtual_size;
	disk->make = true;
	*ret = TAKE(n);
	return 0;
}

int plan_freeze(const struct vdi *vdi, const struct node *node, struct plan_disk *disk,
	struct node **ret, struct vxe_error *err)
{
	struct image_file f;

	if (image_stat(disk->old_path, &f, err) < 0)
		return -1;
	if (!f.exists)
		return fail_missing(vdi, disk->old_path, err);
	disk->old_mode = f.mode;
	disk->freeze = node->origin != NODE_ADOPTED_BASE && !f.block;

	struct node *frozen = record_copy(&node_class, node);
	frozen->state = NODE_FROZEN;
	frozen->old_mode = f.mode;
	frozen->virtual_size = disk->virtual_size; /* others may have resized it */
	*ret = frozen;
	return 0;
}
