/* SPDX-License-Identifier: MIT */
/*
 * is-a-template, in both directions. When a VM becomes a template, its domain is undefined; its XML
 * is kept in the record, UEFI variables and TPM state stay in place. When a template becomes a VM,
 * a domain is defined under its UUID. The commit point is undefining or defining the domain. For a
 * snapshot, which has no domain, only the record changes.
 */
#include "objects/classes/storage/node_names.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/domain/domain_names.h"
#include "objects/domain/vm_record_copy.h"
#include "objects/domain/vm_definition.h"
#include "objects/domain/vm_load.h"
#include "objects/disks/disks.h"
#include "objects/engine/op.h"
#include "objects/domain/autostart.h"
#include "objects/domain/guard_overlay.h"
#include "objects/guest_state/firmware_state.h"
#include "objects/vm/vm_apply.h"
#include "objects/vm/vm_destroy.h"
#include "objects/vm/vm_template.h"

#include <json-c/json.h>

/* ---- steps ----------------------------------------------------------------------------------- */

int step_change_domain(struct op *op, struct vxe_error *err)
{
	struct hv *hv;

	if (!op->plan.domain)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0)
		return -1;
	return op->plan.commit == COMMIT_UNDEFINE ? DISK(DEFINE_HALTED)->run(op, err)
						  : hv_define(hv, op->plan.xml_after, err);
}

int step_change_domain_back(struct op *op, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (!op->plan.domain)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0)
		return -1;
	if (op->plan.commit == COMMIT_DEFINE)
		return hv_undefine(hv, op->plan.domain, HV_UNDEFINE_KEEP_STATE, err);
	if (hv_find(hv, op->plan.domain, &d, err) < 0 ||
		(!(d.uuid && d.persistent) && hv_define(hv, op->plan.xml_before, err) < 0))
		return -1;
	return step_autostart_before(op, err);
}

static const struct step template_steps[] = {
	{ "make-guards", DISK(MAKE_OVERLAYS), false },
	{ "freeze", DISK(FREEZE), false },
	{ "capture-files", DO(step_capture_files, step_drop_captured), false },
	{ "change", DO(step_change_domain, step_change_domain_back), true },
	{ "autostart", DO(step_autostart, NULL), false },
	{ 0 },
};

int probe_domain_change(struct op *op, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (!op->plan.domain)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0 || hv_find(hv, op->plan.domain, &d, err) < 0)
		return -1;
	return op->plan.commit == COMMIT_DEFINE ? d.uuid != NULL : !d.uuid;
}

const struct op_type vm_template_op = { "vm-template", "make_into_template", template_steps,
	PLAN_MEMBERS(autostart_members, capture_members), probe_domain_change };

/* ---- VM to template -------------------------------------------------------------------------- */

static int check_groups(const struct vm *vm, struct vxe_error *err)
{
	if (vm->appliance)
		return vxe_fail(err, VM_IS_PART_OF_AN_APPLIANCE, vm->r.uuid, vm->appliance);
	if (vm->snapshot_schedule)
		return vxe_fail(
			err, VM_ASSIGNED_TO_SNAPSHOT_SCHEDULE, vm->r.uuid, vm->snapshot_schedule);
	return 0;
}

static int plan_to_template(
	struct session *s, const struct vm_loaded *l, struct plan *p, struct vxe_error *err)
{
	const char *uuid = l->vm->r.uuid;

	if (vm_check_operation(s, l->vm, "make_into_template", err) < 0 ||
		check_groups(l->vm, err) < 0 || vm_check_chains(l, err) < 0 ||
		plan_domain_end(s, l->vm, NULL, p, err) < 0)
		return -1;
	autostart_plan_back(l, p);
	p->xml_before = xstrdup_null(l->xml);
	plan_set_string(p, &vm_class, uuid, "domain_xml", l->xml ? l->xml : "");
	return 0;
}

/* ---- template to VM -------------------------------------------------------------------------- */

int domain_name_again(struct session *s, const struct vm *vm, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *holder = NULL;
	struct hv *hv;

	if (str_is_empty(vm->libvirt_name))
		return name_choose(s, vm->name_label, vm->r.uuid, ret, err);
	if (session_hv(s->here, &hv, err) < 0 ||
		hv_find_name(hv, vm->libvirt_name, &holder, err) < 0)
		return -1;
	if (holder && !str_eq(holder, vm->r.uuid)) {
		_cleanup_free_ char *text = xasprintf(
			"another domain (%s) is called '%s' by now: rename it with 'virsh "
			"domrename'",
			holder, vm->libvirt_name);

		return vxe_fail(err, OPERATION_NOT_ALLOWED, text);
	}
	*ret = xstrdup(vm->libvirt_name);
	return 0;
}

/* Gives a target device (such as vda) to a disk that was added to the template, and that no XML has yet. */
static void give_target(struct vbd *vbd, struct plan *p)
{
	if (!str_is_empty(vbd->target))
		return;
	free(vbd->target);
	vbd->target = definition_target((enum vbd_type)vbd->type, vbd->userdevice);
	plan_set_string(p, &vbd_class, vbd->r.uuid, "target", vbd->target);
	if (str_is_empty(vbd->device))
		plan_set_string(p, &vbd_class, vbd->r.uuid, "device", vbd->target);
}

