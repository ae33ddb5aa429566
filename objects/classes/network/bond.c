/* SPDX-License-Identifier: MIT */
/* The fields of bonds and VLANs, in xe's print order. */
#include "objects/classes/network/bond.h"

#include "objects/classes/host/recorded_facts.h"
#include "objects/classes/common/mirrored_records.h"
#include "objects/classes/network/vlan.h"
#include "objects/model/enums.h"

/* ---- bonds ----------------------------------------------------------------------------------- */

static int get_links_up(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct bond *bond = obj;
	const struct machine_facts *m = host_facts_of(s, bond->host);

	(void)err;
	for (size_t i = 0; i < m->n_nics; i++)
		if (str_eq(m->nics[i].master, bond->nic) && m->nics[i].carrier)
			ret->integer++;
	return 0;
}

static const struct field bond_fields[] = {
	{ "uuid", "Unique identifier, derived from the interface's name.",
		AT_STRING(struct bond, r.uuid), .flags = F_COLUMN },
	{ "master", "The PIF that stands for the bond.", AT_REF(struct bond, master, CLASS_PIF),
		.flags = F_COLUMN },
	{ "slaves", "The PIFs that it consists of.", USERS(CLASS_PIF, "bond_slave_of"),
		.flags = F_NO_MEMBERS, .source = "bond-slave-of of PIFs" },
	{ "mode", "How the bond spreads its load.", AT_ENUM(struct bond, mode, &bond_mode_table),
		.source = "kernel: /sys/class/net" },
	{ "properties", "Further settings.", AT_MAP(struct bond, properties),
		.flags = F_NO_SUFFIX_ADD },
	{ "primary-slave", "The PIF whose address the bond has.",
		FIRST_USER(CLASS_PIF, "bond_slave_of"), .source = "the first of slaves" },
	{ "links-up", "How many of its PIFs have a link.", COMPUTED(FIELD_INT, get_links_up),
		.source = "kernel: /sys/class/net" },
	{ "auto-update-mac", "Whether the address follows the primary slave.",
		FIXED(FIELD_BOOL, .integer = true), .source = "constant: true" },

	/* Not fields of xe. */
	{ "nic", "The kernel's name of it.", AT_STRING(struct bond, nic), .flags = F_INTERNAL },
	{ "host", "The host that has it.", AT_REF(struct bond, host, CLASS_HOST),
		.flags = F_INTERNAL },
	{ 0 },
};

const struct class bond_class = {
	.name = "Bond",
	.size = sizeof(struct bond),
	.fields = bond_fields,
	.refresh = interfaces_refresh,
};

/* ---- VLANs ----------------------------------------------------------------------------------- */

static const struct field vlan_fields[] = {
	{ "uuid", "Unique identifier, derived from the interface's name.",
		AT_STRING(struct vlan, r.uuid), .flags = F_COLUMN },
	{ "tagged-PIF", "The PIF that carries it.", AT_REF(struct vlan, tagged_pif, CLASS_PIF),
		.flags = F_COLUMN, .source = "kernel: /proc/net/vlan" },
	{ "untagged-PIF", "The PIF that it is.", AT_REF(struct vlan, untagged_pif, CLASS_PIF),
		.flags = F_COLUMN, .source = "kernel: /sys/class/net" },
	{ "tag", "Its number.", AT_INT(struct vlan, tag), .flags = F_COLUMN,
		.source = "kernel: /proc/net/vlan" },

	/* Not fields of xe. */
	{ "host", "The host that has it.", AT_REF(struct vlan, host, CLASS_HOST),
		.flags = F_INTERNAL },
	{ 0 },
};

const struct class vlan_class = {
	.name = "VLAN",
	.size = sizeof(struct vlan),
	.fields = vlan_fields,
	.refresh = interfaces_refresh,
};
