/* SPDX-License-Identifier: MIT */
/* Disks and cards in a domain's XML. */
#pragma once

#include "backends/hv/domain_spec.h"
#include "backends/libvirt/xml/domain_xml_tree.h"

#define DISK_CACHE "driver/metadata_cache/max_size" /* in a <disk> */

/* A separate <disk> element, for hot-plug. */
int domain_xml_disk(const struct spec_disk *disk, char **ret, struct vxe_error *err) _must_check_;
/*
 * The <interface> element of a card (spec_nic_card()) from the document, NULL in *ret: none. The
 * second function makes it ready for hot-plug: libvirt chooses a free address.
 */
int domain_xml_card(
	const char *xml, const char *card, char **ret, struct vxe_error *err) _must_check_;
int domain_xml_new_card(
	const char *xml, const char *card, char **ret, struct vxe_error *err) _must_check_;
/*
 * The device's element from the domain's document, to be passed back to libvirt; NULL in *ret when
 * there is none.
 */
int domain_xml_device(const char *xml, const char *element, const char *key_path, const char *key,
	char **ret, struct vxe_error *err) _must_check_;

/* Functions for the rows of domain_xml.c's table that are lists. */
void domain_xml_read_disks(const xmlNode *root, struct domain_spec *s);
int domain_xml_patch_disks(
	xmlNode *root, const struct domain_spec *want, struct vxe_error *err) _must_check_;
/* Fills @unnamed. */
void domain_xml_read_unnamed(const xmlNode *root, struct domain_spec *s);
void domain_xml_read_nics(const xmlNode *root, struct domain_spec *s);
int domain_xml_patch_nics(
	xmlNode *root, const struct domain_spec *want, struct vxe_error *err) _must_check_;
