/* SPDX-License-Identifier: MIT */
/*
 * Settings of a VM that are also in its domain: the definition is patched and defined, then the
 * record changes. A running guest keeps its values until the next start; but its memory changes at
 * once, and so does its number of VCPUs on request.
 */
#include "objects/vm/vm_apply.h"

#include "objects/base/uuid.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/classes/vm/vm_platform.h"
#include "objects/disks/disks.h"
#include "objects/model/json.h"
#include "objects/domain/vm_load.h"
#include "objects/domain/vm_spec.h"
#include "objects/domain/autostart.h"
#include "objects/model/enums.h"
#include "objects/session/disk_chain.h"
#include "objects/session/session.h"

struct apply {
	const struct vm *before, *after;
	bool live_vcpus; /* change the VCPUs of the running guest, too */
	/* result: on_crash was set, but the domain has no <panic> device that would tell of a crash */
	bool unnoticed;
};

#define MEMORY "live-memory"
#define MEMORY_BEFORE "live-memory-before"
#define VCPUS "live-vcpus"
#define VCPUS_BEFORE "live-vcpus-before"

/* ---- merging changes ------------------------------------------------------------------------- */

static bool same_member(struct json_object *a, struct json_object *b, const char *key)
{
	struct json_object *x = NULL, *y = NULL;

	json_object_object_get_ex(a, key, &x);
	json_object_object_get_ex(b, key, &y);
	return json_object_equal(x, y);
}

/*
 * Merges only the fields that the caller changed, so that concurrent changes of other fields stay;
 * VXE_TRY_AGAIN if both changed the same field. @doc is the present record, and becomes the new
 * one.
 */
static int merge_into(
	const struct apply *a, struct json_object *doc, struct plan *p, struct vxe_error *err)
{
	_cleanup_json_ struct json_object *before = record_encode(&vm_class, a->before);
	_cleanup_json_ struct json_object *after = record_encode(&vm_class, a->after);
	struct json_object_iterator i = json_object_iter_begin(after);
	struct json_object_iterator end = json_object_iter_end(after);

	for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		const char *key = json_object_iter_peek_name(&i);
		struct json_object *value = json_object_iter_peek_value(&i);

		if (same_member(before, after, key))
			continue;
		if (!same_member(before, doc, key)) {
			_cleanup_free_ char *why =
				xasprintf("another command has changed %s, too", key);

			return vxe_fail(err, VXE_TRY_AGAIN, a->before->r.uuid, why);
		}
		json_object_object_add(doc, key, json_object_get(value));
		plan_set(p, &vm_class, a->before->r.uuid, key, json_object_get(value));
	}
	return 0;
}

int vm_merge_changes(const struct vm *before, const struct vm *after, const struct vm *now,
	struct plan *p, struct vm **ret, struct vxe_error *err)
{
	const struct apply a = { .before = before, .after = after };
	_cleanup_(vm_free_cleanup) struct vm *vm = record_new(&vm_class);
	_cleanup_json_ struct json_object *doc = record_encode(&vm_class, now);

	if (merge_into(&a, doc, p, err) < 0 || record_decode(&vm_class, doc, vm, err) < 0)
		return -1;
	str_replace(&vm->r.uuid, now->r.uuid);
	*ret = TAKE(vm);
	return 0;
}

/* Plans libvirt's flag autostart. For a Suspended VM it stays off, and only the record gets the wanted value. */
static int plan_autostart(
	struct session *s, const struct vm *vm, bool now, struct plan *p, struct vxe_error *err)
{
	bool wish = vm_autostarts(vm);

	if (vm->power_state != POWER_SUSPENDED)
		return wish == now ? 0 : autostart_plan(s, p, wish, err);
	if (wish != vm->autostart)
		plan_set(p, &vm_class, vm->r.uuid, "autostart", json_object_new_boolean(wish));
	return 0;
}

/* Refuses to change memory limits or the largest number of VCPUs of a VM in a power state in which xe refuses that. */
static int check_limits_state(
	struct session *s, const struct vm_loaded *l, const struct vm *vm, struct vxe_error *err)
{
	const struct vm *was = l->vm;
	enum power_state state = vm_power(l);

