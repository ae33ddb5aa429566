/* SPDX-License-Identifier: MIT */
/* vdi-chain-list: the layers of a disk, or of the disks of VMs, from the top down. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "objects/queries/list.h"
#include "objects/storage/vdi_chain.h"
#include "xe/model/command.h"
#include "xe/commands/layer_list.h"
#include "xe/model/select.h"

/* The layers of one disk. */
struct shown {
	char *vdi;
	char *head; /* first line of the tree of layers: the VM, device and UUID of the disk */
	struct vdi_chain chain;
};

struct chains {
	size_t n;
	struct shown *items;
};

static void chains_clear(struct chains *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->items[i].vdi);
		free(c->items[i].head);
		vdi_chain_clear(&c->items[i].chain);
	}
	free(c->items);
}

static int add_shown_chain(
	struct call *c, const char *vdi, char *head, struct chains *ret, struct vxe_error *err)
{
	ret->items = xrealloc(ret->items, ret->n + 1, sizeof(*ret->items));
	ret->items[ret->n] = (struct shown){ .vdi = xstrdup(vdi), .head = head };
	return vdi_chain_read(c->session, vdi, &ret->items[ret->n++].chain, err);
}

/* ---- the disks of a VM ----------------------------------------------------------------------- */

/* Positions of the fields that are read of a VM's VBDs, in the order in which rows have them. */
enum { VBD_VM, VBD_VDI, VBD_USERDEVICE };

static long position(const struct row *row)
{
	const char *text = row->values[VBD_USERDEVICE].string;

	return strtol(text ? text : "", NULL, 10);
}

static int by_position(const void *a, const void *b)
{
	return (int)(position(a) - position(b));
}

