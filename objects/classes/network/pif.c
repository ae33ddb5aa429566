/* SPDX-License-Identifier: MIT */
/* The fields of the host's network interfaces, in xe's print order. */
#include "objects/classes/network/pif.h"

#include "objects/classes/host/host_machine.h"
#include "objects/classes/host/recorded_facts.h"
#include "objects/classes/common/getters.h"
#include "objects/classes/common/mirrored_records.h"
#include "objects/model/enums.h"

/* ---- the kernel's facts ---------------------------------------------------------------------- */

static const struct machine_facts *facts_of(struct session *s, const struct pif *pif)
{
	return host_facts_of(s, pif->host);
}

static const void *nic_of(struct session *s, const void *obj)
{
	return machine_nic(facts_of(s, obj), ((const struct pif *)obj)->nic);
}

/*
 * The interface that has the IP addresses of the PIF @obj: the bridge if the PIF's interface is in one, else the
 * interface itself.
 */
static const void *addressed(struct session *s, const void *obj)
{
	const struct machine_nic *nic = nic_of(s, obj);
	const struct machine_nic *master = nic ? machine_nic(facts_of(s, obj), nic->master) : NULL;

	return master && master->kind == NIC_BRIDGE ? master : nic;
}

const char *pif_ip(struct session *s, const struct pif *pif)
{
	const struct machine_nic *nic = addressed(s, pif);

	return nic ? nic->ip : NULL;
}

static bool is_default(struct session *s, const void *obj)
{
	const struct machine_nic *nic = addressed(s, obj);

	return nic && str_eq(nic->name, facts_of(s, obj)->default_nic);
}

/* The machine's facts if its default route goes through the PIF's interface, else NULL. */
static const void *routed(struct session *s, const void *obj)
{
	return is_default(s, obj) ? facts_of(s, obj) : NULL;
}

#define GETTER(name)                                                                               \
	static int name(                                                                           \
		struct session *s, const void *obj, struct value *ret, struct vxe_error *err)

GETTER(get_management)
{
	(void)err;
	ret->integer = is_default(s, obj);
	return 0;
}

GETTER(get_ip_mode)
{
	const struct machine_nic *nic = addressed(s, obj);

	(void)err;
	ret->integer = nic && *nic->ip ? IP_STATIC : IP_NONE;
	return 0;
}

GETTER(get_ipv6_mode)
{
	const struct machine_nic *nic = addressed(s, obj);

	(void)err;
	ret->integer = nic && nic->ipv6.n ? IPV6_AUTOCONF : IPV6_NONE;
	return 0;
}

GETTER(get_speed)
{
	const struct machine_nic *nic = nic_of(s, obj);

	(void)err;
	ret->string = xasprintf("%lld Mbit/s", (long long)(nic ? nic->speed : 0));
	return 0;
}

GETTER(get_duplex)
{
	const struct machine_nic *nic = nic_of(s, obj);

	(void)err;
	ret->string = xstrdup(nic ? nic->duplex : "unknown");
	return 0;
}

GETTER(get_snooping)
{
	const struct machine_nic *nic = nic_of(s, obj), *bridge = addressed(s, obj);

	(void)err;
	ret->integer = bridge == nic ? IGMP_UNKNOWN
		: bridge->snooping   ? IGMP_ENABLED
				     : IGMP_DISABLED;
	return 0;
}

static int get_rate(struct session *s, const void *obj, bool out, struct value *ret)
{
	const struct machine_nic *nic = nic_of(s, obj);
	double rate = -1;

	if (nic && session_is_here(s, ((const struct pif *)obj)->host)) {
		const struct machine_load *load = host_load(s->here);

		rate = (out ? load->out : load->in)[nic - host_facts(s->here)->nics];
	}

	ret->real = rate;
	if (rate < 0)
		ret->literal = "<unknown>";
	return 0;
}

GETTER(get_read)
{
	(void)err;
	return get_rate(s, obj, false, ret);
}

GETTER(get_written)
{
	(void)err;
	return get_rate(s, obj, true, ret);
}

/* ---- the table ------------------------------------------------------------------------------- */

#define STR(m) AT_STRING(struct pif, m)
#define REF(m, cls) AT_REF(struct pif, m, cls)

