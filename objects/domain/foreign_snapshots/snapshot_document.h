/* SPDX-License-Identifier: MIT */
/* Describes one of vxe's snapshots as libvirt would describe one of its own. */
#pragma once

#include "objects/session/session.h"

struct snapshot_dump_args {
	bool secrets;	   /* include passwords */
	const char *xpath; /* print only what this XPath expression selects; NULL: all */
	bool wrap;	   /* with @xpath: print the selected elements as one document <layers> */
};
/*
 * *ret: the domainsnapshot document of the snapshot: its definition names the snapshot's own files, its disks the
 * overlays that the VM has on them. The name is the name-label if libvirt accepts it and no other snapshot of the VM
 * has it, else the UUID. For a snapshot that libvirt keeps, it is libvirt's own document. Changes nothing. *ret is
 * NULL if @xpath selects nothing; fails as xml_select().
 */
int snapshot_dump(struct session *s, const char *uuid, const struct snapshot_dump_args *args,
	char **ret, struct vxe_error *err) _must_check_;
