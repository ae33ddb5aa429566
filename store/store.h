/* SPDX-License-Identifier: MIT */
/*
 * The store: JSON documents by (class, uuid) in transactions. It knows no field names except the
 * columns declared at open. Engines: "sqlite" (a directory with vxe.db), "postgresql" (the URI of a
 * database, a module), and "mem" (tests).
 *
 * Readers see the old state or the new one, never a mixture. A write transaction takes the write
 * lock at its begin, so it can read, check and write safely; it must not be held across an effect
 * (a call of libvirt, a child). A commit may return STORE_AGAIN: then store_update() runs the whole
 * transaction again, so its body must have no other effects.
 */
#pragma once

#include "objects/base/error.h"

#include <signal.h>
#include <stdint.h>

struct json_object;
struct store;
/* the reason in VXE_STORE_UNUSABLE for an empty store that is opened for reading only */
#define STORE_IS_NEW "it has no records and cannot be written"
#define STORE_FILE "vxe.db" /* name of the database in the directory of an SQLite store */

struct txn;
struct lease;

/*
 * A class of objects, such as VMs. Its columns are top-level scalar members of its documents, of which the store keeps
 * copies beside the document.
 */
struct store_class {
	/* name of the class: "VM", "VDI" and so on, a letter followed by characters of [A-Za-z0-9_] */
	const char *name;
	/*
	 * names of the document members that are columns, terminated by NULL; "uuid" is a column without being listed
	 */
	const char *const *columns;
	/* for each column, whether txn_find() has an index of it; NULL: no column has an index */
	const bool *found;
	bool unique; /* a UUID occurs only once in all classes with this flag */
	/*
	 * Columns whose values, taken together, must differ from row to row; terminated by NULL. The last of these
	 * columns has an index. Rows in which one of the values is absent or empty are not compared. NULL: the class
	 * has no such columns.
	 */
	const char *const *distinct;
};

/*
 * A question that can be asked ahead: the document @uuid; or of those whose column @where has @value, or of all, @columns; or without
 * columns the documents; or, of all, their number.
 */
struct store_question {
	const char *cls; /* NULL: none */
	const char *const *columns;
	const char *uuid;
	const char *where, *value;
	const char *holder; /* not NULL: which class has this UUID (txn_holder()); @cls is any */
	bool documents;	    /* of all: the documents */
	bool newest;	    /* of those whose column @where has @value: what txn_newest() tells */
};
#define STORE_AHEAD_MAX 16

struct store_config {
	const char *where; /* directory of the store, or a URI; the engine mem ignores it */
	const struct store_class
		/* the declared classes, closed by one with a NULL name; borrowed as long as the store lives */
		*classes;
	const char *lock_dir; /* directory of the lease files; made if missing (0700) */
	bool readonly;	      /* the store refuses write transactions and creates no files */
	/* folder that outlives a boot, for what this host has to know of the database of its pool; NULL: it is of none */
	const char *keep_dir;
	/* the records of a database are read whatever hosts have seen, so that a person can decide for them: store_decide() */
	bool reconcile;
	/* set as soon as the server of a database has answered, be it with a refusal; NULL: nobody wants to know */
	volatile sig_atomic_t *answered;
};

/*
 * Called for a damaged record, one that is not as the store wrote it, with the reason. @is_read: the document of the
 * record can still be parsed, and the reader gets it.
 */
typedef void store_damaged_fn(
	void *ctx, const char *cls, const char *uuid, const char *reason, bool is_read);

enum txn_mode { TXN_READ, TXN_WRITE };
enum lease_mode { LEASE_SHARED, LEASE_EXCLUSIVE };

/*
 * A third result, beside 0 and -1: a commit or the body of store_update() asks that the transaction be run again,
 * txn_changes() that the caller read everything anew.
 */
#define STORE_AGAIN 1

/*
 * Called for each row of txn_each(), txn_find() and txn_some(): @doc is borrowed for the call. A result other than 0 ends the loop
 * over the rows, and is returned.
 */
typedef int txn_each_fn(
	void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err);
/*
 * Called for each row of txn_scan(), txn_scan_where() and txn_scan_begun(): the UUID of the object, then the values of
 * the requested columns, NULL where the object has none. txn_changes() calls it, too.
 */
typedef int txn_row_fn(
	void *ctx, const char *uuid, const char *const *values, struct vxe_error *err);

