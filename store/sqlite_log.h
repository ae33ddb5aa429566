/* SPDX-License-Identifier: MIT */
/* How SQLite's log (vxe.db-wal) is emptied when the last user closes the store. */
#pragma once

/* The largest log, in bytes, that keeps its blocks when it is emptied. */
#define LOG_KEPT (1 << 20)

/*
 * The name of the VFS that connections use: SQLite's default one, which was the default at the first
 * call, but for emptying the log.
 */
const char *log_vfs(void);
