/* SPDX-License-Identifier: MIT */
/* Disks and cards in a domain's document. */
#pragma once

#include "backends/hv/spec.h"
#include "backends/libvirt/domain_xml_tree.h"

/* A <disk> element of its own, for hot-plug. */
int domain_xml_disk(const struct spec_disk *disk, char **ret, struct vxe_error *err) _must_check_;
/*
 * The <interface> of a card (spec_nic_card()) as it stands in the document, NULL in *ret: none; and
 * the same for hot-plug, where a free address is found for it.
 */
int domain_xml_card(
	const char *xml, const char *card, char **ret, struct vxe_error *err) _must_check_;
int domain_xml_new_card(
	const char *xml, const char *card, char **ret, struct vxe_error *err) _must_check_;
/*
 * The element of the domain's disk as it stands in its document, to be given back to
 * libvirt; NULL in *ret when there is none.
 */
int domain_xml_device(const char *xml, const char *element, const char *key_path, const char *key,
	char **ret, struct vxe_error *err) _must_check_;

/* The rows of domain_xml.c's table that are lists; here because they fill a file of their own. */
void domain_xml_read_disks(const xmlNode *root, struct domain_spec *s);
int domain_xml_patch_disks(
	xmlNode *root, const struct domain_spec *want, struct vxe_error *err) _must_check_;
void domain_xml_read_nics(const xmlNode *root, struct domain_spec *s);
int domain_xml_patch_nics(
	xmlNode *root, const struct domain_spec *want, struct vxe_error *err) _must_check_;
