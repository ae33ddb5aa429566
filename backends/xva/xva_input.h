/* SPDX-License-Identifier: MIT */
/* Reads the bytes of an archive, and decompresses them where necessary. */
#pragma once

#include "backends/xva/xva.h"

struct xva_in;
/* Opens an archive and finds out its compression; IMPORT_ERROR if that is unknown. */
int in_open(struct xva_in **ret, int fd, const struct xva_watch *watch,
	struct vxe_error *err) _must_check_;
void in_watch(struct xva_in *in, const struct xva_watch *watch);
/* Reads @n bytes of the decompressed archive; *ret is smaller only at a correct end of the stream. */
int in_read(
	struct xva_in *in, void *buf, size_t n, size_t *ret, struct vxe_error *err) _must_check_;
/*
 * Reads the archive to its end, drops these bytes, and checks that the stream ends correctly; fails if there are too
 * many bytes.
 */
int in_drain(struct xva_in *in, struct vxe_error *err) _must_check_;
/* The position in the decompressed archive, for error messages. */
uint64_t in_offset(const struct xva_in *in);
void in_free(struct xva_in *in);
DEFINE_CLEANUP(struct xva_in *, in_free)
