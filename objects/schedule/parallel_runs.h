/* SPDX-License-Identifier: MIT */
/*
 * Takes the snapshots of several VMs at the same time, for one run of a schedule: each by a child process, which is
 * this program, called for that VM and the run's due time. The children inherit the descriptor of the run's lock, so
 * no other run begins before the last child has ended.
 */
#pragma once

#include "backends/child/child.h"
#include "objects/classes/vm/vmss.h"

/* How the snapshot of a VM has ended. */
struct outcome {
	char *vm, *name;
	/* UUID of the snapshot; NULL: there is none, or the schedule's post-command failed */
	char *uuid;
	char *text;   /* the error; NULL: none */
	bool busy;    /* the snapshot failed because another command uses the VM */
	bool stopped; /* a signal stopped the child before its end */
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

/* Starts a child process that takes the snapshot of one VM. @program: path of this program's file. */
int team_start(struct team *t, const char *program, const struct vmss *v, const char *vm,
	const char *name, struct vxe_error *err) _must_check_;
/* Waits until a child ends. After a signal all children are told to end, and undo what they have begun. */
int team_wait(struct team *t, struct outcome *ret, struct vxe_error *err) _must_check_;
/* Tells all children to end, and waits for them. */
void team_clear(struct team *t);
