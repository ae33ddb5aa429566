/* SPDX-License-Identifier: MIT */
#include "objects/storage/space.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "objects/classes/storage/chain_limit.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/pbd.h"
#include "objects/disks/disks.h"
#include "objects/domain/adopt.h"
#include "objects/model/read_txn.h"
#include "objects/storage/space_owners.h"

/* To find what the deletion of a snapshot frees takes a look at the tables of its images: not for more than a screen. */
#define MOST_FORESEEN 200

static void vm_clear(struct space_vm *vm)
{
	for (size_t i = 0; i < vm->n_files; i++) {
		struct space_file *f = &vm->files[i];

		free(f->file);
		free(f->node);
		free(f->device);
		free(f->of);
		free(f->of_name);
		free(f->waits);
		strv_clear(&f->others);
	}
	for (size_t i = 0; i < vm->n_snapshots; i++) {
		free(vm->snapshots[i].uuid);
		free(vm->snapshots[i].name);
	}
	free(vm->files);
	free(vm->snapshots);
	free(vm->uuid);
	free(vm->name);
}

void space_clear(struct space *s)
{
	for (size_t i = 0; i < s->n; i++)
		vm_clear(&s->items[i]);
	free(s->items);
	*s = (struct space){ 0 };
}

/* ---- one file -------------------------------------------------------------------------------- */

struct space_reading {
	struct session *s;
	struct txn *t;
	struct space_owners owners;
	bool *counted; /* for each file: it is a part of the sum */
	size_t *listed; /* for each file: one more than the index of the owner that it was listed for last */
	struct space *to;
	struct strv elsewhere; /* SRs of other hosts, whose files cannot be measured here */
	bool unmeasured;       /* there was such a file */
	struct strv
		seeds; /* layers that no object has as its content: they may wait to be merged */
};

static void space_reading_clear(struct space_reading *r)
{
	txn_abort(r->t);
	space_owners_clear(&r->owners);
	free(r->counted);
	free(r->listed);
	strv_clear(&r->elsewhere);
	strv_clear(&r->seeds);
}

static int64_t bytes_of(struct session *s, const char *file)
{
	_cleanup_error_ struct vxe_error unseen = { 0 };
	struct content_stat f;

	return *file == '/' && disk_file_stat(content_of(s, file), &f, &unseen) == 0 && f.exists
		? f.allocated
		: 0;
}

static const char *kind_of(const struct space_item *it)
{
	static const char *const kinds[] = { [NODE_DISK] = "disk",
		[NODE_MEMORY] = "memory",
		[NODE_NVRAM] = "uefi",
		[NODE_TPM] = "tpm",
		[NODE_GUARD] = "guard" };

	return it->node ? kinds[it->node->kind] : "disk";
}

/* A use of the file by the VM @owner itself, else by one of its snapshots, else by anything; NULL: there is none. */
static const struct space_use *use_by(const struct space_item *it, const struct space_owner *owner)
{
	const struct space_use *best = it->n_uses ? &it->uses[0] : NULL;

	for (size_t i = 0; owner && i < it->n_uses; i++) {
		const struct vm *vm = it->uses[i].vm;

		if (vm == owner->vm)
			return &it->uses[i];
		for (size_t k = 0; k < owner->n_snapshots; k++)
			if (vm == owner->snapshots[k])
				best = &it->uses[i];
	}
	return best;
}

static bool is_elsewhere(const struct space_reading *r, const struct space_item *it)
{
	return sr_is_among(&r->elsewhere, it->node ? it->node->sr : it->vdi->sr);
}

/* The file of a VDI that has no layer; owned. */
static char *plain_file(const struct space_item *it)
{
	return xstrdup(*it->vdi->file ? it->vdi->file : map_get(&it->vdi->sm_config, "file"));
}

