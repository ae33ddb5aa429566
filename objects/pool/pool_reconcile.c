/* SPDX-License-Identifier: MIT */
#include "objects/pool/pool_reconcile.h"

#include <stdlib.h>
#include <string.h>

#include "backends/hv/domain_spec.h"
#include "objects/base/file_key.h"
#include "objects/base/uri.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/host/host.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/disks/disks.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/session/file_chain.h"
#include "objects/storage/marker/sr_word.h"
#include "objects/vm/other_host.h"

/* A host that is asked. */
struct asked {
	const struct host *host;
	struct hv *hv; /* of this host it is the session's */
	struct hv_domains domains;
};

/* A host's definition of a VM that more than one side claims. */
struct claim {
	const struct asked *on;
	bool active;
	struct domain_spec *spec;
	struct file_chain
		*chains; /* of each disk of @spec; empty for what is no file or is not written to */
};

struct reconcile {
	struct session *s;
	const struct reconcile_wishes *wishes;
	struct records hosts, vms, intents;
	struct asked *asked;
	size_t n_asked;
	struct map homes;    /* what changes: UUID of a VM to UUID of its home */
	const char *unclear; /* a VM that nobody can judge but a person */
};

static void reconcile_clear(struct reconcile *r)
{
	for (size_t i = 0; i < r->n_asked; i++) {
		if (!session_is_here(r->s, r->asked[i].host->r.uuid))
			hv_close(r->asked[i].hv);
		hv_domains_clear(&r->asked[i].domains);
	}
	free(r->asked);
	records_clear(&r->hosts);
	records_clear(&r->vms);
	records_clear(&r->intents);
	map_clear(&r->homes);
}

/* ---- hosts ------------------------------------------------------------------------------------- */

static int open_libvirt(
	struct session *s, const struct host *host, struct hv **ret, struct vxe_error *err)
{
	_cleanup_free_ char *uri = NULL;

	if (session_is_here(s, host->r.uuid))
		return session_hv(s->here, ret, err);
	return other_host_uri(s, host, &uri, err) < 0
		? -1
		: other_host_open(s, host->r.uuid, uri, ret, err);
}

static int ask_hosts(struct reconcile *r, struct vxe_error *err)
{
	r->asked = xcalloc(r->hosts.n + 1, sizeof(*r->asked));
	for (size_t i = 0; i < r->hosts.n; i++) {
		const struct host *host = r->hosts.items[i];
		struct asked *a = &r->asked[r->n_asked];

		if (strv_has(r->wishes->without, host->r.uuid)) {
			if (session_is_here(r->s, host->r.uuid))
				return vxe_fail(err, HOST_IS_LIVE, host->r.uuid);
			continue;
		}
		a->host = host;
		if (open_libvirt(r->s, host, &a->hv, err) < 0) {
			session_notice(r->s,
				"all hosts are asked what they have: if %s is off for good, "
				"'without=%s'",
				host->name_label, host->r.uuid);
			return -1;
		}
		r->n_asked++;
		if (hv_list(a->hv, &a->domains, err) < 0)
			return -1;
	}
	return 0;
}

