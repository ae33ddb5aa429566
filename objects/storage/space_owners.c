/* SPDX-License-Identifier: MIT */
#include "objects/storage/space_owners.h"

#include <stdlib.h>
#include <string.h>

#include "objects/classes/storage/node_names.h"
#include "objects/classes/vm/vbd.h"

void space_owners_clear(struct space_owners *o)
{
	for (size_t i = 0; i < o->n_items; i++) {
		free(o->items[i].uses);
		free(o->items[i].owners);
	}
	for (size_t i = 0; i < o->n_owners; i++) {
		free(o->owners[i].snapshots);
		free(o->owners[i].reads);
	}
	free(o->items);
	free(o->owners);
	records_clear(&o->nodes);
	records_clear(&o->vdis);
	records_clear(&o->vbds);
	records_clear(&o->vms);
	*o = (struct space_owners){ 0 };
}

/* ---- records by UUID ------------------------------------------------------------------------- */

static int compare_record_uuids(const void *a, const void *b)
{
	const struct record *const *left = a, *const *right = b;

	return strcmp((*left)->uuid, (*right)->uuid);
}

static int load_sorted(
	struct txn *t, const struct class *cls, struct records *ret, struct vxe_error *err)
{
	if (records_load(t, cls, NULL, NULL, ret, err) < 0)
		return -1;
	if (ret->n)
		qsort(ret->items, ret->n, sizeof(*ret->items), compare_record_uuids);
	return 0;
}

static int compare_with_uuid(const void *uuid, const void *item)
{
	const struct record *const *record = item;

	return strcmp(uuid, (*record)->uuid);
}

/* The index of the record with that UUID (NULL: of none); -1: there is none. */
static ssize_t index_of(const struct records *r, const char *uuid)
{
	void **found = uuid && r->n
		? bsearch(uuid, r->items, r->n, sizeof(*r->items), compare_with_uuid)
		: NULL;

	return found ? found - r->items : -1;
}

static const void *record_of(const struct records *r, const char *uuid)
{
	ssize_t at = index_of(r, uuid);

	return at < 0 ? NULL : r->items[at];
}

/* ---- the VMs with their snapshots ------------------------------------------------------------ */

/* The VM of a snapshot, if that is still on record, else the VM or snapshot itself. */
static const struct vm *owner_of(const struct space_owners *o, const struct vm *vm)
{
	const struct vm *of = vm->is_a_snapshot ? record_of(&o->vms, vm->snapshot_of) : NULL;

	return of ? of : vm;
}

/* @place[i] gets, for each record in @vms, the index of the owner that it belongs to. */
static void make_owners(struct space_owners *o, size_t *place)
{
	o->owners = xcalloc(o->vms.n + 1, sizeof(*o->owners));
	for (size_t i = 0; i < o->vms.n; i++) {
		const struct vm *vm = o->vms.items[i];

		if (owner_of(o, vm) != vm)
			continue;
		place[i] = o->n_owners;
		o->owners[o->n_owners++].vm = vm;
	}
	for (size_t i = 0; i < o->vms.n; i++) {
		const struct vm *vm = o->vms.items[i], *of = owner_of(o, vm);

		if (of == vm)
			continue;
		place[i] = place[index_of(&o->vms, of->r.uuid)];
		struct space_owner *to = &o->owners[place[i]];

		to->snapshots = xrealloc(to->snapshots, to->n_snapshots + 1, sizeof(vm));
		to->snapshots[to->n_snapshots++] = vm;
	}
}

/* ---- the files ------------------------------------------------------------------------------- */

static void make_items(struct space_owners *o)
{
	o->items = xcalloc(o->nodes.n + o->vdis.n + 1, sizeof(*o->items));
	for (size_t i = 0; i < o->nodes.n; i++) {
		const struct node *n = o->nodes.items[i];

		o->items[i] =
			(struct space_item){ .node = n, .parent = index_of(&o->nodes, n->parent) };
	}
	o->n_items = o->nodes.n;
	for (size_t i = 0; i < o->nodes.n; i++) {
		ssize_t at = (ssize_t)i;

		/* A damaged chain may lead back to itself. */
		for (; at >= 0 && o->items[i].depth <= o->nodes.n; at = o->items[at].parent)
			o->items[i].depth++;
	}
}

static void add_owner(struct space_owners *o, ssize_t item, size_t owner)
{
	for (size_t steps = 0; item >= 0 && steps <= o->nodes.n; steps++) {
		struct space_item *it = &o->items[item];

		/* What lies below a file has the owner, too. */
		for (size_t i = 0; i < it->n_owners; i++)
			if (it->owners[i] == owner)
				return;
		it->owners = xrealloc(it->owners, it->n_owners + 1, sizeof(*it->owners));
		it->owners[it->n_owners++] = owner;
		item = it->parent;
	}
}

