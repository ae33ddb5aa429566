/* SPDX-License-Identifier: MIT */
/*
 * vbd-plug and vbd-unplug (in the running VM; the definition has the disk in any case), vbd-insert, vbd-eject,
 * vm-disk-remove.
 */
#include "objects/devices/vbd_plug.h"

#include "objects/devices/device.h"
#include "objects/domain/adopt.h"
#include "objects/domain/vm_load.h"
#include "objects/domain/vm_networks.h"
#include "objects/disks/disks.h"
#include "objects/storage/vdi_loaded.h"

#include <assert.h>

static const struct step live_steps[] = {
	{ "live", DO(step_live, step_live_before), true },
	{ 0 },
};
/* Steps that change the running domain first, because the guest may refuse, and then the definition. */
static const struct step live_and_define_steps[] = {
	{ "live", DO(step_live, step_live_before), false },
	{ "define", DISK(DEFINE), true },
	{ 0 },
};
const struct op_type vbd_plug_op = { "vbd-plug", "plug", live_steps,
	PLAN_MEMBERS(device_members, network_members), device_live_probe };
const struct op_type vbd_unplug_op = { "vbd-unplug", "unplug", live_steps,
	PLAN_MEMBERS(device_members, network_members), device_live_probe };
const struct op_type vbd_insert_op = { "vbd-insert", "insert", live_and_define_steps,
	PLAN_MEMBERS(device_members, network_members), device_probe };
const struct op_type vbd_eject_op = { "vbd-eject", "eject", live_and_define_steps,
	PLAN_MEMBERS(device_members, network_members), device_probe };
const struct op_type vm_disk_remove_op = { "vm-disk-remove", "destroy", live_and_define_steps,
	PLAN_MEMBERS(device_members, network_members), device_probe };

int vbd_load_for(struct session *s, const char *uuid, struct plan *p, struct vbd **ret,
	struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (adopt_domains(s, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		vbd_get(t, uuid, ret, err) < 0)
		return -1;
	locks_add(&p->locks, LOCK_RECORD, (*ret)->vm, LEASE_EXCLUSIVE);
	if ((*ret)->vdi)
		locks_add(&p->locks, LOCK_RECORD, (*ret)->vdi, LEASE_EXCLUSIVE);
	return 0;
}

/* Loads the VM of a VBD, and the VBD again, which may belong to another VM than when it was read without locks. */
static int load_both(struct session *s, const char *uuid, struct plan *p, struct vbd **vbd,
	struct vm_loaded **l, struct vxe_error *err)
{
	if (vbd_load_for(s, uuid, p, vbd, err) < 0)
		return -1;
	if (p->draft)
		return 0;
	if (vm_load(s, (*vbd)->vm, VM_LOAD_ACT, l, err) < 0 || device_check_vm(*l, err) < 0)
		return -1;
	for (size_t i = 0; i < (*l)->n_disks; i++)
		if (str_eq((*l)->disks[i].vbd->r.uuid, uuid)) {
			vbd_free(*vbd);
			*vbd = record_copy(&vbd_class, (*l)->disks[i].vbd);
			return 0;
		}
	return vxe_fail(err, UUID_INVALID, "VBD", uuid);
}

/* ---- vbd-plug, vbd-unplug -------------------------------------------------------------------- */

/* Refuses a VBD's disk that another running or suspended VM has, unless the VDI is sharable or read-only. */
static int check_sharing(struct session *s, const struct vbd *vbd, struct vxe_error *err)
{
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };

	if (!vbd->vdi)
		return 0;
	if (vdi_load(s, vbd->vdi, LEASE_SHARED, NULL, &u, err) < 0)
		return -1;
	if (u.vdi->sharable || u.vdi->read_only)
		return 0;
	for (size_t i = 0; i < u.running.n; i++)
		if (!str_eq(u.running.items[i], vbd->vm))
			return vxe_fail(err, VDI_IN_USE, vbd->vdi, "attach");
	return vdi_check_saved(s, &u, err);
}

static void plan_unplugged(struct plan *p, const struct vbd *vbd, bool unplugged)
{
	_cleanup_(vbd_free_cleanup) struct vbd *after = record_copy(&vbd_class, vbd);

	after->unplugged = unplugged;
	plan_set_field(p, &vbd_class, after, "unplugged");
}

