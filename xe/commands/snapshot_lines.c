/* SPDX-License-Identifier: MIT */
/* The order in which the snapshots of a VM are drawn, and the columns of a drawing. */
#include <stdlib.h>

#include "xe/commands/snapshot_tree.h"

struct drawing {
	const struct tree *tree;
	const char *vm;
	const struct row *self; /* the VM; NULL: it is gone */
	struct tree_lines *to;
};

static void add_line(struct drawing *d, struct tree_line line)
{
	struct tree_lines *to = d->to;

	to->items = xrealloc(to->items, to->n + 1, sizeof(*to->items));
	to->items[to->n++] = line;
}

static bool is_child(const struct drawing *d, const struct row *row, const char *parent)
{
	return str_eq(tree_text(row, TREE_OF), d->vm) && str_eq(tree_parent(d->tree, row), parent);
}

/* True if the VM's present state is based on the snapshot, directly or not. */
static bool leads_to_now(const struct drawing *d, const struct row *snapshot)
{
	const struct row *row =
		d->self ? tree_row(&d->tree->snapshots, tree_text(d->self, TREE_PARENT)) : NULL;

	/* A damaged chain of parents may lead back to itself. */
	for (size_t i = 0; row && i < d->tree->snapshots.n; i++) {
		if (row == snapshot)
			return true;
		row = tree_row(&d->tree->snapshots, tree_parent(d->tree, row));
	}
	return false;
}

/* The child of @parent that continues its line: the one that leads to the present state, else the newest. NULL: none. */
static const struct row *next_in_line(const struct drawing *d, const char *parent)
{
	const struct row *last = NULL;

	for (size_t i = 0; i < d->tree->snapshots.n; i++) {
		const struct row *row = &d->tree->snapshots.items[i];

		if (!is_child(d, row, parent))
			continue;
		last = row;
		if (leads_to_now(d, row))
			break;
	}
	return last;
}

/* Adds the snapshots below @parent (NULL: the first ones), whose line is the line @above, in the column @column. */
static void add_below(struct drawing *d, const char *parent, ssize_t above, size_t column)
{
	bool more = true;

	while (more && d->to->n <= d->tree->snapshots.n) {
		bool now = d->self && str_eq(tree_text(d->self, TREE_PARENT), parent);
		const struct row *next = now ? NULL : next_in_line(d, parent);

		for (size_t i = 0; i < d->tree->snapshots.n; i++) {
			const struct row *row = &d->tree->snapshots.items[i];

			if (row == next || !is_child(d, row, parent))
				continue;
			add_line(d, (struct tree_line){ row, column + 1, true, above });
			add_below(d, row->uuid, (ssize_t)d->to->n - 1, column + 1);
		}
		if (now || next)
			add_line(d, (struct tree_line){ next, column, false, above });
		above = (ssize_t)d->to->n - 1;
		more = next != NULL;
		parent = next ? next->uuid : NULL;
	}
}

void tree_lines(const struct tree *t, const char *vm, struct tree_lines *ret)
{
	struct drawing d = { .tree = t, .vm = vm, .self = tree_vm(t, vm), .to = ret };

	add_below(&d, NULL, -1, 0);
}
