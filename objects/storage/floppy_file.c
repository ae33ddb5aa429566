/* SPDX-License-Identifier: MIT */
/* The file of a floppy. */
#include "objects/storage/floppy_file.h"

#include "objects/disks/disks.h"

int floppy_file(struct session *s, const struct vm_disk *d, const char *operation, char **path,
	const char **format, struct vxe_error *err)
{
	const char *named = map_get(&d->vdi->sm_config, "file"), *file = d->path ? d->path : named;
	struct content_stat f = { 0 };
	bool written = false;

	/* the floppy is a folder of the host, or lies on a network */
	if (!file || file[0] != '/')
		return vdi_fail_unmanaged(d->vdi, d->unfit, err);
	*format = d->node ? d->node->format : vdi_reference_format(d->vdi);
	if (disk_file_stat(content_of(s, file), &f, err) < 0)
		return -1;
	if (!f.exists)
		return vxe_fail(err, VDI_NOT_AVAILABLE, d->vdi->r.uuid);
	if (disk_file_vet(content_of(s, file), *format, VET_USE, err) < 0 ||
		disk_file_is_written(content_of(s, file), &written, err) < 0)
		return -1;
	if (written)
		return vxe_fail(err, VDI_IN_USE, d->vdi->r.uuid, operation);
	*path = xstrdup(file);
	return 0;
}
