/* SPDX-License-Identifier: MIT */
/* Shared by vm-snapshot and vm-checkpoint: the plan, and the steps around the switch. */
#pragma once

#include "objects/engine/op.h"

enum quiesce {
	QUIESCE_NO,
	QUIESCE_MUST, /* the guest's file systems are frozen, or there is no snapshot */
	QUIESCE_TRY,  /* else a snapshot without; that is reported (ui.notice) */
};
#define QUIESCE_TIMEOUT_S 30
#define QUIESCE_TIMEOUT_MAX_S 3600
/* What the user is told when QUIESCE_TRY has failed; with the reason. */
#define QUIESCE_NOTICE "the file systems of the guest are not frozen: %s"

struct vm_snapshot_args {
	const char *name_label;
	const char *name_description;	/* NULL: the VM's */
	const struct strv *ignore_vdis; /* may be NULL */
	const char *overlay_sr;		/* of the new layers; NULL: of the layers below */
	const struct strv
		*overlays; /* VDIs that are the new layers: user_overlays.h; may be NULL */
	enum quiesce quiesce;
	int64_t quiesce_timeout; /* seconds that the agent has for an answer */
	/* The guest is off afterwards; what it may write until then is in the VM's disks, not in the snapshot. */
	bool halt;
	const char *schedule; /* that takes it; NULL: none */
	int64_t slot;	      /* of the schedule */
};
/*
 * Captures all disks of the VM at the same instant; *ret is the snapshot's UUID. Quiesced: VM_BAD_POWER_STATE unless
 * the VM runs, VM_SNAPSHOT_WITH_QUIESCE_* as hv_switch_quiesced(). An SR that takes no disks: SR_OPERATION_NOT_SUPPORTED; also as
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
	char *uuid;	 /* of the snapshot */
	bool checkpoint; /* with memory, if there is any */
	bool quiesce;
	struct strv hidden;  /* names of internal snapshots that libvirt forgets */
	struct strv apart;   /* and of external ones */
	struct strv left;    /* disks of the running VM alone, which the snapshot does not have */
	struct strv unnamed; /* disks that no <disk> names, likewise */
	char *failed; /* why the switch failed, though the disks may have switched; NULL: it has not */
	bool no_memory; /* the disks have switched, and there is no image of the memory */
};

extern const struct plan_member snapshot_members[];
/* The plan_fn of both; @ctx is a struct snapshot_wish. */
int snapshot_plan(struct session *s, void *ctx, struct plan *p, struct vxe_error *err) _must_check_;
/* Runs one of both under a new UUID, which is *ret; merges layers before it gives up for their number. */
int snapshot_run(struct session *s, const struct op_type *type, struct snapshot_wish *w, char **ret,
	struct vxe_error *err) _must_check_;
