/* SPDX-License-Identifier: MIT */
/*
 * Finds saved memory of a VM when the records are older than its suspension (a restored dump, a copied or a new
 * store). Then no record says that the guest has memory, so a start would boot it without a warning.
 */
#pragma once

#include "objects/session/session.h"

/*
 * True if the disks of the VM, which is off and has the definition @spec, look like those of a suspended VM: all lie on
 * empty guard overlays. A child reads the images, so this is asked before a write transaction begins.
 */
bool memory_may_be_left(struct session *s, const struct domain_spec *spec);
/*
 * Called when a new layer of the VM, which is off and has the definition @spec, gets a record, if memory_may_be_left().
 * If a file with the VM's memory exists, or may exist where it cannot be read, the VM's start is blocked, with a text that says
 * how to go on.
 */
int memory_left(struct session *s, struct txn *t, const struct domain_spec *spec,
	struct vxe_error *err) _must_check_;
