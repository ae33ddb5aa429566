/* SPDX-License-Identifier: MIT */
#include "xe/commands/snapshot_tree.h"

#include <stdlib.h>
#include <string.h>

#include "objects/base/clock.h"
#include "objects/model/record.h"
#include "objects/queries/list.h"
#include "objects/queries/list_order.h"
#include "xe/model/command.h"
#include "xe/output/terminal_text.h"

static const char *const vm_columns[] = { "uuid", "name-label", "snapshot-of", "snapshot-time",
	"parent", "power-state", NULL };
static const char *const line_columns[] = { "uuid", "name-label", "snapshot-of", "snapshot-time",
	"parent", NULL };
static const char *const graph_columns[] = { "uuid", "name-label", "snapshot-of", "snapshot-time",
	"parent", "has-memory", "size", "is-quiesced", "is-in-libvirt", "is-vmss-snapshot", NULL };
/*
 * The same for many snapshots: to find a size takes a look at the files, and a screen of them is enough for people. The
 * size of the memory image takes the place.
 */
static const char *const many_columns[] = { "uuid", "name-label", "snapshot-of", "snapshot-time",
	"parent", "has-memory", "checkpoint-size", "is-quiesced", "is-in-libvirt",
	"is-vmss-snapshot", NULL };
#define MOST_SIZED 200

void snapshot_tree_clear(struct tree *t)
{
	rows_clear(&t->snapshots);
	rows_clear(&t->vms);
}

static int load_tree_rows(struct session *s, const struct view *v, const struct filter *filters,
	size_t n, const char *const *columns, struct rows *ret, struct vxe_error *err)
{
	const struct field *fields[TREE_COLUMNS + 1] = { 0 };

	for (size_t i = 0; columns[i]; i++)
		fields[i] = class_field(v->cls, columns[i]);
	return list_rows(s, v, filters, n, fields, LIST_UNDERSCORE, ret, err);
}

static int by_row_uuid(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->uuid, ((const struct row *)b)->uuid);
}

/* With @graph the snapshots have the columns of a graph, and are in the order of time. */
static int read_tree(struct session *s, const struct view *v, const struct filter *filters,
	size_t n, bool graph, struct tree *ret, struct vxe_error *err)
{
	const struct list_order by_time = { .by[0] = class_field(v->cls, "snapshot-time") };
	struct view sorted = *v;

	if (graph)
		sorted.order = &by_time;
	if (load_tree_rows(s, &sorted, filters, n, graph ? many_columns : line_columns,
		    &ret->snapshots, err) < 0 ||
		load_tree_rows(s, view_by_prefix("vm"), NULL, 0, vm_columns, &ret->vms, err) < 0)
		return -1;
	if (ret->vms.n)
		qsort(ret->vms.items, ret->vms.n, sizeof(*ret->vms.items), by_row_uuid);
	ret->sized = graph && ret->snapshots.n <= MOST_SIZED;
	if (!ret->sized)
		return 0;
	rows_clear(&ret->snapshots);
	return load_tree_rows(s, &sorted, filters, n, graph_columns, &ret->snapshots, err);
}

int snapshot_tree_read(struct session *s, const struct view *v, const struct filter *filters,
	size_t n, struct tree *ret, struct vxe_error *err)
{
	return read_tree(s, v, filters, n, true, ret, err);
}

const char *tree_text(const struct row *row, enum tree_column column)
{
	return row->values[column].literal ? NULL : row->values[column].string;
}

static int is_row_of(const void *uuid, const void *row)
{
	return strcmp(uuid, ((const struct row *)row)->uuid);
}

const struct row *tree_row(const struct rows *rows, const char *uuid)
{
	for (size_t i = 0; uuid && i < rows->n; i++)
		if (str_eq(rows->items[i].uuid, uuid))
			return &rows->items[i];
	return NULL;
}

const struct row *tree_vm(const struct tree *t, const char *uuid)
{
	return uuid && t->vms.n
		? bsearch(uuid, t->vms.items, t->vms.n, sizeof(*t->vms.items), is_row_of)
		: NULL;
}

static void print_line(struct call *c, int depth, const char *line)
{
	_cleanup_free_ char *indented = xasprintf("%*s%s", depth * 2, "", line);

	render_line(c->render, indented);
}

static void print_snapshot(struct call *c, struct session *s, const struct tree *t,
	const struct row *snapshot, int depth)
{
	const struct field *time = t->snapshots.fields[TREE_TIME];
	_cleanup_free_ char *when = value_print(s, time, &snapshot->values[TREE_TIME]);
	_cleanup_free_ char *line =
		xasprintf("%s  %s  %s", tree_text(snapshot, TREE_NAME), snapshot->uuid, when);

	print_line(c, depth, line);
}

const char *tree_parent(const struct tree *t, const struct row *row)
{
	const struct row *parent = tree_row(&t->snapshots, tree_text(row, TREE_PARENT));

	return parent ? parent->uuid : NULL;
}

