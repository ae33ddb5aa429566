/* SPDX-License-Identifier: MIT */
/* The store and the transactions of the engine, for its own files. */
#pragma once

#include "store/doc.h"
#include "store/postgresql/pg_conn.h"
#include "store/store_engine.h"

/* After this many commits all tombstones (records of deleted objects) are removed, and the words of older commits. */
#define COMMITS_KEPT 256

/* The newest commit that this host has seen. */
struct pg_seen {
	int64_t generation;
	char *writer; /* its word in vxe.commits; NULL: unknown */
	char *first; /* the word of the oldest commit that is there: databases that have it began as one; NULL: unknown */
	int64_t reconciled; /* when a person had decided last for the records, by vxe.meta */
};

/* What the server has answered, or would answer. */
struct pg_answer {
	int refs;
	bool own; /* what a write transaction alone would be told, of what it has written itself */
	PGresult *result;
	char *question;
	char *about; /* a class, or pg_about() one row */
	bool whole;  /* all of a class: pg_hold() */
	struct pg_index *indexes;
};

/* Answers that a transaction of @generation would be given. */
#define PG_TOUCHED_BITS 1024
struct pg_answers {
	int64_t generation;
	size_t n, bytes; /* without those that are whole, of which there are @whole */
	size_t whole;
	struct pg_answer **items;
	/* of what the write transaction has written; of something else, too, whose name has the same bit */
	bool touched[PG_TOUCHED_BITS];
};

/* Questions, what each is about, and their answers as far as they have come. */
struct pg_ahead {
	size_t n;
	struct pg_question questions[STORE_AHEAD_MAX];
	char *about[STORE_AHEAD_MAX];
	char *values[STORE_AHEAD_MAX];
	PGresult *answers[STORE_AHEAD_MAX];
};

struct pg_txn {
	struct txn base;
	struct pg_conn *conn;
	bool of_view; /* it goes on with the view of a reader before it (store_view()), and has asked nothing */
	bool failed;	 /* a statement has failed, and the server has been told to roll back */
	bool may_repeat; /* ... in a way that another try may not meet */
	char *writer;	 /* of a write transaction: what vxe.commits has when it is committed */
	int64_t forgotten; /* of a write transaction: the generation up to which deletions are forgotten */
	PGresult *
		beats; /* how long ago each host was heard, at @beats_at by clock_ms(); NULL: not asked */
	int64_t beats_at;
};

/*
 * All write transactions and leases use the connection @main, so what is written under a lease is committed by the
 * session that has it. Readers use it while nobody else does, otherwise a connection of their own. It is connected again
 * only while there is no lease, or when all of them can be taken again (pg_keep_leases()).
 */
struct pg_store {
	struct store base;
	struct pg_params params;
	struct pg_conn *main;
	struct pg_txn *on_main; /* the transaction that uses @main; NULL: none */
	bool views;		/* store_view() is on */
	bool is_view; /* @main has the transaction of a reader that has ended, which the next one goes on with */
	int64_t view;	      /* ... of this generation */
	struct pg_conn *idle; /* further connections that no transaction uses */
	size_t n_leases;
	struct pg_lease *leases; /* a list of them */
	unsigned session;	 /* how often @main was connected */
	unsigned listens;	 /* the session that is told of commits; 0: none */
	struct pg_answers answers;
	struct pg_seen seen;
	int64_t noted;	    /* the generation that the file of it has */
	int64_t reconciled; /* as vxe.meta has it; of @seen with the commit that was seen */
	bool met;	    /* the server of this URI was tried since this boot */
	bool tried;	    /* ... by this process */
	bool beats;	    /* this host has told that it is up */
	bool misses_seen;   /* what this host has seen is not in the database */
	bool objects;	    /* the database has an objection of this host, which has none now */
	struct pg_ahead foreseen; /* what the next transaction will ask */
	bool assumed; /* its tables are taken for those that were met; the first transaction finds out */
	char *columns; /* as the database records them, if all that this vxe declares is among them */
	char *changes_sql;
};

