/* SPDX-License-Identifier: MIT */
#include "objects/pool/stale_domains.h"

#include "backends/hv/hv_definitions.h"
#include "backends/hv/domain_spec.h"
#include "objects/base/log.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/engine/lock_set.h"
#include "objects/vm/vm_from_dead.h"

/* True if this host takes the VM: as its last home, or because a dead one's migration has come to its end here. */
static int comes_here(
	struct session *s, struct txn *t, const struct vm *vm, bool *ret, struct vxe_error *err)
{
	_cleanup_free_ char *target = NULL;

	*ret = str_eq(vm->home, HOME_NONE) && str_eq(vm->last_home, s->here->uuid);
	if (*ret || !str_eq(vm->home, HOME_NONE))
		return 0;
	if (vm_was_going_to(t, vm, &target, err) < 0)
		return -1;
	*ret = str_eq(target, s->here->uuid);
	return 0;
}

/* True if the domain is of this pool: a host may have a machine's copy with its UUID, which is somebody else's. */
static int is_ours(struct session *s, struct hv *hv, const char *uuid, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_free_ char *xml = NULL;

	if (hv_xml(hv, uuid, HV_XML_INACTIVE, &xml, err) < 0 || spec_read(xml, &spec, err) < 0)
		return -1;
	return session_is_own_store(s, spec->store);
}

/* Undefines the domain; the caller has the VM's lock. */
static int end_domain(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0 || hv_find(hv, uuid, &d, err) < 0)
		return -1;
	if (!d.uuid || !d.persistent)
		return 0;
	int ours = is_ours(s, hv, uuid, err);

	if (ours <= 0)
		return ours;
	if (hv_is_active(d.state) || d.saved) {
		log_warn("VM %s is at home on another host, and its domain here %s", uuid,
			d.saved ? "has a saved state" : "is active");
		return 0;
	}
	if (hv_undefine(hv, uuid, HV_UNDEFINE_KEEP_STATE, err) < 0)
		return -1;
	log_info("the domain %s of VM %s, which is at home on another host by now, was undefined",
		d.name, uuid);
	return hv_definitions_sync(s->config.definitions_dir, hv_changed(hv), err);
}

/* *ret: the VM is still at home elsewhere, and no operation works on it. */
static int is_stale(struct session *s, const char *uuid, bool *ret, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_strv_ struct strv uuids = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	bool moving;

	strv_add(&uuids, uuid);
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &vm, err) < 0 ||
		intent_names(t, &uuids, &moving, err) < 0)
		return -1;
	*ret = vm && vm_has_domain(vm) && !vm_is_here(s, vm) && !moving;
	return 0;
}

static int end_one(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_locks_ struct locks locks = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	bool here, stale;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &vm, err) < 0 ||
		(vm && comes_here(s, t, vm, &here, err) < 0))
		return -1;
	txn_abort(TAKE(t));
	if (!vm)
		return 0;
	if (here)
		return vm_take_from_dead(s, vm, err);
	locks_add(&locks, LOCK_RECORD, uuid, LEASE_EXCLUSIVE);
	return locks_try(s, &locks, err) < 0 || is_stale(s, uuid, &stale, err) < 0 ? -1
		: stale ? end_domain(s, uuid, err)
			: 0;
}

void stale_domains_end(struct session *s, const struct strv *vms)
{
	struct wishes at_once = *s->wishes;

	at_once.impatient = true;
	const struct wishes *before = session_wish(s, &at_once);

	for (size_t i = 0; i < vms->n; i++) {
		_cleanup_error_ struct vxe_error why = { 0 };

		if (end_one(s, vms->items[i], &why) < 0)
			log_info(
				"the domain of VM %s, which is at home on another host, is left: %s",
				vms->items[i], code_info(why.code)->name);
	}
	(void)session_wish(s, before);
	if (vms->n)
		session_forget_domains(s->here);
}
