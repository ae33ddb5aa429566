/* SPDX-License-Identifier: MIT */
#include "objects/domain/foreign_snapshots/adopt_snapshots.h"

#include "objects/classes/common/intent.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/domain/adopt.h"
#include "objects/domain/foreign_snapshots/snapshot_ancestry.h"
#include "objects/domain/foreign_snapshots/adopt_snapshot.h"
#include "objects/hidden_snapshots/hidden_snapshot.h"
#include "objects/domain/vm_load.h"
#include "objects/file_index/definition_files.h"

#include <json-c/json.h>

/* a value of vm.snapshots_seen that no folder's state equals, so the next call compares the snapshots again */
#define SEEN_UNSURE "?"

#define MAX_TRIES 3

/* A state of the records of a VM and of its libvirt snapshots; every later state differs from it. */
struct moment {
	size_t n;
	int64_t newest; /* newest generation of their rows */
};

struct sync {
	struct session *s;
	const char *vm;
	const struct hv_snapshots *found;
	const char *seen;	/* state of libvirt's snapshot folder, read before @found */
	struct moment asked_at; /* state of the records, read before @found */
	bool forgot;		/* records have been deleted */
	/* the records have changed since @asked_at, perhaps by a newer list of snapshots */
	bool moved;
};

/* Loads the records of the VM's snapshots that libvirt keeps. */
static int load_kept(struct txn *t, const char *vm, struct records *ret, struct vxe_error *err)
{
	size_t n = 0;

	if (records_load(t, &vm_class, "snapshot_of", vm, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < ret->n; i++) {
		struct vm *v = ret->items[i];

		if (str_is_empty(v->libvirt_snapshot))
			vm_free(v);
		else
			ret->items[n++] = v;
	}
	ret->n = n;
	return 0;
}

static int note_row(struct txn *t, const char *vm, int64_t *newest, struct vxe_error *err)
{
	struct json_object *doc;
	int64_t generation = 0;

	if (txn_get(t, vm_class.name, vm, &doc, &generation, err) < 0)
		return -1;
	json_object_put(doc);
	*newest = generation > *newest ? generation : *newest;
	return 0;
}

static int note_moment(struct txn *t, const char *vm, const struct records *kept,
	struct moment *ret, struct vxe_error *err)
{
	*ret = (struct moment){ .n = kept->n };
	if (note_row(t, vm, &ret->newest, err) < 0)
		return -1;
	for (size_t i = 0; i < kept->n; i++)
		if (note_row(t, ((const struct record *)kept->items[i])->uuid, &ret->newest, err) <
			0)
			return -1;
	return 0;
}

static bool is_record_of(const struct vm *v, const struct hv_snapshot *s)
{
	return str_eq(v->libvirt_snapshot, s->name) && v->snapshot_time == s->time;
}

static const struct vm *record_of(const struct records *kept, const struct hv_snapshot *s)
{
	for (size_t i = 0; s && i < kept->n; i++)
		if (is_record_of(kept->items[i], s))
			return kept->items[i];
	return NULL;
}

static int forget_gone(
	struct sync *y, struct txn *t, struct vm *vm, struct records *kept, struct vxe_error *err)
{
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < kept->n; i++) {
		struct vm *v = kept->items[i];
		const struct hv_snapshot *s = hv_snapshots_find(y->found, v->libvirt_snapshot);
		bool listed = s && is_record_of(v, s);

		if (r == 0 && listed && vm_is_hidden(v))
			/* Somebody has made libvirt list the hidden snapshot again. */
			r = hidden_show(t, v, err);
		if (listed || (vm_is_hidden(v) && !hidden_has_gone(y->s, v)))
			continue;
		if (r == 0)
			r = forget_snapshot(t, v, vm, kept, err);
		y->forgot = true;
		kept->items[i] = NULL;
		vm_free(v);
	}
	for (size_t i = 0; i < kept->n; i++)
		if (kept->items[i])
			kept->items[n++] = kept->items[i];
	kept->n = n;
	return r;
}

static const char *adopted_parent_of(
	const struct sync *y, const struct records *kept, const struct hv_snapshot *s)
{
	const struct vm *parent = record_of(kept, hv_snapshots_find(y->found, s->parent));

	return parent ? parent->r.uuid : NULL;
}

/*
 * Saves the record of a new libvirt snapshot with its place in the snapshot tree: its parent may be one of vxe's
 * snapshots, which libvirt does not know.
 */
static int put_in_line(struct txn *t, struct vm *vm, struct vm *v, const struct hv_snapshot *s,
	struct vxe_error *err)
{
	return adopt_line(t, vm, v, s->current, err) < 0 || record_save(t, &vm_class, v, err) < 0
		? -1
		: 0;
}

