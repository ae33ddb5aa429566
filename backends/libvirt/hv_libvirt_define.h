/* SPDX-License-Identifier: MIT */
/* Definitions of domains that may be running. */
#pragma once

#include "backends/libvirt/hv_libvirt.h"

#include <libxml/tree.h>

/*
 * Defines the domain. Another program's snapshot may be under way in libvirt, or have been made since the caller has read
 * the definition: a disk of a running guest that @xml has on a layer below the guest's gets the guest's.
 */
int libvirt_define(struct hv *h, const char *xml, struct vxe_error *err) _must_check_;
/* The file or block device of a <disk> or <backingStore>, owned; NULL: it has another kind of source, or none. */
char *libvirt_source(const xmlNode *disk);
