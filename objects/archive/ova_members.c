/* SPDX-License-Identifier: MIT */
/* The tables of an archive's records, and how their rows are written and read. */
#include "objects/archive/ova_members.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "objects/model/enums.h"
#include "objects/model/record.h"

#define NEED ROW_NEED
#define READ ROW_READ
#define BOTH (ROW_NEED | ROW_READ)

const struct ova_row ova_vm_rows[] = {
	{ "uuid", ROW_FIELD, NEED, NULL },
	{ "name_label", ROW_FIELD, READ, NULL },
	{ "name_description", ROW_FIELD, READ, NULL },
	{ "user_version", ROW_FIELD, BOTH, NULL },
	{ "is_a_template", ROW_FIELD, BOTH, NULL },
	{ "is_default_template", ROW_BOOL, 0, NULL },
	{ "is_a_snapshot", ROW_BOOL, 0, NULL },
	{ "snapshot_of", ROW_NULL, 0, NULL },
	{ "snapshots", ROW_LIST, 0, NULL },
	{ "children", ROW_LIST, 0, NULL },
	{ "parent", ROW_NULL, 0, NULL },
	{ "snapshot_time", ROW_DATE, 0, NULL },
	{ "snapshot_info", ROW_MAP, 0, NULL },
	{ "snapshot_metadata", ROW_TEXT, 0, NULL },
	{ "transportable_snapshot_id", ROW_TEXT, 0, NULL },
	{ "suspend_SR", ROW_NULL, 0, NULL },
	{ "resident_on", ROW_NULL, NEED, NULL },
	{ "affinity", ROW_NULL, NEED, NULL },
	{ "scheduled_to_be_resident_on", ROW_NULL, 0, NULL },
	{ "memory_overhead", ROW_INT, 0, NULL },
	{ "memory_static_max", ROW_FIELD, BOTH, NULL },
	{ "memory_dynamic_max", ROW_FIELD, BOTH, NULL },
	{ "memory_dynamic_min", ROW_FIELD, BOTH, NULL },
	{ "memory_static_min", ROW_FIELD, BOTH, NULL },
	{ "VCPUs_params", ROW_FIELD, BOTH, NULL },
	{ "VCPUs_max", ROW_FIELD, BOTH, NULL },
	{ "VCPUs_at_startup", ROW_FIELD, BOTH, NULL },
	{ "actions_after_shutdown", ROW_FIELD, BOTH, NULL },
	{ "actions_after_softreboot", ROW_FIELD, READ, NULL },
	{ "actions_after_reboot", ROW_FIELD, BOTH, NULL },
	{ "actions_after_crash", ROW_FIELD, BOTH, NULL },
	{ "HVM_boot_policy", ROW_FIELD, BOTH, NULL },
	{ "HVM_boot_params", ROW_FIELD, BOTH, NULL },
	{ "HVM_shadow_multiplier", ROW_FIELD, READ, NULL },
	{ "PV_bootloader", ROW_FIELD, BOTH, NULL },
	{ "PV_kernel", ROW_FIELD, BOTH, NULL },
	{ "PV_ramdisk", ROW_FIELD, BOTH, NULL },
	{ "PV_args", ROW_FIELD, BOTH, NULL },
	{ "PV_bootloader_args", ROW_FIELD, BOTH, NULL },
	{ "PV_legacy_args", ROW_FIELD, BOTH, NULL },
	{ "platform", ROW_FIELD, BOTH, NULL },
	{ "PCI_bus", ROW_TEXT, NEED, NULL },
	{ "other_config", ROW_FIELD, BOTH, NULL },
	{ "domid", ROW_INT, NEED, "-1" },
	{ "domarch", ROW_TEXT, NEED, NULL },
	{ "last_boot_CPU_flags", ROW_MAP, 0, NULL },
	{ "last_booted_record", ROW_TEXT, 0, NULL },
	{ "is_control_domain", ROW_FIELD, BOTH, NULL },
	{ "metrics", ROW_NULL, NEED, NULL },
	{ "guest_metrics", ROW_NULL, NEED, NULL },
	{ "recommendations", ROW_FIELD, BOTH, NULL },
	{ "xenstore_data", ROW_FIELD, READ, NULL },
	{ "ha_always_run", ROW_BOOL, 0, NULL },
	{ "ha_restart_priority", ROW_FIELD, READ, NULL },
	{ "tags", ROW_FIELD, READ, NULL },
	{ "blocked_operations", ROW_FIELD, READ, NULL },
	{ "bios_strings", ROW_FIELD, READ, NULL },
	{ "start_delay", ROW_FIELD, READ, NULL },
	{ "shutdown_delay", ROW_FIELD, READ, NULL },
	{ "order", ROW_FIELD, READ, NULL },
	{ "version", ROW_FIELD, READ, NULL },
	{ "generation_id", ROW_FIELD, READ, NULL },
	{ "hardware_platform_version", ROW_FIELD, READ, NULL },
	{ "has_vendor_device", ROW_FIELD, READ, NULL },
	{ "requires_reboot", ROW_BOOL, 0, NULL },
	{ "reference_label", ROW_FIELD, READ, NULL },
	{ "appliance", ROW_NULL, 0, NULL },
	{ "protection_policy", ROW_NULL, 0, NULL },
	{ "snapshot_schedule", ROW_NULL, 0, NULL },
	{ "is_snapshot_from_vmpp", ROW_BOOL, 0, NULL },
	{ "is_vmss_snapshot", ROW_BOOL, 0, NULL },
	{ "VGPUs", ROW_LIST, 0, NULL },
	{ "VUSBs", ROW_LIST, 0, NULL },
	{ "consoles", ROW_LIST, 0, NULL },
	{ "crash_dumps", ROW_LIST, 0, NULL },
	{ "attached_PCIs", ROW_LIST, 0, NULL },
	{ "allowed_operations", ROW_LIST, 0, NULL },
	{ "current_operations", ROW_MAP, 0, NULL },
	{ "blobs", ROW_MAP, 0, NULL },
	{ 0 },
};

