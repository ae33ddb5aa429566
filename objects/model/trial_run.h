/* SPDX-License-Identifier: MIT */
/*
 * Finds out which records a transaction would change, without changing them, and shows them to the user of a dry run.
 */
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
 * Runs the body in a write transaction and rolls the transaction back; fails as the body does. @ret: the records that
 * it would change, without those that no command shows (layers, operations in progress).
 */
int rehearse(struct session *s, txn_body_fn *body, void *ctx, struct rehearsal *ret,
	struct vxe_error *err) _must_check_;
/*
 * Shows the user of a dry run a line for each record that would be added, deleted or changed, and a line for each
 * field that would get another value. @hides: true for a record that is left out; only with --verbose are then fields
 * shown that users do not set, and records that come or go with a VM or an SR. NULL: the command changes nothing but
 * records, all of which are shown.
 */
int rehearsal_show(struct session *s, const struct rehearsal *r,
	bool (*hides)(const struct rehearsed *one), struct vxe_error *err) _must_check_;
/* Ends a dry run: shows all changed records, and returns VXE_PLANNED. */
int rehearsal_end(struct session *s, const struct rehearsal *r, struct vxe_error *err) _must_check_;

/*
 * Runs store_update() for a command that changes nothing but records. In a dry run the changes are only shown to the
 * user, by rehearse(), and the call ends with VXE_PLANNED.
 */
int record_update(
	struct session *s, txn_body_fn *body, void *ctx, struct vxe_error *err) _must_check_;
