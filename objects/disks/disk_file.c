/* SPDX-License-Identifier: MIT */
#include "objects/disks/disks.h"

int disk_file_stat(struct content *c, struct content_stat *ret, struct vxe_error *err)
{
	return content_stat(c, ret, err);
}

int disk_file_size(struct content *c, const char *format, int64_t *ret, struct vxe_error *err)
{
	return content_size(c, format, ret, err);
}

int disk_file_header(struct content *c, struct content_header *ret, struct vxe_error *err)
{
	return content_read(c, ret, err);
}

int disk_file_snapshots(
	struct content *c, const char *key, struct content_snapshots *ret, struct vxe_error *err)
{
	return content_snapshots(c, key, ret, err);
}

int disk_file_vet(
	struct content *c, const char *format, enum content_vet what, struct vxe_error *err)
{
	return content_vet(c, format, what, err);
}

int disk_file_is_written(struct content *c, bool *ret, struct vxe_error *err)
{
	return content_in_use(c, USE_WRITER, ret, err);
}
