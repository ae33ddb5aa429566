/* SPDX-License-Identifier: MIT */
/*
 * Chooses where the VMs of a host go. As in xe all VMs have a place before the first one moves. The memory that a host has
 * left is what its machine has, without that of the VMs which run there by the records: no host can be asked for more
 * than that without its libvirt. Behaviour source: xen-api ocaml/xapi/xapi_host.ml (compute_evacuation_plan_no_wlb).
 */
#include "objects/pool/host_evacuate.h"

#include "objects/classes/host/host.h"
#include "objects/classes/host/host_computed.h"
#include "objects/classes/host/recorded_facts.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/domain/adopt.h"
#include "objects/model/record.h"
#include "objects/vm/vm_migrate.h"

#include <inttypes.h>
#include <stdlib.h>

struct place {
	const struct host *host;
	bool is_known;	/* the memory of the machine is on record */
	int64_t left;	/* memory in bytes */
	bool is_wanted; /* the affinity of the VM that is looked at names it */
	bool is_down; /* its libvirt has not answered: it is not asked again, as that may take long */
};

struct choice {
	struct session *s;
	const char *network;
	struct records hosts, vms;
	struct place *places;
	size_t n_places;
	struct moves *moves;
};

static void choice_clear(struct choice *c)
{
	records_clear(&c->hosts);
	records_clear(&c->vms);
	free(c->places);
}

void moves_clear(struct moves *m)
{
	strv_clear(&m->vms);
	strv_clear(&m->hosts);
	strv_clear(&m->staying);
	strv_clear(&m->reasons);
	strv_clear(&m->said);
}

static int is_active(struct session *s, const struct vm *vm, bool *ret, struct vxe_error *err)
{
	enum power_state state;

	*ret = false;
	if (!vm_has_domain(vm))
		return 0;
	if (vm_power_state(s, vm, &state, err) < 0)
		return -1;
	*ret = state == POWER_RUNNING || state == POWER_PAUSED;
	return 0;
}

/* ---- the hosts -------------------------------------------------------------------------------- */

static int add_place(struct choice *c, const struct host *host, struct vxe_error *err)
{
	struct place *p = &c->places[c->n_places];

	if (session_is_here(c->s, host->r.uuid) || !host->enabled)
		return 0;
	*p = (struct place){ .host = host,
		.left = host_facts_of(c->s, host->r.uuid)->memory_total };
	p->is_known = p->left > 0;
	for (size_t i = 0; i < c->vms.n; i++) {
		const struct vm *vm = c->vms.items[i];
		bool active;

		if (!str_eq(vm->home, host->r.uuid))
			continue;
		if (is_active(c->s, vm, &active, err) < 0)
			return -1;
		p->left -= active ? vm->memory_dynamic_max : 0;
	}
	c->n_places++;
	return 0;
}

