/* SPDX-License-Identifier: MIT */
/*
 * Loads the tree of layers for disk_plan(): from the records, the files, and the live XML of every running domain, see
 * node_tree_domains.c.
 */
#include "objects/disks/node_tree.h"

#include "backends/content/content.h"
#include "objects/base/file_key.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/node_fingerprint.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/classes/storage/sr_place.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/engine/plan_space.h"
#include "objects/disks/content_loss.h"

#include <string.h>

void tree_loading_clear(struct tree_loading *l)
{
	free(l->root);
	free(l->names);
	free(l->place);
	free(l->held);
	free(l->forgotten);
	free(l->elsewhere);
	free(l->used_elsewhere);
	for (size_t i = 0; l->keys && i < l->nodes.n; i++)
		free(l->keys[i]);
	free(l->keys);
	records_clear(&l->nodes);
}

/* The index of the lowest layer below the layer @i; if the chain is a circle, the same one from each of its layers. */
static int find_root(const struct tree_loading *l, int i)
{
	int lowest = (int)l->nodes.n;

	for (size_t steps = 0; steps < 2 * l->nodes.n; steps++) {
		int p = tree_find_record(l, tree_record(l, (size_t)i)->parent);

		if (p < 0)
			return i;
		i = p;
		if (steps >= l->nodes.n && i < lowest)
			lowest = i;
	}
	return lowest;
}

/*
 * Finds the lowest layer of the tree that the layer @seed is in, on which all others lie. *ret is NULL if @seed does
 * not exist.
 */
static int find_top(struct tree_loading *l, const char *seed, char **ret, struct vxe_error *err)
{
	_cleanup_strv_ struct strv seen = { 0 };
	_cleanup_free_ char *at = xstrdup(seed), *top = NULL;

	while (at && !strv_has(&seen, at)) {
		void *found = NULL;

		if (record_find(l->t, &node_class, at, &found, err) < 0)
			return -1;
		_cleanup_(node_free_cleanup) struct node *n = found;

		if (!n)
			break;
		strv_add(&seen, at);
		str_replace(&top, at);
		str_replace(&at, n->parent);
	}
	/* If a damaged chain is a circle, the result must be the same from each of its layers. */
	for (size_t i = seen.n; at && strv_has(&seen, at) && i-- > 0;) {
		if (strcmp(seen.items[i], top) < 0)
			str_replace(&top, seen.items[i]);
		if (str_eq(seen.items[i], at))
			break;
	}
	*ret = TAKE(top);
	return 0;
}

static void add_record(struct records *to, void *record)
{
	to->items = xrealloc(to->items, to->n + 1, sizeof(*to->items));
	to->items[to->n++] = record;
}

/* Loads the records of the layer @top and of all layers that lie above it. */
static int load_above(struct tree_loading *l, const char *top, struct vxe_error *err)
{
	size_t first = l->nodes.n;
	void *found = NULL;

	if (record_load(l->t, &node_class, top, &found, err) < 0)
		return -1;
	add_record(&l->nodes, found);
	for (size_t i = first; i < l->nodes.n; i++) {
		_cleanup_records_ struct records children = { 0 };

		if (records_load(l->t, &node_class, "parent", tree_record(l, i)->r.uuid, &children,
			    err) < 0)
			return -1;
		for (size_t k = 0; k < children.n;
			k++) /* in a circle, @top is among the children */
			if (!str_eq(((struct node *)children.items[k])->r.uuid, top))
				add_record(&l->nodes, TAKE(children.items[k]));
	}
	return 0;
}

/* Loads the records of the layers in the whole tree of each of the seeds. */
static int load_nodes(struct tree_loading *l, struct vxe_error *err)
{
	_cleanup_strv_ struct strv tops = { 0 };

	if (!l->seeds)
		return records_load(l->t, &node_class, NULL, NULL, &l->nodes, err);
	l->nodes.cls = &node_class;
	for (size_t i = 0; i < l->seeds->n; i++) {
		_cleanup_free_ char *top = NULL;

		if (find_top(l, l->seeds->items[i], &top, err) < 0)
			return -1;
		if (!top || strv_has(&tops, top))
			continue;
		strv_add(&tops, top);
		if (load_above(l, top, err) < 0)
			return -1;
	}
	return 0;
}

