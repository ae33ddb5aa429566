/* SPDX-License-Identifier: MIT */
/* Fields of the VM that come from the guest's agent, or that the host knows about the guest. */
#include "objects/classes/vm/vm_guest.h"

#include <inttypes.h>
#include <string.h>

#include "objects/base/clock.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/session/guest_stats.h"

#define GETTER(name)                                                                               \
	int name(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)

/*
 * *guest: what libvirt knows about the running guest; NULL if nothing is known, and then @ret gets the text that the
 * field shows.
 */
static int look_up(struct session *s, const void *obj, const struct hv_guest **guest,
	struct value *ret, struct vxe_error *err)
{
	const struct vm *vm = obj;

	*guest = NULL;
	/* Snapshots, templates and the host have no agent, and that of another host's VM is not reached. */
	if (!vm->is_a_template && vm_is_here(s, vm)) {
		const struct hv_stat *stat = NULL;

		if (s->wishes->agents_unasked && live_stat(s, vm->r.uuid, &stat, err) < 0)
			return -1;
		if (stat) {
			ret->literal = "<expensive field>";
			return 0;
		}
		if (!s->wishes->agents_unasked && live_guest(s, vm->r.uuid, guest, err) < 0)
			return -1;
	}
	if (!*guest)
		ret->literal = NOT_IN_DATABASE;
	return 0;
}

/* *guest: what the guest's agent says; NULL if there is no agent, and then @ret gets the text that the field shows. */
static int ask_guest(struct session *s, const void *obj, const struct hv_guest **guest,
	struct value *ret, struct vxe_error *err)
{
	if (look_up(s, obj, guest, ret, err) < 0)
		return -1;
	if (!*guest || (*guest)->present)
		return 0;
	*guest = NULL;
	ret->literal = NOT_IN_DATABASE;
	return 0;
}

/* The keys of the field os-version in xe, each with libvirt's name of the same fact. */
static const struct {
	const char *xe, *libvirt;
} os_keys[] = {
	{ "name", "pretty-name" },
	{ "name", "name" },
	{ "distro", "id" },
	{ "uname", "kernel-release" },
};

GETTER(vm_get_os_version)
{
	const struct hv_guest *guest;
	const char *version;

	if (ask_guest(s, obj, &guest, ret, err) < 0)
		return -1;
	if (!guest)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(os_keys); i++) {
		const char *text = map_get(&guest->os, os_keys[i].libvirt);

		if (text && !map_get(&ret->map, os_keys[i].xe))
			map_set(&ret->map, os_keys[i].xe, text);
	}
	version = map_get(&guest->os, "version-id");
	if (version) {
		_cleanup_free_ char *major = xstrndup(version, strcspn(version, "."));
		const char *dot = strchr(version, '.');

		map_set(&ret->map, "major", major);
		map_set(&ret->map, "minor", dot ? dot + 1 : "");
	}
	return 0;
}

/*
 * Adds an IP address of the guest to the map under xe's key, "0/ip", "0/ipv4/0" or "0/ipv6/1": number of the network
 * card, kind, number of the address.
 */
static void add_address(
	struct map *m, const char *device, const struct hv_address *a, unsigned counts[2])
{
	_cleanup_free_ char *key =
		xasprintf("%s/%s/%u", device, a->v6 ? "ipv6" : "ipv4", counts[a->v6]);
	_cleanup_free_ char *first = xasprintf("%s/ip", device);

	if (!a->v6 && !counts[0])
		map_set(m, first, a->ip);
	map_set(m, key, a->ip);
	counts[a->v6]++;
}

GETTER(vm_get_networks)
{
	_cleanup_records_ struct records vifs = { 0 };
	const struct record *vm = obj;
	const struct hv_guest *guest;

	if (look_up(s, obj, &guest, ret, err) < 0)
		return -1;
	if (!guest)
		return 0;
	if (records_load(s->read_txn, &vif_class, "vm", vm->uuid, &vifs, err) < 0)
		return -1;
	for (size_t i = 0; i < vifs.n; i++) {
		const struct vif *vif = vifs.items[i];
		unsigned counts[2] = { 0, 0 };

		for (size_t k = 0; k < guest->n_addresses; k++)
			if (strcasecmp(guest->addresses[k].mac, vif->mac) == 0)
				add_address(&ret->map, vif->device, &guest->addresses[k], counts);
	}
	if (!guest->present && !ret->map.n)
		ret->literal = NOT_IN_DATABASE;
	return 0;
}

/*
 * The first IPv4 address of the guest's first network card that has one; else its first IPv6 address that is not
 * link-local; NULL: none.
 */
static const char *first_address(const struct map *networks)
{
	const char *v6 = NULL;

	for (size_t i = 0; i < networks->n; i++) {
		if (str_ends(networks->items[i].key, "/ip"))
			return networks->items[i].value;
		if (!v6 && !str_starts(networks->items[i].value, "fe80:"))
			v6 = networks->items[i].value;
	}
	return v6;
}

GETTER(vm_get_address)
{
	_cleanup_(value_clear) struct value networks = { 0 };

	if (vm_get_networks(s, obj, &networks, err) < 0)
		return -1;
	if (networks.literal && !str_eq(networks.literal, NOT_IN_DATABASE)) {
		ret->literal = networks.literal;
		return 0;
	}
	const char *first = first_address(&networks.map);

	ret->string = xstrdup(first ? first : "");
	return 0;
}

GETTER(vm_get_guest_other)
{
	const struct hv_guest *guest;

	if (ask_guest(s, obj, &guest, ret, err) < 0)
		return -1;
	if (guest && *guest->hostname)
		map_set(&ret->map, "hostname", guest->hostname);
	return 0;
}

GETTER(vm_get_guest_memory)
{
	const struct record *vm = obj;
	const struct hv_guest *guest;
	const struct hv_stat *stat;

	if (ask_guest(s, obj, &guest, ret, err) < 0)
		return -1;
	if (!guest)
		return 0;
	if (live_stat(s, vm->uuid, &stat, err) < 0)
		return -1;
	if (stat && stat->memory_free >= 0) {
		_cleanup_free_ char *text = xasprintf("%" PRId64, stat->memory_free);

		map_set(&ret->map, "free", text);
	}
	return 0;
}

GETTER(vm_get_guest_present)
{
	const struct hv_guest *guest;

	if (ask_guest(s, obj, &guest, ret, err) < 0)
		return -1;
	ret->integer = guest != NULL;
	return 0;
}

GETTER(vm_get_guest_empty)
{
	const struct hv_guest *guest;

	return ask_guest(s, obj, &guest, ret, err);
}

GETTER(vm_get_guest_updated)
{
	const struct hv_guest *guest;

	if (ask_guest(s, obj, &guest, ret, err) < 0)
		return -1;
	ret->integer = guest ? clock_wall() : 0;
	return 0;
}

GETTER(vm_get_can_hotplug)
{
	const struct hv_guest *guest;

	if (ask_guest(s, obj, &guest, ret, err) < 0)
		return -1;
	if (guest)
		ret->string = xstrdup("yes");
	return 0;
}
