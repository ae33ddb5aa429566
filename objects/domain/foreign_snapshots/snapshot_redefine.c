/* SPDX-License-Identifier: MIT */
#include "objects/domain/foreign_snapshots/snapshot_redefine.h"

#include "objects/disks/disks.h"
#include "objects/base/file_key.h"
#include "objects/classes/storage/node_names.h"
#include "objects/domain/adopt.h"
#include "objects/domain/foreign_snapshots/adopt_snapshot.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/lock_set.h"
#include "objects/engine/op_recover.h"
#include "objects/hidden_snapshots/snapshot_documents.h"
#include "objects/session/disk_path.h"

#include <stdarg.h>
#include <string.h>

struct redefinition {
	struct session *s;
	struct txn *t;
	struct vm_loaded *vm;
	struct hv_snapshots found; /* libvirt's list of snapshots */
	/* the snapshot that the user's document describes, as a list of one item */
	struct hv_snapshots doc;
	struct domain_spec *then;
	bool memory; /* the snapshot is internal and holds memory, in one of the images */
};

static void redefinition_clear(struct redefinition *r)
{
	domain_spec_free(r->then);
	hv_snapshots_clear(&r->doc);
	hv_snapshots_clear(&r->found);
	vm_loaded_free(r->vm);
	txn_abort(r->t);
}

_printf_(3, 4) static int unfit(
	const struct redefinition *r, struct vxe_error *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	_cleanup_free_ char *found = xvasprintf(fmt, args);
	va_end(args);
	return vxe_fail(err, VXE_SNAPSHOT_UNFIT, r->vm->vm->r.uuid, found);
}

/* ---- one disk -------------------------------------------------------------------------------- */

