/* SPDX-License-Identifier: MIT */
#include "objects/hidden_snapshots/hidden_snapshot.h"

#include "backends/content/content.h"
#include "objects/base/log.h"
#include "objects/classes/storage/forgotten_disk.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/engine/op_recover.h"
#include "objects/hidden_snapshots/snapshot_documents.h"
#include "objects/session/disk_path.h"

int hidden_read(const struct vm *snapshot, struct hv_snapshots *ret, struct vxe_error *err)
{
	ret->items = xcalloc(1, sizeof(*ret->items));
	if (snapshot_read(snapshot->libvirt_document, ret->items, err) < 0)
		return -1;
	ret->n = 1;
	return 0;
}

enum found { FOUND_NOT, FOUND, FOUND_UNKNOWN }; /* FOUND_UNKNOWN: the image cannot be read */

static enum found find_in(struct content *c, const char *name)
{
	_cleanup_snapshots_ struct content_snapshots found = { 0 };
	_cleanup_error_ struct vxe_error ignored = { 0 };

	if (content_snapshots(c, NULL, &found, &ignored) <= 0)
		return FOUND_UNKNOWN;
	for (size_t i = 0; i < found.n; i++)
		if (str_eq(found.items[i].name, name))
			return FOUND;
	return FOUND_NOT;
}

/*
 * Looks for the internal qcow2 snapshot in the images of the disks that it was taken of. *file: the first image that
 * holds it, or NULL; *unknown: some image cannot be read.
 */
static int find_holding_image(struct session *s, const struct vm *snapshot,
	const struct hv_snapshot *of, char **file, bool *unknown, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *then = NULL;

	*file = NULL;
	*unknown = false;
	if (spec_read(snapshot->domain_xml, &then, err) < 0 || disk_paths_know(s, then, err) < 0)
		return -1;
	for (size_t i = 0; i < of->n_disks && !*file; i++) {
		const struct spec_disk *disk = spec_find_disk(then, of->disks[i].target);
		_cleanup_free_ char *path = disk ? disk_path(s, disk) : NULL;

		if (of->disks[i].place != HV_INTERNAL)
			continue;
		enum found found = path ? find_in(content_of(s, path), of->name) : FOUND_UNKNOWN;

		*unknown |= found == FOUND_UNKNOWN;
		if (found == FOUND)
			*file = TAKE(path);
	}
	return 0;
}

int hidden_file(struct session *s, const struct vm *snapshot, const struct hv_snapshots *hidden,
	char **ret, struct vxe_error *err)
{
	bool unknown;

	return find_holding_image(s, snapshot, hidden->items, ret, &unknown, err);
}

static bool is_apart(const struct vm *snapshot)
{
	return str_eq(map_get(&snapshot->snapshot_info, VM_KEPT_BY_LIBVIRT), VM_KEPT_APART);
}

bool hidden_has_gone(struct session *s, const struct vm *snapshot)
{
	_cleanup_hv_snapshots_ struct hv_snapshots hidden = { 0 };
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *file = NULL;
	bool unknown;

	return !is_apart(snapshot) && hidden_read(snapshot, &hidden, &ignored) == 0 &&
		find_holding_image(s, snapshot, hidden.items, &file, &unknown, &ignored) == 0 &&
		!file && !unknown;
}

int hidden_document(const struct vm *snapshot, const struct hv_snapshots *hidden,
	const struct hv_snapshots *found, char **ret, struct vxe_error *err)
{
	const struct hv_snapshot *of = hidden->items;
	bool has_parent = of->parent && hv_snapshots_find(found, of->parent);

	if (hv_snapshots_find(found, of->name))
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"libvirt has another snapshot of that name by now; end that one first");
	return snapshot_with_parent(
		snapshot->libvirt_document, has_parent ? of->parent : NULL, ret, err);
}

