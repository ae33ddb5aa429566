/* SPDX-License-Identifier: MIT */
/* vif-create, -destroy, -plug, -unplug, -move. */
#include "objects/devices/vif_ops.h"

#include "objects/base/uuid.h"
#include "objects/classes/network/network_records.h"
#include "objects/devices/device.h"
#include "objects/disks/disks.h"
#include "objects/domain/adopt.h"
#include "objects/domain/adopt_vm.h"
#include "objects/domain/vif_mac.h"
#include "objects/domain/vm_load.h"
#include "objects/domain/vm_networks.h"

#include <string.h>
#include <strings.h>
#include <sys/random.h>

#define MAC_BYTES 6

static const struct step define_steps[] = {
	{ "define", DISK(DEFINE), true },
	{ 0 },
};
static const struct step live_steps[] = {
	{ "live", DO(step_live, step_live_before), true },
	{ 0 },
};
/* Steps that change the running domain first, because the guest may refuse, and then the definition. */
static const struct step live_and_define_steps[] = {
	{ "live", DO(step_live, step_live_before), false },
	{ "define", DISK(DEFINE), true },
	{ 0 },
};
const struct op_type vif_create_op = { "vif-create", "attach", define_steps,
	PLAN_MEMBERS(device_members), device_probe };
const struct op_type vif_destroy_op = { "vif-destroy", "destroy", define_steps,
	PLAN_MEMBERS(device_members), device_probe };
const struct op_type vif_plug_op = { "vif-plug", "plug", live_steps,
	PLAN_MEMBERS(device_members, network_members), device_live_probe };
const struct op_type vif_unplug_op = { "vif-unplug", "unplug", live_steps,
	PLAN_MEMBERS(device_members, network_members), device_live_probe };
const struct op_type vif_move_op = { "vif-move", "attach", live_and_define_steps,
	PLAN_MEMBERS(device_members, network_members), device_probe };

/* ---- addresses ------------------------------------------------------------------------------- */

/* A random MAC address, locally administered and of a single card (unicast). Owned. */
static char *random_mac(void)
{
	unsigned char b[MAC_BYTES];

	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		abort();
	b[0] = (unsigned char)((b[0] | 0x02) & ~0x01);
	return xasprintf("%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
}

static int check_mac(const char *mac, char **ret, struct vxe_error *err)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	if (strlen(mac) != MAC_BYTES * 3 - 1)
		return vxe_fail(err, MAC_INVALID, mac);
	for (size_t i = 0; mac[i]; i++)
		if (i % 3 == 2 ? mac[i] != ':' : !strchr(digits, mac[i]))
			return vxe_fail(err, MAC_INVALID, mac);
	/* A multicast MAC address is of several cards and cannot belong to one. */
	if (strtol((char[]){ mac[0], mac[1], 0 }, NULL, 16) & 1)
		return vxe_fail(err, MAC_INVALID, mac);
	*ret = xstrdup(mac);
	for (char *c = *ret; *c; c++)
		if (*c >= 'A' && *c <= 'F')
			*c = (char)(*c - 'A' + 'a');
	return 0;
}

/* ---- the network of a card ------------------------------------------------------------------- */

/*
 * Connects a network card to @net. A card that had no network gets its link up; the link of a card that somebody took
 * down stays down.
 */
static int set_network(
	struct session *s, const struct network *net, struct spec_nic *nic, struct vxe_error *err)
{
	const char *type, *source;

	if (session_facts(s->here, err) < 0)
		return -1;
	if (!network_source(s, net, &type, &source))
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"libvirt no longer has this network: 'virsh net-define' brings it back");
	if (str_eq(nic->type, "user"))
		nic->link_down = false;
	str_replace(&nic->type, type);
	str_replace(&nic->source, source);
	return 0;
}

static int find_network(
	struct session *s, const char *uuid, struct network **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return network_get(t, uuid, ret, err);
}

/* ---- vif-create ------------------------------------------------------------------------------ */

struct create {
	const char *uuid, *vm, *network;
	char *device, *mac;
	bool made_up, random;
};

static bool is_taken(const struct vm_loaded *l, const char *device)
{
	for (size_t i = 0; i < l->n_vifs; i++)
		if (str_eq(l->vifs[i]->device, device))
			return true;
	return false;
}

/*
 * Changes the position "autodetect" of a new VIF to the first free number; xe knows "autodetect" only for disks.
 * Refuses what is not a number.
 */
static int choose_device(
	const struct session *s, const struct vm_loaded *l, char **device, struct vxe_error *err)
{
	size_t n = strspn(*device, "0123456789");
	int next = 0;

	if (!s->wishes->as_xe && str_eq(*device, "autodetect")) {
		do {
			free(*device);
			*device = xasprintf("%d", next++);
		} while (is_taken(l, *device));
		return 0;
	}
	if (!n || (*device)[n] || n > 3)
		return vxe_fail(err, INVALID_DEVICE, *device);
	return is_taken(l, *device) ? vxe_fail(err, DEVICE_ALREADY_EXISTS, *device) : 0;
}

