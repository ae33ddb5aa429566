/* SPDX-License-Identifier: MIT */
#include "objects/pool/host_forget.h"

#include "objects/classes/common/intent.h"
#include "objects/classes/common/task.h"
#include "objects/classes/host/host.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/engine/op_recover.h"
#include "objects/pool/host_dead.h"
#include "objects/pool/pool_leave.h"

#include <string.h>

struct forgetting {
	struct session *s;
	const char *host;
	struct pool_leave leave;
};

static void forgetting_clear(struct forgetting *f)
{
	pool_leave_clear(&f->leave);
}

/* ---- the plan --------------------------------------------------------------------------------- */

static int refuse_residents(struct txn *t, const char *host, struct vxe_error *err)
{
	_cleanup_records_ struct records vms = { 0 };

	if (records_load(t, &vm_class, "home", host, &vms, err) < 0)
		return -1;
	for (size_t i = 0; i < vms.n; i++)
		if (vm_has_domain(vms.items[i]))
			return vxe_fail(err, HOST_HAS_RESIDENT_VMS, host);
	return 0;
}

/* A guest is on its way there: 'vxe check' on its host ends that first. */
static int refuse_arrivals(struct txn *t, const char *host, struct vxe_error *err)
{
	_cleanup_records_ struct records intents = { 0 };

	if (records_load(t, &intent_class, NULL, NULL, &intents, err) < 0)
		return -1;
	for (size_t i = 0; i < intents.n; i++) {
		const struct intent *intent = intents.items[i];

		if (!str_eq(intent->host, host) && strstr(intent->plan, host))
			return vxe_fail(err, VXE_BUSY, intent->object, intent->operation);
	}
	return 0;
}

static int plan_forget(struct forgetting *f, struct txn *t, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_json_ struct json_object *all = NULL;

	return host_get(t, f->host, &host, err) < 0 || refuse_residents(t, f->host, err) < 0 ||
			refuse_arrivals(t, f->host, err) < 0 || documents_read(t, &all, err) < 0
		? -1
		: pool_leave_plan(f->s, all, f->host, NULL, &f->leave, err);
}

static bool goes(const struct forgetting *f, const char *uuid)
{
	json_object_object_foreach(f->leave.gone, cls, rows)
	{
		(void)cls;
		if (json_object_object_get_ex(rows, uuid, NULL))
			return true;
	}
	return false;
}

/* ---- the transaction ---------------------------------------------------------------------------- */

/* *ret: the operation ends with the host, because what it is about does, or is on storage of the host alone. */
static int ends(const struct forgetting *f, struct txn *t, const struct intent *intent, bool *ret,
	struct vxe_error *err)
{
	bool stays = false;

	*ret = goes(f, intent->object);
	for (size_t i = 0; i < intent->objects.n && !*ret; i++)
		*ret = goes(f, intent->objects.items[i]);
	if (*ret)
		return 0;
	if (op_outlives_host(f->s, t, intent, &stays, err) < 0)
		return -1;
	*ret = !stays;
	return 0;
}

/* The operation goes on elsewhere: until then its task is on no host. */
static int leave_task(struct txn *t, const char *uuid, struct vxe_error *err)
{
	_cleanup_(task_free_cleanup) struct task *task = NULL;

	if (str_is_empty(uuid))
		return 0;
	if (task_find(t, uuid, &task, err) < 0)
		return -1;
	if (!task)
		return 0;
	str_replace(&task->resident_on, "");
	return record_save(t, &task_class, task, err);
}

static int end_operations(const struct forgetting *f, struct txn *t, struct vxe_error *err)
{
	_cleanup_records_ struct records intents = { 0 };

	if (records_load(t, &intent_class, NULL, NULL, &intents, err) < 0)
		return -1;
	for (size_t i = 0; i < intents.n; i++) {
		const struct intent *intent = intents.items[i];
		bool over;

		if (!str_eq(intent->host, f->host))
			continue;
		if (ends(f, t, intent, &over, err) < 0 ||
			(over ? intent_drop(t, intent->r.uuid, intent->task, err)
			      : leave_task(t, intent->task, err)) < 0)
			return -1;
	}
	return 0;
}

static int forget(struct txn *t, void *ctx, struct vxe_error *err)
{
	struct forgetting *f = ctx;

	return plan_forget(f, t, err) < 0 || end_operations(f, t, err) < 0 ||
			documents_delete(t, f->leave.gone, err) < 0
		? -1
		: documents_put(t, f->leave.changed, err);
}

/* ---- the command ------------------------------------------------------------------------------ */

static int show_forget(void *ctx, struct vxe_error *err)
{
	struct forgetting *f = ctx;
	_cleanup_records_ struct records vms = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(f->s->store, TXN_READ, &t, err) < 0 || plan_forget(f, t, err) < 0 ||
		records_load(t, &vm_class, NULL, NULL, &vms, err) < 0)
		return -1;
	for (size_t i = 0; i < vms.n; i++) {
		const struct vm *vm = vms.items[i];

		if (vm_has_domain(vm) && goes(f, vm->r.uuid))
			session_planned(f->s,
				"%s (%s) is forgotten, with its snapshots and disks there",
				vm->r.uuid, vm->name_label);
	}
	json_object_object_foreach(f->leave.gone, cls, rows)
	{
		int n = json_object_object_length(rows);

		if (n)
			session_planned(f->s, "record: %d of class %s", n, cls);
	}
	return 0;
}

int host_forget(struct session *s, const char *host, struct vxe_error *err)
{
	static const struct at_silence what = { "host-forget", show_forget, forget };
	_cleanup_(forgetting_clear) struct forgetting f = { .s = s, .host = host };

	return host_if_silent(s, host, &what, &f, err);
}