	if ((was->memory_static_max != vm->memory_static_max ||
		    was->memory_static_min != vm->memory_static_min) &&
		vm_check_operation(s, was, "changing_static_range", err) < 0)
		return -1;
	if ((was->memory_dynamic_max != vm->memory_dynamic_max ||
		    was->memory_dynamic_min != vm->memory_dynamic_min) &&
		vm_check_operation(s, was, "changing_dynamic_range", err) < 0)
		return -1;
	if (was->vcpus_max == vm->vcpus_max || state == POWER_HALTED)
		return 0;
	return vxe_fail(err, VM_BAD_POWER_STATE, vm->r.uuid, "halted",
		enum_print(&power_state_table, state));
}

static void plan_live(
	const struct apply *a, const struct vm_loaded *l, const struct vm *vm, struct plan *p)
{
	if (!l->live || l->domain.state != HV_RUNNING)
		return;
	if (l->vm->memory_dynamic_max != vm->memory_dynamic_max) {
		plan_keep_int(p, MEMORY, vm->memory_dynamic_max);
		plan_keep_int(p, MEMORY_BEFORE, l->live->memory);
	}
	if (a->live_vcpus) {
		plan_keep_int(p, VCPUS, vm->vcpus_at_startup);
		plan_keep_int(p, VCPUS_BEFORE, l->live->vcpus);
	}
}

/* True if nothing but the names changes. The plan has the caller's changes, and no other ones yet. */
static bool are_names(const struct plan *p)
{
	for (size_t i = 0; p->changes && i < json_object_array_length(p->changes); i++) {
		struct json_object *key =
			json_object_object_get(json_object_array_get_idx(p->changes, i), "key");
		const char *name = json_object_get_string(key);

		if (!str_eq(name, "name_label") && !str_eq(name, "name_description"))
			return false;
	}
	return true;
}

/*
 * Names can be changed while the VM is read, as in xe, because an export or copy has read them already: its lock is shared.
 * Two changes of names exclude each other by a lock of their own, or one would define what the other had read.
 */
static void lock_settings(struct plan *p, const char *vm)
{
	_cleanup_free_ char *names = uuid_derive(vm, "names");
	bool shared = are_names(p);

	locks_add(&p->locks, LOCK_RECORD, vm, shared ? LEASE_SHARED : LEASE_EXCLUSIVE);
	if (shared)
		locks_add(&p->locks, LOCK_RECORD, names, LEASE_EXCLUSIVE);
}

