/* SPDX-License-Identifier: MIT */
/*
 * Content: what lies at a place, an image file or a block device. A call of the program has one table of it. What is read
 * is opened once and stays open, so that whatever is asked of an image is asked of the same file, and an image costs one
 * open however many functions look at it. What lies at a place may be replaced by something else; each function looks
 * whether it is still the same, and opens it again if not. Nothing is remembered of what was read: a header is read
 * anew each time, through the same descriptor.
 *
 * One thread at a time uses a table.
 */
#pragma once

#include "objects/base/error.h"

struct contents;
struct contents *contents_new(void);
/* Closes all of it. Accepts NULL. */
void contents_free(struct contents *t);
DEFINE_CLEANUP(struct contents *, contents_free)
#define _cleanup_contents_ _cleanup_(contents_free_cleanup)
/*
 * Closes all descriptors, as before a file system is unmounted or a device is given up. What is asked of next is opened
 * again.
 */
void contents_close(struct contents *t);

struct content;
/*
 * What lies at @place, an absolute path, or will lie there. Opens nothing and does not fail: that a place is empty or
 * cannot be opened is an error of the functions below. Valid as long as the table.
 */
struct content *content_at(struct contents *t, const char *place);
const char *content_place(const struct content *c);
/* Closes its descriptor: of a file that was removed it would keep the disk space. */
void content_close(struct content *c);