#define DEVICE_ROWS                                                                                \
	{ "status_code", ROW_INT, NEED, NULL }, { "status_detail", ROW_TEXT, NEED, NULL },         \
		{ "runtime_properties", ROW_MAP, NEED, NULL },                                     \
		{ "qos_algorithm_type", ROW_FIELD, BOTH, NULL },                                   \
		{ "qos_algorithm_params", ROW_FIELD, BOTH, NULL },                                 \
		{ "qos_supported_algorithms", ROW_LIST, NEED, NULL },                              \
		{ "metrics", ROW_NULL, 0, NULL }, { "allowed_operations", ROW_LIST, 0, NULL },     \
		{ "current_operations", ROW_MAP, 0, NULL },                                        \
	{                                                                                          \
		"other_config", ROW_FIELD, BOTH, NULL                                              \
	}

const struct ova_row ova_vbd_rows[] = {
	{ "uuid", ROW_FIELD, NEED, NULL },
	{ "userdevice", ROW_FIELD, BOTH, NULL },
	{ "device", ROW_FIELD, 0, NULL },
	{ "bootable", ROW_FIELD, BOTH, NULL },
	{ "mode", ROW_FIELD, BOTH, NULL },
	{ "type", ROW_FIELD, BOTH, NULL },
	{ "empty", ROW_FIELD, BOTH, NULL },
	{ "unpluggable", ROW_FIELD, READ, NULL },
	{ "storage_lock", ROW_BOOL, NEED, NULL },
	DEVICE_ROWS,
	{ 0 },
};

