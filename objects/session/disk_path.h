/* SPDX-License-Identifier: MIT */
/* The file of a domain's disk. */
#pragma once

#include "objects/session/session.h"

/*
 * Absolute path of the disk's file or device; NULL: empty, or not on this machine. Owned. A volume has a path only after
 * libvirt's pools were read: disk_paths_know() or session_facts().
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
 * spec_put_file(), but only if the disk does not use that file yet: so a disk that names its file
 * in another way, as a volume perhaps, keeps its own words.
 */
int disk_put_file(struct session *s, struct spec_disk *disk, const char *path, const char *format,
	struct vxe_error *err) _must_check_;
/*
 * NULL for a disk whose layers vxe works on: not a CD, not passed through, in a format that vxe knows; else the reason why
 * it does not, for a person ("it is encrypted"). Owned.
 */
char *disk_unfit(const struct session *s, const struct spec_disk *disk);
