/* SPDX-License-Identifier: MIT */
/* Flushes a file while another process writes it, so that the last fsync is short. */
#pragma once

struct write_back;

/* Waits for the file to appear. NULL if no thread can be started; the save still works. */
struct write_back *write_back_start(const char *path);
/* Returns at once, or when a few MiB have been written. @w may be NULL. */
void write_back_stop(struct write_back *w);
