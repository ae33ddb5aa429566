/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#pragma once

#include "backends/content/content.h"
#include "backends/content/qcow2_layout.h"
#include "objects/base/file_draft.h"
#include "objects/base/image_error.h"
#include "objects/disks/images/image_make.h"

/* The bytes of an image without content: data, no holes, so its clusters can be rewritten on a full disk. *ret is owned. */
int qcow2_empty(const struct image_overlay *o, unsigned char **ret, size_t *n,
	struct vxe_error *err) _must_check_;

/* How command lines and headers name the image (struct content_name). Owned. */
char *image_name(const char *place);
/* The place that the header of the image at @at means by @name; NULL: none that vxe knows. Owned. */
char *image_named(const char *at, const char *name);
/* The bytes that an unfinished image takes so far; 0: unknown. */
int64_t image_bytes(struct content *c);
/* The name by which a child opens only this qcow2 image and no file below it. Owned. */
char *image_alone(struct content *c);
/* The name by which a child opens a qcow2 image that this process holds, with the files below it. Owned. */
char *image_held(struct content *c);

/* Called before @top (qcow2) is merged into @base, which may be smaller: makes it so that QEMU can lengthen @base. */
int image_reserve_length(struct content *top, struct content *base, const char *base_format,
	struct vxe_error *err) _must_check_;

/* Checks that the header of @c names @base in that format. */
int image_check_backing(struct content *c, const char *base, const char *base_format,
	struct vxe_error *err) _must_check_;
/* Checks that the header of @child names this backing file now. */
int image_check_names(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err) _must_check_;
