/* SPDX-License-Identifier: MIT */
/*
 * What becomes of layers that nothing names any more: a pure function from the tree of nodes to a
 * list of actions with their bytes. The same list is run, printed by --dry-run, shown at the
 * prompt, and checked against free space.
 */
#pragma once

#include "objects/classes/storage/node.h"

/* A node as the planner sees it. Index -1: none. */
struct tree_node {
	char *uuid, *path;
	int parent;
	enum node_origin origin;
	enum node_kind kind;
	enum node_state state;
	int n_names;   /* VDIs (not base copies) that name it after the wish */
	int domain;    /* index of the running domain whose chain holds it */
	bool active;   /* it is that domain's active layer */
	bool several;  /* two or more running disks (of one domain, too) hold it */
	bool reserved; /* somebody reads it: not now */
	char *why;     /* reserved: for what; NULL: a word of the planner's will do */
	/* What needs the file as it is, though no record says so: "needed by FILE"; NULL: nothing. */
	char *needed;
	char *vm; /* name of the running domain whose chain holds it; NULL: none */
	bool qcow2;
	char *changed;	   /* a frozen one that is no longer what it was, as text; NULL: it is */
	char *internal;	   /* the internal snapshots in it, as text; NULL: none */
	bool lose;	   /* which may go with it */
	int64_t allocated; /* bytes */
};
struct tree {
	size_t n;
	struct tree_node *items;
};
void tree_clear(struct tree *t);
#define _cleanup_tree_ _cleanup_(tree_clear)

enum disk_action_kind {
	ACTION_REMOVE, /* the node's file goes (record too) */
	ACTION_FORGET, /* the record goes, the file stays: not made by vxe */
	ACTION_COMMIT, /* @node goes down into @into (its parent), then its file goes */
	ACTION_PULL,   /* @node's content goes up into @into (its only child), then its file goes */
	ACTION_WAIT,   /* not now; @why says what for */
};
struct disk_action {
	enum disk_action_kind kind;
	int node, into;	 /* indexes; into -1 where there is none */
	bool live;	 /* by the running domain tree_node.domain */
	int64_t bytes;	 /* copied (COMMIT, PULL) or freed (REMOVE) */
	const char *why; /* ACTION_WAIT, ACTION_FORGET: constant text, or the tree's */
};
struct disk_actions {
	size_t n;
	struct disk_action *items;
};
void disk_actions_clear(struct disk_actions *a);
#define _cleanup_actions_ _cleanup_(disk_actions_clear)

/*
 * Actions in the order in which they must run, until nothing more can be done: each is planned on
 * the tree that the ones before leave behind. Pure and deterministic. Rules: docs/architecture.md
 * "layers" (adopted-base never touched; adopted-leaf only merged down into; live: only
 * down and only when every child of the merged node is in that one domain's chain; offline down, and
 * up only where down is refused).
 */
void disk_plan(const struct tree *t, struct disk_actions *ret);

/* To whoever reads that a running guest's merge has failed: such a sync fails until QEMU ends. */
#define DISK_FAILS_AGAIN                                                                           \
	"where that fails again, stop the VM and start it, as QEMU does not sync a file again "    \
	"that it once could not"
/* What an ACTION_WAIT leaves, and for what: "FILE (why)"; owned by the caller. */
char *disk_wait_text(const struct tree *t, const struct disk_action *a);
/* One line for people: "merge: FILE into FILE (N bytes)", "later: FILE (why)"; owned by the caller. */
char *disk_action_text(const struct tree *t, const struct disk_action *a);
