/* SPDX-License-Identifier: MIT */
/* Shared by the vm_import*.c files only. */
#pragma once

#include "objects/archive/vm_import.h"
#include "objects/archive/vm_imported.h"
#include "objects/classes/storage/sr.h"
#include "objects/vm/vm_making.h"

/* The data of one import. */
struct importing {
	const struct vm_import_args *args;
	struct download *download; /* the source; NULL: a file or pipe */
	struct xva *archive;
	struct imported in;
	char *uuid;		     /* of the new VM */
	char *base;		     /* checked XML of its original machine; NULL: unknown */
	struct domain_spec *machine; /* @base as a spec */
	char *definition;	     /* XML of its domain, or of its hardware, on this host */
	struct strv macs;	     /* MAC addresses of the new cards, parallel to in.vifs */
	struct vm_loaded *old;	     /* the VM that is replaced; NULL: none */
	bool resumes;		     /* it has its memory, and vxe can use it */
	bool started;		     /* the stream was read, and cannot be read again */
	bool warned;
	int64_t total;
	struct session *s;
	struct op *op; /* NULL: while the document is read */
	int64_t asked; /* when cancelling was last checked, ms */
};

/* The planned image for a stream; NULL: drop the content. */
const struct plan_disk *import_image_of(const struct plan *p, const char *id);
/* Plans disks, drives and cards; the disks go to @sr. */
int import_plan_devices(struct making *m, struct importing *i, const struct sr *sr,
	struct vxe_error *err) _must_check_;
