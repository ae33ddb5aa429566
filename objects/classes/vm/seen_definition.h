/* SPDX-License-Identifier: MIT */
/*
 * DEFINITION, an internal record: the definition of a VM's domain, as its home has told it to the pool. When that host has
 * died, another one can define the domain (objects/vm/vm_from_dead.h). Its UUID is that of the VM. When the domain has gone
 * and the VM's record with it, this one keeps that for a time: another host may have the domain by then.
 */
#pragma once

#include "objects/classes/vm/vm.h"
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
	/* of a VM without a record: that record, as JSON; @word says since when, seen_definition_is_old(); else "" */
	char *forgotten;
};

RECORD_TYPE(seen_definition)

/* Writes the definition of the VM @vm, if that is at home on @host; the host's next heartbeat looks at its disks. */
int seen_definition_put(struct txn *t, const char *vm, const char *host, const char *xml,
	struct vxe_error *err) _must_check_;
/* Keeps the record of a VM of the host @host that is about to be deleted, as its domain has gone. */
int seen_definition_forget(
	struct txn *t, const struct vm *vm, const char *host, struct vxe_error *err) _must_check_;
/*
 * *ret: the record that was kept so, owned, without what was true of its old host; NULL: none. The caller saves it again.
 */
int seen_definition_recall(
	struct txn *t, const char *vm, struct vm **ret, struct vxe_error *err) _must_check_;
/* True if @word is not of such a VM, or of one that was forgotten 90 days ago. */
bool seen_definition_is_old(const char *word);