/*
 * The functions of a storage engine; no pointer is NULL. They are called only by the functions of store.c that this
 * header declares.
 */
struct store_ops {
	const char *name;
	int (*open)(struct store **ret, const struct store_config *config, struct vxe_error *err);
	void (*close)(struct store *s);
	int (*begin)(struct store *s, enum txn_mode mode, struct txn **ret, struct vxe_error *err);
	int (*get)(struct txn *t, const char *cls, const char *uuid, struct json_object **ret,
		int64_t *generation, struct vxe_error *err);
	int (*each)(
		struct txn *t, const char *cls, txn_each_fn *fn, void *ctx, struct vxe_error *err);
	int (*find)(struct txn *t, const char *cls, const char *column, const char *value,
		txn_each_fn *fn, void *ctx, struct vxe_error *err);
	int (*some)(struct txn *t, const char *cls, const struct strv *uuids, txn_each_fn *fn,
		void *ctx, struct vxe_error *err);
	int (*scan)(struct txn *t, const char *cls, const char *const columns[], const char *where,
		const char *value, txn_row_fn *fn, void *ctx, struct vxe_error *err);
	/*
	 * Calls @fn for the rows with @from <= uuid < @until, where UUIDs are compared byte by byte (in SQL: COLLATE
	 * "C").
	 */
	int (*range)(struct txn *t, const char *cls, const char *const columns[], const char *from,
		const char *until, txn_row_fn *fn, void *ctx, struct vxe_error *err);
	int (*count)(struct txn *t, const char *cls, int64_t *ret, struct vxe_error *err);
	/* Does the work of txn_newest(); NULL: the generation of the transaction is taken. */
	int (*newest)(struct txn *t, const char *cls, const char *where, const char *value,
		int64_t *n, int64_t *generation, struct vxe_error *err);
	/* Asks at once what the transaction is about to ask; NULL: there is nothing to gain. */
	int (*ahead)(
		struct txn *t, const struct store_question *list, size_t n, struct vxe_error *err);
	/* Does the work of txn_hold(); NULL: there is nothing to gain. */
	int (*hold)(struct txn *t, const char *const classes[], struct vxe_error *err);
	/* Does the work of store_foresee(); NULL: there is nothing to gain. */
	void (*foresee)(struct store *s, const struct store_question *list, size_t n);
	/*
	 * Finds a class with the flag unique that has an object with this UUID; @cls is asked first. *ret is the name
	 * in the declaration of that class; NULL: there is none.
	 */
	int (*holder)(struct txn *t, const char *cls, const char *uuid, const char **ret,
		struct vxe_error *err);
	/*
	 * Returns 1 if the object has this document: then nothing is written. @known: the class has this object; false: it is
	 * new, or nobody has looked.
	 */
	int (*put)(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
		bool known, struct vxe_error *err);
	int (*del)(struct txn *t, const char *cls, const char *uuid, struct vxe_error *err);
	int (*changes)(
		struct txn *t, int64_t since, txn_row_fn *fn, void *ctx, struct vxe_error *err);
	/* Takes disk space for a transaction: does the work of txn_allocate(). */
	int (*allocate)(struct txn *t, struct vxe_error *err);
	/*
	 * Commits the transaction; increases the generation of the store by one if the transaction has put or deleted
	 * anything.
	 */
	int (*commit)(struct txn *t, struct vxe_error *err);
	void (*abort)(struct txn *t);
	int (*lease)(struct store *s, const char *key, enum lease_mode mode, bool wait,
		struct lease **ret, struct vxe_error *err);
	void (*release)(struct lease *l);
	int (*keep_leases)(struct store *s, const char *cls, const char *uuid, bool ask, bool *gone,
		struct vxe_error *err);
	int (*beat)(struct store *s, const char *host, struct vxe_error *err);
	int (*last_beat)(struct store *s, const char *host, int64_t *ms, struct vxe_error *err);
	int (*beat_in)(struct txn *t, const char *host, int64_t *ms, struct vxe_error *err);
	/* Does the work of store_view(); NULL: a read transaction costs nothing. */
	void (*view)(struct store *s, bool on);
	/* Does the work of store_await(). */
	int (*await)(struct store *s, int64_t seen, int64_t ms, struct vxe_error *err);
};

