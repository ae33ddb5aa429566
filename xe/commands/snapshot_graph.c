/* SPDX-License-Identifier: MIT */
/* snapshot-list --tree on a terminal: a graph in which only branches are indented. */
#include "xe/commands/snapshot_tree.h"

#include <string.h>

#include "objects/base/clock.h"
#include "objects/model/record.h"
#include "xe/output/human.h"
#include "xe/output/terminal_text.h"

/* The pieces of which the graph is drawn. */
struct pieces {
	const char *snapshot, *branch, *past, *now;
};
static const struct pieces unicode = { "● ", "├─● ", "│ ", "◉ now" };
static const struct pieces ascii = { "* ", "|-* ", "| ", "@ now" };

struct line {
	char *label;		    /* pieces and name */
	const struct row *snapshot; /* NULL: the place of the VM's present state */
};

struct graph {
	const struct tree *tree;
	const struct pieces *pieces;
	const char *vm;
	const struct row *self; /* the VM; NULL: it is gone */
	size_t n;
	struct line *lines;
};

static void graph_clear(struct graph *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->lines[i].label);
	free(g->lines);
}

static void add_line(struct graph *g, char *label, const struct row *snapshot)
{
	g->lines = xrealloc(g->lines, g->n + 1, sizeof(*g->lines));
	g->lines[g->n++] = (struct line){ label, snapshot };
}

static bool is_child(const struct graph *g, const struct row *row, const char *parent)
{
	return str_eq(tree_text(row, TREE_OF), g->vm) && str_eq(tree_parent(g->tree, row), parent);
}

/* True if the VM's present state is based on the snapshot, directly or not. */
static bool leads_to_now(const struct graph *g, const struct row *snapshot)
{
	const struct row *row =
		g->self ? tree_row(&g->tree->snapshots, tree_text(g->self, TREE_PARENT)) : NULL;

	/* A damaged chain of parents may lead back to itself. */
	for (size_t i = 0; row && i < g->tree->snapshots.n; i++) {
		if (row == snapshot)
			return true;
		row = tree_row(&g->tree->snapshots, tree_parent(g->tree, row));
	}
	return false;
}

/* The child of @parent that continues its line: the one that leads to the present state, else the newest. NULL: none. */
static const struct row *next_in_line(const struct graph *g, const char *parent)
{
	const struct row *last = NULL;

	for (size_t i = 0; i < g->tree->snapshots.n; i++) {
		const struct row *row = &g->tree->snapshots.items[i];

		if (!is_child(g, row, parent))
			continue;
		last = row;
		if (leads_to_now(g, row))
			break;
	}
	return last;
}

/* Adds the snapshots below @parent (NULL: the first ones), behind the columns of @indent. */
static void add_below(struct graph *g, const char *parent, const char *indent)
{
	const struct pieces *p = g->pieces;
	bool more = true;

	while (more && g->n <= g->tree->snapshots.n) {
		bool now = g->self && str_eq(tree_text(g->self, TREE_PARENT), parent);
		const struct row *next = now ? NULL : next_in_line(g, parent);

		for (size_t i = 0; i < g->tree->snapshots.n; i++) {
			const struct row *row = &g->tree->snapshots.items[i];
			_cleanup_free_ char *below = xasprintf("%s%s", indent, p->past);

			if (row == next || !is_child(g, row, parent))
				continue;
			add_line(g,
				xasprintf("%s%s%s", indent, p->branch, tree_text(row, TREE_NAME)),
				row);
			add_below(g, row->uuid, below);
		}
		if (now)
			add_line(g, xasprintf("%s%s", indent, p->now), NULL);
		else if (next)
			add_line(g,
				xasprintf(
					"%s%s%s", indent, p->snapshot, tree_text(next, TREE_NAME)),
				next);
		more = next != NULL;
		parent = next ? next->uuid : NULL;
	}
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* What is special about a snapshot: "memory, schedule". Owned. */
static char *marks_of(const struct row *snapshot)
{
	static const struct {
		enum tree_column column;
		const char *text;
	} marks[] = { { TREE_MEMORY, "memory" }, { TREE_QUIESCED, "quiesced" },
		{ TREE_SCHEDULED, "schedule" }, { TREE_IN_LIBVIRT, "virsh" } };
	_cleanup_strv_ struct strv texts = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (snapshot->values[marks[i].column].integer)
			strv_add(&texts, marks[i].text);
	return strv_join(&texts, ", ");
}

static size_t widest_label(const struct graph *g)
{
	size_t max = 0;

	for (size_t i = 0; i < g->n; i++) {
		_cleanup_free_ char *safe = text_safe(g->lines[i].label);

		max = text_width(safe) > max ? text_width(safe) : max;
	}
	return max;
}

static void print_line(struct call *c, const struct graph *g, const struct line *line, size_t width)
{
	_cleanup_free_ char *label = text_safe(line->label);
	const struct row *row = line->snapshot;

	if (!row) {
		render_marked(c->render, label);
		return;
	}
	const struct value *size = &row->values[TREE_SIZE], *time = &row->values[TREE_TIME];
	_cleanup_free_ char *marks = marks_of(row);
	_cleanup_free_ char *bytes =
		!g->tree->sized || size->literal ? xstrdup("") : human_size(size->integer);
	_cleanup_free_ char *age =
		time->literal ? xstrdup("?") : human_age(clock_wall() - time->integer);
	bool cut = text_width(label) > width;
	size_t n = text_bytes(label, cut ? width - 3 : width);
	_cleanup_free_ char *text = xasprintf("%.*s%s%*s  %.8s  %6s  %10s%s%s", (int)n, label,
		cut ? "..." : "", cut ? 0 : (int)(width - text_width(label)), "", row->uuid, age,
		bytes, *marks ? "  " : "", marks);

	render_line(c->render, text);
}

/* The width of what stands behind the label. */
static size_t width_behind(const struct graph *g)
{
	size_t max = 0;

	for (size_t i = 0; i < g->n; i++) {
		_cleanup_free_ char *marks =
			g->lines[i].snapshot ? marks_of(g->lines[i].snapshot) : xstrdup("");

		max = *marks && strlen(marks) + 2 > max ? strlen(marks) + 2 : max;
	}
	return max + strlen("  01234567  12 min  1000.0 MiB");
}

void print_snapshot_graph(struct call *c, const struct tree *t, const char *vm)
{
	const struct io *io = c->render->io;
	_cleanup_(graph_clear) struct graph g = { .tree = t,
		.pieces = io->unicode ? &unicode : &ascii,
		.vm = vm,
		.self = tree_row(&t->vms, vm) };
	_cleanup_free_ char *state = g.self
		? value_print(c->session, t->vms.fields[TREE_POWER], &g.self->values[TREE_POWER])
		: NULL;
	_cleanup_free_ char *head = g.self
		? xasprintf("%s  %s", tree_text(g.self, TREE_NAME), state)
		: xstrdup("(VM gone)");
	size_t columns = io->columns ? io->columns : 80, narrowest = 16;

	add_below(&g, NULL, "");

	size_t width = widest_label(&g), behind = width_behind(&g);
	size_t limit = columns > behind + narrowest ? columns - behind : narrowest;

	render_marked(c->render, head);
	for (size_t i = 0; i < g.n; i++)
		print_line(c, &g, &g.lines[i], width < limit ? width : limit);
}
