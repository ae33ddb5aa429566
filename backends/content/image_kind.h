/* SPDX-License-Identifier: MIT */
/*
 * What a file seems to be, by its first bytes: only to refuse what nobody can have meant. Nothing is opened by it: a
 * guest can write such bytes to its own disk.
 */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define IMAGE_KIND_BYTES 512 /* of the beginning and of the end of a file */

#define IMAGE_KIND_QED "a QED image"
#define IMAGE_KIND_VMDK "a VMDK image"

/* How a user calls what begins with these @n bytes: "a qcow2 image"; NULL: a kind of which nothing is known. */
const char *image_kind(const void *head, size_t n);
/* The same of a file, of which the end is looked at, too: a fixed VHD has no other mark. */
int image_kind_of_file(struct content *c, const char **ret, struct vxe_error *err) _must_check_;
