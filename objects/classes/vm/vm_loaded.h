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
	struct node *node;  /* NULL: a file that vxe does not manage */
	char *path;	    /* absolute, of node; NULL without node */
	struct node *guard; /* while the VM is Suspended: the node in its definition */
	char *guard_path;
	/* In the XML of before an action; what other programs have made of the disk: */
	char *unfit;	 /* why vxe does not work on its layers; NULL: it does */
	char *encrypted; /* the file of the disk or of a layer below it that is encrypted; NULL: none */
	struct chain_odd odd; /* what is below it by the definition, but not by the headers */
};

struct vm_loaded {
	struct vm *vm;
	size_t n_disks;
	struct vm_disk *disks; /* by userdevice */
	size_t n_vifs;
	struct vif **vifs;
	struct hv_domain domain;  /* uuid NULL: no domain */
	char *xml;		  /* inactive definition; NULL without domain */
	struct domain_spec *spec; /* of xml */
	struct domain_spec *live; /* of the live XML; NULL when not active */
	bool drifted;		  /* see VM_LOAD_DRIFTED */
	bool early;		  /* see VM_LOAD_EARLY */
};
struct vm_loaded *vm_loaded_free(struct vm_loaded *l); /* accepts NULL; returns NULL */
static inline void vm_loaded_freep(struct vm_loaded **l)
{
	vm_loaded_free(*l);
}
#define _cleanup_loaded_ _cleanup_(vm_loaded_freep)