static int load_choice(struct choice *c, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	session_forget_domains(c->s->here);
	if (session_prepare(c->s, err) < 0 || adopt_domains(c->s, err) < 0 ||
		txn_begin(c->s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &host_class, NULL, NULL, &c->hosts, err) < 0 ||
		records_load(t, &vm_class, NULL, NULL, &c->vms, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	c->places = xcalloc(c->hosts.n + 1, sizeof(*c->places));
	for (size_t i = 0; i < c->hosts.n; i++)
		if (add_place(c, c->hosts.items[i], err) < 0)
			return -1;
	return 0;
}

/* The host of the VM's affinity first, then those with most memory. */
static int better_first(const void *a, const void *b)
{
	const struct place *l = a, *r = b;

	if (l->is_wanted != r->is_wanted)
		return r->is_wanted - l->is_wanted;
	return (l->left < r->left) - (l->left > r->left);
}

/* ---- the VMs ---------------------------------------------------------------------------------- */

static int check_memory(const struct vm *vm, const struct place *p, struct vxe_error *err)
{
	if (!p->is_known || vm->memory_dynamic_max <= p->left)
		return 0;
	_cleanup_free_ char *needed = xasprintf("%" PRId64, vm->memory_dynamic_max);
	_cleanup_free_ char *left = xasprintf("%" PRId64, p->left);

	return vxe_fail(err, HOST_NOT_ENOUGH_FREE_MEMORY, needed, left);
}

static int check_place(
	struct choice *c, const struct vm *vm, struct place *p, struct vxe_error *err)
{
	const struct vm_migrate_args args = { .host = p->host->r.uuid, .network = c->network };
	int64_t ms;

	/* packets to a host that has gone may vanish: to wait for its libvirt would end the command */
	if (store_last_beat(c->s->store, args.host, &ms, err) < 0)
		return -1;
	if (p->is_down || ms >= HOST_LIVE_MS)
		return vxe_fail(err, HOST_OFFLINE, args.host);
	if (check_memory(vm, p, err) == 0 && vm_migrate_check(c->s, vm->r.uuid, &args, err) == 0)
		return 0;
	p->is_down = err->code == HOST_OFFLINE;
	return -1;
}

static void note_reason(
	struct choice *c, const struct vm *vm, const struct place *p, const struct vxe_error *why)
{
	_cleanup_str_ struct str params = { 0 };

	for (size_t i = 0; i < why->n_params; i++)
		str_addf(&params, "%s%s", i ? ", " : " (", why->params[i]);
	strv_take(&c->moves->said,
		xasprintf("VM %s (%s) cannot go to host %s: %s%s%s", vm->r.uuid, vm->name_label,
			p->host->name_label, code_info(why->code)->text, str_text(&params),
			params.len ? ")" : ""));
}

/* Fails if the VM has no place; @err then has the reason of the best host. */
static int choose(struct choice *c, const struct vm *vm, struct vxe_error *err)
{
	if (!c->n_places)
		return vxe_fail(err, NO_HOSTS_AVAILABLE);
	for (size_t i = 0; i < c->n_places; i++)
		c->places[i].is_wanted = str_eq(c->places[i].host->r.uuid, vm->affinity);
	qsort(c->places, c->n_places, sizeof(*c->places), better_first);

	_cleanup_free_ struct vxe_error *why = xcalloc(c->n_places, sizeof(*why));
	size_t n = 0;

	while (n < c->n_places && check_place(c, vm, &c->places[n], &why[n]) < 0 &&
		why[n].code != TASK_CANCELLED)
		n++;
	if (n < c->n_places && why[n].code == VXE_OK) {
		c->places[n].left -= vm->memory_dynamic_max;
		strv_add(&c->moves->vms, vm->r.uuid);
		strv_add(&c->moves->hosts, c->places[n].host->r.uuid);
	} else {
		for (size_t i = 0; i < n; i++)
			note_reason(c, vm, &c->places[i], &why[i]);
		error_move(err, &why[n < c->n_places ? n : 0]);
	}
	for (size_t i = 0; i < c->n_places; i++)
		error_clear(&why[i]);
	return err->code == VXE_OK ? 0 : -1;
}

static int place_vm(struct choice *c, const struct vm *vm, struct vxe_error *err)
{
	bool active;

	if (!vm_is_here(c->s, vm))
		return 0;
	if (is_active(c->s, vm, &active, err) < 0)
		return -1;
	return active ? choose(c, vm, err) : 0;
}

static void note_staying(struct choice *c, const struct vm *vm, const struct vxe_error *why)
{
	_cleanup_str_ struct str reason = { 0 };

	str_add(&reason, code_info(why->code)->name);
	for (size_t i = 0; i < why->n_params; i++)
		str_addf(&reason, ",%s", why->params[i]);
	strv_add(&c->moves->staying, vm->r.uuid);
	strv_add(&c->moves->reasons, str_text(&reason));
}

int moves_choose(struct session *s, const char *network, struct moves *ret, struct vxe_error *err)
{
	_cleanup_(choice_clear) struct choice c = { .s = s, .network = network, .moves = ret };

	if (load_choice(&c, err) < 0)
		return -1;
	for (size_t i = 0; i < c.vms.n; i++) {
		const struct vm *vm = c.vms.items[i];
		_cleanup_error_ struct vxe_error why = { 0 };

		if (place_vm(&c, vm, &why) == 0)
			continue;
		if (why.code == TASK_CANCELLED || why.code == VXE_STORE_LOST) {
			strv_clear(&ret->staying);
			error_clear(err);
			error_move(err, &why);
			return -1;
		}
		note_staying(&c, vm, &why);
		error_about(&why, vm->r.uuid);
		if (err->code == VXE_OK)
			error_move(err, &why);
	}
	return err->code == VXE_OK ? 0 : -1;
}