/*
 * Makes the records of libvirt's new snapshots. *unsure becomes true if a snapshot, or a part of it, cannot be
 * understood and is left out for now.
 */
static int make_new(struct sync *y, struct txn *t, struct vm *vm, struct records *kept,
	bool *unsure, struct vxe_error *err)
{
	kept->items = xrealloc(kept->items, kept->n + y->found->n + 1, sizeof(*kept->items));
	for (size_t i = 0; i < y->found->n; i++) {
		const struct hv_snapshot *s = &y->found->items[i];
		struct vm *v = NULL;

		const struct vm *known = record_of(kept, s);

		if (known && adopt_again(y->s, t, vm, known, s, unsure, err) < 0)
			return -1;
		if (known)
			continue;
		if (adopt_snapshot(y->s, t, vm, s, adopted_parent_of(y, kept, s), &v, unsure, err) <
			0)
			return -1;
		*unsure |= !v;
		if (!v)
			continue;
		kept->items[kept->n++] = v;
		if (put_in_line(t, vm, v, s, err) < 0)
			return -1;
	}
	return 0;
}

/* *ret: an operation changes the VM or one of these snapshots, so it must end first, or be recovered. */
static int is_moving(
	struct txn *t, const char *vm, const struct records *kept, bool *ret, struct vxe_error *err)
{
	_cleanup_strv_ struct strv uuids = { 0 };

	strv_add(&uuids, vm);
	for (size_t i = 0; i < kept->n; i++)
		strv_add(&uuids, ((const struct vm *)kept->items[i])->r.uuid);
	return intent_names(t, &uuids, ret, err);
}

static int sync_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct sync *y = ctx;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_records_ struct records kept = { 0 };
	bool moving, unsure = false;
	struct moment now;

	y->moved = y->forgot = false;
	if (vm_find(t, y->vm, &vm, err) < 0)
		return -1;
	if (!vm)
		return 0;
	if (load_kept(t, y->vm, &kept, err) < 0 || note_moment(t, y->vm, &kept, &now, err) < 0)
		return -1;
	y->moved = now.n != y->asked_at.n || now.newest != y->asked_at.newest;
	if (y->moved)
		return 0;
	_cleanup_free_ char *parent = xstrdup_null(vm->parent);

	if (is_moving(t, y->vm, &kept, &moving, err) < 0)
		return -1;
	if (moving)
		return 0;
	if (forget_gone(y, t, vm, &kept, err) < 0 || make_new(y, t, vm, &kept, &unsure, err) < 0)
		return -1;
	/* Updates which snapshot the VM is based on: virsh may have reverted to another one. */
	for (size_t i = 0; i < y->found->n; i++) {
		const struct hv_snapshot *s = &y->found->items[i];
		const struct vm *v = s->current ? record_of(&kept, s) : NULL;

		if (v && (!vm->parent || records_have(&kept, vm->parent)))
			str_replace(&vm->parent, v->r.uuid);
	}
	/*
	 * What could not be understood is looked at again before each list of snapshots, and if nothing new is found
	 * nothing is written.
	 */
	if (unsure && str_eq(vm->snapshots_seen, SEEN_UNSURE) && str_eq(vm->parent, parent))
		return 0;
	str_replace(&vm->snapshots_seen, unsure ? SEEN_UNSURE : y->seen);
	return record_save(t, &vm_class, vm, err);
}

static int note_now(
	struct session *s, const char *vm, struct moment *ret, bool *moving, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records kept = { 0 };

	return txn_begin(s->store, TXN_READ, &t, err) < 0 || load_kept(t, vm, &kept, err) < 0 ||
			is_moving(t, vm, &kept, moving, err) < 0
		? -1
		: note_moment(t, vm, &kept, ret, err);
}

/*
 * Compares the records of a VM's snapshots with libvirt's list once, and updates them. *moved: libvirt's answer may
 * be older than the records, so nothing was done.
 */
