/* SPDX-License-Identifier: MIT */
/*
 * Converts domain XML to a spec, and changes a document so that it says what a spec says.
 * Implements spec_read() and spec_patch() for every hypervisor.
 */
#pragma once

#include "backends/hv/hv.h"
#include "backends/libvirt/xml/domain_xml_tree.h"

/* See spec_read() and spec_patch(). */
int domain_xml_read(const char *xml, struct domain_spec **ret, struct vxe_error *err) _must_check_;
int domain_xml_patch(const char *xml, const struct domain_spec *want, char **ret,
	struct vxe_error *err) _must_check_;

/* See xml_unshare(), xml_portable() and provision_read(). */
int domain_xml_unshare(
	const char *xml, const char *name, char **ret, struct vxe_error *err) _must_check_;
int domain_xml_portable(const char *xml, bool emulated, char **ret, struct strv *lost,
	struct vxe_error *err) _must_check_;
int domain_xml_provision(
	const char *xml, struct provision *ret, struct vxe_error *err) _must_check_;

/*
 * Removes from a definition what a later libvirt has added to it, and the libvirt of the versions @v does not know, although
 * the machine has it there as well. *ret (owned): the new text; NULL: the definition is right as it is, or is none.
 */
int domain_xml_for(const char *xml, const struct hv_versions *v, char **ret,
	struct vxe_error *err) _must_check_;
/* True if the text may have something that domain_xml_for() would remove. */
bool domain_xml_is_later(const char *xml);

/* See snapshot_write(), snapshot_without(), snapshot_with_parent() and snapshot_with_files(). */
int domain_xml_snapshot(
	const struct snapshot_document *d, char **ret, struct vxe_error *err) _must_check_;
int domain_xml_snapshot_without(
	const char *xml, unsigned parts, char **ret, struct vxe_error *err) _must_check_;

int domain_xml_snapshot_with_parent(
	const char *xml, const char *parent, char **ret, struct vxe_error *err) _must_check_;

int domain_xml_snapshot_with_files(
	const char *xml, const struct map *files, char **ret, struct vxe_error *err) _must_check_;

/* See xml_select(). */
int domain_xml_select(const char *xml, const char *xpath, bool wrap, char **ret,
	struct vxe_error *err) _must_check_;

/* Reads screens and serial lines, which are never written. */
void domain_xml_read_consoles(const xmlNode *root, struct domain_spec *s);
