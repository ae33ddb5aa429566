/* SPDX-License-Identifier: MIT */
/* The SR type "iso": images of CDs in a folder of this machine, or on an NFS server. */
#include <string.h>

#include "backends/sr/sr_config.h"

static int iso_read_config(
	const struct map *config, const char *mount, struct sr_place *ret, struct vxe_error *err)
{
	const char *location = config ? map_get(config, "location") : NULL;
	const char *colon = location ? strstr(location, ":/") : NULL;

	if (!colon || colon == location || location[0] == '/')
		return sr_config_path(config, "location", &ret->path, err);
	/* scripts for xe write location=SERVER:/PATH for ISO images on an NFS server */
	ret->host = xstrndup(location, (size_t)(colon - location));
	ret->folder = xstrdup(colon + 1);
	ret->path = xstrdup(mount);
	return 0;
}

static const char *image_format(const char *name)
{
	bool cd = *name != '.' && (str_ends(name, ".iso") || str_ends(name, ".ISO"));

	return cd ? "raw" : NULL;
}

const struct sr_type sr_type_iso = {
	.name = "iso",
	.label = "ISO images",
	.description = "Images of CDs in a directory, or on an NFS server.",
	.keys = { { "location", "path of the directory, or SERVER:/PATH (required)" } },
	.formats = "raw",
	.content = SR_CDS,
	.content_type = "iso",
	.found_label = "ISO images in",
	.read_config = iso_read_config,
	.image_format = image_format,
};
