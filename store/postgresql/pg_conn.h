/* SPDX-License-Identifier: MIT */
/* A connection to PostgreSQL: runs statements, and reports errors in the store's terms. */
#pragma once

#include "objects/base/error.h"
#include "store/postgresql/pg_params.h"

#include <libpq-fe.h>
#include <stdint.h>

/* A statement with parameters. The server has it by the name "s" @name; 0: it has not. */
struct pg_statement {
	char *sql;
	unsigned name;
};

struct pg_conn {
	struct pg_conn *next; /* the next connection in a list */
	PGconn *pg;
	int pid;	   /* of the server's process; libpq no longer tells that of a lost one */
	const char *where; /* name of the store, for the text of errors; borrowed */
	struct pg_statement
		*asked; /* those that came before; the server keeps those that came again */
	size_t n_asked;
	unsigned n_names,
		names_kept; /* how many names were given, and how many of them the server is known to have */
	size_t posted; /* answers that come with those of the next message */
	size_t unread
		[8]; /* of each message that was sent, and whose answers nobody has waited for, their number */
	size_t n_unread;
	bool rolls_back; /* ROLLBACK is among these messages */
	char state[6];	 /* SQLSTATE of the last failure; empty: the failure was not the server's */
};

/* Connects. Fails with VXE_STORE_UNUSABLE, also if the server cannot be used: too old, or its text is not UTF-8. */
int pg_connect(struct pg_conn **ret, const struct pg_params *params, const char *where,
	struct vxe_error *err) _must_check_;
/* Accepts NULL. */
void pg_close(struct pg_conn *c);
DEFINE_CLEANUP(struct pg_conn *, pg_close)

/* True if the connection is known to be lost: whatever the session held, locks too, is gone. */
bool pg_is_lost(const struct pg_conn *c);
/* As pg_is_lost(), but first reads what the server has sent, without a wait: its end. */
bool pg_has_ended(const struct pg_conn *c);

/*
 * Runs statements, several in one message, each behind a ';', which no text in them has. *ret (may be NULL) is the result of the last one, owned. Fails with
 * VXE_STORE_LOST if the connection is lost, else with VXE_STORE_UNUSABLE and the server's message.
 */
int pg_run(struct pg_conn *c, const char *sql, PGresult **ret, struct vxe_error *err) _must_check_;
/*
 * As pg_run(), where @sql may be NULL, and asks @n questions in the same message, each with one parameter or none: their answers go
 * to @answers, owned.
 */
struct pg_question {
	char *sql;
	const char *value;
};
int pg_run_ahead(struct pg_conn *c, const char *sql, const struct pg_question *questions, size_t n,
	PGresult **answers, PGresult **ret, struct vxe_error *err) _must_check_;
/* Runs one statement with the @n parameters $1, $2 ...; a NULL is SQL's NULL. Fails as pg_run() does. */
int pg_ask(struct pg_conn *c, const char *sql, size_t n, const char *const *values, PGresult **ret,
	struct vxe_error *err) _must_check_;
/*
 * Sends a statement ahead of the next message, in the same transaction, and does not wait: if it fails, that message fails with
 * its error.
 */
int pg_post(struct pg_conn *c, const char *sql, size_t n, const char *const *values,
	struct vxe_error *err) _must_check_;
/* Sends a statement as a message of its own, outside of a transaction, and does not wait: whether it fails is not known. */
void pg_tell(struct pg_conn *c, const char *sql, const char *value);
/* As pg_ask(), but a signal handler that runs while the statement waits ends it: then returns 1, *ret is NULL. */
int pg_wait(struct pg_conn *c, const char *sql, size_t n, const char *const *values, PGresult **ret,
	struct vxe_error *err) _must_check_;
/* Passes on a result: fails, and frees it, if it is that of a failure. */
int pg_check(
	struct pg_conn *c, PGresult *result, PGresult **ret, struct vxe_error *err) _must_check_;
/* Takes the answers that are still to come: libpq finds no notice behind one. */
void pg_drain(struct pg_conn *c);
/* Sends ROLLBACK if a transaction is open, and does not wait for the answer: the next message takes it. */
void pg_rollback(struct pg_conn *c);

/*
 * True if the last failure is one that the same transaction, run again, may not meet: a conflict with another one, or a
 * lost connection.
 */
bool pg_may_repeat(const struct pg_conn *c);

static inline void pg_clearp(PGresult **result)
{
	PQclear(*result);
}
#define _cleanup_result_ _cleanup_(pg_clearp)

/* The text of a value; NULL for SQL's NULL. Borrowed from the result. */
static inline const char *pg_value(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}
