/* SPDX-License-Identifier: MIT */
/*
 * Limits the time of calls into other programs. A call into libvirt cannot be cancelled, and while
 * libvirt's daemon hangs, neither a signal nor a timer ends the call. So a thread watches the call:
 * after a signal, or when the call takes too long, the thread ends the whole process. For the files
 * on disk this is like kill -9, and every operation can recover from that.
 *
 * There is one watch per process, as there is one command. Without watch_start() nothing is
 * watched.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "objects/base/mem.h"

struct watch {
	bool (*asked)(void *ctx); /* a signal has come; called from the watch's thread */
	/*
	 * Ends the process, after @ms in @call; @asked: because of a signal. Called from the
	 * watch's thread while the main thread is in that call. Must not return.
	 */
	void (*leave)(void *ctx, const char *call, int64_t ms, bool asked);
	void *ctx;
	int64_t limit_ms; /* time limit of a call that only reads */
};

/* How long a call may take. */
enum watch_kind {
	WATCH_ASKS, /* reads: limit_ms */
	/* changes something: ten times limit_ms, because guests start and file systems are mounted */
	WATCH_CHANGES,
	WATCH_ENDS, /* cancels a job: as WATCH_CHANGES, but at most ten seconds after a signal */
	/* waits for a job of another vxe: forty times limit_ms; the wait also has a limit of its own */
	WATCH_WAITS,
	WATCH_WORKS, /* waits for a child process: no limit */
	WATCH_CLOSES, /* closes the connection: one second; nothing is lost if the process ends then */
};

void watch_start(const struct watch *w);
void watch_stop(void);

/* Called before and after each call that may hang. Calls nest; each beginning and end counts as progress. */
void watch_begin(const char *call, enum watch_kind kind);
void watch_end(void);

/*
 * Past its commit point an operation continues in spite of signals: from watch_hold() until the
 * next watch_release() only the time limit ends a call.
 */
void watch_hold(void);
/*
 * An operation is undone, until the next watch_release(): a signal does not end children, and each
 * call may take ten seconds after it. Otherwise the next command would have to undo the operation.
 */
void watch_undo(void);
void watch_release(void);

/* How a wait that may be given up has ended. */
struct watch_wait {
	bool given_up;
	bool asked; /* it was given up because of a signal */
	int64_t ms; /* how long it took */
};
/*
 * Waits for a call that another thread makes, until @done(@ctx, ms), which waits at most that long, says true; or until the
 * process would have to be ended for such a call: then the caller goes on, and the call is left to itself.
 */
struct watch_wait watch_wait(const char *call, enum watch_kind kind,
	bool (*done)(void *ctx, int64_t ms), void *ctx) _must_check_;

/* A signal has come, and what the command does now is neither past its commit point nor an undo. */
bool watch_asked(void);
