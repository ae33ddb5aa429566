/* SPDX-License-Identifier: MIT */
/*
 * The marker of an SR: a file .vxe-sr in its directory, with the SR's UUID, by which an empty mount
 * point is told from the SR that should be mounted there, and with the store that has the SR attached:
 * two stores on one directory would each merge and remove the other's layers.
 */
#pragma once

#include "objects/session/session.h"

#define SR_MARK ".vxe-sr"

struct sr_mark {
	char *sr;    /* UUID; NULL: no (valid) marker */
	char *store; /* UUID of the store that has it attached; NULL: none, or an older vxe's */
	char *host;  /* UUID of the host on which that store is, */
	char *at;    /* and its folder there */
};
void sr_mark_clear(struct sr_mark *m);
#define _cleanup_mark_ _cleanup_(sr_mark_clear)

/* All NULL with return 0 when the directory has no (valid) marker. */
int sr_mark_read(const char *dir, struct sr_mark *ret, struct vxe_error *err) _must_check_;
/*
 * Makes the directory (0711) with what is missing above it, and marks it as @m says. One that is
 * marked already keeps its marker; *ret is what holds. Fails: VXE_IMAGE_FAILED.
 */
int sr_mark_make(const char *dir, const struct sr_mark *m, struct sr_mark *ret,
	struct vxe_error *err) _must_check_;
/* What the marker of that SR says when this session's store has it attached. Cleared by the caller. */
struct sr_mark sr_mark_own(const struct session *s, const char *sr);
/*
 * Whether the marked SR is for the store of @own to use: it names no store, or this one. Another one
 * may lie elsewhere now, or where nothing is mounted yet: that it is lost is for a person to say.
 */
bool sr_mark_is_ours(const struct sr_mark *own, const struct sr_mark *m);
/* SR_DEVICE_IN_USE, and a notice that says whose it is and the way out, unless sr_mark_is_ours(). */
int sr_mark_check(struct session *s, const char *dir, const struct sr_mark *m,
	struct vxe_error *err) _must_check_;
/* The directory's marker says from now on, whole or not at all, what @m says. */
int sr_mark_write(const char *dir, const struct sr_mark *m, struct vxe_error *err) _must_check_;
