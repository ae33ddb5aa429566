/* SPDX-License-Identifier: MIT */
/*
 * Compares the backing chain of the file that a definition names with the layers that the disk has on record. Another
 * program's snapshot puts layers on top of vxe's layer, its block commit removes layers; the records take both over
 * as long as no content has changed that a VDI or snapshot names.
 */
#include "objects/domain/drift.h"

#include "objects/disks/disks.h"
#include "objects/base/file_key.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/node_fingerprint.h"
#include "objects/classes/vm/vbd.h"
#include "objects/domain/adopt_disk.h"
#include "objects/domain/adopt_forget.h"
#include "objects/domain/drift_definition.h"
#include "objects/domain/leftover_memory.h"
#include "objects/domain/vm_record_copy.h"
#include "objects/session/file_chain.h"

struct stack {
	struct drift *d;
	struct vdi *vdi;
	struct file_chain files; /* the chain by the headers */
	struct records nodes;	 /* the chain on record, top first */
	struct strv paths;	 /* the paths of @nodes */
};

static void stack_clear(struct stack *k)
{
	file_chain_clear(&k->files);
	records_clear(&k->nodes);
	strv_clear(&k->paths);
}

static struct node *node_at(const struct stack *k, size_t i)
{
	return k->nodes.items[i];
}

static int stack_load(struct stack *k, const char *path, const char *format, struct vxe_error *err)
{
	if (node_chain(k->d->t, k->vdi->node, &k->nodes, err) < 0)
		return -1;
	for (size_t i = 0; i < k->nodes.n; i++) {
		char *at = NULL;

		if (node_path(k->d->t, node_at(k, i), &at, err) < 0)
			return -1;
		strv_take(&k->paths, at);
	}
	file_chain_read(content_of(k->d->s, path), format, &k->files);
	return 0;
}

/* The index, from @from on, of the recorded layer whose file is @path; -1: none. */
static int find_node(const struct stack *k, size_t from, const char *path)
{
	for (size_t i = from; i < k->paths.n; i++)
		if (file_is_same(k->paths.items[i], path))
			return (int)i;
	return -1;
}

/* ---- write bits ------------------------------------------------------------------------------ */

static void add_mode(struct drift *d, const char *path, int64_t mode, bool freeze)
{
	if (d->write)
		return;
	d->modes = xrealloc(d->modes, d->n_modes + 1, sizeof(*d->modes));
	d->modes[d->n_modes++] = (struct drift_mode){ xstrdup(path), mode, freeze };
}

/* The mode of a layer's file before its write bits were taken; if it had none, the mode on record. */
static int64_t found_mode(const struct drift *d, const char *path, int64_t on_record)
{
	for (size_t i = 0; i < d->n_modes; i++) {
		const struct drift_mode *m = &d->modes[i];

		if (m->freeze && str_eq(m->path, path))
			return m->mode & 0222 || !on_record ? m->mode | 0200 : on_record;
	}
	return on_record;
}

/* ---- content of others ----------------------------------------------------------------------- */

/* *ret: a layer other than @expected (may be NULL) has the layer @node as its backing file. */
static int has_other_child(
	struct stack *k, const char *node, const char *expected, bool *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records children = { 0 };

	*ret = false;
	if (records_load(k->d->t, &node_class, "parent", node, &children, err) < 0)
		return -1;
	for (size_t i = 0; i < children.n; i++)
		*ret |= !str_eq(((const struct node *)children.items[i])->r.uuid, expected);
	return 0;
}

/*
 * Returns 1 if the layers from @first to @last belong to this disk alone: no other VDI names one of them, and no
 * other layer has one as backing file. Then a block commit into them changed no content that has a name. Snapshots
 * that libvirt keeps do not count: libvirt may lose what they name.
 */
static int line_is_ours(struct stack *k, size_t first, size_t last, struct vxe_error *err)
{
	for (size_t i = first; i <= last; i++) {
		const char *uuid = node_at(k, i)->r.uuid;
		const char *above = i ? node_at(k, i - 1)->r.uuid : NULL;
		bool named, branched;

		if (node_is_ours(k->d->t, uuid, k->vdi->r.uuid, &named, err) < 0 ||
			has_other_child(k, uuid, above, &branched, err) < 0)
			return -1;
		if (named || branched)
			return 0;
	}
	return 1;
}

/* ---- results --------------------------------------------------------------------------------- */

