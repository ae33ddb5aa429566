/* SPDX-License-Identifier: MIT */
/* What vm-snapshot and vm-checkpoint share: their arguments and their plan. */
#pragma once

#include "objects/engine/op.h"

enum quiesce {
	QUIESCE_NO,
	QUIESCE_MUST, /* the snapshot fails unless the guest's file systems can be frozen */
	/*
	 * if the guest's file systems cannot be frozen, the snapshot is made all the same, and the user is told
	 * (ui.notice)
	 */
	QUIESCE_TRY,
};
#define QUIESCE_TIMEOUT_S 30
#define QUIESCE_TIMEOUT_MAX_S 3600
/*
 * The notice to the user when a snapshot is made although the guest's file systems could not be frozen (QUIESCE_TRY);
 * the reason follows.
 */
#define QUIESCE_NOTICE "the file systems of the guest are not frozen: %s"

struct vm_snapshot_args {
	const char *name_label;
	const char *name_description;	/* NULL: that of the VM */
	const struct strv *ignore_vdis; /* may be NULL */
	/* SR of the new layers; NULL: each in the SR of the layer below it */
	const char *overlay_sr;
	/* VDIs of overlays that the caller has prepared as new layers (user_overlays.h); may be NULL */
	const struct strv *overlays;
	enum quiesce quiesce;
	int64_t quiesce_timeout; /* seconds within which the guest agent must answer */
	/*
	 * Stop the guest after the snapshot. What the guest still writes then is in the VM's disks, not in the
	 * snapshot.
	 */
	bool halt;
	const char *schedule; /* UUID of the schedule that takes the snapshot; NULL: none */
	int64_t slot;	      /* the time at which the schedule's snapshot was due */
};
/*
 * Makes a snapshot of all disks of the VM at the same instant; *ret is the snapshot's UUID. With quiescing it fails
 * with VM_BAD_POWER_STATE unless the VM runs, and with VM_SNAPSHOT_WITH_QUIESCE_* as hv_switch_start() does.
 * SR_OPERATION_NOT_SUPPORTED if the SR takes no disks; fails also as plan_overlay() and given_place() do.
 */
int vm_snapshot(struct session *s, const char *uuid, const struct vm_snapshot_args *args,
	char **ret, struct vxe_error *err) _must_check_;

/*
 * Makes a checkpoint: a snapshot of all disks, with the memory of a running VM (which continues) or of a Suspended one;
 * of a paused VM without memory. VM_BAD_POWER_STATE if the VM is halted; VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED,
 * because a checkpoint cannot be quiesced.
 */
int vm_checkpoint(struct session *s, const char *uuid, const struct vm_snapshot_args *args,
	char **ret, struct vxe_error *err) _must_check_;

struct snapshot_wish {
	const char *vm;
	const struct vm_snapshot_args *args;
	char *uuid;	 /* UUID of the new snapshot */
	bool checkpoint; /* save the memory, if the VM has any */
	bool quiesce;
	struct strv hidden;  /* names of internal snapshots that libvirt no longer lists */
	struct strv apart;   /* names of external snapshots that libvirt no longer lists */
	struct strv left;    /* disks that only the running VM has, and that the snapshot lacks */
	struct strv unnamed; /* disks that no <disk> names, and that the snapshot lacks */
	char *failed; /* why moving the disks failed, although they may have moved; NULL: it did not fail */
	/* the disks have moved to new layers, but the memory image is not complete */
	bool no_memory;
};

extern const struct plan_member snapshot_members[];
/*
 * Runs vm-snapshot or vm-checkpoint, as @type says; *ret is the new snapshot's UUID. If a disk has too many layers,
 * merges what it can before it refuses.
 */
int snapshot_run(struct session *s, const struct op_type *type, struct snapshot_wish *w, char **ret,
	struct vxe_error *err) _must_check_;
