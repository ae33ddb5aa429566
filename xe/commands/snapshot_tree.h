/* SPDX-License-Identifier: MIT */
/* The snapshots of VMs with their parents, as snapshot-list --tree shows them: as lines, as JSON, or as a graph. */
#pragma once

#include "xe/model/call.h"

/* The columns of the rows of a tree, in the order of the class's fields. */
enum tree_column {
	TREE_UUID,
	TREE_NAME,
	TREE_OF,
	TREE_TIME,
	TREE_PARENT,
	TREE_POWER, /* of VMs the last */
	/* The other columns of snapshots, for a graph only: */
	TREE_MEMORY = TREE_POWER,
	TREE_SIZE,
	TREE_QUIESCED,
	TREE_IN_LIBVIRT,
	TREE_SCHEDULED,
	TREE_COLUMNS
};

struct tree {
	struct rows snapshots;
	struct rows vms; /* sorted by UUID */
	bool sized; /* TREE_SIZE is the snapshots' size; else it is not known, because they are many */
};

void snapshot_tree_clear(struct tree *t);
/*
 * Reads the snapshots that match the filters, with the columns of a graph and in the order of time, and all VMs. The
 * sizes are left out if the snapshots are more than a screen can show.
 */
int snapshot_tree_read(struct session *s, const struct view *v, const struct filter *filters,
	size_t n, struct tree *ret, struct vxe_error *err) _must_check_;

/* The text of a column; NULL if the row has no value there. Borrowed. */
const char *tree_text(const struct row *row, enum tree_column column);
/* The row of the object with that UUID (NULL: of none); NULL: there is none. */
const struct row *tree_row(const struct rows *rows, const char *uuid);
/* The row of a VM, as tree_row(), quick among many. */
const struct row *tree_vm(const struct tree *t, const char *uuid);
/* The UUID of the snapshot that @row is based on, if that is in the tree, else NULL. Borrowed. */
const char *tree_parent(const struct tree *t, const struct row *row);

/* What is special about a snapshot: "memory, schedule". Owned. */
char *tree_marks(const struct row *snapshot);

/* A line of a drawing: a snapshot, or the place of the VM's present state. */
struct tree_line {
	const struct row *snapshot; /* NULL: the present state */
	/* Snapshots in one column follow each other; a branch is one to the right of what it branches off from. */
	size_t column;
	bool is_branch; /* the first one of its branch */
	ssize_t above; /* index of the line of the snapshot on which this one is based; -1: there is none */
};
struct tree_lines {
	size_t n;
	struct tree_line *items; /* owned */
};
/*
 * The lines in which the snapshots of a VM (NULL: of VMs that are gone) are drawn: in the order of time, and the line
 * that leads to the VM's present state is straight.
 */
void tree_lines(const struct tree *t, const char *vm, struct tree_lines *ret);

/*
 * Prints the snapshots of a VM (NULL: of VMs that are gone) for people, within the columns of the terminal: a line for
 * each in the order of time, with the first 8 digits of its UUID, its age, the space that its removal would free, and
 * what is special about it. The line of snapshots that leads to the VM's present state goes straight down; what
 * branches off is indented.
 */
void print_snapshot_graph(struct call *c, const struct tree *t, const char *vm);
