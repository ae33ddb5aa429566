/* SPDX-License-Identifier: MIT */
/*
 * Deletes the record of a VM whose domain vanished, and the records that only this VM used. Touches
 * no file: disks that vxe made stay on record as detached disks.
 */
#include "objects/domain/adopt_forget.h"

#include "objects/classes/storage/forgotten_disk.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"

static int find_names(struct txn *t, const char *node, const char *except, bool kept_too, bool *ret,
	struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 }, guarded = { 0 }, forgotten = { 0 };

	if (records_load(t, &vdi_class, "node", node, &vdis, err) < 0 ||
		records_load(t, &vbd_class, "guard", node, &guarded, err) < 0 ||
		records_load(t, &forgotten_class, "layer", node, &forgotten, err) < 0)
		return -1;
	*ret = guarded.n || forgotten.n;
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *vdi = vdis.items[i];
		bool base_copy = !vdi->managed && str_eq(vdi->r.uuid, node);

		*ret |= !base_copy && !str_eq(vdi->r.uuid, except) &&
			(kept_too || !vdi_is_kept(vdi));
	}
	return 0;
}

int node_is_named(
	struct txn *t, const char *node, const char *except, bool *ret, struct vxe_error *err)
{
	return find_names(t, node, except, true, ret, err);
}

int node_is_ours(
	struct txn *t, const char *node, const char *except, bool *ret, struct vxe_error *err)
{
	return find_names(t, node, except, false, ret, err);
}

int node_lose_kept(struct txn *t, const char *node, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	if (records_load(t, &vdi_class, "node", node, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		struct vdi *vdi = vdis.items[i];

		if (!vdi_is_kept(vdi))
			continue;
		str_replace(&vdi->node, NULL);
		vdi->missing = true;
		if (record_save(t, &vdi_class, vdi, err) < 0)
			return -1;
	}
	return 0;
}

static int count(struct txn *t, const struct class *c, const char *column, const char *value,
	size_t *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records found = { 0 };

	if (records_load(t, c, column, value, &found, err) < 0)
		return -1;
	*ret = found.n;
	return 0;
}

/* ---- layers ----------------------------------------------------------------------------------- */

int chain_is_adopted(struct txn *t, const char *node, struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { 0 };

	if (node_chain(t, node, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain.n; i++)
		if (((const struct node *)chain.items[i])->origin == NODE_MADE)
			return 0;
	return 1;
}

static int forget_pbds(struct txn *t, const char *sr, struct vxe_error *err)
{
	_cleanup_records_ struct records pbds = { 0 };

	if (records_load(t, &pbd_class, "sr_uuid", sr, &pbds, err) < 0)
		return -1;
	for (size_t i = 0; i < pbds.n; i++)
		if (txn_del(t, pbd_class.name, ((struct pbd *)pbds.items[i])->r.uuid, err) < 0)
			return -1;
	return 0;
}

/* Deletes the record of an SR that adoption has made, when no VDI and no layer is in it any more. */
static int forget_sr(struct txn *t, const char *uuid, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	size_t vdis, nodes;

	if (!uuid || sr_find(t, uuid, &sr, err) < 0)
		return uuid ? -1 : 0;
	if (!sr || !sr->adopted)
		return 0;
	if (count(t, &vdi_class, "sr", uuid, &vdis, err) < 0 ||
		count(t, &node_class, "sr", uuid, &nodes, err) < 0)
		return -1;
	if (vdis || nodes)
		return 0;
	return forget_pbds(t, uuid, err) < 0 ? -1 : txn_del(t, sr_class.name, uuid, err);
}

int forget_chain(struct txn *t, const char *top, struct vxe_error *err)
{
	_cleanup_records_ struct records chain = { 0 };

	if (node_chain(t, top, &chain, err) < 0)
		return -1;
	for (size_t i = 0; i < chain.n; i++) {
		const struct node *n = chain.items[i];
		bool named;
		size_t children;

		if (node_is_named(t, n->r.uuid, NULL, &named, err) < 0 ||
			count(t, &node_class, "parent", n->r.uuid, &children, err) < 0)
			return -1;
		if (named || children)
			return node_sync_base_copy(t, n->r.uuid, err);
		if (txn_del(t, node_class.name, n->r.uuid, err) < 0 ||
			node_sync_base_copy(t, n->r.uuid, err) < 0 || forget_sr(t, n->sr, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- disks ----------------------------------------------------------------------------------- */

/* Deletes the record of a VDI, unless another VM, a snapshot, or a file made by vxe needs it. */
static int forget_vdi(struct txn *t, const char *uuid, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	size_t vbds, snapshots;
	int adopted = 1;

	if (vdi_find(t, uuid, &vdi, err) < 0)
		return -1;
	if (!vdi || vdi->is_a_snapshot)
		return 0;
	if (count(t, &vbd_class, "vdi", uuid, &vbds, err) < 0 ||
		count(t, &vdi_class, "snapshot_of", uuid, &snapshots, err) < 0)
		return -1;
	if (vdi->node)
		adopted = chain_is_adopted(t, vdi->node, err);
	if (adopted < 0 || vbds || snapshots || !adopted)
		return adopted < 0 ? -1 : 0;
	if (txn_del(t, vdi_class.name, uuid, err) < 0 ||
		(vdi->node && forget_chain(t, vdi->node, err) < 0))
		return -1;
	return forget_sr(t, vdi->sr, err);
}

static int forget_disks(struct txn *t, const char *vm, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	if (records_load(t, &vbd_class, "vm", vm, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++) {
		const struct vbd *vbd = vbds.items[i];

		if (txn_del(t, vbd_class.name, vbd->r.uuid, err) < 0 ||
			(vbd->vdi && forget_vdi(t, vbd->vdi, err) < 0))
			return -1;
	}
	return 0;
}

int forget_vm(struct txn *t, const char *vm, struct vxe_error *err)
{
	_cleanup_records_ struct records vifs = { 0 };

	if (records_load(t, &vif_class, "vm", vm, &vifs, err) < 0)
		return -1;
	for (size_t i = 0; i < vifs.n; i++)
		if (txn_del(t, vif_class.name, ((const struct vif *)vifs.items[i])->r.uuid, err) <
			0)
			return -1;
	if (forget_disks(t, vm, err) < 0)
		return -1;
	return txn_del(t, vm_class.name, vm, err);
}
