/* SPDX-License-Identifier: MIT */
/* Loads modules and never unloads them. */
#include "backends/child/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "objects/base/log.h"
#include "objects/base/str.h"
#include "objects/base/thread.h"

/* From the program's folder to that of its modules in an installation; "make install" says which (bindir, libdir). */
#ifndef VXE_MODULES
#define VXE_MODULES "../lib/vxe"
#endif

/*
 * In the tree of a build the modules are beside the program. In an installation they are where the installation put
 * them, relative to the program, so that it can be moved as a whole. NULL with errno.
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

/* Modules are never unloaded, because libraries leave threads and exit handlers behind. */
static void *load(const char *path)
{
	return dlopen(path, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
}

/* ---- beside the caller ----------------------------------------------------------------------- */

static struct {
	pthread_t thread;
	bool runs;
	atomic_bool done;
	char *path;
	const char *const *first;
} preload;

static void *run(void *unused)
{
	(void)unused;
	for (size_t i = 0; preload.first && preload.first[i]; i++)
		(void)load(preload.first[i]);
	(void)load(preload.path);
	atomic_store(&preload.done, true);
	return NULL;
}

void module_preload(const char *file, const char *const *first)
{
	if (preload.runs || !(preload.path = module_path(file)))
		return;
	preload.first = first;
	log_debug("load %s beside this thread", preload.path);
	preload.runs = thread_start(&preload.thread, run, NULL) == 0;
	if (!preload.runs)
		free(TAKE(preload.path));
	sched_yield(); /* the new thread waits on this processor; what it does takes longer */
}

bool module_preloading(void)
{
	return preload.runs && !atomic_load(&preload.done);
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

const void *module_symbol(const char *file, const char *symbol, const char **why)
{
	_cleanup_free_ char *path = module_path(file);

	module_preload_end();
	if (!path) {
		*why = "/proc/self/exe cannot be read";
		return NULL;
	}
	log_debug("load %s", path);
	void *module = load(path);
	const void *found = module ? dlsym(module, symbol) : NULL;

	if (!found)
		*why = dlerror();
	return found;
}
