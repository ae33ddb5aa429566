/* SPDX-License-Identifier: MIT */
/*
 * The enum tables. Their order is that of the C enums, with the most usual value first, so that a
 * zeroed object has that value.
 */
#include "objects/model/enums.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* @refusal_: the words before a value that is none, if xe does not list those that are. */
#define TABLE_REFUSING(id, text, refusal_, ...)                                                    \
	const struct enum_table id = {                                                             \
		.name = (text),                                                                    \
		.refusal = (refusal_),                                                             \
		.names = (const struct enum_name[]){ __VA_ARGS__, { NULL, NULL } },                \
	}
#define TABLE(id, text, ...)                                                                       \
	const struct enum_table id = {                                                             \
		.name = (text),                                                                    \
		.names = (const struct enum_name[]){ __VA_ARGS__, { NULL, NULL } },                \
	}

TABLE(power_state_table, "vm_power_state", { "halted", NULL }, { "running", NULL },
	{ "paused", NULL }, { "suspended", NULL });

TABLE(on_normal_exit_table, "on_normal_exit", { "Destroy", "destroy" }, { "Restart", "restart" });

TABLE(on_softreboot_table, "on_softreboot_behavior", { "Soft reboot", "soft_reboot" },
	{ "Destroy", "destroy" }, { "Restart", "restart" }, { "Preserve", "preserve" });

TABLE(on_crash_table, "on_crash_behaviour", { "Destroy", "destroy" },
	{ "Core dump and destroy", "coredump_and_destroy" }, { "Restart", "restart" },
	{ "Core dump and restart", "coredump_and_restart" }, { "Preserve", "preserve" },
	{ "Rename restart", "rename_restart" });

TABLE_REFUSING(domain_type_table, "domain_type", "Invalid domain type. Got ", { "unspecified", "" },
	{ "hvm", NULL }, { "pv", NULL }, { "pv-in-pvh", NULL }, { "pvh", NULL });

TABLE(secureboot_state_table, "vm_secureboot_certificates_state", { "ok", NULL },
	{ "update_available", NULL }, { "update_on_boot", NULL });

TABLE(vdi_type_table, "vdi_type", { "User", "user" }, { "System", "system" },
	{ "Ephemeral", "ephemeral" }, { "Suspend", "suspend" }, { "Crashdump", "crashdump" },
	{ "HA statefile", "ha_statefile" }, { "Metadata", "metadata" }, { "Redo log", "redo_log" },
	{ "rrd", NULL }, { "PVS cache", "pvs_cache" }, { "CBT metadata", "cbt_metadata" });

TABLE_REFUSING(on_boot_table, "on_boot", "Expected 'persist' or 'reset', got ", { "persist", NULL },
	{ "reset", NULL });

TABLE(vbd_type_table, "vbd_type", { "Disk", "disk" }, { "CD", "cd" }, { "Floppy", "floppy" });

TABLE(vbd_mode_table, "vbd_mode", { "RW", "rw" }, { "RO", "ro" });

TABLE(vif_locking_table, "vif_locking_mode", { "network_default", NULL }, { "locked", NULL },
	{ "unlocked", NULL }, { "disabled", NULL });

TABLE(vif_ipv4_mode_table, "vif_ipv4_configuration_mode", { "None", "none" },
	{ "Static", "static" }, { "DHCP", "dhcp" });

TABLE(vif_ipv6_mode_table, "vif_ipv6_configuration_mode", { "None", "none" },
	{ "Static", "static" }, { "Autoconf", "autoconf" });

TABLE(network_locking_table, "network_default_locking_mode", { "unlocked", NULL },
	{ "disabled", NULL });

TABLE(network_purpose_table, "network_purpose", { "nbd", NULL }, { "insecure_nbd", NULL });

TABLE(task_status_table, "task_status_type", { "pending", NULL }, { "success", NULL },
	{ "failure", NULL }, { "cancelling", NULL }, { "cancelled", NULL });

TABLE(message_cls_table, "cls", { "VM", NULL }, { "Host", NULL }, { "SR", NULL }, { "Pool", NULL },
	{ "VMPP", NULL }, { "VMSS", NULL }, { "PVS_proxy", NULL }, { "VDI", NULL },
	{ "Certificate", NULL });

TABLE(vmss_type_table, "vmss_type", { "snapshot", NULL }, { "checkpoint", NULL },
	{ "snapshot_with_quiesce", NULL });

