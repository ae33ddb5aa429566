/* SPDX-License-Identifier: MIT */
/* Threads for work beside the caller. */
#pragma once

#include <pthread.h>

/*
 * Starts a thread that gets no signals: signals are for the main thread, whose waits they end. Returns 0 or an errno
 * value.
 */
int thread_start(pthread_t *ret, void *(*run)(void *arg), void *arg);
