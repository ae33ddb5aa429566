/* SPDX-License-Identifier: MIT */
/* How many layers a disk may have, and the error when libvirt does not start a guest because a disk has too many. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/vdi.h"
#include "objects/session/session.h"

/*
 * Checks that a snapshot may add a layer on @top, the present top layer of @vdi. Fails with SR_BACKEND_FAILURE_109 if
 * the SR's limit (chain_limit()) is reached; then the session's reports.deep names @top.
 */
int depth_check_limit(struct session *s, struct txn *t, const struct vdi *vdi,
	const struct node *top, struct vxe_error *err) _must_check_;
/*
 * Refuses with SR_BACKEND_FAILURE_109 to put another layer above @layers layers of @vdi, if libvirt would then not
 * start a guest.
 */
int depth_check_most(struct session *s, const struct vdi *vdi, size_t layers,
	struct vxe_error *err) _must_check_;
/*
 * Fails with SR_BACKEND_FAILURE_109 if a disk of the VM has more layers than libvirt starts a guest on. Called before a
 * running guest is stopped in order to be started again.
 */
int depth_check_vm(
	struct session *s, struct txn *t, const char *vm, struct vxe_error *err) _must_check_;
/*
 * Explains a failed start: if libvirt's error @err (VXE_HYPERVISOR_FAILED) can come from the number of layers of one of
 * the VM's disks, replaces it by SR_BACKEND_FAILURE_109, which quotes libvirt's words. Always returns -1.
 */
int depth_explain(struct session *s, const char *vm, struct vxe_error *err);
