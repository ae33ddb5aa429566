/* SPDX-License-Identifier: MIT */
/* What the files that make, copy, merge and name disk images share. */
#pragma once

#include "backends/content/content.h"
#include "backends/content/qcow2_layout.h"
#include "objects/base/file_draft.h"
#include "objects/base/image_error.h"
#include "objects/disks/images/image_make.h"

/*
 * The bytes of an empty qcow2 image: all of them are data, without holes, so its clusters can be rewritten on a full
 * disk. *ret is owned.
 */
int qcow2_empty(const struct image_overlay *o, unsigned char **ret, size_t *n,
	struct vxe_error *err) _must_check_;

/*
 * The name by which qemu-img's command lines and image headers refer to the image at @place (struct content_name).
 * Owned.
 */
char *image_name(const char *place);
/* The path of the file that the header of the image at @at means by @name; NULL: none that vxe knows. Owned. */
char *image_named(const char *at, const char *name);
/* The bytes on the disk that an image takes so far, while it is being written; 0: unknown. */
int64_t image_bytes(struct content *c);
/* The name by which qemu-img opens the qcow2 image @c alone, without its backing files. Owned. */
char *image_alone(struct content *c);
/*
 * The name by which qemu-img opens a qcow2 image on which this process holds QEMU's lock, with the files below it.
 * Owned.
 */
char *image_held(struct content *c);

/*
 * Called before @top (qcow2) is merged into its backing file @base, which may be smaller: makes sure that QEMU can
 * lengthen @base.
 */
int image_reserve_length(struct content *top, struct content *base, const char *base_format,
	struct vxe_error *err) _must_check_;

/* Checks that the header of @c names the backing file @base with the format @base_format. */
int image_check_backing(struct content *c, const char *base, const char *base_format,
	struct vxe_error *err) _must_check_;
/* Checks that the header of @child, which was to be rewritten, names the backing file @base_name now. */
int image_check_names(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err) _must_check_;
