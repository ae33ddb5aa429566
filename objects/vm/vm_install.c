/* SPDX-License-Identifier: MIT */
/*
 * vm-install: a VM from a template, with the disks that the template describes; and vm-create, a
 * bare VM. The clone (or copy) of the template and its new disks are one operation: complete or
 * nothing.
 */
#include <inttypes.h>

#include "objects/base/clock.h"
#include "objects/base/uuid.h"
#include "objects/classes/storage/sr_place.h"
#include "objects/domain/foreign_snapshots/foreign_snapshot.h"
#include "objects/domain/vm_definition.h"
#include "objects/disks/disks.h"
#include "objects/engine/op.h"
#include "objects/domain/autostart.h"
#include "objects/guest_state/firmware_state.h"
#include "objects/vm/vm_clone.h"
#include "objects/vm/new_vm.h"
#include "objects/vm/vm_ops.h"

#define MIB (INT64_C(1) << 20)

static const struct step install_steps[] = {
	{ "make-disks", DISK(MAKE_OVERLAYS), false },
	{ "copy-disks", DISK(COPY), false },
	{ "capture-files", DO(step_capture_files, step_drop_captured), false },
	{ "forget-kept", DO(step_forget_kept, step_put_back_kept), false },
	{ "define", DO(step_make_domain, step_unmake_domain), true },
	{ "autostart", DO(step_autostart, NULL), false },
	{ 0 },
};
static const struct step vm_create_steps[] = {
	{ "define", DO(step_make_domain, step_unmake_domain), true },
	{ 0 },
};

const struct op_type vm_install_op = { "vm-install", "provision", install_steps,
	PLAN_MEMBERS(autostart_members, capture_members, kept_members), probe_made_domain };
const struct op_type vm_create_op = { "vm-create", NULL, vm_create_steps, NULL, probe_made_domain };

/* ---- the disks that a template asks for ------------------------------------------------------ */

static int vdi_type(const char *word)
{
	static const char *const words[] = {
		[VDI_USER] = "user", [VDI_SYSTEM] = "system", [VDI_EPHEMERAL] = "ephemeral"
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(words[i], word))
			return (int)i;
	return VDI_SYSTEM;
}

static struct vdi *new_provisioned_vdi(const struct provision_disk *row, const struct node *node)
{
	struct vdi *vdi = record_new(&vdi_class);

	vdi->r.uuid = uuid_new();
	str_replace(&vdi->name_label, row->device);
	str_replace(&vdi->name_description, "Created by template provisioner");
	str_replace(&vdi->sr, node->sr);
	str_replace(&vdi->location, vdi->r.uuid);
	str_replace(&vdi->node, node->r.uuid);
	vdi->virtual_size = node->virtual_size;
	vdi->type = vdi_type(row->type);
	vdi->managed = true;
	return vdi;
}

static struct vbd *new_vbd(const struct provision_disk *row, const char *vm, const char *vdi)
{
	struct vbd *vbd = record_new(&vbd_class);

	vbd->r.uuid = uuid_new();
	str_replace(&vbd->vm, vm);
	str_replace(&vbd->vdi, vdi);
	str_replace(&vbd->userdevice, row->device);
	free(vbd->target);
	vbd->target = definition_target(VBD_DISK, row->device);
	str_replace(&vbd->device, vbd->target);
	vbd->mode = VBD_RW;
	vbd->type = VBD_DISK;
	vbd->bootable = row->bootable;
	vbd->unpluggable = !str_eq(row->type, "system");
	map_set(&vbd->other_config, "owner", "");
	return vbd;
}

static int add_provisioned_disk(struct making *m, const struct sr *sr,
	const struct provision_disk *row, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *node = image_node(sr, row->size);
	struct plan_disk *disk;

	int n = vbd_position(row->device);

	if (n < 0)
		return vxe_fail(err, INVALID_DEVICE, row->device);
	for (size_t i = 0; i < m->vbds.n; i++)
		if (vbd_position(((const struct vbd *)m->vbds.items[i])->userdevice) == n)
			return vxe_fail(err, DEVICE_ALREADY_EXISTS, row->device);
	struct vdi *vdi = new_provisioned_vdi(row, node);
	struct vbd *vbd = new_vbd(row, m->vm->r.uuid, vdi->r.uuid);

	disk = plan_add_disk(m->p);
	disk->vdi = xstrdup(vdi->r.uuid);
	disk->target = xstrdup(vbd->target);
	disk->new_node = xstrdup(node->r.uuid);
	disk->new_path = sr_image_place(sr, node->path);
	disk->virtual_size = node->virtual_size;
	disk->make = true;
	plan_add(m->p, &node_class, node);
	plan_add(m->p, &vdi_class, vdi);
	making_add_disk(m, vbd, vdi, disk->new_path);
	return 0;
}

