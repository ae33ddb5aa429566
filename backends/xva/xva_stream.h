/* SPDX-License-Identifier: MIT */
/* Writes the bytes of an archive, compressed if wanted, and waits until a descriptor is ready. */
#pragma once

#include "backends/xva/xva.h"

/*
 * Waits until the descriptor is readable or writable; calls @watch (may be NULL) meanwhile, because
 * a pipe may make no progress for ever.
 */
int stream_wait(
	int fd, short events, const struct xva_watch *watch, struct vxe_error *err) _must_check_;

struct xva_out;
int out_open(struct xva_out **ret, int fd, enum xva_compression how, struct vxe_error *err);
/* Sets the watch, which is borrowed. */
void out_watch(struct xva_out *o, const struct xva_watch *watch);
int out_write(struct xva_out *o, const void *data, size_t n, struct vxe_error *err) _must_check_;
/* Ends the archive's compressed stream and writes the rest; when it returns 0, the kernel has all data. */
int out_finish(struct xva_out *o, struct vxe_error *err) _must_check_;
void out_free(struct xva_out *o);
DEFINE_CLEANUP(struct xva_out *, out_free)
