/* SPDX-License-Identifier: MIT */
/* Imports the memory of a VM, which then is Suspended. */
#pragma once

#include "objects/archive/vm_import_devices.h"

/*
 * Plans image and records. The steps make the empty file (undo: remove it), and rewrite the filled image for the new
 * VM.
 */
void import_plan_memory(struct making *m, const struct importing *i, const struct sr *sr);
/* The file that the stream fills; NULL: it is another stream, or the memory is dropped. */
const char *import_memory_path(const struct op *op, const struct importing *i, const char *id);
int step_make_memory(struct op *op, struct vxe_error *err);
int step_drop_memory(struct op *op, struct vxe_error *err);
int step_bind_memory(struct op *op, struct vxe_error *err);
/* Corrects the image's header, takes its write bits, syncs it, and puts its size into the result. Can be repeated. */
int step_seal_memory(struct op *op, struct vxe_error *err);
