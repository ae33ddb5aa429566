/* SPDX-License-Identifier: MIT */
/* Counts the records that name each layer of a tree, also again when some of them are thought to be deleted. */
#include "objects/disks/node_tree.h"

#include <stdlib.h>
#include <string.h>

#include "objects/classes/storage/forgotten_disk.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"

const struct node *tree_record(const struct tree_loading *l, size_t i)
{
	return l->nodes.items[i];
}

static int compare_nodes(const void *a, const void *b)
{
	const struct node *const *x = a, *const *y = b;

	return strcmp((*x)->r.uuid, (*y)->r.uuid);
}

void tree_sort_records(struct tree_loading *l)
{
	if (l->nodes.n)
		qsort(l->nodes.items, l->nodes.n, sizeof(*l->nodes.items), compare_nodes);
}

int tree_find_record(const struct tree_loading *l, const char *uuid)
{
	size_t low = 0, high = uuid ? l->nodes.n : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(tree_record(l, mid)->r.uuid, uuid);

		if (c == 0)
			return (int)mid;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return -1;
}

static int count_name(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct tree_loading *l = ctx;
	int i = tree_find_record(l, values[0]);

	(void)err;
	if (i < 0 || (l->dropped && strv_has(l->dropped, uuid)) ||
		vdi_is_base_copy(uuid, values[0], str_eq(values[1], "true")))
		return 0;
	l->names[i]++;
	return 0;
}

/*
 * Counts a temporary overlay (guard) on a disk of a Suspended VM, which only VBDs name; it and the layer below it must
 * not be merged.
 */
static int count_guard(
	void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct tree_loading *l = ctx;
	int i = tree_find_record(l, values[0]);

	(void)err;
	if (i < 0 || (l->dropped && strv_has(l->dropped, uuid)))
		return 0;
	l->names[i]++;
	l->held[i] = true;
	int below = tree_find_record(l, tree_record(l, (size_t)i)->parent);
	if (below >= 0)
		l->held[below] = true;
	return 0;
}

/* Counts the layer of a forgotten disk, whose file must not change until a scan brings the disk back. */
static int count_forgotten(
	void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct tree_loading *l = ctx;
	int i = tree_find_record(l, values[0]);

	(void)uuid;
	(void)err;
	if (i >= 0) {
		l->names[i]++;
		l->forgotten[i] = true;
	}
	return 0;
}

/* Counts a layer with UEFI variables or TPM state, which records of snapshots name. */
static int count_captured(
	void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct tree_loading *l = ctx;

	(void)err;
	int i = tree_find_record(l, values[0]);

	if (i >= 0 && !(l->dropped && strv_has(l->dropped, uuid)))
		l->names[i]++;
	return 0;
}

/* The classes whose records name layers, with the columns to read; the first column is the UUID of a layer. */
static const struct naming {
	const struct class *cls;
	const char *columns[3];
	txn_row_fn *count;
} namings[] = {
	{ &vbd_class, { "guard", NULL }, count_guard },
	{ &forgotten_class, { "layer", NULL }, count_forgotten },
	{ &vm_class, { "nvram_node", NULL }, count_captured },
	{ &vm_class, { "tpm_node", NULL }, count_captured },
	{ &vdi_class, { "node", "managed", NULL }, count_name },
};

static int count_naming(struct tree_loading *l, const struct naming *by, struct vxe_error *err)
{
	const char *const *columns = by->columns;

	if (!l->seeds)
		return txn_scan(l->t, by->cls->name, columns, by->count, l, err);
	for (size_t i = 0; i < l->nodes.n; i++)
		if (txn_scan_where(l->t, by->cls->name, columns, columns[0],
			    tree_record(l, i)->r.uuid, by->count, l, err) < 0)
			return -1;
	return 0;
}

int tree_count_names(struct tree_loading *l, struct vxe_error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(namings); i++)
		if (count_naming(l, &namings[i], err) < 0)
			return -1;
	return 0;
}

static bool is_dropped(const struct tree_loading *l, const struct vdi *vdi)
{
	return l->dropped && strv_has(l->dropped, vdi->r.uuid);
}

int tree_note_kept(struct tree_loading *l, struct tree_node *to, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	if (records_load(l->t, &vdi_class, "node", to->uuid, &vdis, err) < 0)
		return -1;
	to->kept = false;
	for (size_t i = 0; i < vdis.n; i++)
		to->kept |= vdi_is_kept(vdis.items[i]) && !is_dropped(l, vdis.items[i]);
	return 0;
}

/* ---- what a deletion would leave ------------------------------------------------------------- */

static int compare_uuid(const void *uuid, const void *node)
{
	return strcmp(uuid, ((const struct tree_node *)node)->uuid);
}

static struct tree_node *node_in(const struct tree *t, const char *uuid)
{
	return t->n ? bsearch(uuid, t->items, t->n, sizeof(*t->items), compare_uuid) : NULL;
}

bool tree_has_all(const struct tree *t, const struct strv *nodes)
{
	for (size_t i = 0; i < nodes->n; i++)
		if (!node_in(t, nodes->items[i]))
			return false;
	return true;
}

/* The records of those layers @l->seeds that the tree has. */
static int load_named(struct tree_loading *l, const struct tree *t, struct vxe_error *err)
{
	_cleanup_strv_ struct strv seen = { 0 };

	l->nodes.cls = &node_class;
	for (size_t i = 0; i < l->seeds->n; i++) {
		const char *uuid = l->seeds->items[i];
		void *found = NULL;

		if (!node_in(t, uuid) || strv_has(&seen, uuid))
			continue;
		strv_add(&seen, uuid);
		if (record_load(l->t, &node_class, uuid, &found, err) < 0)
			return -1;
		l->nodes.items = xrealloc(l->nodes.items, l->nodes.n + 1, sizeof(void *));
		l->nodes.items[l->nodes.n++] = found;
	}
	tree_sort_records(l);
	l->names = xcalloc(l->nodes.n + 1, sizeof(*l->names));
	l->held = xcalloc(l->nodes.n + 1, sizeof(*l->held));
	l->forgotten = xcalloc(l->nodes.n + 1, sizeof(*l->forgotten));
	return 0;
}

/* As the load of a tree does: only where a layer that nothing names lies below one that something names. */
static int note_kept_again(struct tree_loading *l, struct tree *t, struct vxe_error *err)
{
	for (size_t i = 0; i < t->n; i++) {
		struct tree_node *n = &t->items[i];
		const struct tree_node *below = n->parent < 0 ? NULL : &t->items[n->parent];
		bool touched = tree_find_record(l, n->uuid) >= 0 ||
			(below && tree_find_record(l, below->uuid) >= 0);

		if (!touched)
			continue;
		n->kept = false;
		if (n->n_names && below && !below->n_names && tree_note_kept(l, n, err) < 0)
			return -1;
	}
	return 0;
}

int tree_drop(struct session *s, struct txn *txn, struct tree *t, const struct strv *named,
	const struct strv *dropped, struct vxe_error *err)
{
	_cleanup_(tree_loading_clear) struct tree_loading l = {
		.s = s, .t = txn, .seeds = named, .dropped = dropped
	};

	if (load_named(&l, t, err) < 0 || tree_count_names(&l, err) < 0)
		return -1;
	for (size_t i = 0; i < l.nodes.n; i++)
		node_in(t, tree_record(&l, i)->r.uuid)->n_names = l.names[i];
	return note_kept_again(&l, t, err);
}