static int add_vm_chains(struct call *c, const char *vm, struct chains *ret, struct vxe_error *err)
{
	const struct view *v = view_by_prefix("vbd");
	const struct filter of_vm[] = { { "vm-uuid", vm }, { "type", "Disk" } };
	const struct field *const fields[] = { class_field(v->cls, "vm-name-label"),
		class_field(v->cls, "vdi-uuid"), class_field(v->cls, "userdevice"), NULL };
	_cleanup_rows_ struct rows rows = { 0 };

	if (list_rows(c->session, v, of_vm, ARRAY_LEN(of_vm), fields, LIST_KNOWN, &rows, err) < 0)
		return -1;
	if (rows.n)
		qsort(rows.items, rows.n, sizeof(*rows.items), by_position);
	for (size_t i = 0; i < rows.n; i++) {
		const struct value *values = rows.items[i].values;

		if (values[VBD_VDI].literal || !values[VBD_VDI].string)
			continue; /* an empty drive has no layers to list */
		char *head = xasprintf("%s %s  %s", values[VBD_VM].string,
			values[VBD_USERDEVICE].string, values[VBD_VDI].string);

		if (add_shown_chain(c, values[VBD_VDI].string, head, ret, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- output ---------------------------------------------------------------------------------- */

/* The columns of vdi-chain-list, in the order in which the record of a layer has them. */
#define CHAIN_COLUMNS(X)                                                                           \
	X("vdi-uuid", CELL_TEXT)                                                                   \
	X("chain-of", CELL_TEXT)                                                                   \
	X("depth", CELL_NUMBER)                                                                    \
	X("file", CELL_TEXT)                                                                       \
	X("format", CELL_TEXT)                                                                     \
	X("virtual-size", CELL_NUMBER)                                                             \
	X("allocated", CELL_NUMBER)                                                                \
	X("origin", CELL_TEXT)                                                                     \
	X("state", CELL_TEXT)                                                                      \
	X("used-by", CELL_LINES)
#define COLUMN_NAME(name, kind) name,
#define COLUMN(name, kind) { name, kind },
/* clang-format off */
const char *const chain_columns[] = { CHAIN_COLUMNS(COLUMN_NAME) NULL };
const struct column layer_columns[] = { CHAIN_COLUMNS(COLUMN) { 0 } };
/* clang-format on */
enum { OF = 1, DEPTH, N_COLUMNS = ARRAY_LEN(chain_columns) - 1 };

struct layer_order {
	int column;
	bool down;
};

/* Compares two records by one of their columns. */
static int compare_cells(const char *const *a, const char *const *b, int column)
{
	if (layer_columns[column].kind == CELL_NUMBER) {
		long long l = strtoll(a[column], NULL, 10), r = strtoll(b[column], NULL, 10);

		return (l > r) - (l < r);
	}
	int r = strcasecmp(a[column], b[column]);

	return r ? r : strcmp(a[column], b[column]);
}

/*
 * Compares two layers of disks by the column that sort= names; equal ones by their disk, and those of one disk from the
 * active layer down.
 */
static int by_column(const void *a, const void *b, void *order)
{
	const struct layer_order *o = order;
	int r = compare_cells(a, b, o->column);

	if (r)
		return o->down ? -r : r;
	r = compare_cells(a, b, OF);
	return r ? r : compare_cells(a, b, DEPTH);
}

static void print_records(struct call *c, const struct chains *all)
{
	_cleanup_strv_ struct strv texts = { 0 };
	_cleanup_free_ const char **cells = NULL;
	const char *sort = call_get(c, "sort");
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += all->items[i].chain.n;
	cells = xcalloc(n * N_COLUMNS + 1, sizeof(*cells));
	n = 0;
	for (size_t i = 0; i < all->n; i++) {
		for (size_t k = 0; k < all->items[i].chain.n; k++) {
			const struct chain_layer *l = &all->items[i].chain.items[k];
			size_t at = texts.n;

			strv_take(&texts, xasprintf("%zu", l->depth));
			strv_take(&texts, xasprintf("%" PRId64, l->virtual_size));
			strv_take(&texts, xasprintf("%" PRId64, l->allocated));
			strv_take(&texts, strv_join(&l->users, "\n"));
			const char *const record[N_COLUMNS] = { l->vdi ? l->vdi : "",
				all->items[i].vdi, texts.items[at], l->file, l->format,
				texts.items[at + 1], texts.items[at + 2], l->origin, l->state,
				texts.items[at + 3] };

			for (size_t j = 0; j < N_COLUMNS; j++)
				cells[n * N_COLUMNS + j] = record[j];
			n++;
		}
	}
	if (sort) {
		struct layer_order o = { .down = *sort == '-' };

		while (chain_columns[o.column] && !str_eq(chain_columns[o.column], sort + o.down))
			o.column++;
		if (n && chain_columns[o.column])
			qsort_r(cells, n, N_COLUMNS * sizeof(*cells), by_column, &o);
	}
	if (call_get(c, "limit") && (size_t)call_value(c, "limit", 0) < n)
		n = (size_t)call_value(c, "limit", 0);
	render_cells(c->render, layer_columns, cells, n);
}

static void print_layer(struct call *c, const struct chain_layer *l, size_t indent)
{
	_cleanup_free_ char *line =
		xasprintf("%*s%zu  %s  %s%s%s%s%s  %" PRId64 " of %" PRId64 " bytes", (int)indent,
			"", l->depth, l->file, l->format, *l->origin ? ", " : "", l->origin,
			*l->state ? ", " : "", l->state, l->allocated, l->virtual_size);

	render_line(c->render, line);
	for (size_t i = 0; i < l->users.n; i++) {
		_cleanup_free_ char *user =
			xasprintf("%*s%s", (int)indent + 4, "", l->users.items[i]);

		render_line(c->render, user);
	}
}

static void print_tree(struct call *c, const struct chains *all)
{
	for (size_t i = 0; i < all->n; i++) {
		render_marked(c->render, all->items[i].head);
		for (size_t k = 0; k < all->items[i].chain.n; k++)
			print_layer(c, &all->items[i].chain.items[k], 2 * (k + 1));
	}
}

int cmd_vdi_chain_list(struct call *c, struct vxe_error *err)
{
	_cleanup_(chains_clear) struct chains all = { 0 };
	_cleanup_strv_ struct strv vms = { 0 };
	_cleanup_filters_ struct filters selectors = { 0 };
	const char *vdi = call_get(c, "uuid");
	bool tree = call_flag(c, "tree", false);

	if (tree && select_no_order(c, err) < 0)
		return -1;
	select_filters(c, &selectors);
	if (vdi && (selectors.n || params_get(c->params, "vm")))
		return vxe_fail(
			err, CLI_USAGE, "Parameter uuid= names a disk: then no VMs are selected.");
	if (vdi ? call_session(c, err) < 0 || add_shown_chain(c, vdi, xstrdup(vdi), &all, err) < 0
		: select_vms(c, 0, &vms, err) < 0)
		return -1;
	for (size_t i = 0; i < vms.n; i++)
		if (add_vm_chains(c, vms.items[i], &all, err) < 0)
			return -1;
	progress_hide(c->progress);
	if (tree && c->render->format == RENDER_XE)
		print_tree(c, &all);
	else
		print_records(c, &all);
	return 0;
}