/*
 * Plans a disk of an imported template with memory, which becomes a Suspended VM: as after vm-suspend, its definition
 * names an empty overlay (guard), whose path is *path.
 */
static int plan_guard(struct session *s, struct txn *t, const struct vm_loaded *l,
	const struct vm_disk *d, struct plan *p, const char **path, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *fresh = NULL;

	if (l->vm->power_state != POWER_SUSPENDED || !vm_disk_is_captured(d))
		return 0;
	if (vm_disk_check_captured(d, err) < 0)
		return -1;
	if (d->node->state != NODE_FROZEN) {
		if (guard_plan(s, t, d, p, err) < 0)
			return -1;
	} else {
		struct plan_disk *disk = plan_add_disk(p);

		disk->target = xstrdup_null(d->vbd->target);
		disk->vbd = xstrdup(d->vbd->r.uuid);
		if (guard_plan_on(s, t, d->vdi, d->node, p, disk, &fresh, err) < 0)
			return -1;
		plan_set_string(p, &vbd_class, d->vbd->r.uuid, "guard", fresh->r.uuid);
	}
	*path = p->disks[p->n_disks - 1].new_path;
	return 0;
}

static int plan_template_definition(struct session *s, const struct vm_loaded *l,
	const struct vm *vm, const char *name, struct plan *p, struct vxe_error *err)
{
	_cleanup_definition_ struct definition d = {
		.vm = vm, .name = name, .base = l->vm->domain_xml
	};
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	for (size_t i = 0; i < l->n_disks; i++) {
		const struct vm_disk *disk = &l->disks[i];
		const char *guard = NULL;

		give_target(disk->vbd, p);
		if (plan_guard(s, t, l, disk, p, &guard, err) < 0)
			return -1;
		definition_add_disk(&d, disk->vbd, disk->vdi, guard ? guard : disk->path,
			guard		     ? "qcow2"
				: disk->node ? disk->node->format
					     : NULL);
	}
	for (size_t i = 0; i < l->n_vifs; i++)
		definition_add_vif(&d, l->vifs[i], NULL, NULL, NULL);
	return definition_xml(s, t, &d, &p->xml_after, err);
}

static int plan_to_vm(struct session *s, const struct vm_loaded *l, const struct vm *vm,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_free_ char *name = NULL;
	bool later;

	p->commit = COMMIT_STORE;
	plan_set_now(p, &vm_class, vm->r.uuid, "install-time");
	if (l->vm->is_a_snapshot)
		return 0;
	if (domain_name_again(s, l->vm, &name, err) < 0 ||
		plan_template_definition(s, l, vm, name, p, err) < 0)
		return -1;
	p->domain = xstrdup(vm->r.uuid);
	p->commit = COMMIT_DEFINE;
	autostart_plan_new(vm, p, &later);
	plan_set(p, &vm_class, vm->r.uuid, "autostart", json_object_new_boolean(later));
	plan_set_string(p, &vm_class, vm->r.uuid, "libvirt_name", name);
	plan_set_string(p, &vm_class, vm->r.uuid, "home", s->here->uuid);
	plan_set_string(p, &vm_class, vm->r.uuid, "domain_xml", "");
	/*
	 * A template made from a snapshot gets copies of its UEFI variables and TPM state at the paths of its new
	 * domain.
	 */
	_cleanup_(vm_free_cleanup) struct vm *to_be = record_copy(&vm_class, l->vm);
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_strv_ struct strv nodes = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	capture_nodes(l->vm, &nodes);
	if (!nodes.n)
		return 0;
	if (spec_read(p->xml_after, &spec, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		capture_plan_new(s, t, l->vm, NULL, to_be, spec, p, err) < 0)
		return -1;
	for (size_t i = 0; vm_node_columns[i]; i++)
		plan_set(p, &vm_class, l->vm->r.uuid, vm_node_columns[i], NULL);
	return 0;
}

/* ---- both directions ------------------------------------------------------------------------- */

struct wish {
	const struct vm *before, *after;
};

static int plan_change(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct wish *w = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->before->r.uuid, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vm_load(s, w->before->r.uuid, VM_LOAD_ACT, &l, err) < 0 ||
		vm_merge_changes(w->before, w->after, l->vm, p, &vm, err) < 0)
		return -1;
	p->object = xstrdup(vm->r.uuid);
	capture_nodes(w->before, &p->freed);
	return vm->is_a_template ? plan_to_template(s, l, p, err) : plan_to_vm(s, l, vm, p, err);
}

int vm_change_kind(
	struct session *s, const struct vm *before, const struct vm *after, struct vxe_error *err)
{
	struct wish w = { before, after };

	return op_run_freeing(s, &vm_template_op, plan_change, &w, NULL, err);
}
