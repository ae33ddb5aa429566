/* SPDX-License-Identifier: MIT */
/* The SR type "nfs": images on an NFS server. */
#include "backends/sr/sr_config.h"

static int nfs_read_config(
	const struct map *config, const char *mount, struct sr_place *ret, struct vxe_error *err)
{
	ret->path = xstrdup(mount);
	if (sr_config_key(config, "server", &ret->host, err) < 0)
		return -1;
	return sr_config_path(config, "serverpath", &ret->folder, err);
}

const struct sr_type sr_type_nfs = {
	.name = "nfs",
	.label = "NFS",
	.description = "Disks as files on an NFS server.",
	.keys = { { "server", "name or address of the server (required)" },
		{ "serverpath", "path on the server (required)" } },
	.formats = "qcow2 raw",
	.content = SR_DISKS,
	.content_type = "user",
	.found_label = "Existing disks in",
	.pool = "netfs",
	.read_config = nfs_read_config,
	.image_format = sr_disk_format,
};
