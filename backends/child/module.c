/* SPDX-License-Identifier: MIT */
/* Loads modules; they stay loaded. */
#include "backends/child/module.h"

#include <assert.h>
#include <dlfcn.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "objects/base/log.h"
#include "objects/base/str.h"
#include "objects/base/thread.h"

/*
 * Path from the program's folder to the folder of its modules in an installation; "make install" sets it (bindir,
 * libdir).
 */
#ifndef VXE_MODULES
#define VXE_MODULES "../lib/vxe"
#endif

/*
 * The path of the module @file, owned; NULL with errno. In a build tree modules are beside the program. In an
 * installation they are at a fixed path relative to the program, so that program and modules can be moved as a
 * whole.
 */
static char *module_path(const char *file)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n <= 0)
		return NULL;
	exe[n] = '\0';
	*strrchr(exe, '/') = '\0';

	_cleanup_free_ char *beside = xasprintf("%s/%s", exe, file);

	return access(beside, F_OK) == 0 ? TAKE(beside)
					 : xasprintf("%s/" VXE_MODULES "/%s", exe, file);
}

/* Loads a shared object. It is never unloaded, because libraries leave threads and exit handlers behind. */
static void *open_module(const char *path)
{
	return dlopen(path, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
}

/* ---- beside the caller ----------------------------------------------------------------------- */

#define FIRST_MAX 8

static struct {
	pthread_t thread;
	/* @runs belongs to the caller's thread; @loaded, @done and the members below are guarded by @lock */
	bool runs, loaded, done;
	bool last; /* the thread loads the main module, or has */
	bool held; /* the caller loads a module, before the thread loads the next one */
	char *path;
	const char *then_symbol;
	module_then_fn *then; /* function that the loading thread calls at its end; NULL: none */
	const struct module_first *first;
	size_t n_loaded; /* how many of @first are loaded */
	const void *found[FIRST_MAX];
	pthread_mutex_t lock;
	pthread_cond_t more;
} preload = { .lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER };

/*
 * Loads a library or module that is to be loaded before the main module. Its symbol, if one is wanted, is looked up
 * here and not by the caller, whose dlsym() would wait while the loader loads the next library.
 */
static const void *load_first(const struct module_first *f)
{
	if (!f->symbol) {
		(void)open_module(f->file);
		return NULL;
	}
	_cleanup_free_ char *path = module_path(f->file);
	void *module = path ? open_module(path) : NULL;

	return module ? dlsym(module, f->symbol) : NULL;
}

static void wait_for_caller(bool last)
{
	pthread_mutex_lock(&preload.lock);
	while (preload.held)
		pthread_cond_wait(&preload.more, &preload.lock);
	preload.last = last;
	pthread_mutex_unlock(&preload.lock);
}

static void *load_modules(void *unused)
{
	(void)unused;
	for (size_t i = 0; preload.first && preload.first[i].file; i++) {
		wait_for_caller(false);
		const void *found = load_first(&preload.first[i]);

		assert(i < FIRST_MAX);
		pthread_mutex_lock(&preload.lock);
		preload.found[i] = found;
		preload.n_loaded = i + 1;
		pthread_cond_broadcast(&preload.more);
		pthread_mutex_unlock(&preload.lock);
	}
	wait_for_caller(true);
	void *module = open_module(preload.path);

	pthread_mutex_lock(&preload.lock);
	preload.loaded = true;
	pthread_cond_broadcast(&preload.more);
	module_then_fn *then = preload.then;
	pthread_mutex_unlock(&preload.lock);
	if (then)
		then(module ? dlsym(module, preload.then_symbol) : NULL);
	pthread_mutex_lock(&preload.lock);
	preload.done = true;
	pthread_cond_broadcast(&preload.more);
	pthread_mutex_unlock(&preload.lock);
	return NULL;
}

/*
 * The address of @symbol in @file, if that is a module that the loading thread loads before the main one; waits
 * until it is loaded. NULL: @file is no such module, or could not be loaded.
 */
static const void *symbol_of_first(const char *file, const char *symbol)
{
	for (size_t i = 0; preload.runs && preload.first && preload.first[i].file; i++) {
		const struct module_first *f = &preload.first[i];

		if (!f->symbol || !str_eq(f->file, file) || !str_eq(f->symbol, symbol))
			continue;
		pthread_mutex_lock(&preload.lock);
		while (preload.n_loaded <= i)
			pthread_cond_wait(&preload.more, &preload.lock);
		const void *found = preload.found[i];
		pthread_mutex_unlock(&preload.lock);
		return found;
	}
	return NULL;
}

static void start_preload(
	const char *file, const struct module_first *first, const char *symbol, module_then_fn *fn)
{
	if (preload.runs || !(preload.path = module_path(file)))
		return;
	preload.first = first;
	preload.n_loaded = 0;
	preload.loaded = preload.done = preload.last = false;
	preload.then_symbol = symbol;
	preload.then = fn;
	log_debug("load %s beside this thread", preload.path);
	preload.runs = thread_start(&preload.thread, load_modules, NULL) == 0;
	if (!preload.runs)
		free(TAKE(preload.path));
	/* lets the new thread run, which may need this processor, and whose work takes longer than the caller's */
	sched_yield();
}

void module_preload(const char *file, const struct module_first *first)
{
	start_preload(file, first, NULL, NULL);
}

static bool is_loading(void)
{
	return preload.runs && !preload.loaded;
}

bool module_then(const char *file, const char *symbol, module_then_fn *fn)
{
	/*
	 * The thread that loads the module calls @fn, unless it has loaded the module already: then a new thread
	 * does.
	 */
	pthread_mutex_lock(&preload.lock);
	bool in_time = is_loading();
	if (in_time) {
		preload.then_symbol = symbol;
		preload.then = fn;
	}
	pthread_mutex_unlock(&preload.lock);

	if (in_time)
		return true;
	module_preload_end();
	start_preload(file, NULL, symbol, fn);
	return preload.runs;
}

bool module_done(int64_t ms)
{
	struct timespec until;

	if (!preload.runs)
		return true;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&preload.lock);
	while (!preload.done &&
		pthread_cond_clockwait(&preload.more, &preload.lock, CLOCK_MONOTONIC, &until) == 0)
		;
	bool done = preload.done;
	pthread_mutex_unlock(&preload.lock);
	return done;
}