static const struct field pif_fields[] = {
	{ "uuid", "Unique identifier, derived from the interface's name.", STR(r.uuid),
		.flags = F_COLUMN },
	{ "device", "The interface's name; of a VLAN: that of the one that carries it.",
		STR(device), .flags = F_COLUMN },
	{ "MAC", "Hardware address.", STR(mac), .flags = F_COLUMN | F_NOCASE,
		.source = "kernel: /sys/class/net" },
	{ "physical", "Whether it is a card, not a VLAN or bond.", AT_BOOL(struct pif, physical),
		.flags = F_COLUMN, .source = "kernel: /sys/class/net" },
	{ "managed", "Whether vxe sets it up.", COMPUTED(FIELD_BOOL, get_nothing),
		.source = "constant false: the host's own network tools do" },
	{ "currently-attached", "Whether it is up.", THERE_BOOL(nic_of, struct machine_nic, up),
		.source = "kernel: interface flags" },
	{ "MTU", "Largest packet, in bytes.", THERE_INT(nic_of, struct machine_nic, mtu),
		.source = "kernel: /sys/class/net" },
	{ "VLAN", "Tag of the VLAN; -1: none.", AT_INT(struct pif, vlan), .flags = F_COLUMN,
		.source = "kernel: /proc/net/vlan" },
	{ "vlan-master-of", "The VLAN that it is.", FIRST_USER(CLASS_VLAN, "untagged_PIF"),
		.source = "untagged-PIF of VLANs" },
	{ "vlan-slave-of", "The VLANs that it carries.", USERS(CLASS_VLAN, "tagged_PIF"),
		.flags = F_NO_MEMBERS, .source = "tagged-PIF of VLANs" },
	{ "bond-master-of", "The bond that it is.", USERS(CLASS_BOND, "master"),
		.flags = F_NO_MEMBERS, .source = "master of bonds" },
	{ "bond-slave-of", "The bond that it is a part of.", REF(bond_slave_of, CLASS_BOND),
		.flags = F_COLUMN, .source = "kernel: /sys/class/net" },
	{ "sriov-physical-PIF-of", "SR-IOV networks on it.", COMPUTED(FIELD_REFS, get_nothing),
		.flags = F_NO_MEMBERS, .source = "constant: none" },
	{ "sriov-logical-PIF-of", "SR-IOV networks that it stands for.",
		COMPUTED(FIELD_REFS, get_nothing), .flags = F_NO_MEMBERS,
		.source = "constant: none" },
	{ "tunnel-access-PIF-of", "Tunnels that it gives access to.",
		COMPUTED(FIELD_REFS, get_nothing), .flags = F_NO_MEMBERS,
		.source = "constant: none" },
	{ "tunnel-transport-PIF-of", "Tunnels that it carries.", COMPUTED(FIELD_REFS, get_nothing),
		.flags = F_NO_MEMBERS, .source = "constant: none" },
	{ "management", "Whether the host is reached through it.",
		COMPUTED(FIELD_BOOL, get_management), .source = "kernel: the default route" },
	{ "network-uuid", "The network that it connects.", REF(network, CLASS_NETWORK),
		.flags = F_COLUMN, .source = "kernel: the bridge that it is in" },
	{ "network-name-label", "Name of that network.", REF(network, CLASS_NETWORK),
		.flags = F_NAME, .source = "network-uuid" },
	{ "host-uuid", "The host that has it.", REF(host, CLASS_HOST), .flags = F_COLUMN },
	{ "host-name-label", "Name of that host.", REF(host, CLASS_HOST), .flags = F_NAME,
		.source = "host-uuid" },
	{ "IP-configuration-mode", "Whether it has an IPv4 address; how it got it is not known.",
		COMPUTED(FIELD_ENUM, get_ip_mode), .arg = &ip_mode_table,
		.source = "kernel: addresses" },
	{ "IP", "IPv4 address of it or of its bridge.",
		THERE_STRING(addressed, struct machine_nic, ip), .source = "kernel: addresses" },
	{ "netmask", "Netmask of that address.",
		THERE_STRING(addressed, struct machine_nic, netmask),
		.source = "kernel: addresses" },
	{ "gateway", "Gateway of the default route.",
		THERE_STRING(routed, struct machine_facts, gateway),
		.source = "kernel: /proc/net/route" },
	{ "IPv6-configuration-mode", "Whether it has IPv6 addresses.",
		COMPUTED(FIELD_ENUM, get_ipv6_mode), .arg = &ipv6_mode_table,
		.source = "kernel: addresses" },
	{ "IPv6", "IPv6 addresses of it or of its bridge.",
		THERE_STRINGS(addressed, struct machine_nic, ipv6), .flags = F_NO_MEMBERS,
		.source = "kernel: addresses" },
	{ "IPv6-gateway", "IPv6 gateway; not looked for.", COMPUTED(FIELD_STRING, get_nothing),
		.source = "constant: empty" },
	{ "primary-address-type", "Kind of address that the host is reached by.",
		COMPUTED(FIELD_ENUM, get_nothing), .arg = &address_type_table,
		.source = "constant: IPv4" },
	{ "DNS", "Name servers, of the management interface.",
		THERE_STRING(routed, struct machine_facts, dns),
		.source = "file: /etc/resolv.conf" },
	{ "properties", "Further settings.", AT_MAP(struct pif, properties),
		.flags = F_NO_SUFFIX_ADD },
	{ "capabilities", "What it can do beyond the usual.", COMPUTED(FIELD_STRINGS, get_nothing),
		.source = "constant: none" },
	{ "io_read_kbs", "Reading rate, in KiB/s.", COMPUTED(FIELD_FLOAT, get_read),
		.flags = F_COSTLY, .source = "kernel: its counters, twice within 200 ms" },
	{ "io_write_kbs", "Writing rate, in KiB/s.", COMPUTED(FIELD_FLOAT, get_written),
		.flags = F_COSTLY, .source = "kernel: its counters, twice within 200 ms" },
	{ "carrier", "Whether a cable is plugged in.",
		THERE_BOOL(nic_of, struct machine_nic, carrier),
		.source = "kernel: /sys/class/net" },
	{ "vendor-id", "PCI number of the maker.",
		THERE_STRING(nic_of, struct machine_nic, vendor_id),
		.source = "kernel: /sys/class/net" },
	{ "vendor-name", "Name of the maker; not looked up.", COMPUTED(FIELD_STRING, get_nothing),
		.source = "constant: empty" },
	{ "device-id", "PCI number of the model.",
		THERE_STRING(nic_of, struct machine_nic, device_id),
		.source = "kernel: /sys/class/net" },
	{ "device-name", "Name of the model; not looked up.", COMPUTED(FIELD_STRING, get_nothing),
		.source = "constant: empty" },
	{ "speed", "Speed of the link, \"1000 Mbit/s\".", COMPUTED(FIELD_STRING, get_speed),
		.source = "kernel: /sys/class/net" },
	{ "duplex", "Full, half or unknown.", COMPUTED(FIELD_STRING, get_duplex),
		.source = "kernel: /sys/class/net" },
	{ "disallow-unplug", "Whether it must stay up.", AT_BOOL(struct pif, disallow_unplug),
		.flags = F_SET },
	{ "pci-bus-path", "Place on the PCI bus.",
		THERE_STRING(nic_of, struct machine_nic, pci_path),
		.source = "kernel: /sys/class/net" },
	{ "other-config", "Free keys of users and tools.", AT_MAP(struct pif, other_config),
		.flags = F_ADD },
	{ "igmp-snooping-status", "Whether its bridge filters multicast.",
		COMPUTED(FIELD_ENUM, get_snooping), .arg = &igmp_status_table,
		.source = "kernel: /sys/class/net" },

	/* Not fields of xe. */
	{ "nic", "The kernel's name of it.", STR(nic), .flags = F_INTERNAL },
	{ 0 },
};

static void pif_defaults(void *obj)
{
	((struct pif *)obj)->vlan = -1;
}

const struct class pif_class = {
	.name = "PIF",
	.size = sizeof(struct pif),
	.fields = pif_fields,
	.defaults = pif_defaults,
	.refresh = interfaces_refresh,
};
