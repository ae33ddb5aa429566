/* SPDX-License-Identifier: MIT */
/* Makes records for disks that were made without vxe: VDIs, and the layers below them. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/vdi.h"
#include "objects/session/file_chain.h"
#include "objects/session/session.h"

/*
 * Extends what the record of the disk @vdi says about its use by the use in this domain: not read-only if the domain
 * writes to it, sharable if it is shared. True when that changed the record.
 */
bool vdi_take_use(struct vdi *vdi, const struct spec_disk *disk);

/*
 * Makes records of layers for the backing chain @files: a writable layer of origin adopted-leaf for the top file, and
 * frozen layers of origin @below_it for those under it. Known layers stay as they are. *ret is the UUID of the top
 * layer; a caller that gives it a VDI also updates its base-copy record.
 */
int adopt_files(struct session *s, struct txn *t, const struct file_chain *files,
	enum node_origin below_it, char **ret, struct vxe_error *err) _must_check_;
/* As adopt_files(), for a backing chain to which nobody writes: all layers are frozen, and of origin adopted-base. */
int adopt_frozen(struct session *s, struct txn *t, const struct file_chain *files, char **ret,
	struct vxe_error *err) _must_check_;
/*
 * *ret: the UUID derived from @name in the namespace @space, or a new one if a record of the class already has the
 * derived one.
 */
int adopt_uuid(struct txn *t, const struct class *c, const char *space, const char *name,
	char **ret, struct vxe_error *err) _must_check_;
/* A file for which a record is made. */
struct adopted_file {
	const char *what; /* what the record is: node, vdi, reference */
	const char *path; /* absolute path */
	const char *sr;	  /* UUID of its SR */
	const char *rest; /* its path below the SR's directory */
};
/*
 * *ret: the UUID for the record of a file, as adopt_uuid(). It is derived from the host and the path; in a pool from the
 * SR and the rest of the path if the SR is shared, so that it is the same whichever host sees the file first.
 */
int adopt_file_uuid(struct session *s, struct txn *t, const struct class *c,
	const struct adopted_file *f, char **ret, struct vxe_error *err) _must_check_;

/*
 * Makes the records for one disk of a domain: the layer of its file, the layers of its backing chain (adopted-base
 * unless known), its SR ("Existing disks in DIR" if no SR holds it), and a VDI. Files that have records are found by
 * path. Writes to the transaction; *vdi is the VDI's UUID.
 */
int adopt_disk(struct session *s, struct txn *t, const struct domain_spec *spec,
	const struct spec_disk *disk, char **vdi, struct vxe_error *err) _must_check_;
