/* SPDX-License-Identifier: MIT */
/*
 * What can be done with storage repositories and their PBDs. An SR is a directory with a marker,
 * and a pool of libvirt by which other tools see its files.
 * Behaviour source: docs/semantics.md, after xen-api's xapi_sr.ml and xapi_pbd.ml.
 */
#pragma once

#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr.h"
#include "objects/engine/op.h"

struct sr_new {
	const char *uuid; /* NULL: a new one */
	const char *name_label, *name_description, *type, *content_type;
	bool shared;
	const struct map *device_config, *sm_config; /* may be NULL */
};
/* Makes directory (or file system), marker, pool and records; attached at once. */
int sr_create(struct session *s, const struct sr_new *args, char **ret,
	struct vxe_error *err) _must_check_;
/* The record alone, of an SR that was there before: pbd-create and pbd-plug attach it. */
int sr_introduce(struct session *s, const struct sr_new *args, struct vxe_error *err) _must_check_;
/*
 * Compares files and records: what is new gets a VDI, what is gone loses it (or is marked as
 * missing where a VM names it). What only the records know, names and whose snapshot, stays.
 */
int sr_scan(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* Only when no disk is left in it; a directory that then is empty goes, too. */
int sr_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* The records go, the files stay. */
int sr_forget(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* What could be introduced with this device-config, as xe's XML. Owned. */
int sr_probe(struct session *s, const char *type, const struct map *device_config, char **ret,
	struct vxe_error *err) _must_check_;

int pbd_create(struct session *s, const char *host, const char *sr, const struct map *device_config,
	char **ret, struct vxe_error *err) _must_check_;
int pbd_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int pbd_plug(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int pbd_unplug(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/* ---- shared by the files about SRs ----------------------------------------------------------- */

/* What the type reads in a device-config, with the folder to mount it at and the pool. Errors: read_config(). */
int sr_place_read(struct session *s, const struct sr_type *type, const char *uuid,
	const struct map *config, struct sr_place *ret, struct vxe_error *err) _must_check_;
/* Whether the SR lies on a device or server, below vxe's own folder of mount points. */
bool sr_is_mounted(const struct session *s, const struct sr *sr);
/* Puts it into the plan for the steps below. */
void plan_sr_place(struct plan *p, const struct sr_place *place);
int step_pool_start(struct op *op, struct vxe_error *err);
int step_pool_stop(struct op *op, struct vxe_error *err);

/* What the records know of an SR's disks goes into a file beside them, and comes back from it. */
int sr_keep_records(struct session *s, const struct sr *sr, struct vxe_error *err) _must_check_;
int sr_restore_records(struct session *s, const struct sr *sr, struct vxe_error *err) _must_check_;
#define SR_KEPT ".vxe-records"
