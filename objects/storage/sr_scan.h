/* SPDX-License-Identifier: MIT */
/* Compares the files of an SR with its records. */
#pragma once

#include "objects/session/session.h"

/*
 * A new file gets a VDI; the VDI of a missing file is deleted (or marked as missing if a VM names
 * it). Names and snapshot relations, which only the records know, stay.
 */
int sr_scan(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

struct vdi_introduced {
	const char *uuid, *sr, *location; /* @location names a file in the directory of @sr */
	const char *name_label, *name_description;
	int type;
	bool sharable, read_only;
	const struct map *other_config, *xenstore_data, *sm_config; /* may be NULL */
};
/* vdi-introduce: makes the disk of a file in the SR that has no record. */
int vdi_introduce(
	struct session *s, const struct vdi_introduced *args, struct vxe_error *err) _must_check_;