extern const struct store_ops store_sqlite_ops;
extern const struct store_ops store_mem_ops;

/*
 * Opens the store (making it when missing) or fails with VXE_STORE_UNUSABLE, which names the store
 * and the reason: not writable, damaged, of a newer version, on a network file system. A failure
 * changes nothing. An older layout is migrated in one transaction.
 */
int store_open(struct store **ret, const struct store_ops *ops, const struct store_config *config,
	struct vxe_error *err) _must_check_;
/*
 * Starts (@on) or ends a dry run of the store, in which nothing is written: the commit of a transaction that has written
 * something fails with VXE_DRY_RUN, unless it is one of store_learn().
 */
void store_hold(struct store *s, bool on);
/*
 * Of a store that was opened with store_config.reconcile, which is only read before: the next transaction that writes decides that
 * its records are the right ones, and tells it to all hosts.
 */
void store_decide(struct store *s);
/*
 * From now on a damaged record does not fail a read with VXE_RECORD_DAMAGED: @fn is called, what can be read of the
 * record is read, and the rest is passed over. @fn NULL: a damaged record is an error again. For commands that look for
 * damage, or save what is left.
 */
void store_bear_damage(struct store *s, store_damaged_fn *fn, void *ctx);
/*
 * From now on a write transaction that sees a newer commit of another process than @seen, or than the last one that it
 * was called for, calls @fn first, which may refuse the transaction.
 */
typedef int store_written_fn(struct txn *t, void *ctx, struct vxe_error *err);
void store_guard_writes(struct store *s, int64_t seen, store_written_fn *fn, void *ctx);
/*
 * Says what the next transaction that begins is about to ask, at most STORE_AHEAD_MAX questions: an engine with a server asks them
 * with its begin. Changes no answer.
 */
void store_foresee(struct store *s, const struct store_question *list, size_t n);
/*
 * Begins (@on) or ends a phase in which this process reads often, in one short transaction after the other: with an engine on another
 * machine they may all see the state of the records that the first one has seen, up to the next write, lease, beat or wait, and so do
 * not ask for it again. It must not wait for others' changes in between, nor for anything that takes long. Phases do not nest: the
 * first end ends it.
 */
void store_view(struct store *s, bool on);
static inline void store_view_endp(struct store **s)
{
	if (*s)
		store_view(*s, false);
}
/* The phase ends with the block. */
#define _cleanup_view_ _cleanup_(store_view_endp)
/* Accepts NULL. */
void store_close(struct store *s);
DEFINE_CLEANUP(struct store *, store_close)
#define _cleanup_store_ _cleanup_(store_close_cleanup)

int txn_begin(
	struct store *s, enum txn_mode mode, struct txn **ret, struct vxe_error *err) _must_check_;
/*
 * Reads the document of an object. *ret gets a reference, which the caller ends with json_object_put(); if there is no
 * such object, returns 0 with NULL in *ret. In a write transaction the document is the caller's own copy; in a read
 * transaction other readers share it, and it must not be changed. @generation (may be NULL) gets the generation of the
 * commit that wrote the row.
 */
int txn_get(struct txn *t, const char *cls, const char *uuid, struct json_object **ret,
	int64_t *generation, struct vxe_error *err) _must_check_;
/* Calls @fn for all documents of the class, in the order of their UUIDs. */
int txn_each(struct txn *t, const char *cls, txn_each_fn *fn, void *ctx,
	struct vxe_error *err) _must_check_;
/*
 * Calls @fn for the documents whose declared column @column equals @value; uses the index of the column if there is
 * one.
 */
int txn_find(struct txn *t, const char *cls, const char *column, const char *value, txn_each_fn *fn,
	void *ctx, struct vxe_error *err) _must_check_;
/*
 * Calls @fn for the documents of these UUIDs, in any order; those without a document are left out. An engine on another
 * machine is asked once, so this is for what would be many txn_get(). At most some hundreds of UUIDs.
 */
int txn_some(struct txn *t, const char *cls, const struct strv *uuids, txn_each_fn *fn, void *ctx,
	struct vxe_error *err) _must_check_;
/*
 * Calls @fn with the values of declared columns (@columns is terminated by NULL) for all rows of the class, without
 * reading documents. The value of a column is the text of the scalar: strings as they are, integers in decimal,
 * booleans "true" and "false".
 */
