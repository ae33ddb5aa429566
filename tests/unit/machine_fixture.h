/* SPDX-License-Identifier: MIT */
/*
 * The machine's devices as objects, on a simulated /proc and /sys: two cards (one in a bridge, two in a bond), a VLAN,
 * processors.
 */
#pragma once

#include "tests/unit/host_fixture.h"
#include "tests/unit/machine_files.h"

#include "objects/queries/list.h"

static inline void put_nic_file(const char *nic, const char *file, const char *text)
{
	_cleanup_free_ char *path = xasprintf("/sys/class/net/%s/%s", nic, file);

	put_file(path, text);
}

static inline void put_nic(const char *nic, const char *mac)
{
	put_nic_file(nic, "address", mac);
	put_nic_file(nic, "mtu", "1500\n");
	put_nic_file(nic, "flags", "0x1003\n");
	put_nic_file(nic, "carrier", "1\n");
	put_nic_file(nic, "speed", "1000\n");
	put_nic_file(nic, "duplex", "full\n");
	put_nic_file(nic, "uevent", "INTERFACE=x\n");
	put_nic_file(nic, "statistics/rx_bytes", "1024\n");
	put_nic_file(nic, "statistics/tx_bytes", "2048\n");
}

static inline void put_card(const char *nic, const char *mac, const char *address)
{
	_cleanup_free_ char *link = xasprintf("/sys/class/net/%s/device", nic);
	_cleanup_free_ char *vendor = xasprintf("/sys/devices/%s/vendor", address);
	_cleanup_free_ char *device = xasprintf("/sys/devices/%s/device", address);
	_cleanup_free_ char *target = xasprintf("../../../devices/%s", address);

	put_nic(nic, mac);
	put_file(vendor, "0x8086\n");
	put_file(device, "0x100e\n");
	put_link(link, target);
}

static inline void make_machine(void)
{
	put_file("/proc/cpuinfo",
		"processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n"
		"model name\t: A CPU\nstepping\t: 7\ncpu MHz\t\t: 2593.9\nphysical id\t: 0\n"
		"core id\t\t: 0\nflags\t\t: fpu vmx\n\n"
		"processor\t: 1\nvendor_id\t: GenuineIntel\nphysical id\t: 0\ncore id\t\t: 0\n");
	put_file("/proc/meminfo", "MemTotal:  2048 kB\nMemAvailable:  1024 kB\n");
	put_file("/proc/stat",
		"cpu  4 0 0 4 0 0 0 0 0 0\ncpu0 2 0 0 2 0 0 0 0 0 0\n"
		"cpu1 2 0 0 2 0 0 0 0 0 0\n");
	put_file("/proc/sys/kernel/hostname", "box\n");
	put_file("/proc/net/route",
		"Iface\tDestination\tGateway\tFlags\nbr0\t00000000\t0100000A\t0003\n");
	put_file("/etc/resolv.conf", "# x\nnameserver 10.0.0.2\nnameserver 10.0.0.3\n");
	put_link("/etc/localtime", "/usr/share/zoneinfo/Europe/Berlin");
	put_nic("lo", "00:00:00:00:00:00\n");
	put_card("eth0", "52:54:00:00:00:01\n", "0000:00:03.0");
	put_link("/sys/class/net/eth0/master", "../br0");
	put_nic("br0", "52:54:00:00:00:01\n");
	put_nic_file("br0", "bridge/multicast_snooping", "1\n");
	put_nic("docker0", "52:54:00:00:00:03\n");
	put_nic_file("docker0", "bridge/multicast_snooping", "0\n");
	put_card("eth1", "52:54:00:00:00:02\n", "0000:00:04.0");
	put_link("/sys/class/net/eth1/master", "../bond0");
	put_nic("bond0", "52:54:00:00:00:02\n");
	put_nic_file("bond0", "bonding/mode", "active-backup 1\n");
	put_nic("eth0.5", "52:54:00:00:00:01\n");
	put_nic_file("eth0.5", "uevent", "DEVTYPE=vlan\nINTERFACE=eth0.5\n");
	put_file("/proc/net/vlan/eth0.5", "eth0.5  VID: 5\t REORDER_HDR: 1\nDevice: eth0\n");
}

static inline void machine_start(void)
{
	host_start();
	snprintf(machine_root, sizeof(machine_root), "%s/machine", dir);
	make_machine();
	hv_mock_add_network(mock, "cccccccc-0000-4000-8000-000000000001", "lan", "br0");
	session_start(&store_mem_ops);
}

/* The field of the view's only object that has @key=@value. */
static inline char *ask(const char *prefix, const char *key, const char *value, const char *name)
{
	const struct view *v = view_by_prefix(prefix);
	const struct filter filter = { key, value };
	const struct field *const fields[] = { class_field(v->cls, name), NULL };
	_cleanup_rows_ struct rows rows = { 0 };

	OK(list_rows(S, v, &filter, 1, fields, LIST_COSTLY, &rows, &E));
	cr_assert_eq(rows.n, 1, "%s %s=%s: %zu", prefix, key, value, rows.n);
	return value_print(S, fields[0], &rows.items[0].values[0]);
}

#define EXPECT(prefix, key, value, name, wanted)                                                   \
	do {                                                                                       \
		_cleanup_free_ char *text_ = ask(prefix, key, value, name);                        \
		cr_expect_str_eq(text_, wanted, "%s of %s: %s", name, value, text_);               \
	} while (0)

static inline char *uuid_of(const char *prefix, const char *key, const char *value)
{
	return ask(prefix, key, value, "uuid");
}
