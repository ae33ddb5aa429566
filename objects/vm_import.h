/* SPDX-License-Identifier: MIT */
/* What the vm_import*.c files share among themselves; nothing else includes it. */
#pragma once

#include "objects/sr.h"
#include "objects/vm_archive.h"
#include "objects/vm_clone.h"
#include "objects/vm_imported.h"

/* What one import works with. */
struct importing {
	const struct vm_import_args *args;
	struct xva *archive;
	struct imported in;
	char *uuid;    /* of the new VM */
	char *base;    /* XML of its machine at home, vetted; NULL: unknown */
	struct domain_spec *machine; /* what that says */
	bool started;  /* the stream was read: there is no second time */
	bool warned;
	int64_t total;
	struct op *op;
	int64_t asked; /* when it was last looked whether to stop, ms */
};

/*
 * Disks, drives and cards into the plan; the disks go to @sr. An extra of the plan, by the id of
 * the stream, is the node that the stream fills.
 */
int import_plan_devices(struct making *m, struct importing *i, const struct sr *sr,
	struct vxe_error *err) _must_check_;
