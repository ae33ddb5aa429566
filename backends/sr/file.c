/* SPDX-License-Identifier: MIT */
/* The SR type "file": images in a folder of this machine. */
#include "backends/sr/sr_config.h"

static int file_read_config(
	const struct map *config, const char *mount, struct sr_place *ret, struct vxe_error *err)
{
	(void)mount;
	return sr_config_path(config, "location", &ret->path, err);
}

const struct sr_type sr_type_file = {
	.name = "file",
	.other_name = "dir",
	.label = "Directory",
	.description = "Disks as files in a directory of this machine.",
	.keys = { { "location", "path of the directory (required)" } },
	.formats = "qcow2 raw",
	.content = SR_DISKS,
	.content_type = "user",
	.found_label = "Existing disks in",
	.pool = "dir",
	.read_config = file_read_config,
	.image_format = sr_disk_format,
};
