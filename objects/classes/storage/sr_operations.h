/* SPDX-License-Identifier: MIT */
/*
 * The operations that an SR allows: one table for the checks of commands and for the field allowed-operations. Behaviour
 * source: xen-api ocaml/xapi/xapi_sr_operations.ml.
 */
#pragma once

#include "objects/classes/storage/sr.h"
#include "objects/session/session.h"

/* True if an SR of this kind can do it: an SR of CDs has no VDI.create. */
bool sr_holds(const struct sr *sr, const char *operation);
/*
 * Checks that the SR allows the operation, by xe's name ("destroy", "VDI.create"). Fails: SR_OPERATION_NOT_SUPPORTED,
 * SR_NOT_ATTACHED if this host has not plugged it, SR_HAS_PBD if any has, SR_HAS_NO_PBDS, SR_NOT_EMPTY.
 */
int sr_check_operation(struct session *s, struct txn *t, const struct sr *sr, const char *operation,
	struct vxe_error *err) _must_check_;
/* The getter of the field. */
int sr_get_allowed(struct session *s, const void *obj, struct value *ret, struct vxe_error *err);
