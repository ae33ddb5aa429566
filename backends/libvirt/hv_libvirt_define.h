/* SPDX-License-Identifier: MIT */
/* Definitions of domains that may be running. */
#pragma once

#include "backends/libvirt/hv_libvirt.h"

#include <libxml/tree.h>

/*
 * Defines the domain. Another program's snapshot may be under way in libvirt, or have been made since the caller has
 * read the definition: if @xml has a disk of a running guest on a layer below the one to which the guest writes, the
 * disk is moved to that one.
 */
int libvirt_define(struct hv *h, const char *xml, struct vxe_error *err) _must_check_;
/* The definition, or that in a memory image, as this host's libvirt knows it (domain_xml_for()); *ret NULL: as it is. */
int libvirt_definition_for(
	struct hv *h, const char *xml, char **ret, struct vxe_error *err) _must_check_;
/*
 * The file, block device or export of a server that a <disk> or <backingStore> names, owned; NULL: it has another
 * kind of source, or none.
 */
char *libvirt_source(const xmlNode *disk);
