/* SPDX-License-Identifier: MIT */
/* What the vm_import*.c files share among themselves; nothing else includes it. */
#pragma once

#include "objects/archive/vm_import.h"
#include "objects/archive/vm_imported.h"
#include "objects/classes/storage/sr.h"
#include "objects/vm/vm_making.h"

/* What one import works with. */
struct importing {
	const struct vm_import_args *args;
	struct download *download; /* where it comes from; NULL: a file or pipe */
	struct xva *archive;
	struct imported in;
	char *uuid;		     /* of the new VM */
	char *base;		     /* XML of its machine at home, vetted; NULL: unknown */
	struct domain_spec *machine; /* what that says */
	char *definition;	     /* XML of its domain, or of its hardware, here */
	struct strv macs;	     /* addresses of the cards here, beside in.vifs */
	struct vm_loaded *old; /* whose UUID it keeps and whose place it takes; NULL: nobody's */
	bool resumes;	       /* it comes with its memory, and that can be used */
	bool started;	       /* the stream was read: there is no second time */
	bool warned;
	int64_t total;
	struct session *s;
	struct op *op; /* NULL: as long as the document is read */
	int64_t asked; /* when it was last looked whether to stop, ms */
};

/*
 * Disks, drives and cards into the plan; the disks go to @sr. An extra of the plan, by the id of
 * the stream, is the node that the stream fills.
 */
int import_plan_devices(struct making *m, struct importing *i, const struct sr *sr,
	struct vxe_error *err) _must_check_;
