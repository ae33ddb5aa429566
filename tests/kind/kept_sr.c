/* SPDX-License-Identifier: MIT */
/* SR type "kept": images of a keeper (keeper.h). Its marker, and memory images, are files of the keeper's folder. */
#include "backends/sr/sr_config.h"
#include "objects/base/image_error.h"
#include "tests/kind/keeper.h"

#define NAMES_MOST (1 << 20)

static int read_config(
	const struct map *config, const char *mount, struct sr_place *ret, struct vxe_error *err)
{
	(void)mount;
	return sr_config_path(config, "location", &ret->path, err);
}

static int check_place(const struct sr_place *place, struct vxe_error *err)
{
	_cleanup_close_ int fd = keeper_connect(place->path);

	return fd < 0 ? image_fail_errno(err, place->path, "no keeper is there") : 0;
}

static int list(const char *path, struct strv *names, struct vxe_error *err)
{
	struct keeper_question q = { .what = KEEPER_LIST };
	struct keeper_answer a = { 0 };
	_cleanup_free_ char *text = xcalloc(1, NAMES_MOST);
	_cleanup_close_ int fd = keeper_connect(path);

	if (fd < 0 || keeper_ask(fd, &q, &a, text, NAMES_MOST - 1) < 0)
		return image_fail_errno(err, path, "its keeper does not answer");
	for (char *rest = text, *name = strsep(&rest, "\n"); name && *name;
		name = strsep(&rest, "\n"))
		strv_add(names, name);
	return 0;
}

const struct sr_type sr_type_more = {
	.name = "kept",
	.label = "Keeper of images",
	.description = "Disks as images of a process, which no folder has.",
	.keys = { { "location", "path of the keeper's folder (required)" } },
	.formats = "qcow2 raw",
	.content = SR_DISKS,
	.content_type = "user",
	.found_label = "Kept disks in",
	.read_config = read_config,
	.check_place = check_place,
	.image_format = sr_disk_format,
	.list = list,
};
