/* SPDX-License-Identifier: MIT */
/* What snapshots and their removals leave behind: nothing that grows with their number. */
#include "tests/unit/host_fixture.h"

#include "objects/classes/common/message_class.h"
#include "objects/domain/adopt.h"
#include "objects/engine/message.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "objects/vm/snapshot/vm_uninstall.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdlib.h>

#define FEW 200 /* tombstones are forgotten by then */
#define MANY 900
#define LONG 10000 /* in ring all */

TestSuite(growth, .init = host_start, .fini = host_stop, .timeout = 900);

static void come_and_go(int n)
{
	const struct vm_snapshot_args args = { .name_label = "s" };

	while (n--) {
		_cleanup_free_ char *uuid = NULL;

		OK(vm_snapshot(S, VM_A, &args, &uuid, &E));
		next_command();
		OK(snapshot_destroy(S, uuid, END_ALONE, &E));
		next_command();
	}
}

/* The files in the folder and below it, and their bytes. */
static void weigh(const char *folder, int64_t *files, int64_t *bytes)
{
	DIR *d = opendir(folder);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		_cleanup_free_ char *path = xasprintf("%s/%s", folder, e->d_name);
		struct stat st;

		if (*e->d_name == '.' || lstat(path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode)) {
			weigh(path, files, bytes);
			continue;
		}
		*files += 1;
		*bytes += st.st_size;
	}
	if (d)
		closedir(d);
}

/* A number from the store, asked by SQL. */
static int64_t ask(const char *sql)
{
	_cleanup_free_ char *path = at("store/vxe.db");
	sqlite3 *db;
	sqlite3_stmt *q;

	cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	cr_assert_eq(
		sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
	cr_assert_eq(sqlite3_step(q), SQLITE_ROW);
	int64_t n = sqlite3_column_int64(q, 0);

	sqlite3_finalize(q);
	sqlite3_close(db);
	return n;
}

struct weight {
	int64_t files, bytes, rows, tombstones;
};

/* Without the messages, of which so many stay anyway. */
static struct weight weight(void)
{
	struct weight w = { 0 };
	_cleanup_free_ char *locks = at("locks"), *log = at("store/vxe.db-wal");
	const struct message_range all = { .before = INT64_MAX, .priority = -1 };
	struct stat st;

	cr_assert_leq(count_of(&message_class), MESSAGES_KEPT + MESSAGES_SPARE);
	OK(messages_destroy_all(S, &all, &E));
	session_close(TAKE(S)); /* empties the log */
	weigh(dir, &w.files, &w.bytes);
	cr_assert_eq(stat(log, &st), 0);
	w.bytes = st.st_size +
		4096 *
			ask("SELECT page_count - freelist_count FROM pragma_page_count,"
			    " pragma_freelist_count");
	weigh(locks, &w.files, &w.bytes);
	w.rows = ask("SELECT (SELECT count(*) FROM objects) + (SELECT count(*) FROM documents)"
		     " + (SELECT count(*) FROM found) + (SELECT count(*) FROM _meta)");
	w.tombstones = ask("SELECT count(*) FROM _tombstones");
	cr_log_info("%lld files, %lld bytes, %lld rows, %lld tombstones", (long long)w.files,
		(long long)w.bytes, (long long)w.rows, (long long)w.tombstones);
	session_start(&store_sqlite_ops);
	return w;
}

/* Files are removed now and then, so there may be somewhat more at one moment than at another. */
Test(growth, snapshots_that_have_gone_leave_nothing_that_grows)
{
	_cleanup_free_ char *xml = domain_xml(VM_A, "a", "");

	hv_mock_add(mock, xml, HV_SHUTOFF);
	session_start(&store_sqlite_ops);
	OK(adopt_domains(S, &E));
	come_and_go(FEW);
	const struct weight few = weight();

	const char *ring = getenv("RING");

	come_and_go((str_eq(ring, "all") ? LONG : MANY) - FEW);
	const struct weight many = weight();

	cr_assert_lt(many.files, few.files + 600);
	cr_assert_eq(many.rows, few.rows);
	/* Messages have tombstones, too, but all tombstones go at once. */
	cr_assert_lt(many.tombstones, 20000);
	cr_assert_lt(many.bytes, few.bytes + (2 << 20));
}
