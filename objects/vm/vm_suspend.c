/* SPDX-License-Identifier: MIT */
/*
 * vm-suspend: saves the guest's memory to an image. Before that the definition names an empty guard
 * overlay on each disk, so that nobody can start a domain on the disks that the image needs. The
 * commit point is the end of the save: the domain is off and its image complete.
 */
#include "objects/disks/disks.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/domain/vm_record_copy.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/message.h"
#include "objects/engine/op.h"
#include "objects/engine/op_recover.h"
#include "objects/domain/autostart.h"
#include "objects/domain/guard_overlay.h"
#include "objects/model/enums.h"
#include "objects/guest_state/suspend_image.h"
#include "objects/vm/vm_ops.h"

#include <json-c/json.h>

/* ---- steps ----------------------------------------------------------------------------------- */

/*
 * Refuses to suspend while a job is running during which libvirt saves no guest. This is checked after the guards, the
 * empty overlays, are made, because the check waits while libvirt makes a snapshot.
 */
static int check_jobs(struct op *op, struct vxe_error *err)
{
	struct hv *hv;

	if (session_hv(op->s->here, &hv, err) < 0 ||
		hv_check_free(hv, op->plan.domain, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < op->plan.n_disks; i++)
		if (hv_check_free(hv, op->plan.domain, op->plan.disks[i].target, err) < 0)
			return -1;
	return 0;
}

/*
 * Puts the guards, empty overlays on the disks, into the definition. The running guest keeps its disks: only its next
 * start is affected.
 */
static int guard(struct op *op, struct vxe_error *err)
{
	if (check_jobs(op, err) < 0 || DISK(DEFINE_DISKS)->run(op, err) < 0)
		return -1;
	return step_autostart(op, err);
}

static int unguard(struct op *op, struct vxe_error *err)
{
	return DISK(DEFINE_DISKS)->undo(op, err) < 0 ? -1 : step_autostart_before(op, err);
}

/*
 * Fails if libvirt has put the guest on another program's layer while the guard overlays were made: the memory would be
 * restored on an overlay that lacks what the guest has written to that layer.
 */
static int check_layers(struct op *op, struct hv *hv, struct vxe_error *err)
{
	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct plan_disk *d = &op->plan.disks[i];
		bool there = true;

		if (d->target && hv_has_disk(hv, op->plan.domain, d->old_path, &there, err) < 0)
			return -1;
		if (!there)
			return vxe_fail(err, VXE_TRY_AGAIN, d->old_path,
				"the VM has left this file meanwhile");
	}
	return 0;
}

/* Fails if the guest has gone to sleep meanwhile. */
static int check_awake(struct op *op, struct hv *hv, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };

	if (hv_find(hv, op->plan.domain, &d, err) < 0)
		return -1;
	return d.uuid && d.state == HV_SUSPENDED ? vxe_fail(err, VXE_GUEST_ASLEEP, op->plan.domain)
						 : 0;
}

static int save_memory(struct op *op, struct vxe_error *err)
{
	_cleanup_job_ struct hv_job *job = NULL;
	struct hv *hv;

	if (session_hv(op->s->here, &hv, err) < 0 || check_layers(op, hv, err) < 0 ||
		check_awake(op, hv, err) < 0)
		return -1;
	if (hv_save_start(hv, op->plan.domain, plan_string(&op->plan, "memory-path"), image_how(op),
		    &job, err) == 0 &&
		op_wait_job(op, job, err) == 0)
		return 0;
	image_explain(op, err);
	return -1;
}

/*
 * Undo: continues the guest, even if the process that had stopped it for the save died, and deletes the memory image.
 * When all memory is written, QEMU releases its disks, so QEMU must be able to open them for writing again.
 */
static int unsave(struct op *op, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (session_hv(op->s->here, &hv, err) < 0 || hv_find(hv, op->plan.domain, &d, err) < 0)
		return -1;
	if (d.uuid && d.state == HV_PAUSED &&
		(DISK(FREEZE)->undo(op, err) < 0 || DISK(UNPAUSE)->run(op, err) < 0))
		return -1;
	return image_drop(op, err);
}

/*
 * Completes the memory image. If the image is incomplete, the guest has ended by itself and somebody has started the VM
 * on the guards, the overlays in its definition: these become its disks.
 */
static int seal(struct op *op, struct vxe_error *err)
{
	int whole = image_is_complete(op, err);

	if (whole < 0)
		return -1;
	if (whole)
		return image_seal(op, err);
	guards_release(&op->plan);
	plan_del(&op->plan, &node_class, plan_string(&op->plan, "memory"));
	return image_drop(op, err);
}

