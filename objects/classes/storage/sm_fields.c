/* SPDX-License-Identifier: MIT */
/* The kinds of storage: data that every new store gets, and their fields in xe's print order. */
#include "objects/classes/storage/sm.h"

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

static const struct kind {
	const char *type, *name, *description, *key, *key_doc, *second, *second_doc, *formats;
	bool disks;
} kinds[] = {
	{ "ext", "Local EXT4 file system", "Disks as files on a block device of this machine.",
		"device", "an empty block device (required)", NULL, NULL, "qcow2 raw", true },
	{ "file", "Directory", "Disks as files in a directory of this machine.", "location",
		"path of the directory (required)", NULL, NULL, "qcow2 raw", true },
	{ "iso", "ISO images", "Images of CDs in a directory, or on an NFS server.", "location",
		"path of the directory, or SERVER:/PATH (required)", NULL, NULL, "raw", false },
	{ "nfs", "NFS", "Disks as files on an NFS server.", "server",
		"name or address of the server (required)", "serverpath",
		"path on the server (required)", "qcow2 raw", true },
};

const char *sm_type(const char *word)
{
	if (str_eq(word, "dir"))
		return "file";
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(kinds[i].type, word))
			return kinds[i].type;
	return NULL;
}

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
	struct txn *t, const char *host_uuid, const struct kind *k, struct vxe_error *err)
{
	_cleanup_(sm_free_cleanup) struct sm *sm = record_new(&sm_class);
	_cleanup_free_ char *name = xasprintf("sm:%s", k->type);

	sm->r.uuid = uuid_derive(host_uuid, name);
	str_replace(&sm->name_label, k->name);
	str_replace(&sm->name_description, k->description);
	str_replace(&sm->type, k->type);
	str_replace(&sm->vendor, "vxe");
	str_replace(&sm->required_api_version, "1.0");
	map_set(&sm->configuration, k->key, k->key_doc);
	if (k->second)
		map_set(&sm->configuration, k->second, k->second_doc);
	add_features(sm, k->disks);
	strv_split(&sm->supported_image_formats, k->formats, ' ');
	return record_save(t, &sm_class, sm, err);
}

int sms_put(struct txn *t, const char *host_uuid, struct vxe_error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (put_kind(t, host_uuid, &kinds[i], err) < 0)
			return -1;
	return 0;
}
