/* SPDX-License-Identifier: MIT */
/*
 * SQLite empties the log by making the file shorter. The next commits then need new blocks, and each
 * sync waits for the journal of the file system. Here the file keeps its blocks and loses its header:
 * SQLite reads a log without a header as empty (walIndexRecover() in SQLite's wal.c).
 *
 * SQLite empties a log only when its pages are in the database and synced, and it syncs a new header
 * before it writes pages behind it. So a power failure leaves the old log whole, which says what the
 * database says, or a log that is empty.
 */
#include "store/sqlite_log.h"

#include <pthread.h>
#include <sqlite3.h>

#define HEADER_SIZE 32 /* of a log, in SQLite's file format */

/* Lies behind SQLite's own structure of an open log. */
struct log_methods {
	sqlite3_io_methods methods;
	const sqlite3_io_methods *plain;
};

static const sqlite3_vfs *plain_vfs;
static sqlite3_vfs vxe_vfs;

static struct log_methods *log_methods(sqlite3_file *file)
{
	return (struct log_methods *)((char *)file + plain_vfs->szOsFile);
}

static int truncate_log(sqlite3_file *file, sqlite3_int64 size)
{
	static const char zeros[HEADER_SIZE];
	const sqlite3_io_methods *plain = log_methods(file)->plain;
	sqlite3_int64 now = 0;

	if (size == 0 && plain->xFileSize(file, &now) == SQLITE_OK && now >= HEADER_SIZE &&
		now <= LOG_KEPT)
		return plain->xWrite(file, zeros, HEADER_SIZE, 0);
	return plain->xTruncate(file, size);
}

static int open_file(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *ret)
{
	int rc = plain_vfs->xOpen(vfs, path, file, flags, ret);

	if (rc == SQLITE_OK && (flags & SQLITE_OPEN_WAL)) {
		struct log_methods *m = log_methods(file);

		m->plain = file->pMethods;
		m->methods = *m->plain;
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
