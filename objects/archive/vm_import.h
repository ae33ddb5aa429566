/* SPDX-License-Identifier: MIT */
/* vm-import: a new VM from an XVA file; docs/semantics.md says what comes along. */
#pragma once

#include "objects/session/session.h"

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
