/* SPDX-License-Identifier: MIT */
/* network records: one per libvirt network, and one per bridge of the host that belongs to no
 * libvirt network. */
#include "objects/classes/network/network_records.h"

#include <string.h>

#include "objects/classes/host/host_machine.h"
#include "objects/base/log.h"
#include "objects/base/uuid.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/common/mirrored_records.h"
#include "objects/classes/vm/vif.h"

void network_put_here(const struct session *s, struct network *net)
{
	if (s->config.host)
		map_set(&net->on_hosts, s->here->uuid, net->r.uuid);
}

const char *network_libvirt_name(const struct network *net)
{
	return str_is_empty(net->libvirt_name) ? net->name_label : net->libvirt_name;
}

/* Derives the UUID for the record of a network by its name: libvirt has none of this UUID. */
static char *name_uuid(const char *host_uuid, const char *name)
{
	_cleanup_free_ char *text = xasprintf("network:%s", name);

	return uuid_derive(host_uuid, text);
}

/*
 * Adds a network record with the UUID @uuid, unless any object has this UUID already; in a pool that may be the network of
 * other hosts that had this name here, too, and the new record has another UUID than libvirt's network.
 */
static int put_network(const struct session *s, struct txn *t, const char *uuid, const char *name,
	const char *bridge, bool mirrors, struct vxe_error *err)
{
	_cleanup_(network_free_cleanup) struct network *net = record_new(&network_class);
	bool taken, other = mirrors && s->config.host;

	net->r.uuid = xstrdup(uuid);
	if (record_taken(t, &network_class, uuid, &taken, err) < 0)
		return -1;
	if (taken && other) {
		free(TAKE(net->r.uuid));
		net->r.uuid = name_uuid(s->here->uuid, name);
		if (record_taken(t, &network_class, net->r.uuid, &taken, err) < 0)
			return -1;
	}
	if (taken)
		return 0;
	str_replace(&net->name_label, name);
	str_replace(&net->bridge, bridge ? bridge : "");
	net->mtu = 1500;
	net->managed = true;
	net->mirrors = mirrors;
	if (mirrors)
		str_replace(&net->libvirt_name, name);
	if (other)
		map_set(&net->on_hosts, s->here->uuid, uuid);
	return record_add(t, &network_class, net, err);
}

static char *bridge_uuid(const char *host_uuid, const char *bridge)
{
	_cleanup_free_ char *name = xasprintf("bridge:%s", bridge);

	return uuid_derive(host_uuid, name);
}

static const struct hv_network *networks_by_uuid(const struct session *s, const char *uuid)
{
	for (size_t i = 0; s->here->networks && i < s->here->networks->n; i++)
		if (str_eq(s->here->networks->items[i].uuid, uuid))
			return &s->here->networks->items[i];
	return NULL;
}

const char *networks_name(const struct session *s, const char *uuid)
{
	const struct hv_network *n = networks_by_uuid(s, uuid);

	return n ? n->name : NULL;
}

const struct hv_network *networks_by_name(const struct session *s, const char *name)
{
	for (size_t i = 0; s->here->networks && i < s->here->networks->n; i++)
		if (str_eq(s->here->networks->items[i].name, name))
			return &s->here->networks->items[i];
	return NULL;
}

/* The UUID that this host's libvirt has for the network; NULL: the network is one of other hosts only. */
static const char *uuid_here(const struct session *s, const struct network *net)
{
	return net->on_hosts.n ? map_get(&net->on_hosts, s->here->uuid) : net->r.uuid;
}

const struct hv_network *network_here(const struct session *s, const struct network *net)
{
	const char *uuid = uuid_here(s, net);

	return uuid ? networks_by_uuid(s, uuid) : NULL;
}

/*
 * The record among @all of a network of this host's libvirt: the one with its UUID, in a pool else the one of its name.
 * NULL: none has it.
 */
static struct network *record_of_network(
	const struct session *s, const struct records *all, const struct hv_network *n)
{
	struct network *named = NULL;

	for (size_t i = 0; i < all->n; i++) {
		struct network *net = all->items[i];

		if (str_eq(uuid_here(s, net), n->uuid))
			return net;
		if (net->on_hosts.n && str_eq(network_libvirt_name(net), n->name))
			named = net;
	}
	return named;
}

int network_of(const struct session *s, struct txn *t, const struct hv_network *n,
	struct network **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };

	if (records_load(t, &network_class, NULL, NULL, &all, err) < 0)
		return -1;
	const struct network *net = record_of_network(s, &all, n);

	*ret = net ? record_copy(&network_class, net) : NULL;
	return 0;
}

