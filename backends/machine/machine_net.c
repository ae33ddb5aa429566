/* SPDX-License-Identifier: MIT */
/* The machine's network interfaces, from /sys/class/net, the routing table and calls for addresses. */
#include "backends/machine/machine.h"

#include <arpa/inet.h>
#include <glob.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* The path "/sys/class/net/NAME/FILE"; owned. */
static char *nic_file_path(const char *name, const char *file)
{
	return xasprintf("/sys/class/net/%s/%s", name, file);
}

static char *nic_word(const char *root, const char *name, const char *file)
{
	_cleanup_free_ char *path = nic_file_path(name, file);

	return machine_word(root, path);
}

static int64_t nic_int(const char *root, const char *name, const char *file, int64_t otherwise)
{
	_cleanup_free_ char *path = nic_file_path(name, file);

	return machine_int(root, path, otherwise);
}

static bool nic_has(const char *root, const char *name, const char *file)
{
	_cleanup_free_ char *path = nic_file_path(name, file);
	_cleanup_free_ char *full = xasprintf("%s%s", root ? root : "", path);
	struct stat st;

	return stat(full, &st) == 0;
}

/* The last part of the path to which a link of the interface in /sys leads, owned; NULL: there is no such link. */
static char *nic_link(const char *root, const char *name, const char *link)
{
	_cleanup_free_ char *path = nic_file_path(name, link);
	_cleanup_free_ char *full = xasprintf("%s%s", root ? root : "", path);
	char target[PATH_MAX];
	ssize_t n = readlink(full, target, sizeof(target) - 1);
	const char *slash;

	if (n < 0)
		return NULL;
	target[n] = '\0';
	slash = strrchr(target, '/');
	return xstrdup(slash ? slash + 1 : target);
}

/* ---- one interface --------------------------------------------------------------------------- */

static enum nic_kind nic_kind_of(const char *root, const char *name)
{
	_cleanup_free_ char *path = nic_file_path(name, "uevent");
	_cleanup_free_ char *uevent = machine_text(root, path);

	if (nic_has(root, name, "bridge"))
		return NIC_BRIDGE;
	if (nic_has(root, name, "bonding"))
		return NIC_BOND;
	if (uevent && strstr(uevent, "DEVTYPE=vlan"))
		return NIC_VLAN;
	return nic_has(root, name, "device") ? NIC_PHYSICAL : NIC_OTHER;
}

/* Reads a VLAN's tag and interface from the lines "eth0.5 VID: 5 REORDER_HDR: 1 ..." and "Device: eth0". */
static void read_vlan(const char *root, struct machine_nic *n)
{
	_cleanup_free_ char *path = xasprintf("/proc/net/vlan/%s", n->name);
	_cleanup_free_ char *text = machine_text(root, path);
	const char *vid = text ? strstr(text, "VID:") : NULL;
	const char *device = text ? strstr(text, "Device:") : NULL;

	if (vid)
		n->vlan = strtoll(vid + strlen("VID:"), NULL, 10);
	if (!device)
		return;
	device += strlen("Device:");
	device += strspn(device, " \t");
	n->parent = xstrndup(device, strcspn(device, " \t\n"));
}

static void add_nic(const char *root, struct machine_facts *m, const char *name)
{
	struct machine_nic n = {
		.name = xstrdup(name), .kind = nic_kind_of(root, name), .vlan = -1
	};
	int64_t flags = nic_int(root, name, "flags", 0);
	int64_t speed = nic_int(root, name, "speed", 0);

	n.mac = nic_word(root, name, "address");
	n.master = nic_link(root, name, "master");
	n.mtu = nic_int(root, name, "mtu", 0);
	n.up = flags & IFF_UP;
	n.carrier = nic_int(root, name, "carrier", 0) == 1;
	n.speed = speed > 0 ? speed : 0;
	n.duplex = nic_word(root, name, "duplex");
	if (!*n.duplex)
		str_replace(&n.duplex, "unknown");
	n.bond_mode = n.kind == NIC_BOND ? nic_word(root, name, "bonding/mode") : xstrdup("");
	n.bond_mode[strcspn(n.bond_mode, " ")] = '\0'; /* the file has "active-backup 1" */
	n.ip = xstrdup("");
	n.netmask = xstrdup("");
	n.snooping = nic_int(root, name, "bridge/multicast_snooping", 0) == 1;
	if (n.kind == NIC_VLAN)
		read_vlan(root, &n);
	_cleanup_free_ char *address = nic_link(root, n.name, "device");
	bool pci = nic_has(root, n.name, "device/vendor");

	n.vendor_id = pci ? nic_word(root, n.name, "device/vendor") : xstrdup("");
	n.device_id = pci ? nic_word(root, n.name, "device/device") : xstrdup("");
	n.pci_path = pci && address ? TAKE(address) : xstrdup("");
	m->nics = xrealloc(m->nics, m->n_nics + 1, sizeof(*m->nics));
	m->nics[m->n_nics++] = n;
}