static int check_one(struct session *s, const struct vm *snapshot, struct vxe_error *err)
{
	_cleanup_hv_snapshots_ struct hv_snapshots hidden = { 0 };
	_cleanup_free_ char *file = NULL;

	if (hidden_read(snapshot, &hidden, err) < 0 ||
		hidden_file(s, snapshot, &hidden, &file, err) < 0)
		return -1;
	return file ? vxe_fail(err, VXE_SNAPSHOT_HIDDEN, snapshot->r.uuid, file) : 0;
}

int hidden_check(struct session *s, const struct vm *vm, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records all = { 0 };

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vm_class, "snapshot_of", vm->r.uuid, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		if (vm_is_hidden(all.items[i]) && check_one(s, all.items[i], err) < 0)
			return -1;
	return 0;
}

/* ---- external ones --------------------------------------------------------------------------- */

/*
 * Sets *ret if something on record needs the layer @node: a snapshot's disk, a disk whose layer vxe made, or a
 * forgotten disk. The VM's own disk @own does not count, nor do disks of snapshots that libvirt manages, nor files
 * that other programs have based on the layer.
 */
static int is_needed(
	struct txn *t, const char *node, const char *own, bool *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 }, forgotten = { 0 };
	_cleanup_(node_free_cleanup) struct node *n = NULL;

	if (node_find(t, node, &n, err) < 0 ||
		records_load(t, &vdi_class, "node", node, &vdis, err) < 0 ||
		records_load(t, &forgotten_class, "layer", node, &forgotten, err) < 0)
		return -1;
	*ret |= forgotten.n > 0;
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *v = vdis.items[i];
		bool base_copy = !v->managed && str_eq(v->r.uuid, node);

		*ret |= !base_copy && !vdi_is_kept(v) && !str_eq(v->r.uuid, own) &&
			(v->is_a_snapshot || (n && n->origin == NODE_MADE));
	}
	return 0;
}

/* Sets *ret if something on record needs the layer @node, or a layer above it. */
static int are_needed(
	struct txn *t, const char *node, const char *own, bool *ret, struct vxe_error *err)
{
	_cleanup_strv_ struct strv nodes = { 0 };

	strv_add(&nodes, node);
	for (size_t i = 0; i < nodes.n && !*ret; i++) {
		_cleanup_records_ struct records above = { 0 };

		if (is_needed(t, nodes.items[i], own, ret, err) < 0 ||
			node_children(t, nodes.items[i], &above, err) < 0)
			return -1;
		for (size_t k = 0; k < above.n; k++)
			strv_add(&nodes, ((const struct node *)above.items[k])->r.uuid);
	}
	return 0;
}