const struct ova_row ova_vif_rows[] = {
	{ "uuid", ROW_FIELD, NEED, NULL },
	{ "device", ROW_FIELD, BOTH, NULL },
	{ "MAC", ROW_FIELD, BOTH, NULL },
	{ "MAC_autogenerated", ROW_FIELD, 0, NULL },
	{ "MTU", ROW_FIELD, BOTH, NULL },
	{ "locking_mode", ROW_FIELD, READ, NULL },
	{ "ipv4_allowed", ROW_FIELD, READ, NULL },
	{ "ipv6_allowed", ROW_FIELD, READ, NULL },
	{ "trunks", ROW_FIELD, READ, NULL },
	DEVICE_ROWS,
	{ 0 },
};

const struct ova_row ova_vdi_rows[] = {
	{ "uuid", ROW_FIELD, NEED, NULL },
	{ "name_label", ROW_FIELD, READ, NULL },
	{ "name_description", ROW_FIELD, READ, NULL },
	{ "virtual_size", ROW_FIELD, BOTH, NULL },
	{ "type", ROW_FIELD, BOTH, NULL },
	{ "sharable", ROW_FIELD, BOTH, NULL },
	{ "read_only", ROW_FIELD, BOTH, NULL },
	{ "other_config", ROW_FIELD, BOTH, NULL },
	{ "sm_config", ROW_MAP, 0, NULL },
	{ "xenstore_data", ROW_MAP, 0, NULL },
	{ "storage_lock", ROW_BOOL, NEED, NULL },
	{ "missing", ROW_BOOL, NEED, NULL },
	{ "managed", ROW_BOOL, NEED, "1" },
	{ "parent", ROW_NULL, NEED, NULL },
	{ "is_a_snapshot", ROW_BOOL, 0, NULL },
	{ "snapshot_of", ROW_NULL, 0, NULL },
	{ "metadata_of_pool", ROW_NULL, 0, NULL },
	{ "snapshots", ROW_LIST, 0, NULL },
	{ "crash_dumps", ROW_LIST, 0, NULL },
	{ "snapshot_time", ROW_DATE, 0, NULL },
	{ "tags", ROW_FIELD, READ, NULL },
	{ "allow_caching", ROW_FIELD, READ, NULL },
	{ "metadata_latest", ROW_BOOL, 0, NULL },
	{ "is_tools_iso", ROW_BOOL, 0, NULL },
	{ "cbt_enabled", ROW_BOOL, 0, NULL },
	{ "on_boot", ROW_FIELD, READ, NULL },
	{ "allowed_operations", ROW_LIST, 0, NULL },
	{ "current_operations", ROW_MAP, 0, NULL },
	{ 0 },
};

/*
 * The members of an SR's record in an archive. Settings of the storage itself (PBDs, sm_config) are left out, because
 * they may contain secrets.
 */
const struct ova_row ova_sr_rows[] = {
	{ "uuid", ROW_FIELD, NEED, NULL },
	{ "name_label", ROW_FIELD, READ, NULL },
	{ "name_description", ROW_FIELD, 0, NULL },
	{ "virtual_allocation", ROW_INT, NEED, NULL },
	{ "physical_utilisation", ROW_INT, NEED, NULL },
	{ "physical_size", ROW_INT, NEED, NULL },
	{ "type", ROW_FIELD, BOTH, NULL },
	{ "content_type", ROW_FIELD, BOTH, NULL },
	{ "shared", ROW_FIELD, NEED, NULL },
	{ "other_config", ROW_MAP, NEED, NULL },
	{ "PBDs", ROW_LIST, 0, NULL },
	{ "sm_config", ROW_MAP, 0, NULL },
	{ "blobs", ROW_MAP, 0, NULL },
	{ "tags", ROW_LIST, 0, NULL },
	{ "local_cache_enabled", ROW_BOOL, 0, NULL },
	{ "introduced_by", ROW_NULL, 0, NULL },
	{ "clustered", ROW_BOOL, 0, NULL },
	{ "is_tools_sr", ROW_BOOL, 0, NULL },
	{ "allowed_operations", ROW_LIST, 0, NULL },
	{ "current_operations", ROW_MAP, 0, NULL },
	{ 0 },
};

