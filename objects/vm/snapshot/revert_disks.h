/* SPDX-License-Identifier: MIT */
/* What a snapshot-revert does with the VM's disks: part of its plan. */
#pragma once

#include "objects/domain/vm_load.h"
#include "objects/engine/plan.h"

struct revert_wish {
	const char *snapshot;
	bool kept;	  /* of a dry run: a snapshot of the present state is made before */
	struct strv told; /* texts for the user at the end */
};

/* While a revert is planned. */
struct revert {
	struct session *s;
	struct txn *t;
	struct vm *snapshot;
	struct records vbds, vifs; /* of the snapshot */
	struct vm_loaded *vm;
	struct domain_spec *spec; /* of the new definition */
	struct plan *p;
	struct revert_wish *w;
	struct strv kept; /* UUIDs of VBDs that stay */
};

static inline bool revert_is_to_checkpoint(const struct revert *c)
{
	return c->snapshot->power_state == POWER_SUSPENDED;
}

/* Puts the snapshot's disks in the place of the VM's: files, records, and the disks of c->spec. */
int revert_plan_disks(struct revert *c, struct vxe_error *err) _must_check_;
/* Tells the user which files the definition named in the place of the recorded disks. */
void revert_tell_of_definition(struct revert *c);
