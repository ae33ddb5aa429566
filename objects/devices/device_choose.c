/* SPDX-License-Identifier: MIT */
/*
 * Chooses the place of a new disk or drive: the number that xe shows, and libvirt's target and bus.
 * Disks go to the bus of the VM's first disk, because the guest has a driver for that; if a device
 * does not fit there, it goes to SATA.
 */
#include "objects/devices/device_choose.h"

#include <string.h>

static const struct bus {
	const char *name, *prefix;
	int room; /* greatest number of such devices */
} buses[] = {
	{ "virtio", "vd", VBD_POSITIONS },
	{ "scsi", "sd", VBD_POSITIONS },
	{ "sata", "sd", VBD_POSITIONS },
	{ "usb", "sd", VBD_POSITIONS },
	{ "ide", "hd", 4 },
};

void device_place_clear(struct device_place *p)
{
	free(p->userdevice);
	free(p->target);
	*p = (struct device_place){ 0 };
}

static const struct bus *bus_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(buses); i++)
		if (str_eq(buses[i].name, name))
			return &buses[i];
	return NULL;
}

static const struct bus *bus_for(const struct vm_loaded *l, bool cd)
{
	for (size_t i = 0; l->spec && i < l->spec->n_disks; i++) {
		const struct spec_disk *d = &l->spec->disks[i];

		if ((d->device == DISK_CDROM) == cd && bus_named(d->bus))
			return bus_named(d->bus);
	}
	if (!cd)
		return bus_named("virtio");
	return bus_named(
		l->spec && l->spec->machine && strstr(l->spec->machine, "q35") ? "sata" : "ide");
}

static bool number_taken(const struct vm_loaded *l, int number)
{
	for (size_t i = 0; i < l->n_disks; i++)
		if (vbd_position(l->disks[i].vbd->userdevice) == number)
			return true;
	return false;
}

static bool target_taken(const struct vm_loaded *l, const char *target)
{
	for (size_t i = 0; i < l->n_disks; i++)
		if (str_eq(l->disks[i].vbd->target, target))
			return true;
	return (l->spec && spec_find_disk(l->spec, target)) ||
		(l->live && spec_find_disk(l->live, target));
}

/*
 * Chooses a free target name on the bus, such as "vdc": with the letter that belongs to @number if that is free, else
 * the first free one. NULL: all are taken. Owned.
 */
static char *choose_target(const struct vm_loaded *l, const struct bus *bus, int number)
{
	for (int i = -1; i < bus->room; i++) {
		int letter = i < 0 ? number : i;
		_cleanup_free_ char *name = xasprintf("%s%c", bus->prefix, 'a' + letter);

		if (letter < bus->room && !target_taken(l, name))
			return TAKE(name);
	}
	return NULL;
}

int device_choose(const struct vm_loaded *l, const char *device, bool cd, struct device_place *ret,
	struct vxe_error *err)
{
	bool any = str_eq(device, "autodetect");
	const struct bus *bus = bus_for(l, cd);
	int n = any ? 0 : vbd_position(device);

	/* xe has the names of floppies only for floppies, of which a new one gets no place here */
	if (n < 0 || n >= VBD_POSITIONS || str_starts(device, "fd"))
		return vxe_fail(err, INVALID_DEVICE, device);
	while (any && n < VBD_POSITIONS && number_taken(l, n))
		n++;
	if (n >= VBD_POSITIONS || number_taken(l, n))
		return vxe_fail(err, DEVICE_ALREADY_EXISTS, device);
	_cleanup_free_ char *target = choose_target(l, bus, n);

	if (!target && bus->room < VBD_POSITIONS) {
		bus = bus_named("sata");
		target = choose_target(l, bus, n);
	}
	if (!target)
		return vxe_fail(err, DEVICE_ALREADY_EXISTS, device);
	*ret = (struct device_place){ any ? xasprintf("%d", n) : xstrdup(device), TAKE(target),
		bus->name };
	return 0;
}
