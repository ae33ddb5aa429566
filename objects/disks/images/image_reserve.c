/* SPDX-License-Identifier: MIT */
/*
 * Allocates disk space for what QEMU will write later, above all for a qcow2 header: at the end of a merge QEMU
 * writes the header's whole cluster, and dies if that fails. Images made by older versions of vxe, and by other
 * programs, have a hole after the used part of this cluster.
 */
#include "objects/disks/images/image_merge.h"
#include "objects/disks/images/images_private.h"

/*
 * More bytes than all that QEMU writes into a qcow2 header: its fixed part, extensions, and the longest name of a
 * backing file.
 */
#define ROOMY 4096

int image_reserve_header(struct content *c, struct vxe_error *err)
{
	const char *path = content_place(c);
	_cleanup_header_ struct content_header h = { 0 };
	int found = content_read(c, &h, err);

	if (found < 0)
		return -1;
	if (found == 0)
		return image_fail(err, path, "not a qcow2 image");
	if (h.cluster_size < ROOMY)
		return image_fail(err, path,
			"its clusters of %lld bytes are too small for another backing file's name",
			(long long)h.cluster_size);
	return content_reserve(c, ROOM_AGAIN, h.cluster_size, err);
}

int image_reserve_length(
	struct content *top, struct content *base, const char *base_format, struct vxe_error *err)
{
	int64_t want, has;

	if (!str_eq(base_format, "raw"))
		return 0;
	if (content_size(top, "qcow2", &want, err) < 0 || content_size(base, "raw", &has, err) < 0)
		return -1;
	return has < want ? content_reserve(base, ROOM_LENGTH, want, err) : 0;
}
