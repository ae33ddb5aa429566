/* SPDX-License-Identifier: MIT */
/* VDI: a name for the content of a disk; the content lies in a node. */
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
	bool managed; /* false: a "base copy", or a disk whose file vxe does not work on */
	bool missing;
	bool is_tools_iso;
	struct map other_config;
	struct map xenstore_data;
	struct map sm_config; /* the field adds the key "file"; without node see below */
	int on_boot;	      /* enum on_boot */
	bool allow_caching;
	bool metadata_latest;
	char *metadata_of_pool;
	struct strv tags;
	bool cbt_enabled;

	char *node; /* where the content lies; NULL: no file that vxe works on */
	/* Without node: the file (sm-config:file, in older records there alone); else "". */
	char *file;
};

RECORD_TYPE(vdi)

/*
 * A VDI without node (an ISO, a floppy, a disk on a network) is a reference: sm-config:file says to
 * what, sm-config:format in which format, where that is not raw. Borrowed.
 */
const char *vdi_reference_format(const struct vdi *vdi);
