/* SPDX-License-Identifier: MIT */
/* Makes the records of a domain that was made without vxe: VM, VBDs, VIFs. */
#include "objects/domain/adopt_vm.h"

#include "objects/base/log.h"
#include "objects/classes/network/network_records.h"
#include "objects/classes/vm/seen_definition.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/domain/adopt_disk.h"
#include "objects/domain/vm_spec.h"

#include <limits.h>
#include <string.h>

/* ---- VBDs ------------------------------------------------------------------------------------ */

/* The number of a disk's target name: 1 for "vdb", 26 for "sdaa"; -1 for names of another form. */
static int target_number(const char *target)
{
	size_t prefix = str_starts(target, "xvd") ? 3 : 2;
	int number = 0;

	if (strlen(target) <= prefix || strlen(target) > prefix + 3)
		return -1;
	for (const char *c = target + prefix; *c; c++) {
		if (*c < 'a' || *c > 'z')
			return -1;
		number = number * 26 + (*c - 'a' + 1);
	}
	return number - 1;
}

static bool device_taken(const struct records *vbds, int number)
{
	for (size_t i = 0; i < vbds->n; i++)
		if (vbd_position(((const struct vbd *)vbds->items[i])->userdevice) == number)
			return true;
	return false;
}

/*
 * Chooses a VBD's position (userdevice): the number of the disk's target name if it is free, else the first free one.
 */
static char *choose_userdevice(const struct records *vbds, const char *target)
{
	int number = target_number(target);

	for (int i = number < 0 ? 0 : -1; i < INT_MAX; i++)
		if (!device_taken(vbds, i < 0 ? number : i))
			return xasprintf("%d", i < 0 ? number : i);
	return NULL;
}

static bool boots_first(const struct domain_spec *spec, const struct spec_disk *disk)
{
	const char *word = disk->device == DISK_CDROM ? "cdrom"
		: disk->device == DISK_FLOPPY	      ? "fd"
						      : "hd";

	for (size_t i = 0; i < spec->n_disks; i++) {
		if (&spec->disks[i] == disk)
			return spec->boot && strstr(spec->boot, word);
		if (spec->disks[i].device == disk->device)
			return false;
	}
	return false;
}

bool vbd_from_spec(struct vbd *vbd, const struct spec_disk *disk)
{
	int type = disk->device == DISK_CDROM ? VBD_CD
		: disk->device == DISK_FLOPPY ? VBD_FLOPPY
					      : VBD_DISK;
	int mode = disk->readonly || disk->device == DISK_CDROM ? VBD_RO : VBD_RW;
	bool changed = vbd->type != type || vbd->mode != mode;

	vbd->type = type;
	vbd->mode = mode;
	return changed;
}

int adopt_vbd_on(struct txn *t, const char *vm, const struct domain_spec *spec,
	const struct spec_disk *disk, const char *vdi, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };
	_cleanup_free_ char *name = xasprintf("vbd:%s", disk->target);
	_cleanup_(vbd_free_cleanup) struct vbd *vbd = record_new(&vbd_class);

	if (records_load(t, &vbd_class, "vm", vm, &vbds, err) < 0 ||
		adopt_uuid(t, &vbd_class, vm, name, &vbd->r.uuid, err) < 0)
		return -1;
	str_replace(&vbd->vm, vm);
	str_replace(&vbd->device, disk->target);
	str_replace(&vbd->target, disk->target);
	(void)vbd_from_spec(vbd, disk);
	vbd->bootable = disk->boot > 0 || boots_first(spec, disk);
	vbd->unpluggable = true;
	vbd->empty = str_is_empty(disk->path);
	free(vbd->userdevice);
	vbd->userdevice = choose_userdevice(&vbds, disk->target);
	vbd->empty = !vdi;
	str_replace(&vbd->vdi, vdi);
	return record_add(t, &vbd_class, vbd, err);
}

int adopt_vbd(struct session *s, struct txn *t, const char *vm, const struct domain_spec *spec,
	const struct spec_disk *disk, struct vxe_error *err)
{
	_cleanup_free_ char *vdi = NULL;

	if (!str_is_empty(disk->path) && adopt_disk(s, t, spec, disk, &vdi, err) < 0)
		return -1;
	return adopt_vbd_on(t, vm, spec, disk, vdi, err);
}

/* ---- VIFs ------------------------------------------------------------------------------------ */

static char *choose_vif_device(const struct records *vifs)
{
	for (int i = 0;; i++) {
		_cleanup_free_ char *device = xasprintf("%d", i);
		bool taken = false;

		for (size_t k = 0; k < vifs->n; k++)
			taken |= str_eq(((const struct vif *)vifs->items[k])->device, device);
		if (!taken)
			return TAKE(device);
	}
}

