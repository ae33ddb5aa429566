/* SPDX-License-Identifier: MIT */
/*
 * vbd-create and vbd-destroy: add a disk or drive to a VM's definition, or remove it. A running VM
 * gets the disk when it is plugged, or at its next start.
 */
#include "objects/devices/vbd_create.h"

#include "objects/base/uuid.h"
#include "objects/devices/device.h"
#include "objects/disks/disks.h"
#include "objects/devices/device_choose.h"
#include "objects/devices/vbd_plug.h"
#include "objects/domain/vm_load.h"
#include "objects/storage/vdi_loaded.h"

static const struct step define_steps[] = {
	{ "define", DISK(DEFINE), true },
	{ 0 },
};
const struct op_type vbd_create_op = { "vbd-create", "attach", define_steps,
	PLAN_MEMBERS(device_members), device_probe };
const struct op_type vbd_destroy_op = { "vbd-destroy", "destroy", define_steps,
	PLAN_MEMBERS(device_members), device_probe };

/* ---- vbd-create ------------------------------------------------------------------------------ */

struct create {
	const struct vbd_new *args;
	const char *uuid;
};

/* Checks the disk and the mode of a new VBD. Called before the checks of the VM, as in xe. */
static int check_media(struct session *s, const struct create *w, const struct vdi_loaded *u,
	struct vxe_error *err)
{
	const struct vbd_new *a = w->args;

	if (a->type == VBD_CD && a->mode == VBD_RW)
		return vxe_fail(err, VBD_CDS_MUST_BE_READONLY);
	if (!a->vdi)
		return a->type == VBD_DISK ? vxe_fail(err, VBD_NOT_REMOVABLE_MEDIA, w->uuid) : 0;
	if (vdi_check_attach(u, (enum vbd_mode)a->mode, err) < 0)
		return -1;
	return a->mode == VBD_RW && !u->vdi->sharable ? vdi_check_saved(s, u, err) : 0;
}

static void put_vbd(
	const struct create *w, const struct device_place *place, bool running, struct plan *p)
{
	_cleanup_(vbd_free_cleanup) struct vbd *vbd = record_new(&vbd_class);
	const struct vbd_new *a = w->args;

	vbd->r.uuid = xstrdup(w->uuid);
	str_replace(&vbd->vm, a->vm);
	str_replace(&vbd->vdi, a->vdi);
	vbd->empty = !a->vdi;
	str_replace(&vbd->userdevice, place->userdevice);
	str_replace(&vbd->device, place->target);
	str_replace(&vbd->target, place->target);
	vbd->bootable = a->bootable;
	vbd->mode = a->mode;
	vbd->type = a->type;
	vbd->unpluggable = a->unpluggable;
	vbd->unplugged = running;
	if (a->owner)
		map_set(&vbd->other_config, "owner", "");
	plan_add(p, &vbd_class, vbd);
}

/*
 * The boot order number of a new device in a definition: one more than the greatest, or 0 if no disk has such a number.
 */
static int boot_order(const struct domain_spec *spec)
{
	int last = 0;

	for (size_t i = 0; i < spec->n_disks; i++)
		if (spec->disks[i].boot > last)
			last = spec->disks[i].boot;
	return last ? last + 1 : 0;
}

static void put_disk(const struct vbd_new *a, const struct vdi_loaded *u,
	const struct device_place *place, struct domain_spec *spec)
{
	int boot = a->bootable ? boot_order(spec) : 0;
	struct spec_disk *d = spec_add_disk(spec);

	d->target = xstrdup(place->target);
	d->bus = xstrdup(place->bus);
	d->device = a->type == VBD_CD	? DISK_CDROM
		: a->type == VBD_FLOPPY ? DISK_FLOPPY
					: DISK_DISK;
	d->readonly = a->mode == VBD_RO;
	d->boot = boot;
	if (!a->vdi) {
		d->format = xstrdup("raw");
		return;
	}
	d->shareable = u->vdi->sharable;
	spec_put_file(d, u->path, vdi_loaded_format(u));
}

static int plan_vbd_create(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct create *w = ctx;
	const struct vbd_new *a = w->args;
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_place_ struct device_place place = { 0 };

	locks_add(&p->locks, LOCK_RECORD, a->vm, LEASE_EXCLUSIVE);
	if (a->vdi)
		locks_add(&p->locks, LOCK_RECORD, a->vdi, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if ((a->vdi && vdi_load(s, a->vdi, LEASE_EXCLUSIVE, NULL, &u, err) < 0) ||
		check_media(s, w, &u, err) < 0 || vm_load(s, a->vm, VM_LOAD_ACT, &l, err) < 0 ||
		device_check_vm(l, err) < 0 ||
		device_choose(l, a->device, a->type == VBD_CD, &place, err) < 0)
		return -1;
	if (l->spec)
		put_disk(a, &u, &place, l->spec);
	put_vbd(w, &place, l->live != NULL, p);
	plan_device(p, "disk", place.target, LIVE_NOTHING);
	return plan_device_domain(s, l, p, err);
}

int vbd_create(struct session *s, const struct vbd_new *args, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = uuid_new();
	struct create w = { args, uuid };

	if (op_run(s, &vbd_create_op, plan_vbd_create, &w, NULL, err) < 0)
		return -1;
	*ret = TAKE(uuid);
	return 0;
}

/* ---- vbd-destroy ----------------------------------------------------------------------------- */

static int plan_vbd_destroy(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const char *uuid = ctx;
	_cleanup_(vbd_free_cleanup) struct vbd *vbd = NULL;
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	if (vbd_load_for(s, uuid, p, &vbd, err) < 0)
		return -1;
	if (p->draft)
		return 0;
	if (vm_load(s, vbd->vm, VM_LOAD_ACT, &l, err) < 0 || device_check_vm(l, err) < 0)
		return -1;
	if (l->live && spec_find_disk(l->live, vbd->target)) {
		_cleanup_free_ char *why =
			xasprintf("VBD '%s' still attached to '%s'", uuid, l->vm->r.uuid);

		return vxe_fail(err, OPERATION_NOT_ALLOWED, why);
	}
	if (l->spec)
		spec_remove_disk(l->spec, vbd->target);
	plan_del(p, &vbd_class, uuid);
	plan_device(p, "disk", vbd->target, LIVE_NOTHING);
	return plan_device_domain(s, l, p, err);
}

int vbd_destroy(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_free_ char *object = xstrdup(uuid);

	return op_run(s, &vbd_destroy_op, plan_vbd_destroy, object, NULL, err);
}