/* ---- routes and addresses -------------------------------------------------------------------- */

/*
 * Reads the default route; in /proc/net/route destination and gateway are hexadecimal numbers in the machine's byte
 * order.
 */
static void read_default_route(const char *root, struct machine_facts *m)
{
	_cleanup_free_ char *text = machine_text(root, "/proc/net/route");
	_cleanup_strv_ struct strv lines = { 0 };

	m->default_nic = xstrdup("");
	m->gateway = xstrdup("");
	strv_split(&lines, text ? text : "", '\n');
	for (size_t i = 1; i < lines.n; i++) {
		char name[IF_NAMESIZE];
		unsigned to, via;

		if (sscanf(lines.items[i], "%15s %x %x", name, &to, &via) != 3 || to)
			continue;
		struct in_addr a = { .s_addr = via };
		char address[INET_ADDRSTRLEN];

		str_replace(&m->default_nic, name);
		str_replace(&m->gateway, inet_ntop(AF_INET, &a, address, sizeof(address)));
		return;
	}
}

static struct machine_nic *find_nic(struct machine_facts *m, const char *name)
{
	for (size_t i = 0; i < m->n_nics; i++)
		if (str_eq(m->nics[i].name, name))
			return &m->nics[i];
	return NULL;
}

const struct machine_nic *machine_nic(const struct machine_facts *m, const char *name)
{
	for (size_t i = 0; name && i < m->n_nics; i++)
		if (str_eq(m->nics[i].name, name))
			return &m->nics[i];
	return NULL;
}

static int prefix_length(const struct sockaddr_in6 *mask)
{
	int n = 0;

	for (size_t i = 0; mask && i < sizeof(mask->sin6_addr); i++)
		n += __builtin_popcount(mask->sin6_addr.s6_addr[i]);
	return n;
}

static void take_address(struct machine_nic *n, const struct ifaddrs *a)
{
	const void *address = a->ifa_addr, *mask = a->ifa_netmask;
	const struct sockaddr_in *v4 = address, *mask4 = mask;
	const struct sockaddr_in6 *v6 = address;
	char text[INET6_ADDRSTRLEN];

	if (a->ifa_addr->sa_family == AF_INET && !*n->ip) {
		str_replace(&n->ip, inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text)));
		if (mask4)
			str_replace(&n->netmask,
				inet_ntop(AF_INET, &mask4->sin_addr, text, sizeof(text)));
	} else if (a->ifa_addr->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
		strv_take(&n->ipv6, xasprintf("%s/%d", text, prefix_length(mask)));
	}
}

/*
 * Reads the addresses of the interfaces, which the kernel tells only by calls: they are always those of the real
 * machine.
 */
static void read_addresses(struct machine_facts *m)
{
	struct ifaddrs *all;

	if (getifaddrs(&all) < 0)
		return;
	for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
		struct machine_nic *n = find_nic(m, a->ifa_name);

		if (n && a->ifa_addr)
			take_address(n, a);
	}
	freeifaddrs(all);
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* Lists the network interfaces that have a file @has in /sys/class/net. */
static void list_nics(const char *root, const char *has, struct strv *ret)
{
	_cleanup_free_ char *pattern = xasprintf("%s/sys/class/net/*/%s", root ? root : "", has);
	glob_t found;

	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		*strrchr(found.gl_pathv[i], '/') = '\0';
		strv_add(ret, strrchr(found.gl_pathv[i], '/') + 1);
	}
	globfree(&found);
}

void machine_bridges(const char *root, struct strv *ret)
{
	list_nics(root, "bridge", ret);
}

void machine_read_nics(const char *root, struct machine_facts *ret)
{
	_cleanup_strv_ struct strv names = { 0 };

	read_default_route(root, ret);
	list_nics(root, "address", &names);
	for (size_t i = 0; i < names.n; i++)
		add_nic(root, ret, names.items[i]);
	if (str_is_empty(root))
		read_addresses(ret);
}

/*
 * Finds IPv4 addresses in the kernel's ARP table. The table also has addresses that nobody has answered for yet;
 * they are left out.
 */
void machine_neighbours(const char *root, const char *mac, struct strv *ret)
{
	_cleanup_free_ char *text = machine_text(root, "/proc/net/arp");
	_cleanup_strv_ struct strv lines = { 0 };
	char ip[INET_ADDRSTRLEN], card[32];
	unsigned flags;

	strv_split(&lines, text ? text : "", '\n');
	for (size_t i = 0; i < lines.n; i++)
		if (sscanf(lines.items[i], "%15s %*s %x %31s", ip, &flags, card) == 3 &&
			flags & ATF_COM && strcasecmp(card, mac) == 0)
			strv_add(ret, ip);
}
