/* SPDX-License-Identifier: MIT */
/* Members of a tar stream. */
#pragma once

#include "backends/xva/xva_input.h"

#define TAR_RECORD 512
#define TAR_NAME_MAX 255

/* A header for a plain file. */
void tar_header(const char *name, uint64_t size, int64_t mtime, unsigned char ret[TAR_RECORD]);

struct tar_member {
	char name[TAR_NAME_MAX + 1];
	uint64_t size;	 /* not checked */
	uint64_t offset; /* of the header, for messages */
};
/* True when this can be the first record of a tar stream. */
bool tar_is_header(const unsigned char record[TAR_RECORD]);
/*
 * The next plain file, with what precedes its header taken in: 1; 0 at the end mark or at an end of
 * the stream in its place (*marked false); -1 for everything that has no place in an archive.
 */
int tar_next(struct xva_in *in, struct tar_member *ret, bool *marked,
	struct vxe_error *err) _must_check_;
/* The content of the member, wholly, and the padding behind it. */
int tar_content(struct xva_in *in, const struct tar_member *m, void *buf,
	struct vxe_error *err) _must_check_;

bool all_zero(const void *data, size_t n);
