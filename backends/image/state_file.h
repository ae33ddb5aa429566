/* SPDX-License-Identifier: MIT */
/*
 * Small files in which a machine keeps state beside its disks (UEFI variables, TPM state): copied
 * whole, and put where the hypervisor looks for them. A final name means a complete, synced file.
 */
#pragma once

#include "objects/base/error.h"

/*
 * Copies @from to @to, which only its owner may read and nobody write; 0 also when @to is there
 * already. @from may be in use: a copy during which it changed is made again. image_unlink() takes
 * it back. Fails: VXE_IMAGE_FAILED(file, message).
 */
int state_file_capture(const char *from, const char *to, struct vxe_error *err) _must_check_;
/*
 * @to becomes a copy of @from, at once for whoever opens it; owner and mode stay those of the file
 * that was there. Missing directories are made. May be repeated.
 */
int state_file_place(const char *from, const char *to, struct vxe_error *err) _must_check_;
/* The file goes, and each directory of the next @levels above it that then is empty, but for locks. */
int state_file_drop(const char *path, int levels, struct vxe_error *err) _must_check_;
