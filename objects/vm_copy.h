/* SPDX-License-Identifier: MIT */
/* Records for a snapshot of a VM, by the field table of docs/semantics.md (xen-api's clone). */
#pragma once

#include "objects/vbd.h"
#include "objects/vdi.h"
#include "objects/vif.h"
#include "objects/vm.h"

/*
 * The snapshot's VM record: the VM's settings, its own identity. @xml is the domain's definition
 * at that time (may be NULL), @state the VM's power state.
 */
struct vm *vm_for_snapshot(const struct vm *vm, const char *uuid, const char *xml,
	enum power_state state);
/* A VBD of the new VM: the same place, another UUID; a disk is owned by its snapshot. */
struct vbd *vbd_for_snapshot(const struct vbd *vbd, const char *vm, const char *vdi);
/* Keeps the MAC and says that it was given. */
struct vif *vif_for_snapshot(const struct vif *vif, const char *vm);
/* The content of @vdi's node under another name, read-only. */
struct vdi *vdi_for_snapshot(const struct vdi *vdi, const char *node);
/* A pair of random numbers as xe writes a generation ID; "" stays "". Owned. */
char *generation_id_fresh(const char *old);
