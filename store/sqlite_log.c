/* SPDX-License-Identifier: MIT */
/*
 * SQLite empties its write-ahead log by truncating the file. The next commits then need new blocks, and each sync waits
 * for the journal of the file system. With vxe's VFS the file keeps its blocks and loses its header: SQLite reads a log
 * without a header as empty (walIndexRecover() in SQLite's wal.c).
 *
 * SQLite empties a log only when its pages are in the database and synced, and it syncs a new header before it writes
 * pages behind it. So a power failure leaves the old log whole, which says what the database says, or a log that is
 * empty.
 */
#include "store/sqlite_log.h"
#include "objects/base/shortcut.h"

#include <pthread.h>

#define HEADER_SIZE 32 /* bytes of a log's header in SQLite's file format */
#define GROWS_BY 65536

/* What vxe's VFS keeps behind SQLite's own structure of an open write-ahead log. */
struct log_methods {
	sqlite3_io_methods methods;
	const sqlite3_io_methods *plain;
	bool takes_reserve;
};

static const sqlite3_vfs *plain_vfs;
static sqlite3_vfs vxe_vfs;

static struct log_methods *log_methods(sqlite3_file *file)
{
	return (struct log_methods *)((char *)file + plain_vfs->szOsFile);
}

/*
 * Empties the write-ahead log by zeroing its header. A log that is too large is then truncated, too, but only when the
 * zeroed header is on the disk: the mere beginning of a log with a valid header would put old content back into the
 * database.
 */
static int empty_log(sqlite3_file *file, sqlite3_int64 now)
{
	static const char zeros[HEADER_SIZE];
	const sqlite3_io_methods *plain = log_methods(file)->plain;
	int rc = plain->xWrite(file, zeros, HEADER_SIZE, 0);

	if (rc != SQLITE_OK || now <= LOG_KEPT)
		return rc;
	rc = plain->xSync(file, SQLITE_SYNC_NORMAL);
	return rc != SQLITE_OK ? rc : plain->xTruncate(file, LOG_KEPT);
}

static int truncate_log(sqlite3_file *file, sqlite3_int64 size)
{
	const sqlite3_io_methods *plain = log_methods(file)->plain;
	sqlite3_int64 now = 0;

	if (size == 0 && shortcut_on(SHORTCUT_LOG_KEPT) &&
		plain->xFileSize(file, &now) == SQLITE_OK && now >= HEADER_SIZE)
		return empty_log(file, now);
	return plain->xTruncate(file, size);
}

/* Makes the log larger by writing zeros, because a file with a hole has its size but not its space. */
static int grow(sqlite3_file *file, sqlite3_int64 from, sqlite3_int64 wanted)
{
	static const char zeros[GROWS_BY];
	const sqlite3_int64 until =
		wanted < LOG_KEPT && shortcut_on(SHORTCUT_LOG_KEPT) ? LOG_KEPT : wanted;

	while (from < until) {
		const sqlite3_int64 step = GROWS_BY - from % GROWS_BY;
		int rc = log_methods(file)->plain->xWrite(file, zeros, (int)step, from);

		if (rc != SQLITE_OK)
			return from >= wanted ? SQLITE_OK : rc;
		from += step;
	}
	return SQLITE_OK;
}

/*
 * Writes to the log, after making it large enough that the reserve stays free. Only one process writes at a time, and
 * none shortens the log meanwhile.
 */
static int write_log(sqlite3_file *file, const void *data, int n, sqlite3_int64 at)
{
	const struct log_methods *m = log_methods(file);
	sqlite3_int64 now = 0;
	int rc = m->takes_reserve ? SQLITE_OK : m->plain->xFileSize(file, &now);

	if (rc == SQLITE_OK && !m->takes_reserve)
		rc = grow(file, now, at + n + LOG_RESERVE);
	return rc != SQLITE_OK ? rc : m->plain->xWrite(file, data, n, at);
}

static int open_file(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *ret)
{
	int rc = plain_vfs->xOpen(vfs, path, file, flags, ret);

	if (rc == SQLITE_OK && (flags & SQLITE_OPEN_WAL)) {
		struct log_methods *m = log_methods(file);

		*m = (struct log_methods){ .methods = *file->pMethods, .plain = file->pMethods };
		m->methods.xWrite = write_log;
		m->methods.xTruncate = truncate_log;
		file->pMethods = &m->methods;
	}
	return rc;
}

static void make_vfs(void)
{
	plain_vfs = sqlite3_vfs_find(NULL);
	vxe_vfs = *plain_vfs;
	vxe_vfs.zName = "vxe";
	vxe_vfs.szOsFile += (int)sizeof(struct log_methods);
	vxe_vfs.xOpen = open_file;
	sqlite3_vfs_register(&vxe_vfs, 0);
}

const char *log_vfs(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_vfs);
	return vxe_vfs.zName;
}

void log_take_reserve(sqlite3 *db, bool may)
{
	sqlite3_file *file = NULL;

	if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) == SQLITE_OK &&
		file && file->pMethods && file->pMethods->xWrite == write_log)
		log_methods(file)->takes_reserve = may;
}