static const struct hv_domain *definition_on(const struct asked *a, const char *vm)
{
	for (size_t lo = 0, hi = a->domains.n; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;
		const struct hv_domain *d = &a->domains.items[mid];
		int order = strcmp(d->uuid, vm);

		if (!order)
			return d->persistent ? d : NULL;
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static const struct asked *asked_host(const struct reconcile *r, const char *uuid)
{
	for (size_t i = 0; i < r->n_asked; i++)
		if (str_eq(r->asked[i].host->r.uuid, uuid))
			return &r->asked[i];
	return NULL;
}

/* ---- the definitions of one VM ------------------------------------------------------------------ */

struct claims_of {
	struct claim *items; /* one for each host that was asked, of which @n are used */
	size_t n;
};

static void claim_clear(struct claim *c)
{
	for (size_t i = 0; c->spec && c->chains && i < c->spec->n_disks; i++)
		file_chain_clear(&c->chains[i]);
	free(c->chains);
	domain_spec_free(c->spec);
	*c = (struct claim){ 0 };
}

static void claims_of_clear(struct claims_of *c)
{
	for (size_t i = 0; i < c->n; i++)
		claim_clear(&c->items[i]);
	free(TAKE(c->items));
}

/* Reads the chains of the disks that the guest writes to, as far as this host sees their files. */
static void read_chains(struct session *s, struct claim *c)
{
	c->chains = xcalloc(c->spec->n_disks + 1, sizeof(*c->chains));
	for (size_t i = 0; i < c->spec->n_disks; i++) {
		const struct spec_disk *d = &c->spec->disks[i];

		if (d->source == DISK_FILE && !d->readonly && d->device == DISK_DISK)
			file_chain_read(content_of(s, d->path), d->format, &c->chains[i]);
	}
}

/* Returns 1 if the host has a definition of this pool's VM; a machine's copy may have its UUID, which is somebody else's. */
static int read_claim(struct reconcile *r, const struct asked *a, const char *vm, struct claim *ret,
	struct vxe_error *err)
{
	const struct hv_domain *d = definition_on(a, vm);
	_cleanup_free_ char *xml = NULL;

	if (!d)
		return 0;
	ret->on = a;
	ret->active = hv_is_active(d->state);
	if (hv_xml(a->hv, vm, ret->active ? HV_XML_LIVE : HV_XML_INACTIVE, &xml, err) < 0 ||
		spec_read(xml, &ret->spec, err) < 0)
		return -1;
	if (!session_is_own_store(r->s, ret->spec->store)) {
		claim_clear(ret);
		return 0;
	}
	read_chains(r->s, ret);
	return 1;
}

static const struct file_chain *chain_at(const struct claim *c, const char *target)
{
	for (size_t i = 0; i < c->spec->n_disks; i++)
		if (str_eq(c->spec->disks[i].target, target))
			return &c->chains[i];
	return NULL;
}

static bool has_file(const struct file_chain *c, const char *path)
{
	for (size_t i = 0; i < c->n; i++)
		if (file_is_same(c->items[i].path, path))
			return true;
	return false;
}

enum order { SAME, NEWER, OLDER, OTHER_LINE };

/* How @a stands to @b: newer, if each of its disks is on the file of the other one's, or on layers above that. */
static enum order compare(const struct claim *a, const struct claim *b)
{
	enum order all = SAME;

	for (size_t i = 0; i < a->spec->n_disks; i++) {
		const struct file_chain *x = &a->chains[i],
					*y = chain_at(b, a->spec->disks[i].target);
		enum order one = OTHER_LINE;

		if (!x->n && (!y || !y->n))
			continue;
		if (!y || !x->n || !y->n)
			return OTHER_LINE;
		if (file_is_same(x->items[0].path, y->items[0].path))
			one = SAME;
		else if (has_file(x, y->items[0].path))
			one = NEWER;
		else if (has_file(y, x->items[0].path))
			one = OLDER;
		if (one == OTHER_LINE || (one != SAME && all != SAME && one != all))
			return OTHER_LINE;
		all = one == SAME ? all : one;
	}
	return all;
}

/* The layers that were put on a file of the claim and that are in no claim: perhaps what the guest has written last. */
static int find_above(struct reconcile *r, const struct claims_of *all, const struct claim *c,
	struct strv *ret, struct vxe_error *err)
{
	_cleanup_users_ struct file_users users = { 0 };
	_cleanup_strv_ struct strv leaves = { 0 };

	for (size_t i = 0; i < c->spec->n_disks; i++)
		if (c->chains[i].n)
			strv_add(&leaves, c->chains[i].items[0].path);
	if (users_look(r->s, &leaves, &users, err) < 0)
		return -1;
	for (size_t i = 0; i < users.n; i++) {
		bool claimed = users.items[i].domain != NULL;

		for (size_t k = 0; k < all->n && !claimed; k++)
			for (size_t d = 0; d < all->items[k].spec->n_disks && !claimed; d++)
				claimed = has_file(&all->items[k].chains[d], users.items[i].name);
		if (!claimed)
			strv_add(ret, users.items[i].name);
	}
	return 0;
}

/* ---- judging one VM ----------------------------------------------------------------------------- */

/* The host that the person has named; NULL: none. */
static int chosen(const struct reconcile *r, const struct claims_of *all, const char *vm,
	const struct claim **ret, struct vxe_error *err)
{
	const char *host = map_get(r->wishes->homes, vm);

	for (size_t i = 0; host && i < all->n && !*ret; i++)
		if (str_eq(all->items[i].on->host->r.uuid, host))
			*ret = &all->items[i];
	if (host && !*ret)
		return vxe_fail(
			err, INVALID_VALUE, "homes", "that host has no definition of the VM");
	return 0;
}

/* The claim that is as new as all others, and alone so, or among equals the one that runs, or is at the recorded home. */
static const struct claim *newest(const struct claims_of *all, const char *home)
{
	const struct claim *best = NULL;
	size_t equals = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct claim *c = &all->items[i];
		bool behind = false;

		for (size_t k = 0; k < all->n && !behind; k++) {
			enum order o = k == i ? SAME : compare(c, &all->items[k]);

			behind = o == OLDER || o == OTHER_LINE ||
				(o == SAME && !c->active && all->items[k].active);
		}
		if (behind)
			continue;
		if (!best || str_eq(c->on->host->r.uuid, home))
			best = c;
		equals++;
	}
	return best && (equals == 1 || str_eq(best->on->host->r.uuid, home)) ? best : NULL;
}

/* Somebody else runs: to take another one would have two guests write. */
static bool another_runs(const struct claims_of *all, const struct claim *best)
{
	for (size_t i = 0; i < all->n; i++)
		if (&all->items[i] != best && all->items[i].active)
			return true;
	return false;
}

static void tell_claim(struct reconcile *r, const struct claim *c)
{
	_cleanup_str_ struct str text = { 0 };

	for (size_t i = 0; i < c->spec->n_disks; i++)
		if (c->chains[i].n)
			str_addf(&text, " %s on %s", c->spec->disks[i].target,
				c->chains[i].items[0].path);
	session_notice(r->s, "... on %s (%s)%s:%s", c->on->host->name_label, c->on->host->r.uuid,
		c->active ? ", where it runs" : "", str_text(&text));
}

static void tell_unclear(struct reconcile *r, const struct vm *vm, const struct claims_of *all,
	const struct strv *above)
{
	session_notice(r->s,
		"VM %s (%s): no definition is the newer one; homes:%s=HOST-UUID says which is right",
		vm->r.uuid, vm->name_label, vm->r.uuid);
	for (size_t i = 0; i < all->n; i++)
		tell_claim(r, &all->items[i]);
	for (size_t i = 0; i < above->n; i++)
		session_notice(r->s,
			"... %s is a layer above, which no definition has: it may have the newest data",
			above->items[i]);
	if (!r->unclear)
		r->unclear = vm->r.uuid;
}

static void take_home(struct reconcile *r, const struct vm *vm, const struct claim *c)
{
	if (str_eq(c->on->host->r.uuid, vm->home))
		return;
	map_set(&r->homes, vm->r.uuid, c->on->host->r.uuid);
	session_planned(r->s, "VM %s (%s) is at home on %s, which has its definition", vm->r.uuid,
		vm->name_label, c->on->host->name_label);
}

static int judge_claims(struct reconcile *r, const struct vm *vm, const struct claims_of *all,
	struct vxe_error *err)
{
	_cleanup_strv_ struct strv above = { 0 };
	const struct claim *best = NULL;

	if (chosen(r, all, vm->r.uuid, &best, err) < 0)
		return -1;
	if (!best) {
		best = newest(all, vm->home);
		if (best && find_above(r, all, best, &above, err) < 0)
			return -1;
		best = above.n ? NULL : best;
	}
	if (!best || another_runs(all, best))
		tell_unclear(r, vm, all, &above);
	else
		take_home(r, vm, best);
	return 0;
}

static void tell_missing(struct reconcile *r, const struct vm *vm)
{
	if (asked_host(r, vm->home))
		session_notice(r->s,
			"VM %s (%s): no host has a definition of it; it was removed since, or is lost: "
			"its record stays as it is until its home lists its VMs",
			vm->r.uuid, vm->name_label);
}

/* Definitions are read where more than the recorded home has one, or might have if all hosts were asked. */
static int judge_vm(struct reconcile *r, const struct vm *vm, struct vxe_error *err)
{
	_cleanup_(claims_of_clear) struct claims_of all = { .n = 0 };
	size_t n = 0;
	bool at_home = false;

	for (size_t i = 0; i < r->n_asked; i++)
		if (definition_on(&r->asked[i], vm->r.uuid)) {
			at_home |= str_eq(r->asked[i].host->r.uuid, vm->home);
			n++;
		}
	if (n == 1 && at_home && !r->wishes->without->n)
		return 0;
	all.items = xcalloc(r->n_asked + 1, sizeof(*all.items));
	for (size_t i = 0; n && i < r->n_asked; i++) {
		int rc = read_claim(r, &r->asked[i], vm->r.uuid, &all.items[all.n], err);

		if (rc < 0) {
			claim_clear(&all.items[all.n]);
			return -1;
		}
		all.n += (size_t)rc;
	}
	if (!all.n) {
		tell_missing(r, vm);
		return 0;
	}
	return judge_claims(r, vm, &all, err);
}

/* ---- all ------------------------------------------------------------------------------------------ */

static int load(struct reconcile *r, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	return txn_begin(r->s->store, TXN_READ, &t, err) < 0 ||
			records_load(t, &host_class, NULL, NULL, &r->hosts, err) < 0 ||
			records_load(t, &vm_class, NULL, NULL, &r->vms, err) < 0 ||
			records_load(t, &intent_class, NULL, NULL, &r->intents, err) < 0
		? -1
		: 0;
}

static const struct vm *vm_named(const struct reconcile *r, const char *uuid)
{
	for (size_t i = 0; i < r->vms.n; i++) {
		const struct vm *vm = r->vms.items[i];

		if (str_eq(vm->r.uuid, uuid) && vm_has_domain(vm))
			return vm;
	}
	return NULL;
}

static int check_wishes(const struct reconcile *r, struct vxe_error *err)
{
	for (size_t i = 0; i < r->wishes->homes->n; i++)
		if (!vm_named(r, r->wishes->homes->items[i].key))
			return vxe_fail(
				err, INVALID_VALUE, "homes", r->wishes->homes->items[i].key);
	return 0;
}

static int put_all(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct reconcile *r = ctx;

	for (size_t i = 0; i < r->homes.n; i++) {
		_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

		if (vm_get(t, r->homes.items[i].key, &vm, err) < 0)
			return -1;
		str_replace(&vm->home, r->homes.items[i].value);
		if (record_save(t, &vm_class, vm, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < r->intents.n; i++) {
		const struct intent *intent = r->intents.items[i];

		if (intent_drop(t, intent->r.uuid, intent->task, err) < 0)
			return -1;
	}
	txn_confirm(t);
	return 0;
}

static void tell_intents(struct reconcile *r)
{
	for (size_t i = 0; i < r->intents.n; i++) {
		const struct intent *intent = r->intents.items[i];

		session_planned(r->s,
			"record: the operation %s of %s, in progress when these records were made, is "
			"forgotten; it has ended since, or 'vxe check' names what is left of it",
			intent->operation, intent->object);
	}
}

/*
 * The storage of a shared SR that is mounted here may have a word that is later than these records: it is the true one all the same.
 * One with an earlier word stays another copy.
 */
static void take_storage(struct session *s)
{
	_cleanup_error_ struct vxe_error unread = { 0 };
	_cleanup_records_ struct records srs = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, &unread) < 0 || srs_here(s, t, &srs, &unread) < 0)
		return;
	txn_abort(TAKE(t));
	for (size_t i = 0; i < srs.n; i++) {
		const struct sr *sr = srs.items[i];
		_cleanup_error_ struct vxe_error why = { 0 };
		_cleanup_mark_ struct sr_mark mark = { 0 };

		if (sr_has_word(sr) && sr_is_away(s, sr) &&
			(sr_mark_read(sr->path, &mark, &why) < 0 ||
				(str_eq(mark.sr, sr->r.uuid) &&
					sr_word_time(mark.word) >= sr_word_time(sr->word) &&
					sr_take_marker(s, sr->r.uuid, &why) < 0)))
			session_notice(s, "the storage of SR %s (%s) is not taken: %s", sr->r.uuid,
				sr->name_label, code_info(why.code)->name);
	}
}

int pool_reconcile(struct session *s, const struct reconcile_wishes *wishes, struct vxe_error *err)
{
	_cleanup_(reconcile_clear) struct reconcile r = { .s = s, .wishes = wishes };

	if (!uri_is_database(s->config.store)) {
		_cleanup_free_ char *shown = uri_shown(s->config.store);

		return vxe_fail(err, VXE_NOT_IN_POOL, shown, s->here->uuid);
	}
	if (load(&r, err) < 0 || check_wishes(&r, err) < 0 || ask_hosts(&r, err) < 0)
		return -1;
	for (size_t i = 0; i < r.vms.n; i++) {
		const struct vm *vm = r.vms.items[i];

		if (vm_has_domain(vm) && judge_vm(&r, vm, err) < 0)
			return -1;
	}
	if (r.unclear)
		return vxe_fail(err, VXE_HOME_UNCLEAR, r.unclear);
	tell_intents(&r);
	if (s->wishes->dry_run)
		return vxe_fail(err, VXE_PLANNED, "pool-reconcile");
	if (failpoint(&s->config.failpoints, "pool-reconcile", "records", false, err) < 0)
		return -1;
	store_decide(s->store);
	if (store_update(s->store, put_all, &r, err) < 0)
		return -1;
	s->reports.acted = true;
	take_storage(s);
	return 0;
}
