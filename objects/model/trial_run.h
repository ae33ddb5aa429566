/* SPDX-License-Identifier: MIT */
/* What a transaction would change, without the change: the records of a dry run. */
#pragma once

#include "objects/model/class.h"
#include "store/store.h"

/* A record before and after the transaction; NULL on the side where it does not exist. */
struct rehearsed {
	const struct class *cls;
	char *uuid;
	struct json_object *before, *after;
};
struct rehearsal {
	size_t n;
	struct rehearsed *items; /* sorted by class and UUID */
};
void rehearsal_clear(struct rehearsal *r);
#define _cleanup_rehearsal_ _cleanup_(rehearsal_clear)

/*
 * Runs the body in a write transaction and rolls it back; fails as the body does. @ret: the records that differ, but for
 * those that no command shows (layers, intents).
 */
int rehearse(struct session *s, txn_body_fn *body, void *ctx, struct rehearsal *ret,
	struct vxe_error *err) _must_check_;
/*
 * Passes a line for each record to the user, and one for each field that a change gives another value. @hides (may be
 * NULL): what is left out.
 */
int rehearsal_show(struct session *s, const struct rehearsal *r,
	bool (*hides)(const struct rehearsed *one), struct vxe_error *err) _must_check_;
/* Ends a dry run: shows all changed records, and returns VXE_PLANNED. */
int rehearsal_end(struct session *s, const struct rehearsal *r, struct vxe_error *err) _must_check_;

/*
 * store_update() for a command whose only effect it is. In a dry run the body is rehearsed and shown instead, and the
 * call ends with VXE_PLANNED.
 */
int record_update(
	struct session *s, txn_body_fn *body, void *ctx, struct vxe_error *err) _must_check_;
