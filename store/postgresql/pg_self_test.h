/* SPDX-License-Identifier: MIT */
/* Whether a server does what the store relies on. */
#pragma once

#include "store/postgresql/pg_conn.h"

/* The columns with which a statement asks about its session, for pg_check_session(). */
#define PG_SESSION_COLUMNS "pg_backend_pid(), current_setting('idle_session_timeout')"
#define PG_N_SESSION_COLUMNS 2
/*
 * Looks whether the session is the connection's own, with the settings that it has asked for. Its columns in @row begin at @at.
 * Fails with VXE_STORE_UNUSABLE: a pooler gives sessions of the server to several clients.
 */
int pg_check_session(
	const struct pg_conn *c, const PGresult *row, int at, struct vxe_error *err) _must_check_;
/*
 * Looks whether the settings of the session hold, and tries locks and notifications between @c and a second connection.
 * Fails with VXE_STORE_UNUSABLE if a lock does not exclude, or a notification does not arrive: servers that speak PostgreSQL's protocol, and poolers before a real one,
 * may accept both and do nothing. Leaves nothing behind.
 */
int pg_self_test(
	struct pg_conn *c, const struct pg_params *params, struct vxe_error *err) _must_check_;