void module_preload_end(void)
{
	if (!preload.runs)
		return;
	pthread_join(preload.thread, NULL);
	preload.runs = false;
	free(TAKE(preload.path));
}

/* ---- symbols --------------------------------------------------------------------------------- */

/*
 * The loader loads for one thread at a time. While the thread loads what comes before its main module, the module at @path
 * is loaded next. The main module, and what is asked for while that is loaded, is waited for; the function that the thread
 * calls afterwards is not.
 */
static void hold_thread(const char *path)
{
	pthread_mutex_lock(&preload.lock);
	while (is_loading() && (preload.last || str_eq(path, preload.path)))
		pthread_cond_wait(&preload.more, &preload.lock);
	preload.held = is_loading();
	pthread_mutex_unlock(&preload.lock);
}

static void release_thread(void)
{
	pthread_mutex_lock(&preload.lock);
	preload.held = false;
	pthread_cond_broadcast(&preload.more);
	pthread_mutex_unlock(&preload.lock);
}

const void *module_symbol(const char *file, const char *symbol, const char **why)
{
	const void *early = symbol_of_first(file, symbol);

	if (early)
		return early;
	_cleanup_free_ char *path = module_path(file);

	if (!path) {
		*why = "/proc/self/exe cannot be read";
		return NULL;
	}
	log_debug("load %s", path);
	hold_thread(path);
	void *module = open_module(path);
	const void *found = module ? dlsym(module, symbol) : NULL;

	if (!found)
		*why = dlerror();
	release_thread();
	return found;
}
