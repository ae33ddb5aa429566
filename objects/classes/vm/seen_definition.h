/* SPDX-License-Identifier: MIT */
/*
 * DEFINITION, an internal record: the definition of a VM's domain, as its home has told it to the pool. When that host has
 * died, another one can define the domain (objects/vm/vm_from_dead.h). Its UUID is that of the VM.
 */
#pragma once

#include "objects/model/record.h"

struct seen_definition {
	struct record r;
	char *host; /* UUID of the host that has told it */
	char *word; /* a word for libvirt's file of it, which is another one after a change; "": it must be told again */
	char *xml;
	/*
	 * target names of disks that are on another file than the one on record, because another program has switched
	 * them and vxe could not follow; @xml has that file
	 */
	struct strv odd;
};

RECORD_TYPE(seen_definition)

/* Writes the definition of the VM @vm, if that is at home on @host; the host's next heartbeat looks at its disks. */
int seen_definition_put(struct txn *t, const char *vm, const char *host, const char *xml,
	struct vxe_error *err) _must_check_;
