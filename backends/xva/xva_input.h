/* SPDX-License-Identifier: MIT */
/* The bytes of an archive that is read, perhaps compressed. */
#pragma once

#include "backends/xva/xva.h"

struct xva_in;
/* Finds out how the stream is compressed; IMPORT_ERROR when it is nothing known. */
int in_open(struct xva_in **ret, int fd, const struct xva_watch *watch,
	struct vxe_error *err) _must_check_;
void in_watch(struct xva_in *in, const struct xva_watch *watch);
/* As many bytes as there are, at most @n: fewer only at the end, where that is a good one. */
int in_read(
	struct xva_in *in, void *buf, size_t n, size_t *ret, struct vxe_error *err) _must_check_;
/* To the end, with its verdict; what comes there is dropped, but not without limit. */
int in_drain(struct xva_in *in, struct vxe_error *err) _must_check_;
/* Position in the uncompressed stream, for messages. */
uint64_t in_offset(const struct xva_in *in);
void in_free(struct xva_in *in);
DEFINE_CLEANUP(struct xva_in *, in_free)
