/* SPDX-License-Identifier: MIT */
/* Questions and commands to QEMU's monitor. */
#pragma once

#include "backends/hv/hv_ops.h"

#include <libvirt/libvirt.h>

int libvirt_disk_files(
	struct hv *h, const char *uuid, struct strv *ret, struct vxe_error *err) _must_check_;

int libvirt_close_file(
	struct hv *h, const char *uuid, const char *path, struct vxe_error *err) _must_check_;
/*
 * The file of the layer that a block commit on the disk @target merges down, as QEMU names it; NULL in *ret: there is no
 * such job. Owned.
 */
int libvirt_commit_top(
	virDomainPtr dom, const char *target, char **ret, struct vxe_error *err) _must_check_;

/* Has QEMU open the tray of the drive, a <disk> of the live document; libvirt learns of it from QEMU. */
void libvirt_open_tray(virDomainPtr dom, const char *disk);
