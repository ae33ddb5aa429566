/* SPDX-License-Identifier: MIT */
/*
 * What may be asked of the file of a disk, whose handle content_of() gives. Rooms above this one ask here: what writes to
 * a file, or knows where it lies, stays below. Unless something else is said, functions return 0, or -1 with
 * VXE_IMAGE_FAILED(place, message); formats are those on record ("raw", "qcow2"), and are never probed.
 */
#pragma once

#include "backends/content/content.h"

/* What the file system says of it. That nothing lies there is no failure. */
int disk_file_stat(struct content *c, struct content_stat *ret, struct vxe_error *err) _must_check_;
/* The size that a guest sees, bytes; also of a "vpc" image, which an import reads. */
int disk_file_size(
	struct content *c, const char *format, int64_t *ret, struct vxe_error *err) _must_check_;
/* 1: read, to be cleared; 0: not a qcow2 image; -1. */
int disk_file_header(
	struct content *c, struct content_header *ret, struct vxe_error *err) _must_check_;
/*
 * The internal snapshots of the image, to be cleared; with @key only the one that has it. Returns 1; 0: not a qcow2 image;
 * -1, also when the image has no such snapshot any more.
 */
int disk_file_snapshots(struct content *c, const char *key, struct content_snapshots *ret,
	struct vxe_error *err) _must_check_;
/* Whether vxe can do with it what @what says; the errors stand there. Raw images pass. */
int disk_file_vet(struct content *c, const char *format, enum content_vet what,
	struct vxe_error *err) _must_check_;
/* A process has it open for writing: what it writes may be in no file yet. */
int disk_file_is_written(struct content *c, bool *ret, struct vxe_error *err) _must_check_;