static int move_vdi(struct stack *k, const char *node, int64_t size, struct vxe_error *err)
{
	_cleanup_free_ char *old = xstrdup(k->vdi->node);

	str_replace(&k->vdi->node, node);
	if (size)
		k->vdi->virtual_size = size;
	if (record_save(k->d->t, &vdi_class, k->vdi, err) < 0 ||
		node_sync_base_copy(k->d->t, node, err) < 0)
		return -1;
	return node_sync_base_copy(k->d->t, old, err);
}

/*
 * Drops layers that are no longer in the disk's backing chain: deletes the records of files that vxe did not make;
 * vxe's own files are removed later.
 */
static int leave_nodes(struct stack *k, size_t first, size_t end, struct vxe_error *err)
{
	for (size_t i = first; i < end; i++) {
		struct node *n = node_at(k, i);
		int r;

		if (node_lose_kept(k->d->t, n->r.uuid, err) < 0)
			return -1;
		n->state = NODE_DOOMED;
		r = n->origin == NODE_MADE ? record_save(k->d->t, &node_class, n, err)
					   : txn_del(k->d->t, node_class.name, n->r.uuid, err);
		if (r < 0 || node_sync_base_copy(k->d->t, n->r.uuid, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- layers on top of vxe's layer ------------------------------------------------------------- */

/* Deletes VDIs that a scan of the SR has made for the file of this layer, if no VM has them. */
static int drop_found(struct stack *k, const char *node, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	if (records_load(k->d->t, &vdi_class, "node", node, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *v = vdis.items[i];
		_cleanup_records_ struct records vbds = { 0 }, snapshots = { 0 };

		if (!v->managed || v->is_a_snapshot || str_eq(v->r.uuid, k->vdi->r.uuid))
			continue;
		if (records_load(k->d->t, &vbd_class, "vdi", v->r.uuid, &vbds, err) < 0 ||
			records_load(
				k->d->t, &vdi_class, "snapshot_of", v->r.uuid, &snapshots, err) < 0)
			return -1;
		if (!vbds.n && !snapshots.n && txn_del(k->d->t, vdi_class.name, v->r.uuid, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * A scan of the SR may have made records for the new files before the VM used them: drops their VDIs, and marks all
 * layers but the top one as frozen.
 */
static int take_found(struct stack *k, size_t n, struct vxe_error *err)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_(node_free_cleanup) struct node *found = NULL;

		if (node_by_path(k->d->s, k->d->t, k->files.items[i].path, &found, err) < 0 ||
			(found && drop_found(k, found->r.uuid, err) < 0))
			return -1;
		if (!i || !found || found->state != NODE_WRITABLE)
			continue;
		found->state = NODE_FROZEN;
		if (record_save(k->d->t, &node_class, found, err) < 0 ||
			node_sync_base_copy(k->d->t, found->r.uuid, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Updates the records after another program has put layers on the disk (snapshots). @at: index of the layer that was
 * on top before, in the new backing chain.
 */
static int grown(struct stack *k, size_t at, struct vxe_error *err)
{
	struct drift *d = k->d;
	struct node *ours = node_at(k, 0);
	_cleanup_free_ char *top = NULL;

	d->changed = true;
	if (ours->origin == NODE_MADE)
		add_mode(d, k->paths.items[0], 0, true);
	if (!d->write) {
		d->guarded = !d->loaded->live && memory_may_be_left(d->s, d->spec);
		return 0;
	}
	ours->old_mode = found_mode(d, k->paths.items[0], ours->old_mode);
	ours->state = NODE_FROZEN;
	node_note_print(ours, content_of(d->s, k->paths.items[0]));
	if (record_save(d->t, &node_class, ours, err) < 0)
		return -1;
	const struct file_chain new_ones = { .n = at + 1, .items = k->files.items };
	if (adopt_files(d->s, d->t, &new_ones, NODE_ADOPTED_LEAF, &top, err) < 0 ||
		take_found(k, at, err) < 0)
		return -1;
	if (move_vdi(k, top, k->files.items[0].virtual_size, err) < 0)
		return -1;
	return d->guarded ? memory_left(d->s, d->t, d->spec, err) : 0;
}

/* ---- the leaf was committed into an older layer ----------------------------------------------- */

/* True if the overlay has data; false also if that cannot be told: a commit with --delete has removed the file. */
static bool has_data(struct drift *d, const char *path, const char *format)
{
	_cleanup_error_ struct vxe_error gone = { 0 };
	bool touched = false;

	for (size_t i = 0; i < d->n_overlays; i++)
		if (str_eq(d->overlays[i].path, path))
			return d->overlays[i].touched;
	if (!content_is_there(d->s, path) ||
		image_touched(content_of(d->s, path), format, &touched, &gone) < 0)
		touched = false;
	d->overlays = xrealloc(d->overlays, d->n_overlays + 1, sizeof(*d->overlays));
	d->overlays[d->n_overlays++] = (struct drift_overlay){ xstrdup(path), touched };
	return touched;
}

/*
 * True if the layers above layer @at were committed into it, as by virsh blockcommit. If a layer above holds data
 * while the file of layer @at has not changed, nobody has committed: somebody has defined an old document. A device
 * does not show whether it was written to; then a commit is assumed if the VM runs, because only a commit exchanges
 * the file under a guest.
 */
static bool is_committed(struct stack *k, size_t at)
{
	int written = node_written(node_at(k, at), content_of(k->d->s, k->paths.items[at]));

	if (written > 0 || (written < 0 && k->d->loaded->live))
		return true;
	for (size_t i = 0; i < at; i++)
		if (has_data(k->d, k->paths.items[i], node_at(k, i)->format))
			return false;
	return true;
}

/*
 * Updates the records after another program has committed layers of the disk. @at: index, among the recorded layers,
 * of the one that the definition names now.
 */
static int shrunk(struct stack *k, size_t at, struct vxe_error *err)
{
	struct drift *d = k->d;
	struct node *now = node_at(k, at);
	int ours = line_is_ours(k, 0, at, err);

	if (ours > 0 && !is_committed(k, at))
		ours = 0;
	if (ours <= 0)
		return ours < 0 ? -1 : drift_refuse(d, k->paths.items[0], k->paths.items[at], err);
	d->changed = true;
	if (now->old_mode) /* vxe has taken the write bits of this file */
		add_mode(d, k->paths.items[at], now->old_mode, false);
	if (!d->write)
		return 0;
	now->state = NODE_WRITABLE;
	/* A file that was below the disk: the VM writes to it now. */
	if (now->origin == NODE_ADOPTED_BASE)
		now->origin = NODE_ADOPTED_LEAF;
	if (record_save(d->t, &node_class, now, err) < 0 ||
		node_lose_kept(d->t, now->r.uuid, err) < 0 ||
		move_vdi(k, now->r.uuid, k->files.items[0].virtual_size, err) < 0)
		return -1;
	return leave_nodes(k, 0, at, err);
}

/* ---- libvirt went back to a snapshot of its own ---------------------------------------------- */

/* *ret becomes true if the layer is the content that the disk has in a snapshot kept by libvirt. */
static int is_kept_content(struct stack *k, const char *node, bool *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	if (records_load(k->d->t, &vdi_class, "node", node, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *v = vdis.items[i];

		*ret |= vdi_is_kept(v) && str_eq(v->snapshot_of, k->vdi->r.uuid);
	}
	return 0;
}

/*
 * *at: index, in the new backing chain, of the first file that has a record, if that is the content of a snapshot
 * kept by libvirt; else 0.
 */
static int find_content(struct stack *k, size_t *at, struct vxe_error *err)
{
	*at = 0;
	for (size_t i = 1; i < k->files.n; i++) {
		_cleanup_(node_free_cleanup) struct node *n = NULL;
		bool kept = false;

		if (node_by_path(k->d->s, k->d->t, k->files.items[i].path, &n, err) < 0)
			return -1;
		if (!n)
			continue;
		if (n->state == NODE_FROZEN && is_kept_content(k, n->r.uuid, &kept, err) < 0)
			return -1;
		*at = kept ? i : 0;
		return 0;
	}
	return 0;
}

/*
 * True if the file that the definition names was last written to before the layer on record was. libvirt makes a new file when it
 * goes back to a snapshot, so somebody has defined an old document.
 */
static bool is_old_document(struct stack *k)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	struct content_stat now = { 0 }, before = { 0 };

	return disk_file_stat(content_of(k->d->s, k->files.items[0].path), &now, &ignored) == 0 &&
		disk_file_stat(content_of(k->d->s, k->paths.items[0]), &before, &ignored) == 0 &&
		now.exists && before.exists && !now.device && !before.device &&
		now.written < before.written;
}

/*
 * Drops the layers that the disk had above the layer @to before a revert. A layer that something else needs keeps its
 * record, even if libvirt has removed its file.
 */
static int leave_branch(struct stack *k, const char *to, struct vxe_error *err)
{
	for (size_t i = 0; i < k->nodes.n; i++) {
		const struct node *n = node_at(k, i);
		bool named, branched;

		if (str_eq(n->r.uuid, to))
			return 0;
		if (node_is_named(k->d->t, n->r.uuid, NULL, &named, err) < 0 ||
			has_other_child(k, n->r.uuid, NULL, &branched, err) < 0)
			return -1;
		if (named || branched)
			return node_sync_base_copy(k->d->t, n->r.uuid, err);
		if (n->origin == NODE_MADE && content_is_there(k->d->s, k->paths.items[i])) {
			/*
			 * Keeps the record of a layer that vxe made, as a VDI that no VM has: a revert by libvirt
			 * removes only libvirt's own files.
			 */
			_cleanup_(vdi_free_cleanup) struct vdi *v =
				vdi_for_clone(k->vdi, n->r.uuid, n->sr);

			if (record_add(k->d->t, &vdi_class, v, err) < 0 ||
				node_sync_base_copy(k->d->t, n->r.uuid, err) < 0)
				return -1;
			session_notice(k->d->s,
				"libvirt went back to a snapshot of its own; what the VM wrote to before stays, as "
				"the unattached VDI %s",
				v->r.uuid);
			return 0;
		}
		if (txn_del(k->d->t, node_class.name, n->r.uuid, err) < 0 ||
			node_sync_base_copy(k->d->t, n->r.uuid, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Updates the records after a revert by virsh to a snapshot that libvirt keeps. @at: index of the snapshot's content
 * in the new backing chain.
 */
static int went_back(struct stack *k, size_t at, struct vxe_error *err)
{
	struct drift *d = k->d;
	const struct file_chain new_ones = { .n = at + 1, .items = k->files.items };
	_cleanup_(node_free_cleanup) struct node *content = NULL;
	_cleanup_free_ char *top = NULL;

	d->changed = true;
	if (!d->write)
		return 0;
	if (node_by_path(d->s, d->t, k->files.items[at].path, &content, err) < 0 ||
		adopt_files(d->s, d->t, &new_ones, NODE_ADOPTED_LEAF, &top, err) < 0 ||
		take_found(k, at, err) < 0 ||
		move_vdi(k, top, k->files.items[0].virtual_size, err) < 0)
		return -1;
	return leave_branch(k, content->r.uuid, err);
}

/* ---- the same leaf: the layers below it ------------------------------------------------------ */

/*
 * Drops the fingerprint of a layer into which another program has committed; a new one is taken later. If its content
 * has changed, the disks of libvirt's snapshots that name the layer are marked as missing.
 */
static int forget_print(struct stack *k, struct node *n, struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL;

	if (node_path(k->d->t, n, &path, err) < 0 ||
		(node_changed(n, content_of(k->d->s, path)) &&
			node_lose_kept(k->d->t, n->r.uuid, err) < 0))
		return -1;
	node_note_print(n, content_of(k->d->s, path));
	return record_save(k->d->t, &node_class, n, err);
}

/*
 * Updates the records when the file of layer @i now has that of layer @to as backing file (@to equal to the number of
 * layers: none); the layers in between are no longer used.
 */
static int skip_nodes(struct stack *k, size_t i, size_t to, struct vxe_error *err)
{
	struct drift *d = k->d;
	struct node *n = node_at(k, i);
	bool on_nothing = to == k->nodes.n;

	/* A block pull of all layers below changes no file below. Otherwise a commit may have changed layer @to. */
	int ours = on_nothing ? 1 : line_is_ours(k, i + 1, to, err);
	if (ours <= 0)
		return ours < 0
			? -1
			: drift_refuse_below(d, k->paths.items[i + 1], k->paths.items[to], err);
	d->changed = true;
	if (!d->write)
		return 0;
	str_replace(&n->parent, on_nothing ? NULL : node_at(k, to)->r.uuid);
	node_note_print(n, content_of(d->s, k->paths.items[i]));
	if (record_save(d->t, &node_class, n, err) < 0 ||
		(!on_nothing && forget_print(k, node_at(k, to), err) < 0))
		return -1;
	return on_nothing ? 0 : leave_nodes(k, i + 1, to, err);
}

/* Adds records of the layers below a file that was adopted while its backing file could not be read. */
static int found_below(struct stack *k, size_t i, struct vxe_error *err)
{
	struct drift *d = k->d;
	struct node *n = node_at(k, i);
	_cleanup_free_ char *parent = NULL;

	if (n->origin == NODE_MADE)
		return drift_refuse_below(d, k->paths.items[i], k->files.items[i + 1].path, err);
	d->changed = true;
	if (!d->write)
		return 0;
	const struct file_chain rest = { .n = k->files.n - i - 1, .items = k->files.items + i + 1 };
	if (adopt_files(d->s, d->t, &rest, NODE_ADOPTED_BASE, &parent, err) < 0)
		return -1;
	str_replace(&n->parent, parent);
	if (record_save(d->t, &node_class, n, err) < 0)
		return -1;
	return node_sync_base_copy(d->t, parent, err);
}

/* Updates the format of a backing file that the image header above did not name when the file was adopted. */
static int learn_format(struct stack *k, size_t i, struct vxe_error *err)
{
	const struct chain_file *f = &k->files.items[i];
	struct node *n = node_at(k, i);

	if (!str_is_empty(n->format) || str_is_empty(f->format))
		return 0;
	k->d->changed = true;
	if (!k->d->write)
		return 0;
	str_replace(&n->format, f->format);
	n->virtual_size = f->virtual_size;
	return record_save(k->d->t, &node_class, n, err);
}

/*
 * Updates the records for the first difference between the recorded layers and the backing chain below the top file;
 * the next load of the VM compares again.
 */
static int compare_below(struct stack *k, struct vxe_error *err)
{
	for (size_t i = 0;; i++) {
		const char *file = i + 1 < k->files.n ? k->files.items[i + 1].path : NULL;
		const char *node = i + 1 < k->paths.n ? k->paths.items[i + 1] : NULL;

		if (!file && (!node || !k->files.complete))
			return 0;
		if (!file)
			return skip_nodes(k, i, k->nodes.n, err);
		if (!node)
			return found_below(k, i, err);
		if (file_is_same(file, node)) {
			if (learn_format(k, i + 1, err) < 0)
				return -1;
			continue;
		}
		int to = find_node(k, i + 2, file);
		return to < 0 ? drift_refuse_below(k->d, node, file, err)
			      : skip_nodes(k, i, (size_t)to, err);
	}
}

/* Takes over the size of a file that another program has resized: overlays get the recorded size. */
static int compare_size(struct stack *k, struct vxe_error *err)
{
	struct drift *d = k->d;
	struct node *n = node_at(k, 0);
	int64_t size = k->files.items[0].virtual_size;

	if (!size || (n->virtual_size == size && k->vdi->virtual_size == size))
		return 0;
	d->changed = true;
	if (!d->write)
		return 0;
	n->virtual_size = k->vdi->virtual_size = size;
	if (record_save(d->t, &node_class, n, err) < 0)
		return -1;
	return record_save(d->t, &vdi_class, k->vdi, err);
}

int drift_layers(struct drift *d, struct vdi *vdi, const struct spec_disk *disk, const char *path,
	struct vxe_error *err)
{
	_cleanup_(stack_clear) struct stack k = { .d = d, .vdi = vdi };
	const char *format = disk->format;
	int at;

	if (stack_load(&k, path, format, err) < 0)
		return -1;
	/*
	 * Remembers the first layer on which the disk's definition and image headers disagree. Only the first
	 * comparison of a loaded VM does this: a later one would find the same.
	 */
	struct vm_loaded *l = k.d->loaded;
	const struct spec_disk *live = l->live ? spec_find_disk(l->live, disk->target) : NULL;

	for (size_t i = 0; i < l->n_disks; i++) {
		struct chain_odd *odd = &l->disks[i].odd;

		if (!str_eq(l->disks[i].vbd->target, disk->target) || odd->file)
			continue;
		if (!disk_chain_differs(k.d->s, disk, &k.files, false, odd) && live)
			(void)disk_chain_differs(k.d->s, live, &k.files, true, odd);
	}
	if (file_is_same(path, k.paths.items[0]) && !str_eq(format, node_at(&k, 0)->format))
		return drift_refuse(d, path, format ? format : "no format", err);
	if (file_is_same(path, k.paths.items[0]))
		return compare_size(&k, err) < 0 ? -1 : compare_below(&k, err);
	at = file_chain_find(&k.files, k.paths.items[0]);
	if (at > 0)
		return grown(&k, (size_t)at, err);
	at = find_node(&k, 1, path);
	if (at > 0)
		return shrunk(&k, (size_t)at, err);
	size_t content;

	if (find_content(&k, &content, err) < 0)
		return -1;
	return content && !is_old_document(&k) ? went_back(&k, content, err)
					       : drift_refuse(d, k.paths.items[0], path, err);
}