int hidden_should_be(struct txn *t, const struct vm *snapshot, bool *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	*ret = false;
	if (records_load(t, &vbd_class, "vm", snapshot->r.uuid, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++) {
		const struct vbd *b = vbds.items[i];
		_cleanup_(vdi_free_cleanup) struct vdi *v = NULL;

		if (b->vdi && vdi_find(t, b->vdi, &v, err) < 0)
			return -1;
		if (v && v->node && vdi_is_kept(v) &&
			are_needed(t, v->node, v->snapshot_of, ret, err) < 0)
			return -1;
	}
	return 0;
}

int hidden_is_needed(struct txn *t, const char *vm, bool *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };

	*ret = false;
	if (records_load(t, &vm_class, "snapshot_of", vm, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n && !*ret; i++)
		if (is_apart(all.items[i]) && hidden_should_be(t, all.items[i], ret, err) < 0)
			return -1;
	return 0;
}

/* ---- given back ------------------------------------------------------------------------------ */

static int check_same_disk(struct session *s, const struct vm *snapshot,
	const struct spec_disk *then, const struct domain_spec *now, struct vxe_error *err)
{
	const struct spec_disk *disk = then ? spec_find_disk(now, then->target) : NULL;
	int r = disk ? disk_is_same(s, disk, then, err) : 0;

	if (r != 0 || !then)
		return r < 0 ? -1 : 0;
	return vxe_fail(err, VXE_SNAPSHOT_HIDDEN, snapshot->r.uuid, then->path);
}

int hidden_check_on_top(struct session *s, const struct vm *snapshot, const struct hv_snapshot *of,
	const struct domain_spec *now, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *then = NULL;

	if (spec_read(snapshot->domain_xml, &then, err) < 0)
		return -1;
	for (size_t i = 0; i < of->n_disks; i++)
		if (of->disks[i].place == HV_INTERNAL &&
			check_same_disk(s, snapshot, spec_find_disk(then, of->disks[i].target), now,
				err) < 0)
			return -1;
	return 0;
}

struct giving {
	struct session *s;
	const char *vm;
	char *current;	    /* UUID of the snapshot that the VM is based on */
	struct records all; /* records of all snapshots of the VM */
	struct strv done;   /* UUIDs of the snapshots that libvirt has again */
	struct domain_spec *now;
	struct hv *hv;
	/* vxe needs layers of external snapshots, so none of the hidden external ones goes back to libvirt */
	bool needed;
};

static void giving_clear(struct giving *g)
{
	free(g->current);
	records_clear(&g->all);
	strv_clear(&g->done);
	domain_spec_free(g->now);
}

/* Returns 1 if the VM has hidden snapshots, and a persistent domain of this store that can have them back. */
static int giving_load(struct giving *g, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	_cleanup_free_ char *xml = NULL;
	size_t hidden = 0;

	if (txn_begin(g->s->store, TXN_READ, &t, err) < 0 || vm_find(t, g->vm, &vm, err) < 0 ||
		records_load(t, &vm_class, "snapshot_of", g->vm, &g->all, err) < 0)
		return -1;
	for (size_t i = 0; i < g->all.n; i++)
		hidden += vm_is_hidden(g->all.items[i]);
	if (hidden && hidden_is_needed(t, g->vm, &g->needed, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (!vm || !hidden)
		return 0;
	g->current = xstrdup_null(vm->parent);
	if (session_hv(g->s->here, &g->hv, err) < 0 || hv_find(g->hv, g->vm, &d, err) < 0)
		return -1;
	if (!d.uuid || !d.persistent)
		return 0;
	if (hv_xml(g->hv, g->vm, HV_XML_INACTIVE, &xml, err) < 0 ||
		spec_read(xml, &g->now, err) < 0 || disk_paths_know(g->s, g->now, err) < 0)
		return -1;
	return session_is_own_store(g->s, g->now->store);
}

static bool name_is_hidden(const struct giving *g, const char *name)
{
	for (size_t i = 0; i < g->all.n; i++) {
		const struct vm *v = g->all.items[i];

		if (vm_is_hidden(v) && !strv_has(&g->done, v->r.uuid) &&
			str_eq(v->libvirt_snapshot, name))
			return true;
	}
	return false;
}

/*
 * Defines a hidden snapshot in libvirt again, from its XML, unless libvirt has it already. libvirt's list of the
 * domain's snapshots changes with it.
 */
static int give(struct giving *g, const struct vm *v, const struct hv_snapshots *hidden,
	struct vxe_error *err)
{
	_cleanup_hv_snapshots_ struct hv_snapshots found = { 0 };
	_cleanup_free_ char *xml = NULL;

	if (hv_snapshots(g->hv, g->vm, &found, err) < 0)
		return -1;
	const struct hv_snapshot *of = hv_snapshots_find(&found, v->libvirt_snapshot);

	if (of && of->time == v->snapshot_time)
		return 0;
	if (hidden_document(v, hidden, &found, &xml, err) < 0 ||
		kept_put(g->hv, g->vm, xml, str_eq(v->r.uuid, g->current), err) < 0)
		return -1;
	return kept_have_current(g->hv, g->vm, err);
}

/*
 * Returns 1 if the snapshot is hidden and libvirt could revert to it now, so that it can be defined in libvirt again.
 * @orphans: also if its parent is still hidden.
 */
static int is_ready(struct giving *g, const struct vm *v, bool orphans, struct hv_snapshots *hidden,
	struct vxe_error *err)
{
	_cleanup_free_ char *file = NULL;

	if (!vm_is_hidden(v) || strv_has(&g->done, v->r.uuid))
		return 0;
	if (hidden_read(v, hidden, err) < 0 || hidden_file(g->s, v, hidden, &file, err) < 0)
		return -1;
	if (is_apart(v) ? g->needed : !file)
		return 0;
	if (!orphans && hidden->items->parent && name_is_hidden(g, hidden->items->parent))
		return 0;
	if (hidden_check_on_top(g->s, v, hidden->items, g->now, err) == 0)
		return 1;
	if (err->code != VXE_SNAPSHOT_HIDDEN)
		return -1;
	error_clear(err);
	return 0;
}

static void give_ready(struct giving *g, bool orphans, bool *more)
{
	*more = false;
	for (size_t i = 0; i < g->all.n; i++) {
		const struct vm *v = g->all.items[i];
		_cleanup_hv_snapshots_ struct hv_snapshots hidden = { 0 };
		_cleanup_error_ struct vxe_error failed = { 0 };
		int r = is_ready(g, v, orphans, &hidden, &failed);

		if (r > 0 && give(g, v, &hidden, &failed) == 0) {
			strv_add(&g->done, v->r.uuid);
			*more = true;
		} else if (r && orphans)
			session_notice(g->s, "libvirt does not list its snapshot %s of %s yet: %s",
				v->libvirt_snapshot, g->vm,
				failed.n_params ? failed.params[failed.n_params - 1]
						: code_info(failed.code)->text);
	}
}

int hidden_show(struct txn *t, struct vm *snapshot, struct vxe_error *err)
{
	map_set(&snapshot->snapshot_info, VM_KEPT_BY_LIBVIRT,
		is_apart(snapshot) ? VM_KEPT_OUTSIDE : VM_KEPT_INSIDE);
	return record_save(t, &vm_class, snapshot, err);
}

static int show_done(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct strv *done = ctx;

	for (size_t i = 0; i < done->n; i++) {
		_cleanup_(vm_free_cleanup) struct vm *v = NULL;

		if (vm_find(t, done->items[i], &v, err) < 0 ||
			(v && vm_is_hidden(v) && hidden_show(t, v, err) < 0))
			return -1;
	}
	return 0;
}

int hidden_give_back(struct session *s, const char *vm, struct vxe_error *err)
{
	_cleanup_(giving_clear) struct giving g = { .s = s, .vm = vm };
	bool more = true;
	int r = giving_load(&g, err);

	if (r <= 0)
		return r;
	while (more) /* parents come first: libvirt takes no snapshot whose parent it does not know */
		give_ready(&g, false, &more);
	give_ready(&g, true, &more);
	return g.done.n ? store_update(s->store, show_done, &g.done, err) : 0;
}

static int list_hiding(struct session *s, struct strv *ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records all = { 0 };

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vm_class, NULL, NULL, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct vm *v = all.items[i];

		if (vm_is_hidden(v) && v->snapshot_of && !strv_has(ret, v->snapshot_of))
			strv_add(ret, v->snapshot_of);
	}
	return 0;
}

void hidden_give_back_quietly(struct session *s, const char *vm)
{
	_cleanup_error_ struct vxe_error failed = { 0 };
	_cleanup_locks_ struct locks locks = { 0 };

	locks_add(&locks, LOCK_RECORD, vm, LEASE_EXCLUSIVE);
	if (locks_try(s, &locks, &failed) < 0 || op_recover(s, &locks, NULL, &failed) < 0 ||
		hidden_give_back(s, vm, &failed) < 0)
		log_info("snapshots of %s stay hidden: %s", vm, code_info(failed.code)->name);
}

void hidden_give_all_back(struct session *s)
{
	_cleanup_error_ struct vxe_error failed = { 0 };
	_cleanup_strv_ struct strv vms = { 0 };

	if (list_hiding(s, &vms, &failed) < 0)
		return;
	for (size_t i = 0; i < vms.n; i++)
		hidden_give_back_quietly(s, vms.items[i]);
}
