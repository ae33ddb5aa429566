/* SPDX-License-Identifier: MIT */
/* Records of the disks of such a VM: VDIs and the layers below them. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/vdi.h"
#include "objects/layers/file_chain.h"
#include "objects/session/session.h"

/*
 * The VDI is at least what this domain makes of it: not read-only when it is written to, sharable
 * when it is shared. True when that is news.
 */
bool vdi_take_use(struct vdi *vdi, const struct spec_disk *disk);

/*
 * Nodes for @files: an adopted-leaf on top, frozen ones of origin @below_it under it. Known nodes
 * stay as they are. *ret is the UUID of the top; whoever gives it a VDI keeps its base copy in
 * step.
 */
int adopt_files(struct session *s, struct txn *t, const struct file_chain *files,
	enum node_origin below_it, char **ret, struct vxe_error *err) _must_check_;
/* The UUID that @name has below @space, or a fresh one when a record of the class has it already.
 */
int adopt_uuid(struct txn *t, const struct class *c, const char *space, const char *name,
	char **ret, struct vxe_error *err) _must_check_;

/*
 * The record(s) for one file that a domain uses as disk: its node, the nodes of its backing chain
 * (adopted-base unless known), its SR ("Existing disks in DIR" when none holds it), and a VDI.
 * Known files are found again by path. Puts into the transaction; *vdi is the VDI's UUID.
 */
int adopt_disk(struct session *s, struct txn *t, const struct domain_spec *spec,
	const struct spec_disk *disk, char **vdi, struct vxe_error *err) _must_check_;
