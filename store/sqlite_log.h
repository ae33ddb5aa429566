/* SPDX-License-Identifier: MIT */
/* SQLite's log (vxe.db-wal): the space that is kept in it, and how the last user of the store empties it. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>

/* The log is never smaller than this many bytes; it keeps them when it is emptied. */
#define LOG_KEPT (1 << 20)
/*
 * So many bytes of the log stay free behind what a transaction writes. A write that cannot leave them is SQLITE_FULL;
 * only one that completes something may take them.
 */
#define LOG_RESERVE (1 << 19)

/*
 * The name of the VFS that connections use: SQLite's default one, which was the default at the first
 * call, but for the log.
 */
const char *log_vfs(void);
/* Says whether the open transaction of @db may use the reserved space of the log. */
void log_take_reserve(sqlite3 *db, bool may);
