/* SPDX-License-Identifier: MIT */
/*
 * vm-export: a VM, template or snapshot as an XVA file, as XenServer writes and reads them;
 * docs/semantics.md says what goes along.
 */
#pragma once

#include "backends/xva/xva.h"
#include "objects/session/session.h"

/* What records alone may leave out. */
enum vm_export_without {
	WITHOUT_VIFS = 1 << 0,
	WITHOUT_VBDS = 1 << 1,
	WITHOUT_VTPMS = 1 << 2,
};
struct vm_export_args {
	enum xva_compression compression;
	bool preserve_power_state; /* the memory of a suspended one goes along */
	bool metadata;		   /* the records alone, in whatever state the VM is */
	bool snapshots;		   /* with metadata: those of its snapshots, too */
	unsigned without;	   /* with metadata: enum vm_export_without */
};
/*
 * Writes the archive to the descriptor. The snapshot's own record is exported as a template of no
 * history. Fails: VM_BAD_POWER_STATE unless halted or suspended, VDI_NOT_MANAGED, TASK_CANCELLED.
 */
int vm_export(struct session *s, const char *uuid, const struct vm_export_args *args, int fd,
	struct vxe_error *err) _must_check_;
