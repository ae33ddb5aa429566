/* SPDX-License-Identifier: MIT */
/*
 * The machine's devices as objects, on a simulated /proc and /sys: two cards (one in a bridge, two
 * in a bond), a VLAN, processors; and their records after changes of the machine.
 */
#include "tests/unit/host_fixture.h"

#include "backends/machine/machine_caller.h"
#include "objects/classes/host/host_cpu.h"
#include "objects/classes/host/role.h"
#include "objects/classes/network/bond.h"
#include "objects/classes/network/network.h"
#include "objects/classes/network/pif.h"
#include "objects/classes/network/vlan.h"
#include "objects/queries/list.h"
#include "objects/queries/param.h"

#include <fcntl.h>
#include <sys/stat.h>

static char *below(const char *path)
{
	return xasprintf("%s/machine%s", dir, path);
}

static void make_folders(const char *path)
{
	_cleanup_free_ char *copy = xstrdup(path);

	for (char *p = copy + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		(void)mkdir(copy, 0755);
		*p = '/';
	}
}

static void put_file(const char *path, const char *text)
{
	_cleanup_free_ char *full = below(path);

	make_folders(full);
	_cleanup_close_ int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void put_link(const char *path, const char *target)
{
	_cleanup_free_ char *full = below(path);

	make_folders(full);
	cr_assert_eq(symlink(target, full), 0);
}

static void put_nic_file(const char *nic, const char *file, const char *text)
{
	_cleanup_free_ char *path = xasprintf("/sys/class/net/%s/%s", nic, file);

	put_file(path, text);
}

static void put_nic(const char *nic, const char *mac)
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

static void put_card(const char *nic, const char *mac, const char *address)
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

static void make_machine(void)
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

static void start(void)
{
	host_start();
	make_machine();
	hv_mock_add_network(mock, "cccccccc-0000-4000-8000-000000000001", "lan", "br0");
	session_start(&store_mem_ops);
}

static void stop(void)
{
	host_stop();
}

TestSuite(machine, .init = start, .fini = stop);

/* The field of the view's only object that has @key=@value. */
static char *ask(const char *prefix, const char *key, const char *value, const char *name)
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

static char *uuid_of(const char *prefix, const char *key, const char *value)
{
	return ask(prefix, key, value, "uuid");
}

Test(machine, cards)
{
	_cleanup_free_ char *lan = uuid_of("network", "bridge", "br0");
	_cleanup_free_ char *vlan_carrier = uuid_of("vlan", "tag", "5");
	_cleanup_free_ char *eth0 = ask("vlan", "uuid", vlan_carrier, "tagged-PIF");

	EXPECT("pif", "uuid", eth0, "physical", "true");
	EXPECT("pif", "uuid", eth0, "network-uuid", lan);
	EXPECT("pif", "uuid", eth0, "network-name-label", "lan");
	EXPECT("pif", "uuid", eth0, "VLAN", "-1");
	EXPECT("pif", "uuid", eth0, "MTU", "1500");
	EXPECT("pif", "uuid", eth0, "currently-attached", "true");
	EXPECT("pif", "uuid", eth0, "speed", "1000 Mbit/s");
	EXPECT("pif", "uuid", eth0, "duplex", "full");
	EXPECT("pif", "uuid", eth0, "vendor-id", "0x8086");
	EXPECT("pif", "uuid", eth0, "pci-bus-path", "0000:00:03.0");
	EXPECT("pif", "uuid", eth0, "management", "true");
	EXPECT("pif", "uuid", eth0, "gateway", "10.0.0.1");
	EXPECT("pif", "uuid", eth0, "DNS", "10.0.0.2,10.0.0.3");
	EXPECT("pif", "uuid", eth0, "igmp-snooping-status", "enabled");
	EXPECT("pif", "uuid", eth0, "io_read_kbs", "0.000");
	EXPECT("network", "uuid", lan, "PIF-uuids", eth0);
	EXPECT("pif", "device", "eth1", "management", "false");
	EXPECT("pif", "device", "eth1", "DNS", "");
}

Test(machine, vlans_and_bonds)
{
	_cleanup_free_ char *vlan = uuid_of("vlan", "tag", "5");
	_cleanup_free_ char *own = ask("vlan", "uuid", vlan, "untagged-PIF");
	_cleanup_free_ char *carrier = ask("vlan", "uuid", vlan, "tagged-PIF");
	_cleanup_free_ char *slave = uuid_of("pif", "device", "eth1");
	_cleanup_free_ char *master = uuid_of("pif", "device", "bond0");
	_cleanup_free_ char *bond = uuid_of("bond", "master", master);

	EXPECT("pif", "uuid", own, "VLAN", "5");
	EXPECT("pif", "uuid", own, "device", "eth0");
	EXPECT("pif", "uuid", own, "vlan-master-of", vlan);
	EXPECT("pif", "uuid", carrier, "vlan-slave-of", vlan);
	EXPECT("pif", "uuid", carrier, "vlan-master-of", "<not in database>");
	EXPECT("bond", "uuid", bond, "slaves", slave);
	EXPECT("bond", "uuid", bond, "primary-slave", slave);
	EXPECT("bond", "uuid", bond, "mode", "active-backup");
	EXPECT("bond", "uuid", bond, "links-up", "1");
	EXPECT("pif", "uuid", slave, "bond-slave-of", bond);
	EXPECT("pif", "uuid", master, "bond-master-of", bond);
}

Test(machine, processors_and_host)
{
	OK(session_prepare(S, &E));

	const char *host = S->here->uuid;

	EXPECT("host-cpu", "number", "0", "modelname", "A CPU");
	EXPECT("host-cpu", "number", "0", "speed", "2593");
	EXPECT("host-cpu", "number", "0", "host-uuid", host);
	EXPECT("host-cpu", "number", "1", "utilisation", "0.000");
	EXPECT("host", "uuid", host, "cpu_info",
		"cpu_count: 2; socket_count: 1; threads_per_core: 2; vendor: GenuineIntel; "
		"speed: 2593; modelname: A CPU; family: 6; model: 85; stepping: 7; "
		"flags: fpu vmx");
	EXPECT("host", "uuid", host, "memory-total", "2097152");
	EXPECT("host", "uuid", host, "memory-free", "1048576");
	EXPECT("host", "uuid", host, "memory-free-computed", "1048576");
	EXPECT("host", "uuid", host, "hostname", "box");
	EXPECT("host", "uuid", host, "secure-boot", "false");
	EXPECT("host", "uuid", host, "chipset-info", "iommu: false");
}

/*
 * Values that users set stay as long as the card exists; the card's own facts follow the machine.
 */
Test(machine, records_follow_the_machine)
{
	_cleanup_free_ char *uuid = uuid_of("pif", "device", "eth1");
	_cleanup_free_ char *gone = below("/sys/class/net/eth1");
	const struct filter set = { "other-config:owner", "bob" };

	OK(param_set(S, view_by_prefix("pif"), uuid, &set, 1, &E));
	put_nic_file("eth1", "address", "52:54:00:00:00:09\n");
	machine_clear(S->here->machine);
	free(TAKE(S->here->machine));
	EXPECT("pif", "uuid", uuid, "MAC", "52:54:00:00:00:09");
	EXPECT("pif", "uuid", uuid, "other-config", "owner: bob");

	int64_t before = store_generation();
	EXPECT("pif", "uuid", uuid, "other-config", "owner: bob");
	cr_expect_eq(store_generation(), before, "a list that finds nothing new writes nothing");

	scratch_drop(gone);
	machine_clear(S->here->machine);
	free(TAKE(S->here->machine));
	FAILS(UUID_INVALID, param_set(S, view_by_prefix("pif"), uuid, &set, 1, &E));
}

Test(machine, roles)
{
	EXPECT("role", "name", "pool-admin", "uuid", "0165f154-ba3e-034e-6b27-5d271af109ba");
	EXPECT("subject", "subject-identifier", "root", "roles", "pool-admin");
}

/* At the first use of a store each bridge of the machine becomes a network; libvirt owns br0. */
Test(machine, bridges)
{
	_cleanup_strv_ struct strv bridges = { 0 };
	_cleanup_free_ char *all = NULL;

	machine_bridges(S->config.root, &bridges);
	all = strv_join(&bridges, " ");
	cr_expect_str_eq(all, "br0 docker0");
	EXPECT("network", "bridge", "docker0", "PIF-uuids", "");
	EXPECT("network", "bridge", "br0", "name-label", "lan");
}

Test(machine, neighbours)
{
	_cleanup_strv_ struct strv found = { 0 };
	_cleanup_free_ char *all = NULL;

	machine_neighbours(S->config.root, "02:00:00:00:0a:12", &found);
	cr_expect_eq(found.n, 0, "there is no table");
	put_file("/proc/net/arp",
		"IP address       HW type     Flags       HW address            Mask     Device\n"
		"198.51.100.20    0x1         0x2         02:00:00:00:0a:12     *        br0\n"
		"198.51.100.21    0x1         0x0         02:00:00:00:0a:12     *        br0\n"
		"198.51.100.22    0x1         0x2         02:00:00:00:0a:13     *        br0\n"
		"198.51.100.123   0x1         0x6         02:00:00:00:0A:12     *        br0\n");
	machine_neighbours(S->config.root, "02:00:00:00:0a:12", &found);
	all = strv_join(&found, " ");
	cr_expect_str_eq(all, "198.51.100.20 198.51.100.123");
}

/* @line is the file's text, NULL: a kernel that keeps no login. Whom the kernel names counts, then sudo's user. */
static void expect_caller(const char *line, const char *sudo, int64_t login, const char *person)
{
	_cleanup_caller_ struct caller c = { 0 };
	_cleanup_free_ char *file = below("/proc/self/loginuid");

	(void)unlink(file);
	if (line)
		put_file("/proc/self/loginuid", line);
	caller_read(S->config.root, sudo, &c);
	cr_expect_eq(c.login, login, "%s", line ? line : "none");
	cr_expect_eq(c.uid, getuid());
	cr_expect_str_eq(c.sudo, getuid() || !sudo ? "" : sudo);
	cr_expect_str_eq(c.person, person ? person : getuid() || !sudo ? c.user : sudo);
}

Test(machine, who_logged_in)
{
	expect_caller(NULL, NULL, -1, NULL);
	expect_caller("4294967295", NULL, -1, NULL);
	expect_caller("4294967295", "alice", -1, NULL);
	expect_caller("4294967294", "alice", 4294967294, "4294967294");
	expect_caller("0", "alice", 0, "root");
}