/*
 * Makes @main a live connection: connects again if it is known to be lost and there is no lease. Fails with
 * VXE_STORE_LOST if there is one.
 */
int pg_store_revive(struct pg_store *s, struct vxe_error *err) _must_check_;
/*
 * Makes or changes the tables, if that is necessary. A server that this host has not met by this URI since it was booted is
 * tried; the one of a database that is new has been. Who only reads takes no locks.
 */
int pg_store_prepare(struct pg_store *s, struct vxe_error *err) _must_check_;
/* What is sent on @main next belongs to no transaction of a reader that has ended. Waits for nothing. */
void pg_store_end_view(struct pg_store *s);
/*
 * Connects once, in the place of @main, which was lost. The server may not have seen the end of that session yet, and keep
 * its locks and its transaction: it is told to end it.
 */
int pg_store_connect(
	const struct pg_store *s, struct pg_conn **ret, struct vxe_error *err) _must_check_;
/*
 * Connects, and tries again for a while: a server that is started again refuses at first. @ends_old: in the place of @main, as
 * pg_store_connect() does.
 */
int pg_store_connect_again(const struct pg_store *s, bool ends_old, struct pg_conn **ret,
	struct vxe_error *err) _must_check_;
/* From now on @c, owned, is @main. */
void pg_store_use(struct pg_store *s, struct pg_conn *c);

/* The lock comes first: a reader sees the state of the database at its first query, and no table changes after that. */
#define PG_LOCK_TABLES "LOCK TABLE vxe.meta IN ACCESS SHARE MODE;"
/*
 * Begins the transaction on its connection, with the questions that were foreseen. What was assumed of the tables may be wrong, as
 * somebody has made the database anew, or this is another vxe: then they are looked at.
 */
int pg_txn_begin(struct pg_store *s, struct pg_txn *t, enum txn_mode mode,
	struct vxe_error *err) _must_check_;
/* As pg_txn_begin(), on @main, which may have been lost since the last transaction; if there is no lease, nothing was lost with it. */
int pg_txn_begin_on_main(struct pg_store *s, struct pg_txn *t, enum txn_mode mode,
	struct vxe_error *err) _must_check_;
/*
 * Runs a statement in the transaction, as pg_ask() does. After a failure the transaction is at its end: this fails from
 * then on.
 */
int pg_txn_ask(struct pg_txn *t, const char *sql, size_t n, const char *const *values,
	PGresult **ret, struct vxe_error *err) _must_check_;
/* As pg_txn_ask(), for a question about a class or a row: the answer may be one that was given before. */
int pg_txn_read(struct pg_txn *t, const char *about, const char *sql, size_t n,
	const char *const *values, struct pg_answer **ret, struct vxe_error *err) _must_check_;
/* The name, as pg_answer.about, of the row of an object, or of the class that has the UUID (PG_KEYS). Owned. */
#define PG_KEYS ""
char *pg_about(const char *cls, const char *uuid);
/*
 * The text of an object's document as the transaction would be told it, without a question: "" if there is no such object; NULL: that is
 * not known. Owned.
 */
char *pg_known_row(struct pg_txn *t, const char *cls, const char *uuid);
/* The transaction has written the row, or removed it (@row NULL), and so would be told this from now on. */
void pg_row_written(struct pg_txn *t, const char *cls, const char *uuid, const struct doc_row *row);
/* The question as pg_txn_read() is asked it. The statement is owned. */
struct pg_question pg_question(const struct store_question *q);
/* The transaction that has begun was told that as well; the result is owned from now on. */
void pg_answers_ahead(
	struct pg_txn *t, const char *about, const struct pg_question *q, PGresult *result);
