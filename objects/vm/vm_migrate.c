/* SPDX-License-Identifier: MIT */
/*
 * vm-migrate. The commit point is the moment at which the other host begins to run the guest: libvirt has made the domain
 * persistent there just before. From then on the guest must never go on here, because its disks have changed. So where the
 * domain here is not running, nothing is done until the other host has said whether it has the domain, or a person that the
 * other host has died: then the guest is off, as after a power cut.
 */
#include "objects/vm/vm_migrate.h"

#include "objects/classes/host/pool.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/disks/disks.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/op.h"
#include "objects/guest_state/suspend_image.h"
#include "objects/host/host_ops.h"
#include "objects/model/enums.h"
#include "objects/vm/other_host.h"
#include "objects/vm/vm_diagnosis.h"
#include "objects/vm/vm_destroy.h"

/* ---- what there is of the guest, here and there ------------------------------------------------ */

static const struct plan_member migrate_members[] = {
	{ "target", PLAN_UUID, "the host to which the VM goes" },
	{ "target-uri", PLAN_STRING, "its libvirt" },
	{ "memory-uri", PLAN_STRING, "where it takes the guest's memory; unset: libvirt's choice" },
	{ "compress", PLAN_BOOL, "the memory is compressed on its way" },
	{ "starts-at-boot", PLAN_BOOL, "libvirt starts the domain at boot" },
	{ 0 },
};

static int open_there(struct op *op, struct hv **ret, struct vxe_error *err)
{
	return other_host_open(op->s, plan_string(&op->plan, "target"),
		plan_string(&op->plan, "target-uri"), ret, err);
}

/* *ret: a person has said that the other host is dead, and so what ran there. */
static int is_target_dead(struct op *op, bool *ret, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(op->s->store, TXN_READ, &t, err) < 0 ||
		host_find(t, plan_string(&op->plan, "target"), &host, err) < 0)
		return -1;
	*ret = !host || host->dead;
	return 0;
}

static int find_here(struct op *op, struct hv **hv, struct hv_domain *ret, struct vxe_error *err)
{
	return session_hv(op->s->here, hv, err) < 0 ? -1 : hv_find(*hv, op->plan.domain, ret, err);
}

/*
 * True if the guest has begun to run on the other host, of which @d is the domain; it may have ended there since. Before
 * that the domain is transient, and stands still.
 */
static bool has_arrived(const struct hv_domain *d)
{
	return d->uuid && (d->persistent || d->state == HV_RUNNING);
}

static int fail_migrate(const struct op *op, const char *why, struct vxe_error *err)
{
	return vxe_fail(err, VM_MIGRATE_FAILED, op->plan.domain, op->s->here->uuid,
		plan_string(&op->plan, "target"), why);
}

/* ---- steps ------------------------------------------------------------------------------------- */

/* Puts the pool's mark into the definition, in place of that of a store that this host had before, and no other host knows. */
static int mark_definition(struct op *op, struct vxe_error *err)
{
	struct hv *hv;

	if (!op->plan.xml_after)
		return 0;
	return session_hv(op->s->here, &hv, err) < 0 ? -1 : hv_define(hv, op->plan.xml_after, err);
}

static int migrate(struct op *op, struct vxe_error *err)
{
	const struct hv_migration how = {
		.to = plan_string(&op->plan, "target-uri"),
		.memory = plan_string(&op->plan, "memory-uri"),
		.compress = plan_bool(&op->plan, "compress"),
	};
	_cleanup_error_ struct vxe_error why = { 0 };
	_cleanup_job_ struct hv_job *job = NULL;
	struct hv *hv;

	if (session_hv(op->s->here, &hv, err) < 0 ||
		hv_check_free(hv, op->plan.domain, NULL, err) < 0)
		return -1;
	if (hv_migrate_start(hv, op->plan.domain, &how, &job, &why) == 0 &&
		op_wait_job(op, job, &why) == 0)
		return 0;
	if (why.code == VXE_HYPERVISOR_FAILED)
		return fail_migrate(op, why.params[1], err);
	error_move(err, &why);
	return -1;
}

/* Removes what the other host has of a guest that has not begun to run there; libvirt usually has done so itself. */
static int clear_there(struct op *op, bool runs_here, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain there = { 0 };
	_cleanup_hv_ struct hv *hv = NULL;
	const char *uuid = op->plan.domain;

	if (open_there(op, &hv, err) < 0 || hv_find(hv, uuid, &there, err) < 0)
		return -1;
	if (!there.uuid)
		return 0;
	if (hv_is_active(there.state) && has_arrived(&there))
		return fail_migrate(
			op, "it is on both hosts: 'virsh destroy' ends one of them", err);
	if (there.persistent && !runs_here)
		return 0;
	if (hv_destroy(hv, uuid, err) < 0)
		return -1;
	return there.persistent ? hv_undefine(hv, uuid, HV_UNDEFINE_KEEP_STATE, err) : 0;
}

