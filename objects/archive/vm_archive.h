/* SPDX-License-Identifier: MIT */
/*
 * VMs, templates and snapshots out of the store into an archive, and back. Archives are XVA files,
 * as XenServer writes and reads them; docs/semantics.md says what goes along.
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
struct vm_import_args {
	const char *sr; /* NULL: the pool's default */
	bool preserve;	/* UUID and MAC addresses stay */
	bool force; /* wrong checksums are no error; with metadata: nor are disks that are not here */
	bool metadata;		 /* the records alone: the disks are here already */
	bool dry_run;		 /* with metadata: only whether it could be done */
	const struct map *disks; /* with metadata: UUID of a disk there: of that here; NULL: none */
};
/*
 * All of the archive or nothing of it; *ret is the new VM's UUID, NULL after a dry run. With
 * metadata also: VDI_LOCATION_MISSING, VDI_CONTENT_ID_MISSING, VDI_READONLY.
 */
int vm_import(struct session *s, const struct vm_import_args *args, int fd, char **ret,
	struct vxe_error *err) _must_check_;
/* The same from a web server (download_begin()), which is read once, as it sends. */
int vm_import_url(struct session *s, const struct vm_import_args *args, const char *url, char **ret,
	struct vxe_error *err) _must_check_;
