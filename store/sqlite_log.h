/* SPDX-License-Identifier: MIT */
/* SQLite's log (vxe.db-wal): the space that is kept in it, and how the last user of the store empties it. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>

/* Size in bytes that the write-ahead log keeps even when it is emptied; it is never smaller. */
#define LOG_KEPT (1 << 20)
/*
 * Number of bytes of the write-ahead log that stay free behind what a transaction writes. A write that cannot leave
 * them free fails with SQLITE_FULL; only a transaction that completes an operation may use them.
 */
#define LOG_RESERVE (1 << 19)

/*
 * The name of the SQLite VFS that connections use: the VFS that was SQLite's default at the first call, with vxe's
 * handling of the write-ahead log.
 */
const char *log_vfs(void);
/* Sets whether the open transaction of @db may use the reserved space of the log. */
void log_take_reserve(sqlite3 *db, bool may);
