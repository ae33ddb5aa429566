/* SPDX-License-Identifier: MIT */
/* Shared by the vm_import*.c files only. */
#pragma once

#include "objects/archive/vm_import.h"
#include "objects/archive/vm_imported.h"
#include "objects/classes/storage/sr.h"
#include "objects/vm/new_vm.h"

/* The data of one import. */
struct importing {
	const struct vm_import_args *args;
	struct download *download; /* the source; NULL: a file or pipe */
	struct xva *archive;	   /* its document was read; borrowed */
	struct imported in;
	char *uuid;		     /* of the new VM */
	char *base;		     /* checked XML of its original machine; NULL: unknown */
	struct domain_spec *machine; /* @base as a spec */
	char *definition;	     /* XML of its domain, or of its hardware, on this host */
	struct strv macs;	     /* MAC addresses of the new cards, parallel to in.vifs */
	struct vm_loaded *old;	     /* the VM that is replaced; NULL: none */
	char *seed;		     /* for the UUIDs of the networks that it makes */
	bool resumes;		     /* it has its memory, and vxe can use it */
	bool started;		     /* the stream was read, and cannot be read again */
	bool warned;
	bool told; /* what the VM loses was said */
	int64_t total;
	struct session *s;
	struct op *op; /* NULL: before the stream is read */
	int64_t asked; /* when cancelling was last checked, ms */
	/* While a snapshot is planned, @in and @uuid are its own, and this is the VM; else NULL. */
	const struct making *whole;
};

/*
 * Imports one VM of the open archive, whose stream is read to its end. @download: the source; NULL: a file or pipe. @told:
 * what it loses was said already. *ret: its UUID, NULL after a dry run; owned by the caller.
 */
int import_vm(struct session *s, const struct vm_import_args *args, struct xva *archive,
	struct download *download, bool told, char **ret, struct vxe_error *err) _must_check_;

/* Settings of the archive for a VM here: its identity, and nothing of the pool that it comes from. */
struct vm *import_settings(const struct importing *i, const struct vm *from, const char *seed);

/* The planned image for a stream; NULL: drop the content. */
const struct plan_disk *import_image_of(const struct plan *p, const char *id);
/* The UUID of the network that is made when this host has none like that; owned. */
char *import_network_uuid(const struct importing *i, const struct network *like);
/* INVALID_VALUE if the user maps a network that the archive does not have. */
int import_check_networks(const struct importing *i, struct vxe_error *err) _must_check_;
/* 1: a card will have no network; memory would switch its link on, as no link has its state there. */
int import_leaves_loose(struct importing *i, struct vxe_error *err) _must_check_;
/* The snapshots that are taken get UUIDs, which stay the same if the plan is made again. */
int import_name_snapshots(struct importing *i, struct vxe_error *err) _must_check_;
/* The UUID of the snapshot that the VM is based on; NULL: none. Borrowed. */
const char *import_parent(const struct importing *i);
/* Plans the snapshots of the VM that @m has planned: records, and full copies of their disks. */
int import_plan_snapshots(struct making *m, struct importing *i, const struct sr *sr,
	struct vxe_error *err) _must_check_;
/* Plans disks, drives and cards; the disks go to @sr. */
int import_plan_devices(struct making *m, struct importing *i, const struct sr *sr,
	struct vxe_error *err) _must_check_;
/* Plans a card: its network and its MAC address. */
int import_plan_card(struct making *m, struct importing *i, const struct imported_vif *from,
	struct vxe_error *err) _must_check_;
