/* SPDX-License-Identifier: MIT */
/*
 * A chain of disk files, read from their headers, the uppermost file first. For a disk that vxe has no record of,
 * records are made by it; otherwise it is compared with the layers on record.
 */
#pragma once

#include "backends/content/content.h"
#include "objects/base/error.h"

#include <stdint.h>

struct chain_file {
	char *path;   /* absolute */
	char *format; /* "" if the header above does not name the format: vxe never guesses it */
	int64_t virtual_size; /* in bytes; 0: unknown */
};

struct file_chain {
	size_t n;
	struct chain_file *items;
	bool complete; /* false: the chain continues where vxe cannot look */
};
void file_chain_clear(struct file_chain *c);
#define _cleanup_file_chain_ _cleanup_(file_chain_clear)

/*
 * Reads the chain of files from @top down. A file that is missing, unreadable, or backed by something that is not a
 * file ends the chain (complete is then false); such a file is still an item.
 */
void file_chain_read(struct content *top, const char *format, struct file_chain *ret);
/* Index of the file @path in the chain; -1: the chain does not have it. */
int file_chain_find(const struct file_chain *c, const char *path);