/* *depth: number of layers that the VM's disk has above the file @path; -1: the file is no layer of this disk. */
static int find_layer(struct redefinition *r, const char *target, const char *path, int *depth,
	struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { 0 };
	const struct vm_disk *disk = NULL;

	*depth = -1;
	for (size_t i = 0; i < r->vm->n_disks; i++)
		if (str_eq(r->vm->disks[i].vbd->target, target))
			disk = &r->vm->disks[i];
	if (!disk || !disk->node)
		return 0;
	if (node_chain(r->t, disk->node->r.uuid, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain.n; i++) {
		_cleanup_free_ char *layer = NULL;

		if (node_path(r->t, chain.items[i], &layer, err) < 0)
			return -1;
		if (!file_is_same(layer, path))
			continue;
		*depth = (int)i + (disk->guard != NULL);
		return 0;
	}
	return 0;
}

static int check_redefined_disk(
	struct redefinition *r, const struct hv_snapshot_disk *d, struct vxe_error *err)
{
	const struct spec_disk *disk = spec_find_disk(r->then, d->target);
	_cleanup_free_ char *path = disk ? disk_path(r->s, disk) : NULL;
	struct content_stat file;
	int depth;

	if (d->place == HV_NOWHERE)
		return 0;
	if (!path)
		return unfit(r, err, "its definition has no file for the disk %s", d->target);
	if (disk_file_stat(content_of(r->s, path), &file, err) < 0)
		return -1;
	if (!file.exists)
		return unfit(r, err, "%s does not exist", path);
	if (find_layer(r, d->target, path, &depth, err) < 0)
		return -1;
	if (depth < 0)
		return unfit(r, err, "%s is no layer of the disk %s", path, d->target);
	if (d->place == HV_INTERNAL) {
		_cleanup_snapshots_ struct content_snapshots inside = { 0 };
		const char *name = r->doc.items->name;

		if (depth > 0)
			return unfit(
				r, err, "layers are above %s, and a revert would rewrite it", path);
		if (disk_file_snapshots(content_of(r->s, path), NULL, &inside, err) < 0)
			return -1;
		for (size_t i = 0; i < inside.n; i++) {
			if (!str_eq(inside.items[i].name, name))
				continue;
			r->memory |= inside.items[i].memory > 0;
			return 0;
		}
		return unfit(r, err, "%s holds no snapshot %s", path, name);
	}
	if (!depth)
		return unfit(r, err, "the VM writes to %s", path);
	return overlay_is_on(r->s, r->doc.items, d->target, path)
		? 0
		: unfit(r, err, "%s is not below %s", path, d->overlay);
}

/* ---- the document ---------------------------------------------------------------------------- */

static int check_memory(const struct redefinition *r, struct vxe_error *err)
{
	const struct hv_snapshot *of = r->doc.items;
	struct content_stat file;

	if (of->memory == HV_INTERNAL && !r->memory)
		return unfit(r, err, "no image holds its memory");
	if (of->memory != HV_EXTERNAL)
		return 0;
	if (!of->memory_path)
		return unfit(r, err, "it names no file with its memory");
	if (disk_file_stat(content_of(r->s, of->memory_path), &file, err) < 0)
		return -1;
	return file.exists ? 0 : unfit(r, err, "%s does not exist", of->memory_path);
}

static int check_tree_place(const struct redefinition *r, struct vxe_error *err)
{
	const struct hv_snapshot *of = r->doc.items;
	const struct hv_snapshot *same = hv_snapshots_find(&r->found, of->name);

	if (same && same->time != of->time)
		return unfit(r, err, "libvirt has another snapshot %s", of->name);
	if (of->parent && !hv_snapshots_find(&r->found, of->parent))
		return unfit(r, err, "libvirt does not have its parent %s", of->parent);
	return 0;
}

static int check(struct redefinition *r, struct vxe_error *err)
{
	const struct hv_snapshot *of = r->doc.items;

	if (!of->definition)
		return unfit(r, err, "it has no definition of the VM");
	if (spec_read(of->definition, &r->then, err) < 0 || disk_paths_know(r->s, r->then, err) < 0)
		return -1;
	if (!str_eq(r->then->uuid, r->vm->domain.uuid))
		return unfit(r, err, "it is of the domain %s (%s)", r->then->uuid, r->then->name);
	if (!of->n_disks)
		return unfit(r, err, "it names no disk");
	for (size_t i = 0; i < of->n_disks; i++)
		if (check_redefined_disk(r, &of->disks[i], err) < 0)
			return -1;
	return check_memory(r, err) < 0 ? -1 : check_tree_place(r, err);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int put(struct redefinition *r, const char *vm, const char *xml, bool current,
	struct vxe_error *err)
{
	struct hv *hv;

	if (vm_load(r->s, vm, VM_LOAD_ACT, &r->vm, err) < 0)
		return -1;
	if (!r->vm->domain.uuid)
		return unfit(r, err, "libvirt has no domain of the VM");
	r->doc.items = xcalloc(1, sizeof(*r->doc.items));
	if (snapshot_read(xml, r->doc.items, err) < 0)
		return -1;
	r->doc.n = 1;
	if (session_hv(r->s->here, &hv, err) < 0 ||
		hv_snapshots(hv, r->vm->domain.uuid, &r->found, err) < 0 ||
		txn_begin(r->s->store, TXN_READ, &r->t, err) < 0 || check(r, err) < 0)
		return -1;
	txn_abort(TAKE(r->t));
	if (r->s->wishes->dry_run) {
		session_planned(r->s, "libvirt takes back: snapshot %s of domain %s",
			r->doc.items->name, r->vm->domain.uuid);
		return vxe_fail(err, VXE_PLANNED, "vm-adopt-snapshot");
	}
	if (failpoint(&r->s->config.failpoints, "vm-adopt-snapshot", "check", true, err) < 0)
		return -1;
	return kept_put(hv, r->vm->domain.uuid, xml, current, err);
}

static int find_record(struct session *s, const char *vm, const struct hv_snapshot *of, char **ret,
	struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vm_class, "snapshot_of", vm, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct vm *v = all.items[i];

		if (!str_eq(v->libvirt_snapshot, of->name) || v->snapshot_time != of->time)
			continue;
		*ret = xstrdup(v->r.uuid);
		return 0;
	}
	return vxe_fail(err, VXE_TRY_AGAIN, vm, "libvirt no longer has the snapshot");
}

/*
 * Needs no undo: a single call of libvirt makes the change, and the records are brought up to date from libvirt's
 * list.
 */
int vm_adopt_snapshot(struct session *s, const char *vm, const char *xml, bool current, char **ret,
	struct vxe_error *err)
{
	_cleanup_(redefinition_clear) struct redefinition r = { .s = s };
	_cleanup_locks_ struct locks locks = { 0 };

	locks_add(&locks, LOCK_RECORD, vm, LEASE_EXCLUSIVE);
	if ((s->wishes->dry_run ? locks_try : locks_take)(s, &locks, err) < 0 ||
		op_recover(s, &locks, NULL, err) < 0 || put(&r, vm, xml, current, err) < 0 ||
		adopt_domain(s, vm, NULL, err) < 0)
		return -1;
	return find_record(s, vm, r.doc.items, ret, err);
}