/* Prints the snapshots of @vm below @parent (NULL: those without a parent), each with all that are below it. */
static void print_level(struct call *c, struct session *s, const struct tree *t, const char *vm,
	const char *parent, int depth)
{
	const struct row *self = tree_vm(t, vm);

	for (size_t i = 0; i < t->snapshots.n; i++) {
		const struct row *snapshot = &t->snapshots.items[i];

		/* A damaged chain of parents may lead back to itself. */
		if (depth > (int)t->snapshots.n || !str_eq(tree_text(snapshot, TREE_OF), vm) ||
			!str_eq(tree_parent(t, snapshot), parent))
			continue;
		print_snapshot(c, s, t, snapshot, depth);
		print_level(c, s, t, vm, snapshot->uuid, depth + 1);
	}
	if (self && str_eq(tree_text(self, TREE_PARENT), parent)) {
		/* Prints the place of the VM's present state. */
		_cleanup_free_ char *line = xasprintf("%*s(now)", depth * 2, "");

		render_marked(c->render, line);
	}
}

static void print_vm(struct call *c, struct session *s, const struct tree *t, const char *vm)
{
	const struct row *self = tree_vm(t, vm);
	_cleanup_free_ char *head = self ? xasprintf("%s  %s", tree_text(self, TREE_NAME), vm)
					 : xasprintf("(VM gone)  %s", vm ? vm : NOT_IN_DATABASE);

	print_line(c, 0, head);
	print_level(c, s, t, vm, NULL, 1);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* Adds the snapshots of @vm below @parent as a JSON array. */
static void add_level(struct str *json, struct session *s, const struct tree *t, const char *vm,
	const char *parent, size_t depth)
{
	bool any = false;

	str_add(json, "[");
	for (size_t i = 0; i < t->snapshots.n; i++) {
		const struct row *snapshot = &t->snapshots.items[i];

		if (depth > t->snapshots.n || !str_eq(tree_text(snapshot, TREE_OF), vm) ||
			!str_eq(tree_parent(t, snapshot), parent))
			continue;
		char when[CLOCK_ISO_LEN + 1];

		clock_format_iso(snapshot->values[TREE_TIME].integer, when);

		str_add(json, any ? ",{" : "{");
		any = true;
		text_json_member(json, "uuid", snapshot->uuid);
		text_json_member(json, "name-label", tree_text(snapshot, TREE_NAME));
		text_json_member(json, "snapshot-time", when);
		str_add(json, ",\"children\":");
		add_level(json, s, t, vm, snapshot->uuid, depth + 1);
		str_add(json, "}");
	}
	str_add(json, "]");
}

static void list_vms(const struct tree *t, struct strv *ret)
{
	for (size_t i = 0; i < t->snapshots.n; i++) {
		const char *vm = tree_text(&t->snapshots.items[i], TREE_OF);

		if (!strv_has(ret, vm ? vm : ""))
			strv_add(ret, vm ? vm : "");
	}
}

int print_snapshot_tree(struct call *c, const struct view *v, const struct filter *filters,
	size_t n, struct vxe_error *err)
{
	_cleanup_(snapshot_tree_clear) struct tree t = { 0 };
	_cleanup_strv_ struct strv vms = { 0 };
	_cleanup_str_ struct str json = { 0 };

	if (call_get(c, "params"))
		return vxe_fail(err, CLI_USAGE,
			"Parameter params= has no effect with --tree. Nothing was done.");
	bool graph = !c->as_xe && c->render->format == RENDER_XE && c->render->io->out_is_terminal;

	if (call_session(c, err) < 0 || read_tree(c->session, v, filters, n, graph, &t, err) < 0)
		return -1;
	list_vms(&t, &vms);
	str_add(&json, "[");
	for (size_t i = 0; i < vms.n; i++) {
		const char *vm = *vms.items[i] ? vms.items[i] : NULL;

		if (c->render->format == RENDER_JSON) {
			/*
			 * Adds a VM to the JSON tree; "now" is the snapshot on which the present state of the VM is
			 * based.
			 */
			const struct row *self = tree_vm(&t, vm);

			str_add(&json, json.len > 1 ? ",{" : "{");
			text_json_member(&json, "uuid", vm);
			text_json_member(
				&json, "name-label", self ? tree_text(self, TREE_NAME) : NULL);
			text_json_member(&json, "now", self ? tree_text(self, TREE_PARENT) : NULL);
			str_add(&json, ",\"snapshots\":");
			add_level(&json, c->session, &t, vm, NULL, 1);
			str_add(&json, "}");
		} else if (graph)
			print_snapshot_graph(c, &t, vm);
		else
			print_vm(c, c->session, &t, vm);
	}
	str_add(&json, "]");
	if (c->render->format == RENDER_JSON)
		render_json(c->render, &json);
	return 0;
}