/*
 * Undo: the guest stays. Where it runs, it does not need the other host, which may be what has failed. Where it stands still
 * since it began to go, it goes on only after the other host has said that it has not begun to run there; if that one is dead,
 * nobody will say it, and the guest ends.
 */
static int stay(struct op *op, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain here = { 0 };
	_cleanup_error_ struct vxe_error why = { 0 };
	struct hv *hv;
	bool dead;

	if (find_here(op, &hv, &here, err) < 0 || is_target_dead(op, &dead, err) < 0)
		return -1;
	if (dead)
		return here.moving ? hv_destroy(hv, op->plan.domain, err) : 0;
	bool runs = here.state == HV_RUNNING;

	if (clear_there(op, runs, &why) < 0 && !(runs && why.code == HOST_OFFLINE)) {
		error_move(err, &why);
		return -1;
	}
	return here.moving ? DISK(UNPAUSE)->run(op, err) : 0;
}

/* libvirt moves all of the definition but the flag by which it starts the domain at boot. */
static int autostart_there(struct op *op, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain there = { 0 };
	_cleanup_hv_ struct hv *hv = NULL;
	bool dead;

	if (!plan_bool(&op->plan, "starts-at-boot"))
		return 0;
	if (is_target_dead(op, &dead, err) < 0)
		return -1;
	if (dead)
		return 0;
	if (open_there(op, &hv, err) < 0 || hv_find(hv, op->plan.domain, &there, err) < 0)
		return -1;
	return there.uuid && there.persistent ? hv_set_autostart(hv, op->plan.domain, true, err)
					      : 0;
}

/* The guest has gone to a host that is dead by now: no host has the VM (objects/pool/host_dead.h). */
static int leave_to_dead(struct op *op)
{
	const char *vm = op->plan.domain;

	plan_set_string(&op->plan, &vm_class, vm, "home", HOME_NONE);
	plan_set_string(&op->plan, &vm_class, vm, "last_home", plan_string(&op->plan, "target"));
	plan_set_string(&op->plan, &vm_class, vm, "seen_state",
		enum_stored(&power_state_table, POWER_HALTED));
	return 0;
}

/* Ends what is left here if a daemon or the network has failed while the guest changed hosts. */
static int end_here(struct op *op, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain here = { 0 }, there = { 0 };
	_cleanup_hv_ struct hv *other = NULL;
	struct hv *hv;
	bool dead;

	if (find_here(op, &hv, &here, err) < 0 || is_target_dead(op, &dead, err) < 0)
		return -1;
	if (!here.uuid)
		return dead ? leave_to_dead(op) : 0;
	if (open_there(op, &other, err) < 0 || hv_find(other, op->plan.domain, &there, err) < 0)
		return -1;
	if (here.state == HV_RUNNING || !has_arrived(&there))
		return fail_migrate(op, "it has come back", err);
	return hv_destroy(hv, op->plan.domain, err) < 0
		? -1
		: hv_undefine(hv, op->plan.domain, HV_UNDEFINE_KEEP_STATE, err);
}

static const struct step migrate_steps[] = {
	{ "mark", DO(mark_definition, NULL), false },
	{ "migrate", DO(migrate, stay), true },
	{ "autostart-there", DO(autostart_there, NULL), false },
	{ "end-here", DO(end_here, NULL), false },
	{ 0 },
};

static int probe_migrated(struct op *op, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain here = { 0 }, there = { 0 };
	_cleanup_hv_ struct hv *other = NULL;
	struct hv *hv;
	bool dead;

	if (find_here(op, &hv, &here, err) < 0)
		return -1;
	if (!here.uuid || here.state == HV_RUNNING)
		return !here.uuid;
	if (is_target_dead(op, &dead, err) < 0)
		return -1;
	if (dead)
		return 0;
	if (op->in_passing) /* the other host may take long to answer */
		return vxe_fail(err, HOST_OFFLINE, plan_string(&op->plan, "target"));
	if (open_there(op, &other, err) < 0 || hv_find(other, op->plan.domain, &there, err) < 0)
		return -1;
	return has_arrived(&there);
}

const struct op_type vm_migrate_op = { "vm-migrate", "pool_migrate", migrate_steps,
	PLAN_MEMBERS(migrate_members), probe_migrated };

/* ---- plan: what the other host must have ------------------------------------------------------- */

struct migrate_wish {
	const char *vm;
	const struct vm_migrate_args *args;
};

