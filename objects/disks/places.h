/* SPDX-License-Identifier: MIT */
/*
 * Finds nodes by the identity of their file: the records contain paths, but one file may have
 * several (links, linked folders, two SRs at one directory). The index is read once per session and
 * updated by the store's changes since.
 */
#pragma once

#include "objects/classes/storage/node.h"

struct session;

/* The node in the file at this absolute path; NULL with return 0 when no record has it. */
int node_by_path(struct session *s, struct txn *t, const char *path, struct node **ret,
	struct vxe_error *err) _must_check_;
/* Every node in that file: more than one only in a store written by an older vxe. */
int nodes_by_path(struct session *s, struct txn *t, const char *path, struct strv *ret,
	struct vxe_error *err) _must_check_;
/*
 * The same for each of a few files, the nodes of the n-th in the n-th of @rets: costs no stat of every
 * image.
 */
int nodes_of_files(struct session *s, struct txn *t, const struct strv *paths, struct strv *rets,
	struct vxe_error *err) _must_check_;
/* Adds a node that @t will put, so that later lookups in the same transaction find it. */
void places_note(struct session *s, const char *path, const char *node);