void vif_set_card(struct vif *vif, const struct domain_spec *spec, const struct spec_nic *nic)
{
	_cleanup_free_ char *card = spec_nic_card(spec, nic);
	const char *rest = strchr(card, '|');

	str_replace(&vif->card, rest ? rest : "");
}

int adopt_vif(struct session *s, struct txn *t, const char *vm, const struct domain_spec *spec,
	const struct spec_nic *nic, struct vxe_error *err)
{
	_cleanup_records_ struct records vifs = { 0 };
	_cleanup_free_ char *name = NULL;
	_cleanup_(vif_free_cleanup) struct vif *vif = record_new(&vif_class);
	int n = 0;

	if (records_load(t, &vif_class, "vm", vm, &vifs, err) < 0)
		return -1;
	/* Of several network cards with one MAC address, the first gets the UUID that a single card would get. */
	for (size_t i = 0; i < vifs.n; i++)
		n += str_eq(((const struct vif *)vifs.items[i])->mac, nic->mac);
	name = n ? xasprintf("vif:%s:%d", nic->mac, n) : xasprintf("vif:%s", nic->mac);
	if (adopt_uuid(t, &vif_class, vm, name, &vif->r.uuid, err) < 0 ||
		network_of_nic(s, t, nic, &vif->network, err) < 0)
		return -1;
	str_replace(&vif->vm, vm);
	free(vif->device);
	vif->device = choose_vif_device(&vifs);
	str_replace(&vif->mac, nic->mac);
	vif_set_card(vif, spec, nic);
	str_replace(&vif->model, nic->model ? nic->model : "");
	vif->mtu = 1500;
	return record_add(t, &vif_class, vif, err);
}

/* ---- VM -------------------------------------------------------------------------------------- */

/* Value of xe's field memory-static-min, which libvirt does not have. */
#define LEAST_MEMORY (INT64_C(128) << 20)

static struct vm *vm_of_domain(const struct domain_spec *spec)
{
	struct vm *vm = record_new(&vm_class);

	vm->r.uuid = xstrdup(spec->uuid);
	str_replace(&vm->name_label, spec->name);
	(void)vm_from_spec(vm, spec);
	vm->memory_dynamic_min = vm->memory_dynamic_max;
	vm->memory_static_min =
		vm->memory_dynamic_max < LEAST_MEMORY ? vm->memory_dynamic_max : LEAST_MEMORY;
	vm->domain_type = DOMAIN_HVM;
	str_replace(&vm->hvm_boot_policy, "BIOS order");
	vm->adopted = true;
	return vm;
}

int adopt_vm(
	struct session *s, struct txn *t, const struct domain_spec *spec, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (seen_definition_recall(t, spec->uuid, &vm, err) < 0)
		return -1;
	if (vm)
		(void)vm_from_spec(vm, spec);
	else
		vm = vm_of_domain(spec);
	str_replace(&vm->home, s->here->uuid);
	if (record_add(t, &vm_class, vm, err) < 0)
		return -1;
	for (size_t i = 0; i < spec->n_disks; i++)
		if (adopt_vbd(s, t, vm->r.uuid, spec, &spec->disks[i], err) < 0)
			return -1;
	for (size_t i = 0; i < spec->n_nics; i++)
		if (!str_is_empty(spec->nics[i].mac) &&
			adopt_vif(s, t, vm->r.uuid, spec, &spec->nics[i], err) < 0)
			return -1;
	return 0;
}

/* ---- renamed ---------------------------------------------------------------------------------- */

struct renaming {
	const struct session *s;
	const struct domain_spec *spec;
};

/*
 * An operation that works on the VM need not end first: none gives a domain of this host another name, and each keeps in
 * its plan only the fields that it changes.
 */
static int name_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct renaming *r = ctx;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (vm_find(t, r->spec->uuid, &vm, err) < 0)
		return -1;
	if (!vm || !vm_is_here(r->s, vm) || !vm_take_name(vm, r->spec))
		return 0;
	log_info("VM %s is called %s now", vm->r.uuid, vm->libvirt_name);
	return record_save(t, &vm_class, vm, err);
}

int adopt_name(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct renaming r = { .s = s };
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0 || hv_xml(hv, uuid, HV_XML_INACTIVE, &xml, err) < 0 ||
		spec_read(xml, &spec, err) < 0)
		return -1;
	r.spec = spec;
	return store_learn(s->store, name_body, &r, err);
}
