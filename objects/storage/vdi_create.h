/* SPDX-License-Identifier: MIT */
/* Makes new disks: empty ones, and full copies. */
#pragma once

#include "objects/classes/storage/vdi.h"
#include "objects/session/session.h"

struct vdi_new {
	const char *sr, *name_label, *name_description;
	int64_t size; /* size of the disk in bytes; rounded up to whole sectors */
	int type;     /* enum vdi_type */
	bool sharable;
	const struct map *sm_config; /* may be NULL */
	const struct strv *tags;     /* may be NULL */
};
/* Makes an empty disk; *ret is its UUID. */
int vdi_create(struct session *s, const struct vdi_new *args, char **ret,
	struct vxe_error *err) _must_check_;
/*
 * Copies all content of a disk to a new disk in the SR; *ret is the new disk's UUID. VDI_IN_USE if a VM writes to the
 * source.
 */
int vdi_copy(struct session *s, const char *uuid, const char *sr, char **ret,
	struct vxe_error *err) _must_check_;
