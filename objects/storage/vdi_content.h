/* SPDX-License-Identifier: MIT */
/* Disks whose content is copied, imported or exported. */
#pragma once

#include "objects/session/session.h"

/* The same into a disk that there is, and which is large enough. */
int vdi_copy_into(
	struct session *s, const char *uuid, const char *into, struct vxe_error *err) _must_check_;

/*
 * The disk's content becomes that of the open file @fd (a pipe, too), in @format: "raw", "vhd" or
 * "qcow2". The old content is there until the new one is complete.
 */
int vdi_import(struct session *s, const char *uuid, int fd, const char *format,
	struct vxe_error *err) _must_check_;
/* The content goes into the open file @fd; sparse where that is a file. */
int vdi_export(struct session *s, const char *uuid, int fd, const char *format,
	struct vxe_error *err) _must_check_;
