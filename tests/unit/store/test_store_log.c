/* SPDX-License-Identifier: MIT */
/*
 * The log between two users of the store, and what a power failure leaves of the store's files: each
 * write that was not synced may be there, missing, or there in part.
 */
#include "store/sqlite_log.h"
#include "tests/unit/sqlite_fixture.h"
#include "tests/unit/shortcuts.h"

static void start_log(void)
{
	all_shortcuts();
	scratch_make();
}

TestSuite(store_log, .init = start_log, .fini = scratch_remove, .timeout = 300);

static size_t size_of(const char *name)
{
	_cleanup_free_ char *path = in_db(name);
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	return (size_t)st.st_size;
}

static void put_number(struct store *s, int n)
{
	_cleanup_free_ char *text =
		xasprintf("{\"n\":%d,\"name_label\":\"%0*d\"}", n, n % 2 ? 1 : 30000, 0);

	put_now(s, "VM", "a", text);
}

static int number(struct store *s)
{
	_cleanup_free_ char *text = get_now(s, "a");
	int n = -1;

	cr_assert(text, "no object");
	cr_assert_eq(sscanf(text, "{\"n\":%d,", &n), 1);
	return n;
}

/* An old copy of vxe.db beside the log of today: the log must add nothing to it. */
Test(store_log, a_closed_log_keeps_its_blocks_and_says_nothing)
{
	_cleanup_free_ char *path = in_db("vxe.db");
	size_t n = 0;

	make_store();
	_cleanup_free_ char *old = read_bytes(path, &n);
	struct store *s = open_db(false);
	put_number(s, 2);
	store_close(s);
	cr_assert_gt(size_of("vxe.db-wal"), 0);
	cr_assert_leq(size_of("vxe.db-wal"), LOG_KEPT);
	s = open_db(true);
	cr_assert_eq(number(s), 2);
	store_close(s);
	write_bytes(path, old, n);
	_cleanup_store_ struct store *before = open_db(false);
	cr_text(get_now(before, "a"), "{\"name_label\":\"one\"}");
}

Test(store_log, a_large_log_gives_back_what_it_has_too_much)
{
	_cleanup_free_ char *name = xcalloc(1, LOG_KEPT + 1);
	_cleanup_free_ char *text = NULL;

	memset(name, 'x', LOG_KEPT);
	text = xasprintf("{\"n\":1,\"name_label\":\"%s\"}", name);
	struct store *s = open_db(false);
	put_now(s, "VM", "a", text);
	store_close(s);
	cr_assert_eq(size_of("vxe.db-wal"), LOG_KEPT);
	s = open_db(true);
	_cleanup_free_ char *now = get_now(s, "a");
	store_close(s);
	cr_assert_str_eq(now, text);
}

