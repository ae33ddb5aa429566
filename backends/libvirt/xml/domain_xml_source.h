/* SPDX-License-Identifier: MIT */
/* Translates between sources of disks in libvirt's documents and places of content. */
#pragma once

#include "backends/hv/domain_spec.h"
#include "backends/libvirt/xml/domain_xml_tree.h"

/*
 * The source of a <disk> or <backingStore>, as in struct spec_disk. What a server exports is a DISK_FILE if vxe knows its
 * place. *path is owned.
 */
enum disk_source domain_xml_source(const xmlNode *node, char **path);
/* Its place: of a file, a block device or an export, whatever the type of the element says; NULL: it has none. Owned. */
char *domain_xml_place(const xmlNode *node);
/*
 * Makes the element name what lies at @place, with its type. @kind is DISK_FILE or DISK_BLOCK; content that is neither
 * becomes the export of its server. The second function checks the text first, and drops libvirt's number of the old source.
 */
void domain_xml_set_place(xmlNode *node, enum disk_source kind, const char *place);
int domain_xml_put(xmlNode *node, enum disk_source kind, const char *place,
	struct vxe_error *err) _must_check_;
/* True if libvirt names the content as an export: then it finds no disk by its place. */
bool domain_xml_is_export(const char *place);