int txn_scan(struct txn *t, const char *cls, const char *const columns[], txn_row_fn *fn, void *ctx,
	struct vxe_error *err) _must_check_;
/*
 * Calls @fn with the values of @columns, as txn_scan(), but only for the rows whose column @where equals @value; @where
 * must have an index.
 */
int txn_scan_where(struct txn *t, const char *cls, const char *const columns[], const char *where,
	const char *value, txn_row_fn *fn, void *ctx, struct vxe_error *err) _must_check_;
/*
 * Calls @fn with the values of @columns, as txn_scan(), but only for the rows whose UUID begins with @beginning, which
 * must not be empty. Searches by the key, so no other row is read.
 */
int txn_scan_begun(struct txn *t, const char *cls, const char *const columns[],
	const char *beginning, txn_row_fn *fn, void *ctx, struct vxe_error *err) _must_check_;
/*
 * Says what the transaction is about to ask, at most STORE_AHEAD_MAX questions: an engine with a server asks them at once. Changes
 * no answer.
 */
int txn_ask_ahead(struct txn *t, const struct store_question *list, size_t n,
	struct vxe_error *err) _must_check_;
/*
 * Says that this transaction, and others of the same state of the records, are about to read most records of these classes (closed
 * by NULL), one by one: an engine with a server gets them whole, at once, and has them in memory until the records change. Changes
 * no answer.
 */
int txn_hold(struct txn *t, const char *const classes[], struct vxe_error *err) _must_check_;
/* Counts the rows of the class without reading them. */
int txn_count(struct txn *t, const char *cls, int64_t *ret, struct vxe_error *err) _must_check_;
/*
 * Tells, without reading them, whether the rows whose column @where, which has an index, equals @value are those of another time: how many
 * there are, and a generation that is not smaller than that of the newest commit which wrote one of them. If both are the same as
 * then, in the same history, so are the rows.
 */
int txn_newest(struct txn *t, const char *cls, const char *where, const char *value, int64_t *n,
	int64_t *generation, struct vxe_error *err) _must_check_;
/*
 * Inserts or replaces the document of an object; the caller keeps @doc. An equal document is not written again, so the
 * object's row keeps its generation. Only in a write transaction. A new row of a
 * class with the flag unique fails with DB_UNIQUENESS_CONSTRAINT_VIOLATION when another such class has the UUID. If
 * another row already has the same values in the class's distinct columns, fails with VXE_PLACE_TAKEN(class, uuid, the
 * uuid of the other row, values). Duplicates from an older vxe stay and can be changed, but no further duplicate can be
 * added.
 */
int txn_put(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
	struct vxe_error *err) _must_check_;
/*
 * Inserts or replaces a document as txn_put(), but for a row that comes from a saved store: values in distinct columns
 * may be those of another row, too.
 */
int txn_put_back(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
	struct vxe_error *err) _must_check_;
/*
 * Inserts the document of a new object as txn_put(), but also fails with DB_UNIQUENESS_CONSTRAINT_VIOLATION when @cls
 * itself already has the UUID.
 */
int txn_add(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
	struct vxe_error *err) _must_check_;
/*
 * Finds the class with the flag unique that has a row with this UUID: *ret is the name in the declaration of the class;
 * if there is none, returns 0 with NULL in *ret.
 */
int txn_holder(
	struct txn *t, const char *uuid, const char **ret, struct vxe_error *err) _must_check_;
/*
 * Deletes the row of an object and leaves a tombstone (a record of the deletion), which is removed some time later. It
 * is no error when there is no such row. Only in a write transaction.
 */
int txn_del(struct txn *t, const char *cls, const char *uuid, struct vxe_error *err) _must_check_;
/* The generation of the newest commit that this transaction sees (0: none yet). */
int txn_generation(struct txn *t, int64_t *ret, struct vxe_error *err) _must_check_;
/*
 * Calls @fn for the rows that commits newer than @since wrote or deleted, with the UUID and { class, "put" or "del",
 * generation, NULL }. Returns STORE_AGAIN, without a call of @fn, if not all deletions since then are known any more:
 * then the caller has to read everything.
 */
int txn_changes(struct txn *t, int64_t since, txn_row_fn *fn, void *ctx,
	struct vxe_error *err) _must_check_;
