/* SPDX-License-Identifier: MIT */
/* The files of an SR compared with its records. */
#pragma once

#include "objects/session/session.h"

/*
 * Compares files and records: what is new gets a VDI, what is gone loses it (or is marked as
 * missing where a VM names it). What only the records know, names and whose snapshot, stays.
 */
int sr_scan(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

struct vdi_introduced {
	const char *uuid, *sr, *location; /* a file in the SR's directory */
	const char *name_label, *name_description;
	int type;
	bool sharable, read_only;
	const struct map *other_config, *xenstore_data, *sm_config; /* may be NULL */
};
/* A disk for a file that lies in the SR and that no record knows. */
int vdi_introduce(
	struct session *s, const struct vdi_introduced *args, struct vxe_error *err) _must_check_;
/* Reads the disk's size again from its file. */
int vdi_update(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