bool network_source(
	const struct session *s, const struct network *net, const char **type, const char **source)
{
	bool libvirts = net->mirrors || net->made, named = !str_is_empty(net->libvirt_name);
	const struct hv_network *n = named ? networks_by_name(s, net->libvirt_name) : NULL;

	if (!n)
		n = network_here(s, net);
	if (!n && libvirts) /* another program may have redefined the network under a new UUID */
		n = networks_by_name(s, network_libvirt_name(net));
	*type = n ? "network" : "bridge";
	*source = n ? n->name : net->bridge;
	return n || (!libvirts && !str_is_empty(net->bridge));
}

static bool is_libvirts(const struct session *s, const char *bridge)
{
	for (size_t i = 0; s->here->networks && i < s->here->networks->n; i++)
		if (str_eq(s->here->networks->items[i].bridge, bridge))
			return true;
	return false;
}

int networks_put(struct session *s, struct txn *t, const struct strv *bridges,
	const char *host_uuid, struct vxe_error *err)
{
	for (size_t i = 0; s->here->networks && i < s->here->networks->n; i++) {
		const struct hv_network *n = &s->here->networks->items[i];

		if (put_network(s, t, n->uuid, n->name, n->bridge, true, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < bridges->n; i++) {
		const char *bridge = bridges->items[i];
		_cleanup_free_ char *uuid = bridge_uuid(host_uuid, bridge);

		if (!is_libvirts(s, bridge) &&
			put_network(s, t, uuid, bridge, bridge, false, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- updating -------------------------------------------------------------------------------- */

struct refresh {
	struct session *s;
	struct records have;
	struct map
		renamed; /* UUIDs of the records that libvirt calls otherwise now, and the names they had */
	bool dry; /* only find out whether anything differs */
	bool differs;
};

static bool has_bridge(const struct refresh *r, const char *bridge)
{
	for (size_t i = 0; i < r->have.n; i++)
		if (str_eq(((const struct network *)r->have.items[i])->bridge, bridge))
			return true;
	return false;
}

/*
 * Adds the record of a network if it is missing, but not while an operation in progress makes or removes that network.
 */
static int put_missing(struct refresh *r, struct txn *t, const char *uuid, const char *name,
	const char *bridge, bool mirrors, struct vxe_error *err)
{
	_cleanup_strv_ struct strv uuids = { 0 };
	bool moving;

	strv_add(&uuids, uuid);
	if (intent_names(t, &uuids, &moving, err) < 0)
		return -1;
	if (moving)
		return 0;
	r->differs = true;
	return r->dry ? 0 : put_network(r->s, t, uuid, name, bridge, mirrors, err);
}

static bool is_name_of_other(const struct refresh *r, const struct network *net, const char *name)
{
	for (size_t i = 0; i < r->have.n; i++) {
		const struct network *other = r->have.items[i];

		if (other != net && str_eq(network_libvirt_name(other), name))
			return true;
	}
	return false;
}

/*
 * Follows a network of the record that libvirt calls otherwise now. In a pool the record is that of all networks of the
 * name, so it is the network here that has the name now, and goes with its own only where no other host has it.
 */
static int take_name(struct refresh *r, struct txn *t, struct network *net,
	const struct hv_network *n, struct vxe_error *err)
{
	const char *here = r->s->here->uuid;
	_cleanup_free_ char *was = xstrdup(net->libvirt_name), *lost = name_uuid(here, was);
	const struct hv_network *again = networks_by_name(r->s, was);
	bool shared = net->on_hosts.n > 1 ||
		(net->on_hosts.n && (again || is_name_of_other(r, net, n->name)));

	if (str_is_empty(was) || str_eq(was, n->name))
		return 0;
	r->differs = true;
	if (shared)
		map_set(&net->on_hosts, here, again ? again->uuid : lost);
	else {
		log_info("network %s is called %s now", net->r.uuid, n->name);
		map_set(&r->renamed, net->r.uuid, was);
		str_replace(&net->libvirt_name, n->name);
		str_replace(&net->name_label, n->name);
	}
	return r->dry ? 0 : record_save(t, &network_class, net, err);
}

static int take_names(struct refresh *r, struct txn *t, struct vxe_error *err)
{
	map_clear(&r->renamed);
	for (size_t i = 0; i < r->have.n; i++) {
		struct network *net = r->have.items[i];
		const struct hv_network *n = network_here(r->s, net);

		if (n && take_name(r, t, net, n, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Copies what libvirt decides to the network's record: the name of its bridge, in a pool the UUID that the network has on
 * this host, and its name, which records of an older vxe lack.
 */
static int take_network(struct refresh *r, struct txn *t, struct network *net,
	const struct hv_network *n, struct vxe_error *err)
{
	bool same = !n->bridge || str_eq(net->bridge, n->bridge);

	if (same && str_eq(uuid_here(r->s, net), n->uuid) && str_eq(net->libvirt_name, n->name))
		return 0;
	r->differs = true;
	str_replace(&net->libvirt_name, n->name);
	if (!same)
		str_replace(&net->bridge, n->bridge);
	if (net->on_hosts.n)
		map_set(&net->on_hosts, r->s->here->uuid, n->uuid);
	return r->dry ? 0 : record_save(t, &network_class, net, err);
}

static int put_new(struct refresh *r, struct txn *t, struct vxe_error *err)
{
	const struct hv_networks *all = r->s->here->networks;
	const struct machine_facts *m = host_facts(r->s->here);

	for (size_t i = 0; i < all->n; i++) {
		const struct hv_network *n = &all->items[i];
		struct network *known = record_of_network(r->s, &r->have, n);

		if (known ? take_network(r, t, known, n, err) < 0
			  : put_missing(r, t, n->uuid, n->name, n->bridge, true, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < m->n_nics; i++) {
		const char *bridge = m->nics[i].name;
		_cleanup_free_ char *uuid = bridge_uuid(r->s->here->uuid, bridge);

		if (m->nics[i].kind == NIC_BRIDGE && !is_libvirts(r->s, bridge) &&
			!has_bridge(r, bridge) &&
			put_missing(r, t, uuid, bridge, bridge, false, err) < 0)
			return -1;
	}
	return 0;
}

/* The UUID of the record of a network of this host's libvirt. Borrowed. */
static const char *record_uuid(const struct refresh *r, const struct hv_network *n)
{
	const struct network *net = record_of_network(r->s, &r->have, n);

	return net ? net->r.uuid : n->uuid;
}

/*
 * Changes the records of VIFs whose libvirt network was redefined to the network that has its name now: domain
 * definitions name networks by name, so the network cards are in that one.
 */
static int move_cards(const struct refresh *r, struct txn *t, const struct records *vifs,
	const char *to, struct vxe_error *err)
{
	for (size_t i = 0; !r->dry && i < vifs->n; i++) {
		struct vif *vif = vifs->items[i];

		str_replace(&vif->network, to);
		if (record_save(t, &vif_class, vif, err) < 0)
			return -1;
	}
	return 0;
}

/* The UUID of the record of what libvirt calls @name now, or of a network that it does not have. */
static int put_named(
	struct refresh *r, struct txn *t, const char *name, char **ret, struct vxe_error *err)
{
	const struct hv_network *n = networks_by_name(r->s, name);

	*ret = n ? xstrdup(record_uuid(r, n)) : name_uuid(r->s->here->uuid, name);
	return n ? 0 : put_network(r->s, t, *ret, name, NULL, true, err);
}

/*
 * Leaves the cards on the names that networks had, as the definitions do. All are looked at before any is changed, because two
 * networks may have swapped theirs.
 */
static int leave_cards(struct refresh *r, struct txn *t, struct vxe_error *err)
{
	_cleanup_free_ struct records *vifs = xcalloc(r->renamed.n + 1, sizeof(*vifs));
	int rc = 0;

	for (size_t i = 0; !r->dry && rc == 0 && i < r->renamed.n; i++)
		rc = records_load(
			t, &vif_class, "network_uuid", r->renamed.items[i].key, &vifs[i], err);
	for (size_t i = 0; rc == 0 && i < r->renamed.n; i++) {
		_cleanup_free_ char *to = NULL;

		if (!vifs[i].n)
			continue;
		rc = put_named(r, t, r->renamed.items[i].value, &to, err);
		if (rc == 0)
			rc = move_cards(r, t, &vifs[i], to, err);
	}
	for (size_t i = 0; i < r->renamed.n; i++)
		records_clear(&vifs[i]);
	return rc;
}

/* Deletes the record of a network that this host's libvirt does not have any more, unless other hosts have it. */
static int drop_network(struct txn *t, struct network *n, const char *host, struct vxe_error *err)
{
	map_remove(&n->on_hosts, host);
	return n->on_hosts.n ? record_save(t, &network_class, n, err)
			     : txn_del(t, network_class.name, n->r.uuid, err);
}

static int drop_gone(struct refresh *r, struct txn *t, struct vxe_error *err)
{
	for (size_t i = 0; !r->s->here->networks->unknown && i < r->have.n; i++) {
		struct network *n = r->have.items[i];
		_cleanup_records_ struct records vifs = { 0 };
		const struct hv_network *again = networks_by_name(r->s, network_libvirt_name(n));
		_cleanup_strv_ struct strv uuids = { 0 };
		bool moving;

		if ((!n->mirrors && !n->made) || !uuid_here(r->s, n) || network_here(r->s, n))
			continue;
		strv_add(&uuids, n->r.uuid);
		if (records_load(t, &vif_class, "network_uuid", n->r.uuid, &vifs, err) < 0)
			return -1;
		for (size_t k = 0; k < vifs.n; k++)
			strv_add(&uuids, ((const struct vif *)vifs.items[k])->vm);
		if (intent_names(t, &uuids, &moving, err) < 0)
			return -1;
		if ((vifs.n && !again) || moving)
			continue;
		r->differs = true;
		if (again && move_cards(r, t, &vifs, record_uuid(r, again), err) < 0)
			return -1;
		if (!r->dry && drop_network(t, n, r->s->here->uuid, err) < 0)
			return -1;
	}
	return 0;
}

static int refresh_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct refresh *r = ctx;

	records_clear(&r->have);
	if (records_load(t, &network_class, NULL, NULL, &r->have, err) < 0 ||
		take_names(r, t, err) < 0 || put_new(r, t, err) < 0 || leave_cards(r, t, err) < 0)
		return -1;
	return drop_gone(r, t, err);
}

static int refresh(struct refresh *r, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(r->s->store, TXN_READ, &t, err) < 0 || refresh_body(t, r, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (!r->differs)
		return 0;
	r->dry = false;
	return store_learn(r->s->store, refresh_body, r, err);
}

int networks_follow(struct session *s, struct vxe_error *err)
{
	struct refresh r = { .s = s, .dry = true };
	struct hv *hv;

	if (session_hv_if_up(s->here, &hv, err) < 0 || (hv && session_networks(s->here, err) < 0))
		return -1;
	int rc = hv ? refresh(&r, err) : 0;

	records_clear(&r.have);
	map_clear(&r.renamed);
	return rc;
}

void networks_prepare(struct session *s)
{
	_cleanup_error_ struct vxe_error why = { 0 };

	if (networks_follow(s, &why) < 0)
		session_notice(s, "The networks may have other names by now: %s",
			why.detail ? why.detail : code_info(why.code)->text);
}

int networks_refresh(struct session *s, struct vxe_error *err)
{
	return networks_follow(s, err) < 0 ? -1 : interfaces_refresh(s, err);
}

/* ---- the network of a card ------------------------------------------------------------------- */

struct found {
	char *uuid; /* UUID of the network's record; NULL: xe does not have networks of this kind */
	const char *name, *bridge;
	bool mirrors;
};

static int find_network(struct session *s, struct txn *t, const struct spec_nic *nic,
	struct found *ret, struct vxe_error *err)
{
	if (str_eq(nic->type, "bridge") && !str_is_empty(nic->source)) {
		/*
		 * A card on a bridge of the host: finds the record of the network with this bridge, or the UUID that
		 * such a record would get.
		 */
		_cleanup_records_ struct records known = { 0 };

		if (records_load(t, &network_class, "bridge", nic->source, &known, err) < 0)
			return -1;
		ret->uuid = known.n ? xstrdup(((const struct network *)known.items[0])->r.uuid)
				    : bridge_uuid(s->here->uuid, nic->source);
		ret->name = ret->bridge = nic->source;
		return 0;
	}
	if (!str_eq(nic->type, "network") || str_is_empty(nic->source))
		return 0;
	const struct hv_network *n = networks_by_name(s, nic->source);

	if (n && s->config.host) {
		_cleanup_(network_free_cleanup) struct network *net = NULL;

		if (network_of(s, t, n, &net, err) < 0)
			return -1;
		*ret = (struct found){ xstrdup(net ? net->r.uuid : n->uuid), n->name, n->bridge,
			true };
	} else if (n)
		*ret = (struct found){ xstrdup(n->uuid), n->name, n->bridge, true };
	else if (s->here->networks && !s->here->networks->unknown)
		*ret = (struct found){ name_uuid(s->here->uuid, nic->source), nic->source, NULL,
			true };
	return 0;
}

int network_of_nic(struct session *s, struct txn *t, const struct spec_nic *nic, char **ret,
	struct vxe_error *err)
{
	struct found f = { 0 };

	if (find_network(s, t, nic, &f, err) < 0)
		return -1;
	int r = f.uuid ? put_network(s, t, f.uuid, f.name, f.bridge, f.mirrors, err) : 0;
	*ret = f.uuid;
	return r;
}

int network_uuid_of_nic(struct session *s, struct txn *t, const struct spec_nic *nic, char **ret,
	struct vxe_error *err)
{
	struct found f = { 0 };

	if (find_network(s, t, nic, &f, err) < 0)
		return -1;
	*ret = f.uuid;
	return 0;
}
