/* SPDX-License-Identifier: MIT */
/*
 * A disk with all that stands around it: what every operation on a VDI looks at first. And the
 * steps by which such an operation makes one image.
 */
#pragma once

#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/engine/op.h"
#include "objects/engine/plan.h"

struct vdi_use {
	struct vdi *vdi;
	struct sr *sr;	   /* NULL: none on record */
	struct node *node; /* NULL: a file that vxe only refers to */
	char *path;	   /* of the file; NULL: none is known */
	struct records vbds;
	struct strv halted, running; /* domains one of whose disks is that file */
};
void vdi_use_clear(struct vdi_use *u);
#define _cleanup_use_ _cleanup_(vdi_use_clear)
/* What the file at u->path is in; borrowed. */
const char *vdi_use_format(const struct vdi_use *u);

/*
 * Loads it; domains that vxe does not know are adopted before the UUID is called invalid, but only
 * without @t. With @p the locks that are needed are added: the disk, its VMs.
 */
int vdi_use_load(struct session *s, const char *uuid, enum lease_mode mode, struct plan *p,
	struct vdi_use *ret, struct vxe_error *err) _must_check_;
/* VDI_NOT_MANAGED for base copies and files that vxe does not work on; SR_NOT_ATTACHED. */
int vdi_check_managed(const struct vdi_use *u, struct vxe_error *err) _must_check_;
/* A VM may get it: the same, VDI_NOT_MANAGED without a file, VDI_READONLY of what is frozen. */
int vdi_check_attach(
	const struct vdi_use *u, enum vbd_mode mode, struct vxe_error *err) _must_check_;
/* VXE_MANAGED_SAVE(vm) while libvirt keeps the memory of a VM that has it. */
int vdi_check_saved(struct session *s, const struct vdi_use *u, struct vxe_error *err) _must_check_;
/* The same, and VDI_IN_USE(vdi, operation) while a running or suspended VM has it. */
int vdi_check_idle(struct session *s, const struct vdi_use *u, const char *operation,
	struct vxe_error *err) _must_check_;
/*
 * Its content can be read for long: nobody writes to it (a frozen layer below a running VM is fine),
 * the file is there, no layer has changed (VXE_LAYER_CHANGED). Adds the locks that keep it so.
 */
int vdi_check_readable(struct session *s, struct txn *t, const struct vdi_use *u,
	const char *operation, struct plan *p, struct vxe_error *err) _must_check_;
/* True when a Suspended VM has the disk. */
int vdi_is_suspended(
	struct session *s, const struct vdi_use *u, bool *ret, struct vxe_error *err) _must_check_;

/* ---- making an image ------------------------------------------------------------------------- */

/*
 * Plans a new file for the plan's next disk: the node's record (put into the plan) and the extras
 * by which step_make_image() knows what to do. @source NULL: an empty image.
 */
struct image_plan {
	const struct sr *sr;
	const char *format; /* "qcow2" or "raw" */
	int64_t size;
	const char *source, *source_format;
	int fd; /* behind a source /proc/self/fd/N; -1: none */
};
/* The node, put into the plan; owned by the caller. Fails: SR_NOT_ATTACHED, SR_BACKEND_FAILURE_44. */
int plan_image(struct session *s, struct plan *p, const struct image_plan *i, struct node **ret,
	struct vxe_error *err) _must_check_;
int step_make_image(struct op *op, struct vxe_error *err);
int step_remove_image(struct op *op, struct vxe_error *err); /* its undo */

/* New disks may be made there: a file SR that is attached. */
int sr_for_disks(
	struct txn *t, const char *uuid, struct sr **ret, struct vxe_error *err) _must_check_;
/* Rounded up to sectors; INVALID_VALUE(field, size) unless positive. */
int vdi_round(int64_t *size, const char *field, struct vxe_error *err) _must_check_;
