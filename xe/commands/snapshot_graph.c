/* SPDX-License-Identifier: MIT */
/* snapshot-list --tree on a terminal: a graph in which only branches are indented. */
#include "xe/commands/snapshot_tree.h"

#include <string.h>

#include "objects/base/clock.h"
#include "objects/model/record.h"
#include "objects/model/human.h"
#include "xe/output/terminal_text.h"

/* The pieces of which the graph is drawn. */
struct pieces {
	const char *snapshot, *branch, *past, *now;
};
static const struct pieces unicode = { "● ", "├─● ", "│ ", "◉ now" };
static const struct pieces ascii = { "* ", "|-* ", "| ", "@ now" };

struct graph {
	const struct tree *tree;
	const struct pieces *pieces;
	const struct row *self; /* the VM; NULL: it is gone */
	struct tree_lines lines;
	char **labels; /* of each line: pieces and name */
};

static void graph_clear(struct graph *g)
{
	for (size_t i = 0; g->labels && i < g->lines.n; i++)
		free(g->labels[i]);
	free(g->labels);
	free(g->lines.items);
}

/* "│ ├─● before-upgrade". Owned. */
static char *label_of(const struct graph *g, const struct tree_line *line)
{
	const struct pieces *p = g->pieces;
	struct str label = { 0 };

	for (size_t i = 0; i + line->is_branch < line->column; i++)
		str_add(&label, p->past);
	str_add(&label, !line->snapshot ? p->now : line->is_branch ? p->branch : p->snapshot);
	if (line->snapshot)
		str_add(&label, tree_text(line->snapshot, TREE_NAME));
	return str_steal(&label);
}

static void make_labels(struct graph *g)
{
	g->labels = xcalloc(g->lines.n + 1, sizeof(*g->labels));
	for (size_t i = 0; i < g->lines.n; i++)
		g->labels[i] = label_of(g, &g->lines.items[i]);
}

/* ---- lines ----------------------------------------------------------------------------------- */

char *tree_marks(const struct row *snapshot)
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

	for (size_t i = 0; i < g->lines.n; i++) {
		_cleanup_free_ char *safe = text_safe(g->labels[i]);

		max = text_width(safe) > max ? text_width(safe) : max;
	}
	return max;
}

static void print_line(struct call *c, const struct graph *g, size_t n_line, size_t width)
{
	_cleanup_free_ char *label = text_safe(g->labels[n_line]);
	const struct row *row = g->lines.items[n_line].snapshot;

	if (!row) {
		render_marked(c->render, label);
		return;
	}
	const struct value *size = &row->values[TREE_SIZE], *time = &row->values[TREE_TIME];
	_cleanup_free_ char *marks = tree_marks(row);
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

	for (size_t i = 0; i < g->lines.n; i++) {
		const struct row *row = g->lines.items[i].snapshot;
		_cleanup_free_ char *marks = row ? tree_marks(row) : xstrdup("");

		max = *marks && strlen(marks) + 2 > max ? strlen(marks) + 2 : max;
	}
	return max + strlen("  01234567  12 min  1000.0 MiB");
}

void print_snapshot_graph(struct call *c, const struct tree *t, const char *vm)
{
	const struct io *io = c->render->io;
	_cleanup_(graph_clear) struct graph g = {
		.tree = t, .pieces = io->unicode ? &unicode : &ascii, .self = tree_vm(t, vm)
	};
	_cleanup_free_ char *state = g.self
		? value_print(c->session, t->vms.fields[TREE_POWER], &g.self->values[TREE_POWER])
		: NULL;
	_cleanup_free_ char *head = g.self
		? xasprintf("%s  %s", tree_text(g.self, TREE_NAME), state)
		: xstrdup("(VM gone)");
	size_t columns = io->columns ? io->columns : 80, narrowest = 16;

	tree_lines(t, vm, &g.lines);
	make_labels(&g);

	size_t width = widest_label(&g), behind = width_behind(&g);
	size_t limit = columns > behind + narrowest ? columns - behind : narrowest;

	render_marked(c->render, head);
	for (size_t i = 0; i < g.lines.n; i++)
		print_line(c, &g, i, width < limit ? width : limit);
}
