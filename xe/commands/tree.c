/* SPDX-License-Identifier: MIT */
/*
 * snapshot-list --tree: the snapshots of each VM, each below its parent, and the VM's present
 * position.
 */
#include "objects/model/record.h"
#include "objects/records/list.h"
#include "xe/call.h"
#include "xe/command.h"

/* Columns in record order. */
enum { COL_UUID, COL_NAME, COL_OF, COL_TIME, COL_PARENT };
static const char *const column_names[] = { "uuid", "name-label", "snapshot-of", "snapshot-time",
	"parent" };

struct tree {
	struct rows snapshots;
	struct rows vms;
};

static void tree_clear(struct tree *t)
{
	rows_clear(&t->snapshots);
	rows_clear(&t->vms);
}

static int load(struct session *s, const struct view *v, const struct filter *filters, size_t n,
	struct rows *ret, struct vxe_error *err)
{
	const struct field *fields[ARRAY_LEN(column_names) + 1] = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(column_names); i++)
		fields[i] = class_field(v->cls, column_names[i]);
	return list_rows(s, v, filters, n, fields, LIST_UNDERSCORE, ret, err);
}

static const char *text(const struct row *row, size_t column)
{
	return row->values[column].literal ? NULL : row->values[column].string;
}

static const struct row *find(const struct rows *rows, const char *uuid)
{
	for (size_t i = 0; uuid && i < rows->n; i++)
		if (str_eq(rows->items[i].uuid, uuid))
			return &rows->items[i];
	return NULL;
}

static void print_line(struct call *c, int depth, const char *line)
{
	_cleanup_free_ char *indented = xasprintf("%*s%s", depth * 2, "", line);

	render_line(c->render, indented);
}

/* The VM's present position. */
static void print_now(struct call *c, int depth)
{
	_cleanup_free_ char *line = xasprintf("%*s(now)", depth * 2, "");

	render_marked(c->render, line);
}

static void print_snapshot(struct call *c, struct session *s, const struct tree *t,
	const struct row *snapshot, int depth)
{
	const struct field *time = t->snapshots.fields[COL_TIME];
	_cleanup_free_ char *when = value_print(s, time, &snapshot->values[COL_TIME]);
	_cleanup_free_ char *line =
		xasprintf("%s  %s  %s", text(snapshot, COL_NAME), snapshot->uuid, when);

	print_line(c, depth, line);
}

static const char *parent_of(const struct tree *t, const struct row *row)
{
	const struct row *parent = find(&t->snapshots, text(row, COL_PARENT));

	return parent ? parent->uuid : NULL;
}

/* Prints the snapshots of @vm below @parent (NULL: the roots), each with its descendants. */
static void print_level(struct call *c, struct session *s, const struct tree *t, const char *vm,
	const char *parent, int depth)
{
	const struct row *self = find(&t->vms, vm);

	for (size_t i = 0; i < t->snapshots.n; i++) {
		const struct row *snapshot = &t->snapshots.items[i];

		/* A damaged chain of parents may be a circle. */
		if (depth > (int)t->snapshots.n || !str_eq(text(snapshot, COL_OF), vm) ||
			!str_eq(parent_of(t, snapshot), parent))
			continue;
		print_snapshot(c, s, t, snapshot, depth);
		print_level(c, s, t, vm, snapshot->uuid, depth + 1);
	}
	if (self && str_eq(text(self, COL_PARENT), parent))
		print_now(c, depth);
}

static void print_vm(struct call *c, struct session *s, const struct tree *t, const char *vm)
{
	const struct row *self = find(&t->vms, vm);
	_cleanup_free_ char *head = self ? xasprintf("%s  %s", text(self, COL_NAME), vm)
					 : xasprintf("(VM gone)  %s", vm ? vm : NOT_IN_DATABASE);

	print_line(c, 0, head);
	print_level(c, s, t, vm, NULL, 1);
}

int print_snapshot_tree(struct call *c, const struct view *v, const struct filter *filters,
	size_t n, struct vxe_error *err)
{
	_cleanup_(tree_clear) struct tree t = { 0 };
	_cleanup_strv_ struct strv done = { 0 };

	if (call_session(c, err) < 0 || load(c->session, v, filters, n, &t.snapshots, err) < 0 ||
		load(c->session, view_by_prefix("vm"), NULL, 0, &t.vms, err) < 0)
		return -1;
	for (size_t i = 0; i < t.snapshots.n; i++) {
		const char *vm = text(&t.snapshots.items[i], COL_OF);

		if (strv_has(&done, vm ? vm : ""))
			continue;
		strv_add(&done, vm ? vm : "");
		print_vm(c, c->session, &t, vm);
	}
	return 0;
}
