/* SPDX-License-Identifier: MIT */
/*
 * Makes the XML of a VM's domain from its records: for a new VM (clone, copy, install), or for a
 * former template. If a VM has a domain, its own XML is patched instead.
 */
#pragma once

#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/session/session.h"

struct definition_disk {
	const struct vbd *vbd;
	const struct vdi *vdi; /* NULL: the drive is empty */
	/* the disk's file; NULL: as in the base document, or that of the VDI */
	const char *path, *format;
};
struct definition_vif {
	const struct vif *vif;
	/* text that finds the network card in the base document (vif_card()); NULL: that of its record */
	const char *card;
	/* type and source of the <interface>; NULL: those of the VIF's network */
	const char *type, *source;
};
/* The parts from which a domain's definition is made. All but the arrays is borrowed. */
struct definition {
	const struct vm *vm;
	const char *name; /* name of the domain */
	/* the base document: XML with the hardware; NULL or "": a new machine of this host */
	const char *base;
	/* the base document is of another host: the networks of the records count, not those that it names */
	bool abroad;
	size_t n_disks, n_vifs;
	struct definition_disk *disks;
	struct definition_vif *vifs;
};
void definition_add_disk(struct definition *d, const struct vbd *vbd, const struct vdi *vdi,
	const char *path, const char *format);
/*
 * Adds a network card to the parts of a new definition. A card that is not in the base document, and any card if
 * @abroad is set, is left unconnected if it has neither a network nor @type.
 */
void definition_add_vif(struct definition *d, const struct vif *vif, const char *card,
	const char *type, const char *source);
void definition_clear(struct definition *d);
#define _cleanup_definition_ _cleanup_(definition_clear)

/*
 * *ret: the XML of the new domain. A base document with another UUID describes another machine: things that only that
 * machine can have are not taken over (xml_unshare()), and the UEFI variables get a new file.
 */
int definition_xml(struct session *s, struct txn *t, const struct definition *d, char **ret,
	struct vxe_error *err) _must_check_;
/* The target name that libvirt gives the disk at position @userdevice: "vdc" for "2"; owned. */
char *definition_target(enum vbd_type type, const char *userdevice);
