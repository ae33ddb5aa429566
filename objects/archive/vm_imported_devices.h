/* SPDX-License-Identifier: MIT */
/* Shared by the vm_imported*.c files only. */
#pragma once

#include "objects/archive/vm_imported.h"

/* Read a VBD or VIF into the VM or snapshot whose it is. Of another one only what is streamed counts. */
int imported_read_vbd(
	struct imported *i, const struct ova *object, struct vxe_error *err) _must_check_;
int imported_read_vif(
	struct imported *i, const struct ova *object, struct vxe_error *err) _must_check_;
/* Memory images are in the stream even if nothing refers to them. */
int imported_add_memory(
	struct imported *i, const struct ova *vdi, struct vxe_error *err) _must_check_;
/* Finds the VM's disk of each disk of a snapshot, when all are read. */
void imported_find_origins(struct imported *i);
/* In the order of the archive, each once: two devices may have the same disk. */
void imported_sort_streams(struct imported *i);
