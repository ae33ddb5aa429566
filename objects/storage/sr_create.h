/* SPDX-License-Identifier: MIT */
/*
 * sr-create and sr-introduce, and the location that a PBD's device-config describes. An SR is a directory with a marker
 * file, and a libvirt pool through which other tools see its files. Behaviour source: docs/semantics.md, after
 * xen-api's xapi_sr.ml and xapi_pbd.ml.
 */
#pragma once

#include "objects/classes/storage/sr.h"
#include "objects/engine/op.h"

struct sr_new {
	const char *uuid; /* NULL: choose a new one */
	const char *name_label, *name_description, *type, *content_type;
	bool shared;
	const struct map *device_config, *sm_config; /* may be NULL */
};
/* sr-create: makes the directory (or file system), the marker, the pool and the records; attaches the SR. */
int sr_create(struct session *s, const struct sr_new *args, char **ret,
	struct vxe_error *err) _must_check_;
/* sr-introduce: makes only the record of an existing SR; pbd-create and pbd-plug attach it. */
int sr_introduce(struct session *s, const struct sr_new *args, struct vxe_error *err) _must_check_;

/*
 * The location that a device-config describes for an SR of this type, with mount point and libvirt pool. Fails as the
 * type's read_config() does.
 */
int sr_place_read(struct session *s, const struct sr_type *type, const char *uuid,
	const struct map *config, struct sr_place *ret, struct vxe_error *err) _must_check_;
/* True if the SR lies on a device or server that is mounted below vxe's own folder. */
bool sr_is_mounted(const struct session *s, const struct sr *sr);
extern const struct plan_member sr_place_members[];
/* Puts the SR's location into the plan, where step_pool_start() and step_pool_stop() find it. */
void plan_sr_place(struct plan *p, const struct sr_place *place);
/*
 * Makes the mount point if the SR is mounted, and defines and starts libvirt's pool, which mounts it; does nothing if
 * the plan names no pool, or another program's.
 */
int step_pool_start(struct op *op, struct vxe_error *err);
/*
 * Closes open images, stops (unmounts) the pool, and undefines it unless the plan has "keep-pool"; does nothing if the
 * plan names no pool, or another program's.
 */
int step_pool_stop(struct op *op, struct vxe_error *err);
