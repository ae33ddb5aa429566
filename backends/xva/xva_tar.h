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
 * Reads the header of the next plain file in a tar stream, and the extended headers before it. Returns 1; 0 at the
 * end mark, or at the end of a stream without one (*marked is false); -1 for any other kind of member, which an
 * archive must not have.
 */
int tar_next(struct xva_in *in, struct tar_member *ret, bool *marked,
	struct vxe_error *err) _must_check_;
/* Reads all content of a tar member into @buf, and skips the padding after it. */
int tar_content(struct xva_in *in, const struct tar_member *m, void *buf,
	struct vxe_error *err) _must_check_;

bool all_zero(const void *data, size_t n);
