/* SPDX-License-Identifier: MIT */
#include "objects/pool/start_rule.h"

#include <unistd.h>

#include "backends/hv/domain_spec.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/host/host_identity.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/vm/vm.h"
#include "objects/engine/op.h"
#include "objects/engine/plan.h"
#include "objects/pool/pool_member.h"
#include "objects/start/pool_mark.h"
#include "objects/start/session_open.h"
#include "objects/vm/vm_diagnosis.h"
#include "objects/vm/vm_home.h"
#include "objects/vm/vm_migrate.h"

void start_rule_clear(struct start_rule *r)
{
	free(r->store);
	free(r->host);
	free(r->uuid);
	free(r->name);
	*r = (struct start_rule){ 0 };
}

/* ---- what the host knows by itself --------------------------------------------------------------- */

static int take_move(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	(void)uuid, (void)err;
	str_replace(ctx, values[0]);
	return 0;
}

/* *ret: what the host's own store says of its records; NULL: there is none, or it is new. */
static int read_move(const struct session_config *c, char **ret, struct vxe_error *err)
{
	static const char *const columns[] = { "move", NULL };
	_cleanup_free_ char *path = xasprintf("%s/" STORE_FILE, c->store);
	_cleanup_store_ struct store *own = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (!c->engine && access(path, F_OK) < 0) /* a database, or no store: of no pool */
		return 0;
	return store_open_at(&own, c, c->store, true, err) < 0 ||
			txn_begin(own, TXN_READ, &t, err) < 0
		? -1
		: txn_scan(t, pool_class.name, columns, take_move, ret, err);
}

int start_rule_begin(struct start_rule *ret, const struct session_config *config, const char *xml,
	struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_free_ char *move = NULL;
	_cleanup_error_ struct vxe_error unread = { 0 };
	struct pool_mark mark = { 0 };

	ret->config = config;
	if (read_move(config, &move, &unread) == 0 && str_is_empty(move))
		return 0;
	ret->pooled = true;
	if (spec_read(xml, &spec, err) < 0)
		return -1;
	ret->uuid = xstrdup(spec->uuid);
	ret->name = xstrdup(spec->name);
	ret->is_known = spec->store || pool_member_has(config, spec->uuid);
	if (unread.code || pool_mark_read(config->store, &mark, &unread) < 0)
		return 0;
	ret->store = mark.store;
	ret->host = mark.host;
	ret->at_home = pool_member_is_home(config, ret->store, ret->host, ret->uuid, &ret->noted);
	return 0;
}

char *start_rule_alone(const struct start_rule *r)
{
	return !r->pooled || r->at_home
		? NULL
		: xasprintf(
			  "the pool's database cannot be asked whether this VM may start here, and "
			  "this host has not %s (docs/pool.md)",
			  r->noted ? "noted that it is at home here"
				   : "seen the database since it was booted");
}

/* ---- what the store says ------------------------------------------------------------------------- */

/* Whether an operation is just bringing the VM from one host to another. */
struct way {
	bool comes, goes;
};

static int read_way(const struct start_rule *r, const struct intent *intent, struct way *ret,
	struct vxe_error *err)
{
	_cleanup_plan_ struct plan plan = { .op_type = &vm_migrate_op };

	ret->goes |= str_eq(intent->operation, vm_leave_op.name);
	if (!str_eq(intent->operation, vm_migrate_op.name))
		return 0;
	if (plan_decode(intent->plan, &vm_migrate_op, &plan, err) < 0)
		return -1;
	bool here = str_eq(plan_string(&plan, "target"), r->host);

	ret->comes |= here;
	ret->goes |= !here;
	return 0;
}

static int find_way(
	const struct start_rule *r, struct txn *t, struct way *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records intents = { 0 };

	if (records_load(t, &intent_class, "object", r->uuid, &intents, err) < 0)
		return -1;
	for (size_t i = 0; i < intents.n; i++)
		if (read_way(r, intents.items[i], ret, err) < 0)
			return -1;
	return 0;
}

