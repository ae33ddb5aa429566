/* SPDX-License-Identifier: MIT */
/* VDI: a name for the content of a disk; the content is in a layer. */
#pragma once

#include "objects/model/record.h"

enum vdi_type {
	VDI_USER,
	VDI_SYSTEM,
	VDI_EPHEMERAL,
	VDI_SUSPEND,
	VDI_CRASHDUMP,
	VDI_HA_STATEFILE,
	VDI_METADATA,
	VDI_REDO_LOG,
	VDI_RRD,
	VDI_PVS_CACHE,
	VDI_CBT_METADATA,
};
enum on_boot { ON_BOOT_PERSIST, ON_BOOT_RESET };

struct vdi {
	struct record r;
	char *name_label;
	char *name_description;
	bool is_a_snapshot;
	char *snapshot_of;
	int64_t snapshot_time;
	char *sr;
	int64_t virtual_size; /* in bytes */
	char *location;
	int type; /* enum vdi_type */
	bool sharable;
	bool read_only;
	bool managed; /* false: the VDI is a "base copy", or a disk that vxe does not manage */
	bool missing;
	bool is_tools_iso;
	struct map other_config;
	struct map xenstore_data;
	/*
	 * the stored keys; the field sm-config shows the computed key "file" besides. For the keys of a VDI without a
	 * layer see vdi_reference_format()
	 */
	struct map sm_config;
	int on_boot; /* enum on_boot */
	bool allow_caching;
	bool metadata_latest;
	char *metadata_of_pool;
	struct strv tags;
	bool cbt_enabled;

	/* UUID of the layer with the VDI's content; NULL: vxe manages no file of the VDI */
	char *node;
	/* Of a VDI without a layer: its file (older records have it only in sm-config:file); else "". */
	char *file;
};

RECORD_TYPE(vdi)

/*
 * Key of a VDI's sm-config: the disk belongs to a snapshot that libvirt keeps itself; the values say whether its
 * content is inside another image ("internal") or in a file of its own ("external").
 */
#define VDI_KEPT "libvirt"
#define VDI_KEPT_INSIDE "internal"
#define VDI_KEPT_OUTSIDE "external"
bool vdi_is_kept(const struct vdi *vdi);
/*
 * True if the VDI's content is an internal snapshot, inside an image that holds other content, too; such a VDI has no
 * layer.
 */
bool vdi_is_inside(const struct vdi *vdi);

/*
 * The image format of a VDI without layer (an ISO, a floppy, a network disk): the key sm-config:format, or raw. Such a
 * VDI only refers to its file, which sm-config:file names. Borrowed.
 */
const char *vdi_reference_format(const struct vdi *vdi);
/* Key of a VDI's sm-config: the reason why vxe does not manage the disk. */
#define VDI_UNFIT "not-managed"
/*
 * Key of a VDI's sm-config: who writes to the file of a disk of libvirt's external snapshot, so that its content is not
 * known; while virsh makes the snapshot that is the VM.
 */
#define VDI_WRITTEN "written-by"
/*
 * Fails for a disk without a layer, VDI_NOT_MANAGED. The error's detail is the reason @why, or, if @why is NULL, the
 * reason in the VDI's record. A disk of libvirt's external snapshot whose file is written to: VXE_BUSY with who does.
 */
int vdi_fail_unmanaged(const struct vdi *vdi, const char *why, struct vxe_error *err);
/* Fails because the disk's file @path is not there, VDI_NOT_AVAILABLE. Asks whether its folder may be an empty mount point. */
int vdi_fail_missing(const struct vdi *vdi, const char *path, struct vxe_error *err);
