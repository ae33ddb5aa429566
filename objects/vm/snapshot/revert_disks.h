/* SPDX-License-Identifier: MIT */
/* The part of a snapshot-revert's plan that is about disks. */
#pragma once

#include "objects/domain/vm_load.h"
#include "objects/engine/plan.h"

struct revert_wish {
	const char *snapshot;
	bool snapshot_first; /* in a dry run: a snapshot of the present state would be made first */
	struct strv told;    /* messages for the user at the end of the revert */
};

/* A revert while it is planned. */
struct revert {
	struct session *s;
	struct txn *t;
	struct vm *snapshot;
	struct records vbds, vifs; /* VBDs and VIFs of the snapshot */
	struct vm_loaded *vm;
	struct domain_spec *spec; /* the new definition */
	struct plan *p;
	struct revert_wish *w;
	struct strv staying_vbds; /* UUIDs of the VM's VBDs that stay after the revert */
	bool renamed; /* another program has renamed the VM's domain since the snapshot: the VM keeps its name */
};

static inline bool revert_is_to_checkpoint(const struct revert *c)
{
	return c->snapshot->power_state == POWER_SUSPENDED;
}

/* Plans that the snapshot's disks replace the VM's: files, records, and the disks of the new definition c->spec. */
int revert_plan_disks(struct revert *c, struct vxe_error *err) _must_check_;
/* Tells the user which files the definition named instead of those on record. */
void revert_tell_of_definition(struct revert *c);
