/* SPDX-License-Identifier: MIT */
/* network-create and network-destroy. */
#include "objects/devices/network_ops.h"

#include "objects/base/uuid.h"
#include "objects/classes/network/network_records.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/domain/adopt.h"
#include "objects/domain/domain_names.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/lock_set.h"
#include "objects/engine/op.h"
#include "objects/engine/plan.h"

/* ---- steps ----------------------------------------------------------------------------------- */

static int define_network(struct op *op, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = xstrdup_null(plan_string(&op->plan, "libvirt"));
	_cleanup_free_ char *name = xstrdup_null(plan_string(&op->plan, "name"));
	_cleanup_free_ char *bridge = xstrdup_null(plan_string(&op->plan, "bridge"));
	const struct hv_network net = {
		.uuid = uuid, .name = name, .bridge = bridge, .active = true
	};
	struct hv *hv;

	if (!uuid)
		return 0;
	return session_hv(op->s->here, &hv, err) < 0 ? -1 : hv_network_define(hv, &net, err);
}

static int undefine_network(struct op *op, struct vxe_error *err)
{
	const char *uuid = plan_string(&op->plan, "libvirt");
	struct hv *hv;

	if (!uuid)
		return 0;
	return session_hv(op->s->here, &hv, err) < 0 ? -1 : hv_network_undefine(hv, uuid, err);
}

static const struct plan_member network_plan_members[] = {
	{ "libvirt", PLAN_UUID, "libvirt's UUID of the network to make or remove" },
	{ "name", PLAN_STRING, "the network's name in libvirt" },
	{ "bridge", PLAN_STRING, "the network's bridge" },
	{ 0 },
};
static const struct step network_create_steps[] = {
	{ "define", DO(define_network, undefine_network), false },
	{ 0 },
};
static const struct step destroy_steps[] = {
	{ "undefine", DO(undefine_network, define_network), false },
	{ 0 },
};

/*
 * Plan members: the libvirt networks that an operation makes beside its own work, as three lists in the same order:
 * UUIDs, names and bridges.
 */
#define MADE "made-networks"
#define MADE_NAMES "made-network-names"
#define MADE_BRIDGES "made-network-bridges"

const struct plan_member made_network_members[] = {
	{ MADE, PLAN_STRINGS, "libvirt's UUIDs of the networks to make" },
	{ MADE_NAMES, PLAN_STRINGS, "their names in libvirt" },
	{ MADE_BRIDGES, PLAN_STRINGS, "their bridges" },
	{ 0 },
};

int step_make_networks(struct op *op, struct vxe_error *err)
{
	_cleanup_strv_ struct strv uuids = { 0 }, names = { 0 }, bridges = { 0 };
	struct hv *hv;

	plan_strings(&op->plan, MADE, &uuids);
	plan_strings(&op->plan, MADE_NAMES, &names);
	plan_strings(&op->plan, MADE_BRIDGES, &bridges);
	for (size_t i = 0; i < uuids.n && i < names.n && i < bridges.n; i++) {
		const struct hv_network net = { .uuid = uuids.items[i],
			.name = names.items[i],
			.bridge = bridges.items[i],
			.active = true };

		if (session_hv(op->s->here, &hv, err) < 0 || hv_network_define(hv, &net, err) < 0)
			return -1;
	}
	if (uuids.n)
		session_forget_networks(op->s->here);
	return 0;
}

int step_unmake_networks(struct op *op, struct vxe_error *err)
{
	_cleanup_strv_ struct strv uuids = { 0 };
	struct hv *hv;

	plan_strings(&op->plan, MADE, &uuids);
	for (size_t i = 0; i < uuids.n; i++)
		if (session_hv(op->s->here, &hv, err) < 0 ||
			hv_network_undefine(hv, uuids.items[i], err) < 0)
			return -1;
	if (uuids.n)
		session_forget_networks(op->s->here);
	return 0;
}

const struct op_type network_create_op = { "network-create", "create", network_create_steps,
	PLAN_MEMBERS(network_plan_members), NULL };