static int load_running(struct session *s, const char *uuid, struct plan *p, struct vbd **vbd,
	struct vm_loaded **l, struct vxe_error *err)
{
	if (load_both(s, uuid, p, vbd, l, err) < 0)
		return -1;
	return p->draft ? 0 : device_check_running(*l, err);
}

static int plan_live(struct session *s, struct vm_loaded *l, const struct vbd *vbd,
	enum device_live live, struct plan *p, struct vxe_error *err)
{
	plan_device(p, "disk", vbd->target, live);
	plan_device_record(p, "VBD", vbd->r.uuid);
	plan_unplugged(p, vbd, live == LIVE_DETACH);
	return plan_device_domain(s, l, p, err);
}

static int plan_plug(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const char *uuid = ctx;
	_cleanup_(vbd_free_cleanup) struct vbd *vbd = NULL;
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	if (load_running(s, uuid, p, &vbd, &l, err) < 0)
		return -1;
	if (p->draft)
		return 0;
	if (spec_find_disk(l->live, vbd->target))
		return vxe_fail(err, DEVICE_ALREADY_ATTACHED, uuid);
	if (check_sharing(s, vbd, err) < 0)
		return -1;
	return plan_live(s, l, vbd, LIVE_ATTACH, p, err);
}

int vbd_plug(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_free_ char *object = xstrdup(uuid);

	return op_run(s, &vbd_plug_op, plan_plug, object, NULL, err);
}

static int plan_unplug(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const char *uuid = ctx;
	_cleanup_(vbd_free_cleanup) struct vbd *vbd = NULL;
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	if (load_running(s, uuid, p, &vbd, &l, err) < 0)
		return -1;
	if (p->draft)
		return 0;
	if (!spec_find_disk(l->live, vbd->target))
		return vxe_fail(err, DEVICE_ALREADY_DETACHED, uuid);
	if (!vbd->unpluggable)
		return vxe_fail(err, VBD_NOT_UNPLUGGABLE, uuid);
	return plan_live(s, l, vbd, LIVE_DETACH, p, err);
}

int vbd_unplug(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_free_ char *object = xstrdup(uuid);

	return op_run(s, &vbd_unplug_op, plan_unplug, object, NULL, err);
}

/* ---- vbd-insert, vbd-eject ------------------------------------------------------------------- */

struct medium {
	const char *uuid, *vdi; /* vdi is NULL for vbd-eject */
};

static void plan_vbd_medium(struct plan *p, const struct vbd *vbd, const char *vdi)
{
	_cleanup_(vbd_free_cleanup) struct vbd *after = record_copy(&vbd_class, vbd);

	str_replace(&after->vdi, vdi);
	after->empty = !vdi;
	plan_set_field(p, &vbd_class, after, "vdi-uuid");
	plan_set_field(p, &vbd_class, after, "empty");
}

static int plan_medium(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct medium *w = ctx;
	_cleanup_(vbd_free_cleanup) struct vbd *vbd = NULL;
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };

	if (load_both(s, w->uuid, p, &vbd, &l, err) < 0)
		return -1;
	if (w->vdi)
		locks_add(&p->locks, LOCK_RECORD, w->vdi, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vbd->type == VBD_DISK)
		return vxe_fail(err, VBD_NOT_REMOVABLE_MEDIA, vbd->r.uuid);
	if (w->vdi && !vbd->empty)
		return vxe_fail(err, VBD_NOT_EMPTY, vbd->r.uuid);
	if (!w->vdi && vbd->empty)
		return vxe_fail(err, VBD_IS_EMPTY, vbd->r.uuid);
	if (w->vdi) {
		if (vdi_load(s, w->vdi, LEASE_EXCLUSIVE, NULL, &u, err) < 0 ||
			vdi_check_managed(&u, err) < 0)
			return -1;
		if (!u.path)
			return vdi_fail_unmanaged(u.vdi, NULL, err);
	}
	assert(l); /* only the plan that just asks for locks loads no VM, and it has returned */
	struct spec_disk *drive = l->spec ? spec_find_disk(l->spec, vbd->target) : NULL;

	if (drive) {
		if (u.path)
			spec_put_file(drive, u.path, vdi_loaded_format(&u));
		else
			spec_put_nothing(drive);
	}
	plan_vbd_medium(p, vbd, w->vdi);
	plan_device(p, "disk", vbd->target, LIVE_CHANGE);
	plan_device_record(p, "VBD", w->uuid);
	return plan_device_domain(s, l, p, err);
}

