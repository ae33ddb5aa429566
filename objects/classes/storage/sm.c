/* SPDX-License-Identifier: MIT */
/* The records SM of the types of storage, the same in every new store, and their fields in xe's print order. */
#include "objects/classes/storage/sm.h"

#include "backends/sr/sr_type.h"
#include "objects/base/uuid.h"

#define STR(m) AT_STRING(struct sm, m)
#define STRINGS(m) AT_STRINGS(struct sm, m)

static const struct field sm_fields[] = {
	{ "uuid", "Unique identifier.", STR(r.uuid), .flags = F_COLUMN },
	{ "name-label", "Name shown to people.", STR(name_label), .flags = F_COLUMN },
	{ "name-description", "What it stores disks in.", STR(name_description) },
	{ "type", "The word for sr-create type=.", STR(type), .flags = F_COLUMN },
	{ "vendor", "Who made it.", STR(vendor) },
	{ "copyright", "Whose work it is.", STR(copyright) },
	{ "required-api-version", "Version of the interface to drivers; unused.",
		STR(required_api_version) },
	{ "capabilities", "What its SRs can do.", STRINGS(capabilities),
		.flags = F_DEPRECATED | F_NO_MEMBERS },
	{ "features", "What its SRs can do, with versions.", AT_MAP(struct sm, features) },
	{ "configuration", "The keys of device-config that it reads.",
		AT_MAP(struct sm, configuration), .flags = F_NO_MEMBERS },
	{ "driver-filename", "The driver's file; all are built in.", STR(driver_filename) },
	{ "required-cluster-stack", "Cluster that it needs; none does.",
		STRINGS(required_cluster_stack), .flags = F_NO_MEMBERS | F_COMMA },
	{ "supported-image-formats", "Formats of the disks in it.",
		STRINGS(supported_image_formats), .flags = F_NO_MEMBERS },
	{ 0 },
};

const struct class sm_class = {
	.name = "SM",
	.size = sizeof(struct sm),
	.fields = sm_fields,
};

static void add_features(struct sm *sm, bool disks)
{
	static const char *const all[] = { "SR_PROBE", "SR_UPDATE", "VDI_ATTACH", "VDI_CLONE",
		"VDI_CREATE", "VDI_DELETE", "VDI_DETACH", "VDI_INTRODUCE", "VDI_RESIZE",
		"VDI_RESIZE_ONLINE", "VDI_SNAPSHOT", "VDI_UPDATE" };

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (!disks && str_starts(all[i], "VDI_") && !str_ends(all[i], "TACH"))
			continue;
		map_set(&sm->features, all[i], "1");
		strv_add(&sm->capabilities, all[i]);
	}
}

static int put_kind(
	struct txn *t, const char *host_uuid, const struct sr_type *k, struct vxe_error *err)
{
	_cleanup_(sm_free_cleanup) struct sm *sm = record_new(&sm_class);
	_cleanup_free_ char *name = xasprintf("sm:%s", k->name);

	sm->r.uuid = uuid_derive(host_uuid, name);
	str_replace(&sm->name_label, k->label);
	str_replace(&sm->name_description, k->description);
	str_replace(&sm->type, k->name);
	str_replace(&sm->vendor, "vxe");
	str_replace(&sm->required_api_version, "1.0");
	for (size_t i = 0; i < ARRAY_LEN(k->keys) && k->keys[i].name; i++)
		map_set(&sm->configuration, k->keys[i].name, k->keys[i].doc);
	add_features(sm, k->content == SR_DISKS);
	strv_split(&sm->supported_image_formats, k->formats, ' ');
	return record_save(t, &sm_class, sm, err);
}

int sms_put(struct txn *t, const char *host_uuid, struct vxe_error *err)
{
	for (size_t i = 0; sr_types[i]; i++)
		if (sr_types[i]->label && put_kind(t, host_uuid, sr_types[i], err) < 0)
			return -1;
	return 0;
}
