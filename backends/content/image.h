/* SPDX-License-Identifier: MIT */
/*
 * Disk image files: qemu-img as a child with explicit formats, qcow2 headers read and empty images
 * written in-process, write bits, locks, syncing. Paths are absolute. Formats are never probed.
 */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"
#include "objects/base/str.h"

#include <stdint.h>
#include <sys/types.h>

/* ---- opening -------------------------------------------------------------------------------- */

/*
 * The one judge of whether a child may open @c with all that lies below it: everything that has qemu-img or qemu-nbd
 * read an image calls it first. Each layer passes image_vet() (of a VHD: vhd_vet()), and the header of each says the
 * format of the next. QEMU then opens exactly these files in these formats; it would look into a file whose format a
 * header does not say. Fails: VXE_FOREIGN_IMAGE, VXE_FORMAT_MISSING(file, backing), VXE_IMAGE_FAILED.
 */
int image_chain_vet(struct content *c, const char *format, struct vxe_error *err) _must_check_;
/*
 * Before @c is frozen, or gets a layer on it: its own header is not foreign, not marked as corrupt, and says the format
 * of the file below. Dirty passes (image_repair()). Fails: VXE_FOREIGN_IMAGE, VXE_IMAGE_DAMAGED, VXE_FORMAT_MISSING,
 * VXE_IMAGE_FAILED.
 */
int image_check_base(struct content *c, const char *format, struct vxe_error *err) _must_check_;
/* Of image_chain_vet() only VXE_FORMAT_MISSING: the chain may have files of kinds that vxe does not read. */
int image_chain_formats(struct content *c, const char *format, struct vxe_error *err) _must_check_;

/* ---- repairing ------------------------------------------------------------------------------ */

/*
 * What is not open anywhere becomes fit for being written to, or frozen: an image that is marked as dirty is repaired by
 * qemu-img and synced, any other is only looked at. If vxe or qemu-img is killed the mark stays, and the next call begins
 * again. Fails: VXE_IMAGE_DAMAGED (corrupt), VXE_FOREIGN_IMAGE, VXE_IMAGE_FAILED (a process has it open, no space).
 */
int image_repair(struct content *c, const char *format, struct vxe_error *err) _must_check_;
/* VXE_IMAGE_DAMAGED when the image is marked as dirty or corrupt: QEMU would write to it without a repair. */
int image_check_sound(struct content *c, const char *format, struct vxe_error *err) _must_check_;

/* ---- making and merging -------------------------------------------------------------------- */

struct image_overlay {
	const char *path;    /* to make; must not exist */
	const char *backing; /* as written into the header: relative if in the same directory */
	const char *backing_format; /* "qcow2" or "raw" */
	int64_t virtual_size;
};
/*
 * Makes all @n overlays, reads their headers back (backing file, format, size), and syncs them and
 * their directories. Each gets owner, group and mode of its backing file if the owner may write to
 * that, else of @like (a path, may be NULL). On failure none is left.
 */
int image_make_overlays(const struct image_overlay *o, size_t n, const char *like,
	struct vxe_error *err) _must_check_;
/* A new, empty qcow2 image. */
int image_make(const char *path, int64_t virtual_size, struct vxe_error *err) _must_check_;
/* The disk space that a new overlay or empty qcow2 image takes: its header and tables. */
int64_t image_empty_bytes(int64_t virtual_size);

/* ---- content --------------------------------------------------------------------------------- */

/* Offline: merges @top (qcow2) down into its backing file @base; both files stay. */
int image_commit(struct content *top, struct content *base, const char *base_format,
	struct vxe_error *err) _must_check_;
/*
 * Offline: copies the data between @child (qcow2) and the new @base up into @child; its header then
 * names @base_name (relative), or no backing file if that is NULL.
 */
int image_pull(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err) _must_check_;
/* Offline: rewrites only the header of @child, and syncs it. */
int image_set_backing(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err) _must_check_;
/*
 * Makes sure that rewriting the header of @c (qcow2, open for writing or not) needs no more disk
 * space; changes no byte. QEMU dies if that fails at the end of a merge.
 */
int image_reserve_header(struct content *c, struct vxe_error *err) _must_check_;
/*
 * True when the image itself has an allocated cluster (data, zero or discard), so it was written
 * to.
 */
int image_touched(
	struct content *c, const char *format, bool *ret, struct vxe_error *err) _must_check_;
/*
 * 1: reading both images, with all files below them, gives the same content. Works also while a
 * guest has them open.
 */
int image_same_content(struct content *a, const char *a_format, struct content *b,
	const char *b_format, struct vxe_error *err) _must_check_;
/*
 * `qemu-img check`: returns 0 also for leaks; otherwise VXE_IMAGE_FAILED with qemu-img's message.
 */
int image_check(struct content *c, const char *format, struct vxe_error *err) _must_check_;

/* ---- files ---------------------------------------------------------------------------------- */

/*
 * Reads the header, and adds the absolute paths of the files that it names: the backing file and the external data file of a
 * qcow2 image, the backing file of a QED image, the parent and the extents of a VMDK image. None if it is no such image,
 * or nothing lies there any more. *ret_next: the backing file if the header says that it is a qcow2 image in turn, else
 * NULL; owned.
 */
int image_names(
	struct content *c, struct strv *names, char **ret_next, struct vxe_error *err) _must_check_;
