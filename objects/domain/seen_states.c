/* SPDX-License-Identifier: MIT */
#include "objects/domain/seen_states.h"

#include "objects/base/log.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/domain/adopt_vm.h"
#include "objects/model/enums.h"
#include "objects/model/json.h"

#include <json-c/json.h>

void seen_vms_clear(struct seen_vms *v)
{
	strv_clear(&v->here);
	strv_clear(&v->stale);
}

const char *const seen_columns[] = { "is_a_template", "is_a_snapshot", "is_control_domain",
	"power_state", "seen_state", "libvirt_name", "snapshots_seen", "home", NULL };

bool seen_is_virtual_machine(const char *const *values)
{
	return !str_eq(values[SEEN_IS_TEMPLATE], "true") &&
		!str_eq(values[SEEN_IS_SNAPSHOT], "true") &&
		!str_eq(values[SEEN_IS_CONTROL_DOMAIN], "true");
}

/* ---- whose domains there are ------------------------------------------------------------------- */

struct search {
	const struct hv_domains *domains;
	bool *at_home; /* for each domain */
	struct seen_vms *found;
};

static int take_at_home(
	void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct search *f = ctx;
	const struct hv_domain *d = hv_domains_find(f->domains, uuid);

	(void)err, (void)values;
	if (!d)
		return 0;
	f->at_home[d - f->domains->items] = true;
	if (d->persistent)
		strv_add(&f->found->here, uuid);
	return 0;
}

/* A domain that is not one of this host's VMs may be that of another host's VM. */
static int look_elsewhere(const struct session *s, struct txn *t, const struct search *f,
	const struct hv_domain *d, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (f->at_home[d - f->domains->items] || !d->persistent)
		return 0;
	if (vm_find(t, d->uuid, &vm, err) < 0)
		return -1;
	if (vm && vm_has_domain(vm) && !vm_is_here(s, vm))
		strv_add(&f->found->stale, d->uuid);
	return 0;
}

int seen_vms_find(struct session *s, struct txn *t, const struct hv_domains *domains,
	struct seen_vms *ret, struct vxe_error *err)
{
	_cleanup_free_ bool *at_home = xcalloc(domains->n + 1, sizeof(*at_home));
	struct search f = { domains, at_home, ret };

	if (txn_scan_where(t, vm_class.name, seen_columns, "home", s->here->uuid, take_at_home, &f,
		    err) < 0)
		return -1;
	for (size_t i = 0; i < domains->n; i++)
		if (look_elsewhere(s, t, &f, &domains->items[i], err) < 0)
			return -1;
	return 0;
}

/* ---- which domains and VMs there are ------------------------------------------------------------ */

static int compare_row(
	void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct comparison *c = ctx;
	const struct hv_domain *d = hv_domains_find(c->domains, uuid);
	bool here = session_is_here(c->s, values[SEEN_HOME]);

	(void)err;
	if (d)
		c->of[d - c->domains->items] = (struct compared){
			.known = true,
			.noted = !str_is_empty(values[SEEN_SNAPSHOTS]),
			.elsewhere = !here,
			.renamed = here && d->persistent && !str_is_empty(values[SEEN_NAME]) &&
				!str_eq(values[SEEN_NAME], d->name) &&
				seen_is_virtual_machine(values),
		};
	else if (here && seen_is_virtual_machine(values))
		strv_add(&c->gone, uuid);
	return 0;
}

/* A domain that is none of this host's VMs may be another host's. */
static int compare_other(
	void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	const char *values[SEEN_HOME + 1] = { NULL };

	for (size_t i = 0; seen_columns[i]; i++) {
		struct json_object *v = NULL;

		if (json_object_object_get_ex(doc, seen_columns[i], &v))
			values[i] = json_object_get_string(v);
	}
	return compare_row(ctx, uuid, values, err);
}

static int compare_others(struct txn *t, struct comparison *c, struct vxe_error *err)
{
	_cleanup_strv_ struct strv others = { 0 };

	for (size_t i = 0; i < c->domains->n; i++)
		if (!c->of[i].known)
			strv_add(&others, c->domains->items[i].uuid);
	return txn_some(t, vm_class.name, &others, compare_other, c, err);
}

/* Costs what the VMs of this host cost, and those that have no home, not those of the pool. */
int compare_domains(struct session *s, struct comparison *c, struct vxe_error *err)
{
	const struct store_question both[] = { { vm_class.name, seen_columns, .where = "home",
						       .value = s->here->uuid },
		{ vm_class.name, seen_columns, .where = "home", .value = "" } };
	const bool all = s->pool_size < 2 || !s->here->uuid;
	_cleanup_txn_ struct txn *t = NULL;

	if (!all)
		store_foresee(s->store, both, ARRAY_LEN(both));
	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	if (all)
		return txn_scan(t, vm_class.name, seen_columns, compare_row, c, err);
	return txn_scan_where(t, vm_class.name, seen_columns, "home", s->here->uuid, compare_row, c,
		       err) < 0 ||
			txn_scan_where(
				t, vm_class.name, seen_columns, "home", "", compare_row, c, err) < 0
		? -1
		: compare_others(t, c, err);
}

