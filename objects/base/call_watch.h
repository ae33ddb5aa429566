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
	/* Tells whether a signal has asked the command to stop; called from the watch's thread. */
	bool (*asked)(void *ctx);
	/*
	 * Ends the process, because @call, about the domain @about (NULL: about none), has lasted @ms; @asked: because of a
	 * signal. Called from the watch's thread while the main thread is in that call. Must not return.
	 */
	void (*leave)(void *ctx, const char *call, const char *about, int64_t ms, bool asked);
	/* Says that the command uses files in the mount @folder, which does not answer; called from the watch's thread. */
	void (*silent)(void *ctx, const char *folder);
	void *ctx;
	int64_t limit_ms; /* time limit of a call that only reads */
};

/* How long a call may take. */
enum watch_kind {
	WATCH_ASKS, /* reads: limit_ms */
	/* changes something: ten times limit_ms, because guests start and file systems are mounted */
	WATCH_CHANGES,
	/* the call cancels a job: ten times limit_ms, but at most ten seconds after a signal */
	WATCH_ENDS,
	/* waits for a job of another vxe: forty times limit_ms; the wait also has a limit of its own */
	WATCH_WAITS,
	WATCH_WORKS, /* waits for a child process: no limit */
	/* the call closes the connection to libvirt: one second; nothing is lost if the process ends then */
	WATCH_CLOSES,
};

void watch_start(const struct watch *w);
void watch_stop(void);

/*
 * The mount, of those whose files this process itself uses, that has not answered for the longest time, *ms (0 before);
 * NULL: all answer. Called from the watch's thread at each look; may not wait.
 */
typedef const char *watch_mounts_fn(int64_t *ms);
/*
 * From now on the watch asks @mounts: a system call on a file whose server hangs does not return, and a signal does not end
 * it. So after 3 s the folder is named, and after a signal the process ends, also past the commit point. NULL: no more.
 */
void watch_mounts(watch_mounts_fn *mounts);

/*
 * watch_begin() and watch_end(): called before and after each call into another program that may hang. Calls nest;
 * each beginning and end counts as progress. A call of the name WATCH_OTHER "URI" is to that hypervisor, of another host.
 */
#define WATCH_OTHER "open_other "
void watch_begin(const char *call, enum watch_kind kind);
/* The name of the call for watch.leave() if the process used a file past the commit point of an operation. */
#define WATCH_PAST "file-past"
void watch_end(void);
/* Called before a call for which the QEMU of the domain @uuid has to answer; @uuid is borrowed until the call has ended. */
void watch_about(const char *uuid);

/*
 * Says that the operation is past its commit point and continues in spite of signals: until the next watch_release()
 * only the time limit ends a call.
 */
void watch_hold(void);
/*
 * Says that the operation is being undone, until the next watch_release(): a signal does not end child processes, and
 * each call may take ten seconds after the signal. Otherwise the next command would have to undo the operation.
 */
void watch_undo(void);
void watch_release(void);

/* How a wait of watch_wait() has ended. */
struct watch_wait {
	bool given_up;
	bool asked; /* the wait was given up because of a signal */
	int64_t ms; /* how long it took */
};
/*
 * Waits for a call that another thread makes: calls @done(@ctx, ms), which waits at most ms milliseconds, until it
 * returns true. Gives up when the watch would otherwise end the process for such a call: then the caller goes on, and
 * the other thread is left to itself.
 */
struct watch_wait watch_wait(const char *call, enum watch_kind kind,
	bool (*done)(void *ctx, int64_t ms), void *ctx) _must_check_;

/* True if a signal has come, unless the operation is past its commit point or is being undone. */
bool watch_asked(void);