/*
 * True if libvirt has a definition of the domain. It has none of a guest that another host is just sending: the definition is
 * written when the guest has arrived, so somebody here starts the domain by himself.
 */
static bool is_defined(const struct start_rule *r)
{
	_cleanup_free_ char *path = r->config->definitions_dir
		? xasprintf("%s/%s.xml", r->config->definitions_dir, r->name)
		: NULL;

	return path && access(path, F_OK) == 0;
}

/* The sentence about a VM that is at home on another host. Owned. */
static char *home_text(const struct host *home, const struct vm *vm)
{
	return xasprintf(
		"this VM is at home on the host %s: 'vxe vm-start uuid=%s' starts it there, and with "
		"on=HOST elsewhere",
		home ? home->name_label : vm->home, vm->r.uuid);
}

static int judge_home(const struct start_rule *r, struct txn *t, char **why, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *here = NULL, *home = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	struct way way = { 0 };

	if (host_find(t, r->host, &here, err) < 0 || vm_find(t, r->uuid, &vm, err) < 0)
		return -1;
	if (!here) {
		if (r->is_known)
			*why = xstrdup("the pool's database does not know this host");
		return 0;
	}
	if ((vm || r->is_known) && host_is_elsewhere(r->config->root, here)) {
		*why = xstrdup(
			"the pool knows this host on another machine: this one is a copy of it, or has a "
			"new board or system. If it is the host from now on, and the other one is "
			"off for good: 'vxe host-adopt'");
		return 0;
	}
	if (!vm || vm->is_a_template)
		return 0;
	if (find_way(r, t, &way, err) < 0)
		return -1;
	if (way.comes && !is_defined(r))
		return 0;
	if (way.comes)
		*why = xstrdup("this VM is on its way to this host, which has a definition of it; "
			       "'vxe check' on the host where it was ends what was cut off");
	else if (way.goes)
		*why = xstrdup("this VM is on its way to another host; 'vxe check' ends what was "
			       "cut off");
	else if (str_eq(vm->home, HOME_NONE))
		*why = xasprintf(
			"no host has this VM now: 'vxe vm-start uuid=%s' starts it", vm->r.uuid);
	else if (!str_is_empty(vm->home) && !str_eq(vm->home, r->host)) {
		if (host_find(t, vm->home, &home, err) < 0)
			return -1;
		*why = home_text(home, vm);
	}
	return 0;
}

/* Why the VM's disks are not those that lie in this host's folders, if it may start here as far as its home is concerned. */
static int judge_storage(const struct start_rule *r, struct store *store, struct txn *t, char **why,
	struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error away = { 0 };
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (vm_find(t, r->uuid, &vm, err) < 0)
		return -1;
	if (!vm || vm_check_storage(store, t, r->uuid, &away) == 0)
		return 0;
	if (away.code == SR_NOT_ATTACHED)
		*why = TAKE(away.detail);
	else if (away.code == VXE_IMAGE_FAILED)
		*why = xasprintf("%s cannot be read: %s", away.params[0], away.params[1]);
	else
		error_move(err, &away);
	return *why ? 0 : -1;
}

int start_rule_ask(const struct start_rule *r, char **why, struct vxe_error *err)
{
	struct session_config of_pool = *r->config;
	_cleanup_store_ struct store *store = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	of_pool.pool_dir = of_pool.store;
	*why = NULL;
	if (!r->pooled)
		return 0;
	if (!r->store)
		return vxe_fail(err, VXE_STORE_UNUSABLE, r->config->store, "where the pool is");
	if (store_open_at(&store, &of_pool, r->store, true, err) < 0 ||
		txn_begin(store, TXN_READ, &t, err) < 0 || judge_home(r, t, why, err) < 0)
		return -1;
	return *why ? 0 : judge_storage(r, store, t, why, err);
}
