/* SPDX-License-Identifier: MIT */
/*
 * A connection to an SQLite database: caches prepared statements, and reports errors in the store's
 * terms.
 */
#pragma once

#include "objects/base/error.h"

#include <sqlite3.h>
#include <stdint.h>

struct conn {
	struct conn *next; /* the next connection in a list */
	sqlite3 *db;
	const char *where; /* name of the store, for the text of errors; borrowed */
	bool is_wal;
	size_t n_kept;
	sqlite3_stmt **kept;
};

enum conn_mode {
	CONN_WRITE, /* for reading and writing; only for reading if the file cannot be written */
	CONN_READ,
	CONN_IMMUTABLE, /* for reading without locks and shared memory, from media that nobody can write */
};

int conn_open(struct conn **ret, const char *where, const char *path, enum conn_mode mode,
	struct vxe_error *err) _must_check_;
/* Accepts NULL. */
void conn_close(struct conn *c);
/* As conn_close(), but without the checkpoint, which would write to the file. */
void conn_close_untouched(struct conn *c);

/* Replaces @c by a connection to an in-memory copy of the database; later changes go to the copy. */
int conn_copy(struct conn **c, struct vxe_error *err) _must_check_;

/* A prepared statement, ready to bind; the connection keeps it. Reset it after use (_cleanup_stmt_). */
int conn_statement(
	struct conn *c, const char *sql, sqlite3_stmt **ret, struct vxe_error *err) _must_check_;
/* Runs the statement to its next row. Returns 1: there is a row, 0: there are no more, -1: failure. */
int conn_step(struct conn *c, sqlite3_stmt *stmt, struct vxe_error *err) _must_check_;
/* Runs a statement that returns no rows. */
int conn_run(struct conn *c, const char *sql, struct vxe_error *err) _must_check_;
/* As conn_run(), for a statement that is run again and again: the connection keeps it prepared. */
int conn_run_kept(struct conn *c, const char *sql, struct vxe_error *err) _must_check_;
/* Rolls back an open transaction; a failure needs no report, as the file is unchanged. */
void conn_rollback(struct conn *c);
/* Switches a database that is not in WAL mode (a restored copy) to WAL. */
int conn_ensure_wal(struct conn *c, struct vxe_error *err) _must_check_;

/* Binds a text to a parameter of the statement; the text is borrowed until the statement is reset. */
void conn_bind_text(sqlite3_stmt *stmt, int at, const char *text);
void conn_bind_int(sqlite3_stmt *stmt, int at, int64_t value);
/* Binds bytes to a parameter of the statement; the bytes are borrowed until the statement is reset. */
void conn_bind_bytes(sqlite3_stmt *stmt, int at, const void *data, size_t n);

static inline void conn_resetp(sqlite3_stmt **stmt)
{
	if (*stmt) {
		sqlite3_reset(*stmt);
		sqlite3_clear_bindings(*stmt);
	}
}
#define _cleanup_stmt_ _cleanup_(conn_resetp)
