/* SPDX-License-Identifier: MIT */
#include "objects/pool/host_dead.h"

#include "objects/base/clock.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/host/host.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/engine/op_recover.h"
#include "objects/vm/vm_home.h"

/* A host tells each 20 seconds that it is up. */
#define SILENT_MS 25000
#define POLL_MS 250

/* ---- is it silent? --------------------------------------------------------------------------- */

/*
 * Waits until nothing was heard of the host for SILENT_MS, by this host's clock that never goes back. How long ago the server says
 * it heard the host does not count: its clock may have been put right since.
 */
static int wait_for_silence(struct session *s, const char *host, struct vxe_error *err)
{
	int64_t start = clock_ms(), waited = 0, ms;

	for (; waited < SILENT_MS; waited = clock_ms() - start) {
		if (store_last_beat(s->store, host, &ms, err) < 0)
			return -1;
		if (ms >= 0 && ms + POLL_MS < waited)
			return vxe_fail(err, HOST_IS_LIVE, host);
		session_awaits(s, "a sign of life of the host", waited, SILENT_MS);
		if (session_cancelled(s))
			return vxe_fail(err, TASK_CANCELLED, "");
		clock_sleep_ms(POLL_MS);
	}
	return 0;
}

/* ---- the transaction --------------------------------------------------------------------------- */

struct death {
	struct session *s;
	const char *host;
	size_t vms;
};

/* A running guest counts as halted; a suspended one stays that, because its memory is in an image. */
static int leave_vm(struct txn *t, struct vm *vm, struct vxe_error *err)
{
	str_replace(&vm->last_home, vm->home);
	str_replace(&vm->home, HOME_NONE);
	if (vm->seen_state != POWER_SUSPENDED)
		vm->seen_state = vm->power_state;
	return record_save(t, &vm_class, vm, err);
}

static int leave_vms(struct txn *t, struct death *d, struct vxe_error *err)
{
	_cleanup_records_ struct records vms = { 0 };

	d->vms = 0;
	if (records_load(t, &vm_class, NULL, NULL, &vms, err) < 0)
		return -1;
	for (size_t i = 0; i < vms.n; i++) {
		struct vm *vm = vms.items[i];

		if (!vm_has_domain(vm) || !str_eq(vm->home, d->host))
			continue;
		if (leave_vm(t, vm, err) < 0)
			return -1;
		d->vms++;
	}
	return 0;
}

/* A VM that the host was about to take has no home still: the intent has nothing to say to others. */
static int drop_takes(struct txn *t, const struct death *d, struct vxe_error *err)
{
	_cleanup_records_ struct records intents = { 0 };

	if (records_load(t, &intent_class, NULL, NULL, &intents, err) < 0)
		return -1;
	for (size_t i = 0; i < intents.n; i++) {
		const struct intent *intent = intents.items[i];

		if (!str_eq(intent->host, d->host) || !str_eq(intent->operation, vm_take_op.name))
			continue;
		if (intent_drop(t, intent->r.uuid, intent->task, err) < 0)
			return -1;
	}
	return 0;
}

static int put_death(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct death *d = ctx;
	_cleanup_(host_free_cleanup) struct host *host = NULL;

	if (host_get(t, d->host, &host, err) < 0)
		return -1;
	host->dead = host->dead ? host->dead : clock_wall();
	return record_save(t, &host_class, host, err) < 0 || leave_vms(t, d, err) < 0
		? -1
		: drop_takes(t, d, err);
}

static int show_death(void *ctx, struct vxe_error *err)
{
	const struct death *d = ctx;
	struct session *s = d->s;
	_cleanup_records_ struct records vms = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vm_class, "home", d->host, &vms, err) < 0)
		return -1;
	for (size_t i = 0; i < vms.n; i++) {
		const struct vm *vm = vms.items[i];

		if (vm_has_domain(vm))
			session_planned(s, "%s (%s) has no host, and counts as %s", vm->r.uuid,
				vm->name_label,
				vm->seen_state == POWER_SUSPENDED ? "suspended" : "halted");
	}
	return 0;
}

static int await_silence(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (session_prepare(s, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		host_get(t, uuid, &host, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	return session_is_here(s, uuid) ? vxe_fail(err, HOST_IS_LIVE, uuid)
					: wait_for_silence(s, uuid, err);
}

int host_if_silent(struct session *s, const char *uuid, const struct at_silence *what, void *ctx,
	struct vxe_error *err)
{
	struct failpoints *fp = &s->config.failpoints;

	if (await_silence(s, uuid, err) < 0)
		return -1;
	if (s->wishes->dry_run)
		return what->show(ctx, err) < 0 ? -1 : vxe_fail(err, VXE_PLANNED, what->command);
	if (failpoint(fp, what->command, "records", false, err) < 0 ||
		store_update(s->store, what->write, ctx, err) < 0)
		return -1;
	s->reports.acted = true;
	if (failpoint(fp, what->command, "records", true, err) < 0)
		return -1;
	op_recover_abandoned(s);
	return 0;
}

int host_declare_dead(struct session *s, const char *uuid, struct vxe_error *err)
{
	static const struct at_silence what = { "host-declare-dead", show_death, put_death };
	struct death d = { .s = s, .host = uuid };

	return host_if_silent(s, uuid, &what, &d, err);
}

/* ---- it comes back ------------------------------------------------------------------------------- */

static int put_back(struct txn *t, void *ctx, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;

	if (host_get(t, ctx, &host, err) < 0)
		return -1;
	host->dead = 0;
	return record_save(t, &host_class, host, err);
}

int host_is_back(struct session *s, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		host_find(t, s->here->uuid, &host, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	return host && host->dead ? store_update(s->store, put_back, s->here->uuid, err) : 0;
}
