/* SPDX-License-Identifier: MIT */
/*
 * Adoption: compares libvirt's list of domains with the records of VMs. A persistent domain without a record becomes
 * a VM; a VM without a domain is deleted, unless it has snapshots; one whose domain was renamed gets its new name, before
 * a name selects it. If list and records agree, libvirt is not asked for more and nothing is written.
 */
#include "objects/domain/adopt.h"

#include "objects/classes/common/intent.h"
#include "objects/classes/network/network_records.h"
#include "objects/classes/vm/seen_definition.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/domain/adopt_forget.h"
#include "objects/domain/foreign_snapshots/adopt_snapshots.h"
#include "objects/domain/adopt_vm.h"
#include "objects/domain/leftover_memory.h"
#include "objects/domain/seen_states.h"
#include "objects/domain/vm_spec.h"
#include "objects/file_index/definition_files.h"

#include <json-c/json.h>

/* ---- new domains ----------------------------------------------------------------------------- */

struct newcomer {
	const struct hv_domain *domain;
	struct domain_spec *spec;
	bool guarded; /* it is off, and its disks are those of a suspended VM: there may be its memory */
};

/* Domains whose records are made in one transaction: a commit waits for the disk. */
#define TOGETHER 64
struct newcomers {
	struct session *s;
	size_t n;
	struct newcomer items[TOGETHER];
};

static void newcomers_clear(struct newcomers *all)
{
	for (size_t i = 0; i < all->n; i++)
		domain_spec_free(all->items[i].spec);
	all->n = 0;
}

/* Makes the records of a domain that has none, unless an operation is just making or removing this domain. */
static int adopt_newcomer(
	struct session *s, struct txn *t, const struct newcomer *n, struct vxe_error *err)
{
	_cleanup_strv_ struct strv uuids = { 0 };
	void *known = NULL;
	bool moving;

	strv_add(&uuids, n->spec->uuid);
	if (record_find(t, &vm_class, n->spec->uuid, &known, err) < 0 ||
		intent_names(t, &uuids, &moving, err) < 0)
		return -1;
	bool skip = known || moving;
	record_free(&vm_class, known);
	if (skip)
		return 0;
	if (adopt_vm(s, t, n->spec, err) < 0)
		return -1;
	return n->guarded ? memory_left(s, t, n->spec, err) : 0;
}

static int adopt_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct newcomers *all = ctx;

	for (size_t i = 0; i < all->n; i++)
		if (adopt_newcomer(all->s, t, &all->items[i], err) < 0)
			return -1;
	return 0;
}

/* Reads the definition of a domain, and adds it to the newcomers. */
static int read_newcomer(struct newcomers *to, const struct hv_domain *d, struct vxe_error *err)
{
	struct session *s = to->s;
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0 || session_facts(s->here, err) < 0 ||
		hv_xml(hv, d->uuid, HV_XML_INACTIVE, &xml, err) < 0 ||
		spec_read(xml, &spec, err) < 0 ||
		hv_autostart(hv, d->uuid, &spec->autostart, err) < 0)
		return -1;
	bool guarded = !hv_is_active(d->state) && memory_may_be_left(s, spec);

	to->items[to->n++] = (struct newcomer){ d, TAKE(spec), guarded };
	return 0;
}

static int adopt_one(struct session *s, const struct hv_domain *d, struct vxe_error *err)
{
	struct newcomers one = { .s = s };
	int r = read_newcomer(&one, d, err);

	if (r == 0)
		r = networks_follow(s, err);
	if (r == 0)
		r = store_learn(s->store, adopt_body, &one, err);
	newcomers_clear(&one);
	return r;
}

/* ---- vanished domains ------------------------------------------------------------------------ */

struct vanished {
	struct session *s;
	const char *vm;
	/* generation of the VM's record, read before libvirt was asked for the domain */
	int64_t generation;
};

/*
 * Returns 1 if nothing in the store speaks against deleting the record of a VM whose domain vanished. It may have gone to
 * another host since its domain was missed here.
 */
static int may_forget(const struct session *s, struct txn *t, const char *vm, int64_t *generation,
	struct vxe_error *err)
{
	_cleanup_strv_ struct strv uuids = { 0 };
	_cleanup_records_ struct records snapshots = { 0 };
	_cleanup_(vm_free_cleanup) struct vm *record = NULL;
	struct json_object *doc;
	bool moving;

