/* SPDX-License-Identifier: MIT */
/*
 * The store: JSON documents by (class, uuid) in transactions. It knows no field names except the
 * columns declared at open. Engines: "sqlite" (a directory with vxe.db) and "mem" (tests); an
 * engine for a pool of machines may be added, so nothing here assumes one machine.
 *
 * Readers see the old state or the new one, never a mixture. A write transaction takes the write
 * lock at its begin, so it can read, check and write safely; it must not be held across an effect
 * (a call of libvirt, a child). A commit may return STORE_AGAIN: then store_update() runs the whole
 * transaction again, so its body must have no other effects.
 */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>

struct json_object;
struct store;
#define STORE_FILE "vxe.db" /* name of the database in the directory of an SQLite store */

struct txn;
struct lease;

/* A column: the document member of this name (a top-level scalar), kept beside it. */
struct store_class {
	const char *name; /* "VM", "VDI" and so on: characters of [A-Za-z_] */
	const char *const
		*columns; /* member names, terminated by NULL; "uuid" is implied and not listed */
	/* for each column, whether it has an index for txn_find(); NULL: no column has one */
	const bool *found;
	bool unique; /* a UUID occurs only once in all such classes */
	/*
	 * Columns, terminated by NULL; two rows must not have the same values in all of them. The
	 * last column has an index. Rows in which one of the values is absent or empty do not
	 * count. NULL: no such columns.
	 */
	const char *const *distinct;
};

struct store_config {
	const char *where; /* directory of the store; the engine mem ignores it */
	const struct store_class
		/* the declared classes, closed by one with a NULL name; borrowed as long as the store lives */
		*classes;
	const char *lock_dir; /* directory of the lease files; made if missing (0700) */
	bool readonly;	      /* refuse write transactions; create nothing */
};

/*
 * Called for a record that is not as the store wrote it, with what is wrong. @is_read: its document can be read, and is
 * given to the reader.
 */
typedef void store_damaged_fn(
	void *ctx, const char *cls, const char *uuid, const char *reason, bool is_read);

enum txn_mode { TXN_READ, TXN_WRITE };
enum lease_mode { LEASE_SHARED, LEASE_EXCLUSIVE };

/* A third return value, beside 0 and -1, of a commit or of the body of store_update(). */
#define STORE_AGAIN 1

/*
 * Called for each row of txn_each() and txn_find(): @doc is borrowed for the call. Nonzero stops
 * the walk and is returned.
 */
typedef int txn_each_fn(
	void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err);
/*
 * Called for each row of txn_scan(): the uuid, then the values of the requested columns, NULL where
 * absent.
 */
typedef int txn_row_fn(
	void *ctx, const char *uuid, const char *const *values, struct vxe_error *err);

/* The functions of an engine; every slot is filled. Only the functions below call them. */
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
	int (*scan)(struct txn *t, const char *cls, const char *const columns[], const char *where,
		const char *value, txn_row_fn *fn, void *ctx, struct vxe_error *err);
	/* The rows with @from <= uuid < @until, compared byte by byte (in SQL: COLLATE "C"). */
	int (*range)(struct txn *t, const char *cls, const char *const columns[], const char *from,
		const char *until, txn_row_fn *fn, void *ctx, struct vxe_error *err);
	int (*count)(struct txn *t, const char *cls, int64_t *ret, struct vxe_error *err);
	/* A unique class that has this UUID (@cls is asked first), by the name of its declaration; NULL: none. */
	int (*holder)(struct txn *t, const char *cls, const char *uuid, const char **ret,
		struct vxe_error *err);
	int (*put)(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
		struct vxe_error *err);
	int (*del)(struct txn *t, const char *cls, const char *uuid, struct vxe_error *err);
	int (*changes)(
		struct txn *t, int64_t since, txn_row_fn *fn, void *ctx, struct vxe_error *err);
	/* for txn_allocate() */
	int (*allocate)(struct txn *t, struct vxe_error *err);
	/* Makes the generation larger by one if the transaction has put or deleted anything. */
	int (*commit)(struct txn *t, struct vxe_error *err);
	void (*abort)(struct txn *t);
	int (*lease)(struct store *s, const char *key, enum lease_mode mode, bool wait,
		struct lease **ret, struct vxe_error *err);
	void (*release)(struct lease *l);
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
/* While the store is held, nothing is written: the commit of a write transaction fails with VXE_DRY_RUN. */
void store_hold(struct store *s, bool on);
/*
 * From now on a record that is damaged is no error (VXE_RECORD_DAMAGED): @fn is called, what can be read of it is read,
 * and the rest is passed over. NULL: it is an error again. For those who look for damage, or save what is left.
 */
void store_bear_damage(struct store *s, store_damaged_fn *fn, void *ctx);
/* Accepts NULL. */
void store_close(struct store *s);
DEFINE_CLEANUP(struct store *, store_close)
#define _cleanup_store_ _cleanup_(store_close_cleanup)

int txn_begin(
	struct store *s, enum txn_mode mode, struct txn **ret, struct vxe_error *err) _must_check_;
/*
 * A reference to the document (json_object_put); if there is none, returns 0 with NULL in *ret. In a
 * write transaction it is the caller's own copy; in a read transaction other readers share it, and it
 * must not be changed. @generation (may be NULL) gets the generation of the commit that wrote the row.
 */
