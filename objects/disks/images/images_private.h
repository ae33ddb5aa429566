/* SPDX-License-Identifier: MIT */
/* Shared by the files of this folder. */
#pragma once

#include "backends/content/content.h"
#include "backends/content/qcow2_layout.h"
#include "objects/base/draft.h"
#include "objects/base/image_error.h"
#include "objects/disks/images/image_make.h"

/* Writes an image without content into an empty file that is open for writing. Not synced. */
int qcow2_write_empty(int fd, const struct image_overlay *o, struct vxe_error *err) _must_check_;

/* The name by which a child opens a qcow2 image without the files below it. Owned. */
char *image_alone(struct content *c);
/* The name by which a child opens a qcow2 image that the caller holds, with the files below it. Owned. */
char *image_held(struct content *c);

/* Checks that the header of @c names @base in that format. */
int image_check_backing(struct content *c, const char *base, const char *base_format,
	struct vxe_error *err) _must_check_;
/* Checks that the header of @child now names this backing file. */
int image_check_names(struct content *child, const char *base_name, const char *base_format,
	struct vxe_error *err) _must_check_;
