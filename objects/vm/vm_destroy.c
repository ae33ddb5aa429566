/* SPDX-License-Identifier: MIT */
/*
 * vm-destroy and snapshot-destroy: delete the record; every disk stays. The commit point is
 * undefining the domain; for a template or snapshot, which has none, the store transaction.
 */
#include "objects/vm/vm_destroy.h"

#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm_memory.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/classes/vm/vm_tree.h"
#include "objects/domain/adopt.h"
#include "objects/domain/vm_load.h"
#include "objects/disks/disks.h"
#include "objects/engine/op.h"
#include "objects/domain/guard_overlay.h"
#include "objects/guest_state/firmware_state.h"
#include "objects/hidden_snapshots/hidden_snapshot.h"
#include "objects/domain/foreign_snapshots/foreign_snapshot.h"

/* ---- shared planning ------------------------------------------------------------------------- */

static int plan_del_column(
	struct txn *t, const struct class *c, const char *vm, struct plan *p, struct vxe_error *err)
{
	_cleanup_records_ struct records r = { 0 };

	if (records_load(t, c, "vm_uuid", vm, &r, err) < 0)
		return -1;
	for (size_t i = 0; i < r.n; i++)
		plan_del(p, c, ((struct record *)r.items[i])->uuid);
	return 0;
}

/* The nearest ancestor of the VM or snapshot that is not deleted with it, owned; NULL: none. */
static int surviving_parent(struct txn *t, const struct vm *vm, const struct strv *ending,
	char **ret, struct vxe_error *err)
{
	char *parent = xstrdup_null(vm->parent);

	/* A damaged chain of parents may lead back to itself. */
	for (size_t i = 0; parent && ending && strv_has(ending, parent); i++) {
		_cleanup_(vm_free_cleanup) struct vm *up = NULL;

		if (vm_find(t, parent, &up, err) < 0) {
			free(parent);
			return -1;
		}
		free(parent);
		parent = up && i < ending->n ? xstrdup_null(up->parent) : NULL;
	}
	*ret = parent;
	return 0;
}

static int plan_reparent(struct txn *t, const struct vm *vm, const struct strv *ending,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_records_ struct records children = { 0 };
	_cleanup_free_ char *parent = NULL;

	if (surviving_parent(t, vm, ending, &parent, err) < 0 ||
		records_load(t, &vm_class, "parent", vm->r.uuid, &children, err) < 0)
		return -1;
	for (size_t i = 0; i < children.n; i++) {
		const struct vm *child = children.items[i];

		if (ending && strv_has(ending, child->r.uuid))
			continue;
		locks_add(&p->locks, LOCK_RECORD, child->r.uuid, LEASE_EXCLUSIVE);
		plan_set_string(p, &vm_class, child->r.uuid, "parent", parent);
	}
	return 0;
}

int plan_vm_end(struct txn *t, const struct vm *vm, const struct strv *ending, struct plan *p,
	struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *image = NULL;

	locks_add(&p->locks, LOCK_RECORD, vm->r.uuid, LEASE_EXCLUSIVE);
	if (plan_reparent(t, vm, ending, p, err) < 0 ||
		plan_del_column(t, &vbd_class, vm->r.uuid, p, err) < 0 ||
		plan_del_column(t, &vif_class, vm->r.uuid, p, err) < 0 ||
		vm_memory_ending(t, vm, ending, &image, err) < 0)
		return -1;
	if (image)
		plan_del(p, &vdi_class, image->r.uuid);
	plan_del(p, &vm_class, vm->r.uuid);
	return 0;
}

int vm_check_not_host(const struct vm *vm, struct vxe_error *err)
{
	if (!vm->is_control_domain)
		return 0;
	return vxe_fail(err, OPERATION_NOT_ALLOWED,
		"The control domain is the host itself and cannot be destroyed.");
}

/*
 * Counts those of @vms that are external snapshots in libvirt's own list: only these may libvirt be made to forget,
 * because the content of an internal snapshot would be lost in its image.
 */
static int count_kept(struct session *s, const struct strv *vms, int *ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	*ret = 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	for (size_t i = 0; vms && i < vms->n; i++) {
		_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

		if (vm_find(t, vms->items[i], &vm, err) < 0)
			return -1;
		*ret += vm && !str_is_empty(vm->libvirt_snapshot) && !vm_is_inside_image(vm) &&
			!vm_is_hidden(vm);
	}
	return 0;
}

static int fail_kept(struct vxe_error *err)
{
	return vxe_fail(err, OPERATION_NOT_ALLOWED,
		"libvirt keeps snapshots of its own for this domain; destroy or uninstall "
		"them first: 'vxe snapshot-list' and 'virsh snapshot-list' show them");
}

/*
 * Refuses to destroy the domain while vxe has external snapshots of it that are hidden from libvirt and not deleted,
 * too (@ending).
 */
static int check_apart(
	struct session *s, const struct vm *vm, const struct strv *ending, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records all = { 0 };

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vm_class, "snapshot_of", vm->r.uuid, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct vm *v = all.items[i];

		if (vm_is_hidden(v) && !vm_is_inside_image(v) &&
			!(ending && strv_has(ending, v->r.uuid)))
			return fail_kept(err);
	}
	return 0;
}