/* What the question is about, as pg_answer has it. Owned. */
char *pg_question_about(const struct store_question *q);
struct pg_answer *pg_answer_ref(struct pg_answer *a);
void pg_answer_unref(struct pg_answer *a); /* accepts NULL */
DEFINE_CLEANUP(struct pg_answer *, pg_answer_unref)
#define _cleanup_answer_ _cleanup_(pg_answer_unref_cleanup)
/* The statement and its parameters as one text. Owned. */
char *pg_question_text(const char *sql, size_t n, const char *const *values);
/* Takes over @question and @result. */
struct pg_answer *pg_answer_new(const char *about, char *question, bool own, PGresult *result);
/* Borrowed; NULL: none is kept. */
struct pg_answer *pg_answers_find(const struct pg_answers *k, const char *question, bool own);
/* Keeps it as well, if there is room. */
void pg_answers_keep(struct pg_answers *k, struct pg_answer *a);
/* A transaction begins: answers of an older generation are dropped. */
void pg_answers_begin(struct pg_answers *k, int64_t generation);
/* The write transaction writes the row: what it was told of that is none of what it will be told. */
void pg_answers_touch(struct pg_answers *k, const char *cls, const char *uuid);
bool pg_answers_touched(const struct pg_answers *k, const char *about);
/* The write transaction, of @generation, has ended: its own answers are forgotten, or, with its commit, those of everybody. */
void pg_answers_end(struct pg_answers *k, int64_t generation, bool committed);
void pg_answers_clear(struct pg_answers *k);
/* As pg_txn_ask(), of which nobody wants to know the answer: it is sent, and if it fails, so does what is asked next, or the commit. */
int pg_txn_post(struct pg_txn *t, const char *sql, size_t n, const char *const *values,
	struct vxe_error *err) _must_check_;
/*
 * Commits: the word of the commit, a notification, COMMIT. If no answer comes, the server is asked later. May return STORE_AGAIN if
 * nothing was written.
 */
int pg_send_commit(const struct pg_store *s, struct pg_txn *t, struct vxe_error *err) _must_check_;
/* A statement has failed in the transaction. */
void pg_txn_failed(struct pg_txn *t);

/*
 * What this host has seen is read at the begin, and written at the end, when the database is told as well what this host has
 * against it. Of a new database it has seen nothing.
 */
void pg_seen_load(struct pg_store *s);
void pg_seen_new(struct pg_store *s);
void pg_seen_save(struct pg_store *s);
/* The columns that a transaction reads at its begin for pg_seen(), @PG_SEEN_COLUMNS of them. Owned. */
#define PG_SEEN_COLUMNS 4
char *pg_seen_columns(const struct pg_store *s, bool writes);
/*
 * The generation that a transaction which writes sets, and, if a person decides for the records, what tells it to all hosts; then
 * it is one that no host has seen. Owned.
 */
char *pg_seen_decides(const struct pg_store *s);
/*
 * Notes the state of the database, generation @generation, whose columns in @row begin at @at; in rare cases asks more on the
 * connection @c. Fails with VXE_STORE_UNUSABLE if it lacks what this host has seen, or what another one has seen, which has told,
 * and no person has decided for the records since.
 */
int pg_seen(struct pg_store *s, struct pg_conn *c, int64_t generation, const PGresult *row, int at,
	bool writes, struct vxe_error *err) _must_check_;
/* Notes a commit of this process, whose word is @writer. */
void pg_seen_own(struct pg_store *s, int64_t generation, const char *writer);
void pg_seen_clear(struct pg_store *s);

/* True if the server can keep the text: it is UTF-8 and has no NUL, also not as an escape of JSON. */
bool pg_can_keep(const char *text);

int pg_get(struct txn *t, const char *cls, const char *uuid, struct json_object **ret,
	int64_t *generation, struct vxe_error *err);
int pg_each(struct txn *t, const char *cls, txn_each_fn *fn, void *ctx, struct vxe_error *err);
int pg_some(struct txn *t, const char *cls, const struct strv *uuids, txn_each_fn *fn, void *ctx,
	struct vxe_error *err);