static int fill_file(struct space_reading *r, const struct space_item *it,
	const struct space_owner *owner, struct space_file *f, struct vxe_error *err)
{
	const struct space_use *use = use_by(it, owner);

	f->kind = kind_of(it);
	f->depth = it->depth;
	if (it->node) {
		f->node = xstrdup(it->node->r.uuid);
		f->made = it->node->origin == NODE_MADE;
		if (node_path(r->t, it->node, &f->file, err) < 0)
			return -1;
	} else {
		f->file = plain_file(it);
	}
	if (use) {
		f->of = xstrdup(use->vm ? use->vm->r.uuid : use->vdi->r.uuid);
		f->of_name = xstrdup(use->vm ? use->vm->name_label : use->vdi->name_label);
	} else if (it->node) {
		strv_add(&r->seeds, it->node->r.uuid);
	}
	for (size_t i = 0; i < it->n_owners; i++) {
		const struct space_owner *other = &r->owners.owners[it->owners[i]];

		if (other != owner)
			strv_add(&f->others, other->vm->name_label);
	}
	const bool elsewhere = is_elsewhere(r, it);

	f->bytes = elsewhere ? 0 : bytes_of(r->s, f->file);
	r->unmeasured |= elsewhere;
	return 0;
}

static int add_file(struct space_reading *r, size_t item, const char *device,
	const struct space_owner *owner, struct space_vm *to, struct vxe_error *err)
{
	const struct space_item *it = &r->owners.items[item];
	struct space_file *f;

	to->files = xrealloc(to->files, to->n_files + 1, sizeof(*to->files));
	f = &to->files[to->n_files++];
	*f = (struct space_file){ .device = xstrdup(device) };
	if (fill_file(r, it, owner, f, err) < 0)
		return -1;
	*(f->others.n ? &to->shared : &to->bytes) += f->bytes;
	if (!r->counted[item]) {
		r->counted[item] = true;
		r->to->bytes += f->bytes;
		r->to->files++;
	}
	return 0;
}

/* ---- one VM ---------------------------------------------------------------------------------- */

/* The position of a disk; what is no disk comes after all disks. */
static long position_of(const char *device)
{
	return *device ? strtol(device, NULL, 10) : LONG_MAX;
}

/*
 * Disks come by their positions, then memory and firmware. Of one disk what the VM itself reads comes first, then what
 * its snapshots read, the latest first.
 */
static int compare_reads(const void *a, const void *b)
{
	const struct space_read *l = a, *r = b;
	long left = position_of(l->device), right = position_of(r->device);

	if (left != right)
		return left < right ? -1 : 1;
	if (l->vm->is_a_snapshot != r->vm->is_a_snapshot)
		return l->vm->is_a_snapshot ? 1 : -1;
	if (l->vm->snapshot_time != r->vm->snapshot_time)
		return l->vm->snapshot_time < r->vm->snapshot_time ? 1 : -1;
	return (l->item > r->item) - (l->item < r->item);
}

/* Adds the files that a read of the VM needs, from the top down to the first that is there. */
static int add_chain(struct space_reading *r, const struct space_read *read,
	const struct space_owner *owner, struct space_vm *to, struct vxe_error *err)
{
	size_t number = (size_t)(owner - r->owners.owners) + 1;
	ssize_t at = (ssize_t)read->item;

	while (at >= 0 && r->listed[at] != number) {
		r->listed[at] = number;
		if (add_file(r, (size_t)at, read->device, owner, to, err) < 0)
			return -1;
		at = r->owners.items[at].parent;
	}
	return 0;
}

/* Sets the depth of the VM's deepest disk, and how many layers that may have. */
static int set_depth(struct space_reading *r, const struct space_owner *owner, struct space_vm *to,
	struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	const struct space_item *deepest = NULL;
	struct chain_limit limit;

	for (size_t i = 0; i < owner->n_reads; i++) {
		const struct space_item *it = &r->owners.items[owner->reads[i].item];

		if (owner->reads[i].vm == owner->vm && it->node && it->node->kind == NODE_DISK &&
			(!deepest || it->depth > deepest->depth))
			deepest = it;
	}
	if (!deepest)
		return 0;
	to->depth = deepest->depth;
	if (sr_get(r->t, deepest->node->sr, &sr, err) < 0 ||
		chain_limit(r->s, sr, CHAIN_TOLD, &limit, err) < 0)
		return -1;
	to->limit = limit.layers;
	return 0;
}

static struct space_vm *new_vm(struct space *to)
{
	to->items = xrealloc(to->items, to->n + 1, sizeof(*to->items));
	to->items[to->n] = (struct space_vm){ 0 };
	return &to->items[to->n++];
}

