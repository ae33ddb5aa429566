/* SPDX-License-Identifier: MIT */
/*
 * The records of an archive, one row per member: the field of vxe, or the constant that is written
 * instead; whether the member is required; whether an import uses it. The rows follow xen-api's
 * datamodel as far as its importer requires.
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
	ROW_DATE, /* always "never" */
	ROW_NULL, /* always a null reference */
	ROW_LIST, /* always empty */
	ROW_MAP,  /* always empty */
};
enum ova_row_flags {
	ROW_NEED = 1 << 0, /* an archive without it is damaged */
	ROW_READ = 1 << 1, /* an import uses the value */
};
struct ova_row {
	const char *name;
	enum ova_kind kind;
	unsigned flags;
	const char *value; /* constant for scalars without a field; NULL: "", 0, false */
};

#define OVA_NULL "OpaqueRef:NULL"
/* The network of a card that is connected to no network. */
#define OVA_USER_NETWORK "User-mode networking"
#define OVA_OTHER_NETWORK "Connection of another host"

/*
 * A struct in the VM's record with data that only another vxe can use; other importers ignore it.
 * Only archives by "vxe" (product_brand) may have it.
 */
#define OVA_OWN "vxe"
#define OVA_OWN_TPM "tpm" /* text: its state, base64 */
#define OVA_OWN_TPM_FORMAT "tpm_format"
#define OVA_OWN_HARDWARE "hardware" /* text: xml_portable() of its domain */

/* Keys of a VDI's other_config: its content is not a disk, and how many bytes of it are used. */
#define OVA_FORMAT "vxe-format"
#define OVA_FORMAT_MEMORY "libvirt-save"
#define OVA_BYTES "vxe-bytes"

/* Keys of the VM's NVRAM: XenServer reads only its own key. */
#define OVA_FORMAT_VARIABLES "ovmf-vars"
#define OVA_VARIABLES "vxe-variables" /* base64 */

/* Terminated by a NULL name. References to other objects are not in the tables. */
extern const struct ova_row ova_vm_rows[], ova_vbd_rows[], ova_vif_rows[], ova_vdi_rows[],
	ova_sr_rows[], ova_network_rows[];

void ova_write_rows(
	const struct ova_row *rows, const struct class *c, const void *obj, struct ova *record);
/*
 * Reads the marked members into the object; only checks the presence of other required ones. @what
 * names the object in messages. IMPORT_ERROR.
 */
int ova_read_rows(const struct ova_row *rows, const struct class *c, const struct ova *record,
	const char *what, void *obj, struct vxe_error *err) _must_check_;