int txn_get(struct txn *t, const char *cls, const char *uuid, struct json_object **ret,
	int64_t *generation, struct vxe_error *err) _must_check_;
/* All documents of the class, in uuid order. */
int txn_each(struct txn *t, const char *cls, txn_each_fn *fn, void *ctx,
	struct vxe_error *err) _must_check_;
/* Documents whose declared column equals @value; uses the column's index if it has one. */
int txn_find(struct txn *t, const char *cls, const char *column, const char *value, txn_each_fn *fn,
	void *ctx, struct vxe_error *err) _must_check_;
/*
 * Declared columns (@columns is terminated by NULL) of all rows, without reading documents. A
 * column holds the scalar's text: strings as they are, integers in decimal, booleans "true" and
 * "false".
 */
int txn_scan(struct txn *t, const char *cls, const char *const columns[], txn_row_fn *fn, void *ctx,
	struct vxe_error *err) _must_check_;
/* As txn_scan(), for the rows whose column @where, which has an index, equals @value. */
int txn_scan_where(struct txn *t, const char *cls, const char *const columns[], const char *where,
	const char *value, txn_row_fn *fn, void *ctx, struct vxe_error *err) _must_check_;
/* The same of the rows whose uuid begins with @beginning, which is not empty: by the key, so no other row is read. */
int txn_scan_begun(struct txn *t, const char *cls, const char *const columns[],
	const char *beginning, txn_row_fn *fn, void *ctx, struct vxe_error *err) _must_check_;
/* The number of rows of the class; reads none of them. */
int txn_count(struct txn *t, const char *cls, int64_t *ret, struct vxe_error *err) _must_check_;
/*
 * Inserts or replaces; the caller keeps @doc. Only in TXN_WRITE. A new row of a unique class fails
 * with DB_UNIQUENESS_CONSTRAINT_VIOLATION when another such class has the UUID. If another row
 * already has the same values in the class's distinct columns, it fails with VXE_PLACE_TAKEN(class,
 * uuid, the other's uuid, values). Duplicates from an older vxe stay and can be changed, but no
 * further duplicate can be added.
 */
int txn_put(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
	struct vxe_error *err) _must_check_;
/* As txn_put(), for a row that was in a store before: it may have values that must be unique and are not. */
int txn_put_back(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
	struct vxe_error *err) _must_check_;
/* As txn_put() for a new object: also fails when this class has the UUID. */
int txn_add(struct txn *t, const char *cls, const char *uuid, struct json_object *doc,
	struct vxe_error *err) _must_check_;
/*
 * The unique class that has a row with this UUID, by its declared name; if there is none, returns 0
 * with NULL.
 */
int txn_holder(
	struct txn *t, const char *uuid, const char **ret, struct vxe_error *err) _must_check_;
/*
 * Deletes and leaves a tombstone, which is forgotten some time later; no error when there is no such row. Only
 * in TXN_WRITE.
 */
int txn_del(struct txn *t, const char *cls, const char *uuid, struct vxe_error *err) _must_check_;
/* The generation of the newest commit that this transaction sees (0: none yet). */
int txn_generation(struct txn *t, int64_t *ret, struct vxe_error *err) _must_check_;
/*
 * Rows that commits newer than @since wrote or deleted: fn gets the uuid and { class, "put" or
 * "del", generation, NULL }. STORE_AGAIN, without a call of fn: what was deleted since then is not
 * known any more, so the caller reads everything.
 */
int txn_changes(struct txn *t, int64_t since, txn_row_fn *fn, void *ctx,
	struct vxe_error *err) _must_check_;
/*
 * Has the store take the disk space for what the transaction has written, which it is not going to commit: a later one
 * that writes the same and calls txn_take_reserve() finds it. Without space VXE_STORE_UNUSABLE.
 */
int txn_allocate(struct txn *t, struct vxe_error *err) _must_check_;
/*
 * The transaction records what has been done and can no longer be refused: it may use the space that others have to
 * leave free.
 */
void txn_take_reserve(struct txn *t);
/* All or nothing, durable when it returns 0; @t is freed in any case. May return STORE_AGAIN. */
int txn_commit(struct txn *t, struct vxe_error *err) _must_check_;
/*
 * What was made from documents that the transaction has read. It is freed when the transaction ends, and not found
 * any more once the transaction has written.
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
 * Runs @body in a write transaction and commits; repeats this while the engine returns STORE_AGAIN
 * (a limited number of times, then VXE_TRY_AGAIN). @body returns 0 to commit, -1 with @err to
 * abort.
 */
typedef int txn_body_fn(struct txn *t, void *ctx, struct vxe_error *err);
int store_update(struct store *s, txn_body_fn *body, void *ctx, struct vxe_error *err) _must_check_;

/*
 * A lock on a name (host and object UUID), which the kernel releases when its last holder dies;
 * children that inherit the descriptor hold it, too. With @wait, waits; otherwise VXE_BUSY with the
 * key. objects/engine/lock_set.c is the only caller.
 */
int store_lease(struct store *s, const char *key, enum lease_mode mode, bool wait,
	struct lease **ret, struct vxe_error *err) _must_check_;
/* Accepts NULL. */
void store_release(struct lease *l);
