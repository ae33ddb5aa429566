/* SPDX-License-Identifier: MIT */
/*
 * Recovery: finds out whether an operation whose process died has passed its commit point, and completes or undoes
 * it.
 */
#pragma once

#include "objects/engine/op.h"

/*
 * Recovers unfinished operations of dead processes: those whose intents share a lock with @held, or (NULL) all whose
 * locks can be taken. Adds the number of recovered operations to *n (may be NULL). If one cannot be recovered, fails
 * with its error after recovering the others.
 */
int op_recover(
	struct session *s, const struct locks *held, int *n, struct vxe_error *err) _must_check_;
/*
 * Recovers unfinished operations whose locks nobody holds, without waiting: for commands that find files or the task
 * of an operation without knowing its object (the VM of an import that died has no name yet). Never fails. Waits only
 * for child processes of a killed vxe, at most two seconds; operations for which it would have to wait for libvirt
 * are left to 'vxe check' and to commands on the object.
 */
void op_recover_abandoned(struct session *s);
/* Recovers the unfinished operations on one object; for changes that take no lock themselves. */
int op_recover_object(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
struct intent;
/*
 * *ret: what the operation's host, which will not come back, has left unfinished can be ended by another one: it is about a
 * VM that no host has yet, or all its files are in shared SRs.
 */
int op_outlives_host(struct session *s, struct txn *t, const struct intent *intent, bool *ret,
	struct vxe_error *err) _must_check_;
/* Calls @fn with the name of every failpoint of every operation. */
void op_failpoints(void (*fn)(void *ctx, const char *name), void *ctx);

/*
 * For probes, which decide whether the commit point was passed. Returns 1 if the running domain (@live), or the
 * definition, uses the new files of the plan's disks.
 */
int op_disks_moved(struct op *op, bool live, struct vxe_error *err) _must_check_;
/*
 * Decides in recovery whether an operation has passed its commit point: waits until the domain has no job, then reads
 * its XML. Returns 1: passed; 0: not passed; -1: unknown, so the operation stays unfinished.
 */
int op_judge(struct op *op, struct vxe_error *err) _must_check_;
