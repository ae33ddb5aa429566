/* SPDX-License-Identifier: MIT */
/*
 * vdi-create and vdi-copy to an SR: a new image, empty or with another disk's content, and its
 * records. Nothing names the file before the records do, so the store transaction is the commit
 * point.
 */
#include "objects/storage/vdi_create.h"

#include "objects/base/uuid.h"
#include "objects/classes/storage/node.h"
#include "objects/domain/adopt.h"
#include "objects/storage/vdi_loaded.h"
#include "objects/disks/disks.h"

static const struct step vdi_create_steps[] = {
	{ "make-image", DISK(MAKE_IMAGE), false },
	{ 0 },
};

const struct op_type vdi_create_op = { "vdi-create", "create", vdi_create_steps, NULL, NULL };
const struct op_type vdi_copy_op = { "vdi-copy", "copy", vdi_create_steps, NULL, NULL };

/* ---- vdi-create ------------------------------------------------------------------------------ */

struct create {
	const struct vdi_new *args;
	const char *uuid;
	int64_t size;
};

static void put_vdi(struct plan *p, struct vdi *vdi, const struct node *node)
{
	str_replace(&vdi->sr, node->sr);
	str_replace(&vdi->location, vdi->r.uuid);
	str_replace(&vdi->node, node->r.uuid);
	vdi->virtual_size = node->virtual_size;
	vdi->managed = true;
	plan_add(p, &vdi_class, vdi);
	str_replace(&p->disks[0].vdi, vdi->r.uuid);
}

static int plan_vdi_create(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct create *w = ctx;
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_(node_free_cleanup) struct node *node = NULL;
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->args->sr, LEASE_SHARED);
	if (p->draft)
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		sr_for_disks(t, w->args->sr, &sr, err) < 0)
		return -1;
	p->object = xstrdup(w->args->sr);
	p->commit = COMMIT_STORE;
	/* libvirt lets several domains write only to raw images. */
	const struct image_plan image = {
		.sr = sr, .format = w->args->sharable ? "raw" : "qcow2", .size = w->size, .fd = -1
	};

	if (plan_image(s, p, &image, &node, err) < 0)
		return -1;
	vdi = record_new(&vdi_class);
	vdi->r.uuid = xstrdup(w->uuid);
	str_replace(&vdi->name_label, w->args->name_label);
	if (w->args->name_description)
		str_replace(&vdi->name_description, w->args->name_description);
	vdi->type = w->args->type;
	vdi->sharable = w->args->sharable;
	if (w->args->sm_config)
		map_copy(&vdi->sm_config, w->args->sm_config);
	if (w->args->tags)
		strv_copy(&vdi->tags, w->args->tags);
	put_vdi(p, vdi, node);
	return 0;
}

int vdi_create(struct session *s, const struct vdi_new *args, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = uuid_new();
	struct create w = { args, uuid, args->size };
	/* connects to libvirt, because vdi-create may be the first command on a new store */
	struct hv *hv;

	if (vdi_round(&w.size, "virtual-size", err) < 0 || session_hv(s->here, &hv, err) < 0 ||
		adopt_domains(s, err) < 0 ||
		op_run(s, &vdi_create_op, plan_vdi_create, &w, NULL, err) < 0)
		return -1;
	*ret = TAKE(uuid);
	return 0;
}

/* ---- vdi-copy -------------------------------------------------------------------------------- */

struct copy {
	const char *from, *sr, *uuid;
};

static struct vdi *copy_record(const struct vdi *from, const char *uuid)
{
	struct vdi *vdi = record_copy(&vdi_class, from);

	str_replace(&vdi->r.uuid, uuid);
	vdi->is_a_snapshot = vdi->read_only = vdi->sharable = false;
	str_replace(&vdi->snapshot_of, NULL);
	vdi->snapshot_time = 0;
	map_clear(&vdi->sm_config);
	str_replace(&vdi->file, "");
	vdi->cbt_enabled = false;
	return vdi;
}

static int plan_copy(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct copy *w = ctx;
	_cleanup_vdi_loaded_ struct vdi_loaded from = { 0 };
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_(node_free_cleanup) struct node *node = NULL;
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->from, LEASE_SHARED);
	locks_add(&p->locks, LOCK_RECORD, w->sr, LEASE_SHARED);
	if (p->draft)
		return 0;
	if (vdi_load_now(s, w->from, LEASE_SHARED, p, &from, err) < 0 ||
		vdi_check_allowed(s, &from, "copy", err) < 0 ||
		txn_begin(s->store, TXN_READ, &t, err) < 0 || sr_for_disks(t, w->sr, &sr, err) < 0)
		return -1;
	int64_t size;

	if (vdi_check_readable(s, t, &from, "copy", p, err) < 0 ||
		vdi_loaded_size(s, &from, &size, err) < 0)
		return -1;
	p->object = xstrdup(w->from);
	p->commit = COMMIT_STORE;
	const struct image_plan image = { .sr = sr,
		.format = "qcow2",
		.size = size,
		.source = from.path,
		.source_format = vdi_loaded_format(&from),
		.fd = -1 };

	if (plan_image(s, p, &image, &node, err) < 0)
		return -1;
	vdi = copy_record(from.vdi, w->uuid);
	put_vdi(p, vdi, node);
	return 0;
}

int vdi_copy(struct session *s, const char *uuid, const char *sr, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *fresh = uuid_new();
	struct copy w = { uuid, sr, fresh };

	if (op_run(s, &vdi_copy_op, plan_copy, &w, NULL, err) < 0)
		return -1;
	*ret = TAKE(fresh);
	return 0;
}
