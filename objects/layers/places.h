/* SPDX-License-Identifier: MIT */
/*
 * Which node lies in which file, by the file's identity: the records know paths, and one file has
 * several (links, linked folders, two SRs at one directory). Read once per session and brought up to
 * date by what the store changed since.
 */
#pragma once

#include "objects/classes/storage/node.h"

struct session;

/* The node in the file at this absolute path; NULL with return 0 when no record has it. */
int node_by_path(struct session *s, struct txn *t, const char *path, struct node **ret,
	struct vxe_error *err) _must_check_;
/* Every node in that file: more than one only in a store that an older vxe has written. */
int nodes_by_path(struct session *s, struct txn *t, const char *path, struct strv *ret,
	struct vxe_error *err) _must_check_;
/* A node that @t is about to have: what is asked next in the same transaction finds it. */
void places_note(struct session *s, const char *path, const char *node);