	strv_add(&uuids, vm);
	if (txn_get(t, vm_class.name, vm, &doc, generation, err) < 0)
		return -1;
	if (!doc)
		return 0;
	json_object_put(doc);
	if (vm_find(t, vm, &record, err) < 0 ||
		records_load(t, &vm_class, "snapshot_of", vm, &snapshots, err) < 0 ||
		intent_names(t, &uuids, &moving, err) < 0)
		return -1;
	/* A suspended VM keeps its record: it has its memory image, and gets a domain when it is resumed. */
	return snapshots.n == 0 && !moving && record && vm_is_here(s, record) &&
		record->power_state != POWER_SUSPENDED;
}

static int forget_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct vanished *v = ctx;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	int64_t generation;
	int r = may_forget(v->s, t, v->vm, &generation, err);

	if (r <= 0 || generation != v->generation)
		return r < 0 ? -1 : 0;
	/* in a pool another program may have moved the domain, and the other host has not told it yet */
	if (v->s->pool_size > 1 &&
		(vm_get(t, v->vm, &vm, err) < 0 ||
			seen_definition_forget(t, vm, v->s->here->uuid, err) < 0))
		return -1;
	return forget_vm(t, v->vm, err);
}

/*
 * Deletes the record of a VM whose domain vanished. First asks libvirt for this domain alone: the session's list of
 * domains may be older than the record.
 */
static int forget_one(struct session *s, const char *vm, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *record = NULL;
	struct vanished v = { .s = s, .vm = vm };
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, vm, &record, err) < 0)
		return -1;
	int r = may_forget(s, t, vm, &v.generation, err);
	txn_abort(TAKE(t));
	bool noted = record && vm_is_here(s, record) && !str_is_empty(record->snapshots_seen);

	if (r < 0 || (r == 0 && !noted))
		return r;
	if (session_hv(s->here, &hv, err) < 0 || hv_find(hv, vm, &d, err) < 0)
		return -1;
	if (d.uuid)
		return 0;
	return r ? store_learn(s->store, forget_body, &v, err) : adopt_orphans(s, vm, err);
}

/* ---- libvirt's own snapshots ------------------------------------------------------------------ */

static int look_at_snapshots(struct session *s, const struct hv_domain *d, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, d->uuid, &vm, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	return vm && vm_is_here(s, vm) ? adopt_snapshots(s, vm, d, err) : 0;
}

/* True if @names has the domain, by its name (from libvirt's folder) or its UUID (from libvirt). */
static bool has_some(const struct strv *names, const struct hv_domain *d)
{
	return strv_has(names, d->name) || strv_has(names, d->uuid);
}

static int with_snapshots(struct session *s, struct strv *ret, struct vxe_error *err)
{
	struct hv *hv;

	if (files_with_snapshots(s, ret))
		return 0;
	return session_hv(s->here, &hv, err) < 0 ? -1 : hv_with_snapshots(hv, ret, err);
}

/* ---- both ------------------------------------------------------------------------------------ */

/*
 * Decides whether adoption goes on after a failure with one domain. If that domain cannot be understood, has the UUID
 * of another object, or vanishes while it is read, the others are still adopted. A store that cannot be written to is
 * an error.
 */
static int survive(
	struct session *s, const char *what, struct vxe_error *why, struct vxe_error *err)
{
	bool taken = why->code == DB_UNIQUENESS_CONSTRAINT_VIOLATION;

	if (!taken && why->code != VXE_HYPERVISOR_FAILED && why->code != VXE_IMAGE_FAILED) {
		error_move(err, why);
		return -1;
	}
	if (taken)
		session_notice(s, "%s is left out: its UUID %s is that of another object (%s)",
			what, why->params[2], why->params[0]);
	else
		session_notice(s, "%s is left out: %s", what, why->params[1]);
	error_clear(why);
	return 0;
}

