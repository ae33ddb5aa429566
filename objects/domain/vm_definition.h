/* SPDX-License-Identifier: MIT */
/*
 * The XML of a VM's domain made from its records: for a VM that is new (clone, copy, install), or
 * that has none because it was a template. A VM that has a domain is never defined from these; its
 * own XML is patched.
 */
#pragma once

#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/session/session.h"

struct definition_disk {
	const struct vbd *vbd;
	const struct vdi *vdi;	   /* NULL: an empty drive */
	const char *path, *format; /* NULL: as the base says, or the file that the VDI names */
};
struct definition_vif {
	const struct vif *vif;
	const char *card; /* which one of the base it is (vif_card()); NULL: by its record */
};
/* Everything is borrowed but the arrays. */
struct definition {
	const struct vm *vm;
	const char *name; /* libvirt's */
	const char *base; /* hardware; NULL or "": a new machine as this host makes them */
	bool abroad;	  /* the base has no networks of this host: those of the records count */
	size_t n_disks, n_vifs;
	struct definition_disk *disks;
	struct definition_vif *vifs;
};
void definition_add_disk(struct definition *d, const struct vbd *vbd, const struct vdi *vdi,
	const char *path, const char *format);
void definition_add_vif(struct definition *d, const struct vif *vif, const char *card);
void definition_clear(struct definition *d);
#define _cleanup_definition_ _cleanup_(definition_clear)

/*
 * What the domain shall be. A base with another UUID is another machine's: what that one alone can
 * have is not taken over (xml_unshare()), its UEFI variables get a file of their own.
 */
int definition_xml(struct session *s, struct txn *t, const struct definition *d, char **ret,
	struct vxe_error *err) _must_check_;
/* libvirt's name of the disk at position @userdevice: "vdc" for 2; owned. */
char *definition_target(enum vbd_type type, const char *userdevice);
