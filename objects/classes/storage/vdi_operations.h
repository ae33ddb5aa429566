/* SPDX-License-Identifier: MIT */
/*
 * The operations that a disk allows: one table for the checks of commands and for the field allowed-operations. Behaviour
 * source: xen-api ocaml/xapi/xapi_vdi.ml.
 */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/session/session.h"

/* What the table asks of a disk. */
struct vdi_facts {
	const struct vdi *vdi;
	const struct node *node; /* NULL: vxe does not manage the file */
	const struct sr *sr;	 /* NULL: none is on record */
	const char *path;	 /* of the file; NULL: unknown */
	bool detached;		 /* this host has not plugged the SR */
	size_t running;		 /* how many VMs that run have it */
	bool suspended;		 /* a suspended VM has it, or its memory is in it */
};

/*
 * Checks that the disk allows the operation, by xe's name ("clone", "resize_online"). Fails: VDI_NOT_MANAGED,
 * SR_NOT_ATTACHED, VDI_IS_SHARABLE, VDI_IS_A_PHYSICAL_DEVICE, SR_OPERATION_NOT_SUPPORTED, VDI_IN_USE, VDI_READONLY.
 */
int vdi_check_operation(
	const struct vdi_facts *f, const char *operation, struct vxe_error *err) _must_check_;
/* The getter of the field. */
int vdi_get_allowed(struct session *s, const void *obj, struct value *ret, struct vxe_error *err);
