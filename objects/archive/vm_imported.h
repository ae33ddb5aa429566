/* SPDX-License-Identifier: MIT */
/*
 * The content of an archive as records, completely checked before anything on this host is read.
 * The archive may be hostile: references are never followed in circles, numbers have limits, names
 * are only names.
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
	/* of a snapshot's disk: id of the VM's VDI of which it was taken; NULL: none; borrowed */
	const char *origin;
	struct vbd *vbd;
	struct vdi *vdi;    /* NULL: the drive is empty */
	const char *vdi_id; /* borrowed from the document */
	char *location;	    /* name of an ISO image that is to be found here; NULL: none */
	bool streamed;	    /* the archive contains its content */
	bool here;	    /* find the disk here by its UUID, or by its SR and place */
	const char *vdi_uuid, *sr_uuid, *place; /* borrowed from the document */
};
struct imported_vif {
	struct vif *vif;
	struct network *network;  /* network of the archive, with name-label and bridge */
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
	const char *
		only; /* name, UUID or id of the VM to import; NULL: it is the only one; borrowed */
	const struct ova *object; /* the VM in the document; borrowed */
	size_t n_ids;
	struct imported_id *ids; /* all objects, sorted by id */
	bool metadata;		 /* only records are imported: the disks are on this host */
	bool ours;		 /* vxe has written the archive */
	bool has_table;		 /* export_vsn 1: a table of all checksums stands at its end */
	const char *hardware;	 /* XML of its domain, unchecked; NULL: unknown; borrowed */
	struct captures state;	 /* UEFI variables and TPM state */
	bool suspended;
	const char *memory_id; /* id of the VDI with its memory; NULL: none; borrowed */
	int64_t memory_bytes;  /* bytes of it that are used; 0: vxe has not written it */
	struct vm *vm;
	size_t n_disks, n_vifs, n_streams;
	struct imported_disk *disks;
	struct imported_vif *vifs;
	struct xva_disk *streams; /* sorted, with borrowed ids; the caller fills in the paths */
	struct strv notices;	  /* texts for the user about what is left out */
	bool left_snapshots;	  /* it has snapshots that are not imported */
	/* The snapshots that are imported; of each only object, vm, suspended, disks, vifs and parent are set. */
	size_t n_snapshots;
	struct imported *snapshots;
	size_t parent; /* index of the snapshot on which it is based; NO_SNAPSHOT: none */
};

enum imported_flags {
	IMPORTED_METADATA = 1 << 0,  /* use only the records */
	IMPORTED_SNAPSHOTS = 1 << 1, /* import the snapshots of the VM, too */
};
/* The VMs of a document, which nobody has checked yet; snapshots are left out. Texts are owned. */
struct imported_vms {
	struct strv ids, names; /* ids and names of the VMs, in one order */
};
void imported_find_vms(const struct ova *document, struct imported_vms *ret);
void imported_vms_clear(struct imported_vms *v);
/*
 * Reads the document. Of several VMs the one that is no snapshot is used; of several such, the one of which @only (may be
 * NULL) is the name, the UUID or the id in the document.
 * Fails: IMPORT_ERROR, IMPORT_ERROR_FAILED_TO_FIND_OBJECT, IMPORT_INCOMPATIBLE_VERSION.
 */
int imported_read(const struct ova *document, const char *only, unsigned flags,
	struct imported *ret, struct vxe_error *err) _must_check_;
/* For imports that keep UUIDs: checks that no UUID occurs twice in the document. IMPORT_ERROR. */
int imported_check_uuids(const struct imported *i, struct vxe_error *err) _must_check_;
void imported_clear(struct imported *i);
#define _cleanup_imported_ _cleanup_(imported_clear)

/* ---- of objects in the document ---- */

/* The text of the member; "" if there is none. */
const char *imported_text(const struct ova *object, const char *name);
/*
 * The object of that class to which the record's member refers; NULL for a reference to nothing in
 * the document: other programs write references that are valid only in their pool.
 */
const struct ova *imported_ref(
	const struct imported *i, const struct ova *record, const char *name, const char *class);
/* Finds the object to which the member refers; IMPORT_ERROR_FAILED_TO_FIND_OBJECT if there is none. */
int imported_need_ref(const struct imported *i, const struct ova *record, const char *name,
	const char *class, const struct ova **ret, struct vxe_error *err) _must_check_;
int imported_fail_to_find(const char *ref, struct vxe_error *err);
/* Adds a text for the user, unless it is there already. */
void imported_notice(struct imported *i, const char *text);
