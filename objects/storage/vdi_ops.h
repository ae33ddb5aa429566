/* SPDX-License-Identifier: MIT */
/*
 * What can be done with disks. Each call locks the disk, the VMs that have it and the layers below
 * it, recovers what a dead vxe left there, and is done wholly or not at all.
 * Behaviour source: docs/semantics.md, after xen-api's xapi_vdi.ml.
 */
#pragma once

#include "objects/classes/storage/vdi.h"
#include "objects/session/session.h"

struct vdi_new {
	const char *sr, *name_label, *name_description;
	int64_t size; /* bytes; rounded up to sectors */
	int type;     /* enum vdi_type */
	bool sharable;
	const struct map *sm_config; /* may be NULL */
	const struct strv *tags;     /* may be NULL */
};
/* A new empty disk; *ret is its UUID. */
int vdi_create(struct session *s, const struct vdi_new *args, char **ret,
	struct vxe_error *err) _must_check_;
/* A whole copy in the SR; *ret is the new disk. VDI_IN_USE where a VM writes to it. */
int vdi_copy(struct session *s, const char *uuid, const char *sr, char **ret,
	struct vxe_error *err) _must_check_;
/* The same into a disk that there is, and which is large enough. */
int vdi_copy_into(
	struct session *s, const char *uuid, const char *into, struct vxe_error *err) _must_check_;
/* The disk and what refers to it; a file that vxe made goes as soon as no layer needs it. */
int vdi_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* The records alone: the file stays, and a scan of the SR finds it again. */
int vdi_forget(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;

/*
 * The disk's content becomes that of the open file @fd (a pipe, too), in @format: "raw", "vhd" or
 * "qcow2". The old content is there until the new one is complete.
 */
int vdi_import(struct session *s, const char *uuid, int fd, const char *format,
	struct vxe_error *err) _must_check_;
/* The content goes into the open file @fd; sparse where that is a file. */
int vdi_export(struct session *s, const char *uuid, int fd, const char *format,
	struct vxe_error *err) _must_check_;

/* Grows the disk, that of a running VM when @online. */
int vdi_resize(struct session *s, const char *uuid, int64_t size, bool online,
	struct vxe_error *err) _must_check_;
/* A read-only disk of the same content at this instant; also of a running VM's disk. */
int vdi_snapshot(
	struct session *s, const char *uuid, char **ret, struct vxe_error *err) _must_check_;
/* A disk of its own that shares what it has in common with this one. Names may be NULL. */
int vdi_clone(struct session *s, const char *uuid, const char *name_label,
	const char *name_description, char **ret, struct vxe_error *err) _must_check_;

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
