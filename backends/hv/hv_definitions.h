/* SPDX-License-Identifier: MIT */
/* The folders in which libvirt keeps definitions. */
#pragma once

#include "objects/base/error.h"

/*
 * Syncs the folders with libvirt's definitions of the kinds @kinds (enum hv_kind), so that a power cut does not
 * bring back an older definition: libvirt syncs the file, not its name. @dir: the folder of the domains'
 * definitions; NULL: libvirt has none as files on this host. A folder that is missing, or that may not be read, is
 * not one of this libvirt, and left out.
 */
int hv_definitions_sync(const char *dir, unsigned kinds, struct vxe_error *err) _must_check_;
