/* SPDX-License-Identifier: MIT */
/*
 * The content of an archive as vxe's records, completely checked before anything on this host is read. The archive
 * may be hostile: references are never followed in circles, numbers have limits, names are never used as paths.
 */
#pragma once

#include "backends/xva/xva.h"
#include "objects/classes/network/network.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/guest_state/firmware_bytes.h"

struct imported_disk {
	const struct ova *object; /* the VBD in the document; borrowed */
	/* for a snapshot's disk: id of the VDI of the VM from which it was taken; NULL: none; borrowed */
	const char *origin;
	struct vbd *vbd;
	bool placed;	    /* the VBD has its position */
	struct vdi *vdi;    /* NULL: the drive is empty */
	const char *vdi_id; /* borrowed from the document */
	/* name of an ISO image or floppy that is searched for on this host; NULL: none */
	char *location;
	bool streamed; /* the archive contains its content */
	/* the disk is on this host: find it by its UUID, or by its SR and location */
	bool here;
	const char *vdi_uuid, *sr_uuid, *place; /* borrowed from the document */
};
struct imported_vif {
	struct vif *vif;
	/* the card's network in the archive, with name-label and bridge */
	struct network *network;
	const char *network_uuid; /* borrowed from the document */
};

/* An object of the document with its id; both are borrowed. */
struct imported_id {
	const char *id;
	const struct ova *object;
};

#define NO_SNAPSHOT SIZE_MAX

struct imported {
	const struct ova *document; /* borrowed */
	/* name, UUID or id of the VM to import; NULL: the archive has only one; borrowed */
	const char *only;
	const struct ova *object; /* the VM in the document; borrowed */
	size_t n_ids;
	struct imported_id *ids; /* all objects, sorted by id */
	bool metadata;		 /* only records are imported: the disks are on this host */
	bool ours;		 /* vxe has written the archive */
	bool has_table;		 /* a table of all checksums ends the archive (export_vsn 1) */
	/* XML of the original domain, unchecked; NULL: unknown; borrowed */
	const char *hardware;
	struct captures state; /* UEFI variables and TPM state */
	bool suspended;
	const char *memory_id; /* id of the VDI with the VM's memory; NULL: none; borrowed */
	/* used bytes of the memory image; 0: vxe has not written the image */
	int64_t memory_bytes;
	struct vm *vm;
	size_t n_disks, n_vifs, n_streams;
	struct imported_disk *disks;
	struct imported_vif *vifs;
	/* contents of disks and memory in the archive, sorted; ids are borrowed, the caller fills in the images */
	struct xva_disk *streams;
	struct strv notices; /* texts that tell the user what is not imported */
	bool left_snapshots; /* the VM has snapshots that are not imported */
	/*
	 * The imported snapshots of the VM; of each only the members object, vm, suspended, disks, vifs and parent
	 * are set.
	 */
	size_t n_snapshots;
	struct imported *snapshots;
	/* index of the snapshot on which the VM or snapshot is based; NO_SNAPSHOT: none */
	size_t parent;
};

enum imported_flags {
	IMPORTED_METADATA = 1 << 0,  /* use only the records */
	IMPORTED_SNAPSHOTS = 1 << 1, /* import the snapshots of the VM, too */
};
/* The VMs of an archive's document that is not checked yet; snapshots are left out. Texts are owned. */
struct imported_vms {
	struct strv ids, names; /* ids and names of the VMs, in the same order */
};
void imported_find_vms(const struct ova *document, struct imported_vms *ret);
void imported_vms_clear(struct imported_vms *v);
/*
 * Reads the document of an archive into *ret, and checks it. The VM is the one that is no snapshot; of several the
 * one whose name, UUID or id in the document is @only (may be NULL).
 * Fails: IMPORT_ERROR, IMPORT_ERROR_FAILED_TO_FIND_OBJECT, IMPORT_INCOMPATIBLE_VERSION.
 */
int imported_read(const struct ova *document, const char *only, unsigned flags,
	struct imported *ret, struct vxe_error *err) _must_check_;
/* For imports that keep UUIDs: checks that no UUID occurs twice in the document. IMPORT_ERROR. */
int imported_check_uuids(const struct imported *i, struct vxe_error *err) _must_check_;
void imported_clear(struct imported *i);
#define _cleanup_imported_ _cleanup_(imported_clear)

/* ---- of objects in the document ---- */

/* The text of the member @name of an object in the document; "" if there is none. */
const char *imported_text(const struct ova *object, const char *name);
/*
 * The object of that class in the document to which the record's member @name refers; NULL if there is no such
 * object: other programs write references that are valid only in their pool.
 */
const struct ova *imported_ref(
	const struct imported *i, const struct ova *record, const char *name, const char *class);
/*
 * Finds the object in the document to which the record's member @name refers; IMPORT_ERROR_FAILED_TO_FIND_OBJECT if
 * there is none.
 */
int imported_need_ref(const struct imported *i, const struct ova *record, const char *name,
	const char *class, const struct ova **ret, struct vxe_error *err) _must_check_;
int imported_fail_to_find(const char *ref, struct vxe_error *err);
/* Adds a notice for the user about the import, unless the same text is there already. */
void imported_notice(struct imported *i, const char *text);
