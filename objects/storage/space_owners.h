/* SPDX-License-Identifier: MIT */
/* Which VM, with its snapshots, reads which file: all records of the store, connected in memory. */
#pragma once

#include "objects/classes/storage/node.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vm.h"
#include "objects/session/session.h"

/* A direct user of a file: the file is the content of that object. */
struct space_use {
	const struct vm *vm; /* VM, snapshot or template; NULL: the VDI @vdi, which no VM has */
	const struct vdi *
		vdi; /* NULL: the file is no VDI, but a copy of the VM's UEFI variables, or TPM state */
};

/* A layer, or the file of a VDI that vxe does not manage. */
struct space_item {
	const struct node *node; /* NULL: the file of @vdi, which has no layer */
	const struct vdi *vdi;
	ssize_t parent; /* index of the layer below; -1: there is none */
	size_t depth;	/* number of layers from this one down to the lowest */
	size_t n_uses, n_owners;
	struct space_use *uses;
	/* indices of the VMs (owners in the table below) that read the file, directly or through layers above it */
	size_t *owners;
};

/* A file that a VM, or one of its snapshots, has as its content. */
struct space_read {
	size_t item; /* index of the file */
	const struct vm *vm;
	const char *device; /* as in struct space_use */
};

/* A VM or template with its snapshots; a snapshot whose VM is gone counts as one, too. */
struct space_owner {
	const struct vm *vm;
	size_t n_snapshots, n_reads;
	const struct vm **snapshots;
	struct space_read *reads;
};

struct space_owners {
	struct records nodes, vdis, vbds, vms; /* each sorted by UUID */
	size_t n_items, n_owners;
	struct space_item
		*items; /* first the layers in the order of @nodes, then VDIs without layers */
	struct space_owner *owners; /* in the order of @vms */
};
void space_owners_clear(struct space_owners *o);

/* Reads the records and connects them. */
int space_owners_read(
	struct session *s, struct space_owners *ret, struct vxe_error *err) _must_check_;