int plan_domain_end(struct session *s, const struct vm *vm, const struct strv *ending,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	struct hv *hv;
	int own = 0, kept = 0;

	p->commit = COMMIT_STORE;
	if (vm->is_a_template)
		return 0;
	if (vm_load(s, vm->r.uuid, VM_LOAD_ACT | VM_LOAD_GUARDED | VM_LOAD_DRIFTED, &l, err) < 0)
		return -1;
	if (!l->domain.uuid)
		return 0;
	if (vm_check_saved(l, err) < 0 || session_hv(s->here, &hv, err) < 0 ||
		hv_own_snapshots(hv, vm->r.uuid, &own, err) < 0 ||
		(own && count_kept(s, ending, &kept, err) < 0) || hidden_check(s, vm, err) < 0 ||
		check_apart(s, vm, ending, err) < 0)
		return -1;
	if (own != kept)
		return fail_kept(err);
	p->domain = xstrdup(vm->r.uuid);
	p->commit = COMMIT_UNDEFINE;
	return 0;
}

int plan_guards_end(struct session *s, const struct vm *vm, struct plan *p, struct strv *released,
	struct vxe_error *err)
{
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (vm->power_state != POWER_SUSPENDED)
		return 0;
	if (vm_load(s, vm->r.uuid, 0, &l, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		guards_plan_disks(t, l, p, err) < 0 || guards_note(t, l, p, released, err) < 0)
		return -1;
	guards_release(p);
	return 0;
}

/* ---- vm-destroy ------------------------------------------------------------------------------ */

struct destroy_wish {
	/* UUIDs of what is destroyed; only the first may have a domain, the others are its snapshots */
	const struct strv *vms;
};

static const struct step destroy_steps[] = {
	{ "forget-kept", DO(step_forget_kept, step_put_back_kept), false },
	{ "undefine", DISK(UNDEFINE), true },
	{ 0 },
};

const struct op_type vm_destroy_op = { "vm-destroy", "destroy", destroy_steps,
	PLAN_MEMBERS(memory_members, kept_members), NULL };

static int load_vm(
	struct session *s, const char *uuid, struct txn **t, struct vm **ret, struct vxe_error *err)
{
	if (txn_begin(s->store, TXN_READ, t, err) < 0)
		return -1;
	return vm_get(*t, uuid, ret, err);
}

static int plan_end(struct session *s, const char *uuid, struct destroy_wish *w, struct plan *p,
	struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (load_vm(s, uuid, &t, &vm, err) < 0 || vm_check_not_host(vm, err) < 0 ||
		vm_check_operation(s, vm, "destroy", err) < 0)
		return -1;
	txn_abort(TAKE(
		t)); /* ends the transaction: loading the domain may write changes of other programs */
	if ((uuid == w->vms->items[0] && plan_domain_end(s, vm, NULL, p, err) < 0) ||
		plan_guards_end(s, vm, p, &p->freed, err) < 0 ||
		txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		kept_plan(s, t, vm, false, p, err) < 0)
		return -1;
	capture_nodes(vm, &p->freed);
	return plan_vm_end(t, vm, w->vms, p, err);
}

static int plan_vm_destroy(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct destroy_wish *w = ctx;

	for (size_t i = 0; i < w->vms->n; i++)
		locks_add(&p->locks, LOCK_RECORD, w->vms->items[i], LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (adopt_domains(s, err) < 0)
		return -1;
	p->object = xstrdup(w->vms->items[0]);
	for (size_t i = 0; i < w->vms->n; i++)
		if (plan_end(s, w->vms->items[i], w, p, err) < 0)
			return -1;
	return 0;
}

static int destroy(struct session *s, const struct strv *vms, struct vxe_error *err)
{
	struct destroy_wish w = { .vms = vms };

	return op_run_freeing(s, &vm_destroy_op, plan_vm_destroy, &w, NULL, err);
}

int vm_destroy(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_strv_ struct strv one = { 0 };

	strv_add(&one, uuid);
	return destroy(s, &one, err);
}

/* ---- snapshot-destroy ------------------------------------------------------------------------ */

int snapshot_check(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (load_vm(s, uuid, &t, &vm, err) < 0)
		return -1;
	if (!vm->is_a_snapshot)
		return vxe_fail_text(err,
			"This operation can only be performed on a VM snapshot. %s is not a VM "
			"snapshot.",
			uuid);
	return 0;
}

int template_check(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (session_prepare(s, err) < 0 || load_vm(s, uuid, &t, &vm, err) < 0)
		return -1;
	if (!vm->is_a_template)
		return vxe_fail_text(err,
			"This operation can only be performed on a VM template. %s is not a "
			"VM template.",
			uuid);
	return 0;
}

/* Adds the UUIDs of the VM's snapshots. */
static int add_snapshots(
	struct session *s, const char *uuid, struct strv *ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records r = { 0 };

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vm_class, "snapshot_of", uuid, &r, err) < 0)
		return -1;
	for (size_t i = 0; i < r.n; i++)
		if (!strv_has(ret, ((struct record *)r.items[i])->uuid))
			strv_add(ret, ((struct record *)r.items[i])->uuid);
	return 0;
}

int vm_ending(struct session *s, const char *uuid, enum end_with with, struct strv *ret,
	struct vxe_error *err)
{
	if (with != END_CHILDREN)
		strv_add(ret, uuid);
	switch (with) {
	case END_WITH_SNAPSHOTS:
		return add_snapshots(s, uuid, ret, err);
	case END_WITH_CHILDREN:
	case END_CHILDREN:
		return vm_tree_below(s, uuid, ret, err);
	case END_ALONE:
		break;
	}
	return 0;
}

int snapshot_destroy(struct session *s, const char *uuid, enum end_with with, struct vxe_error *err)
{
	_cleanup_strv_ struct strv ending = { 0 };

	if (snapshot_check(s, uuid, err) < 0 || vm_ending(s, uuid, with, &ending, err) < 0)
		return -1;
	return ending.n ? destroy(s, &ending, err) : 0;
}
