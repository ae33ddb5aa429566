/* SPDX-License-Identifier: MIT */
/* Data and functions for loading the tree of layers, shared by node_tree.c and node_tree_domains.c. */
#pragma once

#include "objects/disks/node_ops.h"

struct tree_loading {
	struct session *s;
	struct hv *hv;
	struct txn *t;
	const struct strv *seeds, *dropped;
	/* the tree is loaded as it will be after this plan's result; NULL: as it is now */
	const struct plan *after;
	const char *stopped; /* UUID of a running domain that counts as halted; NULL: none */
	struct records
		nodes; /* records of the layers in the trees of the seeds (NULL: of all layers), sorted by UUID */
	int *root;  /* for each layer: index of the lowest layer of its tree */
	int *names; /* for each layer: number of records that name it */
	/* for each layer: its index in the tree that is made; -1: it is not in that */
	int *place;
	/* for each layer: it is the temporary overlay of a Suspended VM, or lies below one */
	bool *held;
	bool *forgotten; /* for each layer: it is the file of a forgotten disk */
	bool *elsewhere; /* for each layer: another host has its SR */
	/* for each layer that is a lowest one: a VM of another host has a disk in its tree */
	bool *used_elsewhere;
	char **keys; /* for each layer of the tree: file_key() of its file */
};

/* Reserves a layer of the tree, which must stay as it is; @why is the reason for users. */
void tree_reserve(struct tree_node *n, const char *why);
/*
 * Marks in the tree which domain has each layer in a disk, and reserves the layers that a managed-save image of
 * libvirt's needs.
 */
int tree_mark_domains(struct tree_loading *l, struct tree *t, struct vxe_error *err) _must_check_;

void tree_loading_clear(struct tree_loading *l);
const struct node *tree_record(const struct tree_loading *l, size_t i);
void tree_sort_records(struct tree_loading *l);
/* The index of the record of this layer; -1: it is none of them. */
int tree_find_record(const struct tree_loading *l, const char *uuid);
/* Counts which records name each layer, without those that are dropped. */
int tree_count_names(struct tree_loading *l, struct vxe_error *err) _must_check_;
/*
 * Sets to->kept: a snapshot that libvirt keeps itself names the layer's file. Called only where a merge would move
 * names to another file: reading all VDIs of a large store takes time.
 */
int tree_note_kept(
	struct tree_loading *l, struct tree_node *to, struct vxe_error *err) _must_check_;
