/* SPDX-License-Identifier: MIT */
/* The file of a floppy, which has no layers: what copies or exports it reads the file itself. */
#pragma once

#include "objects/classes/vm/vm_loaded.h"

/*
 * Finds the file of a floppy, and checks that nobody writes to it: a floppy has no frozen layer that could be read
 * meanwhile. *path is owned, *format borrowed. Fails: VDI_NOT_MANAGED if it is no file, VDI_NOT_AVAILABLE, VDI_IN_USE(vdi,
 * operation).
 */
int floppy_file(struct session *s, const struct vm_disk *d, const char *operation, char **path,
	const char **format, struct vxe_error *err) _must_check_;