TABLE(vmss_frequency_table, "vmss_frequency", { "daily", NULL }, { "hourly", NULL },
	{ "weekly", NULL });

TABLE(vmss_missed_table, "vmss_missed", { "once", NULL }, { "skip", NULL });

TABLE(ip_mode_table, "ip_configuration_mode", { "None", "none" }, { "DHCP", "dhcp" },
	{ "Static", "static" });

TABLE(ipv6_mode_table, "ipv6_configuration_mode", { "None", "none" }, { "DHCP", "dhcp" },
	{ "Static", "static" }, { "Autoconf", "autoconf" });

TABLE(address_type_table, "primary_address_type", { "IPv4", "ipv4" }, { "IPv6", "ipv6" });

TABLE(igmp_status_table, "pif_igmp_status", { "unknown", NULL }, { "enabled", NULL },
	{ "disabled", NULL });

TABLE(bond_mode_table, "bond_mode", { "balance-slb", NULL }, { "active-backup", NULL },
	{ "lacp", NULL });

TABLE(console_protocol_table, "console_protocol", { "RFB", "rfb" }, { "VT100", "vt100" },
	{ "RDP", "rdp" });

TABLE(host_display_table, "host_display", { "enabled", NULL }, { "disable_on_reboot", NULL },
	{ "disabled", NULL }, { "enable_on_reboot", NULL });

TABLE(numa_policy_table, "host_numa_affinity_policy", { "default_policy", NULL }, { "any", NULL },
	{ "best_effort", NULL });

TABLE(ntp_mode_table, "host_ntp_mode", { "Factory", NULL }, { "DHCP", NULL }, { "Custom", NULL },
	{ "Disabled", NULL });

TABLE(updates_applied_table, "latest_synced_updates_applied_state", { "unknown", NULL },
	{ "yes", NULL }, { "no", NULL });

TABLE(telemetry_frequency_table, "telemetry_frequency", { "daily", NULL }, { "weekly", NULL },
	{ "monthly", NULL });

TABLE(update_frequency_table, "update_sync_frequency", { "daily", NULL }, { "weekly", NULL });

TABLE(node_origin_table, "node_origin", { "made", NULL }, { "adopted-leaf", NULL },
	{ "adopted-base", NULL });

TABLE(node_kind_table, "node_kind", { "disk", NULL }, { "memory", NULL }, { "nvram", NULL },
	{ "tpm", NULL }, { "guard", NULL });

TABLE(node_state_table, "node_state", { "writable", NULL }, { "frozen", NULL }, { "merging", NULL },
	{ "doomed", NULL });

static const char *name_stored(const struct enum_name *n)
{
	return str_is_empty(n->input) ? n->print : n->input;
}

const char *enum_stored(const struct enum_table *t, int value)
{
	return name_stored(&t->names[value]);
}

const char *enum_print(const struct enum_table *t, int value)
{
	return t->names[value].print;
}

int enum_from_stored(const struct enum_table *t, const char *text)
{
	for (int i = 0; t->names[i].print; i++)
		if (strcmp(name_stored(&t->names[i]), text) == 0)
			return i;
	return -1;
}

/* The word that users enter for the value; NULL: they may not enter it. */
static const char *name_input(const struct enum_name *n)
{
	const char *text = n->input ? n->input : n->print;

	return *text ? text : NULL;
}

int enum_from_input(const struct enum_table *t, const char *text)
{
	for (int i = 0; t->names[i].print; i++) {
		const char *input = name_input(&t->names[i]);

		if (input && strcasecmp(input, text) == 0)
			return i;
	}
	return -1;
}

int enum_read(const struct enum_table *t, const char *text, int *ret, struct vxe_error *err)
{
	int value = enum_from_input(t, text);
	_cleanup_free_ char *inputs = value < 0 ? enum_inputs(t) : NULL, *lower = xstrdup(text);

	for (char *p = lower; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (value < 0 && t->refusal)
		return vxe_fail_value(err, "%s%s", t->refusal, lower);
	if (value < 0)
		return vxe_fail_value(err, "Expected one of %s, got %s", inputs, lower);
	*ret = value;
	return 0;
}

char *enum_inputs(const struct enum_table *t)
{
	struct str s = { 0 };

	for (int i = 0; t->names[i].print; i++) {
		const char *input = name_input(&t->names[i]);

		if (input)
			str_addf(&s, "%s'%s'", s.len ? ", " : "", input);
	}
	return str_steal(&s);
}
