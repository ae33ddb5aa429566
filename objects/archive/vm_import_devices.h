/* SPDX-License-Identifier: MIT */
/* What the files vm_import*.c share, and no others use. */
#pragma once

#include "objects/archive/vm_import.h"
#include "objects/archive/vm_imported.h"
#include "objects/classes/storage/sr.h"
#include "objects/vm/new_vm.h"

/* One import. */
struct importing {
	const struct vm_import_args *args;
	struct download *download; /* source of the archive; NULL: a file or pipe */
	struct xva *archive;	   /* the archive, whose document has been read; borrowed */
	struct imported in;
	char *uuid;		     /* UUID of the new VM */
	char *base;		     /* XML of the original machine, checked; NULL: unknown */
	struct domain_spec *machine; /* what @base says */
	char *definition;	     /* XML of its domain on this host, or of its hardware */
	struct strv macs;	     /* for each of in.vifs the MAC address of the new card */
	struct vm_loaded *old;	     /* the VM that is replaced; NULL: none */
	char *seed;		     /* seed of the UUIDs of networks that the import makes */
	bool resumes;		     /* the archive has its memory, which vxe can use */
	bool started;		     /* reading the stream has begun, and cannot be repeated */
	bool warned;
	bool told; /* the user was told what the VM loses */
	int64_t total;
	struct session *s;
	struct op *op; /* NULL until the stream is read */
	int64_t asked; /* when it last looked whether the operation was cancelled, ms */
	/* While a snapshot is planned, @in and @uuid are those of the snapshot, and this is the VM; else NULL. */
	const struct making *whole;
};

/*
 * Imports one VM of the open archive, whose stream is read to its end. @download: the source; NULL: a file or pipe. @told:
 * what it loses was said already. *ret: its UUID, NULL after a dry run; owned by the caller.
 */
int import_vm(struct session *s, const struct vm_import_args *args, struct xva *archive,
	struct download *download, bool told, char **ret, struct vxe_error *err) _must_check_;

/* The settings that a VM here takes from the archive: its identity, and nothing of the pool it comes from. */
struct vm *import_settings(const struct importing *i, const struct vm *from, const char *seed);

/* The planned image that a stream fills; NULL: the stream's content is dropped. */
const struct plan_disk *import_image_of(const struct plan *p, const char *id);
/* The UUID of the network that is made if this host has none like the archive's; owned. */
char *import_network_uuid(const struct importing *i, const struct network *like);
/* Fails with INVALID_VALUE if the user names a network that the archive does not have. */
int import_check_networks(const struct importing *i, struct vxe_error *err) _must_check_;
/* Returns 1 if a card will have no network. Memory would switch its link on, because memory has no state of links. */
int import_leaves_loose(struct importing *i, struct vxe_error *err) _must_check_;
/* Chooses UUIDs for the snapshots, which stay the same when the plan is made again. */
int import_name_snapshots(struct importing *i, struct vxe_error *err) _must_check_;
/* UUID of the snapshot on which the VM is based; NULL: none. Borrowed. */
const char *import_parent(const struct importing *i);
/* Plans the snapshots of the VM in @m: their records, and full copies of their disks. */
int import_plan_snapshots(struct making *m, struct importing *i, const struct sr *sr,
	struct vxe_error *err) _must_check_;
/* Plans disks, drives and cards; disks are made in @sr. */
int import_plan_devices(struct making *m, struct importing *i, const struct sr *sr,
	struct vxe_error *err) _must_check_;
/* Plans a card with its network and its MAC address. */
int import_plan_card(struct making *m, struct importing *i, const struct imported_vif *from,
	struct vxe_error *err) _must_check_;
