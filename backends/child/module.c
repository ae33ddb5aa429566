/* SPDX-License-Identifier: MIT */
/* Loads modules and never unloads them. */
#include "backends/child/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <string.h>

#include "objects/base/log.h"
#include "objects/base/str.h"

/*
 * PREFIX/lib/vxe for PREFIX/bin/vxe, so that an installation can be moved as a whole; a program
 * anywhere else has its modules beside it. NULL with errno.
 */
static char *module_directory(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n <= 0)
		return NULL;
	exe[n] = '\0';
	*strrchr(exe, '/') = '\0';
	return str_ends(exe, "/bin") ? xasprintf("%.*slib/vxe", (int)(strlen(exe) - 3), exe)
				     : xstrdup(exe);
}

/* Modules are never unloaded, because libraries leave threads and exit handlers behind. */
const void *module_symbol(const char *file, const char *symbol, const char **why)
{
	_cleanup_free_ char *dir = module_directory();
	_cleanup_free_ char *path = NULL;

	if (!dir) {
		*why = "/proc/self/exe cannot be read";
		return NULL;
	}
	path = xasprintf("%s/%s", dir, file);
	log_debug("load %s", path);
	void *module = dlopen(path, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
	const void *found = module ? dlsym(module, symbol) : NULL;

	if (!found)
		*why = dlerror();
	return found;
}