static int guard_again(struct op *op, struct vxe_error *err)
{
	int whole = image_is_complete(op, err);

	if (whole < 0 || DISK(DEFINE_DISKS)->run(op, err) < 0)
		return -1;
	return whole ? step_autostart(op, err) : step_autostart_before(op, err);
}

static const struct step suspend_steps[] = {
	{ "make-guards", DISK(MAKE_OVERLAYS), false },
	{ "freeze", DISK(FREEZE), false },
	{ "guard", DO(guard, unguard), false },
	{ "save", DO(save_memory, unsave), true },
	{ "seal", DO(seal, NULL), false },
	{ "guard-again", DO(guard_again, NULL), false },
	{ 0 },
};

static int any_touched(struct op *op, struct vxe_error *err)
{
	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct plan_disk *d = &op->plan.disks[i];
		struct content_stat f;
		bool touched;

		if (disk_file_stat(content_of(op->s, d->new_path), &f, err) < 0)
			return -1;
		if (!f.exists)
			continue;
		if (guard_is_touched(
			    content_of(op->s, d->new_path), d->virtual_size, &touched, err) < 0)
			return -1;
		if (touched)
			return 1;
	}
	return 0;
}

/*
 * Tells whether the suspend has passed its commit point. Domain off with a complete memory image: it has. Running on
 * its own disks: it has not, and the guest continues, whatever the image contains. Running on the guards (the overlays
 * in the definition), or guards written to: somebody started the VM, so the suspend cannot be undone.
 */
static int probe_suspended(struct op *op, struct vxe_error *err)
{
	struct hv *hv;
	bool up;

	if (session_hv(op->s->here, &hv, err) < 0 || hv_is_up(hv, op->plan.domain, &up, err) < 0)
		return -1;
	if (up)
		return op_disks->named(op, HV_XML_LIVE, err);
	int whole = image_is_complete(op, err);

	return whole ? whole : any_touched(op, err);
}

const struct op_type vm_suspend_op = { "vm-suspend", "suspend", suspend_steps,
	PLAN_MEMBERS(autostart_members, memory_members), probe_suspended };

/* ---- plan ------------------------------------------------------------------------------------ */

static int plan_guards(struct session *s, struct txn *t, const struct vm_loaded *l, struct plan *p,
	struct vxe_error *err)
{
	if (vm_check_chains(l, err) < 0)
		return -1;
	for (size_t i = 0; i < l->n_disks; i++) {
		const struct vm_disk *d = &l->disks[i];

		if (vm_disk_is_captured(d) &&
			(vm_disk_check_captured(d, err) < 0 || guard_plan(s, t, d, p, err) < 0))
			return -1;
	}
	return 0;
}

struct suspend_wish {
	const char *vm;
	bool bypass_cache;
};

static int plan_suspend(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct suspend_wish *w = ctx;
	const char *uuid = w->vm;
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	locks_add(&p->locks, LOCK_RECORD, uuid, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vm_load(s, uuid, VM_LOAD_ACT, &l, err) < 0 || vm_check_awake(l, err) < 0 ||
		vm_check_operation(s, l->vm, "suspend", err) < 0)
		return -1;
	if (!l->live) /* the guest has stopped since */
		return vxe_fail(err, VXE_TRY_AGAIN, l->vm->r.uuid, "the VM has stopped meanwhile");
	if (image_check_devices(l, err) < 0 || vm_check_saved(l, err) < 0 ||
		txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	p->object = xstrdup(uuid);
	p->domain = xstrdup(uuid);
	p->commit = COMMIT_SWITCH;
	p->running = true;
	if (plan_guards(s, t, l, p, err) < 0 || image_plan(s, t, l, false, p, err) < 0 ||
		autostart_plan(s, p, false, err) < 0)
		return -1;
	plan_keep(p, "vm", uuid);
	if (w->bypass_cache)
		plan_keep_bool(p, "bypass-cache", true);
	plan_set_string(p, &vm_class, uuid, "power_state",
		enum_stored(&power_state_table, POWER_SUSPENDED));
	plan_set_string(p, &vm_class, uuid, "suspend-VDI-uuid", plan_string(p, "image"));
	plan_set(p, &vm_class, uuid, "autostart",
		json_object_new_boolean(plan_bool(p, "autostart-before")));
	plan_message(p, MESSAGE_VM_SUSPENDED, l->vm);
	return 0;
}

int vm_suspend(struct session *s, const char *uuid, bool bypass_cache, struct vxe_error *err)
{
	struct suspend_wish w = { .vm = uuid, .bypass_cache = bypass_cache };

	return op_run(s, &vm_suspend_op, plan_suspend, &w, NULL, err);
}
