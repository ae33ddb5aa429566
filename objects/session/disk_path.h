/* SPDX-License-Identifier: MIT */
/* Where the file of a disk is that a domain has. */
#pragma once

#include "objects/session/session.h"

/* Absolute path of the disk's file or device; NULL: empty, or not on this machine. Owned. */
char *disk_path(const struct session *s, const struct spec_disk *disk);
/* True for a disk whose layers vxe works on: no CD, no pass-through, a format that it knows. */
bool disk_has_node(const struct session *s, const struct spec_disk *disk);
