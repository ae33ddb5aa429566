/* SPDX-License-Identifier: MIT */
/* Reads and writes the disks and cards in a domain's XML. */
#pragma once

#include "backends/hv/domain_spec.h"
#include "backends/libvirt/xml/domain_xml_tree.h"

#define DISK_CACHE "driver/metadata_cache/max_size" /* path in a <disk> */

/* A <disk> element alone, to be plugged into a running domain. */
int domain_xml_disk(const struct spec_disk *disk, char **ret, struct vxe_error *err) _must_check_;
/*
 * The <interface> element of a card (spec_nic_card()) from the document, NULL in *ret: none. The
 * second function makes it ready for hot-plug: libvirt chooses a free address.
 */
int domain_xml_card(
	const char *xml, const char *card, char **ret, struct vxe_error *err) _must_check_;
int domain_xml_new_card(
	const char *xml, const char *card, char **ret, struct vxe_error *err) _must_check_;
/* The device's element in the domain's document, to be given back to libvirt; *ret is NULL if there is none. */
int domain_xml_device(const char *xml, const char *element, const char *key_path, const char *key,
	char **ret, struct vxe_error *err) _must_check_;

/* Functions for rows of the table in domain_xml.c that are lists. */
void domain_xml_read_disks(const xmlNode *root, struct domain_spec *s);
int domain_xml_patch_disks(
	xmlNode *root, const struct domain_spec *want, struct vxe_error *err) _must_check_;
/* Reads the member unnamed. */
void domain_xml_read_unnamed(const xmlNode *root, struct domain_spec *s);
void domain_xml_read_nics(const xmlNode *root, struct domain_spec *s);
int domain_xml_patch_nics(
	xmlNode *root, const struct domain_spec *want, struct vxe_error *err) _must_check_;
