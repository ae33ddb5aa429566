/* SPDX-License-Identifier: MIT */
/* VDI: a name for the content of a disk; the content is in a node. */
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
	int64_t virtual_size; /* bytes */
	char *location;
	int type; /* enum vdi_type */
	bool sharable;
	bool read_only;
	bool managed; /* false: a "base copy", or a disk that vxe does not manage */
	bool missing;
	bool is_tools_iso;
	struct map other_config;
	struct map xenstore_data;
	struct map sm_config; /* the field adds the key "file"; for VDIs without node see below */
	int on_boot;	      /* enum on_boot */
	bool allow_caching;
	bool metadata_latest;
	char *metadata_of_pool;
	struct strv tags;
	bool cbt_enabled;

	char *node; /* with the content; NULL: no file that vxe manages */
	/* Without node: the file (older records have it only in sm-config:file); else "". */
	char *file;
};

RECORD_TYPE(vdi)

/* A disk of a snapshot that libvirt keeps itself: sm-config:libvirt says where its content is. */
#define VDI_KEPT "libvirt"
#define VDI_KEPT_INSIDE "internal"
#define VDI_KEPT_OUTSIDE "external"
bool vdi_is_kept(const struct vdi *vdi);
/* Its content is inside an image that holds other content, too (objects/domain/foreign_snapshots/internal_snapshot.h); it has no node. */
bool vdi_is_inside(const struct vdi *vdi);

/*
 * A VDI without node (an ISO, a floppy, a network disk) is a reference: sm-config:file is its file,
 * sm-config:format the format if it is not raw. Borrowed.
 */
const char *vdi_reference_format(const struct vdi *vdi);
/* In sm-config of such a VDI: why vxe does not manage it. */
#define VDI_UNFIT "not-managed"
/* Fails with VDI_NOT_MANAGED, and the reason as its detail: @why, or else what the record says. */
int vdi_fail_unmanaged(const struct vdi *vdi, const char *why, struct vxe_error *err);
