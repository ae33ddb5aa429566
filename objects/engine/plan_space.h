/* SPDX-License-Identifier: MIT */
/*
 * The disk space that a plan needs, checked under its locks and before its first effect. A file that a plan_disk
 * makes or copies needs the bytes of an empty image, or plan_disk.bytes if that is set; a file besides the disks is
 * added with plan_need().
 */
#pragma once

#include "objects/engine/plan.h"
#include "objects/session/planned.h"

/* Remembers that the plan makes a file of at most @bytes at @path, or in the folder @path. */
void plan_need(struct plan *p, const char *path, int64_t bytes);
/* Remembers, as plan_need(), that the plan makes a memory image in @sr. */
void plan_need_memory(struct plan *p, const char *path, int64_t bytes, const char *sr);
/* The bytes of disk space that the disk's new file needs; 0: the plan makes no file for it. */
int64_t plan_disk_needs(const struct plan_disk *d);
/*
 * Compares what all files that the plan makes on a file system need with its free space. Fails with
 * SR_BACKEND_FAILURE_44, or SR_SUSPEND_SPACE_INSUFFICIENT where a memory image is among the files, with both numbers
 * in bytes.
 */
int plan_check_space(const struct plan *p, struct vxe_error *err) _must_check_;
/*
 * For a dry run: compares the space as plan_check_space(), and adds a line to @lines (may be NULL) for each file
 * system.
 */
int plan_show_space(
	const struct plan *p, struct planned_list *lines, struct vxe_error *err) _must_check_;
