/* SPDX-License-Identifier: MIT */
/* An import with memory: the VM is Suspended. */
#pragma once

#include "objects/archive/vm_import_devices.h"

/*
 * vm_import_memory.c: the VM is Suspended. Plans image and records; the steps make the empty file
 * (and remove it), and make the image that was read that of the new VM.
 */
void import_plan_memory(struct making *m, const struct sr *sr);
/* The file that the stream goes to; NULL: another stream, or memory that is dropped. */
const char *import_memory_path(const struct op *op, const struct importing *i, const char *id);
int step_make_memory(struct op *op, struct vxe_error *err);
int step_drop_memory(struct op *op, struct vxe_error *err);
int step_bind_memory(struct op *op, struct vxe_error *err);
/* Behind the commit point: what the result says of the image, also of whoever recovers. */
int step_seal_memory(struct op *op, struct vxe_error *err);
