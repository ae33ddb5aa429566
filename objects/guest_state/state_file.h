/* SPDX-License-Identifier: MIT */
/*
 * Copies small files with state of a guest beside its disks (UEFI variables, TPM state), and puts them where the
 * hypervisor expects them. A file with its final name is complete and synced.
 */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"

/*
 * Copies the state file @from to @to, which has its owner, group and ACL, but only the owner can read it and nobody can write;
 * returns 0 also when @to exists already. @from may be in use: if it changes while it is copied, the copy is made again. content_remove()
 * undoes this. Fails: VXE_IMAGE_FAILED(file, message).
 */
int state_file_capture(struct content *from, const char *to, struct vxe_error *err) _must_check_;
/*
 * Replaces the state file @to by a copy of @from in one step; owner, group, mode and ACL of the old file stay. If there is
 * none, the new one has those of @from, with @old_mode, the mode of what @from is a frozen copy of (0: not known), but its
 * owner may read and write it. Makes missing directories. May be repeated.
 */
int state_file_place(
	struct content *from, mode_t old_mode, const char *to, struct vxe_error *err) _must_check_;
/*
 * Removes a state file, and each of the next @levels directories above it that then contains nothing but lock files.
 */
int state_file_drop(struct content *c, int levels, struct vxe_error *err) _must_check_;