static const char *model_for(const struct vm_loaded *l)
{
	for (size_t i = 0; l->spec && i < l->spec->n_nics; i++)
		if (!str_is_empty(l->spec->nics[i].model))
			return l->spec->nics[i].model;
	return "virtio";
}

static void put_vif(const struct create *w, const struct network *net, const char *model,
	bool running, struct plan *p)
{
	_cleanup_(vif_free_cleanup) struct vif *vif = record_new(&vif_class);

	vif->r.uuid = xstrdup(w->uuid);
	str_replace(&vif->vm, w->vm);
	str_replace(&vif->device, w->device);
	str_replace(&vif->mac, w->mac);
	vif->mac_autogenerated = w->made_up;
	vif->mtu = net->mtu;
	str_replace(&vif->network, net->r.uuid);
	str_replace(&vif->model, model);
	vif->unplugged = running;
	plan_add(p, &vif_class, vif);
}

/*
 * Computes the MAC address of a new VIF from the VM's MAC seed in other-config, as for its other cards; adopted VMs
 * have no seed.
 */
static void make_up_mac(struct create *w, const struct vm *vm)
{
	const char *seed = map_get(&vm->other_config, MAC_SEED);

	if (!w->made_up || w->random || !seed)
		return;
	free(w->mac);
	w->mac = mac_from_seed(seed, w->device);
}

static int plan_vif_create(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct create *w = ctx;
	_cleanup_(network_free_cleanup) struct network *net = NULL;
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->vm, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (adopt_domains(s, err) < 0 || networks_follow(s, err) < 0 ||
		vm_load(s, w->vm, VM_LOAD_ACT, &l, err) < 0 ||
		find_network(s, w->network, &net, err) < 0 || device_check_vm(l, err) < 0 ||
		choose_device(s, l, &w->device, err) < 0)
		return -1;
	make_up_mac(w, l->vm);
	for (size_t i = 0; i < l->n_vifs; i++)
		if (strcasecmp(l->vifs[i]->mac, w->mac) == 0)
			return vxe_fail(err, MAC_INVALID, w->mac);
	const char *model = model_for(l);

	put_vif(w, net, model, l->live != NULL, p);
	plan_device(p, "nic", w->mac, LIVE_NOTHING);
	if (l->spec) {
		struct spec_nic nic = { .mac = xstrdup(w->mac), .model = xstrdup(model) };
		int r = set_network(s, net, &nic, err);

		*spec_add_nic(l->spec) = nic;
		if (r < 0)
			return -1;
	}
	return plan_device_domain(s, l, p, err);
}

int vif_create(struct session *s, const char *vm, const char *device, const char *network,
	const char *mac, char **ret, struct vxe_error *err)
{
	bool random = str_eq(mac, "random"), made_up = str_is_empty(mac) || random;
	_cleanup_free_ char *uuid = uuid_new();
	struct create w = { uuid, vm, network, NULL, NULL, made_up, random };

	if (made_up)
		w.mac = random_mac();
	else if (check_mac(mac, &w.mac, err) < 0)
		return -1;
	w.device = xstrdup(device);
	int r = op_run(s, &vif_create_op, plan_vif_create, &w, NULL, err);

	free(w.device);
	free(w.mac);
	if (r == 0)
		*ret = TAKE(uuid);
	return r;
}

/* ---- existing cards -------------------------------------------------------------------------- */

