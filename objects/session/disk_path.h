/* SPDX-License-Identifier: MIT */
/* The file of a domain's disk. */
#pragma once

#include "objects/session/session.h"

/*
 * Absolute path of the disk's file or device; NULL: the drive is empty, or the disk is not on this machine. Owned. A
 * volume has a path only after libvirt's pools were read: disk_paths_know() or session_facts().
 */
char *disk_path(const struct session *s, const struct spec_disk *disk);
/* Reads libvirt's pools if one of the disks, or of the layers below one, is a volume. */
int disk_paths_know(
	struct session *s, const struct domain_spec *spec, struct vxe_error *err) _must_check_;
/*
 * 1: the disk uses the file, under whatever name; asks libvirt's pools if the disk is a volume. 0:
 * it does not, or @path is NULL.
 */
int disk_is_on(struct session *s, const struct spec_disk *disk, const char *path,
	struct vxe_error *err) _must_check_;
/* The first disk of the domain that uses the file; *ret is NULL if none does. Borrowed. */
int disk_on(struct session *s, const struct domain_spec *spec, const char *path,
	struct spec_disk **ret, struct vxe_error *err) _must_check_;
/* Returns 1 if both disks are the same file, or the same thing that is not a file of this machine. */
int disk_is_same(struct session *s, const struct spec_disk *a, const struct spec_disk *b,
	struct vxe_error *err) _must_check_;
/*
 * Puts the file into the disk's definition as spec_put_file() does, but only if the disk does not use that file yet:
 * a disk that names the file in another way, perhaps as a volume, keeps that name.
 */
int disk_put_file(struct session *s, struct spec_disk *disk, const char *path, const char *format,
	struct vxe_error *err) _must_check_;
/*
 * Why vxe cannot work on the layers of a disk, for a person ("it is encrypted"); owned. NULL: vxe can: the disk is no
 * CD and not passed through, and its format is qcow2 or raw.
 */
char *disk_unfit(const struct session *s, const struct spec_disk *disk);
