/* SPDX-License-Identifier: MIT */
/* The bytes of an archive, decompressed where necessary. */
#pragma once

#include "backends/xva/xva.h"

struct xva_in;
/* Opens an archive and finds out its compression; IMPORT_ERROR if that is unknown. */
int in_open(struct xva_in **ret, int fd, const struct xva_watch *watch,
	struct vxe_error *err) _must_check_;
void in_watch(struct xva_in *in, const struct xva_watch *watch);
/* Reads @n bytes, fewer at a correct end of the stream. */
int in_read(
	struct xva_in *in, void *buf, size_t n, size_t *ret, struct vxe_error *err) _must_check_;
/* Reads on to the end and checks it; drops the bytes, up to a limit. */
int in_drain(struct xva_in *in, struct vxe_error *err) _must_check_;
/* The position in the decompressed stream, for messages. */
uint64_t in_offset(const struct xva_in *in);
void in_free(struct xva_in *in);
DEFINE_CLEANUP(struct xva_in *, in_free)