static int plan_settings(struct session *s, void *ctx, struct plan *ret, struct vxe_error *err)
{
	struct apply *a = ctx;
	_cleanup_plan_ struct plan p = { .op_type = ret->op_type, .commit = COMMIT_STORE };
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (vm_load(s, a->before->r.uuid, VM_LOAD_ACT, &l, err) < 0 ||
		vm_merge_changes(a->before, a->after, l->vm, &p, &vm, err) < 0)
		return -1;
	p.object = xstrdup(vm->r.uuid);
	lock_settings(&p, vm->r.uuid);
	if (l->spec) {
		if (check_limits_state(s, l, vm, err) < 0)
			return -1;
		plan_live(a, l, vm, &p);
		a->unnoticed =
			l->vm->actions_after_crash != vm->actions_after_crash && !l->spec->panic;
		p.domain = xstrdup(vm->r.uuid);
		bool autostart = l->spec->autostart;
		vm_to_spec(vm, l->spec, s->store_uuid);
		if (plan_autostart(s, vm, autostart, &p, err) < 0)
			return -1;
		p.commit = COMMIT_DEFINE;
		p.running = hv_is_active(l->domain.state);
		p.xml_before = TAKE(l->xml);
		if (definition_patch(s, p.xml_before, l->spec, &p.xml_after, err) < 0)
			return -1;
	}
	*ret = p;
	p = (struct plan){ 0 };
	return 0;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static int set_vcpus(struct op *op, const char *key, struct vxe_error *err)
{
	struct hv *hv;

	if (!plan_has(&op->plan, key))
		return 0;
	return session_hv(op->s->here, &hv, err) < 0
		? -1
		: hv_set_vcpus(hv, op->plan.domain, (int)plan_int(&op->plan, key), err);
}

static int vcpus(struct op *op, struct vxe_error *err)
{
	return set_vcpus(op, VCPUS, err);
}

/*
 * Undo: gives the running guest its old number of VCPUs; only tells the user if the guest has stopped, or does not
 * release a processor.
 */
static int vcpus_before(struct op *op, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error why = { 0 };

	(void)err;
	if (set_vcpus(op, VCPUS_BEFORE, &why) < 0)
		session_notice(op->s, "the running guest keeps its new number of VCPUs");
	return 0;
}

static int set_memory(struct op *op, const char *key)
{
	_cleanup_error_ struct vxe_error why = { 0 };
	struct hv *hv;

	if (!plan_has(&op->plan, key))
		return 0;
	if (session_hv(op->s->here, &hv, &why) < 0 ||
		hv_set_memory(hv, op->plan.domain, plan_int(&op->plan, key), &why) < 0)
		session_notice(op->s,
			"the running guest keeps its memory until it starts again: %s",
			why.n_params ? why.params[why.n_params - 1] : "");
	return 0;
}

/*
 * Changes the memory of the running guest. The guest gives memory back when it can; without a balloon driver the new
 * value counts from its next start.
 */
static int memory(struct op *op, struct vxe_error *err)
{
	(void)err;
	return set_memory(op, MEMORY);
}

static int memory_before(struct op *op, struct vxe_error *err)
{
	(void)err;
	return set_memory(op, MEMORY_BEFORE);
}

static const struct plan_member apply_members[] = {
	{ MEMORY, PLAN_INT, "the running guest's new memory, bytes" },
	{ MEMORY_BEFORE, PLAN_INT, "the running guest's old memory, bytes" },
	{ VCPUS, PLAN_INT, "the running guest's new number of VCPUs" },
	{ VCPUS_BEFORE, PLAN_INT, "the running guest's old number of VCPUs" },
	{ 0 },
};
static const struct step apply_steps[] = {
	{ "vcpus", DO(vcpus, vcpus_before), false },
	{ "memory", DO(memory, memory_before), false },
	/* The autostart flag changes before the commit point, because the probe looks only at the definition. */
	{ "autostart", DO(step_autostart, step_autostart_before), false },
	{ "define", DISK(DEFINE), true },
	{ 0 },
};

static bool same_settings(const struct domain_spec *a, const struct domain_spec *b)
{
	return str_eq(a->title, b->title) && str_eq(a->description, b->description) &&
		str_eq(a->boot, b->boot) && str_eq(a->store, b->store) &&
		str_eq(a->on_poweroff, b->on_poweroff) && str_eq(a->on_reboot, b->on_reboot) &&
		str_eq(a->on_crash, b->on_crash) && a->memory_max == b->memory_max &&
		a->memory == b->memory && a->vcpus_max == b->vcpus_max && a->vcpus == b->vcpus &&
		a->acpi == b->acpi && a->apic == b->apic && a->pae == b->pae &&
		a->hyperv == b->hyperv && a->cores == b->cores &&
		str_eq(a->timeoffset, b->timeoffset) && str_eq(a->firmware, b->firmware);
}

/*
 * Returns 1 if the definition is no longer the old one: then it is the new one, perhaps with values that libvirt has
 * rounded.
 */
static int probe_applied(struct op *op, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *now = NULL, *before = NULL;

	if (!op->plan.xml_after)
		return 0;
	if (session_spec(op->s->here, op->plan.domain, HV_XML_INACTIVE, &now, err) < 0 ||
		spec_read(op->plan.xml_before, &before, err) < 0)
		return -1;
	return !same_settings(now, before);
}

const struct op_type vm_apply_op = { "vm-param-set", NULL, apply_steps,
	PLAN_MEMBERS(autostart_members, apply_members), probe_applied };

int vm_apply_settings(
	struct session *s, const struct vm *before, const struct vm *after, struct vxe_error *err)
{
	struct apply a = { .before = before, .after = after };

	if (before->is_a_template != after->is_a_template)
		return vm_change_kind(s, before, after, err);
	if (op_run(s, &vm_apply_op, plan_settings, &a, NULL, err) < 0)
		return -1;
	if (a.unnoticed && !s->wishes->as_xe)
		session_notice(s,
			"actions-after-crash has no effect here: the definition has no <panic> "
			"device, by which libvirt notices a crash ('virsh edit')");
	return 0;
}

int vm_apply_vcpus(
	struct session *s, const struct vm *before, const struct vm *after, struct vxe_error *err)
{
	struct apply a = { .before = before, .after = after, .live_vcpus = true };

	return op_run(s, &vm_apply_op, plan_settings, &a, NULL, err);
}