const struct ova_row ova_network_rows[] = {
	{ "uuid", ROW_FIELD, NEED, NULL },
	{ "name_label", ROW_FIELD, READ, NULL },
	{ "name_description", ROW_FIELD, READ, NULL },
	{ "bridge", ROW_FIELD, READ, NULL },
	{ "MTU", ROW_FIELD, READ, NULL },
	{ "other_config", ROW_MAP, NEED, NULL },
	{ "PIFs", ROW_LIST, 0, NULL },
	{ "managed", ROW_BOOL, 0, "1" },
	{ "blobs", ROW_MAP, 0, NULL },
	{ "tags", ROW_LIST, 0, NULL },
	{ "default_locking_mode", ROW_TEXT, 0, "unlocked" },
	{ "assigned_ips", ROW_MAP, 0, NULL },
	{ "purpose", ROW_LIST, 0, NULL },
	{ "allowed_operations", ROW_LIST, 0, NULL },
	{ "current_operations", ROW_MAP, 0, NULL },
	{ 0 },
};

/* ---- fields ----------------------------------------------------------------------------------- */

static const struct field *row_field(const struct ova_row *row, const struct class *c)
{
	for (const struct field *f = c->fields; f->name; f++) {
		_cleanup_free_ char *key = field_key(f->name);

		if (f->offset != FIELD_COMPUTED && str_eq(key, row->name))
			return f;
	}
	return NULL;
}

/*
 * The word for an enum value in an archive. Types and modes of VBDs are capitalized there, as xe prints them; other
 * enums have the word under which vxe stores them.
 */
static const char *enum_word(const struct field *f, int value)
{
	const struct enum_table *t = f->arg;

	return t == &vbd_type_table || t == &vbd_mode_table ? enum_print(t, value)
							    : enum_stored(t, value);
}

static void write_field(
	const struct ova_row *row, const struct field *f, const void *obj, struct ova *record)
{
	const void *m = (const char *)obj + f->offset;

	switch (f->type) {
	case FIELD_STRING:
	case FIELD_REF:
		ova_add_text(record, row->name, *(char *const *)m);
		return;
	case FIELD_INT:
		ova_add_int(record, row->name, *(const int64_t *)m);
		return;
	case FIELD_BOOL:
		ova_add_bool(record, row->name, *(const bool *)m);
		return;
	case FIELD_FLOAT:
		ova_add_float(record, row->name, *(const double *)m);
		return;
	case FIELD_ENUM:
		ova_add_text(record, row->name, enum_word(f, *(const int *)m));
		return;
	case FIELD_DATE:
		ova_add_date(record, row->name, *(const int64_t *)m);
		return;
	case FIELD_STRINGS:
	case FIELD_REFS:
		ova_add_strings(record, row->name, m);
		return;
	case FIELD_MAP:
		ova_add_map(record, row->name, m);
		return;
	}
}

static void write_constant(const struct ova_row *row, struct ova *record)
{
	const char *value = row->value ? row->value : "";

	switch (row->kind) {
	case ROW_FIELD:
	case ROW_TEXT:
		ova_add_text(record, row->name, value);
		return;
	case ROW_INT:
		ova_add_int(record, row->name, strtol(value, NULL, 10));
		return;
	case ROW_BOOL:
		ova_add_bool(record, row->name, *value);
		return;
	case ROW_DATE:
		ova_add_date(record, row->name, 0);
		return;
	case ROW_NULL:
		ova_add_text(record, row->name, OVA_NULL);
		return;
	case ROW_LIST:
		ova_add(record, row->name, OVA_LIST);
		return;
	case ROW_MAP:
		ova_add(record, row->name, OVA_STRUCT);
		return;
	}
}

void ova_write_rows(
	const struct ova_row *rows, const struct class *c, const void *obj, struct ova *record)
{
	for (const struct ova_row *row = rows; row->name; row++) {
		const struct field *f = row->kind == ROW_FIELD ? row_field(row, c) : NULL;

		if (f)
			write_field(row, f, obj, record);
		else
			write_constant(row, record);
	}
}

