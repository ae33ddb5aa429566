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
	const struct vdi *vdi;	   /* NULL: an empty drive */
	const char *path, *format; /* NULL: as the base says, or the file of the VDI */
};
struct definition_vif {
	const struct vif *vif;
	const char *card; /* the card's word in the base (vif_card()); NULL: by its record */
	const char *type, *source; /* of its interface; NULL: as its network says */
};
/* Everything but the arrays is borrowed. */
struct definition {
	const struct vm *vm;
	const char *name; /* libvirt's */
	const char *base; /* hardware; NULL or "": a new machine of this host */
	bool abroad;	  /* the base has networks of another host: use those of the records */
	size_t n_disks, n_vifs;
	struct definition_disk *disks;
	struct definition_vif *vifs;
};
void definition_add_disk(struct definition *d, const struct vbd *vbd, const struct vdi *vdi,
	const char *path, const char *format);
/* A card that the base lacks, or any abroad, is not connected if it has neither a network nor @type. */
void definition_add_vif(struct definition *d, const struct vif *vif, const char *card,
	const char *type, const char *source);
void definition_clear(struct definition *d);
#define _cleanup_definition_ _cleanup_(definition_clear)

/*
 * The XML of the new domain. A base with another UUID describes another machine: things that only
 * that machine can have are not taken over (xml_unshare()), and its UEFI variables get a new file.
 */
int definition_xml(struct session *s, struct txn *t, const struct definition *d, char **ret,
	struct vxe_error *err) _must_check_;
/* libvirt's name of the disk at position @userdevice: "vdc" for 2; owned. */
char *definition_target(enum vbd_type type, const char *userdevice);
