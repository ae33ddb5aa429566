/* SPDX-License-Identifier: MIT */
/* A VM with all its parts, loaded by domain/vm_load.h. */
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
	struct vdi *vdi;    /* NULL: empty drive */
	struct node *node;  /* NULL: vxe does not manage the file */
	char *path;	    /* absolute path of the layer's file; NULL without a layer */
	struct node *guard; /* while the VM is Suspended: the layer that its definition names */
	char *guard_path;
	/* What other programs have made of the disk, by the XML as it was before the action: */
	char *unfit; /* why vxe changes none of its layers; NULL: vxe may */
	char *encrypted; /* name of the first encrypted file, the disk's own or one below it; NULL: none */
	struct chain_odd
		odd; /* the first layer that the definition and the headers do not agree on */
};

struct vm_loaded {
	struct vm *vm;
	size_t n_disks;
	struct vm_disk *disks; /* sorted by userdevice */
	size_t n_vifs;
	struct vif **vifs;
	struct hv_domain domain;  /* uuid is NULL if there is no domain */
	char *xml;		  /* inactive definition; NULL without a domain */
	struct domain_spec *spec; /* what @xml says */
	struct domain_spec *live; /* what the live XML says; NULL when the domain is not active */
	bool drifted;		  /* see VM_LOAD_DRIFTED */
	bool early;		  /* see VM_LOAD_EARLY */
};
struct vm_loaded *vm_loaded_free(struct vm_loaded *l); /* accepts NULL; returns NULL */
static inline void vm_loaded_freep(struct vm_loaded **l)
{
	vm_loaded_free(*l);
}
#define _cleanup_loaded_ _cleanup_(vm_loaded_freep)