/* Adds the template's disks, all to one SR whatever SRs the template names, as xe does. */
static int add_disks(struct making *m, const char *sr_uuid, const struct provision *wanted,
	struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if ((sr_uuid ? sr_get(m->t, sr_uuid, &sr, err) : sr_default(m->s, m->t, &sr, err)) < 0)
		return -1;
	if (!sr)
		return vxe_fail_text(err,
			"Failed to find a valid default SR for the Pool. Please provide an "
			"sr-name-label or sr-uuid parameter.");
	if (sr_check_takes_files(m->s, sr, err) < 0)
		return -1;
	for (size_t i = 0; i < wanted->n; i++)
		if (add_provisioned_disk(m, sr, &wanted->items[i], err) < 0)
			return -1;
	return 0;
}

static int provision(struct making *m, const char *sr, struct vxe_error *err)
{
	_cleanup_provision_ struct provision wanted = { 0 };
	const char *document = map_get(&m->vm->other_config, "disks");

	if ((!str_is_empty(document) && provision_read(document, &wanted, err) < 0) ||
		(wanted.n && add_disks(m, sr, &wanted, err) < 0))
		return -1;
	map_remove(&m->vm->other_config, "disks");
	map_remove(&m->vm->other_config, "postinstall");
	return 0;
}

/* ---- vm-install ------------------------------------------------------------------------------ */

static int shape(struct making *m, const struct clone_wish *w, struct vxe_error *err)
{
	struct vm *vm = m->vm;

	if (!vm->is_a_template)
		return vxe_fail_text(err, "%s is not a template", w->source);
	vm->is_a_template = false;
	vm->install_time = clock_wall();
	vm->has_vendor_device = false; /* false whatever the template says, as in xe */
	str_replace(&vm->suspend_sr, w->sr ? w->sr : m->source->suspend_sr);
	return provision(m, w->sr, err);
}

static int check_source(struct session *s, const char *uuid, const char *sr, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (session_prepare(s, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		vm_get(t, uuid, &vm, err) < 0)
		return -1;
	if (vm->is_a_snapshot && sr)
		return vxe_fail_text(err,
			"Do not use the sr-name-label or sr-uuid argument when installing from a "
			"snapshot. By default, it will install each new disk on the same SR as the "
			"corresponding snapshot disks.");
	return sr_check_takes_disks(s, sr, err);
}

int vm_install(struct session *s, const char *template, const struct vm_clone_args *args,
	char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = uuid_new();
	struct clone_wish w = { .source = template,
		.name_label = args->name_label,
		.name_description = "Installed via xe CLI",
		.operation = args->sr ? "copy" : "clone",
		.full = args->sr != NULL,
		.sr = args->sr,
		.uuid = uuid,
		.shape = shape };

	if (check_source(s, template, args->sr, err) < 0 ||
		clone_run(s, &vm_install_op, &w, err) < 0)
		return -1;
	*ret = TAKE(uuid);
	return 0;
}

/* ---- vm-create ------------------------------------------------------------------------------- */

struct create_wish {
	const char *uuid, *name_label, *name_description;
};

static struct vm *bare_vm(const struct create_wish *w)
{
	struct vm *vm = record_new(&vm_class);

	vm->r.uuid = xstrdup(w->uuid);
	str_replace(&vm->name_label, w->name_label);
	str_replace(&vm->name_description, w->name_description ? w->name_description : "");
	vm->memory_static_max = vm->memory_dynamic_max = 256 * MIB;
	vm->memory_dynamic_min = vm->memory_static_min = 128 * MIB;
	vm->actions_after_shutdown = EXIT_DESTROY;
	vm->actions_after_reboot = EXIT_RESTART;
	vm->actions_after_crash = CRASH_DESTROY;
	vm->domain_type = DOMAIN_HVM;
	vm->has_vendor_device = false;
	str_replace(&vm->hvm_boot_policy, "BIOS order");
	map_set(&vm->hvm_boot_params, "order", "cd");
	vm_fresh_identity(vm);
	return vm;
}

static int plan_vm_create(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct create_wish *w = ctx;
	_cleanup_(making_clear) struct making m = { .s = s, .p = p };

	locks_add(&p->locks, LOCK_RECORD, w->uuid, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (txn_begin(s->store, TXN_READ, &m.t, err) < 0)
		return -1;
	m.vm = bare_vm(w);
	return making_plan(&m, err);
}

int vm_create(
	struct session *s, const struct vm_clone_args *args, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = uuid_new();
	struct create_wish w = { uuid, args->name_label, args->name_description };

	if (op_run(s, &vm_create_op, plan_vm_create, &w, NULL, err) < 0)
		return -1;
	*ret = TAKE(uuid);
	return 0;
}