const struct op_type network_destroy_op = { "network-destroy", "destroy", destroy_steps,
	PLAN_MEMBERS(network_plan_members), NULL };

/* ---- network-create -------------------------------------------------------------------------- */

struct create {
	const struct network_new *args;
	const char *uuid;
};

static bool host_has_bridge(const struct session *s, const char *bridge)
{
	_cleanup_strv_ struct strv bridges = { 0 };

	machine_bridges(s->config.root, &bridges);
	return strv_has(&bridges, bridge);
}

static const struct hv_network *by_bridge(const struct session *s, const char *bridge)
{
	for (size_t i = 0; s->here->networks && i < s->here->networks->n; i++)
		if (str_eq(s->here->networks->items[i].bridge, bridge))
			return &s->here->networks->items[i];
	return NULL;
}

/*
 * A name for a new libvirt network: the label, with a number appended if libvirt or this plan has that name already.
 * Owned.
 */
static char *free_name(
	const struct session *s, const struct strv *planned, const char *label, const char *uuid)
{
	_cleanup_free_ char *clean = name_clean(label);

	for (int i = 1; !str_is_empty(clean); i++) {
		_cleanup_free_ char *name = i == 1 ? xstrdup(clean) : xasprintf("%s-%d", clean, i);

		if (!networks_by_name(s, name) && !strv_has(planned, name))
			return TAKE(name);
	}
	return xstrdup(uuid);
}

/*
 * A name for the bridge of a new network that libvirt would not choose for a bridge; the kernel allows 15 characters.
 * Owned.
 */
static char *own_bridge(const char *uuid)
{
	return xasprintf("vxe%.8s", uuid);
}

char *network_planned_name(const struct plan *p, const char *uuid)
{
	_cleanup_strv_ struct strv uuids = { 0 }, names = { 0 };

	plan_strings(p, MADE, &uuids);
	plan_strings(p, MADE_NAMES, &names);
	for (size_t i = 0; i < uuids.n && i < names.n; i++)
		if (str_eq(uuids.items[i], uuid))
			return xstrdup(names.items[i]);
	return NULL;
}

void network_plan_made(
	struct session *s, const char *uuid, const struct network *like, struct plan *p)
{
	_cleanup_(network_free_cleanup) struct network *net = record_new(&network_class);
	_cleanup_strv_ struct strv names = { 0 };

	plan_strings(p, MADE_NAMES, &names);
	_cleanup_free_ char *name = free_name(s, &names, like->name_label, uuid);

	net->r.uuid = xstrdup(uuid);
	str_replace(&net->name_label, like->name_label);
	str_replace(&net->name_description, like->name_description);
	net->mtu = like->mtu;
	str_replace(&net->libvirt_name, name);
	net->made = true;
	network_put_here(s, net);
	free(net->bridge);
	net->bridge = own_bridge(uuid);
	plan_keep_one_more(p, MADE, uuid);
	plan_keep_one_more(p, MADE_NAMES, name);
	plan_keep_one_more(p, MADE_BRIDGES, net->bridge);
	plan_add(p, &network_class, net);
}

static int check_bridge(
	struct session *s, struct txn *t, const struct network_new *a, struct vxe_error *err)
{
	_cleanup_records_ struct records known = { 0 };

	if (str_is_empty(a->bridge))
		return 0;
	if (records_load(t, &network_class, "bridge", a->bridge, &known, err) < 0)
		return -1;
	if (known.n || by_bridge(s, a->bridge))
		return vxe_fail(err, BRIDGE_NAME_EXISTS, a->bridge);
	if (!a->managed && !host_has_bridge(s, a->bridge))
		return vxe_fail(err, BRIDGE_NOT_AVAILABLE, a->bridge);
	return 0;
}