/* Fails if a job is at work on the domain or one of its disks: libvirt would refuse, or wait. */
static int check_migrate_jobs(struct hv *hv, const struct vm_loaded *l, struct vxe_error *err)
{
	if (hv_check_free(hv, l->vm->r.uuid, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < l->live->n_disks; i++)
		if (hv_check_free(hv, l->vm->r.uuid, l->live->disks[i].target, err) < 0)
			return -1;
	return 0;
}

static int check_there(
	struct session *s, const struct vm_loaded *l, const struct plan *p, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain there = { 0 };
	_cleanup_free_ char *holder = NULL;
	_cleanup_hv_ struct hv *hv = NULL;

	if (other_host_open(s, plan_string(p, "target"), plan_string(p, "target-uri"), &hv, err) <
			0 ||
		hv_find(hv, l->vm->r.uuid, &there, err) < 0 ||
		hv_find_name(hv, l->domain.name, &holder, err) < 0)
		return -1;
	if (!there.uuid && !holder)
		return vm_check_machine(hv, plan_string(p, "target"), l->vm->r.uuid, l->xml, err);
	_cleanup_free_ char *text = xasprintf(
		"the other host has a domain '%s' (%s) already: see there 'virsh list --all'",
		there.uuid ? there.name : l->domain.name, there.uuid ? there.uuid : holder);

	return vxe_fail(err, OPERATION_NOT_ALLOWED, text);
}

/* ---- plan --------------------------------------------------------------------------------------- */

static int plan_target(struct session *s, const struct vm_loaded *l,
	const struct vm_migrate_args *args, struct plan *p, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_(pool_free_cleanup) struct pool *pool = NULL;
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_free_ char *uri = NULL, *memory = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || host_get(t, args->host, &host, err) < 0 ||
		pool_get(t, s->store_uuid, &pool, err) < 0)
		return -1;
	if (!host->enabled)
		return vxe_fail(err, HOST_DISABLED, args->host);
	if (vm_check_host(s, t, l->vm->r.uuid, args->host, err) < 0 ||
		image_check_devices(l, err) < 0)
		return -1;
	if (other_host_memory_uri(s, t, host, args->network, &memory, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (host_check_evacuation(s, args->host, err) < 0 || other_host_uri(s, host, &uri, err) < 0)
		return -1;
	plan_keep(p, "target", args->host);
	plan_keep(p, "target-uri", uri);
	plan_keep(p, "memory-uri", memory);
	if (args->compress ? *args->compress : pool->migration_compression)
		plan_keep_bool(p, "compress", true);
	return 0;
}

static int load_running(
	struct session *s, const char *uuid, struct vm_loaded **ret, struct vxe_error *err)
{
	if (vm_load(s, uuid, VM_LOAD_ACT, ret, err) < 0 ||
		vm_check_operation(s, (*ret)->vm, "pool_migrate", err) < 0)
		return -1;
	return (*ret)->live ? 0
			    : vxe_fail(err, VXE_TRY_AGAIN, uuid, "the VM has stopped meanwhile");
}

static int plan_migrate(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct migrate_wish *w = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	bool starts_at_boot;
	struct hv *hv;

	locks_add(&p->locks, LOCK_RECORD, w->vm, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (load_running(s, w->vm, &l, err) < 0 || plan_domain_end(s, l->vm, NULL, p, err) < 0 ||
		plan_target(s, l, w->args, p, err) < 0 || session_hv(s->here, &hv, err) < 0 ||
		check_migrate_jobs(hv, l, err) < 0 || check_there(s, l, p, err) < 0 ||
		hv_autostart(hv, w->vm, &starts_at_boot, err) < 0)
		return -1;
	p->object = xstrdup(w->vm);
	if (l->spec->store && !str_eq(l->spec->store, s->store_uuid)) {
		str_replace(&l->spec->store, s->store_uuid);
		if (definition_patch(s, l->xml, l->spec, &p->xml_after, err) < 0)
			return -1;
	}
	plan_keep_bool(p, "starts-at-boot", starts_at_boot);
	plan_set_string(p, &vm_class, w->vm, "home", w->args->host);
	plan_set_string(
		p, &vm_class, w->vm, "seen_state", enum_stored(&power_state_table, POWER_RUNNING));
	return 0;
}

int vm_migrate(struct session *s, const char *uuid, const struct vm_migrate_args *args,
	struct vxe_error *err)
{
	struct migrate_wish w = { uuid, args };
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	if (!str_eq(args->host, s->here->uuid))
		return op_run(s, &vm_migrate_op, plan_migrate, &w, NULL, err);
	return load_running(s, uuid, &l, err);
}

int vm_migrate_check(struct session *s, const char *uuid, const struct vm_migrate_args *args,
	struct vxe_error *err)
{
	struct migrate_wish w = { uuid, args };
	_cleanup_plan_ struct plan p = { .op_type = &vm_migrate_op };

	return plan_migrate(s, &w, &p, err);
}
