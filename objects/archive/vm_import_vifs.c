/* SPDX-License-Identifier: MIT */
/*
 * Connects the network cards of an imported VM on this host: finds networks by name or makes them, keeps or changes
 * MAC addresses.
 */
#include "objects/archive/vm_import_devices.h"

#include "objects/archive/ova_members.h"
#include "objects/base/uuid.h"
#include "objects/classes/network/network_records.h"
#include "objects/devices/network_ops.h"
#include "objects/domain/vif_mac.h"

#include <string.h>

/* What an imported card is connected to. */
enum way {
	WAY_NETWORK, /* a network of this host */
	WAY_MAKE,    /* an isolated network that the import makes */
	WAY_USER,    /* user mode networking, as in the archive */
	WAY_NONE,    /* nothing: the link is down */
};

/*
 * Finds the network on this host that has the name of the archive's network, or else its bridge, unless libvirt has
 * chosen the bridge's name.
 */
static const struct network *find_alike(
	const struct session *s, const struct records *all, const struct network *like)
{
	const char *type, *source;

	for (int by = 0; by < 2; by++)
		for (size_t i = 0; i < all->n; i++) {
			const struct network *n = all->items[i];
			/*
			 * The name of a bridge identifies a network, unless libvirt has made the bridge: libvirt
			 * numbers its bridges, so a bridge of the same name on another host belongs to another
			 * network.
			 */
			bool alike = by == 0
				? *like->name_label && str_eq(n->name_label, like->name_label)
				: *like->bridge && !str_starts(like->bridge, "virbr") &&
					!n->mirrors && str_eq(n->bridge, like->bridge);

			if (alike && network_source(s, n, &type, &source))
				return n;
		}
	return NULL;
}

/*
 * Decides what an imported card is connected to. *ret: with WAY_NETWORK the network on this host, owned by the
 * caller.
 */
static int find_way(struct importing *i, struct txn *t, const struct imported_vif *from,
	enum way *way, struct network **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };
	/* The user's choice for the archive's network; NULL: none, "": connect the card to no network. */
	const struct map *m = i->args->networks;
	const char *by_uuid = m ? map_get(m, from->network_uuid) : NULL;
	const char *wish = by_uuid || !m ? by_uuid : map_get(m, from->network->name_label);

	*ret = NULL;
	*way = WAY_NETWORK;
	if (session_networks(i->s->here, err) < 0)
		return -1;
	if (!str_is_empty(wish))
		return network_get(t, wish, ret, err);
	if (wish)
		*way = WAY_NONE;
	else if (i->in.ours && str_eq(from->network->name_label, OVA_USER_NETWORK))
		*way = WAY_USER;
	if (*way != WAY_NETWORK)
		return 0;
	if (records_load(t, &network_class, NULL, NULL, &all, err) < 0)
		return -1;
	const struct network *found = find_alike(i->s, &all, from->network);

	if (found)
		*ret = record_copy(&network_class, found);
	else
		*way = i->s->config.unprivileged || i->s->here->networks->unknown ? WAY_NONE
										  : WAY_MAKE;
	return 0;
}

int import_leaves_loose(struct importing *i, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	bool loose = false;

	if (txn_begin(i->s->store, TXN_READ, &t, err) < 0)
		return -1;
	for (size_t k = 0; k < i->in.n_vifs; k++) {
		_cleanup_(network_free_cleanup) struct network *net = NULL;
		enum way way;

		if (find_way(i, t, &i->in.vifs[k], &way, &net, err) < 0)
			return -1;
		loose |= way == WAY_NONE;
	}
	return loose;
}

static bool has_network(const struct imported *of, const char *key)
{
	for (size_t k = 0; k < of->n_vifs; k++)
		if (str_eq(key, of->vifs[k].network_uuid) ||
			str_eq(key, of->vifs[k].network->name_label))
			return true;
	return false;
}

int import_check_networks(const struct importing *i, struct vxe_error *err)
{
	const struct map *m = i->args->networks;

	for (size_t k = 0; m && k < m->n; k++) {
		const char *key = m->items[k].key;
		bool known = has_network(&i->in, key);

		for (size_t n = 0; n < i->in.n_snapshots; n++)
			known |= has_network(&i->in.snapshots[n], key);
		if (!known)
			return vxe_fail(err, INVALID_VALUE, "network", key);
	}
	return 0;
}

char *import_network_uuid(const struct importing *i, const struct network *like)
{
	return uuid_derive(i->seed, like->name_label);
}