static int plan_network_create(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct create *w = ctx;
	const struct network_new *a = w->args;
	_cleanup_(network_free_cleanup) struct network *net = record_new(&network_class);
	_cleanup_txn_ struct txn *t = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->uuid, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (session_facts(s->here, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		check_bridge(s, t, a, err) < 0)
		return -1;
	p->object = xstrdup(w->uuid);
	p->commit = COMMIT_STORE;
	net->r.uuid = xstrdup(w->uuid);
	str_replace(&net->name_label, a->name_label);
	if (a->name_description)
		str_replace(&net->name_description, a->name_description);
	net->mtu = a->mtu;
	net->managed = a->managed;
	str_replace(&net->bridge, a->bridge ? a->bridge : "");
	if (a->managed && !(a->bridge && host_has_bridge(s, a->bridge))) {
		const struct strv none = { 0 };
		_cleanup_free_ char *name = free_name(s, &none, a->name_label, w->uuid);
		_cleanup_free_ char *bridge =
			str_is_empty(a->bridge) ? own_bridge(w->uuid) : xstrdup(a->bridge);

		str_replace(&net->libvirt_name, name);
		net->made = true;
		network_put_here(s, net);
		str_replace(&net->bridge, bridge);
		plan_keep(p, "libvirt", w->uuid);
		plan_keep(p, "name", name);
		plan_keep(p, "bridge", bridge);
	}
	plan_add(p, &network_class, net);
	return 0;
}

int network_create(
	struct session *s, const struct network_new *args, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = uuid_new();
	struct create w = { args, uuid };

	if (adopt_domains(s, err) < 0 ||
		op_run(s, &network_create_op, plan_network_create, &w, NULL, err) < 0)
		return -1;
	*ret = TAKE(uuid);
	return 0;
}

/* ---- network-destroy ------------------------------------------------------------------------- */

/* Cards in a network, as libvirt knows them. */
struct cards_in {
	const struct network *net;
	const char *name;	   /* libvirt's name of the network */
	struct strv domains, macs; /* of each card */
};

static void cards_in_clear(struct cards_in *c)
{
	strv_clear(&c->domains);
	strv_clear(&c->macs);
}

static int add_cards(struct session *s, const char *domain, enum hv_xml which, struct cards_in *c,
	struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_free_ char *xml = NULL;
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0)
		return -1;
	if (hv_xml(hv, domain, which, &xml, err) < 0)
		return hv_has_gone(hv, domain, err) ? 0 : -1;
	if (spec_read(xml, &spec, err) < 0)
		return -1;
	for (size_t i = 0; i < spec->n_nics; i++) {
		const struct spec_nic *nic = &spec->nics[i];
		const char *source = str_eq(nic->type, "network") ? c->name
			: str_eq(nic->type, "bridge")		  ? c->net->bridge
								  : NULL;

		if (str_is_empty(source) || !str_eq(nic->source, source))
			continue;
		strv_add(&c->domains, domain);
		strv_add(&c->macs, nic->mac ? nic->mac : "");
	}
	return 0;
}

/*
 * Asks libvirt which domains have a card in the network, by their definition, in their guest or in its saved memory: of a
 * card that another program has just put there the records do not know yet.
 */
static int find_cards(
	struct session *s, const struct network *net, struct cards_in *ret, struct vxe_error *err)
{
	_cleanup_(hv_domains_clear) struct hv_domains all = { 0 };
	const struct hv_network *known = network_here(s, net);
	struct hv *hv;

