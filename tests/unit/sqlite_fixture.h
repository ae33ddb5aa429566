/* SPDX-License-Identifier: MIT */
/* Shared by the tests of the SQLite engine: its files, and SQL outside the engine. */
#pragma once

#include "tests/unit/store_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "objects/base/clock.h"
#include "store/store_place.h"

static inline struct store *open_db(bool readonly)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct store *s = open_with(&store_sqlite_ops, "db", test_classes, readonly, &err);

	cr_assert(s, "%s", err.n_params > 1 ? err.params[1] : "");
	return s;
}

/* Opening fails with a reason that contains @reason. */
static inline void refused(bool readonly, const char *reason)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct store *s = open_with(&store_sqlite_ops, "db", test_classes, readonly, &err);

	cr_assert_null(s);
	cr_assert_eq(err.code, VXE_STORE_UNUSABLE);
	cr_assert(str_ends(err.params[0], "/db"), "%s", err.params[0]);
	cr_assert(strstr(err.params[1], reason), "%s", err.params[1]);
}

static inline char *in_db(const char *name)
{
	return xasprintf("%s/db/%s", scratch, name);
}

static inline char *read_bytes(const char *path, size_t *n)
{
	_cleanup_close_ int fd = open(path, O_RDONLY);
	struct stat st;

	cr_assert(fd >= 0 && fstat(fd, &st) == 0, "%s", path);
	char *data = xmalloc((size_t)st.st_size + 1);
	*n = (size_t)st.st_size;
	cr_assert_eq(read(fd, data, *n), (ssize_t)*n);
	return data;
}

static inline void write_bytes(const char *path, const void *data, size_t n)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, data, n), (ssize_t)n);
}

/* The database's bytes are unchanged. */
static inline void check_untouched(const char *before, size_t n)
{
	_cleanup_free_ char *path = in_db("vxe.db");
	size_t now_n = 0;
	_cleanup_free_ char *now = read_bytes(path, &now_n);

	cr_assert_eq(now_n, n);
	cr_assert_eq(memcmp(now, before, n), 0);
}

/* Runs SQL on the database, as another tool might, and returns the first value of the last row. */
static inline char *sql(const char *text)
{
	_cleanup_free_ char *path = in_db("vxe.db");
	char *value = NULL;
	sqlite3 *db = NULL;

	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	while (*text) {
		sqlite3_stmt *stmt = NULL;
		int rc;

		cr_assert_eq(sqlite3_prepare_v2(db, text, -1, &stmt, &text), SQLITE_OK, "%s",
			sqlite3_errmsg(db));
		while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
			str_replace(&value, (const char *)sqlite3_column_text(stmt, 0));
		cr_assert(rc == SQLITE_DONE, "%s", sqlite3_errmsg(db));
		sqlite3_finalize(stmt);
	}
	sqlite3_close(db);
	return value;
}

static inline void run_sql(const char *text)
{
	free(sql(text));
}

static inline char *get_now(struct store *s, const char *uuid)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	cr_ok(txn_begin(s, TXN_READ, &t, &err), &err);
	return get_text(t, "VM", uuid);
}

/* @err says that the object's record is damaged, and is cleared. */
static inline void cr_damaged(
	struct vxe_error *err, const char *cls, const char *uuid, const char *reason)
{
	cr_assert_eq(err->code, VXE_RECORD_DAMAGED);
	cr_assert(str_ends(err->params[0], "/db"), "%s", err->params[0]);
	cr_assert_str_eq(err->params[1], cls);
	cr_assert_str_eq(err->params[2], uuid);
	cr_assert_str_eq(err->params[3], reason);
	error_clear(err);
}

/* A closed store with one VM. */
static inline void make_store(void)
{
	struct store *s = open_db(false);

	put_now(s, "VM", "a", "{\"name_label\":\"one\"}");
	store_close(s);
}

/* Overwrites the root page of the documents; opening succeeds nevertheless. */
static inline struct store *open_without_documents(void)
{
	_cleanup_free_ char *path = in_db("vxe.db");
	char junk[4096];

	struct store *s = open_db(false);

	put_now(s, "VM", "a", "{\"name_label\":\"one\",\"parent\":\"p\"}");
	store_close(s);
	_cleanup_free_ char *page =
		sql("SELECT rootpage FROM sqlite_schema WHERE name = 'documents'");
	memset(junk, 0x5a, sizeof(junk));
	_cleanup_close_ int fd = open(path, O_WRONLY);
	cr_assert_eq(pwrite(fd, junk, sizeof(junk), (atol(page) - 1) * 4096), 4096);
	return open_db(false);
}
