/* SPDX-License-Identifier: MIT */
/* Has a file written to the disk while another process writes to it, so that the last fsync is short. */
#pragma once

struct write_back;

/* Waits until the file exists. Returns NULL if no thread can be started; the save works without it. */
struct write_back *write_back_start(const char *path);
/* Ends the thread, which may still write a few MiB. @w may be NULL. */
void write_back_stop(struct write_back *w);
