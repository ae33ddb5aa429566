/* SPDX-License-Identifier: MIT */
/* Makes records of disks that are older than vxe: VDIs, and the layers below them. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/vdi.h"
#include "objects/session/file_chain.h"
#include "objects/session/session.h"

/*
 * Extends the VDI's use by this domain's: not read-only if the domain writes to it, sharable if it
 * is shared. True when that changed the VDI.
 */
bool vdi_take_use(struct vdi *vdi, const struct spec_disk *disk);

/*
 * Makes layers for @files: an adopted-leaf on top, frozen layers of origin @below_it under it. Known
 * layers stay as they are. *ret is the UUID of the top layer; a caller that gives it a VDI also
 * updates its base copy.
 */
int adopt_files(struct session *s, struct txn *t, const struct file_chain *files,
	enum node_origin below_it, char **ret, struct vxe_error *err) _must_check_;
/* As adopt_disk(), for a file that nobody writes to: all layers are frozen, and of origin adopted-base. */
int adopt_frozen(struct session *s, struct txn *t, const struct file_chain *files, char **ret,
	struct vxe_error *err) _must_check_;
/* The UUID derived from @name in the namespace @space, or a new one if a record of the class has that UUID. */
int adopt_uuid(struct txn *t, const struct class *c, const char *space, const char *name,
	char **ret, struct vxe_error *err) _must_check_;

/*
 * Makes the records for one file that a domain uses as disk: its layer, the layers of its backing
 * chain (adopted-base unless known), its SR ("Existing disks in DIR" if no SR holds it), and a VDI.
 * Known files are found by path. Puts into the transaction; *vdi is the VDI's UUID.
 */
int adopt_disk(struct session *s, struct txn *t, const struct domain_spec *spec,
	const struct spec_disk *disk, char **vdi, struct vxe_error *err) _must_check_;
