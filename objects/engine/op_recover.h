/* SPDX-License-Identifier: MIT */
/* Recovery: whether an operation whose owner died has passed its commit point, and its end. */
#pragma once

#include "objects/engine/op.h"

/*
 * Recovers intents of dead owners: those that touch a lock in @held, or (NULL) all whose locks can
 * be had. How many were recovered is added to *n (may be NULL). One that cannot be recovered is the
 * error, when the others have been.
 */
int op_recover(
	struct session *s, const struct locks *held, int *n, struct vxe_error *err) _must_check_;
/*
 * In passing, what nobody holds: for commands that meet its files or its task without knowing its
 * object, as the VM of an import that died has no name yet. Never fails. It waits only for children
 * of a vxe that was killed, which may need a moment to end, for two seconds at most: what would have
 * to wait for libvirt is left to 'vxe check' and to who needs the object.
 */
void op_recover_abandoned(struct session *s);
/* The same for the intents that touch one object: for changes that take no lock of their own. */
int op_recover_object(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* Calls @fn with the name of every failpoint of every operation. */
void op_failpoints(void (*fn)(void *ctx, const char *name), void *ctx);

/* For probes: 1 when the domain's XML names a new file of the plan's disks. */
int op_xml_names_new(struct op *op, enum hv_xml which, struct vxe_error *err) _must_check_;

/* 1: the guest writes to a new file, whatever libvirt's live XML says. It is told. */
int op_switched_unseen(struct op *op, struct vxe_error *err) _must_check_;
/* The same of one file. */
int op_writes_unseen(struct op *op, const char *path, struct vxe_error *err) _must_check_;
/*
 * 1: somebody has the file open for writing, and the plan's domain is up. When that is off it fails with
 * VXE_DISK_CHANGED: libvirt has lost the guest, which is seen with 9.0 when libvirtd was killed.
 */
int op_has_writer(struct op *op, const char *path, struct vxe_error *err) _must_check_;
/* 1: a disk of the plan's domain, which is up, is on that file now. QEMU itself is asked. */
int op_guest_uses(struct op *op, const char *path, struct vxe_error *err) _must_check_;

/*
 * Settles the domain, then asks its XML: 1 the commit point was passed, 0 not, -1 cannot say (the
 * intent stays).
 */
int op_judge(struct op *op, struct vxe_error *err) _must_check_;
