/* SPDX-License-Identifier: MIT */
/*
 * Plans what happens to layers that no VDI names: a pure function from the tree of layers to a list of actions with
 * their sizes. The list that is printed by --dry-run, shown at the prompt and checked against free space is the one
 * that is run.
 */
#pragma once

#include "backends/content/content.h"
#include "objects/classes/storage/node.h"
#include "objects/session/planned.h"

/* A layer as the planner of merges sees it. An index of -1 means: none. */
struct tree_node {
	char *uuid, *path;
	struct content *content; /* its file or device */
	int parent;
	enum node_origin origin;
	enum node_kind kind;
	enum node_state state;
	/* number of records, without base copies, that name the layer after the planned change */
	int n_names;
	int domain;   /* index of the running domain that has the layer in the chain of a disk */
	bool active;  /* the running domain writes to the layer */
	bool several; /* the layer is in the chains of two or more disks of running domains */
	/* the layer must stay as it is for now: a process reads it, or for the reason @why */
	bool reserved;
	/* the layer's file is gone although its folder is there: the layer can be removed, but not merged */
	bool lost;
	char *why; /* why the layer is reserved; NULL: the planner has a general text */
	/* "needed by FILE": a file or domain that is not on record needs the layer's file as it is; NULL: none does */
	char *needed;
	/* @needed is a reason of users_lacking(): a domain names a volume whose file nobody knows */
	bool lacking;
	char *vm; /* name of the running domain that has the layer in a chain; NULL: none */
	bool qcow2;
	bool foreign;  /* its format is known, and neither qcow2 nor raw */
	bool shut;     /* vxe has taken the write bits of the file */
	char *changed; /* how the frozen file has changed since it was frozen; NULL: it has not */
	/* the reason, as text, if the image header says that the image is corrupt; else NULL */
	char *damaged;
	/*
	 * text if the image header says that the image is dirty, which a merge repairs while no VM runs on it; else
	 * NULL
	 */
	char *dirty;
	char *internal; /* text about internal snapshots in the image; NULL: none */
	bool lose;	/* the internal snapshots in the image may be lost with it */
	/* libvirt's record of a snapshot that libvirt keeps itself names the file */
	bool kept;
	/*
	 * @asked: the user wants the layer merged into the layer below, whoever made the two files, and its file gone.
	 * @hindrance: what in files or records hinders that, as text; NULL: nothing.
	 */
	bool asked;
	char *hindrance;
	int64_t allocated; /* in bytes */
	int64_t size;	   /* virtual size of the disk, as a guest sees it, in bytes */
};
struct tree {
	size_t n;
	struct tree_node *items;
	/* UUIDs of the running domains; tree_node.domain is an index of this list */
	struct strv domains;
};
void tree_clear(struct tree *t);
#define _cleanup_tree_ _cleanup_(tree_clear)

enum disk_action_kind {
	ACTION_REMOVE, /* the layer's file and its record are removed */
	/* the layer's record is deleted and its file stays, because vxe did not make it */
	ACTION_FORGET,
	ACTION_COMMIT, /* @node is merged down into its parent @into; then its file is removed */
	ACTION_PULL,   /* @node is merged up into its only child @into; then its file is removed */
	ACTION_WAIT,   /* nothing can be done with the layer now; @why is the reason */
};
struct disk_action {
	enum disk_action_kind kind;
	int node, into; /* indexes of layers in the tree; @into is -1 if there is no second layer */
	bool live;	/* QEMU does the merge, in the running domain tree_node.domain */
	int64_t bytes;	/* bytes that are copied (COMMIT, PULL) or freed (REMOVE) */
	/* reason of an ACTION_WAIT or ACTION_FORGET: constant text, or borrowed from the tree */
	const char *why;
};
struct disk_actions {
	size_t n;
	struct disk_action *items;
};
void disk_actions_clear(struct disk_actions *a);
#define _cleanup_actions_ _cleanup_(disk_actions_clear)

/*
 * Plans the actions on layers that no VDI names, in the order in which they must run, until nothing more can be done:
 * each is planned on the tree that the actions before it leave. Pure and deterministic. Rules: docs/architecture.md,
 * "Layers" (an adopted base is never touched; an adopted leaf is only merged into; under a running guest only commits,
 * and only if all children of the merged layer are in that domain's chain; offline commits, and pulls only where a
 * commit is refused). A layer that the user asks for is only merged down, also where vxe did not make the files; if it
 * has to stay, there is an ACTION_WAIT for it.
 */
void disk_plan(const struct tree *t, struct disk_actions *ret);

/*
 * Advice after a failed merge under a running guest: once QEMU has failed to sync a file, each later sync of it fails,
 * until QEMU ends.
 */
#define DISK_FAILS_AGAIN                                                                           \
	"if that fails again, stop the VM and start it, as QEMU never again syncs a file after "   \
	"one failed sync"
/* The text "FILE (why)" of an ACTION_WAIT: the file of the layer that waits, and the reason; owned by the caller. */
char *disk_wait_text(const struct tree *t, const struct disk_action *a);
/*
 * The text of a planned action for the user: "merge: FILE into FILE (N bytes)", "later: FILE (why)"; owned by the
 * caller.
 */
char *disk_action_text(const struct tree *t, const struct disk_action *a);
/* The same as a line of a plan, with the file and its bytes; owned by the caller. */
struct planned disk_action_line(const struct tree *t, const struct disk_action *a);