static int act_on_snapshots(struct session *s, const struct comparison *c, struct vxe_error *err)
{
	_cleanup_strv_ struct strv names = { 0 };

	if (with_snapshots(s, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < c->domains->n; i++) {
		const struct hv_domain *d = &c->domains->items[i];
		_cleanup_error_ struct vxe_error why = { 0 };

		if (!d->persistent || c->of[i].elsewhere ||
			!(c->of[i].noted || (names.n && has_some(&names, d))))
			continue;
		if (session_ended(err) < 0 ||
			(look_at_snapshots(s, d, &why) < 0 && survive(s, d->name, &why, err) < 0))
			return -1;
	}
	return 0;
}

/*
 * Makes the records of all newcomers together. If that fails, makes those of each alone, so that one that cannot be
 * adopted does not keep the others out.
 */
static int adopt_together(struct newcomers *all, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error together = { 0 };
	int r = all->n ? store_learn(all->s->store, adopt_body, all, &together) : 0;

	for (size_t i = 0; r < 0 && i < all->n; i++) {
		_cleanup_error_ struct vxe_error why = { 0 };
		struct newcomers one = { .s = all->s, .n = 1, .items = { all->items[i] } };

		if (store_learn(all->s->store, adopt_body, &one, &why) < 0 &&
			survive(all->s, all->items[i].domain->name, &why, err) < 0)
			return -1;
	}
	newcomers_clear(all);
	return 0;
}

static int adopt_new(
	struct newcomers *all, const struct comparison *c, size_t total, struct vxe_error *err)
{
	size_t done = 0;

	if (total && networks_follow(all->s, err) < 0)
		return -1;
	for (size_t i = 0; i < c->domains->n; i++) {
		const struct hv_domain *d = &c->domains->items[i];
		_cleanup_error_ struct vxe_error why = { 0 };

		if (c->of[i].known || !d->persistent)
			continue;
		if (session_ended(err) < 0 ||
			(read_newcomer(all, d, &why) < 0 &&
				survive(all->s, d->name, &why, err) < 0) ||
			(all->n == TOGETHER && adopt_together(all, err) < 0))
			return -1;
		session_counts(all->s, "taking over VMs", ++done, total);
	}
	return adopt_together(all, err);
}

static int follow_names(struct session *s, const struct comparison *c, struct vxe_error *err)
{
	for (size_t i = 0; i < c->domains->n; i++) {
		const struct hv_domain *d = &c->domains->items[i];
		_cleanup_error_ struct vxe_error why = { 0 };

		if (c->of[i].renamed && adopt_name(s, d->uuid, &why) < 0 &&
			survive(s, d->name, &why, err) < 0)
			return -1;
	}
	return 0;
}

static int act(struct session *s, const struct comparison *c, struct vxe_error *err)
{
	struct newcomers all = { .s = s };
	size_t total = 0;

	for (size_t i = 0; i < c->domains->n; i++)
		total += !c->of[i].known && c->domains->items[i].persistent;
	int r = adopt_new(&all, c, total, err);

	newcomers_clear(&all);
	for (size_t i = 0; r == 0 && i < c->gone.n; i++) {
		_cleanup_error_ struct vxe_error why = { 0 };

		if (forget_one(s, c->gone.items[i], &why) < 0)
			r = survive(s, c->gone.items[i], &why, err);
	}
	return r < 0 || follow_names(s, c, err) < 0 ? -1 : act_on_snapshots(s, c, err);
}

/* ---- one domain ------------------------------------------------------------------------------ */

/*
 * Compares the VM record and the domain that have one UUID: adopts a domain without a record, deletes a record
 * without a domain, follows a domain that was renamed.
 */
static int compare_one(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_error_ struct vxe_error why = { 0 };
	const struct hv_domain *d;
	int r = 0;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &vm, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (session_domain(s->here, uuid, &d, err) < 0)
		return -1;
	if (!vm && d && d->persistent)
		r = adopt_one(s, d, &why);
	else if (vm && !d && vm_is_here(s, vm))
		r = forget_one(s, uuid, &why);
	else if (vm && d && d->persistent && vm_is_here(s, vm) && vm_is_renamed(vm, d->name))
		r = adopt_name(s, uuid, &why);
	if (r == 0 && d && d->persistent)
		r = look_at_snapshots(s, d, &why);
	return r == 0 ? 0 : survive(s, d ? d->name : uuid, &why, err);
}

static int find_named(
	struct session *s, const char *name, struct records *ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	return txn_begin(s->store, TXN_READ, &t, err) < 0
		? -1
		: records_load(t, &vm_class, "name_label", name, ret, err);
}

/*
 * Returns 1 if libvirt's files on the disk show that the VM with this UUID is neither to be adopted nor to be
 * deleted.
 */
static int domain_is_known(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &vm, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	return vm && (!vm_is_here(s, vm) || session_tells(s->here, uuid));
}

/*
 * Returns 1 if libvirt's files show that there is nothing to adopt or delete among the VMs with this name-label and
 * the domain with this name.
 */
static int are_known(struct session *s, const char *name, struct vxe_error *err)
{
	_cleanup_records_ struct records known = { 0 };
	_cleanup_free_ char *named = NULL;

	if (find_named(s, name, &known, err) < 0)
		return -1;
	if (!known.n || !files_named(s, name, &named))
		return 0;
	for (size_t i = 0; i < known.n; i++) {
		const struct vm *vm = known.items[i];

		if (vm_is_here(s, vm) && !session_tells(s->here, vm->r.uuid))
			return 0;
	}
	return named ? domain_is_known(s, named, err) : 1;
}

int adopt_domain(struct session *s, const char *uuid, const char *name, struct vxe_error *err)
{
	_cleanup_records_ struct records known = { 0 };
	_cleanup_free_ char *named = NULL;
	struct hv *hv;

	if (s->here->domains)
		return adopt_domains(s, err);
	int r = s->here->hv || session_is_down(s->here) ? 0
		: uuid					? domain_is_known(s, uuid, err)
							: are_known(s, name, err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	if (session_hv_if_up(s->here, &hv, err) < 0)
		return -1;
	if (!hv)
		return session_prepare(s, err);
	if (uuid)
		return compare_one(s, uuid, err);
	if (find_named(s, name, &known, err) < 0 || hv_find_name(hv, name, &named, err) < 0)
		return -1;
	if (!named && !known.n)
		return adopt_domains(s, err);
	for (size_t i = 0; i < known.n; i++)
		if (compare_one(s, ((const struct vm *)known.items[i])->r.uuid, err) < 0)
			return -1;
	return named ? compare_one(s, named, err) : 0;
}

static int add_uuid(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	(void)values, (void)err;
	strv_add(ctx, uuid);
	return 0;
}

/*
 * Finds the UUIDs of all that the beginning of a UUID may mean: of records, of libvirt's domains, and of the domain
 * that has this text as its name; sorted.
 */
static int find_begun(struct session *s, struct hv *hv, const char *digits, struct strv *ret,
	struct vxe_error *err)
{
	static const char *const none[] = { NULL };
	_cleanup_txn_ struct txn *t = NULL;
	char *named = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		txn_scan_begun(t, vm_class.name, none, digits, add_uuid, ret, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (hv_begun(hv, digits, ret, err) < 0 || hv_find_name(hv, digits, &named, err) < 0)
		return -1;
	if (named)
		strv_take(ret, named);
	strv_sort(ret);
	return 0;
}

int adopt_begun(
	struct session *s, const char *digits, struct strv *transient, struct vxe_error *err)
{
	_cleanup_strv_ struct strv uuids = { 0 };
	struct hv *hv;

	if (session_hv_if_up(s->here, &hv, err) < 0)
		return -1;
	if (!hv)
		return session_prepare(s, err);
	if (find_begun(s, hv, digits, &uuids, err) < 0)
		return -1;
	for (size_t i = 0; i < uuids.n; i++) {
		const char *uuid = uuids.items[i];
		const struct hv_domain *d;

		if (i && str_eq(uuid, uuids.items[i - 1]))
			continue;
		if (compare_one(s, uuid, err) < 0 || session_domain(s->here, uuid, &d, err) < 0)
			return -1;
		if (d && !d->persistent && str_starts(uuid, digits))
			strv_add(transient, uuid);
	}
	return 0;
}

int adopt_domains(struct session *s, struct vxe_error *err)
{
	struct comparison c = { .s = s };

	if (s->reports.adopted)
		return 0;
	if (session_domains_if_up(s->here, &c.domains, err) < 0)
		return -1;
	if (!c.domains)
		return session_prepare(s, err);
	c.of = xcalloc(c.domains->n + 1, sizeof(*c.of));
	int r = compare_domains(s, &c, err);
	if (r == 0)
		r = act(s, &c, err);
	s->reports.adopted = r == 0;
	free(c.of);
	strv_clear(&c.gone);
	return r;
}