static void add_use(struct space_item *it, struct space_use use)
{
	it->uses = xrealloc(it->uses, it->n_uses + 1, sizeof(*it->uses));
	it->uses[it->n_uses++] = use;
}

/* ---- who uses which -------------------------------------------------------------------------- */

struct connecting {
	struct space_owners *o;
	size_t *place; /* for each record of a VM: the index of its owner */
	/* for each VDI: a VM uses it, so that it is no disk of its own */
	bool *taken;
	ssize_t *
		item; /* for each VDI without a layer: the index of its file; -1: it has none yet */
};

static void connecting_clear(struct connecting *c)
{
	free(c->place);
	free(c->taken);
	free(c->item);
}

static void connect_item(struct connecting *c, ssize_t item, const char *vm, const struct vdi *vdi,
	const char *device)
{
	ssize_t at = index_of(&c->o->vms, vm);

	if (item < 0 || at < 0)
		return;
	const struct vm *user = c->o->vms.items[at];
	struct space_owner *owner = &c->o->owners[c->place[at]];

	owner->reads = xrealloc(owner->reads, owner->n_reads + 1, sizeof(*owner->reads));
	owner->reads[owner->n_reads++] = (struct space_read){ (size_t)item, user, device };
	add_use(&c->o->items[item], (struct space_use){ user, vdi });
	add_owner(c->o, item, c->place[at]);
}

/* The index of the file of a VDI without a layer, which is added when it is first asked for; -1: no file of its own. */
static ssize_t plain_item(struct connecting *c, ssize_t vdi)
{
	const struct vdi *v = c->o->vdis.items[vdi];
	const char *file = *v->file ? v->file : map_get(&v->sm_config, "file");

	if (vdi_is_inside(v) || !file || !*file)
		return -1;
	if (c->item[vdi] < 0) {
		c->item[vdi] = (ssize_t)c->o->n_items++;
		c->o->items[c->item[vdi]] =
			(struct space_item){ .vdi = v, .parent = -1, .depth = 1 };
	}
	return c->item[vdi];
}

static void connect_vdi(struct connecting *c, const char *uuid, const char *vm, const char *device)
{
	ssize_t at = index_of(&c->o->vdis, uuid);
	const struct vdi *v = at < 0 ? NULL : c->o->vdis.items[at];

	if (!v)
		return;
	c->taken[at] = true;
	connect_item(
		c, v->node ? index_of(&c->o->nodes, v->node) : plain_item(c, at), vm, v, device);
}

static void connect_vbds(struct connecting *c)
{
	for (size_t i = 0; i < c->o->vbds.n; i++) {
		const struct vbd *b = c->o->vbds.items[i];

		if (b->guard)
			connect_item(
				c, index_of(&c->o->nodes, b->guard), b->vm, NULL, b->userdevice);
		if (b->type == VBD_DISK)
			connect_vdi(c, b->vdi, b->vm, b->userdevice);
	}
}

static void connect_vms(struct connecting *c)
{
	for (size_t i = 0; i < c->o->vms.n; i++) {
		const struct vm *vm = c->o->vms.items[i];

		connect_vdi(c, vm->suspend_vdi, vm->r.uuid, "");
		connect_item(c, index_of(&c->o->nodes, vm->nvram_node), vm->r.uuid, NULL, "");
		connect_item(c, index_of(&c->o->nodes, vm->tpm_node), vm->r.uuid, NULL, "");
	}
}

/* Disks that no VM has; the record of a base copy is no disk. */
static void connect_lone_vdis(struct connecting *c)
{
	for (size_t i = 0; i < c->o->vdis.n; i++) {
		const struct vdi *v = c->o->vdis.items[i];
		ssize_t at = index_of(&c->o->nodes, v->node);

		if (!c->taken[i] && at >= 0 && !vdi_is_base_copy(v->r.uuid, v->node, v->managed))
			add_use(&c->o->items[at], (struct space_use){ NULL, v });
	}
}

int space_owners_read(struct session *s, struct space_owners *ret, struct vxe_error *err)
{
	_cleanup_(connecting_clear) struct connecting c = { .o = ret };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		load_sorted(t, &node_class, &ret->nodes, err) < 0 ||
		load_sorted(t, &vdi_class, &ret->vdis, err) < 0 ||
		load_sorted(t, &vbd_class, &ret->vbds, err) < 0 ||
		load_sorted(t, &vm_class, &ret->vms, err) < 0)
		return -1;
	c.place = xcalloc(ret->vms.n + 1, sizeof(*c.place));
	c.taken = xcalloc(ret->vdis.n + 1, sizeof(*c.taken));
	c.item = xcalloc(ret->vdis.n + 1, sizeof(*c.item));
	for (size_t i = 0; i < ret->vdis.n; i++)
		c.item[i] = -1;
	make_owners(ret, c.place);
	make_items(ret);
	connect_vbds(&c);
	connect_vms(&c);
	connect_lone_vdis(&c);
	return 0;
}
