/* SPDX-License-Identifier: MIT */
/* A thread that ends the process when a call does not return. */
#include "objects/base/call_watch.h"

#include "objects/base/clock.h"
#include "objects/base/thread.h"

#define TICK_MS 50
#define PATIENCE_MS 700 /* ms for which a call may go on after a signal */
#define END_PATIENCE_MS 10000
#define CLOSE_MS 1000
#define SILENT_MS 3000 /* for which a mount does not answer before it is named */

static struct {
	pthread_mutex_t lock;
	pthread_t thread;
	/* @waits: watch_wait() gives the present call up by itself, so the watch's thread does not end the process. */
	bool runs, held, undoing, waits;
	const struct watch *watch; /* NULL: nothing is watched */
	const char *call;	   /* the outermost one; NULL: none */
	const char *about;	   /* UUID of the domain that the call is about; NULL: none */
	enum watch_kind kind;
	unsigned depth;
	int64_t began, asked; /* when the call began, and when the signal came (0: no signal yet) */
	watch_mounts_fn *mounts;
	const char *silent; /* the mount that was named last, until it answers */
} state = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int64_t limit(void)
{
	static const int factors[] = {
		[WATCH_ASKS] = 1, [WATCH_CHANGES] = 10, [WATCH_ENDS] = 10, [WATCH_WAITS] = 40
	};

	if (state.kind == WATCH_WORKS)
		return INT64_MAX;
	return state.kind == WATCH_CLOSES ? CLOSE_MS : factors[state.kind] * state.watch->limit_ms;
}

static bool call_is_over(int64_t now)
{
	int64_t since = state.asked > state.began ? state.asked : state.began;
	bool longer = state.undoing || state.kind == WATCH_ENDS;
	int64_t patience = longer ? END_PATIENCE_MS : PATIENCE_MS;

	if (now - state.began >= limit())
		return true;
	return state.asked && !state.held && now - since >= patience;
}

static void name_silent(const char *folder)
{
	if (state.silent != folder && state.watch->silent)
		state.watch->silent(state.watch->ctx, folder);
	state.silent = folder;
}

/* Past its commit point, or as an undo, an operation could still end: it is left only when the mount has been named. */
static void look_at_mounts(int64_t now)
{
	int64_t ms = 0;
	const char *folder = state.mounts ? state.mounts(&ms) : NULL;
	int64_t least = state.held || state.undoing ? SILENT_MS : PATIENCE_MS;

	if (!folder)
		state.silent = NULL;
	else if (ms >= SILENT_MS)
		name_silent(folder);
	if (!folder || !state.asked || now - state.asked < PATIENCE_MS || ms < least)
		return;
	name_silent(folder);
	state.watch->leave(state.watch->ctx, state.held ? WATCH_PAST : "file", NULL, ms, true);
}

static void look_at_call(void)
{
	int64_t now = clock_ms();

	if (!state.watch)
		return;
	if (!state.asked && state.watch->asked(state.watch->ctx))
		state.asked = now;
	look_at_mounts(now);
	if (!state.call || state.waits || !call_is_over(now))
		return;
	int64_t ms = now - state.began;

	state.watch->leave(state.watch->ctx, state.call, state.about, ms, ms < limit());
}

/*
 * The thread of the watch. It holds the lock while it ends the process, so that the main thread gets no further if
 * the call returns just then.
 */
static void *look_on(void *arg)
{
	(void)arg;
	for (;;) {
		clock_sleep_ms(TICK_MS);
		pthread_mutex_lock(&state.lock);
		look_at_call();
		pthread_mutex_unlock(&state.lock);
	}
	return NULL;
}

/* Starts the thread, if there is something to watch. If no thread can be started, nothing is watched. */
static void run_watch(void)
{
	if (!state.watch || state.runs)
		return;
	state.runs = thread_start(&state.thread, look_on, NULL) == 0;
	if (state.runs)
		pthread_detach(state.thread);
}

static void set_watch(const struct watch *w)
{
	pthread_mutex_lock(&state.lock);
	state.watch = w;
	state.held = state.undoing = false;
	state.asked = 0;
	state.silent = NULL;
	pthread_mutex_unlock(&state.lock);
}

void watch_start(const struct watch *w)
{
	set_watch(w);
}

void watch_stop(void)
{
	set_watch(NULL);
}

void watch_mounts(watch_mounts_fn *mounts)
{
	pthread_mutex_lock(&state.lock);
	state.mounts = mounts;
	state.silent = NULL;
	if (mounts)
		run_watch();
	pthread_mutex_unlock(&state.lock);
}

void watch_begin(const char *call, enum watch_kind kind)
{
	pthread_mutex_lock(&state.lock);
	if (state.depth++ == 0) {
		state.call = call;
		state.kind = kind;
	}
	state.began = clock_ms();
	run_watch();
	pthread_mutex_unlock(&state.lock);
}

void watch_end(void)
{
	pthread_mutex_lock(&state.lock);
	if (--state.depth == 0)
		state.call = state.about = NULL;
	state.began = clock_ms();
	pthread_mutex_unlock(&state.lock);
}

void watch_about(const char *uuid)
{
	pthread_mutex_lock(&state.lock);
	state.about = uuid;
	pthread_mutex_unlock(&state.lock);
}

/*
 * Sets whether the present call is a wait that watch_wait() can give up. A wait within another call cannot be given
 * up: it is a part of that call, for which the thread ends the process.
 */
static void set_waits(bool waits)
{
	pthread_mutex_lock(&state.lock);
	state.waits = waits && state.depth == 1;
	pthread_mutex_unlock(&state.lock);
}

static bool give_up(struct watch_wait *w)
{
	pthread_mutex_lock(&state.lock);
	int64_t now = clock_ms();

	w->ms = now - state.began;
	w->given_up = state.watch && call_is_over(now);
	w->asked = w->given_up && w->ms < limit();
	pthread_mutex_unlock(&state.lock);
	return w->given_up;
}

struct watch_wait watch_wait(
	const char *call, enum watch_kind kind, bool (*done)(void *ctx, int64_t ms), void *ctx)
{
	struct watch_wait w = { 0 };

	watch_begin(call, kind);
	set_waits(true);
	while (!done(ctx, TICK_MS) && !give_up(&w))
		;
	set_waits(false);
	watch_end();
	return w;
}

static void set_state(bool held, bool undoing)
{
	pthread_mutex_lock(&state.lock);
	state.held = held;
	state.undoing = undoing;
	pthread_mutex_unlock(&state.lock);
}

void watch_hold(void)
{
	set_state(true, false);
}

void watch_undo(void)
{
	set_state(false, true);
}

void watch_release(void)
{
	set_state(false, false);
}

bool watch_asked(void)
{
	pthread_mutex_lock(&state.lock);
	bool asked = state.watch && !state.held && !state.undoing &&
		state.watch->asked(state.watch->ctx);
	pthread_mutex_unlock(&state.lock);
	return asked;
}
