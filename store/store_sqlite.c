/* SPDX-License-Identifier: MIT */
/*
 * The default engine: SQLite in WAL mode, vxe.db in the store's directory. Writers queue on
 * vxe.lock (SQLite's own busy handler sleeps and is unfair). Each transaction has its own
 * connection, so a reader keeps its state while the same process writes.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "store/store_engine.h"
#include "store/lease.h"
#include "store/store_place.h"
#include "store/sqlite_log.h"
#include "store/sqlite_schema.h"
#include "store/sqlite_write.h"

struct sqlite_store {
	struct store base;
	char *path;    /* path of the database file vxe.db */
	char *columns; /* the declared columns as one text, as the database records them */
	char *holder_sql;
	enum conn_mode mode;
	/*
	 * the database is read-only and of an older layout, so each connection is to a converted copy in
	 * memory
	 */
	bool copied;
	struct conn *idle; /* connections that no transaction uses */
	int lock_fd;	   /* descriptor of vxe.lock; -1 until the first write */
};

static int queue_enter(struct sqlite_store *s, struct vxe_error *err)
{
	const char *where = s->base.config.where;
	_cleanup_free_ char *path = xasprintf("%s/vxe.lock", where);

	if (s->lock_fd < 0)
		s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock_fd < 0)
		return store_fail(where, err, "not writable: vxe.lock: %s", strerror(errno));
	while (flock(s->lock_fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return store_fail(where, err, "vxe.lock: %s", strerror(errno));
	return 0;
}

static void queue_leave(struct sqlite_store *s)
{
	flock(s->lock_fd, LOCK_UN);
}

/*
 * Makes an empty vxe.db that only its owner can read; SQLite gives its log the same mode. Never
 * opens an existing file: closing it would drop the locks that this process holds through SQLite.
 */
static int create_file(const struct sqlite_store *s, struct vxe_error *err)
{
	_cleanup_close_ int fd = open(s->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno != EEXIST)
		return store_fail(
			s->base.config.where, err, "vxe.db cannot be made: %s", strerror(errno));
	return 0;
}

/*
 * A database without its log (a copy on read-only media) can only be opened as immutable, because
 * SQLite would have to make a log.
 */
static enum conn_mode choose_mode(const struct sqlite_store *s)
{
	_cleanup_free_ char *log = xasprintf("%s-wal", s->path);
	bool has_log = faccessat(AT_FDCWD, log, F_OK, AT_EACCESS) == 0;
	bool writable = faccessat(AT_FDCWD, s->base.config.where, W_OK, AT_EACCESS) == 0;

	if (!has_log && (s->base.config.readonly || !writable))
		return CONN_IMMUTABLE;
	return s->base.config.readonly ? CONN_READ : CONN_WRITE;
}

/*
 * Builds the tables of the database, if that is still necessary. Checks this again inside its own write transaction,
 * because another process may have built the tables meanwhile.
 */
static int build_locked(struct sqlite_store *s, struct conn *c, struct vxe_error *err)
{
	enum schema_state state = SCHEMA_EMPTY;

	if (conn_ensure_wal(c, err) < 0 || conn_run(c, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	if (schema_state(c, s->columns, &state, err) < 0 ||
		(state != SCHEMA_CURRENT && schema_build(c, s->base.config.classes, err) < 0) ||
		conn_run(c, "COMMIT", err) < 0) {
		conn_rollback(c);
		return -1;
	}
	return 0;
}

/*
 * Replaces the connection to a database of an older layout that cannot be written by one to a converted copy in memory.
 */
static int convert_copy(struct sqlite_store *s, struct conn **c, struct vxe_error *err)
{
	if (conn_copy(c, err) < 0)
		return -1;
	s->copied = true;
	return schema_build(*c, s->base.config.classes, err);
}

static int prepare_schema(struct sqlite_store *s, struct conn **c, struct vxe_error *err)
{
	enum schema_state state = SCHEMA_EMPTY;

	if (schema_state(*c, s->columns, &state, err) < 0)
		return -1;
	if (state == SCHEMA_CURRENT)
		return 0;
	if (sqlite3_db_readonly((*c)->db, "main") == 1)
		return state == SCHEMA_STALE ? convert_copy(s, c, err)
					     : store_fail(s->base.config.where, err, STORE_IS_NEW);
	if (queue_enter(s, err) < 0)
		return -1;
	int rc = build_locked(s, *c, err);
	queue_leave(s);
	return rc;
}

static int connect_first(struct sqlite_store *s, struct vxe_error *err)
{
	const struct store_config *config = &s->base.config;
	struct conn *c = NULL;

	if (place_prepare(config->where, !config->readonly, err) < 0)
		return -1;
	if (!config->readonly && create_file(s, err) < 0)
		return -1;
	s->mode = choose_mode(s);
	if (conn_open(&c, config->where, s->path, s->mode, err) < 0)
		return -1;
	if (prepare_schema(s, &c, err) < 0) {
		conn_close_untouched(c);
		return -1;
	}
	s->idle = c;
	return 0;
}

static void sqlite_close(struct store *base)
{
	struct sqlite_store *s = (struct sqlite_store *)base;

	while (s->idle) {
		struct conn *next = s->idle->next;

		conn_close(s->idle);
		s->idle = next;
	}
	closep(&s->lock_fd);
	free(s->path);
	free(s->columns);
	free(s->holder_sql);
	store_fini(base);
	free(s);
}

static int sqlite_open(struct store **ret, const struct store_config *config, struct vxe_error *err)
{
	struct sqlite_store *s = xcalloc(1, sizeof(*s));

	store_init(&s->base, config);
	s->path = xasprintf("%s/" STORE_FILE, config->where);
	s->columns = schema_columns(config->classes);
	s->holder_sql = sqlite_holder_sql(config->classes);
	s->lock_fd = -1;
	if (connect_first(s, err) < 0) {
		sqlite_close(&s->base);
		return -1;
	}
	*ret = &s->base;
	return 0;
}

static int take_conn(struct sqlite_store *s, struct conn **ret, struct vxe_error *err)
{
	struct conn *c = NULL;

	if (s->idle) {
		*ret = s->idle;
		s->idle = s->idle->next;
		return 0;
	}
	if (conn_open(&c, s->base.config.where, s->path, s->mode, err) < 0)
		return -1;
	if (s->copied && convert_copy(s, &c, err) < 0) {
		conn_close(c);
		return -1;
	}
	*ret = c;
	return 0;
}

static void give_conn(struct sqlite_store *s, struct conn *c)
{
	c->next = s->idle;
	s->idle = c;
}

/*
 * Begins a read transaction. Reading the generation fixes the state of the database that the transaction sees; BEGIN
 * alone does not.
 */
static int begin_read(
	const struct sqlite_store *s, struct conn *c, int64_t *generation, struct vxe_error *err)
{
	if (conn_run_kept(c, "BEGIN", err) < 0)
		return -1;
	return schema_generation(c, s->columns, generation, err);
}

static int begin_write(
	struct sqlite_store *s, struct conn *c, int64_t *generation, struct vxe_error *err)
{
	if (s->copied || sqlite3_db_readonly(c->db, "main") == 1)
		return store_fail(s->base.config.where, err, "not writable");
	if (queue_enter(s, err) < 0)
		return -1;
	if (conn_ensure_wal(c, err) < 0 || conn_run_kept(c, "BEGIN IMMEDIATE", err) < 0 ||
		schema_generation(c, s->columns, generation, err) < 0) {
		conn_rollback(c);
		queue_leave(s);
		return -1;
	}
	return 0;
}

static int sqlite_begin(
	struct store *base, enum txn_mode mode, struct txn **ret, struct vxe_error *err)
{
	struct sqlite_store *s = (struct sqlite_store *)base;
	struct conn *c = NULL;
	int64_t generation = 0;

	if (take_conn(s, &c, err) < 0)
		return -1;
	if ((mode == TXN_WRITE ? begin_write(s, c, &generation, err)
			       : begin_read(s, c, &generation, err)) < 0) {
		conn_rollback(c);
		give_conn(s, c);
		return -1;
	}
	struct sqlite_txn *t = xcalloc(1, sizeof(*t));
	t->conn = c;
	t->holder_sql = s->holder_sql;
	t->base.generation = generation;
	*ret = &t->base;
	return 0;
}

static void sqlite_abort(struct txn *base)
{
	struct sqlite_txn *t = (struct sqlite_txn *)base;
	struct sqlite_store *s = (struct sqlite_store *)base->store;

	conn_rollback(t->conn);
	if (base->mode == TXN_WRITE)
		queue_leave(s);
	give_conn(s, t->conn);
	free(t);
}

/*
 * Takes the disk space that the transaction needs: SQLite writes the changed pages into its WAL file, and the later
 * rollback does not shrink that file.
 */
static int sqlite_allocate(struct txn *base, struct vxe_error *err)
{
	const struct sqlite_txn *t = (const struct sqlite_txn *)base;
	/* sqlite3_db_cacheflush() leaves no error message in the connection */
	int rc = sqlite3_db_cacheflush(t->conn->db);

	if (rc == SQLITE_OK)
		return 0;
	return store_fail(t->conn->where, err, "%s: %s",
		(rc & 0xff) == SQLITE_FULL ? "no space" : "failed", sqlite3_errstr(rc));
}

static int sqlite_commit(struct txn *base, struct vxe_error *err)
{
	struct sqlite_txn *t = (struct sqlite_txn *)base;
	int rc = 0;

	log_take_reserve(t->conn->db, base->takes_reserve);
	if (base->dirty && !base->takes_reserve)
		rc = schema_forget(t->conn, base->generation + 1, err);
	if (rc == 0 && t->base.dirty)
		rc = schema_set_generation(t->conn, t->base.generation + 1, err);
	if (rc == 0)
		rc = conn_run_kept(t->conn, "COMMIT", err);
	log_take_reserve(t->conn->db, false);
	sqlite_abort(base);
	return rc;
}

const struct store_ops store_sqlite_ops = {
	.name = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.begin = sqlite_begin,
	.get = sqlite_get,
	.each = sqlite_each,
	.find = sqlite_find,
	.some = store_get_each,
	.scan = sqlite_scan,
	.range = sqlite_range,
	.count = sqlite_count,
	.holder = sqlite_holder,
	.put = sqlite_put,
	.del = sqlite_del,
	.changes = sqlite_changes,
	.allocate = sqlite_allocate,
	.commit = sqlite_commit,
	.abort = sqlite_abort,
	.lease = flock_lease,
	.release = flock_release,
	.keep_leases = store_keeps_leases,
	.beat = store_no_beat,
	.last_beat = store_no_last_beat,
	.beat_in = store_no_beat_in,
	.await = store_no_await,
};
