/* SPDX-License-Identifier: MIT */
/*
 * What an archive says, as records, checked as a whole before anything on this host is looked at.
 * It comes from a stranger: references are looked up and never followed in circles, numbers have
 * bounds, names are only names.
 */
#pragma once

#include "backends/xva/xva.h"
#include "objects/classes/network/network.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/state/capture_bytes.h"

struct imported_disk {
	struct vbd *vbd;
	struct vdi *vdi;    /* NULL: an empty drive */
	const char *vdi_id; /* borrowed from the document */
	char *location;	    /* name of an ISO image, to be found again; NULL: none */
	bool streamed;	    /* its content is in the archive */
	bool here;	    /* it is to be found by its own UUID, or that of its SR and its place */
	const char *vdi_uuid, *sr_uuid, *place; /* borrowed from the document */
};
struct imported_vif {
	struct vif *vif;
	struct network *network; /* as it was there: name-label, bridge */
};

/* An object of the document, and what it is called there; both borrowed. */
struct imported_id {
	const char *id;
	const struct ova *object;
};

struct imported {
	const struct ova *document; /* borrowed */
	size_t n_ids;
	struct imported_id *ids; /* sorted */
	bool metadata;		 /* only records are asked for; the disks are here */
	bool ours;		 /* written by vxe */
	const char *hardware;	 /* XML of its domain, not vetted; NULL: unknown; borrowed */
	struct captures state;	 /* UEFI variables and TPM state */
	bool suspended;
	const char *memory_id; /* of the VDI that holds its memory; NULL: none; borrowed */
	int64_t memory_bytes;  /* of it that count; 0: it is none of ours */
	struct vm *vm;
	size_t n_disks, n_vifs, n_streams;
	struct imported_disk *disks;
	struct imported_vif *vifs;
	struct xva_disk *streams; /* ids borrowed; sorted; paths are the caller's to fill in */
	struct strv notices;	  /* what is left out, for whoever waits */
};

/*
 * @metadata: the records alone count. Of several VMs the one that is no snapshot is taken then.
 * Fails: IMPORT_ERROR, IMPORT_ERROR_FAILED_TO_FIND_OBJECT, IMPORT_INCOMPATIBLE_VERSION.
 */
int imported_read(const struct ova *document, bool metadata, struct imported *ret,
	struct vxe_error *err) _must_check_;
/* For whoever keeps them: that no two objects of the document have one UUID. IMPORT_ERROR. */
int imported_check_uuids(const struct imported *i, struct vxe_error *err) _must_check_;
void imported_clear(struct imported *i);
#define _cleanup_imported_ _cleanup_(imported_clear)