static int add_vm(struct space_reading *r, struct space_owner *owner, struct vxe_error *err)
{
	struct space_vm *to = new_vm(r->to);

	to->uuid = xstrdup(owner->vm->r.uuid);
	to->name = xstrdup(owner->vm->name_label);
	if (owner->n_reads)
		qsort(owner->reads, owner->n_reads, sizeof(*owner->reads), compare_reads);
	for (size_t i = 0; i < owner->n_reads; i++)
		if (add_chain(r, &owner->reads[i], owner, to, err) < 0)
			return -1;
	to->snapshots = xcalloc(owner->n_snapshots + 1, sizeof(*to->snapshots));
	for (size_t i = 0; i < owner->n_snapshots; i++)
		to->snapshots[to->n_snapshots++] =
			(struct space_snapshot){ xstrdup(owner->snapshots[i]->r.uuid),
				xstrdup(owner->snapshots[i]->name_label), -1 };
	return set_depth(r, owner, to, err);
}

/* Adds the files that no VM reads, as one entry. */
static int add_lone(struct space_reading *r, struct vxe_error *err)
{
	struct space_vm *to = NULL;

	for (size_t i = 0; i < r->owners.n_items; i++) {
		if (r->owners.items[i].n_owners || is_elsewhere(r, &r->owners.items[i]))
			continue;
		if (!to)
			to = new_vm(r->to);
		if (add_file(r, i, "", NULL, to, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- what would become free, and what waits -------------------------------------------------- */

static int foresee_freed(struct session *s, struct space *to, struct vxe_error *err)
{
	_cleanup_reader_ struct reader reader = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < to->n; i++)
		n += to->items[i].n_snapshots;
	if (reader_begin(s, NULL, &reader, err) < 0)
		return -1;
	for (size_t i = 0; n <= MOST_FORESEEN && i < to->n; i++)
		for (size_t k = 0; k < to->items[i].n_snapshots; k++) {
			struct space_snapshot *snapshot = &to->items[i].snapshots[k];
			_cleanup_error_ struct vxe_error unknown = { 0 };

			if (session_above.frees(s, snapshot->uuid, &snapshot->frees, &unknown) == 0)
				continue;
			snapshot->frees = -1;
			if (unknown.code == TASK_CANCELLED) {
				error_move(err, &unknown);
				return -1;
			}
		}
	return 0;
}

/* Sets for each file that nothing needs any more why it is still there. */
static int foresee_waiting(struct space_reading *r, struct vxe_error *err)
{
	const struct layer_trees trees = { .seeds = &r->seeds };
	_cleanup_fates_ struct layer_fates fates = { 0 };

	if (!r->seeds.n)
		return 0;
	if (layers_foresee(r->s, &trees, &fates, err) < 0)
		return -1;
	for (size_t i = 0; i < r->to->n; i++)
		for (size_t k = 0; k < r->to->items[i].n_files; k++) {
			struct space_file *f = &r->to->items[i].files[k];

			for (size_t m = 0; f->node && m < fates.n; m++)
				if (fates.items[m].waits && str_eq(fates.items[m].node, f->node))
					str_replace(&f->waits, fates.items[m].waits);
		}
	return 0;
}

/* libvirt, which tells how many layers a disk may have, is contacted before the transaction: that may write to the store. */
static int begin_space(struct space_reading *r, struct vxe_error *err)
{
	struct hv *hv;

	if (adopt_domains(r->s, err) < 0 || session_hv_if_up(r->s->here, &hv, err) < 0 ||
		space_owners_read(r->s, &r->owners, err) < 0)
		return -1;
	r->counted = xcalloc(r->owners.n_items + 1, sizeof(*r->counted));
	r->listed = xcalloc(r->owners.n_items + 1, sizeof(*r->listed));
	return txn_begin(r->s->store, TXN_READ, &r->t, err) < 0
		? -1
		: srs_elsewhere(r->s, r->t, &r->elsewhere, err);
}

int space_read(struct session *s, const struct strv *vms, struct space *ret, struct vxe_error *err)
{
	_cleanup_(space_reading_clear) struct space_reading r = { .s = s, .to = ret };

	if (begin_space(&r, err) < 0)
		return -1;
	for (size_t i = 0; i < r.owners.n_owners; i++) {
		struct space_owner *owner = &r.owners.owners[i];

		if ((vms ? strv_has(vms, owner->vm->r.uuid) : owner->n_reads > 0) &&
			add_vm(&r, owner, err) < 0)
			return -1;
	}
	if (!vms && add_lone(&r, err) < 0)
		return -1;
	txn_abort(TAKE(r.t));
	if (r.unmeasured)
		session_notice(s, "Files that only other hosts have count 0 bytes here.");
	return foresee_waiting(&r, err) < 0 ? -1 : foresee_freed(s, ret, err);
}

/* ---- whose a file is ------------------------------------------------------------------------- */

/* The index of the layer in the file @path, or of a VDI that names it; *ret is -1 if nothing on record is there. */
static int find_item(struct space_reading *r, const char *path, ssize_t *ret, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;

	*ret = -1;
	if (node_by_path(r->s, r->t, path, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < r->owners.n_items; i++) {
		const struct space_item *it = &r->owners.items[i];
		_cleanup_free_ char *file = it->node ? NULL : plain_file(it);

		if (it->node ? n && str_eq(it->node->r.uuid, n->r.uuid)
			     : str_eq(file, path) && !is_elsewhere(r, it))
			*ret = (ssize_t)i;
	}
	return 0;
}

/* The position of the disk of the VM in whose layers the file is; "": it is in none. */
static const char *device_of(
	const struct space_owners *o, const struct space_owner *owner, ssize_t item)
{
	for (size_t i = 0; i < owner->n_reads; i++)
		for (ssize_t at = (ssize_t)owner->reads[i].item; at >= 0; at = o->items[at].parent)
			if (at == item)
				return owner->reads[i].device;
	return "";
}

static int add_users(struct session *s, const char *path, struct strv *to, struct vxe_error *err)
{
	_cleanup_strv_ struct strv paths = { 0 };
	_cleanup_users_ struct file_users users = { 0 };

	strv_add(&paths, path);
	if (users_look(s, &paths, &users, err) < 0)
		return -1;
	for (size_t i = 0; i < users.n; i++)
		strv_take(to,
			xasprintf("%s %s", users.items[i].domain ? "domain" : "image",
				users.items[i].name));
	return 0;
}

int space_of_file(struct session *s, const char *path, struct space *ret, struct strv *users,
	struct vxe_error *err)
{
	_cleanup_(space_reading_clear) struct space_reading r = { .s = s, .to = ret };
	ssize_t item;

	if (begin_space(&r, err) < 0 || find_item(&r, path, &item, err) < 0)
		return -1;
	for (size_t i = 0; item >= 0 && i < r.owners.items[item].n_owners; i++) {
		const struct space_owner *owner = &r.owners.owners[r.owners.items[item].owners[i]];
		struct space_vm *to = new_vm(ret);

		to->uuid = xstrdup(owner->vm->r.uuid);
		to->name = xstrdup(owner->vm->name_label);
		if (add_file(&r, (size_t)item, device_of(&r.owners, owner, item), owner, to, err) <
			0)
			return -1;
	}
	if (item >= 0 && !ret->n && add_file(&r, (size_t)item, "", NULL, new_vm(ret), err) < 0)
		return -1;
	txn_abort(TAKE(r.t));
	return foresee_waiting(&r, err) < 0 ? -1 : add_users(s, path, users, err);
}

/* ---- words ----------------------------------------------------------------------------------- */

char *space_content(const struct space_vm *vm, const struct space_file *f)
{
	return !f->of			  ? xstrdup("base")
		: str_eq(f->of, vm->uuid) ? xstrdup("now")
					  : xstrdup(f->of_name);
}

char *space_part(const struct space_file *f)
{
	return str_eq(f->kind, "disk") && *f->device ? xasprintf("disk %s", f->device)
		: str_eq(f->kind, "uefi")	     ? xstrdup("UEFI variables")
		: str_eq(f->kind, "tpm")	     ? xstrdup("TPM state")
						     : xstrdup(f->kind);
}
