/* SPDX-License-Identifier: MIT */
/* The bytes of an archive that is written, perhaps compressed, and waiting for a descriptor. */
#pragma once

#include "backends/xva/xva.h"

/*
 * Waits until the descriptor can be read from, or written to, and asks meanwhile whether to stop: a
 * pipe may stand still for ever. @watch may be NULL.
 */
int stream_wait(
	int fd, short events, const struct xva_watch *watch, struct vxe_error *err) _must_check_;

struct xva_out;
int out_open(struct xva_out **ret, int fd, enum xva_compression how, struct vxe_error *err);
/* Who is asked; borrowed. */
void out_watch(struct xva_out *o, const struct xva_watch *watch);
int out_write(struct xva_out *o, const void *data, size_t n, struct vxe_error *err) _must_check_;
/* Everything is with the kernel when this returns 0. */
int out_finish(struct xva_out *o, struct vxe_error *err) _must_check_;
void out_free(struct xva_out *o);
DEFINE_CLEANUP(struct xva_out *, out_free)
