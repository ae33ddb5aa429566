/* SPDX-License-Identifier: MIT */
/* Imports the memory of a VM, which then is Suspended. */
#pragma once

#include "objects/archive/vm_import_devices.h"

/* Plans the memory image of an imported VM and its records. The steps below do nothing without this plan. */
void import_plan_memory(struct making *m, const struct importing *i, const struct sr *sr);
/*
 * The path of the file that the content with this id in the archive fills; NULL: it is not the VM's memory, or the
 * memory is dropped.
 */
const char *import_memory_path(const struct op *op, const struct importing *i, const char *id);
/* Makes the memory image's file, all holes, which the archive fills. */
int step_make_memory(struct op *op, struct vxe_error *err);
/* The undo of step_make_memory(): removes the file. */
int step_drop_memory(struct op *op, struct vxe_error *err);
/*
 * When the archive has filled the memory image: cuts off the padding, puts the XML for the new VM into it, corrects the
 * format in its header (a fault of libvirt 11.3), takes its write bits and syncs it, all before the commit point.
 */
int step_bind_memory(struct op *op, struct vxe_error *err);
/*
 * Corrects the header, takes the write bits and syncs as step_bind_memory() has done, and puts the image's size into
 * the records that the operation writes. Runs again after the commit point, where recovery runs it, too: the size in
 * the records died with the vxe that had run step_bind_memory().
 */
int step_seal_memory(struct op *op, struct vxe_error *err);
