/* SPDX-License-Identifier: MIT */
/*
 * Freezes the disks of a halted VM or a template, so that clones can use the layers, and copies are
 * of one instant: like a snapshot, but no record names the frozen layers. The commit point is the
 * new definition, or the store transaction if there is no domain.
 */
#include "objects/vm/snapshot/freeze_disks.h"

#include "objects/disks/disks.h"
#include "backends/content/content.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/domain/foreign_snapshots/foreign_snapshot.h"
#include "objects/domain/vm_record_copy.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/op.h"
#include "objects/vm/snapshot/vm_snapshot.h"

static const struct step freeze_steps[] = {
	{ "make-overlays", DISK(MAKE_OVERLAYS), false },
	{ "freeze", DISK(FREEZE), false },
	/* libvirt's external snapshots: kept_plan_apart() */
	{ "forget-kept", DO(step_forget_kept, step_put_back_kept), false },
	{ "define", DISK(DEFINE), true },
	{ "freeze-below", DISK(FREEZE_WITH_BELOW), false },
	{ "define-others", DISK(DEFINE_OTHERS), false },
	{ 0 },
};

/* current-operations says "clone" also before a copy */
const struct op_type vm_freeze_op = { "vm-freeze", "clone", freeze_steps,
	PLAN_MEMBERS(kept_members), NULL };

/* ---- plan ------------------------------------------------------------------------------------ */

struct wish {
	const char *vm, *operation;
};

bool clone_takes(const struct vm_disk *d)
{
	return d->vbd->type == VBD_DISK && d->vdi &&
		(d->vdi->is_a_snapshot || (d->vbd->mode == VBD_RW && !d->vdi->read_only));
}

int frozen_node(struct session *s, struct txn *t, const struct vm_disk *d, struct node **ret,
	struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *below = NULL;
	bool touched, written = false;

	*ret = NULL;
	if (d->node->state == NODE_FROZEN) {
		*ret = record_copy(&node_class, d->node);
		return 0;
	}
	if (d->node->origin != NODE_MADE || !d->node->parent)
		return 0;
	if (node_get(t, d->node->parent, &below, err) < 0)
		return -1;
	if (below->state != NODE_FROZEN || below->virtual_size != d->node->virtual_size)
		return 0;
	/*
	 * An overlay counts as written to also while a running QEMU has it open, because the guest may have written
	 * data that QEMU has not put into the file yet.
	 */
	if (image_touched(content_of(s, d->path), d->node->format, &touched, err) < 0 ||
		(!touched && disk_file_is_written(content_of(s, d->path), &written, err) < 0))
		return -1;
	if (!touched && !written)
		*ret = TAKE(below);
	return 0;
}

static int freeze_disks(
	struct session *s, const struct vm_loaded *l, struct plan *p, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	for (size_t i = 0; i < l->n_disks; i++) {
		const struct vm_disk *d = &l->disks[i];
		_cleanup_(node_free_cleanup) struct node *frozen = NULL;

		if (!clone_takes(d) || !d->node)
			continue;
		const struct frozen_layer f = { .vdi = d->vdi,
			.node = d->node,
			.path = d->path,
			.target = p->domain ? d->vbd->target : NULL };

		if (vm_disk_check_chain(d, err) < 0 || frozen_node(s, t, d, &frozen, err) < 0 ||
			(!frozen && plan_frozen_layer(s, t, &f, p, NULL, err) < 0))
			return -1;
	}
	return 0;
}

static int plan_freezing(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct wish *w = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->vm, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vm_load(s, w->vm, VM_LOAD_ACT, &l, err) < 0 ||
		vm_check_operation(s, l->vm, w->operation, err) < 0 || vm_check_saved(l, err) < 0)
		return -1;
	p->object = xstrdup(w->vm);
	p->domain = xstrdup_null(l->domain.uuid);
	if (kept_plan_apart(s, p->domain, p, NULL, err) < 0 || freeze_disks(s, l, p, err) < 0)
		return -1;
	p->commit = p->domain && p->n_disks ? COMMIT_DEFINE : COMMIT_STORE;
	if (!p->n_disks)
		free(TAKE(p->domain));
	return 0;
}

int vm_freeze(struct session *s, const char *uuid, const char *operation, struct vxe_error *err)
{
	struct wish w = { uuid, operation };

	return op_run(s, &vm_freeze_op, plan_freezing, &w, NULL, err);
}
