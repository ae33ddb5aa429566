/* SPDX-License-Identifier: MIT */
/* vm-import: a new VM from an XVA file; docs/semantics.md describes what is imported. */
#pragma once

#include "objects/session/session.h"

struct vm_import_args {
	const char *sr;		 /* NULL: the pool's default */
	const char *only;	 /* of several VMs this one, by name, UUID or id; NULL: all */
	bool preserve;		 /* keep UUID and MAC addresses */
	bool force;		 /* accept wrong checksums; with metadata: also missing disks */
	bool metadata;		 /* only the records: the disks are on this host already */
	bool snapshots;		 /* the VM's snapshots, too; not with metadata */
	bool dry_run;		 /* with metadata: only check whether it is possible */
	const struct map *disks; /* with metadata: UUIDs in the archive: here; NULL: none */
	/* Networks of the archive, by UUID or name: UUIDs here, "" for none; NULL: no such wish. */
	const struct map *networks;
};
/*
 * Imports each VM completely or not at all, and adds its UUID; adds none in a dry run. If a VM fails, those before it stay,
 * which @uuids and a notice say. Several VMs need a file that can be read again, or metadata. With metadata also fails
 * with VDI_LOCATION_MISSING, VDI_CONTENT_ID_MISSING, VDI_READONLY.
 */
int vm_import(struct session *s, const struct vm_import_args *args, int fd, struct strv *uuids,
	struct vxe_error *err) _must_check_;
/* The same from a web server (download_begin()); the data are read once, while they arrive. */
int vm_import_url(struct session *s, const struct vm_import_args *args, const char *url,
	struct strv *uuids, struct vxe_error *err) _must_check_;
