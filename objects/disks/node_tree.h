/* SPDX-License-Identifier: MIT */
/* Shared by node_tree.c and node_tree_domains.c. */
#pragma once

#include "objects/disks/node_ops.h"

struct tree_loading {
	struct session *s;
	struct hv *hv;
	struct txn *t;
	const struct strv *seeds, *dropped;
	const struct plan *after; /* the tree is that after its result; NULL: as it is */
	const char *stopped;	  /* a domain that does not count as running; NULL: none */
	struct records
		nodes;	 /* of the trees of the seeds, NULL: all; in the order of their UUIDs */
	int *root;	 /* of each node: index */
	int *names;	 /* of each node */
	int *place;	 /* of each node: its place in the tree, -1: not in it */
	bool *held;	 /* of each: it is a guard, or below one */
	bool *forgotten; /* of each: it is the file of a forgotten disk */
	char **keys;	 /* of each node in the tree: file_key() of its file */
};

/* The node must stay as it is; @why is for users. */
void tree_reserve(struct tree_node *n, const char *why);
/* Says of each node which domain has it in a disk, and reserves what a memory image of libvirt's needs. */
int tree_mark_domains(struct tree_loading *l, struct tree *t, struct vxe_error *err) _must_check_;
