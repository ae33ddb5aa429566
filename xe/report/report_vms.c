/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "objects/base/clock.h"
#include "objects/model/human.h"
#include "xe/report/html.h"
#include "xe/report/report.h"

/* Of the drawing of a tree, in pixels: the height of a line, and the width of a column. */
enum { LINE = 28, COLUMN = 18 };

/* What is read for the page, sorted by the UUID of the VM, so that what belongs to one of many VMs is found quickly. */
struct by_vm {
	const struct report_data *d;
	struct rows snapshots;		/* the array is owned, the values are those of d->tree */
	const struct space_vm **spaces; /* of the VMs that are there; owned */
	size_t n_spaces;
};

static int compare_vms(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int by_vm_and_time(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int r = compare_vms(tree_text(x, TREE_OF), tree_text(y, TREE_OF));
	int64_t then = x->values[TREE_TIME].integer, later = y->values[TREE_TIME].integer;

	return r ? r : then != later ? (then < later ? -1 : 1) : strcmp(x->uuid, y->uuid);
}

static int by_space_vm(const void *a, const void *b)
{
	return strcmp((*(const struct space_vm *const *)a)->uuid,
		(*(const struct space_vm *const *)b)->uuid);
}

static void sort_by_vm(const struct report_data *d, struct by_vm *ret)
{
	*ret = (struct by_vm){ .d = d, .snapshots = d->tree.snapshots };
	ret->snapshots.items = xcalloc(d->tree.snapshots.n + 1, sizeof(struct row));
	ret->spaces = xcalloc(d->space.n + 1, sizeof(*ret->spaces));
	for (size_t i = 0; i < d->tree.snapshots.n; i++)
		ret->snapshots.items[i] = d->tree.snapshots.items[i];
	for (size_t i = 0; i < d->space.n; i++)
		if (d->space.items[i].uuid)
			ret->spaces[ret->n_spaces++] = &d->space.items[i];
	qsort(ret->snapshots.items, ret->snapshots.n, sizeof(struct row), by_vm_and_time);
	qsort(ret->spaces, ret->n_spaces, sizeof(*ret->spaces), by_space_vm);
}

static void by_vm_clear(struct by_vm *v)
{
	free(v->snapshots.items);
	free(v->spaces);
}

static int is_space_of(const void *vm, const void *space)
{
	return strcmp(vm, (*(const struct space_vm *const *)space)->uuid);
}

static const struct space_vm *space_of(const struct by_vm *v, const char *vm)
{
	const struct space_vm **found =
		bsearch(vm, v->spaces, v->n_spaces, sizeof(*v->spaces), is_space_of);

	return found ? *found : NULL;
}

/* The snapshots of one VM, in the order of time; borrowed. */
static struct rows snapshots_of(const struct by_vm *v, const char *vm)
{
	size_t first = 0, end = v->snapshots.n;
	struct rows found = v->snapshots;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (compare_vms(tree_text(&v->snapshots.items[middle], TREE_OF), vm) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	for (end = first;
		end < v->snapshots.n && str_eq(tree_text(&v->snapshots.items[end], TREE_OF), vm);)
		end++;
	found.items += first;
	found.n = end - first;
	return found;
}

/* ---- the table of all ------------------------------------------------------------------------ */

static const char *class_of_state(const char *state)
{
	return str_eq(state, "running") ? "good" : str_eq(state, "halted") ? "soft" : "late";
}

static void add_vm_row(const struct by_vm *v, const struct row *vm, struct str *html)
{
	const struct report_data *d = v->d;
	const struct space_vm *space = space_of(v, vm->uuid);
	const struct rows all = snapshots_of(v, vm->uuid);
	int64_t latest = all.n ? all.items[all.n - 1].values[TREE_TIME].integer : 0;
	_cleanup_free_ char *name = report_value(d, vm, REPORT_NAME);
	_cleanup_free_ char *state = report_value(d, vm, REPORT_STATE);
	_cleanup_free_ char *memory = human_size(vm->values[REPORT_MEMORY].integer);
	_cleanup_free_ char *bytes = human_size(space ? space->bytes + space->shared : 0);
	_cleanup_free_ char *snapshots = xasprintf("%zu", all.n);
	_cleanup_free_ char *age = latest ? human_age(clock_wall() - latest) : xstrdup("none");

	html_add(html,
		"<tr><td><a href=\"#vm-$\">$</a></td><td class=\"$\">$</td><td class=\"n "
		"least\">$</td><td class=\"n\">$</td><td class=\"n\">$</td><td class=\"n\">$</td>"
		"</tr>\n",
		vm->uuid, name, class_of_state(state), state, memory, bytes, snapshots, age, NULL);
}

/* ---- the tree of one VM ---------------------------------------------------------------------- */

static size_t x_of(const struct tree_line *line)
{
	return line->column * COLUMN + COLUMN / 2;
}

static size_t y_of(size_t line)
{
	return line * LINE + LINE / 2;
}

/* Draws the way from the snapshot above: down in its column, then over to the column of this one. */
static void add_way(const struct tree_lines *lines, size_t i, struct str *html)
{
	const struct tree_line *to = &lines->items[i], *from = &lines->items[to->above];

	if (to->column == from->column)
		str_addf(html, "<path d=\"M%zu %zuV%zu\"/>\n", x_of(from), y_of((size_t)to->above),
			y_of(i));
	else
		str_addf(html, "<path d=\"M%zu %zuV%zuQ%zu %zu %zu %zu\"/>\n", x_of(from),
			y_of((size_t)to->above), y_of(i) - LINE / 2, x_of(from), y_of(i), x_of(to),
			y_of(i));
}

static void add_drawing(const struct tree_lines *lines, struct str *html)
{
	size_t columns = 0;

	for (size_t i = 0; i < lines->n; i++)
		if (lines->items[i].column > columns)
			columns = lines->items[i].column;
	str_addf(html, "<svg width=\"%zu\" height=\"%zu\" role=\"img\" aria-label=\"tree\">\n",
		(columns + 1) * COLUMN + COLUMN / 2, lines->n * LINE);
	for (size_t i = 0; i < lines->n; i++)
		if (lines->items[i].above >= 0)
			add_way(lines, i, html);
	for (size_t i = 0; i < lines->n; i++)
		str_addf(html, "<circle%s cx=\"%zu\" cy=\"%zu\" r=\"5\"/>\n",
			lines->items[i].snapshot ? "" : " class=\"now\"", x_of(&lines->items[i]),
			y_of(i));
	str_add(html, "</svg>\n");
}

static void add_line_text(
	const struct report_data *d, const struct tree_line *line, struct str *html)
{
	const struct row *row = line->snapshot;

	if (!row) {
		str_add(html, "<li><b>now</b></li>\n");
		return;
	}
	const struct value *size = &row->values[TREE_SIZE], *time = &row->values[TREE_TIME];
	_cleanup_free_ char *bytes =
		d->tree.sized && !size->literal ? human_size(size->integer) : NULL;
	_cleanup_free_ char *frees = bytes ? xasprintf(", frees %s", bytes) : xstrdup("");
	_cleanup_free_ char *when = human_time(time->integer), *marks = tree_marks(row);
	_cleanup_free_ char *special = *marks ? xasprintf(", %s", marks) : xstrdup("");

	html_add(html, "<li>$ <small>$$$</small></li>\n", tree_text(row, TREE_NAME), when, frees,
		special, NULL);
}

static void add_tree(const struct by_vm *v, const char *vm, struct str *html)
{
	const struct row *self = tree_vm(&v->d->tree, vm);
	struct row only = self ? *self : (struct row){ 0 };
	const struct tree tree = { .snapshots = snapshots_of(v, vm),
		.vms = { .n = self != NULL, .items = &only } };
	struct tree_lines lines = { 0 };

	tree_lines(&tree, vm, &lines);
	/* A VM without snapshots has one line, its present state: there is nothing to draw. */
	if (lines.n > 1) {
		str_add(html, "<div class=\"tree\">\n");
		add_drawing(&lines, html);
		str_add(html, "<ol>\n");
		for (size_t i = 0; i < lines.n; i++)
			add_line_text(v->d, &lines.items[i], html);
		str_add(html, "</ol>\n</div>\n");
	}
	free(lines.items);
}

/* ---- its files ------------------------------------------------------------------------------- */

static void add_file_row(
	const struct space_vm *vm, const struct space_file *f, int64_t largest, struct str *html)
{
	_cleanup_free_ char *what = space_part(f), *content = space_content(vm, f);
	_cleanup_free_ char *size = human_size(f->bytes);
	_cleanup_free_ char *width = xasprintf(
		"%d%%", largest > 0 ? (int)((double)f->bytes * 100 / (double)largest) : 0);
	_cleanup_free_ char *others = strv_join(&f->others, ", ");
	const char *name = strrchr(f->file, '/');

	html_add(html,
		"<tr><td>$</td><td>$</td><td class=\"n\">$<span class=\"bar\" "
		"style=\"width:$\">&nbsp;</span></td><td class=\"least\"><code>$</code>",
		what, content, size, width, name ? name + 1 : f->file, NULL);
	if (f->others.n)
		html_add(html, " <small>also of $</small>", others, NULL);
	if (!f->made)
		str_add(html, " <small>not made by vxe</small>");
	if (f->waits)
		html_add(html, " <small class=\"late\">waits: $</small>", f->waits, NULL);
	str_add(html, "</td></tr>\n");
}

static void add_files(const struct space_vm *vm, struct str *html)
{
	int64_t largest = 0;

	if (!vm || !vm->n_files)
		return;
	for (size_t i = 0; i < vm->n_files; i++)
		if (vm->files[i].bytes > largest)
			largest = vm->files[i].bytes;
	str_add(html,
		"<div class=\"wide\"><table><tr><th>Part</th><th>Content</th><th "
		"class=\"n\">Size</th><th class=\"least\">File</th></tr>\n");
	for (size_t i = 0; i < vm->n_files; i++)
		add_file_row(vm, &vm->files[i], largest, html);
	str_add(html, "</table></div>\n");
	if (vm->limit) {
		_cleanup_free_ char *depth = xasprintf("%zu", vm->depth);
		_cleanup_free_ char *limit = xasprintf("%zu", vm->limit);

		html_add(html, "<p class=\"soft\">$ of at most $ layers</p>\n", depth, limit, NULL);
	}
}

static void add_vm_card(const struct by_vm *v, const struct row *vm, struct str *html)
{
	const struct report_data *d = v->d;
	_cleanup_free_ char *name = report_value(d, vm, REPORT_NAME);
	_cleanup_free_ char *description = report_value(d, vm, REPORT_DESCRIPTION);
	_cleanup_free_ char *state = report_value(d, vm, REPORT_STATE);

	html_add(html,
		"<article class=\"card\" id=\"vm-$\">\n<h3>$ <small class=\"$\">$</small></h3>\n"
		"<p class=\"soft\"><code>$</code></p>\n",
		vm->uuid, name, class_of_state(state), state, vm->uuid, NULL);
	if (*description)
		html_add(html, "<p>$</p>\n", description, NULL);
	add_tree(v, vm->uuid, html);
	add_files(space_of(v, vm->uuid), html);
	str_add(html, "</article>\n");
}

/* Adds the files of templates, and those that no VM reads: what the sum counts, but no VM's card shows. */
static void add_other_files(const struct report_data *d, struct str *html)
{
	for (size_t i = 0; i < d->space.n; i++) {
		const struct space_vm *vm = &d->space.items[i];

		if (tree_vm(&d->tree, vm->uuid))
			continue;
		html_add(html, "<article class=\"card\">\n<h3>$</h3>\n",
			vm->name ? vm->name : "Files that no VM reads", NULL);
		add_files(vm, html);
		str_add(html, "</article>\n");
	}
}

void report_vms(const struct report_data *d, struct str *html)
{
	_cleanup_(by_vm_clear) struct by_vm v;

	sort_by_vm(d, &v);
	str_add(html,
		"<section>\n<h2>Virtual machines</h2>\n<div class=\"card wide\"><table><tr>"
		"<th>Name</th><th>State</th><th class=\"n least\">Memory</th><th class=\"n\">Space"
		"</th><th class=\"n\">Snapshots</th><th class=\"n\">Age of the latest</th></tr>\n");
	for (size_t i = 0; i < d->rows.n; i++)
		add_vm_row(&v, &d->rows.items[i], html);
	str_add(html, "</table></div>\n");
	for (size_t i = 0; i < d->rows.n; i++)
		add_vm_card(&v, &d->rows.items[i], html);
	add_other_files(d, html);
	str_add(html, "</section>\n");
}
