/* SPDX-License-Identifier: MIT */
/* Whether a server does what the store relies on. */
#pragma once

#include "store/postgresql/pg_conn.h"

/*
 * Looks whether the settings of the session hold, and tries locks and notifications between @c and a second connection.
 * Fails with VXE_STORE_UNUSABLE if a lock does not exclude, or a notification does not arrive: servers that speak PostgreSQL's protocol, and poolers before a real one,
 * may accept both and do nothing. Leaves nothing behind.
 */
int pg_self_test(
	struct pg_conn *c, const struct pg_params *params, struct vxe_error *err) _must_check_;