/* ---- power states ------------------------------------------------------------------------------ */

/* The VMs whose records differ from what this host sees. Other hosts know the state and the name from the records. */
struct seen_states {
	const struct session *s;
	int64_t generation; /* of the store, before the domains were listed */
	const struct hv_domains *domains;
	struct strv vms;
	struct strv renamed; /* those that libvirt calls otherwise than their records */
};

static void seen_states_clear(struct seen_states *a)
{
	strv_clear(&a->vms);
	strv_clear(&a->renamed);
}

static enum power_state state_seen(
	const struct hv_domains *domains, const char *vm, enum power_state recorded)
{
	const struct hv_domain *d = hv_domains_find(domains, vm);

	return d ? power_of(d, recorded) : recorded;
}

static int compare_state(
	void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	struct seen_states *a = ctx;
	int recorded, noted;

	(void)err;
	if (!seen_is_virtual_machine(values))
		return 0;
	const char *power = values[SEEN_POWER_STATE], *state = values[SEEN_STATE];

	recorded = enum_from_stored(&power_state_table, power ? power : "");
	noted = enum_from_stored(&power_state_table, state ? state : "");
	if ((int)state_seen(a->domains, uuid, (enum power_state)recorded) != noted)
		strv_add(&a->vms, uuid);
	const struct hv_domain *d = hv_domains_find(a->domains, uuid);

	if (d && d->persistent && !str_is_empty(values[SEEN_NAME]) &&
		!str_eq(values[SEEN_NAME], d->name))
		strv_add(&a->renamed, uuid);
	return 0;
}

struct store_question seen_states_question(const struct session *s)
{
	return (struct store_question){ vm_class.name, seen_columns, .where = "home",
		.value = s->here->uuid };
}

static int find_differences(
	struct session *s, struct seen_states *a, struct seen_vms *seen, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	return txn_begin(s->store, TXN_READ, &t, err) < 0 ||
			seen_vms_find(s, t, a->domains, seen, err) < 0
		? -1
		: txn_scan_where(t, vm_class.name, seen_columns, "home", s->here->uuid,
			  compare_state, a, err);
}

/*
 * Notes one VM, unless its record has changed since the domains were listed: then whoever has changed it notes it.
 */
static int put_state(
	struct txn *t, const struct seen_states *a, const char *uuid, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_json_ struct json_object *doc = NULL;
	int64_t written = 0;

	if (txn_get(t, vm_class.name, uuid, &doc, &written, err) < 0 ||
		vm_find(t, uuid, &vm, err) < 0)
		return -1;
	if (!vm || !vm_is_here(a->s, vm) || written > a->generation)
		return 0;
	vm->seen_state = (int)state_seen(a->domains, uuid, (enum power_state)vm->power_state);
	return record_save(t, &vm_class, vm, err);
}

static int put_states(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct seen_states *a = ctx;

	for (size_t i = 0; i < a->vms.n; i++)
		if (put_state(t, a, a->vms.items[i], err) < 0)
			return -1;
	return 0;
}

int seen_states_note(
	struct session *s, int64_t generation, struct seen_vms *seen, struct vxe_error *err)
{
	_cleanup_(seen_states_clear) struct seen_states a = { .s = s, .generation = generation };

	if (s->pool_size < 2)
		return 0;
	session_forget_domains(s->here);
	if (session_domains_if_up(s->here, &a.domains, err) < 0)
		return -1;
	if (!a.domains)
		return 0;
	if (find_differences(s, &a, seen, err) < 0)
		return -1;
	if (a.vms.n && store_update(s->store, put_states, &a, err) < 0)
		return -1;
	for (size_t i = 0; i < a.renamed.n; i++)
		if (adopt_name(s, a.renamed.items[i], err) < 0 &&
			!hv_has_gone(s->here->hv, a.renamed.items[i], err))
			return -1;
	return 0;
}

/* ---- starts and reboots ------------------------------------------------------------------------ */

static int put_start(
	struct txn *t, const struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (vm_find(t, uuid, &vm, err) < 0)
		return -1;
	int64_t at = vm ? session_seen_start(s->here, uuid, vm->start_time) : 0;

	if (!vm || !vm_is_here(s, vm) || vm->start_time >= at)
		return 0;
	vm->start_time = at;
	return record_save(t, &vm_class, vm, err);
}

static int put_starts(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct session *s = ctx;

	for (size_t i = 0; i < s->here->starts.n; i++)
		if (put_start(t, s, s->here->starts.items[i].key, err) < 0)
			return -1;
	return 0;
}

void seen_starts_note(struct session *s)
{
	_cleanup_error_ struct vxe_error failed = { 0 };

	if (!s->here->starts_new || s->wishes->dry_run)
		return;
	if (store_update(s->store, put_starts, s, &failed) < 0)
		log_debug("starts of guests were not noted: %s", code_info(failed.code)->name);
	else
		s->here->starts_new = false;
}