int vbd_insert(struct session *s, const char *uuid, const char *vdi, struct vxe_error *err)
{
	struct medium w = { uuid, vdi };

	return op_run(s, &vbd_insert_op, plan_medium, &w, NULL, err);
}

int vbd_eject(struct session *s, const char *uuid, struct vxe_error *err)
{
	struct medium w = { uuid, NULL };

	return op_run(s, &vbd_eject_op, plan_medium, &w, NULL, err);
}

/* ---- vm-disk-remove -------------------------------------------------------------------------- */

struct removal {
	const char *vm, *device;
};

static const struct vm_disk *find_disk(const struct vm_loaded *l, const char *device)
{
	int n = vbd_position(device);

	for (size_t i = 0; n >= 0 && i < l->n_disks; i++)
		if (vbd_position(l->disks[i].vbd->userdevice) == n)
			return &l->disks[i];
	return NULL;
}

/* Refuses to remove a disk with internal snapshots that would be lost, unless force=true. */
static int check_loss(struct session *s, const char *node, struct plan *p, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return loss_check(s, t, node, LOSS_LAST, p, err);
}

/*
 * Plans that the disk of a removed VBD is destroyed; refuses with VDI_IN_USE if another VM has the disk, because that
 * VM's definition would name a deleted file.
 */
static int plan_vdi_end(struct session *s, const struct vm_disk *d, struct removal *w,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };

	if (!d->vdi)
		return 0;
	locks_add(&p->locks, LOCK_RECORD, d->vdi->r.uuid, LEASE_EXCLUSIVE);
	if (vdi_load(s, d->vdi->r.uuid, LEASE_EXCLUSIVE, p, &u, err) < 0 ||
		vdi_check_no_memory(s, &u, "destroy", err) < 0)
		return -1;
	for (size_t i = 0; i < u.vbds.n; i++) {
		const struct vbd *b = u.vbds.items[i];

		if (!str_eq(b->r.uuid, d->vbd->r.uuid))
			return vxe_fail(err, VDI_IN_USE, d->vdi->r.uuid, "destroy");
	}
	for (size_t i = 0; i < u.halted.n + u.running.n; i++) {
		const char *domain =
			i < u.halted.n ? u.halted.items[i] : u.running.items[i - u.halted.n];

		if (!str_eq(domain, w->vm))
			return vxe_fail(err, VDI_IN_USE, d->vdi->r.uuid, "destroy");
	}
	plan_del(p, &vdi_class, d->vdi->r.uuid);
	if (d->vdi->node) {
		if (check_loss(s, d->vdi->node, p, err) < 0)
			return -1;
		plan_touch_node(p, d->vdi->node);
		strv_add(&p->freed, d->vdi->node);
	}
	return 0;
}

static int plan_removal(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct removal *w = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->vm, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vm_load(s, w->vm, VM_LOAD_ACT, &l, err) < 0 || device_check_vm(l, err) < 0)
		return -1;
	const struct vm_disk *d = find_disk(l, w->device);

	if (!d)
		return vxe_fail_text(err, "Disk not found");
	if (d->vbd->type == VBD_CD)
		return vxe_fail_text(err, "Device number %s is a CD drive.", w->device);
	if (plan_vdi_end(s, d, w, p, err) < 0)
		return -1;
	plan_del(p, &vbd_class, d->vbd->r.uuid);
	plan_device(p, "disk", d->vbd->target, LIVE_DETACH);
	plan_device_record(p, "VBD", d->vbd->r.uuid);
	if (l->spec)
		spec_remove_disk(l->spec, d->vbd->target);
	return plan_device_domain(s, l, p, err);
}

int vm_disk_remove(struct session *s, const char *vm, const char *device, struct vxe_error *err)
{
	struct removal w = { .vm = vm, .device = device };

	return op_run_freeing(s, &vm_disk_remove_op, plan_removal, &w, NULL, err);
}
