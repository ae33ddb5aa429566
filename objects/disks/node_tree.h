/* SPDX-License-Identifier: MIT */
/* Shared by node_tree.c and node_tree_domains.c. */
#pragma once

#include "objects/disks/node_ops.h"

struct tree_loading {
	struct session *s;
	struct hv *hv;
	struct txn *t;
	const struct strv *seeds, *dropped;
	const struct plan
		*after;	     /* the plan after whose result the tree is made; NULL: as it is now */
	const char *stopped; /* UUID of a domain that counts as halted; NULL: none */
	struct records
		nodes; /* records of the layers in the trees of the seeds (NULL: of all layers), sorted by UUID */
	int *root;	 /* for each layer: index of the lowest layer of its tree */
	int *names;	 /* for each layer: number of VDIs that name it */
	int *place;	 /* for each layer: its index in the tree; -1: it is not in it */
	bool *held;	 /* for each layer: it is a guard, or lies below one */
	bool *forgotten; /* for each layer: it is the file of a forgotten disk */
	char **keys;	 /* for each layer of the tree: file_key() of its file */
};

/* The layer must stay as it is; @why is for users. */
void tree_reserve(struct tree_node *n, const char *why);
/* Says of each node which domain has it in a disk, and reserves what a memory image of libvirt's needs. */
int tree_mark_domains(struct tree_loading *l, struct tree *t, struct vxe_error *err) _must_check_;
