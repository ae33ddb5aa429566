/* SPDX-License-Identifier: MIT */
/*
 * Prepares the networks of a VM's cards before the VM starts: a network that vxe made is started, as xe makes a
 * bridge when it is needed; for any other inactive network, and for one that libvirt does not have, the error names
 * the network and the command that helps.
 */
#include "objects/domain/vm_networks.h"

#include "objects/classes/network/network_records.h"
#include "objects/model/record.h"

#define NETWORKS "networks"

const struct plan_member network_members[] = {
	{ NETWORKS, PLAN_STRINGS, "UUIDs of the networks to start" },
	{ 0 },
};

int nic_plan_network(struct session *s, const char *vm, const struct spec_nic *nic, struct plan *p,
	struct vxe_error *err)
{
	_cleanup_(network_free_cleanup) struct network *net = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (!str_eq(nic->type, "network"))
		return 0;
	if (session_networks(s->here, err) < 0)
		return -1;
	const struct hv_network *n = networks_by_name(s, nic->source);

	if (!n && !s->here->networks->unknown)
		return vxe_fail(err, VXE_NETWORK_MISSING, vm, nic->source);
	if (!n || n->active)
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || network_of(s, t, n, &net, err) < 0)
		return -1;
	if (!net || !net->made)
		return vxe_fail(err, VXE_NETWORK_INACTIVE, vm, n->uuid, n->name);
	plan_keep_one_more(p, NETWORKS, n->uuid);
	return 0;
}

int vm_plan_networks(
	struct session *s, const struct vm_loaded *l, struct plan *p, struct vxe_error *err)
{
	for (size_t i = 0; l->spec && i < l->spec->n_nics; i++)
		if (nic_plan_network(s, l->vm->r.uuid, &l->spec->nics[i], p, err) < 0)
			return -1;
	return 0;
}

int networks_start(struct op *op, struct vxe_error *err)
{
	_cleanup_strv_ struct strv uuids = { 0 };
	struct hv *hv;

	plan_strings(&op->plan, NETWORKS, &uuids);
	if (!uuids.n)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0 || session_networks(op->s->here, err) < 0)
		return -1;
	for (size_t i = 0; i < op->s->here->networks->n; i++) {
		const struct hv_network *n = &op->s->here->networks->items[i];

		if (strv_has(&uuids, n->uuid) && hv_network_define(hv, n, err) < 0)
			return -1;
	}
	return 0;
}
