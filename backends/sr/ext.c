/* SPDX-License-Identifier: MIT */
/* The SR type "ext": images in an ext4 file system on a block device of this machine. */
#include "backends/sr/ext4.h"
#include "backends/content/content.h"
#include "backends/sr/sr_config.h"

static int ext_read_config(
	const struct map *config, const char *mount, struct sr_place *ret, struct vxe_error *err)
{
	ret->path = xstrdup(mount);
	return sr_config_path(config, "device", &ret->device, err);
}

/*
 * Refuses a path that is no block device, and a device whose first MiB is not all zeros: it may have a file system, a
 * partition table or other data.
 */
static int ext_check_place(const struct sr_place *place, struct vxe_error *err)
{
	_cleanup_contents_ struct content *all = contents_new();
	struct content_stat f;
	bool blank;

	if (content_stat(content_at(all, place->device), &f, err) < 0)
		return -1;
	if (!f.exists || !f.device)
		return vxe_fail(err, INVALID_VALUE, "device", place->device);
	if (device_is_blank(place->device, &blank, err) < 0)
		return -1;
	return blank ? 0 : vxe_fail(err, SR_DEVICE_IN_USE);
}

static int make(const struct sr_place *place, const char *sr, struct vxe_error *err)
{
	return ext4_make(place->device, sr, err);
}

/*
 * Removes the ext4 file system that sr-create made. mkfs writes the superblock, which identifies vxe's file system,
 * last. If a power cut prevented that, nobody can tell whether the device was used since: *left is true, and the
 * administrator must decide.
 */
static int unmake(const struct sr_place *place, const char *sr, bool *left, struct vxe_error *err)
{
	_cleanup_contents_ struct content *all = contents_new();
	struct content_stat f;
	bool blank = true;

	if (ext4_unmake(place->device, sr, err) < 0 ||
		content_stat(content_at(all, place->device), &f, err) < 0 ||
		(f.exists && device_is_blank(place->device, &blank, err) < 0))
		return -1;
	*left = !blank;
	return 0;
}

const struct sr_type sr_type_ext = {
	.name = "ext",
	.label = "Local EXT4 file system",
	.description = "Disks as files on a block device of this machine.",
	.keys = { { "device", "an empty block device (required)" } },
	.formats = "qcow2 raw",
	.content = SR_DISKS,
	.content_type = "user",
	.found_label = "Existing disks in",
	.pool = "fs",
	.read_config = ext_read_config,
	.check_place = ext_check_place,
	.make = make,
	.unmake = unmake,
	.image_format = sr_disk_format,
};
