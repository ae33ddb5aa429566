/* SPDX-License-Identifier: MIT */
/* Plans as JSON text (the body of an intent), and their result transaction. */
#pragma once

#include "objects/engine/op.h"

/* The plan as text, owned. */
char *plan_encode(const struct plan *p);
/* @ret is zeroed before. */
int plan_decode(const char *text, struct plan *ret, struct vxe_error *err) _must_check_;
/* Applies the plan's changes to the records as they are in @t, and keeps base copies in step. */
int plan_apply(const struct plan *p, struct txn *t, struct vxe_error *err) _must_check_;
/*
 * The same, thrown away: what the store would refuse in the end (a UUID that another object has) is
 * refused before anything is touched.
 */
int plan_rehearse(struct session *s, const struct plan *p, struct vxe_error *err) _must_check_;
