/* SPDX-License-Identifier: MIT */
/*
 * What adoption and drift share: the records made for what was there before vxe, or was made beside
 * it. All of it is pure: it reads files and the session's facts, and writes into a transaction.
 */
#pragma once

#include "objects/domain/vm_load.h"
#include "objects/layers/file_chain.h"

/*
 * Takes in persistent domains that the store does not know; drops vanished ones. Where libvirt
 * cannot be reached: a warning, return 0.
 */
int adopt_domains(struct session *s, struct vxe_error *err) _must_check_;

/* ---- adopt_vm.c ------------------------------------------------------------------------------ */

/* The VM of a definition with its VBDs, VIFs and disks. */
int adopt_vm(struct session *s, struct txn *t, const struct domain_spec *spec,
	struct vxe_error *err) _must_check_;
/* The VBD of one disk, with its VDI when there is a medium. */
int adopt_vbd(struct session *s, struct txn *t, const char *vm, const struct domain_spec *spec,
	const struct spec_disk *disk, struct vxe_error *err) _must_check_;
/* What tells the record's card from others of its MAC address in the definition. */
void vif_set_card(struct vif *vif, const struct domain_spec *spec, const struct spec_nic *nic);
int adopt_vif(struct session *s, struct txn *t, const char *vm, const struct domain_spec *spec,
	const struct spec_nic *nic, struct vxe_error *err) _must_check_;

/* ---- adopt_disk.c ---------------------------------------------------------------------------- */

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

/* ---- adopt_sr.c ------------------------------------------------------------------------------ */

/* The SR for the file at @path, made when missing; *rest is the path below it. */
int adopt_sr(struct session *s, struct txn *t, const char *path, bool iso, char **sr, char **rest,
	struct vxe_error *err) _must_check_;

/* ---- adopt_forget.c -------------------------------------------------------------------------- */

/* The VM's record goes, with what only it used; files made by vxe stay as detached disks. */
int forget_vm(struct txn *t, const char *vm, struct vxe_error *err) _must_check_;
/* True when a VDI other than @except (may be NULL) and the node's base copy names the node. */
int node_is_named(struct txn *t, const char *node, const char *except, bool *ret,
	struct vxe_error *err) _must_check_;
