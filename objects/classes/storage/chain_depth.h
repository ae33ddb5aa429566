/* SPDX-License-Identifier: MIT */
/* How many layers a disk may have, and the error when libvirt does not start a guest because of them. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/vdi.h"
#include "objects/session/session.h"

/*
 * Checks that a snapshot may add a layer on @top, the leaf of @vdi. SR_BACKEND_FAILURE_109: the SR's
 * limit is reached (chain_limit()); then reports.deep is @top.
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
 * Before a running guest is stopped to run again: SR_BACKEND_FAILURE_109 if a disk of the VM has more layers than
 * libvirt starts a guest on.
 */
int depth_check_vm(
	struct session *s, struct txn *t, const char *vm, struct vxe_error *err) _must_check_;
/*
 * After a start that failed: if that can be the number of layers of a disk of the VM, @err, VXE_HYPERVISOR_FAILED, says
 * so as SR_BACKEND_FAILURE_109, with libvirt's words. -1, as the start.
 */
int depth_explain(struct session *s, const char *vm, struct vxe_error *err);
