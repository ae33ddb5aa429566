/* SPDX-License-Identifier: MIT */
/* Reads and writes the disks and network interfaces in a domain's XML. */
#pragma once

#include "backends/hv/domain_spec.h"
#include "backends/libvirt/xml/domain_xml_tree.h"

#define DISK_CACHE "driver/metadata_cache/max_size" /* path in a <disk> */

/* The element <seclabel> in @parent that is about owners of files; NULL: there is none. */
const xmlNode *domain_xml_owners(const xmlNode *parent);
/* A <disk> element alone, to be plugged into a running domain. */
int domain_xml_disk(const struct spec_disk *disk, char **ret, struct vxe_error *err) _must_check_;
/*
 * The <interface> element that @card (spec_nic_card()) names in a domain's XML, NULL in *ret: none.
 * domain_xml_new_card() makes it ready for hot-plug: libvirt chooses a free address.
 */
int domain_xml_card(
	const char *xml, const char *card, char **ret, struct vxe_error *err) _must_check_;
int domain_xml_new_card(
	const char *xml, const char *card, char **ret, struct vxe_error *err) _must_check_;
/*
 * The element of the device whose value at @key_path is @key, from a domain's XML, to be given back to libvirt; *ret
 * is NULL if there is none.
 */
int domain_xml_device(const char *xml, const char *element, const char *key_path, const char *key,
	char **ret, struct vxe_error *err) _must_check_;

/* Functions that read and patch lists of devices, for rows of the table in domain_xml.c. */
void domain_xml_read_disks(const xmlNode *root, struct domain_spec *s);
int domain_xml_patch_disks(
	xmlNode *root, const struct domain_spec *want, struct vxe_error *err) _must_check_;
/* Reads domain_spec.unnamed: disks that no <disk> names. */
void domain_xml_read_unnamed(const xmlNode *root, struct domain_spec *s);
void domain_xml_read_nics(const xmlNode *root, struct domain_spec *s);
int domain_xml_patch_nics(
	xmlNode *root, const struct domain_spec *want, struct vxe_error *err) _must_check_;
