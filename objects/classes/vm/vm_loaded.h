/* SPDX-License-Identifier: MIT */
/* A VM with its disks, network cards and definitions, loaded by domain/vm_load.h. */
#pragma once

#include "objects/classes/network/network.h"
#include "objects/classes/storage/node.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/session/disk_chain.h"
#include "objects/session/session.h"

struct vm_disk {
	struct vbd *vbd;
	struct vdi *vdi;   /* NULL: empty drive */
	struct node *node; /* layer with the disk's content; NULL: vxe does not manage the file */
	char *path;	   /* absolute path of the file of @node; NULL without a layer */
	/* of a Suspended VM: the temporary overlay that the definition names for the disk */
	struct node *guard;
	char *guard_path;
	/* What other programs have made of the disk, according to the domain's XML before the action: */
	char *unfit; /* why vxe must not change any layer of the disk; NULL: it may */
	/* name of the first encrypted file in the disk's chain, from the top; NULL: none is encrypted */
	char *encrypted;
	/* the first layer on which the domain's definition and the image headers disagree */
	struct chain_odd odd;
};

struct vm_loaded {
	struct vm *vm;
	size_t n_disks;
	struct vm_disk *disks; /* sorted by userdevice */
	size_t n_vifs;
	struct vif **vifs;
	struct hv_domain domain;  /* the VM's libvirt domain; its uuid is NULL if there is none */
	char *xml;		  /* inactive definition; NULL without a domain */
	struct domain_spec *spec; /* what @xml says */
	/* what the live XML of the domain says; NULL when it is not active */
	struct domain_spec *live;
	bool drifted; /* see VM_LOAD_DRIFTED */
	bool early;   /* see VM_LOAD_EARLY */
};
struct vm_loaded *vm_loaded_free(struct vm_loaded *l); /* accepts NULL; returns NULL */
static inline void vm_loaded_freep(struct vm_loaded **l)
{
	vm_loaded_free(*l);
}
#define _cleanup_loaded_ _cleanup_(vm_loaded_freep)
