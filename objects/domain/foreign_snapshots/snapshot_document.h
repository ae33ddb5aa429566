/* SPDX-License-Identifier: MIT */
/* Describes a snapshot of vxe as libvirt would describe one of its own. */
#pragma once

#include "objects/session/session.h"

struct snapshot_dump_args {
	bool secrets;	   /* include passwords */
	const char *xpath; /* print only what this expression selects; NULL: all */
	bool wrap;	   /* with @xpath: print what it selects as one document <layers> */
};
/*
 * The domainsnapshot document of the snapshot: its definition names the snapshot's own files, its disks the overlays
 * that the VM has on them. The name is the name-label if libvirt accepts it and no other snapshot of the VM has it, else
 * the UUID. Of a snapshot that libvirt keeps, libvirt's own document. Changes nothing. NULL if @xpath selects nothing;
 * fails as xml_select().
 */
int snapshot_dump(struct session *s, const char *uuid, const struct snapshot_dump_args *args,
	char **ret, struct vxe_error *err) _must_check_;
