/* SPDX-License-Identifier: MIT */
/* Where the file of a disk is that a domain has. */
#pragma once

#include "objects/session/session.h"

/* Absolute path of the disk's file or device; NULL: empty, or not on this machine. Owned. */
char *disk_path(const struct session *s, const struct spec_disk *disk);
/*
 * 1: the disk is on the file, by whatever names definition and caller call it; libvirt's pools are asked
 * when it is a volume. 0: it is not, or @path is NULL.
 */
int disk_is_on(struct session *s, const struct spec_disk *disk, const char *path,
	struct vxe_error *err) _must_check_;
/* The first disk that is on the file; NULL in *ret: none. Borrowed. */
int disk_on(struct session *s, const struct domain_spec *spec, const char *path,
	struct spec_disk **ret, struct vxe_error *err) _must_check_;
/* 1: both are on one file, or name one thing that is no file of this machine. */
int disk_is_same(struct session *s, const struct spec_disk *a, const struct spec_disk *b,
	struct vxe_error *err) _must_check_;
/* spec_put_file() unless the disk is on that file: what names it, as a volume maybe, stays in its words. */
int disk_put_file(struct session *s, struct spec_disk *disk, const char *path, const char *format,
	struct vxe_error *err) _must_check_;
/* True for a disk whose layers vxe works on: no CD, no pass-through, a format that it knows. */
bool disk_has_node(const struct session *s, const struct spec_disk *disk);
