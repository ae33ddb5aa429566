/* SPDX-License-Identifier: MIT */
/*
 * Compares a VM's definition with its records in a read transaction. If something changed, and nothing else has
 * changed the store meanwhile, sets write bits of files and compares again in a write transaction, which updates the
 * records.
 */
#include "objects/domain/drift.h"

#include "objects/classes/common/intent.h"
#include "objects/classes/network/network_records.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/vm/vbd.h"
#include "objects/domain/drift_definition.h"
#include "objects/session/session.h"
#include "objects/disks/disks.h"

/* Adds the layers of a VBD's disk to the list; the record of its VDI may be missing. */
static int add_chain(
	struct txn *t, const struct vbd *vbd, struct strv *uuids, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	_cleanup_records_ struct records chain = { 0 };

	if (vbd->vdi && vdi_find(t, vbd->vdi, &vdi, err) < 0)
		return -1;
	if (!vdi || !vdi->node)
		return 0;
	if (node_chain(t, vdi->node, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain.n; i++)
		strv_add(uuids, ((const struct node *)chain.items[i])->r.uuid);
	return 0;
}

/* *ret: an operation works on the VM or on a layer of its disks (a merge). */
static int in_motion(struct txn *t, const char *vm, bool *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records intents = { 0 }, vbds = { 0 };
	_cleanup_strv_ struct strv uuids = { 0 };

	*ret = false;
	if (records_load(t, &intent_class, NULL, NULL, &intents, err) < 0)
		return -1;
	if (intents.n == 0)
		return 0;
	strv_add(&uuids, vm);
	if (records_load(t, &vbd_class, "vm", vm, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++)
		if (add_chain(t, vbds.items[i], &uuids, err) < 0)
			return -1;
	return intent_names(t, &uuids, ret, err);
}

int vm_in_motion(struct session *s, const char *vm, bool *ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return in_motion(t, vm, ret, err);
}

/*
 * Compares a VM's definition with its records once, without changing any. Returns 0: no difference; 1: there is one;
 * 2: an operation, running or dead, works on the VM.
 */
static int look_for_drift(struct drift *d, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	bool moving;

	if (txn_begin(d->s->store, TXN_READ, &t, err) < 0 || in_motion(t, d->vm, &moving, err) < 0)
		return -1;
	if (moving) /* that operation must end first, or be recovered */
		return 2;
	d->t = t;
	int r = drift_compare(d, err);
	d->t = NULL;
	return r < 0 ? -1 : d->changed;
}

/*
 * Compares definition and records, and a second time with libvirt's networks and pools loaded if the network of a
 * NIC, or the path of a volume, cannot be known without them.
 */
static int look_closely(struct drift *d, struct vxe_error *err)
{
	int r = look_for_drift(d, err);

	if (r != 0 || !d->needs_facts)
		return r;
	return session_facts(d->s->here, err) < 0 ? -1 : look_for_drift(d, err);
}

/*
 * Sets the write bits of files before the records change: if this process dies in between, the next comparison sets
 * them again. A dry run changes no file.
 */
static int set_modes(struct drift *d, struct vxe_error *err)
{
	for (size_t i = 0; i < d->n_modes && !d->s->wishes->dry_run; i++) {
		struct drift_mode *m = &d->modes[i];

		if (layer_set_mode(d->s, m->path, m->freeze, &m->mode, err) < 0)
			return -1;
	}
	return 0;
}

struct take_over {
	struct drift *d;
	int64_t generation;
	bool moved;
};

static int take_over_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct take_over *w = ctx;
	int64_t now;

	if (txn_generation(t, &now, err) < 0)
		return -1;
	w->moved = now != w->generation;
	if (w->moved)
		return 0;
	w->d->t = t;
	w->d->write = true;
	return drift_compare(w->d, err);
}

static void drift_clear(struct drift *d)
{
	for (size_t i = 0; i < d->n_modes; i++)
		free(d->modes[i].path);
	free(d->modes);
	for (size_t i = 0; i < d->n_overlays; i++)
		free(d->overlays[i].path);
	free(d->overlays);
}

static struct drift drift_of(struct session *s, struct vm_loaded *l)
{
	return (struct drift){ .s = s, .vm = l->vm->r.uuid, .spec = l->spec, .loaded = l };
}

bool drift_is_none(struct session *s, struct vm_loaded *l)
{
	_cleanup_(drift_clear) struct drift d = drift_of(s, l);
	_cleanup_error_ struct vxe_error ignored = { 0 };

	return look_for_drift(&d, &ignored) == 0 && !d.needs_facts;
}

int drift_take_over(
	struct session *s, struct vm_loaded *l, int64_t generation, struct vxe_error *err)
{
	_cleanup_(drift_clear) struct drift d = drift_of(s, l);
	_cleanup_error_ struct vxe_error why = { 0 };
	int r = look_closely(&d, &why);

	if (r == 0 || r == 2)
		return 0;
	int stale = session_store_moved(s, generation, err);
	if (stale != 0)
		return stale;
	if (r < 0) {
		error_move(err, &why);
		return -1;
	}
	struct take_over w = { .d = &d, .generation = generation };
	if (session_facts(s->here, err) < 0 || networks_follow(s, err) < 0 ||
		set_modes(&d, err) < 0 || store_learn(s->store, take_over_body, &w, err) < 0)
		return -1;
	/* A title is only read from the definition, so the record had the old name when it was selected by that. */
	if (d.relabelled && !w.moved && str_eq(s->selected_as, l->vm->name_label))
		return vxe_fail(err, CLI_NO_MATCH, "No matching VMs found");
	return 1;
}
