/* SPDX-License-Identifier: MIT */
/* Imports the memory of a VM, which then is Suspended. */
#pragma once

#include "objects/archive/vm_import_devices.h"

/*
 * Plans the memory image of an imported VM and its records. The steps make the empty file (the undo removes it), and,
 * when the archive has filled the image, rewrite the image's XML for the new VM.
 */
void import_plan_memory(struct making *m, const struct importing *i, const struct sr *sr);
/*
 * The path of the file that the content with this id in the archive fills; NULL: it is not the VM's memory, or the
 * memory is dropped.
 */
const char *import_memory_path(const struct op *op, const struct importing *i, const char *id);
int step_make_memory(struct op *op, struct vxe_error *err);
int step_drop_memory(struct op *op, struct vxe_error *err);
int step_bind_memory(struct op *op, struct vxe_error *err);
/*
 * The step that completes a memory image: corrects its header, removes the file's write permissions, syncs it, and
 * puts its size into the record that the operation writes. Can be repeated.
 */
int step_seal_memory(struct op *op, struct vxe_error *err);
