/* SPDX-License-Identifier: MIT */
/* The machine's cards, bridges, VLANs and bonds as objects. */
#include "tests/unit/machine_fixture.h"

#include "objects/classes/network/bond.h"
#include "objects/classes/network/network.h"
#include "objects/classes/network/pif.h"
#include "objects/classes/network/vlan.h"

TestSuite(machine_cards, .init = machine_start, .fini = host_stop);

Test(machine_cards, cards)
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

Test(machine_cards, vlans_and_bonds)
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

/* At the first use of a store each bridge of the machine becomes a network; libvirt owns br0. */
Test(machine_cards, bridges)
{
	_cleanup_strv_ struct strv bridges = { 0 };
	_cleanup_free_ char *all = NULL;

	machine_bridges(S->config.root, &bridges);
	all = strv_join(&bridges, " ");
	cr_expect_str_eq(all, "br0 docker0");
	EXPECT("network", "bridge", "docker0", "PIF-uuids", "");
	EXPECT("network", "bridge", "br0", "name-label", "lan");
}