int pg_find(struct txn *t, const char *cls, const char *column, const char *value, txn_each_fn *fn,
	void *ctx, struct vxe_error *err);
int pg_scan(struct txn *t, const char *cls, const char *const columns[], const char *where,
	const char *value, txn_row_fn *fn, void *ctx, struct vxe_error *err);
int pg_range(struct txn *t, const char *cls, const char *const columns[], const char *from,
	const char *until, txn_row_fn *fn, void *ctx, struct vxe_error *err);
/* What is kept of this question for the transaction, borrowed; NULL: nothing, or nothing may be kept (pg_may_keep()). */
const struct pg_answer *pg_find_kept(
	const struct pg_txn *t, const char *about, const struct pg_question *q);
bool pg_may_keep(const struct pg_txn *t);
void pg_ahead_add(struct pg_ahead *a, const struct store_question *q);
/* Leaves out what is kept, as the next transaction is likely to be of the same generation. */
void pg_ahead_skip_kept(struct pg_ahead *a, const struct pg_answers *k);
/* Asks those of which nothing is kept, if there are several. */
int pg_ahead_ask(struct pg_ahead *a, struct pg_txn *t, struct vxe_error *err);
/* Keeps the answers that have come. */
void pg_ahead_keep(struct pg_ahead *a, struct pg_txn *t);
void pg_ahead_clear(struct pg_ahead *a);
#define _cleanup_ahead_ _cleanup_(pg_ahead_clear)
void pg_foresee(struct store *s, const struct store_question *list, size_t n);
int pg_ask_ahead(struct txn *t, const struct store_question *list, size_t n, struct vxe_error *err);
/* Does the work of txn_hold(). */
#define PG_HOLD_MAX 48
int pg_hold(struct txn *t, const char *const classes[], struct vxe_error *err);
/* All of a class, if it is held and the transaction may be told that; borrowed. */
struct pg_answer *pg_whole(const struct pg_txn *t, const char *cls);
/* A row of an answer. */
struct pg_place {
	const char *uuid, *value;
	int row;
};
/* The rows whose column has the value, in the order of their UUIDs; borrowed. False: the column is none of these. */
bool pg_whole_rows(struct pg_answer *a, const char *column, const char *value,
	const struct pg_place **ret, size_t *n);
void pg_indexes_free(struct pg_index *list);
/* What a document is read with. */
#define PG_DOCUMENT_COLUMNS "uuid, _document, _generation, _sum"
int pg_count(struct txn *t, const char *cls, int64_t *ret, struct vxe_error *err);
int pg_newest(struct txn *t, const char *cls, const char *where, const char *value, int64_t *n,
	int64_t *generation, struct vxe_error *err);
int pg_holder(
	struct txn *t, const char *cls, const char *uuid, const char **ret, struct vxe_error *err);
int pg_changes(struct txn *t, int64_t since, txn_row_fn *fn, void *ctx, struct vxe_error *err);
int pg_put(struct txn *t, const char *cls, const char *uuid, struct json_object *doc, bool known,
	struct vxe_error *err);
int pg_del(struct txn *t, const char *cls, const char *uuid, struct vxe_error *err);

int pg_lease(struct store *s, const char *key, enum lease_mode mode, bool wait, struct lease **ret,
	struct vxe_error *err);
void pg_release(struct lease *l);
int pg_keep_leases(struct store *s, const char *cls, const char *uuid, bool ask, bool *gone,
	struct vxe_error *err);

int pg_beat(struct store *s, const char *host, struct vxe_error *err);
int pg_last_beat(struct store *s, const char *host, int64_t *ms, struct vxe_error *err);
int pg_beat_in(struct txn *t, const char *host, int64_t *ms, struct vxe_error *err);
int pg_await(struct store *s, int64_t seen, int64_t ms, struct vxe_error *err);
