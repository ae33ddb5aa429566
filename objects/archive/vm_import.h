/* SPDX-License-Identifier: MIT */
/* vm-import: a new VM from an XVA file; docs/semantics.md describes what is imported. */
#pragma once

#include "objects/session/session.h"

struct vm_import_args {
	const char *sr; /* SR for the disks; NULL: the pool's default */
	/* name, UUID or id in the archive of the one VM to import; NULL: all VMs */
	const char *only;
	bool preserve;	/* keep UUIDs and MAC addresses */
	bool force;	/* accept wrong checksums; with @metadata also missing disks */
	bool metadata;	/* import only the records, because the disks are on this host */
	bool snapshots; /* import the VM's snapshots, too; not with @metadata */
	bool dry_run;	/* with @metadata: only check whether an import is possible */
	/*
	 * With @metadata: the UUIDs of disks on this host, by the UUIDs of the disks in the archive that they stand
	 * for; NULL: none.
	 */
	const struct map *disks;
	/*
	 * The UUIDs of networks on this host, by the UUID or name of the archive's network that they stand for ("":
	 * connect to no network); NULL: the user has chosen none.
	 */
	const struct map *networks;
};
/*
 * Imports the VMs of an archive, each completely or not at all, and adds their UUIDs to @uuids; a dry run adds none.
 * If a VM fails, those imported before it stay; @uuids and a notice say which. An archive with several VMs must be a
 * file, which can be read again, or be imported with metadata. With metadata also fails with VDI_LOCATION_MISSING,
 * VDI_CONTENT_ID_MISSING, VDI_READONLY.
 */
int vm_import(struct session *s, const struct vm_import_args *args, int fd, struct strv *uuids,
	struct vxe_error *err) _must_check_;
/*
 * Imports the VMs of an archive as vm_import() does, but from a web server (download_begin()); the data are read
 * once, as they arrive.
 */
int vm_import_url(struct session *s, const struct vm_import_args *args, const char *url,
	struct strv *uuids, struct vxe_error *err) _must_check_;