/*
 * Makes the store take the disk space for what the transaction has written, although the transaction will be aborted: a
 * later transaction that writes the same and calls txn_take_reserve() can use that space. Fails with VXE_STORE_UNUSABLE
 * if there is no space.
 */
int txn_allocate(struct txn *t, struct vxe_error *err) _must_check_;
/*
 * Lets the transaction use the disk space that other transactions must leave free, because this one records something
 * that has been done and can no longer be refused.
 */
void txn_take_reserve(struct txn *t);
/* Has the transaction committed even if it changes nothing: then the standby of a server has all that it has read, too. */
void txn_confirm(struct txn *t);
/*
 * Commits the transaction: all of it or nothing, durable when 0 is returned. @t is freed in any case. May return
 * STORE_AGAIN.
 */
int txn_commit(struct txn *t, struct vxe_error *err) _must_check_;
/*
 * Data made from documents that the transaction has read, attached to the transaction by txn_keep(). The data is freed
 * when the transaction ends, and txn_kept() does not return it any more once the transaction has written.
 */
struct txn_kept {
	struct txn_kept *next;
	void (*free)(struct txn_kept *kept);
};
void txn_keep(struct txn *t, struct txn_kept *kept);
const struct txn_kept *txn_kept(const struct txn *t);
/* Accepts NULL. */
void txn_abort(struct txn *t);
DEFINE_CLEANUP(struct txn *, txn_abort)
#define _cleanup_txn_ _cleanup_(txn_abort_cleanup)

/*
 * Runs @body in a write transaction and commits the transaction; repeats both while the body or the engine returns
 * STORE_AGAIN (a limited number of times, then fails with VXE_TRY_AGAIN). @body returns 0 to commit, -1 with @err to
 * abort.
 */
typedef int txn_body_fn(struct txn *t, void *ctx, struct vxe_error *err);
int store_update(struct store *s, txn_body_fn *body, void *ctx, struct vxe_error *err) _must_check_;
/*
 * As store_update(), for a body that only takes on record what there is already, such as a domain that another program
 * has defined. In a dry run nothing is written, but the later transactions of the dry run see what would be.
 */
int store_learn(struct store *s, txn_body_fn *body, void *ctx, struct vxe_error *err) _must_check_;

/*
 * A lock on a name (host and object UUID), which the kernel releases when its last holder dies;
 * children that inherit the descriptor hold it, too. With @wait, waits; otherwise VXE_BUSY with the
 * key. objects/engine/lock_set.c is the only caller.
 */
int store_lease(struct store *s, const char *key, enum lease_mode mode, bool wait,
	struct lease **ret, struct vxe_error *err) _must_check_;
/* Accepts NULL. */
void store_release(struct lease *l);
/*
 * Asks whether all leases are held still. If the connection to the store was lost, and the leases with it, takes all of
 * them again, if the row (@cls, @uuid) is there still: for one whose presence keeps everybody else from what the leases
 * lock, even while nobody has them. Fails with VXE_STORE_LOST otherwise, and then holds none; *gone: because the row is
 * no longer there. Without @ask the store gets no message: a loss of which this machine has not heard yet is not seen.
 * Costs nothing on engines that cannot lose a lease.
 */
int store_keep_leases(struct store *s, const char *cls, const char *uuid, bool ask, bool *gone,
	struct vxe_error *err) _must_check_;

/*
 * Notes that the host is up, by the clock of the store, outside of transactions and generations: it is no change of a
 * record. Does nothing on engines whose stores have one host alone.
 */
int store_beat(struct store *s, const char *host, struct vxe_error *err) _must_check_;
/* *ms: how many milliseconds ago store_beat() has noted the host; -1: never. */
int store_last_beat(
	struct store *s, const char *host, int64_t *ms, struct vxe_error *err) _must_check_;
/* The same for lists of many hosts: what the store said when the transaction asked first, with the time since. */
int txn_last_beat(struct txn *t, const char *host, int64_t *ms, struct vxe_error *err) _must_check_;
/*
 * Waits until there is a commit that is newer than the generation @seen, for at most @ms, or until a signal handler has
 * run. Returns 1 if there is one, 0 if not. An engine that is told of no commits waits for @ms and returns 1. Not within a
 * transaction.
 */
int store_await(struct store *s, int64_t seen, int64_t ms, struct vxe_error *err) _must_check_;
