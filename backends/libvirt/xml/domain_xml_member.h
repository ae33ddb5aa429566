/* SPDX-License-Identifier: MIT */
/*
 * How a member of struct domain_spec is read from a domain's XML, and written: the type of the rows of
 * domain_xml.c's table.
 */
#pragma once

#include "backends/hv/domain_spec.h"
#include "backends/libvirt/xml/domain_xml_tree.h"

struct xml_member;

struct xml_member_kind {
	void (*get)(const struct xml_member *m, const xmlNode *root, struct domain_spec *s);
	/* NULL: the member is read and never written */
	int (*set)(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
		struct vxe_error *err);
};

struct xml_member {
	const char *path;
	const struct xml_member_kind *kind;
	size_t offset;
	const char *fallback; /* path in the XML of the value if @path is absent; NULL: none */
};

/* A text that is absent and an empty one are the same. */
static inline bool xml_texts_same(const char *a, const char *b)
{
	return str_eq(a ? a : "", b ? b : "");
}

/* Kinds of members that take more than one element, or have more than one way to be written. */
extern const struct xml_member_kind xml_hyperv, xml_cores,
	xml_timeoffset;						       /* domain_xml_hardware.c */
extern const struct xml_member_kind xml_firmware, xml_nvram, xml_boot; /* domain_xml_firmware.c */
