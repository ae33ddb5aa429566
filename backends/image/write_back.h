/* SPDX-License-Identifier: MIT */
/*
 * A file that another process writes, put on the disk meanwhile, so that who flushes it at the end
 * waits for a moment only.
 */
#pragma once

struct write_back;

/* Waits for the file to appear. NULL when no thread can be had: then it is as it would be without. */
struct write_back *write_back_start(const char *path);
/* Returns at once or when a few MiB are on the disk. @w may be NULL. */
void write_back_stop(struct write_back *w);