/* Plans one network for all cards whose networks have this name in the archive; *source is its name in libvirt. */
static char *plan_network(
	struct making *m, const struct importing *i, const struct network *like, char **source)
{
	_cleanup_free_ char *uuid = import_network_uuid(i, like);

	*source = network_planned_name(m->p, uuid);
	if (!*source) {
		network_plan_made(m->s, uuid, like, m->p);
		*source = network_planned_name(m->p, uuid);
	}
	return TAKE(uuid);
}

/*
 * Tells the user, for each card, where its connection differs from the archive, and whether the guest can reach this
 * host and others through it.
 */
static void tell_way(const struct importing *i, const struct vif *vif, enum way way,
	const struct network *net, const char *label)
{
	if (i->told)
		return;
	if (way == WAY_MAKE)
		session_notice(i->s,
			"There is no network %s on this host: card %s is on a new internal network "
			"of that name.",
			label, vif->device);
	else if (way == WAY_NETWORK && net->made)
		session_notice(i->s,
			"Card %s is on the internal network %s, on which there are only VMs.",
			vif->device, net->name_label);
	else if (way == WAY_USER)
		session_notice(i->s,
			"Card %s has user mode networking, as in the archive: the guest reaches "
			"this host and what this host reaches.",
			vif->device);
	else if (way == WAY_NONE)
		session_notice(i->s,
			"There is no network %s on this host: card %s is not connected, its link "
			"is down. 'vxe vif-move' connects it.",
			label, vif->device);
}

/*
 * Chooses the network of the imported card @vif. *type and *source (owned): type and source of its libvirt
 * <interface>; NULL: those of its network.
 */
static int connect_vif(struct making *m, struct importing *i, const struct imported_vif *from,
	struct vif *vif, const char **type, char **source, struct vxe_error *err)
{
	_cleanup_(network_free_cleanup) struct network *net = NULL;
	enum way way;

	*source = NULL;
	if (find_way(i, m->t, from, &way, &net, err) < 0)
		return -1;
	*type = way == WAY_MAKE ? "network" : way == WAY_USER ? "user" : NULL;
	if (way == WAY_MAKE)
		vif->network = plan_network(m, i, from->network, source);
	else
		vif->network = net ? xstrdup(net->r.uuid) : NULL;
	tell_way(i, vif, way, net, from->network->name_label);
	return 0;
}

/*
 * The number, from 1, of the card among the archive's cards with the same MAC address. If it is not 1, *first is the
 * index of the first of these cards.
 */
static int count_alike(const struct importing *i, const struct imported_vif *from, size_t *first)
{
	int n = 1;

	for (size_t k = 0; &i->in.vifs[k] != from; k++) {
		if (!*from->vif->mac || !str_eq(i->in.vifs[k].vif->mac, from->vif->mac))
			continue;
		if (n++ == 1)
			*first = k;
	}
	return n;
}

/*
 * Refuses a multicast MAC address, which libvirt would refuse only at the end of the import, when the domain is
 * defined.
 */
static int check_kept_mac(const struct vif *v, struct vxe_error *err)
{
	return !v->mac_autogenerated && strchr("13579bdf", v->mac[1])
		? ova_fail(err, "card %s: %s is an address of many cards", v->device, v->mac)
		: 0;
}

int import_plan_card(struct making *m, struct importing *i, const struct imported_vif *from,
	struct vxe_error *err)
{
	_cleanup_(vif_free_cleanup) struct vif *v = record_copy(&vif_class, from->vif);
	const char *seed = map_get(&m->vm->other_config, MAC_SEED);

	_cleanup_free_ char *source = NULL;
	const char *type;

	if (connect_vif(m, i, from, v, &type, &source, err) < 0)
		return -1;
	if (!i->args->preserve || !uuid_is_valid(v->r.uuid)) {
		free(v->r.uuid);
		v->r.uuid = uuid_new();
	}
	str_replace(&v->vm, i->uuid);
	v->mac_autogenerated = !i->args->preserve || !*v->mac;
	size_t first = 0;
	int n = count_alike(i, from, &first);

	if (v->mac_autogenerated) {
		free(v->mac);
		v->mac = n > 1 ? xstrdup(i->macs.items[first]) : mac_from_seed(seed, v->device);
	}
	if (check_kept_mac(v, err) < 0)
		return -1;
	strv_add(&i->macs, v->mac);
	_cleanup_free_ char *card = xasprintf("%s|||%d", i->whole ? v->mac : from->vif->mac, n);

	making_add_card(m, TAKE(v), card, type, source);
	return 0;
}
