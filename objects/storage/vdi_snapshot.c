/* SPDX-License-Identifier: MIT */
/*
 * vdi-snapshot and vdi-clone: like vm-snapshot for one disk, with its steps. The disk gets a new
 * layer and its old layer is frozen. A snapshot names the frozen layer; a clone gets a layer of its
 * own on it. If the disk is frozen already, only a new VDI is made.
 */
#include "objects/storage/vdi_snapshot.h"

#include "objects/classes/vm/vbd.h"
#include "objects/domain/foreign_snapshots/foreign_snapshot.h"
#include "objects/domain/vm_record_copy.h"
#include "objects/disks/disks.h"
#include "objects/engine/op.h"
#include "objects/classes/storage/chain_depth.h"
#include "objects/domain/guard_overlay.h"
#include "objects/storage/vdi_loaded.h"

#include <json-c/json.h>

static const struct step vdi_snapshot_steps[] = {
	{ "make-overlays", DISK(MAKE_OVERLAYS), false },
	{ "freeze-halted", DISK(FREEZE_HALTED), false },
	{ "forget-kept", DO(step_forget_kept, step_put_back_kept), false },
	{ "switch", DISK(SWITCH), true },
	{ "freeze", DISK(FREEZE_WITH_BELOW), false },
	{ "redefine", DISK(REDEFINE), false },
	{ "define-others", DISK(DEFINE_OTHERS), false },
	{ 0 },
};

const struct op_type vdi_snapshot_op = { "vdi-snapshot", "snapshot", vdi_snapshot_steps,
	PLAN_MEMBERS(memory_members, kept_members), NULL };

struct wish {
	const char *uuid;
	bool clone;
	const char *name_label, *name_description;
	char *made;
	struct strv apart; /* names of external snapshots that libvirt lists no more */
};

/* ---- a new layer for the disk ---------------------------------------------------------------- */

static int plan_layer(struct session *s, struct txn *t, const struct vdi_loaded *u, struct plan *p,
	int64_t *size, struct vxe_error *err)
{
	_cleanup_free_ char *target = NULL;

	if (vdi_check_saved(s, u, err) < 0 ||
		vdi_plan_domain(s, u, "snapshot", p, &target, err) < 0)
		return -1;
	const struct frozen_layer f = {
		.vdi = u->vdi, .node = u->node, .path = u->path, .target = target
	};

	return plan_frozen_layer(s, t, &f, p, size, err) < 0 ? -1
							     : switch_keep_caches(s, p, NULL, err);
}

/* ---- the snapshot or clone ------------------------------------------------------------------- */

static void plan_snapshot_vdi(
	const struct vdi_loaded *u, int64_t size, struct wish *w, struct plan *p)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = vdi_for_snapshot(u->vdi, u->node->r.uuid);

	vdi->virtual_size = size; /* another program may have resized the disk */
	plan_add(p, &vdi_class, vdi);
	plan_set_now(p, &vdi_class, vdi->r.uuid, "snapshot-time");
	str_replace(&w->made, vdi->r.uuid);
}

static int check_source(
	struct session *s, const struct vdi_loaded *u, const char *operation, struct vxe_error *err)
{
	if (vdi_check_allowed(s, u, operation, err) < 0)
		return -1;
	if (u->node->state == NODE_MERGING || u->node->state == NODE_DOOMED)
		return vxe_fail(err, VXE_TRY_AGAIN, u->node->r.uuid, "its layer is being merged");
	return 0;
}

/*
 * Finds the VM of which libvirt may have snapshots: the VM @uuid itself, or, if @uuid is a snapshot, the VM it was
 * taken of.
 */
static int find_owner(struct session *s, const char *uuid, char **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &vm, err) < 0)
		return -1;
	*ret = vm ? xstrdup_null(vm->is_a_snapshot ? vm->snapshot_of : vm->r.uuid) : NULL;
	return 0;
}

static int plan_apart(struct session *s, const struct vdi_loaded *u, struct wish *w, struct plan *p,
	struct vxe_error *err)
{
	for (size_t i = 0; i < u->vbds.n; i++) {
		_cleanup_free_ char *vm = NULL;

		if (find_owner(s, ((const struct vbd *)u->vbds.items[i])->vm, &vm, err) < 0 ||
			(vm && !plan_has(p, "kept-domain") &&
				kept_plan_apart(s, vm, p, &w->apart, err) < 0))
			return -1;
	}
	return 0;
}

static int plan_vdi_snapshot(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct wish *w = ctx;
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->uuid, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	strv_clear(&w->apart);
	if (vdi_load_now(s, w->uuid, LEASE_EXCLUSIVE, p, &u, err) < 0 ||
		check_source(s, &u, w->clone ? "clone" : "snapshot", err) < 0 ||
		plan_apart(s, &u, w, p, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		(u.node->state != NODE_WRITABLE &&
			node_use_chain(s, t, u.node->r.uuid, p, err) < 0))
		return -1;
	p->object = xstrdup(w->uuid);
	p->commit = COMMIT_STORE;
	int64_t size = u.vdi->virtual_size;

	if (u.node->state == NODE_WRITABLE) {
		if (!w->clone && depth_check_limit(s, t, u.vdi, u.node, err) < 0)
			return -1;
		if (plan_layer(s, t, &u, p, &size, err) < 0)
			return -1;
	}
	if (w->clone) {
		_cleanup_(vdi_free_cleanup) struct vdi *vdi = vdi_for_clone(u.vdi, NULL, u.vdi->sr);
		_cleanup_(node_free_cleanup) struct node *own = NULL;
		struct plan_disk *disk = plan_add_disk(p);

		if (plan_overlay(s, t, vdi, u.node, NULL, disk, &own, p, err) < 0)
			return -1;
		vdi->virtual_size = disk->virtual_size;
		plan_add(p, &node_class, own);
		plan_touch_node(p, own->r.uuid);
		str_replace(&vdi->node, own->r.uuid);
		str_replace(&vdi->sr, own->sr);
		if (w->name_label)
			str_replace(&vdi->name_label, w->name_label);
		if (w->name_description)
			str_replace(&vdi->name_description, w->name_description);
		plan_add(p, &vdi_class, vdi);
		str_replace(&w->made, vdi->r.uuid);
		return 0;
	}
	plan_snapshot_vdi(&u, size, w, p);
	return 0;
}

static int run_vdi_snapshot(struct session *s, struct wish *w, char **ret, struct vxe_error *err)
{
	int r = op_run_merging(s, &vdi_snapshot_op, plan_vdi_snapshot, w, err);

	if (r == 0)
		kept_tell_apart(s, &w->apart);
	if (r == 0)
		*ret = TAKE(w->made);
	strv_clear(&w->apart);
	free(w->made);
	return r;
}

int vdi_snapshot(struct session *s, const char *uuid, char **ret, struct vxe_error *err)
{
	struct wish w = { .uuid = uuid };

	return run_vdi_snapshot(s, &w, ret, err);
}

int vdi_clone(struct session *s, const char *uuid, const char *name_label,
	const char *name_description, char **ret, struct vxe_error *err)
{
	struct wish w = { .uuid = uuid,
		.clone = true,
		.name_label = name_label,
		.name_description = name_description };

	return run_vdi_snapshot(s, &w, ret, err);
}
