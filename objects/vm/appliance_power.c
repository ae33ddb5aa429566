/* SPDX-License-Identifier: MIT */
/*
 * appliance-start and appliance-shutdown: run the VMs' own operations in the VMs' order. Behaviour
 * source: xen-api ocaml/xapi/xapi_vm_appliance.ml.
 */
#include "objects/vm/appliance_power.h"

#include "backends/child/child.h"
#include "objects/base/clock.h"
#include "objects/classes/vm/appliance.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/vm/vm_lifecycle.h"

#include <stdlib.h>

#define STEP_MS 100

struct work {
	const char *name; /* name of the operation in xe, for the error */
	enum power_state wanted;
	bool down;
	int (*act)(struct session *s, const char *vm, bool how, struct vxe_error *err);
	bool how; /* start paused, or stop by force */
	const char *program;
	struct strv failed; /* UUIDs of VMs that failed */
};

static int64_t delay_of(const struct work *w, const struct vm *vm)
{
	return w->down ? vm->shutdown_delay : vm->start_delay;
}

static int up_first(const void *a, const void *b)
{
	const struct vm *l = *(const struct vm *const *)a, *r = *(const struct vm *const *)b;

	return (l->order > r->order) - (l->order < r->order);
}

static int down_first(const void *a, const void *b)
{
	return up_first(b, a);
}

static int load_appliance_vms(struct session *s, const char *uuid, const struct work *w,
	struct records *ret, struct vxe_error *err)
{
	_cleanup_(appliance_free_cleanup) struct appliance *a = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (session_prepare(s, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		appliance_get(t, uuid, &a, err) < 0 ||
		records_load(t, &vm_class, "appliance", uuid, ret, err) < 0)
		return -1;
	if (ret->n)
		qsort(ret->items, ret->n, sizeof(*ret->items), w->down ? down_first : up_first);
	return 0;
}

/* True if the VM is in the wanted state; false also if its state is unknown. */
static bool is_there(struct session *s, const struct work *w, const struct vm *vm)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	enum power_state state;

	return vm_power_state(s, vm, &state, &err) == 0 && state == w->wanted;
}

static int act_here(
	struct session *s, const struct work *w, const struct vm *vm, struct vxe_error *err)
{
	return w->act(s, vm->r.uuid, w->how, err);
}

/* What is known here of the VM's state may be old, so the command there looks itself. */
static int act_at_home(
	struct session *s, const struct work *w, const struct vm *vm, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = xasprintf("uuid=%s", vm->r.uuid);
	const char *how = !w->how ? NULL : w->down ? "force=true" : "paused=true";
	const char *const argv[] = { w->program, w->down ? "vm-shutdown" : "vm-start", uuid,
		"if-needed=true", how, NULL };

	if (!s->wishes->dry_run)
		return child_run(argv, vm->r.uuid, NULL, err);
	session_planned(s, "VM %s (%s): is %s at its home, another host", vm->r.uuid,
		vm->name_label, w->down ? "shut down" : "started");
	return vxe_fail(err, VXE_PLANNED, w->name);
}

static void act_on(struct session *s, struct work *w, const struct vm *vm)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	bool here = vm_is_here(s, vm);

	if (here && is_there(s, w, vm)) {
		if (s->wishes->dry_run)
			session_planned(s, "VM %s (%s): is %s already", vm->r.uuid, vm->name_label,
				w->down ? "off" : "on");
		return;
	}
	if ((here ? act_here(s, w, vm, &err) : act_at_home(s, w, vm, &err)) == 0 ||
		err.code == VXE_PLANNED)
		return;
	session_notice(s, "%s (%s): %s", vm->r.uuid, vm->name_label,
		err.code == VXE_IMAGE_FAILED ? err.params[1] : code_info(err.code)->text);
	strv_add(&w->failed, vm->r.uuid);
}

static int run_appliance(struct session *s, const char *uuid, struct work *w, struct vxe_error *err)
{
	_cleanup_records_ struct records vms = { 0 };
	int64_t delay = 0;

	if (load_appliance_vms(s, uuid, w, &vms, err) < 0)
		return -1;
	for (size_t i = 0; i < vms.n; i++) {
		const struct vm *vm = vms.items[i];

		if (session_cancelled(s))
			return vxe_fail(err, TASK_CANCELLED, w->name);
		act_on(s, w, vm);
		if (s->wishes->dry_run)
			continue;
		delay = delay_of(w, vm) > delay ? delay_of(w, vm) : delay;
		if (i + 1 == vms.n || ((const struct vm *)vms.items[i + 1])->order == vm->order)
			continue;
		int64_t end = clock_ms() + delay * 1000;

		while (clock_ms() < end &&
			!session_cancelled(s)) /* waits in short steps, so that ^C ends it */
			clock_sleep_ms(STEP_MS);
		delay = 0;
	}
	if (w->failed.n) {
		/*
		 * Fails with the UUIDs of the VMs that could not be started or shut down, as many as an error can hold.
		 */
		const char *params[VXE_MAX_PARAMS + 1] = { w->name };
		size_t n = 1;

		for (; n < VXE_MAX_PARAMS && n <= w->failed.n; n++)
			params[n] = w->failed.items[n - 1];
		vxe_fill(err, OPERATION_PARTIALLY_FAILED, params, n);
		return -1;
	}
	return s->wishes->dry_run ? vxe_fail(err, VXE_PLANNED, w->name) : 0;
}

static int start_one(struct session *s, const char *vm, bool paused, struct vxe_error *err)
{
	return vm_start(s, vm, paused ? VM_START_PAUSED : 0, err);
}

int appliance_start(struct session *s, const char *program, const char *uuid, bool paused,
	struct vxe_error *err)
{
	struct work w = { .name = "VM_appliance.start",
		.wanted = paused ? POWER_PAUSED : POWER_RUNNING,
		.act = start_one,
		.how = paused,
		.program = program };
	int rc = run_appliance(s, uuid, &w, err);

	strv_clear(&w.failed);
	return rc;
}

int appliance_shutdown(
	struct session *s, const char *program, const char *uuid, bool force, struct vxe_error *err)
{
	struct work w = { .name = force ? "VM_appliance.hard_shutdown"
					: "VM_appliance.clean_shutdown",
		.wanted = POWER_HALTED,
		.down = true,
		.act = vm_shutdown,
		.how = force,
		.program = program };
	int rc = run_appliance(s, uuid, &w, err);

	strv_clear(&w.failed);
	return rc;
}