/* What SQLite's shell does: a connection by SQLite's own VFS, which ends the log in its own way when it is the last. */
static int by_sqlite(const char *sql)
{
	_cleanup_free_ char *path = in_db("vxe.db");
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;

	cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
	cr_assert_eq(
		sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
	cr_assert_eq(sqlite3_step(q), SQLITE_ROW);
	int n = sqlite3_column_int(q, 0);

	sqlite3_finalize(q);
	cr_assert_eq(sqlite3_close(db), SQLITE_OK);
	return n;
}

Test(store_log, sqlites_shell_between_two_commands_finds_and_changes_nothing)
{
	static const char *const said[] = {
		"SELECT json_extract(json, '$.n') FROM documents",
		"PRAGMA wal_checkpoint(TRUNCATE)",
		"PRAGMA wal_checkpoint(RESTART)",
		"SELECT count(*) FROM objects",
	};
	struct store *beside = NULL;

	for (int n = 2; n < 30; n++) {
		struct store *s = open_db(false);

		put_number(s, n);
		if (n % 3 == 0) /* another command reads on */
			beside = open_db(true);
		store_close(s);
		(void)by_sqlite(said[n % 4]);
		cr_assert_eq(by_sqlite(said[0]), n);
		if (beside)
			cr_assert_eq(number(beside), n);
		store_close(beside);
		beside = NULL;
		s = open_db(true);
		cr_assert_eq(number(s), n);
		store_close(s);
	}
}

/* ---- a record of all that is written ----------------------------------------------------------- */

enum which { DB, LOG, N_FILES };

static struct act {
	enum { WRITE, CUT, SYNC, DONE } kind;
	enum which file;
	int64_t at; /* WRITE: the offset; CUT: the size; DONE: the number that is committed */
	char *data;
	size_t n;
} acts[20000];
static size_t n_acts;
static bool recording;

struct recorded {
	sqlite3_io_methods methods;
	const sqlite3_io_methods *plain;
	enum which file;
};

static const sqlite3_vfs *plain_vfs;
static sqlite3_vfs recorder;
static int64_t log_limit; /* the log cannot become larger; 0: it can */

static struct recorded *recorded(sqlite3_file *file)
{
	return (struct recorded *)((char *)file + plain_vfs->szOsFile);
}

static void record(int kind, enum which file, int64_t at, const void *data, size_t n)
{
	if (!recording)
		return;
	cr_assert_lt(n_acts, ARRAY_LEN(acts));
	char *copy = xcalloc(1, n + 1);
	if (n)
		memcpy(copy, data, n);
	acts[n_acts++] = (struct act){ kind, file, at, copy, n };
}

static int write_file(sqlite3_file *file, const void *data, int n, sqlite3_int64 at)
{
	if (recorded(file)->file == LOG && log_limit && at + n > log_limit)
		return SQLITE_FULL;
	record(WRITE, recorded(file)->file, at, data, (size_t)n);
	return recorded(file)->plain->xWrite(file, data, n, at);
}

static int cut_file(sqlite3_file *file, sqlite3_int64 size)
{
	record(CUT, recorded(file)->file, size, NULL, 0);
	return recorded(file)->plain->xTruncate(file, size);
}

static int sync_file(sqlite3_file *file, int flags)
{
	record(SYNC, recorded(file)->file, 0, NULL, 0);
	return recorded(file)->plain->xSync(file, flags);
}

static int open_file(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *ret)
{
	int rc = plain_vfs->xOpen(vfs, path, file, flags, ret);

	if (rc == SQLITE_OK && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_DB))) {
		struct recorded *r = recorded(file);

		*r = (struct recorded){ *file->pMethods, file->pMethods,
			flags & SQLITE_OPEN_WAL ? LOG : DB };
		r->methods.xWrite = write_file;
		r->methods.xTruncate = cut_file;
		r->methods.xSync = sync_file;
		file->pMethods = &r->methods;
	}
	return rc;
}

static void record_all(void)
{
	plain_vfs = sqlite3_vfs_find(NULL);
	recorder = *plain_vfs;
	recorder.zName = "recorder";
	recorder.szOsFile += (int)sizeof(struct recorded);
	recorder.xOpen = open_file;
	cr_assert_eq(sqlite3_vfs_register(&recorder, 1), SQLITE_OK);
	recording = true;
}

/* ---- a full disk ------------------------------------------------------------------------------- */

/* @bytes of a name, which the store writes three times. */
static int put_large(struct store *s, size_t bytes, bool allocates, bool takes_reserve)
{
	static int n; /* an equal document would not be written */
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *text =
		xasprintf("{\"n\":%d,\"name_label\":\"%0*d\"}", n++, (int)bytes, 0);
	struct json_object *doc = json_tokener_parse(text);
	_cleanup_txn_ struct txn *t = NULL;
	int r = txn_begin(s, TXN_WRITE, &t, &err);

	if (r == 0)
		r = txn_put(t, "VM", "large", doc, &err);
	json_object_put(doc);
	if (r == 0 && takes_reserve)
		txn_take_reserve(t);
	if (r == 0)
		r = allocates ? txn_allocate(t, &err) : txn_commit(TAKE(t), &err);
	cr_assert(r == 0 || (err.code == VXE_STORE_UNUSABLE && strstr(err.params[1], "no space")));
	return r;
}

Test(store_log, a_commit_leaves_space_for_one_that_must_not_fail)
{
	record_all();
	recording = false;
	struct store *s = open_db(false);

	put_number(s, 1);
	cr_assert_geq(size_of("vxe.db-wal"), LOG_KEPT);
	log_limit = LOG_KEPT;
	while (put_large(s, 60000, false, false) == 0)
		;
	cr_assert_eq(put_large(s, 1, false, false), -1);
	cr_assert_eq(put_large(s, LOG_RESERVE / 8, false, true), 0);
	/* Once more, but now there is too little even for that. */
	cr_assert_eq(put_large(s, LOG_RESERVE, false, true), -1);
	store_close(s);
	/* The log is empty again, and has its size. */
	s = open_db(false);
	put_number(s, 3);
	store_close(s);
}

