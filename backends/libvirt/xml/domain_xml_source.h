/* SPDX-License-Identifier: MIT */
/*
 * Translates between the sources of disks in libvirt's XML and places: paths, or names of exports in the form of a
 * path.
 */
#pragma once

#include "backends/hv/domain_spec.h"
#include "backends/libvirt/xml/domain_xml_tree.h"

/*
 * The source of a <disk> or <backingStore>, as in struct spec_disk. An export of a server is a DISK_FILE if vxe
 * knows it. *path is owned.
 */
enum disk_source domain_xml_source(const xmlNode *node, char **path);
/*
 * The place that a <disk> or <backingStore> names: the path of a file or block device, or the name of an export,
 * whatever the type of the element says; NULL: it has none. Owned.
 */
char *domain_xml_place(const xmlNode *node);
/*
 * Makes a <disk> element name the image at @place, and sets its type: @kind, which is DISK_FILE or DISK_BLOCK, or
 * for an export of a server "network". domain_xml_put() checks the text first, and drops libvirt's number of the old
 * source.
 */
void domain_xml_set_place(xmlNode *node, enum disk_source kind, const char *place);
int domain_xml_put(xmlNode *node, enum disk_source kind, const char *place,
	struct vxe_error *err) _must_check_;
/* True if libvirt names the image at @place as an export of a server: then libvirt finds no disk by @place. */
bool domain_xml_is_export(const char *place);