/* Adds the SRs whose storage is not mounted on this host: what lies in their folders are not their layers. */
static int add_away(struct tree_loading *l, struct strv *srs, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };

	if (l->s->pool_size > 1 && records_load(l->t, &sr_class, NULL, NULL, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct sr *sr = all.items[i];

		if (!sr_is_among(srs, sr->r.uuid) && sr_is_away(l->s, sr))
			strv_add(srs, sr->r.uuid);
	}
	return 0;
}

/* Notes which layers another host has, and leaves out those on which, and below which, this host has none. */
static int note_elsewhere(struct tree_loading *l, struct vxe_error *err)
{
	_cleanup_strv_ struct strv srs = { 0 };
	_cleanup_free_ bool *here = xcalloc(l->nodes.n + 1, sizeof(*here));

	if (srs_elsewhere(l->s, l->t, &srs, err) < 0 || add_away(l, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < l->nodes.n; i++) {
		l->elsewhere[i] = sr_is_among(&srs, tree_record(l, i)->sr);
		here[l->root[i]] |= !l->elsewhere[i];
	}
	for (size_t i = 0; i < l->nodes.n; i++)
		l->place[i] = l->seeds || here[l->root[i]] ? 0 : -1;
	return 0;
}

/* A search for the layers that VMs of other hosts have. */
struct elsewhere_search {
	struct tree_loading *l;
	struct strv vms, disks; /* sorted by the caller before they are searched */
};

static int take_vm(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct elsewhere_search *w = ctx;

	(void)err;
	if (!session_is_here(w->l->s, values[0]))
		strv_add(&w->vms, uuid);
	return 0;
}

static void note_used(struct tree_loading *l, const char *node)
{
	int i = str_is_empty(node) ? -1 : tree_find_record(l, node);

	if (i >= 0)
		l->used_elsewhere[l->root[i]] = true;
}

static int take_disk(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct elsewhere_search *w = ctx;

	(void)uuid, (void)err;
	if (!values[0] || !strv_has_sorted(&w->vms, values[0]))
		return 0;
	if (!str_is_empty(values[1]))
		strv_add(&w->disks, values[1]);
	note_used(w->l, values[2]);
	return 0;
}

static int take_layer(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct elsewhere_search *w = ctx;

	(void)err;
	if (strv_has_sorted(&w->disks, uuid))
		note_used(w->l, values[0]);
	return 0;
}

/* Only their host's libvirt and QEMU know what these VMs do with their disks, so their trees wait for that host. */
static int note_used_elsewhere(struct tree_loading *l, struct vxe_error *err)
{
	static const char *const vm[] = { "home", NULL }, *const vdi[] = { "node", NULL },
				 *const vbd[] = { "vm_uuid", "vdi_uuid", "guard", NULL };
	struct elsewhere_search w = { .l = l };
	int r = 0;

	if (l->s->pool_size > 1)
		r = txn_scan(l->t, vm_class.name, vm, take_vm, &w, err);
	strv_sort(&w.vms);
	if (r == 0 && w.vms.n)
		r = txn_scan(l->t, vbd_class.name, vbd, take_disk, &w, err);
	strv_sort(&w.disks);
	if (r == 0 && w.disks.n)
		r = txn_scan(l->t, vdi_class.name, vdi, take_layer, &w, err);
	strv_clear(&w.vms);
	strv_clear(&w.disks);
	return r;
}

static int load_records(struct tree_loading *l, struct vxe_error *err)
{
	size_t n;

	if (load_nodes(l, err) < 0)
		return -1;
	n = l->nodes.n;
	l->root = xcalloc(n + 1, sizeof(*l->root));
	l->names = xcalloc(n + 1, sizeof(*l->names));
	l->place = xcalloc(n + 1, sizeof(*l->place));
	l->held = xcalloc(n + 1, sizeof(*l->held));
	l->forgotten = xcalloc(n + 1, sizeof(*l->forgotten));
	l->elsewhere = xcalloc(n + 1, sizeof(*l->elsewhere));
	l->used_elsewhere = xcalloc(n + 1, sizeof(*l->used_elsewhere));
	tree_sort_records(l);
	for (size_t i = 0; i < n; i++)
		l->root[i] = find_root(l, (int)i);
	if (note_elsewhere(l, err) < 0 || note_used_elsewhere(l, err) < 0)
		return -1;
	if (tree_count_names(l, err) < 0)
		return -1;
	for (size_t i = 0; l->after && i < l->after->named.n; i++) {
		int at = tree_find_record(l, l->after->named.items[i]);

		if (at >= 0)
			l->names[at]++;
	}
	return 0;
}

void tree_reserve(struct tree_node *n, const char *why)
{
	n->reserved = true;
	str_replace(&n->why, why);
}

/*
 * Reads the image of a layer for the tree. If that fails, `vxe check` reports it, and the other layers are still
 * planned.
 */
static int read_content(
	struct tree_loading *l, const struct node *n, struct tree_node *to, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error damaged = { 0 };
	_cleanup_marks_ struct node_marks marks = { 0 };
	const char *changed = node_changed(n, to->content);

	if (changed)
		to->changed = xasprintf("%s was changed outside vxe: %s", to->path, changed);
	to->lose = loss_is_named(l->s, n->r.uuid);
	if (node_marks(l->s, n, to->path, &marks, &damaged) < 0) {
		if (damaged.code != VXE_IMAGE_FAILED) {
			error_move(err, &damaged);
			return -1;
		}
		tree_reserve(to, "its file cannot be read");
	}
	if (marks.internal)
		to->internal = xasprintf("internal snapshots in %s: %s", to->path, marks.internal);
	to->dirty = TAKE(marks.dirty);
	to->damaged = TAKE(marks.corrupt);
	return 0;
}

static const struct plan_disk *disk_to_be_made(const struct tree_loading *l, const char *node)
{
	for (size_t i = 0; l->after && i < l->after->n_disks; i++) {
		const struct plan_disk *d = &l->after->disks[i];

		if (plan_disk_needs(d) && str_eq(d->new_node, node))
			return d;
	}
	return NULL;
}

/*
 * Returns 1 if the folder of a layer's missing file is not there, or its SR is not mounted: then the file may come back
 * together with its storage.
 */
static int folder_is_away(
	struct tree_loading *l, const struct node *n, const char *path, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_error_ struct vxe_error away = { 0 };
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *folder =
		xstrndup(path, slash && slash > path ? (size_t)(slash - path) : 1);
	struct content_stat f;

	if ((n->sr && sr_find(l->t, n->sr, &sr, err) < 0) ||
		content_stat(content_of(l->s, folder), &f, err) < 0)
		return -1;
	return !f.exists || (sr && (sr->detached || sr_check_mounted(l->s, sr, &away) < 0));
}

/*
 * Fills in what is known of a layer's file; for a file that the plan has yet to make, the space that the plan expects.
 */
static int read_node_file(
	struct tree_loading *l, const struct node *n, struct tree_node *to, struct vxe_error *err)
{
	const struct plan_disk *made = disk_to_be_made(l, n->r.uuid);
	struct content_stat file;

	if (made) {
		to->allocated = plan_disk_needs(made);
		return 0;
	}
	_cleanup_error_ struct vxe_error unseen = { 0 };

	if (content_stat(content_of(l->s, to->path), &file, &unseen) < 0) {
		_cleanup_free_ char *why = xasprintf("its file %s", unseen.params[1]);

		tree_reserve(to, why);
		return 0;
	}
	if (read_content(l, n, to, err) < 0)
		return -1;
	to->allocated = file.allocated;
	/* The file of a layer that is being removed (NODE_DOOMED) may be gone already: then only its record is left. */
	if (file.exists || n->state == NODE_DOOMED)
		return 0;
	int away = folder_is_away(l, n, to->path, err);

	to->lost = !away;
	if (away > 0)
		tree_reserve(to, "its file is missing");
	return away < 0 ? -1 : 0;
}

static int add_node(struct tree_loading *l, size_t i, struct tree *t, struct vxe_error *err)
{
	const struct node *n = tree_record(l, i);
	struct tree_node *to = &t->items[t->n];
	char **key = &l->keys[t->n];

	l->place[i] = (int)t->n++;
	*to = (struct tree_node){ .uuid = xstrdup(n->r.uuid),
		.parent = -1,
		.origin = (enum node_origin)n->origin,
		.kind = (enum node_kind)n->kind,
		.state = (enum node_state)n->state,
		.n_names = l->names[i],
		.size = n->virtual_size,
		.shut = (n->old_mode & WRITE_BITS) && n->state != NODE_WRITABLE &&
			n->origin != NODE_ADOPTED_BASE,
		.domain = -1,
		.qcow2 = str_eq(n->format, "qcow2"),
		.foreign = !str_is_empty(n->format) && !str_eq(n->format, "qcow2") &&
			!str_eq(n->format, "raw") };
	if (node_path(l->t, n, &to->path, err) < 0)
		return -1;
	to->content = content_of(l->s, to->path);
	if (!l->elsewhere[i] && read_node_file(l, n, to, err) < 0)
		return -1;
	if (l->elsewhere[i])
		tree_reserve(to, "its SR is not on this host");
	if (l->used_elsewhere[l->root[i]])
		tree_reserve(to, "a VM of another host has a disk on it or beside it");
	*key = l->elsewhere[i] ? xstrdup(n->r.uuid) : file_key(to->path);
	if (l->held[i])
		tree_reserve(to, "a suspended VM needs it");
	if (l->forgotten[i])
		tree_reserve(to, "it belongs to a forgotten disk, which 'sr-scan' brings back");
	if (str_is_empty(n->format))
		tree_reserve(to,
			"its format is not known: the header of the layer above does not say it");
	to->reserved |= tree_find_record(l, tree_record(l, (size_t)l->root[i])->parent) >= 0;
	return 0;
}

static int build(struct tree_loading *l, struct tree *t, struct vxe_error *err)
{
	t->items = xcalloc(l->nodes.n + 1, sizeof(*t->items));
	l->keys = xcalloc(l->nodes.n + 1, sizeof(*l->keys));
	for (size_t i = 0; i < l->nodes.n; i++) {
		if (l->place[i] >= 0 && add_node(l, i, t, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < l->nodes.n; i++) {
		int parent = tree_find_record(l, tree_record(l, i)->parent);

		if (l->place[i] < 0 || parent < 0)
			continue;
		t->items[l->place[i]].parent = l->place[parent];
		if (l->names[i] && !l->names[parent] &&
			tree_note_kept(l, &t->items[l->place[i]], err) < 0)
			return -1;
	}
	return 0;
}

static int load_tree(struct tree_loading *l, struct tree *ret, struct vxe_error *err)
{
	_cleanup_tree_ struct tree t = { 0 };
	_cleanup_txn_ struct txn *txn = NULL;

	/*
	 * Connects before the transaction begins, because the first contact with the hypervisor may write to the
	 * store.
	 */
	if (session_hv(l->s->here, &l->hv, err) < 0 || session_facts(l->s->here, err) < 0 ||
		txn_begin(l->s->store, l->after ? TXN_WRITE : TXN_READ, &txn, err) < 0 ||
		(l->after && plan_apply(l->s, l->after, txn, err) < 0))
		return -1;
	l->t = txn;
	if (load_records(l, err) < 0 || build(l, &t, err) < 0)
		return -1;
	/* ends the transaction: libvirt may take long, and others may wait to write */
	txn_abort(TAKE(txn));
	if (tree_mark_domains(l, &t, err) < 0)
		return -1;
	*ret = t;
	t = (struct tree){ 0 };
	return 0;
}

int tree_load(struct session *s, const struct strv *seeds, const struct strv *dropped,
	struct tree *ret, struct vxe_error *err)
{
	_cleanup_(tree_loading_clear) struct tree_loading l = {
		.s = s, .seeds = seeds, .dropped = dropped
	};

	return load_tree(&l, ret, err);
}

int tree_load_after(struct session *s, const struct plan *p, bool stopped, struct tree *ret,
	struct vxe_error *err)
{
	_cleanup_(tree_loading_clear) struct tree_loading l = {
		.s = s, .seeds = &p->freed, .after = p, .stopped = stopped ? p->domain : NULL
	};

	return load_tree(&l, ret, err);
}
