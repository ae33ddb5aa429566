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
	/* download that the archive comes from; NULL: a file or pipe */
	struct download *download;
	struct xva *archive; /* the archive, whose document has been read; borrowed */
	struct imported in;
	char *uuid; /* UUID of the new VM */
	/* XML of the original machine, checked; NULL: the archive has none */
	char *base;
	struct domain_spec *machine; /* what @base says */
	/* XML of the VM's domain on this host; of a template's hardware */
	char *definition;
	struct strv macs;      /* for each of in.vifs the MAC address of the new card */
	struct vm_loaded *old; /* the existing VM that the import replaces; NULL: none */
	char *seed;	       /* seed of the UUIDs of networks that the import makes */
	bool resumes;	       /* the archive has the VM's memory, and vxe can use it */
	/* reading the archive's contents has begun, and cannot be repeated */
	bool started;
	bool warned;
	bool told; /* the user was told what of the VM is not imported */
	int64_t total;
	struct session *s;
	struct op *op; /* NULL until the stream is read */
	int64_t asked; /* time in ms of the last look whether the import was cancelled */
	/*
	 * Set only while a snapshot of the VM is planned: the plan of the VM, while @in and @uuid are those of the
	 * snapshot.
	 */
	const struct making *whole;
};

/*
 * Imports one VM of the open archive, whose stream is read to its end. @download: where the archive comes from; NULL:
 * a file or pipe. @told: the user was told already what of the VM is not imported. *ret: the new VM's UUID, NULL
 * after a dry run; owned by the caller.
 */
int import_vm(struct session *s, const struct vm_import_args *args, struct xva *archive,
	struct download *download, bool told, char **ret, struct vxe_error *err) _must_check_;

/*
 * The record of a VM on this host with those settings of the archive's VM that an import takes over: its identity,
 * but nothing of the pool it comes from.
 */
struct vm *import_settings(const struct importing *i, const struct vm *from, const char *seed);

/* Clears references of the imported VM to a host or SR that is not here. */
int import_keep_places(struct txn *t, struct vm *vm, struct vxe_error *err) _must_check_;

/* The planned disk image that the content with this id in the archive fills; NULL: the content is dropped. */
const struct plan_disk *import_image_of(const struct plan *p, const char *id);
/* The UUID of the network that the import makes if this host has none like the archive's network; owned. */
char *import_network_uuid(const struct importing *i, const struct network *like);
/* Fails with INVALID_VALUE if the user names a network that the archive does not have. */
int import_check_networks(const struct importing *i, struct vxe_error *err) _must_check_;
/*
 * Returns 1 if a network card of the VM will be connected to nothing, so that its link must be down. Such a VM is
 * imported without its memory, which has no state of links and would switch the link on.
 */
int import_leaves_loose(struct importing *i, struct vxe_error *err) _must_check_;
/* Chooses the UUIDs of the imported snapshots once, so that they stay the same when the plan is made again. */
int import_name_snapshots(struct importing *i, struct vxe_error *err) _must_check_;
/* UUID of the snapshot on which the VM is based; NULL: none. Borrowed. */
const char *import_parent(const struct importing *i);
/* Plans the snapshots of the VM in @m: their records, and full copies of their disks. */
int import_plan_snapshots(struct making *m, struct importing *i, const struct sr *sr,
	struct vxe_error *err) _must_check_;
/* Plans the disks, drives and network cards of an imported VM; disks are made in @sr. */
int import_plan_devices(struct making *m, struct importing *i, const struct sr *sr,
	struct vxe_error *err) _must_check_;
/* Plans a network card of an imported VM with its network and its MAC address. */
int import_plan_card(struct making *m, struct importing *i, const struct imported_vif *from,
	struct vxe_error *err) _must_check_;
