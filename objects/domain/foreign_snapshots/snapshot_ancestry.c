/* SPDX-License-Identifier: MIT */
#include "objects/domain/foreign_snapshots/snapshot_ancestry.h"

#include "objects/classes/common/intent.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"

/* The UUIDs of the top layers of all disks that a VM or snapshot has. */
static int nodes_of(struct txn *t, const char *vm, struct strv *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	if (records_load(t, &vbd_class, "vm", vm, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++) {
		const struct vbd *vbd = vbds.items[i];
		_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;

		if (vbd->vdi && vdi_find(t, vbd->vdi, &vdi, err) < 0)
			return -1;
		if (vdi && vdi->node)
			strv_add(ret, vdi->node);
	}
	return 0;
}

/* Returns 1 if the layer @node, or a layer below it, is one of @low. */
static int is_on(struct txn *t, const struct strv *low, const char *node, struct vxe_error *err)
{
	_cleanup_free_ char *at = xstrdup_null(node);

	while (at && !strv_has(low, at)) {
		_cleanup_(node_free_cleanup) struct node *n = NULL;

		if (node_find(t, at, &n, err) < 0)
			return -1;
		str_replace(&at, n ? n->parent : NULL);
	}
	return at != NULL;
}

/* Returns 1 if a disk of @vm, a VM or a snapshot, lies on one of the layers @low. */
static int was_on(struct txn *t, const struct strv *low, const char *vm, struct vxe_error *err)
{
	_cleanup_strv_ struct strv high = { 0 };
	int r = nodes_of(t, vm, &high, err);

	for (size_t i = 0; r == 0 && i < high.n; i++)
		r = is_on(t, low, high.items[i], err);
	return r;
}

/* *ret: the record with this UUID, if it is a VM or a snapshot that vxe has made; else NULL. */
static int find_own(struct txn *t, const char *uuid, struct vm **ret, struct vxe_error *err)
{
	*ret = NULL;
	if (uuid && vm_find(t, uuid, ret, err) < 0)
		return -1;
	if (*ret && !str_is_empty((*ret)->libvirt_snapshot))
		vm_free(TAKE(*ret));
	return 0;
}

/*
 * Goes from the snapshot @from towards its ancestors. *older: the youngest of vxe's snapshots whose disks do not lie
 * on the layers @low; *next: the one made after it. NULL: none.
 */
static int find_neighbours(struct txn *t, const struct strv *low, const char *from,
	struct vm **older, struct vm **next, struct vxe_error *err)
{
	*older = *next = NULL;
	if (find_own(t, from, older, err) < 0)
		return -1;
	while (*older) {
		int r = was_on(t, low, (*older)->r.uuid, err);

		if (r <= 0)
			return r;
		vm_free(*next);
		*next = TAKE(*older);
		if (find_own(t, (*next)->parent, older, err) < 0)
			return -1;
	}
	return 0;
}

int adopt_line(struct txn *t, struct vm *vm, struct vm *v, bool is_current, struct vxe_error *err)
{
	_cleanup_strv_ struct strv low = { 0 }, changed = { 0 };
	_cleanup_(vm_free_cleanup) struct vm *older = NULL, *next = NULL;
	bool moving = false;

	if (nodes_of(t, v->r.uuid, &low, err) < 0 ||
		find_neighbours(t, &low, vm->parent, &older, &next, err) < 0)
		return -1;
	if (next)
		strv_add(&changed, next->r.uuid);
	if (intent_names(t, &changed, &moving, err) < 0)
		return -1;
	int on = moving || (!older && !next) ? 0
		: next || is_current	     ? 1
					     : was_on(t, &low, vm->r.uuid, err);

	if (on <= 0)
		return on;
	if (older)
		str_replace(&v->parent, older->r.uuid);
	if (!next) {
		str_replace(&vm->parent, v->r.uuid);
		return 0;
	}
	str_replace(&next->parent, v->r.uuid);
	return record_save(t, &vm_class, next, err);
}
