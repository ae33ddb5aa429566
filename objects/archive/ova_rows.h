/* SPDX-License-Identifier: MIT */
/*
 * The records of an archive, one row per member: which field of ours it is, or what is written in
 * its place; whether it has to be there; whether an import takes it. The rows follow xen-api's
 * datamodel as far as its importer insists on it.
 */
#pragma once

#include "backends/xva/ova.h"
#include "objects/model/class.h"

enum ova_kind {
	ROW_FIELD, /* the field whose key is the member's name */
	ROW_TEXT,
	ROW_INT,
	ROW_BOOL,
	ROW_FLOAT,
	ROW_DATE, /* never */
	ROW_NULL, /* a reference to nothing */
	ROW_LIST, /* empty */
	ROW_MAP,  /* empty */
};
enum ova_row_flags {
	ROW_NEED = 1 << 0, /* an archive without it is damaged */
	ROW_READ = 1 << 1, /* an import takes it over */
};
struct ova_row {
	const char *name;
	enum ova_kind kind;
	unsigned flags;
	const char *value; /* of scalars that are no field; NULL: "", 0, false */
};

#define OVA_NULL "OpaqueRef:NULL"
/* Stands for the networking that a domain has without any network. */
#define OVA_USER_NETWORK "User-mode networking"

/*
 * A struct in the VM's record that no other importer looks at: what only another vxe can use. An
 * archive by "vxe" (product_brand) may have it.
 */
#define OVA_OWN "vxe"
#define OVA_OWN_TPM "tpm" /* text: its state, base64 */
#define OVA_OWN_TPM_FORMAT "tpm_format"
#define OVA_OWN_HARDWARE "hardware" /* text: xml_portable() of its domain */

/* Keys of a VDI's other_config: what it holds is no disk, and how many bytes of it count. */
#define OVA_FORMAT "vxe-format"
#define OVA_FORMAT_MEMORY "libvirt-save"
#define OVA_BYTES "vxe-bytes"

/* Keys of the VM's NVRAM: XenServer reads its own alone. */
#define OVA_FORMAT_VARIABLES "ovmf-vars"
#define OVA_VARIABLES "vxe-variables" /* base64 */

/* Closed by a NULL name. What refers to other objects is not in them. */
extern const struct ova_row ova_vm_rows[], ova_vbd_rows[], ova_vif_rows[], ova_vdi_rows[],
	ova_sr_rows[], ova_network_rows[];

void ova_write_rows(
	const struct ova_row *rows, const struct class *c, const void *obj, struct ova *record);
/*
 * The members that are marked so into the object; the others are only checked, where they have to
 * be there. @what names the object in messages. IMPORT_ERROR.
 */
int ova_read_rows(const struct ova_row *rows, const struct class *c, const struct ova *record,
	const char *what, void *obj, struct vxe_error *err) _must_check_;
