/* SPDX-License-Identifier: MIT */
/*
 * The members of the records in an archive's document, one table row per member: the field of vxe's record with the
 * value, or the constant that is written instead; whether the member is required; whether an import uses it. The rows
 * follow xen-api's datamodel as far as its importer requires.
 */
#pragma once

#include "backends/xva/ova.h"
#include "objects/model/class.h"

enum ova_kind {
	ROW_FIELD, /* the value of the field that has the member's name as key */
	ROW_TEXT,
	ROW_INT,
	ROW_BOOL,
	ROW_DATE, /* a date: always "never" */
	ROW_NULL, /* a reference: always null */
	ROW_LIST, /* a list: always empty */
	ROW_MAP,  /* a map: always empty */
};
enum ova_row_flags {
	ROW_NEED = 1 << 0, /* an archive without it is damaged */
	ROW_READ = 1 << 1, /* an import uses the value */
};
struct ova_row {
	const char *name;
	enum ova_kind kind;
	unsigned flags;
	/* constant for a member that is no field in vxe; NULL: "", 0 or false */
	const char *value;
};

#define OVA_NULL "OpaqueRef:NULL"
/* The label of the network that stands for QEMU's user mode networking in an archive. */
#define OVA_USER_NETWORK "User-mode networking"
#define OVA_OTHER_NETWORK "Connection of another host"

/*
 * A struct in the VM's record with data that only another vxe can use; other importers ignore it.
 * Only archives by "vxe" (product_brand) may have it.
 */
#define OVA_OWN "vxe"
#define OVA_OWN_TPM "tpm" /* member with the TPM's state in base64 */
#define OVA_OWN_TPM_FORMAT "tpm_format"
/* members with the UUIDs of the host on which the VM should rather start, and of the SR for its memory */
#define OVA_OWN_AFFINITY "affinity"
#define OVA_OWN_SUSPEND_SR "suspend_SR"
/* member with the domain's XML, from which xml_portable() has removed what fits only one host */
#define OVA_OWN_HARDWARE "hardware"

/*
 * Keys of other_config of a VDI in an archive that is no disk (a memory image): the format of its content, and how
 * many bytes of it are used.
 */
#define OVA_FORMAT "vxe-format"
#define OVA_FORMAT_MEMORY "libvirt-save"
#define OVA_BYTES "vxe-bytes"

/*
 * Keys of the VM's field NVRAM in an archive, with which vxe writes UEFI variables; XenServer reads only a key of its
 * own.
 */
#define OVA_FORMAT_VARIABLES "ovmf-vars"
#define OVA_VARIABLES "vxe-variables" /* the variables in base64 */

/*
 * The members of each class in an archive; a row with a NULL name ends a table. References to other objects are not
 * in these tables.
 */
extern const struct ova_row ova_vm_rows[], ova_vbd_rows[], ova_vif_rows[], ova_vdi_rows[],
	ova_sr_rows[], ova_network_rows[];

void ova_write_rows(
	const struct ova_row *rows, const struct class *c, const void *obj, struct ova *record);
/*
 * Reads the members with ROW_READ of an archive's record into @obj, and checks that those with ROW_NEED are there.
 * @what names the object in messages. Fails: IMPORT_ERROR.
 */
int ova_read_rows(const struct ova_row *rows, const struct class *c, const struct ova *record,
	const char *what, void *obj, struct vxe_error *err) _must_check_;
