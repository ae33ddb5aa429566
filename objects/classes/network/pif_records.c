/* SPDX-License-Identifier: MIT */
/*
 * Updates PIF, VLAN and bond records from the host's interfaces. A PIF is a network card, a VLAN, a bond, or the
 * interface of the default route (in a container, which has no cards). A bridge of the host is a network, not a PIF;
 * the host's end of a guest's network card (a tap interface) is neither.
 */
#include "objects/classes/common/mirrored_records.h"

#include <string.h>

#include "objects/classes/host/host_machine.h"
#include "objects/base/uuid.h"
#include "objects/classes/network/bond.h"
#include "objects/classes/network/network.h"
#include "objects/classes/network/pif.h"
#include "objects/classes/network/vlan.h"

static bool is_pif(const struct machine_facts *m, const struct machine_nic *n)
{
	switch (n->kind) {
	case NIC_PHYSICAL:
	case NIC_BOND:
		return true;
	case NIC_VLAN:
		return n->parent != NULL;
	case NIC_BRIDGE:
		return false;
	case NIC_OTHER:
		break;
	}
	return str_eq(n->name, m->default_nic);
}

/* The UUID derived from "pif:eth0"; owned. */
static char *uuid_of(struct session *s, const char *kind, const char *nic)
{
	_cleanup_free_ char *name = xasprintf("%s:%s", kind, nic);

	return uuid_derive(s->here->uuid, name);
}

/* Finds the record of the network whose bridge the interface is in; *ret stays NULL if there is none. */
static int find_network(
	struct txn *t, const struct machine_nic *n, char **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records found = { 0 };

	if (!n->master)
		return 0;
	if (records_load(t, &network_class, "bridge", n->master, &found, err) < 0)
		return -1;
	if (found.n)
		*ret = xstrdup(((const struct record *)found.items[0])->uuid);
	return 0;
}

static int want_pif(struct session *s, struct txn *t, const struct machine_nic *n,
	struct records *pifs, struct vxe_error *err)
{
	const struct machine_nic *master = machine_nic(host_facts(s->here), n->master);
	_cleanup_free_ char *name = xasprintf("pif:%s", n->name);
	struct pif *pif = mirror_add(s, pifs, name);

	str_replace(&pif->nic, n->name);
	str_replace(&pif->device, n->kind == NIC_VLAN ? n->parent : n->name);
	str_replace(&pif->mac, n->mac);
	str_replace(&pif->host, s->here->uuid);
	pif->physical = n->kind != NIC_VLAN && n->kind != NIC_BOND;
	pif->vlan = n->vlan;
	if (master && master->kind == NIC_BOND)
		pif->bond_slave_of = uuid_of(s, "bond", master->name);
	return find_network(t, n, &pif->network, err);
}

static void want_bond(struct session *s, const struct machine_nic *n, struct records *bonds)
{
	_cleanup_free_ char *name = xasprintf("bond:%s", n->name);
	struct bond *bond = mirror_add(s, bonds, name);

	str_replace(&bond->host, s->here->uuid);
	bond->master = uuid_of(s, "pif", n->name);
	str_replace(&bond->nic, n->name);
	bond->mode = str_eq(n->bond_mode, "active-backup") ? BOND_ACTIVE_BACKUP
		: str_eq(n->bond_mode, "802.3ad")	   ? BOND_LACP
							   : BOND_BALANCE_SLB;
}

/* ---- values that the machine decides --------------------------------------------------------- */

static bool take_text(char **have, const char *want)
{
	if (str_eq(*have, want))
		return false;
	str_replace(have, want);
	return true;
}

static bool take_number(int64_t *have, int64_t want)
{
	bool differs = *have != want;

	*have = want;
	return differs;
}

static bool take_pif(void *have, const void *want)
{
	struct pif *to = have;
	const struct pif *from = want;
	bool changed = take_text(&to->device, from->device);

	changed |= take_text(&to->mac, from->mac);
	changed |= take_text(&to->network, from->network);
	changed |= take_text(&to->bond_slave_of, from->bond_slave_of);
	changed |= take_number(&to->vlan, from->vlan);
	changed |= to->physical != from->physical;
	to->physical = from->physical;
	return changed;
}

static bool take_vlan(void *have, const void *want)
{
	struct vlan *to = have;
	const struct vlan *from = want;
	bool changed = take_text(&to->tagged_pif, from->tagged_pif);

	return take_number(&to->tag, from->tag) || changed;
}

static bool take_bond(void *have, const void *want)
{
	struct bond *to = have;
	const struct bond *from = want;
	bool changed = to->mode != from->mode;

	to->mode = from->mode;
	return changed;
}

int interfaces_refresh(struct session *s, struct vxe_error *err)
{
	_cleanup_records_ struct records pifs = { .cls = &pif_class };
	_cleanup_records_ struct records vlans = { .cls = &vlan_class };
	_cleanup_records_ struct records bonds = { .cls = &bond_class };
	_cleanup_txn_ struct txn *t = NULL;
	const struct machine_facts *m = host_facts(s->here);

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	for (size_t i = 0; i < m->n_nics; i++) {
		const struct machine_nic *n = &m->nics[i];

		if (is_pif(m, n) && want_pif(s, t, n, &pifs, err) < 0)
			return -1;
		if (n->kind == NIC_VLAN && n->parent) {
			_cleanup_free_ char *name = xasprintf("vlan:%s", n->name);
			struct vlan *vlan = mirror_add(s, &vlans, name);

			str_replace(&vlan->host, s->here->uuid);
			vlan->tagged_pif = uuid_of(s, "pif", n->parent);
			vlan->untagged_pif = uuid_of(s, "pif", n->name);
			vlan->tag = n->vlan;
		}
		if (n->kind == NIC_BOND)
			want_bond(s, n, &bonds);
	}
	txn_abort(TAKE(t));
	if (mirror_records(s, &pifs, offsetof(struct pif, host), take_pif, err) < 0 ||
		mirror_records(s, &vlans, offsetof(struct vlan, host), take_vlan, err) < 0)
		return -1;
	return mirror_records(s, &bonds, offsetof(struct bond, host), take_bond, err);
}
