/* SPDX-License-Identifier: MIT */
/* Loading modules: where they lie, and that they stay. */
#include "backends/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <string.h>

#include "objects/base/log.h"
#include "objects/base/str.h"

/* The directory that `make install` puts the modules in. */
#ifndef VXE_MODULE_DIR
#define VXE_MODULE_DIR "/usr/local/lib/vxe"
#endif
/* A program that lies below this one brings its modules along; empty: none does. */
#ifndef VXE_BUILD_DIR
#define VXE_BUILD_DIR ""
#endif

/* Directory of the running program if that lies in the build tree, else NULL. */
static char *build_directory(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n <= 0 || !*VXE_BUILD_DIR)
		return NULL;
	exe[n] = '\0';
	if (!str_starts(exe, VXE_BUILD_DIR "/"))
		return NULL;
	return xstrndup(exe, (size_t)(strrchr(exe, '/') - exe));
}

/* Never unloaded: libraries leave threads and exit handlers behind. */
const void *module_symbol(const char *file, const char *symbol, const char **why)
{
	_cleanup_free_ char *build = build_directory();
	_cleanup_free_ char *path = xasprintf("%s/%s", build ? build : VXE_MODULE_DIR, file);

	log_debug("load %s", path);
	void *module = dlopen(path, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
	const void *found = module ? dlsym(module, symbol) : NULL;

	if (!found)
		*why = dlerror();
	return found;
}
