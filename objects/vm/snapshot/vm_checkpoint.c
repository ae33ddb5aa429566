/* SPDX-License-Identifier: MIT */
/*
 * vm-checkpoint: a snapshot with the guest's memory. A running guest continues while its memory is
 * written; memory and disks are of the instant at which the disks switch, which is the commit
 * point. For a Suspended VM the checkpoint adds records for its image and disks, and freezes what
 * lies below them.
 */
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vm.h"
#include "objects/domain/foreign_snapshots/foreign_snapshot.h"
#include "objects/disks/disks.h"
#include "objects/engine/op.h"
#include "objects/engine/op_recover.h"
#include "objects/domain/guard_overlay.h"
#include "objects/model/enums.h"
#include "objects/guest_state/firmware_state.h"
#include "objects/guest_state/suspend_image.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "objects/vm/snapshot/vm_uninstall.h"

static bool has_memory(const struct op *op)
{
	return plan_has(&op->plan, "memory-path");
}

/*
 * Switches the disks and saves the memory. Also notes why that failed: if the disks have moved nevertheless, but the
 * memory is not saved, end_without() needs the reason.
 */
static int take_checkpoint(struct op *op, struct vxe_error *err)
{
	struct snapshot_wish *w = op->ctx; /* NULL during recovery */

	if (DISK(SWITCH)->run(op, err) == 0)
		return 0;
	image_explain(op, err);
	if (w)
		str_replace(&w->failed,
			err->n_params ? err->params[err->n_params - 1]
				      : code_info(err->code)->name);
	return -1;
}

/* The undo of take_checkpoint(): undoes the switch, and also removes the memory file. */
static int untake(struct op *op, struct vxe_error *err)
{
	return DISK(SWITCH)->undo(op, err) < 0 ? -1 : image_drop(op, err);
}

/*
 * Completes the memory image of a checkpoint after the disks have moved; if the image is incomplete, a snapshot of the
 * disks alone is left.
 */
static int seal(struct op *op, struct vxe_error *err)
{
	struct plan *p = &op->plan;
	struct snapshot_wish *w = op->ctx;
	const char *snapshot = plan_string(p, "snapshot");

	if (!has_memory(op))
		return 0;
	int whole = image_is_complete(op, err);
	if (whole < 0)
		return -1;
	if (whole)
		return image_seal(op, err);
	if (w)
		w->no_memory = true;
	plan_set_string(p, &vm_class, snapshot, "power_state",
		enum_stored(&power_state_table, POWER_HALTED));
	plan_set_string(p, &vm_class, snapshot, "suspend-VDI-uuid", NULL);
	plan_del(p, &vdi_class, plan_string(p, "image"));
	plan_del(p, &node_class, plan_string(p, "memory"));
	return image_drop(op, err);
}

static const struct step checkpoint_steps[] = {
	{ "make-overlays", DISK(MAKE_OVERLAYS), false },
	{ "freeze-halted", DISK(FREEZE_HALTED), false },
	{ "meet-libvirt", DO(step_meet_libvirt, NULL), false },
	{ "capture-files", DO(step_capture_files, step_drop_captured), false },
	{ "forget-kept", DO(step_forget_kept, step_put_back_kept), false },
	{ "switch", DO_WITH(DISK(SWITCH), take_checkpoint, untake), true },
	{ "halt", DISK(HALT), false },
	{ "freeze", DISK(FREEZE_WITH_BELOW), false },
	{ "seal", DO(seal, NULL), false },
	{ "redefine", DISK(REDEFINE), false },
	{ "define-others", DISK(DEFINE_OTHERS), false },
	{ 0 },
};

/* For a VM without disks, only the image shows whether the commit point was passed. */
static int probe_checkpoint(struct op *op, struct vxe_error *err)
{
	if (op->plan.commit == COMMIT_STORE || !op->plan.domain)
		return 0;
	if (op->recovering && has_memory(op) && DISK(WAKE)->run(op, err) < 0)
		return -1;
	if (!op->plan.n_disks)
		return has_memory(op) ? image_is_complete(op, err) : 0;
	return op_disks_moved(op, op->plan.running, err);
}

const struct op_type vm_checkpoint_op = { "vm-checkpoint", "checkpoint", checkpoint_steps,
	PLAN_MEMBERS(memory_members, capture_members, snapshot_members, kept_members),
	probe_checkpoint };

/*
 * Why vm-checkpoint cannot quiesce the guest: frozen file systems would be part of the saved memory, and nobody would
 * thaw them after a revert.
 */
static const char no_quiesce[] = "libvirt freezes only for a snapshot of disks";

/*
 * Removes a snapshot that was to have the guest's memory but has only the disks, and fails; the snapshot's layers may
 * have to wait for their merge.
 */
static int end_without(
	struct session *s, const struct snapshot_wish *w, char **uuid, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_strv_ struct strv snapshots = { 0 };

	strv_take(&snapshots, TAKE(*uuid));
	if (uninstall_snapshots(s, &snapshots, 0, &ignored) < 0)
		session_notice(s, "the snapshot %s of the disks alone is left", snapshots.items[0]);
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, "vm-checkpoint",
		w->failed ? w->failed : "there is no image of the memory");
}

int vm_checkpoint(struct session *s, const char *uuid, const struct vm_snapshot_args *args,
	char **ret, struct vxe_error *err)
{
	struct snapshot_wish w = { .vm = uuid, .args = args, .checkpoint = true };

	if (args->quiesce == QUIESCE_MUST)
		return vxe_fail(err, VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED, uuid, no_quiesce);
	if (args->quiesce == QUIESCE_TRY)
		session_notice(s, QUIESCE_NOTICE, no_quiesce);
	int r = snapshot_run(s, &vm_checkpoint_op, &w, ret, err);

	if (r == 0 && w.no_memory)
		r = end_without(s, &w, ret, err);
	free(w.failed);
	return r;
}
