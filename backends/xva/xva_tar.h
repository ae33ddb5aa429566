/* SPDX-License-Identifier: MIT */
/* Reads and writes members of a tar stream. */
#pragma once

#include "backends/xva/xva_input.h"

#define TAR_RECORD 512
#define TAR_NAME_MAX 255

/* Fills in the header of an ordinary file. */
void tar_header(const char *name, uint64_t size, int64_t mtime, unsigned char ret[TAR_RECORD]);

struct tar_member {
	char name[TAR_NAME_MAX + 1];
	uint64_t size;	 /* as the header says, not checked */
	uint64_t offset; /* position of the header, for messages */
};
/* True if this can be the first record of a tar stream. */
bool tar_is_header(const unsigned char record[TAR_RECORD]);
/*
 * Reads the next plain file's header, with the extended headers before it. 1; 0 at the end mark, or
 * at the end of the stream without one (*marked false); -1 for anything else that does not belong
 * into an archive.
 */
int tar_next(struct xva_in *in, struct tar_member *ret, bool *marked,
	struct vxe_error *err) _must_check_;
/* Reads all content of the member, and its padding. */
int tar_content(struct xva_in *in, const struct tar_member *m, void *buf,
	struct vxe_error *err) _must_check_;

bool all_zero(const void *data, size_t n);
