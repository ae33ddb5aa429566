/* SPDX-License-Identifier: MIT */
/* The folders in which libvirt keeps definitions. */
#pragma once

#include "objects/base/error.h"

/*
 * Syncs the folders of what has changed (@kinds: enum hv_kind), so that a power cut does not bring back an older
 * definition: libvirt syncs the file, not its name. @dir: that of the domains; NULL: libvirt's are not files here. A
 * folder that is missing, or that may not be read, is none of this libvirt's.
 */
int hv_definitions_sync(const char *dir, unsigned kinds, struct vxe_error *err) _must_check_;
