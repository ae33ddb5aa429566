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
	const struct ova *object; /* of the VBD; borrowed, as is the next */
	const char *origin; /* of a snapshot's disk: the VDI that the VM has of it; NULL: none */
	struct vbd *vbd;
	struct vdi *vdi;			/* NULL: an empty drive */
	const char *vdi_id;			/* borrowed from the document */
	char *location;				/* name of an ISO image to find here; NULL: none */
	bool streamed;				/* the archive contains its content */
	bool here;				/* find it here by its UUID, or by SR and place */
	const char *vdi_uuid, *sr_uuid, *place; /* borrowed from the document */
};
struct imported_vif {
	struct vif *vif;
	struct network *network;  /* from the archive: name-label, bridge */
	const char *network_uuid; /* borrowed from the document */
};

/* An object of the document and its id; both borrowed. */
struct imported_id {
	const char *id;
	const struct ova *object;
};

#define NO_SNAPSHOT SIZE_MAX

struct imported {
	const struct ova *document; /* borrowed */
	const char
		*only; /* name, UUID or id of the VM that is meant; NULL: the only one; borrowed */
	const struct ova *object; /* of the VM; borrowed */
	size_t n_ids;
	struct imported_id *ids; /* sorted */
	bool metadata;		 /* only the records are imported; the disks are here */
	bool ours;		 /* written by vxe */
	bool has_table;		 /* export_vsn 1: a table of all checksums is at its end */
	const char *hardware;	 /* unchecked XML of its domain; NULL: unknown; borrowed */
	struct captures state;	 /* UEFI variables and TPM state */
	bool suspended;
	const char *memory_id; /* of the VDI with its memory; NULL: none; borrowed */
	int64_t memory_bytes;  /* the used bytes of it; 0: not vxe's */
	struct vm *vm;
	size_t n_disks, n_vifs, n_streams;
	struct imported_disk *disks;
	struct imported_vif *vifs;
	struct xva_disk *streams; /* ids borrowed; sorted; the caller fills in the paths */
	struct strv notices;	  /* texts for the user: what is left out */
	bool left_snapshots;	  /* it has snapshots, which are not taken */
	/* Those that are: of each only object, vm, suspended, disks, vifs, parent. */
	size_t n_snapshots;
	struct imported *snapshots;
	size_t parent; /* the position of the snapshot that it is based on; NO_SNAPSHOT: none */
};

enum imported_flags {
	IMPORTED_METADATA = 1 << 0,  /* only the records count */
	IMPORTED_SNAPSHOTS = 1 << 1, /* the snapshots of the VM, too */
};
/* The VMs of a document that are no snapshots; an unchecked document. Texts are owned. */
struct imported_vms {
	struct strv ids, names; /* parallel */
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
/* For an import that keeps UUIDs: all UUIDs in the document must differ. IMPORT_ERROR. */
int imported_check_uuids(const struct imported *i, struct vxe_error *err) _must_check_;
void imported_clear(struct imported *i);
#define _cleanup_imported_ _cleanup_(imported_clear)

/* ---- of objects in the document ---- */

/* The member's text; "": it has none. */
const char *imported_text(const struct ova *object, const char *name);
/*
 * The object of that class to which the record's member refers; NULL for a reference to nothing in
 * the document: other programs write references that are valid only in their pool.
 */
const struct ova *imported_ref(
	const struct imported *i, const struct ova *record, const char *name, const char *class);
/* IMPORT_ERROR_FAILED_TO_FIND_OBJECT if there is none. */
int imported_need_ref(const struct imported *i, const struct ova *record, const char *name,
	const char *class, const struct ova **ret, struct vxe_error *err) _must_check_;
int imported_fail_to_find(const char *ref, struct vxe_error *err);
/* Each text once. */
void imported_notice(struct imported *i, const char *text);
