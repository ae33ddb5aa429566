/* SPDX-License-Identifier: MIT */
/*
 * Plans what happens to layers that no VDI names: a pure function from the tree of layers to a list
 * of actions with their sizes. The same list is run, printed by --dry-run, shown at the prompt, and
 * checked against free space.
 */
#pragma once

#include "backends/content/content.h"
#include "objects/classes/storage/node.h"

/* A layer as the planner sees it. An index of -1 means: none. */
struct tree_node {
	char *uuid, *path;
	struct content *content; /* its file or device */
	int parent;
	enum node_origin origin;
	enum node_kind kind;
	enum node_state state;
	int n_names;   /* number of VDIs (not base copies) that name it after the planned change */
	int domain;    /* index of the running domain that has it in a chain */
	bool active;   /* it is the layer that the domain writes to */
	bool several;  /* it is in the chains of two or more running disks */
	bool reserved; /* a process reads it, so it must wait */
	bool lost; /* its file is gone although its folder is there: it can be removed, but not merged */
	char *why; /* why it is reserved; NULL: the planner has a text */
	/* "needed by FILE": a user that vxe has no record of needs the file as it is; NULL: none does. */
	char *needed;
	char *vm; /* name of the running domain that has it in a chain; NULL: none */
	bool qcow2;
	bool shut;     /* vxe has taken its write bits */
	char *changed; /* how the frozen file has changed since it was frozen; NULL: it has not */
	char *damaged; /* its header says that it is corrupt: the reason, as text; NULL: it does not */
	/*
	 * its header says that it is dirty, as text; a merge repairs it if no VM runs on it; NULL: it does
	 * not
	 */
	char *dirty;
	char *internal; /* its internal snapshots, as text; NULL: none */
	bool lose;	/* its internal snapshots may be lost with it */
	bool kept;	/* libvirt's record of one of its own snapshots names the file */
	/*
	 * The user wants its content in the layer below, whoever made the two files, and this file gone. What
	 * hinders that in files or records: "the reason"; NULL: nothing.
	 */
	bool asked;
	char *hindrance;
	int64_t allocated; /* in bytes */
	int64_t size;	   /* size of the disk for a guest, in bytes */
};
struct tree {
	size_t n;
	struct tree_node *items;
	struct strv
		domains; /* UUIDs of the running domains; tree_node.domain is an index of this list */
};
void tree_clear(struct tree *t);
#define _cleanup_tree_ _cleanup_(tree_clear)

enum disk_action_kind {
	ACTION_REMOVE, /* the layer's file is removed, and its record */
	ACTION_FORGET, /* the record is deleted and the file stays, because vxe did not make it */
	ACTION_COMMIT, /* @node is merged down into its parent @into; then its file is removed */
	ACTION_PULL,   /* @node is merged up into its only child @into; then its file is removed */
	ACTION_WAIT,   /* nothing can be done now; @why is the reason */
};
struct disk_action {
	enum disk_action_kind kind;
	int node, into; /* indexes; into is -1 if there is no second layer */
	bool live;	/* QEMU does it, in the running domain tree_node.domain */
	int64_t bytes;	/* bytes that are copied (COMMIT, PULL) or freed (REMOVE) */
	const char *
		why; /* reason of ACTION_WAIT and ACTION_FORGET: constant, or borrowed from the tree */
};
struct disk_actions {
	size_t n;
	struct disk_action *items;
};
void disk_actions_clear(struct disk_actions *a);
#define _cleanup_actions_ _cleanup_(disk_actions_clear)

/*
 * The actions in the order in which they must run, until nothing more can be done: each is planned
 * on the tree that the actions before it leave. Pure and deterministic. Rules:
 * docs/architecture.md, "Layers" (an adopted base is never touched; an adopted leaf is only merged
 * into; under a running guest only commits, and only if all children of the merged layer are in that
 * domain's chain; offline commits, and pulls only where a commit is refused). An asked layer is only merged
 * down, also where vxe did not make the files; one that stays is in an ACTION_WAIT of its own.
 */
void disk_plan(const struct tree *t, struct disk_actions *ret);

/* Advice after a failed merge under a running guest: such a sync fails until QEMU ends. */
#define DISK_FAILS_AGAIN                                                                           \
	"if that fails again, stop the VM and start it, as QEMU never again syncs a file after "   \
	"one failed sync"
/* The layer of an ACTION_WAIT with its reason: "FILE (why)"; owned by the caller. */
char *disk_wait_text(const struct tree *t, const struct disk_action *a);
/* The action as a line for the user: "merge: FILE into FILE (N bytes)", "later: FILE (why)"; owned by the caller. */
char *disk_action_text(const struct tree *t, const struct disk_action *a);
