/* SPDX-License-Identifier: MIT */
/* vm-import: a new VM from an XVA file; docs/semantics.md describes what is imported. */
#pragma once

#include "objects/session/session.h"

struct vm_import_args {
	const char *sr;	  /* SR for the disks; NULL: the pool's default */
	const char *only; /* name, UUID or id of the only VM to import; NULL: all VMs */
	bool preserve;	  /* keep UUIDs and MAC addresses */
	bool force;	  /* accept wrong checksums; with @metadata also missing disks */
	bool metadata;	  /* import only the records, because the disks are on this host */
	bool snapshots;	  /* import the VM's snapshots, too; not with @metadata */
	bool dry_run;	  /* with @metadata: only check whether an import is possible */
	const struct map *
		disks; /* with @metadata: UUIDs of disks here, by those in the archive; NULL: none */
	/* UUIDs of networks here ("" for none), by UUID or name in the archive; NULL: nothing is said about them. */
	const struct map *networks;
};
/*
 * Imports each VM completely or not at all, and adds its UUID; adds none in a dry run. If a VM fails, those before it stay,
 * which @uuids and a notice say. Several VMs need a file that can be read again, or metadata. With metadata also fails
 * with VDI_LOCATION_MISSING, VDI_CONTENT_ID_MISSING, VDI_READONLY.
 */
int vm_import(struct session *s, const struct vm_import_args *args, int fd, struct strv *uuids,
	struct vxe_error *err) _must_check_;
/* As vm_import(), from a web server (download_begin()); the data are read once, as they arrive. */
int vm_import_url(struct session *s, const struct vm_import_args *args, const char *url,
	struct strv *uuids, struct vxe_error *err) _must_check_;
