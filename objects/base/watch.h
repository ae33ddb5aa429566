/* SPDX-License-Identifier: MIT */
/*
 * Waits for others that end. A call into libvirt cannot be taken back, and while its daemon stands
 * still neither a signal nor a clock ends it. So a thread looks on: when somebody asked for the end
 * of the command, or the call takes too long, it leaves the whole process. For what is on disk that
 * is the same as being killed, which every operation can recover from.
 *
 * There is one watch per process, as there is one command. Without watch_start() nothing is watched.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct watch {
	bool (*asked)(void *ctx); /* a signal asked for the end; called from the watch's thread */
	/*
	 * Ends the process, after @ms in @call; @asked: because somebody asked for it. Called from the
	 * watch's thread, while the program's own one is in that call. Must not return.
	 */
	void (*leave)(void *ctx, const char *call, int64_t ms, bool asked);
	void *ctx;
	int64_t limit_ms; /* of a call that only asks */
};

/* How long a call may take. */
enum watch_kind {
	WATCH_ASKS,    /* limit_ms */
	WATCH_CHANGES, /* ten times that: guests start, file systems are mounted */
	WATCH_ENDS,  /* the end of a job: as WATCH_CHANGES, and ten seconds though somebody asked */
	WATCH_WAITS, /* forty times: it waits for another's job, and has a limit of its own */
	WATCH_WORKS, /* a child's work: as long as it takes */
	WATCH_CLOSES, /* a second: nothing is lost by leaving */
};

void watch_start(const struct watch *w);
void watch_stop(void);

/* Around each call; they nest, and each of them is a sign of life. */
void watch_begin(const char *call, enum watch_kind kind);
void watch_end(void);

/*
 * Past its commit point an operation goes on, whoever asks: from watch_hold() until the next
 * watch_release() only the clock ends a call.
 */
void watch_hold(void);
void watch_release(void);

/* Somebody asked for the end, and the command has not passed its commit point. */
bool watch_asked(void);