static int load_both(struct session *s, const char *uuid, struct plan *p, struct vif **vif,
	struct vm_loaded **l, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (adopt_domains(s, err) < 0 || networks_follow(s, err) < 0 ||
		txn_begin(s->store, TXN_READ, &t, err) < 0 || vif_get(t, uuid, vif, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	locks_add(&p->locks, LOCK_RECORD, (*vif)->vm, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vm_load(s, (*vif)->vm, VM_LOAD_ACT, l, err) < 0 || device_check_vm(*l, err) < 0)
		return -1;
	for (size_t i = 0; i < (*l)->n_vifs; i++)
		if (str_eq((*l)->vifs[i]->r.uuid, uuid)) {
			vif_free(*vif);
			*vif = record_copy(&vif_class, (*l)->vifs[i]);
			return 0;
		}
	return vxe_fail(err, UUID_INVALID, "VIF", uuid);
}

/*
 * After a network card was removed from the definition: updates the field card of another VIF, if its old text no
 * longer finds that VIF's card. The order of cards with the same MAC address may have told them apart.
 */
static void plan_card_again(
	const struct vm_loaded *l, const struct vif *vif, int place, struct plan *p)
{
	_cleanup_(vif_free_cleanup) struct vif *after = record_copy(&vif_class, vif);
	_cleanup_free_ char *card = vif_card(vif);

	for (size_t i = 0; place && i < l->spec->n_nics; i++) {
		const struct spec_nic *nic = &l->spec->nics[i];

		if (nic->place != place || spec_find_nic(l->spec, card) == nic)
			continue;
		vif_set_card(after, l->spec, nic);
		plan_set_field(p, &vif_class, after, "card");
	}
}

static int plan_vif_destroy(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const char *uuid = ctx;
	_cleanup_(vif_free_cleanup) struct vif *vif = NULL;
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	if (load_both(s, uuid, p, &vif, &l, err) < 0)
		return -1;
	if (p->draft)
		return 0;
	_cleanup_free_ char *card = vif_card(vif);

	if (l->live && spec_find_nic(l->live, card)) {
		_cleanup_free_ char *why =
			xasprintf("VIF '%s' still attached to '%s'", uuid, l->vm->r.uuid);

		return vxe_fail(err, OPERATION_NOT_ALLOWED, why);
	}
	if (l->spec) {
		_cleanup_free_ int *places = xcalloc(l->n_vifs + 1, sizeof(*places));

		for (size_t i = 0; i < l->n_vifs; i++) {
			_cleanup_free_ char *own = vif_card(l->vifs[i]);
			const struct spec_nic *nic = spec_find_nic(l->spec, own);

			places[i] = nic ? nic->place : 0;
		}
		spec_remove_nic(l->spec, card);
		for (size_t i = 0; i < l->n_vifs; i++)
			plan_card_again(l, l->vifs[i], places[i], p);
	}
	plan_del(p, &vif_class, uuid);
	plan_device(p, "nic", card, LIVE_NOTHING);
	return plan_device_domain(s, l, p, err);
}

int vif_destroy(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_free_ char *object = xstrdup(uuid);

	return op_run(s, &vif_destroy_op, plan_vif_destroy, object, NULL, err);
}

struct plug {
	const char *uuid;
	enum device_live live;
};

static int plan_plug(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct plug *w = ctx;
	_cleanup_(vif_free_cleanup) struct vif *vif = NULL;
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	bool in = w->live == LIVE_ATTACH;

	if (load_both(s, w->uuid, p, &vif, &l, err) < 0)
		return -1;
	if (p->draft)
		return 0;
	if (device_check_running(l, err) < 0)
		return -1;
	_cleanup_free_ char *card = vif_card(vif);
	bool has = spec_find_nic(l->live, card) != NULL;

	if (has && in)
		return vxe_fail(err, DEVICE_ALREADY_ATTACHED, w->uuid);
	if (!has && !in)
		return vxe_fail(err, DEVICE_ALREADY_DETACHED, w->uuid);
	const struct spec_nic *nic = in && l->spec ? spec_find_nic(l->spec, card) : NULL;

	if (nic && nic_plan_network(s, l->vm->r.uuid, nic, p, err) < 0)
		return -1;
	plan_device(p, "nic", card, w->live);
	plan_device_record(p, "VIF", w->uuid);
	vif->unplugged = !in;
	plan_set_field(p, &vif_class, vif, "unplugged");
	return plan_device_domain(s, l, p, err);
}

int vif_plug(struct session *s, const char *uuid, struct vxe_error *err)
{
	struct plug w = { uuid, LIVE_ATTACH };

	return op_run(s, &vif_plug_op, plan_plug, &w, NULL, err);
}

int vif_unplug(struct session *s, const char *uuid, struct vxe_error *err)
{
	struct plug w = { uuid, LIVE_DETACH };

	return op_run(s, &vif_unplug_op, plan_plug, &w, NULL, err);
}

/* ---- vif-move -------------------------------------------------------------------------------- */

struct move {
	const char *uuid, *network;
};

static int plan_move(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct move *w = ctx;
	_cleanup_(vif_free_cleanup) struct vif *vif = NULL;
	_cleanup_(network_free_cleanup) struct network *net = NULL;
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	if (load_both(s, w->uuid, p, &vif, &l, err) < 0)
		return -1;
	if (p->draft)
		return 0;
	if (find_network(s, w->network, &net, err) < 0)
		return -1;
	_cleanup_free_ char *card = vif_card(vif);
	struct spec_nic *nic = l->spec ? spec_find_nic(l->spec, card) : NULL;

	if (nic && set_network(s, net, nic, err) < 0)
		return -1;
	if (nic && l->live && nic_plan_network(s, l->vm->r.uuid, nic, p, err) < 0)
		return -1;
	str_replace(&vif->network, net->r.uuid);
	plan_set_field(p, &vif_class, vif, "network-uuid");
	plan_device(p, "nic", card, LIVE_CHANGE);
	plan_device_record(p, "VIF", w->uuid);
	return plan_device_domain(s, l, p, err);
}

int vif_move(struct session *s, const char *uuid, const char *network, struct vxe_error *err)
{
	struct move w = { uuid, network };

	return op_run(s, &vif_move_op, plan_move, &w, NULL, err);
}
