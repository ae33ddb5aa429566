/* SPDX-License-Identifier: MIT */
#include "backends/hv/hv_definitions.h"

#include <errno.h>

#include "backends/hv/hv.h"
#include "objects/base/file.h"

/* The folders in which libvirt keeps definitions, relative to the folder of the domains' definitions. */
static const struct definitions {
	enum hv_kind kind;
	const char *folder;
} definitions[] = {
	{ HV_DOMAINS, "" },
	{ HV_NETWORKS, "/networks" },
	{ HV_POOLS, "/../storage" },
	{ HV_AUTOSTARTS, "/autostart" },
	{ HV_NETWORKS, "/networks/autostart" },
	{ HV_POOLS, "/../storage/autostart" },
};

int hv_definitions_sync(const char *dir, unsigned kinds, struct vxe_error *err)
{
	for (size_t i = 0; dir && i < ARRAY_LEN(definitions); i++) {
		const struct definitions *d = &definitions[i];

		if (!(kinds & d->kind))
			continue;
		_cleanup_free_ char *path = xasprintf("%s%s", dir, d->folder);

		/*
		 * It is no failure if a folder does not exist: another libvirt may keep these definitions elsewhere.
		 */
		if (dir_sync(path) < 0 && errno != ENOENT && errno != EACCES)
			return vxe_fail_errno(err, "the folder %s", path);
	}
	return 0;
}