	ret->net = net;
	ret->name = known ? known->name : net->libvirt_name;
	if (session_hv(s->here, &hv, err) < 0 || hv_list(hv, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct hv_domain *d = &all.items[i];

		if ((d->persistent && add_cards(s, d->uuid, HV_XML_INACTIVE, ret, err) < 0) ||
			(hv_is_active(d->state) &&
				add_cards(s, d->uuid, HV_XML_LIVE, ret, err) < 0) ||
			(d->saved && add_cards(s, d->uuid, HV_XML_SAVED, ret, err) < 0))
			return -1;
	}
	return 0;
}

static int load_network(
	struct session *s, const char *uuid, struct network **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (session_facts(s->here, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return network_get(t, uuid, ret, err);
}

static int add_vms(struct session *s, const char *uuid, struct strv *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vifs = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vif_class, "network_uuid", uuid, &vifs, err) < 0)
		return -1;
	for (size_t i = 0; i < vifs.n; i++)
		strv_add(ret, ((const struct vif *)vifs.items[i])->vm);
	return 0;
}

/* The records take over what other programs have done to the cards in the network. */
static int follow_cards(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_(network_free_cleanup) struct network *net = NULL;
	_cleanup_(cards_in_clear) struct cards_in c = { 0 };

	if (load_network(s, uuid, &net, err) < 0 || find_cards(s, net, &c, err) < 0 ||
		add_vms(s, uuid, &c.domains, err) < 0)
		return -1;
	for (size_t i = 0; i < c.domains.n; i++) {
		_cleanup_error_ struct vxe_error ignored = { 0 };
		_cleanup_loaded_ struct vm_loaded *l = NULL;

		/* where that cannot be done the plan refuses */
		if (vm_load(s, c.domains.items[i], VM_LOAD_ACT | VM_LOAD_GUARDED | VM_LOAD_DRIFTED,
			    &l, &ignored) < 0)
			error_clear(&ignored);
	}
	return 0;
}

/* Fails with NETWORK_CONTAINS_VIF if libvirt knows a card in the network; the records know none. */
static int check_cards(struct session *s, const struct network *net, struct vxe_error *err)
{
	_cleanup_(cards_in_clear) struct cards_in c = { 0 };

	if (find_cards(s, net, &c, err) < 0)
		return -1;
	if (!c.domains.n)
		return 0;
	_cleanup_free_ char *card =
		xasprintf("%s of the domain %s", c.macs.items[0], c.domains.items[0]);

	return vxe_fail(err, NETWORK_CONTAINS_VIF, card);
}

/*
 * Plans to delete the VIFs in a network that is destroyed, which only templates and snapshots may have: fails with
 * NETWORK_CONTAINS_VIF if a VM has one, because its card would stay in the VM's definition.
 */
static int plan_vifs(struct txn *t, const char *uuid, struct plan *p, struct vxe_error *err)
{
	_cleanup_records_ struct records vifs = { 0 };

	if (records_load(t, &vif_class, "network_uuid", uuid, &vifs, err) < 0)
		return -1;
	for (size_t i = 0; i < vifs.n; i++) {
		const struct vif *vif = vifs.items[i];
		_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

		if (vm_find(t, vif->vm, &vm, err) < 0)
			return -1;
		if (vm && !vm->is_a_template)
			return vxe_fail(err, NETWORK_CONTAINS_VIF, vif->r.uuid);
		locks_add(&p->locks, LOCK_RECORD, vif->vm, LEASE_EXCLUSIVE);
		plan_del(p, &vif_class, vif->r.uuid);
	}
	return 0;
}

static int plan_network_destroy(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const char *uuid = ctx;
	_cleanup_(network_free_cleanup) struct network *net = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	locks_add(&p->locks, LOCK_RECORD, uuid, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (load_network(s, uuid, &net, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		plan_vifs(t, uuid, p, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	const struct hv_network *known = network_here(s, net);

	if (known && !net->made)
		return vxe_fail(err, CANNOT_DESTROY_SYSTEM_NETWORK, uuid);
	if (check_cards(s, net, err) < 0)
		return -1;
	p->object = xstrdup(uuid);
	p->commit = COMMIT_STORE;
	plan_del(p, &network_class, uuid);
	if (known) {
		plan_keep(p, "libvirt", known->uuid);
		plan_keep(p, "name", known->name);
		if (known->bridge)
			plan_keep(p, "bridge", known->bridge);
	}
	return 0;
}

int network_destroy(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_free_ char *object = xstrdup(uuid);

	if (adopt_domains(s, err) < 0 || networks_follow(s, err) < 0 ||
		follow_cards(s, uuid, err) < 0)
		return -1;
	return op_run(s, &network_destroy_op, plan_network_destroy, object, NULL, err);
}
