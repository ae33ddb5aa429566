/* SPDX-License-Identifier: MIT */
/* Copies, imports and exports the content of disks. */
#pragma once

#include "objects/session/session.h"

/* Copies the content of a disk to another one, which must be large enough. */
int vdi_copy_into(
	struct session *s, const char *uuid, const char *into, struct vxe_error *err) _must_check_;

/*
 * Replaces the disk's content by that of the open file @fd (also a pipe), in @format: "raw", "vhd"
 * or "qcow2"; NULL: raw, if it does not look like an image of another kind (VXE_FORMAT_UNSAID). The old content stays
 * until the new one is complete. @bytes: what a pipe delivers, if it is not cut off; 0: unknown.
 */
int vdi_import(struct session *s, const char *uuid, int fd, int64_t bytes, const char *format,
	struct vxe_error *err) _must_check_;
/* Writes the disk's content to the open file @fd, with holes if that is a regular file. */
int vdi_export(struct session *s, const char *uuid, int fd, const char *format,
	struct vxe_error *err) _must_check_;
