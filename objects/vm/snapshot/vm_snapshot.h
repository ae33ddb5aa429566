/* SPDX-License-Identifier: MIT */
/* What vm-snapshot and vm-checkpoint share: what is asked for, and the plan. */
#pragma once

#include "objects/engine/op.h"

enum quiesce {
	QUIESCE_NO,
	QUIESCE_MUST, /* no snapshot is made unless the guest's file systems are frozen */
	/* if they cannot be frozen the snapshot is made without, and the user is told (ui.notice) */
	QUIESCE_TRY,
};
#define QUIESCE_TIMEOUT_S 30
#define QUIESCE_TIMEOUT_MAX_S 3600
/* The text for the user if QUIESCE_TRY has failed; the reason follows. */
#define QUIESCE_NOTICE "the file systems of the guest are not frozen: %s"

struct vm_snapshot_args {
	const char *name_label;
	const char *name_description;	/* NULL: that of the VM */
	const struct strv *ignore_vdis; /* may be NULL */
	const char *overlay_sr; /* SR of the new layers; NULL: that of the layer below each */
	const struct strv *
		overlays; /* VDIs that the caller has prepared as new layers: user_overlays.h; may be NULL */
	enum quiesce quiesce;
	int64_t quiesce_timeout; /* seconds within which the agent must answer */
	/* End the guest afterwards. What it writes after the snapshot is in the VM's disks, not in the snapshot. */
	bool halt;
	const char *schedule; /* UUID of the schedule that takes it; NULL: none */
	int64_t slot;	      /* due time of the schedule for which it is taken */
};
/*
 * Captures all disks of the VM at the same instant; *ret is the snapshot's UUID. Quiesced: VM_BAD_POWER_STATE unless
 * the VM runs, VM_SNAPSHOT_WITH_QUIESCE_* as hv_switch_start(). An SR that takes no disks: SR_OPERATION_NOT_SUPPORTED; also as
 * plan_overlay() and given_place().
 */
int vm_snapshot(struct session *s, const char *uuid, const struct vm_snapshot_args *args,
	char **ret, struct vxe_error *err) _must_check_;

/*
 * Also captures the memory of a running VM (which continues) or of a Suspended one; not of a paused
 * one. VM_BAD_POWER_STATE when it is halted. It cannot be quiesced: VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED.
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
	bool no_memory; /* the disks have moved, and there is no memory image */
};

extern const struct plan_member snapshot_members[];
/* Runs one of both for a new UUID, *ret. Before it refuses because of too many layers, it merges what it can. */
int snapshot_run(struct session *s, const struct op_type *type, struct snapshot_wish *w, char **ret,
	struct vxe_error *err) _must_check_;
