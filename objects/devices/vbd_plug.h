/* SPDX-License-Identifier: MIT */
/* Disks and media of running VMs: plugging, unplugging, inserting and ejecting them; and vm-disk-remove. */
#pragma once

#include "objects/classes/vm/vbd.h"
#include "objects/engine/plan.h"

/* Loads the record of the VBD @uuid, and adds the locks of its VM and disk to @p. */
int vbd_load_for(struct session *s, const char *uuid, struct plan *p, struct vbd **ret,
	struct vxe_error *err) _must_check_;
int vbd_plug(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int vbd_unplug(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int vbd_insert(
	struct session *s, const char *uuid, const char *vdi, struct vxe_error *err) _must_check_;
int vbd_eject(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* vm-disk-remove: unplugs a disk of a VM, and destroys its VBD and its VDI. */
int vm_disk_remove(
	struct session *s, const char *vm, const char *device, struct vxe_error *err) _must_check_;
