/* SPDX-License-Identifier: MIT */
/* The fields of networks, in xe's print order. */
#include "objects/classes/network/network.h"

#include "objects/classes/network/network_records.h"
#include "objects/model/enums.h"

static int check_purpose(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	(void)s, (void)obj;
	for (size_t i = 0; i < value->list.n; i++) {
		const char *text = value->list.items[i];

		if (enum_from_stored(&network_purpose_table, text) < 0)
			return vxe_fail(err, INVALID_VALUE, "purpose", text);
	}
	return 0;
}

static void network_defaults(void *obj)
{
	struct network *network = obj;

	network->mtu = 1500;
	network->managed = true;
}

#define STR(m) AT_STRING(struct network, m)

static const struct field network_fields[] = {
	{ "uuid", "Unique identifier.", STR(r.uuid), .flags = F_COLUMN },
	{ "name-label", "Name shown to people.", STR(name_label), .flags = F_SET | F_COLUMN },
	{ "name-description", "Free text about the network.", STR(name_description),
		.flags = F_SET | F_COLUMN },
	{ "VIF-uuids", "The cards plugged into it.", USERS(CLASS_VIF, "network_uuid"),
		.source = "network-uuid of VIFs" },
	{ "PIF-uuids", "The host's cards in it.", USERS(CLASS_PIF, "network_uuid"),
		.source = "network-uuid of PIFs" },
	{ "MTU", "Largest packet, in bytes.", AT_INT(struct network, mtu),
		.flags = F_SET | F_PLAIN },
	{ "bridge", "Name of the host's bridge.", STR(bridge), .flags = F_COLUMN },
	{ "managed", "Whether vxe looks after the bridge.", AT_BOOL(struct network, managed) },
	{ "other-config", "Free keys of users and tools.", AT_MAP(struct network, other_config),
		.flags = F_ADD },
	{ "blobs", "Binary data attached to it.", AT_MAP(struct network, blobs),
		.flags = F_NO_MEMBERS },
	{ "tags", "Words by which users group objects.", AT_STRINGS(struct network, tags),
		.flags = F_ADD | F_COMMA },
	{ "default-locking-mode", "What cards without a locking mode of their own get.",
		AT_ENUM(struct network, default_locking_mode, &network_locking_table),
		.flags = F_SET },
	{ "purpose", "Services of the host that use it.", AT_STRINGS(struct network, purpose),
		.flags = F_ADD | F_COMMA, .check = check_purpose },

	/* Not fields of xe. */
	{ "libvirt_name", "Libvirt's name of the network.", STR(libvirt_name),
		.flags = F_INTERNAL },
	{ "made", "Whether vxe made libvirt's network.", AT_BOOL(struct network, made),
		.flags = F_INTERNAL },
	{ "on_hosts", "Libvirt's UUID of it on each host of a pool.",
		AT_MAP(struct network, on_hosts), .flags = F_INTERNAL },
	{ "mirrors", "Whether it mirrors a network of libvirt that vxe did not make.",
		AT_BOOL(struct network, mirrors), .flags = F_INTERNAL },
	{ 0 },
};

const struct class network_class = {
	.name = "network",
	.size = sizeof(struct network),
	.fields = network_fields,
	.defaults = network_defaults,
	.refresh = networks_refresh,
};
