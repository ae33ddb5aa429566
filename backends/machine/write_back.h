/* SPDX-License-Identifier: MIT */
/* Has a file written to the disk while another process writes to it, so that the last fsync is short. */
#pragma once

struct write_back;

/*
 * Starts a thread that waits until the file exists, and then has the kernel write it to the disk as it grows.
 * Returns NULL if no thread can be started; the file is then written all the same, but its last fsync takes longer.
 */
struct write_back *write_back_start(const char *path);
/* Ends the thread of write_back_start(), which may still write a few MiB. @w may be NULL. */
void write_back_stop(struct write_back *w);
