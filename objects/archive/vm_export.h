/* SPDX-License-Identifier: MIT */
/*
 * vm-export: a VM, template or snapshot as an XVA file in XenServer's format; docs/semantics.md
 * describes the content.
 */
#pragma once

#include "backends/xva/xva.h"
#include "objects/session/session.h"

/* Kinds of devices that the user may leave out of a metadata archive. */
enum vm_export_without {
	WITHOUT_VIFS = 1 << 0,
	WITHOUT_VBDS = 1 << 1,
	WITHOUT_VTPMS = 1 << 2,
};
struct vm_export_args {
	enum xva_compression compression;
	bool preserve_power_state; /* include the memory of a suspended VM */
	/* write only the records, not the disks, whatever the power state */
	bool metadata;
	/* with @metadata: also write the records of the VM's snapshots */
	bool snapshots;
	/* export a snapshot as this VM, whose UUID and name the archive gets; NULL: a snapshot becomes a template */
	const struct vm *as;
	unsigned without; /* with @metadata: bits of enum vm_export_without */
};
/*
 * Writes an XVA archive of the VM, template or snapshot @uuid to the descriptor @fd; a snapshot becomes a template
 * without history.
 * Fails: VM_BAD_POWER_STATE unless halted or suspended, VDI_NOT_MANAGED, TASK_CANCELLED.
 */
int vm_export(struct session *s, const char *uuid, const struct vm_export_args *args, int fd,
	struct vxe_error *err) _must_check_;
/*
 * Writes an XVA archive of a VM that may run: of a running or paused VM takes a snapshot, exports that as the VM, and
 * removes it. If the export fails, the snapshot is removed, too.
 */
int vm_export_live(struct session *s, const char *uuid, const struct vm_export_args *args, int fd,
	struct vxe_error *err) _must_check_;