/* ---- reading ---------------------------------------------------------------------------------- */

/* The longest text that is read: far more than a word of a command line can have, so what was set can be read. */
#define TEXT_MAX ((size_t)1 << 20)

static int read_enum(const struct ova *v, const char *what, const struct field *f, int64_t *ret,
	struct vxe_error *err)
{
	const struct enum_table *t = f->arg;
	const char *text;

	if (ova_text(v, what, &text, err) < 0)
		return -1;
	for (int i = 0; t->names[i].print; i++)
		if (strcasecmp(enum_stored(t, i), text) == 0) {
			*ret = i;
			return 0;
		}
	return ova_fail(err, "%s is %s, which is not known", what, text);
}

static int read_string(const struct ova *v, const char *what, char **ret, struct vxe_error *err)
{
	const char *text;

	if (ova_text(v, what, &text, err) < 0)
		return -1;
	if (strlen(text) > TEXT_MAX)
		return ova_fail(err, "%s is too long", what);
	*ret = xstrdup(text);
	return 0;
}

/* Checks that each key and value of a map, and each item of a list, is no longer than a text member may be. */
static int check_lengths(const struct ova *v, const char *what, struct vxe_error *err)
{
	for (size_t i = 0; i < v->n; i++) {
		const char *key = v->items[i].name, *text = v->items[i].value.text;

		if ((key && strlen(key) > TEXT_MAX) || (text && strlen(text) > TEXT_MAX))
			return ova_fail(err, "%s: a text in it is too long", what);
	}
	return 0;
}

static int read_value(const struct field *f, const struct ova *v, const char *what,
	struct value *ret, struct vxe_error *err)
{
	bool on = false;
	int r;

	switch (f->type) {
	case FIELD_STRING:
	case FIELD_REF:
		return read_string(v, what, &ret->string, err);
	case FIELD_INT:
		return ova_int(v, what, &ret->integer, err);
	case FIELD_BOOL:
		r = ova_bool(v, what, &on, err);
		ret->integer = on;
		return r;
	case FIELD_FLOAT:
		return ova_float(v, what, &ret->real, err);
	case FIELD_ENUM:
		return read_enum(v, what, f, &ret->integer, err);
	case FIELD_DATE:
		return ova_date(v, what, &ret->integer, err);
	case FIELD_STRINGS:
	case FIELD_REFS:
		r = ova_strings(v, what, &ret->list, err);
		return r < 0 ? r : check_lengths(v, what, err);
	case FIELD_MAP:
		r = ova_map(v, what, &ret->map, err);
		return r < 0 ? r : check_lengths(v, what, err);
	}
	return 0;
}

static int read_row(const struct ova_row *row, const struct class *c, const struct ova *record,
	const char *what, void *obj, struct vxe_error *err)
{
	const struct ova *v = ova_get(record, row->name);
	_cleanup_free_ char *name = xasprintf("%s.%s", what, row->name);
	_cleanup_value_ struct value value = { 0 };
	const struct field *f = row_field(row, c);

	if (!v)
		return row->flags & ROW_NEED ? ova_fail(err, "%s is missing", name) : 0;
	if (!f || row->kind != ROW_FIELD)
		return 0;
	if (read_value(f, v, name, &value, err) < 0)
		return -1;
	if (row->flags & ROW_READ)
		field_store(f, obj, &value);
	return 0;
}

int ova_read_rows(const struct ova_row *rows, const struct class *c, const struct ova *record,
	const char *what, void *obj, struct vxe_error *err)
{
	if (!record || record->type != OVA_STRUCT)
		return ova_fail(err, "%s has no record", what);
	for (const struct ova_row *row = rows; row->name; row++)
		if (read_row(row, c, record, what, obj, err) < 0)
			return -1;
	return 0;
}
