/* SPDX-License-Identifier: MIT */
/* The error that all functions on image files report: VXE_IMAGE_FAILED(file, text). */
#pragma once

#include "objects/base/error.h"
#include "objects/base/far/far_file.h"

#include <errno.h>
#include <string.h>

/*
 * image_fail() fills @err with VXE_IMAGE_FAILED(path, text) and returns -1; image_fail_errno() adds strerror(errno)
 * to the text after a colon.
 */
#define image_fail(err, path, ...) (image_fill((err), (path), __VA_ARGS__), vxe_failed())
#define image_fail_errno(err, path, what)                                                          \
	image_fail((err), (path), "%s: %s", (what), far_why(errno))
void image_fill(struct vxe_error *err, const char *path, const char *fmt, ...) _printf_(3, 4);
/* Fills @err with the reason, by errno, why @path could not be created, and names its folder; returns -1. */
#define image_fail_create(err, path) (image_fill_create((err), (path)), vxe_failed())
void image_fill_create(struct vxe_error *err, const char *path);