static int adopt_once(struct session *s, const struct vm *vm, const struct hv_domain *d,
	bool *moved, struct vxe_error *err)
{
	_cleanup_free_ char *state = files_snapshots(s, d->name);
	_cleanup_hv_snapshots_ struct hv_snapshots found = { 0 };
	struct sync y = { .s = s, .vm = vm->r.uuid, .found = &found };
	struct hv *hv;
	bool moving;

	*moved = false;
	if (state && str_eq(state, vm->snapshots_seen))
		return 0;
	if (note_now(s, vm->r.uuid, &y.asked_at, &moving, err) < 0)
		return -1;
	/*
	 * A running operation of vxe on this VM may have made libvirt forget snapshots, and if it is undone, libvirt
	 * gets them back. So what libvirt lists at this moment says nothing.
	 */
	if (moving)
		return 0;
	if (session_hv(s->here, &hv, err) < 0 || hv_snapshots(hv, d->uuid, &found, err) < 0 ||
		failpoint(&s->config.failpoints, "adopt-snapshots", "read", true, err) < 0)
		return -1;
	y.seen = state ? state : found.n ? SEEN_UNSURE : "";
	if (!found.n && str_is_empty(y.seen) && str_is_empty(vm->snapshots_seen))
		return 0;
	/*
	 * Updates the records of the disks before those of snapshots: new layers of another program get records, and
	 * layers that it has merged lose theirs.
	 */
	if (found.n || !str_is_empty(vm->snapshots_seen))
		vm_follow_disks(s, vm->r.uuid);
	if (session_facts(s->here, err) < 0 || store_learn(s->store, sync_body, &y, err) < 0)
		return -1;
	if (y.forgot) /* the deleted snapshots' layers may have kept other layers from being merged */
		vm_follow_disks(s, vm->r.uuid);
	*moved = y.moved;
	return 0;
}

/*
 * Gives up without an error if the records of the VM's snapshots keep changing: whoever changes them brings them up
 * to date.
 */
int adopt_snapshots(
	struct session *s, const struct vm *vm, const struct hv_domain *d, struct vxe_error *err)
{
	bool moved = true;

	for (int i = 0; moved && i < MAX_TRIES; i++)
		if (adopt_once(s, vm, d, &moved, err) < 0)
			return -1;
	return 0;
}

/* ---- without a domain ------------------------------------------------------------------------ */

static int orphans_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	const char *uuid = ctx;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_records_ struct records kept = { 0 };
	_cleanup_strv_ struct strv uuids = { 0 };
	bool moving;

	strv_add(&uuids, uuid);
	if (vm_find(t, uuid, &vm, err) < 0 || intent_names(t, &uuids, &moving, err) < 0)
		return -1;
	if (!vm || moving)
		return 0;
	if (load_kept(t, uuid, &kept, err) < 0)
		return -1;
	for (size_t i = 0; i < kept.n; i++) {
		struct vm *v = kept.items[i];
		bool inside = vm_is_inside_image(v);

		if (!(inside && vm_is_hidden(v)) &&
			(inside ? forget_snapshot(t, v, vm, &kept, err)
				: take_over_snapshot(t, v, err)) < 0)
			return -1;
	}
	str_replace(&vm->snapshots_seen, "");
	return record_save(t, &vm_class, vm, err);
}

int adopt_orphans(struct session *s, const char *vm, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = xstrdup(vm);

	return store_learn(s->store, orphans_body, uuid, err);
}

/* ---- before a list --------------------------------------------------------------------------- */

/* Brings the records of one libvirt snapshot's VM up to date; *ret is false if no record has the UUID @uuid. */
static int look_at_one(struct session *s, const char *uuid, bool *ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *v = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &v, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	*ret = v != NULL;
	if (!v || str_is_empty(v->libvirt_snapshot) || !v->snapshot_of)
		return 0;
	return adopt_domain(s, v->snapshot_of, NULL, err);
}

/*
 * Returns 1 if libvirt's snapshot folder of the domain @name has nothing new; *vm: UUID of the domain, or NULL if
 * there is none.
 */
static int is_seen(struct session *s, const char *name, char **vm, struct vxe_error *err)
{
	_cleanup_free_ char *state = files_snapshots(s, name);
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *v = NULL;

	if (!files_named(s, name, vm))
		return 0;
	if (!*vm)
		return 1;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, *vm, &v, err) < 0)
		return -1;
	return v && state && str_eq(v->snapshots_seen, state);
}

int adopt_kept_snapshots(struct session *s, const char *snapshot, struct vxe_error *err)
{
	_cleanup_strv_ struct strv names = { 0 };
	bool found = false;

	if (snapshot && look_at_one(s, snapshot, &found, err) < 0)
		return -1;
	if (found)
		return 0;
	if (!files_tell(&s->config) || !files_with_snapshots(s, &names))
		return adopt_domains(s, err);
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *vm = NULL;
		int r = is_seen(s, names.items[i], &vm, err);

		if (r < 0)
			return -1;
		if (r == 0 && !vm)
			return adopt_domains(s, err);
		if (r == 0 && adopt_domain(s, vm, NULL, err) < 0)
			return -1;
	}
	return 0;
}
