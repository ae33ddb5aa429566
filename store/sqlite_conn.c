/* SPDX-License-Identifier: MIT */
/*
 * Connections to an SQLite database. vxe's own writers queue on a flock file (sqlite_store), so SQLite's busy time-out
 * is for others: an sqlite3 shell on the database, or a process that is recovering or closing it.
 */
#include "store/sqlite_conn.h"

#include <assert.h>
#include <string.h>

#include "store/store_engine.h"
#include "store/sqlite_log.h"

#define BUSY_TIMEOUT_MS 20000

/* Sets @err to the error of the last SQLite call on @c and returns -1; aborts the process if memory has run out. */
static int conn_fail(struct conn *c, const char *doing, struct vxe_error *err)
{
	static const struct {
		int code;
		const char *text;
	} reasons[] = {
		{ SQLITE_NOTADB, "damaged" },
		{ SQLITE_CORRUPT, "damaged" },
		{ SQLITE_READONLY, "not writable" },
		{ SQLITE_PERM, "not permitted" },
		{ SQLITE_CANTOPEN, "cannot be opened" },
		{ SQLITE_FULL, "no space" },
		{ SQLITE_IOERR, "input/output error" },
		{ SQLITE_ERROR, "not as vxe made it" },
	};
	int code = sqlite3_errcode(c->db) & 0xff;
	int os_error = sqlite3_system_errno(c->db);
	const char *prefix = "failed";

	if (code == SQLITE_NOMEM)
		abort();
	if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
		return vxe_fail(err, VXE_BUSY, c->where, "");
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].code == code)
			prefix = reasons[i].text;
	store_fail(c->where, err, "%s: %s", prefix,
		code == SQLITE_CANTOPEN && os_error ? strerror(os_error) : sqlite3_errmsg(c->db));
	error_note(err, "%s", doing);
	return -1;
}

/* file: URI of @path, with the special characters of URIs escaped. */
static char *immutable_uri(const char *path)
{
	struct str uri = { 0 };

	str_add(&uri, "file:");
	for (const char *p = path; *p; p++) {
		if (strchr("%?#", *p))
			str_addf(&uri, "%%%02X", (unsigned)*p);
		else
			str_add_bytes(&uri, p, 1);
	}
	str_add(&uri, "?immutable=1");
	return str_steal(&uri);
}

static int open_db(sqlite3 **db, const char *path, enum conn_mode mode)
{
	_cleanup_free_ char *uri = immutable_uri(path);

	if (mode == CONN_IMMUTABLE)
		return sqlite3_open_v2(uri, db,
			SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, log_vfs());
	return sqlite3_open_v2(path, db,
		SQLITE_OPEN_NOMUTEX |
			(mode == CONN_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE),
		log_vfs());
}

int conn_open(struct conn **ret, const char *where, const char *path, enum conn_mode mode,
	struct vxe_error *err)
{
	struct conn *c = xcalloc(1, sizeof(*c));
	_cleanup_free_ char *limit = xasprintf("PRAGMA journal_size_limit = %d", LOG_KEPT);
	int keep_wal = 1;

	c->where = where;
	if (open_db(&c->db, path, mode) != SQLITE_OK) {
		(void)conn_fail(c, "open", err);
		conn_close(c);
		return -1;
	}
	sqlite3_extended_result_codes(c->db, 1);
	sqlite3_busy_timeout(c->db, BUSY_TIMEOUT_MS);
	/*
	 * The write-ahead log and its index stay, empty, after the last close: making and removing them would take each
	 * call longer than its query, and a reader without write permission needs them.
	 */
	sqlite3_file_control(c->db, NULL, SQLITE_FCNTL_PERSIST_WAL, &keep_wal);
	if (conn_run(c, limit, err) < 0 || conn_run(c, "PRAGMA synchronous = FULL", err) < 0) {
		conn_close_untouched(c);
		return -1;
	}
	*ret = c;
	return 0;
}

void conn_close(struct conn *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_kept; i++)
		sqlite3_finalize(c->kept[i]);
	free(c->kept);
	int rc = sqlite3_close(c->db);
	assert(rc == SQLITE_OK);
	(void)rc;
	free(c);
}

void conn_close_untouched(struct conn *c)
{
	if (c)
		sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	conn_close(c);
}

int conn_copy(struct conn **c, struct vxe_error *err)
{
	struct conn *copy = NULL;

	if (conn_open(&copy, (*c)->where, ":memory:", CONN_WRITE, err) < 0)
		return -1;
	sqlite3_backup *backup = sqlite3_backup_init(copy->db, "main", (*c)->db, "main");
	if (backup)
		sqlite3_backup_step(backup, -1);
	if (sqlite3_backup_finish(backup) != SQLITE_OK) {
		(void)conn_fail(copy, "copy", err);
		conn_close(copy);
		return -1;
	}
	conn_close_untouched(*c);
	*c = copy;
	return 0;
}

int conn_statement(struct conn *c, const char *sql, sqlite3_stmt **ret, struct vxe_error *err)
{
	sqlite3_stmt *stmt;

	/* A callback may run the same query as its caller: a statement in use is skipped. */
	for (size_t i = 0; i < c->n_kept; i++)
		if (!sqlite3_stmt_busy(c->kept[i]) && str_eq(sqlite3_sql(c->kept[i]), sql)) {
			*ret = c->kept[i];
			return 0;
		}
	if (sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
		return conn_fail(c, sql, err);
	c->kept = xrealloc(c->kept, c->n_kept + 1, sizeof(sqlite3_stmt *));
	c->kept[c->n_kept++] = stmt;
	*ret = stmt;
	return 0;
}

int conn_step(struct conn *c, sqlite3_stmt *stmt, struct vxe_error *err)
{
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return rc == SQLITE_ROW;
	return conn_fail(c, sqlite3_sql(stmt), err);
}

int conn_run(struct conn *c, const char *sql, struct vxe_error *err)
{
	if (sqlite3_exec(c->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return conn_fail(c, sql, err);
	return 0;
}

int conn_run_kept(struct conn *c, const char *sql, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	return conn_statement(c, sql, &stmt, err) < 0 ? -1 : conn_step(c, stmt, err);
}

void conn_rollback(struct conn *c)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };

	if (sqlite3_get_autocommit(c->db))
		return;
	int rc = conn_run_kept(c, "ROLLBACK", &ignored);
	(void)rc;
}

int conn_ensure_wal(struct conn *c, struct vxe_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;

	if (c->is_wal)
		return 0;
	if (conn_statement(c, "PRAGMA journal_mode = WAL", &stmt, err) < 0 ||
		conn_step(c, stmt, err) < 0)
		return -1;
	const char *mode = (const char *)sqlite3_column_text(stmt, 0);
	if (!str_eq(mode, "wal"))
		return store_fail(c->where, err, "write-ahead log refused, journal mode is %s",
			mode ? mode : "unknown");
	c->is_wal = true;
	return 0;
}

static void check_bound(int rc)
{
	if (rc == SQLITE_NOMEM)
		abort();
	assert(rc == SQLITE_OK);
}

void conn_bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	check_bound(sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC));
}

void conn_bind_int(sqlite3_stmt *stmt, int at, int64_t value)
{
	check_bound(sqlite3_bind_int64(stmt, at, value));
}

void conn_bind_bytes(sqlite3_stmt *stmt, int at, const void *data, size_t n)
{
	check_bound(sqlite3_bind_blob64(stmt, at, data, n, SQLITE_STATIC));
}