Test(store_log, what_was_allocated_can_be_written_on_a_full_disk)
{
	const size_t bytes = 4 * LOG_KEPT;

	record_all();
	recording = false;
	struct store *s = open_db(false);

	log_limit = LOG_KEPT;
	cr_assert_eq(put_large(s, bytes, true, false), -1);
	log_limit = 0;
	cr_assert_eq(put_large(s, bytes, true, false), 0);
	log_limit = (int64_t)size_of("vxe.db-wal");
	put_number(s, 1); /* the intent */
	cr_assert_eq(put_large(s, bytes, false, true), 0);
	store_close(s);
}

/* ---- power failures ---------------------------------------------------------------------------- */

struct disk_file {
	char data[4 << 20];
	size_t size;
};

static void set_size(struct disk_file *f, size_t size)
{
	cr_assert_leq(size, sizeof(f->data));
	if (size > f->size)
		memset(f->data + f->size, 0, size - f->size);
	f->size = size;
}

static void apply_bytes(struct disk_file *f, size_t at, const char *data, size_t n)
{
	if (at + n > f->size)
		set_size(f, at + n);
	memcpy(f->data + at, data, n);
}

/* What becomes of writes that were not synced. */
enum loss {
	LOSE_SECTORS, /* each sector of a write by chance */
	LOSE_ACTS,    /* each act as a whole by chance */
	LOSE_FIRST,   /* what was written last is on the disk, what was written before is not */
	N_LOSSES
};

/* The act reaches the disk, @whole or each of its sectors by chance. */
static void apply(struct disk_file *f, const struct act *a, bool whole, unsigned *seed)
{
	if (a->kind == CUT)
		set_size(f, (size_t)a->at);
	if (a->kind != WRITE)
		return;
	for (size_t done = 0, step; done < a->n; done += step) {
		size_t at = (size_t)a->at + done;

		step = 512 - at % 512;
		if (step > a->n - done)
			step = a->n - done;
		if (whole || rand_r(seed) % 2)
			apply_bytes(f, at, a->data + done, step);
	}
}

/* What the disk holds of a file if the power fails after @n acts. */
static void after_failure(
	struct disk_file *f, enum which file, size_t n, enum loss loss, unsigned *seed)
{
	size_t synced = 0;

	f->size = 0;
	for (size_t i = 0; i < n; i++)
		if (acts[i].file == file && acts[i].kind == SYNC)
			synced = i;
	size_t late = synced + (size_t)rand_r(seed) % (n - synced);
	for (size_t i = 0; i < n; i++) {
		bool lost = i >= synced &&
			((loss == LOSE_FIRST && i < late) ||
				(loss == LOSE_ACTS && rand_r(seed) % 2));

		if (acts[i].file == file && !lost)
			apply(f, &acts[i], i < synced || loss != LOSE_SECTORS, seed);
	}
}

/* The number that was committed last before act @n. */
static int committed(size_t n)
{
	int last = 0;

	for (size_t i = 0; i < n; i++)
		if (acts[i].kind == DONE)
			last = (int)acts[i].at;
	return last;
}

static void check_failure(size_t n, enum loss loss, unsigned seed)
{
	static struct disk_file files[N_FILES];
	static const char *const names[] = { "vxe.db", "vxe.db-wal" };
	_cleanup_free_ char *index = in_db("vxe.db-shm");

	(void)!unlink(index);
	for (enum which i = DB; i < N_FILES; i++) {
		_cleanup_free_ char *path = in_db(names[i]);

		after_failure(&files[i], i, n, loss, &seed);
		write_bytes(path, files[i].data, files[i].size);
	}
	struct store *s = open_db(false);
	int now = number(s), least = committed(n);
	cr_assert(now == least || now == least + 1, "act %zu: %d instead of %d", n, now, least);
	store_close(s);
	cr_text(sql("PRAGMA integrity_check"), "ok");
}

/* Users come and go. The first commit of one may need more of the log than that of the one before. */
static void use_store(void)
{
	for (int n = 1; n <= 12;) {
		struct store *s = open_db(false);

		for (int i = 0; i < 3; i++, n++) {
			put_number(s, n);
			record(DONE, N_FILES, n, NULL, 0);
		}
		store_close(s);
	}
}

Test(store_log, a_power_failure_loses_nothing_that_is_committed)
{
	size_t first = 0;

	record_all();
	use_store();
	recording = false;
	while (committed(first) == 0)
		first++;
	for (size_t n = first; n <= n_acts; n++)
		for (enum loss loss = 0; loss < N_LOSSES; loss++)
			check_failure(n, loss, (unsigned)n);
	for (size_t i = 0; i < n_acts; i++)
		free(acts[i].data);
}
