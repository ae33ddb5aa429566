/* SPDX-License-Identifier: MIT */
#include "objects/vm/vm_home.h"

#include <json-c/json.h>

#include "objects/classes/vm/vm_operations.h"
#include "objects/disks/disks.h"
#include "objects/domain/autostart.h"
#include "objects/domain/vm_load.h"
#include "objects/classes/storage/node_names.h"
#include "objects/guest_state/firmware_state.h"
#include "objects/model/enums.h"
#include "objects/vm/vm_destroy.h"
#include "objects/vm/vm_diagnosis.h"
#include "objects/vm/vm_from_dead.h"
#include "objects/vm/vm_template.h"

struct home_wish {
	const char *vm;
	const char *to;	   /* the host that will have it */
	const char *to_do; /* there: "start_on" or "resume_on" */
};

static int is_without_home(struct session *s, const char *uuid, bool *ret, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &vm, err) < 0)
		return -1;
	*ret = vm && str_eq(vm->home, HOME_NONE);
	return 0;
}

/* ---- off this host ----------------------------------------------------------------------------- */

static const struct step leave_steps[] = {
	{ "capture-files", DO(step_capture_files, step_drop_captured), false },
	{ "undefine", DO(step_change_domain, step_change_domain_back), true },
	{ 0 },
};

const struct op_type vm_leave_op = { "vm-leave", "start_on", leave_steps,
	PLAN_MEMBERS(autostart_members, capture_members), probe_domain_change };

/* The definition with the pool's mark: that of a store which this host had before is known to no other host. */
static int marked_definition(
	struct session *s, const struct vm_loaded *l, char **ret, struct vxe_error *err)
{
	if (!l->spec || !l->spec->store || str_eq(l->spec->store, s->store_uuid)) {
		*ret = xstrdup(l->xml ? l->xml : "");
		return 0;
	}
	str_replace(&l->spec->store, s->store_uuid);
	return spec_patch(l->xml, l->spec, ret, err);
}

static int plan_leave(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct home_wish *w = ctx;
	const char *uuid = w->vm;
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	locks_add(&p->locks, LOCK_RECORD, uuid, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	bool left;

	p->commit = COMMIT_STORE;
	if (is_without_home(s, uuid, &left, err) < 0)
		return -1;
	if (left) /* a leave that was cut off has just been completed */
		return 0;
	if (vm_load(s, uuid, VM_LOAD_ACT, &l, err) < 0 ||
		vm_check_operation(s, l->vm, w->to_do, err) < 0 ||
		plan_domain_end(s, l->vm, NULL, p, err) < 0 ||
		txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		vm_check_host(s, t, uuid, w->to, err) < 0 ||
		capture_plan(s, t, l, uuid, p, err) < 0)
		return -1;
	_cleanup_free_ char *marked = NULL;

	if (marked_definition(s, l, &marked, err) < 0)
		return -1;
	p->object = xstrdup(uuid);
	autostart_plan_back(l, p);
	p->xml_before = xstrdup_null(l->xml);
	plan_set_string(p, &vm_class, uuid, "domain_xml", marked);
	plan_set_string(p, &vm_class, uuid, "home", HOME_NONE);
	plan_set_string(p, &vm_class, uuid, "seen_state",
		enum_stored(&power_state_table, l->vm->power_state));
	return 0;
}

int vm_leave(struct session *s, const char *uuid, const char *to, const char *to_do,
	struct vxe_error *err)
{
	struct home_wish w = { uuid, to, to_do };

	return op_run(s, &vm_leave_op, plan_leave, &w, NULL, err);
}

/* ---- to this host ------------------------------------------------------------------------------ */

static const struct step take_steps[] = {
	{ "define", DO(step_change_domain, step_change_domain_back), true },
	{ "autostart", DO(step_autostart, NULL), false },
	{ "place-files", DO(step_place_files, NULL), false },
	{ 0 },
};

const struct op_type vm_take_op = { "vm-take", "start_on", take_steps,
	PLAN_MEMBERS(autostart_members, capture_members), probe_domain_change };

/* Plans the UEFI variables and TPM state that the VM had on its last host, whose copies are not needed any more then. */
static int plan_firmware(
	struct session *s, const struct vm *vm, struct plan *p, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	capture_nodes(vm, &p->freed);
	if (!p->freed.n)
		return 0;
	if (spec_read(vm->domain_xml, &spec, err) < 0 ||
		txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		capture_plan_revert(s, t, vm, spec, p, err) < 0)
		return -1;
	for (size_t i = 0; vm_node_columns[i]; i++)
		plan_set(p, &vm_class, vm->r.uuid, vm_node_columns[i], NULL);
	return 0;
}

static int plan_take(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct home_wish *w = ctx;
	const char *uuid = w->vm;
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_free_ char *name = NULL;
	bool later;

	locks_add(&p->locks, LOCK_RECORD, uuid, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vm_load(s, uuid, 0, &l, err) < 0)
		return -1;
	p->commit = COMMIT_STORE;
	if (!str_eq(l->vm->home, HOME_NONE)) /* another command has taken it */
		return 0;
	_cleanup_txn_ struct txn *t = NULL;
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0 ||
		vm_check_machine(hv, w->to, uuid, l->vm->domain_xml, err) < 0 ||
		txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		vm_check_srs(s, t, uuid, w->to, err) < 0 ||
		vm_check_storage(s->store, t, uuid, err) < 0 ||
		domain_name_again(s, l->vm, &name, err) < 0 || plan_firmware(s, l->vm, p, err) < 0)
		return -1;
	p->object = xstrdup(uuid);
	p->domain = xstrdup(uuid);
	p->commit = COMMIT_DEFINE;
	p->xml_after = xstrdup(l->vm->domain_xml);
	autostart_plan_new(l->vm, p, &later);
	plan_set_string(p, &vm_class, uuid, "home", s->here->uuid);
	plan_set_string(p, &vm_class, uuid, "domain_xml", "");
	return 0;
}

int vm_take(struct session *s, const char *uuid, struct vxe_error *err)
{
	struct home_wish w = { .vm = uuid, .to = s->here->uuid };
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &vm, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (!vm || !str_eq(vm->home, HOME_NONE))
		return 0;
	return str_is_empty(vm->last_home)
		? op_run_freeing(s, &vm_take_op, plan_take, &w, NULL, err)
		: vm_take_from_dead(s, vm, err);
}
