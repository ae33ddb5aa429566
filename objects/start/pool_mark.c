/* SPDX-License-Identifier: MIT */
/* The file that says where the records of a host are that were moved to the store of a pool. */
#include "objects/start/pool_mark.h"

#include <errno.h>
#include <string.h>

#include "objects/base/file.h"
#include "objects/base/uuid.h"

static char *mark_path(const char *dir)
{
	return xasprintf("%s/pool", dir);
}

int pool_mark_read(const char *dir, struct pool_mark *ret, struct vxe_error *err)
{
	_cleanup_free_ char *path = mark_path(dir), *text = machine_text(NULL, path);
	char *second = text ? strchr(text, '\n') : NULL;
	_cleanup_free_ char *why = xasprintf(
		"the records were moved to a pool, and %s, which says where it is, cannot be read",
		path);

	if (!second)
		return vxe_fail(err, VXE_STORE_UNUSABLE, dir, why);
	*second++ = '\0';
	second[strcspn(second, "\n")] = '\0';
	if (!*text || !uuid_is_valid(second))
		return vxe_fail(err, VXE_STORE_UNUSABLE, dir, why);
	str_replace(&ret->store, text);
	str_replace(&ret->host, second);
	return 0;
}

int pool_mark_write(const char *dir, const char *store, const char *host, struct vxe_error *err)
{
	_cleanup_free_ char *path = mark_path(dir);
	_cleanup_free_ char *text = xasprintf("%s\n%s\n", store, host);

	if (file_put(path, text, 0600, true) == 0)
		return 0;
	_cleanup_free_ char *why = xasprintf("%s: %s", path, strerror(errno));

	return vxe_fail(err, VXE_STORE_UNUSABLE, dir, why);
}
