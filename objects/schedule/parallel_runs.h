/* SPDX-License-Identifier: MIT */
/*
 * Several VMs of one run at the same time: each snapshot is taken by a child, which is this program with the one VM and
 * the slot. The children inherit the descriptor of the run's lock, so no other run begins before the last one has ended.
 */
#pragma once

#include "backends/child/child.h"
#include "objects/classes/vm/vmss.h"

/* How the snapshot of a VM has ended. */
struct outcome {
	char *vm, *name;
	char *uuid;   /* UUID of the snapshot; NULL: there is none, or what came after it failed */
	char *text;   /* the error; NULL: none */
	bool busy;    /* it failed because another command uses the VM */
	bool stopped; /* a signal stopped it before its end */
};
void outcome_clear(struct outcome *o);
#define _cleanup_outcome_ _cleanup_(outcome_clear)

struct teammate {
	char *vm, *name;
	struct child child;
};
struct team {
	size_t n;
	struct teammate *items;
};

/* Starts a child for a VM. @program: path of this program's file. */
int team_start(struct team *t, const char *program, const struct vmss *v, const char *vm,
	const char *name, struct vxe_error *err) _must_check_;
/* Waits until a child ends. After a signal all children are told to end, and undo what they have begun. */
int team_wait(struct team *t, struct outcome *ret, struct vxe_error *err) _must_check_;
/* Tells all children to end, and waits for them. */
void team_clear(struct team *t);
