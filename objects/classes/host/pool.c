/* SPDX-License-Identifier: MIT */
/* The fields of the pool, in xe's print order. */
#include "objects/classes/host/pool.h"

#include "backends/sr/sr_type.h"
#include "objects/classes/common/getters.h"
#include "objects/classes/host/host_computed.h"
#include "objects/model/enums.h"

/* Placeholder for xe's class Repository, of which vxe has no records: a reference to a repository never finds one. */
static const struct class repository_class = { .name = "Repository" };

/* The types that sr-create accepts. */
static int get_sr_types(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	(void)s, (void)obj, (void)err;
	for (size_t i = 0; sr_types[i]; i++) {
		if (!sr_types[i]->label)
			continue;
		strv_add(&ret->list, sr_types[i]->name);
		if (sr_types[i]->other_name)
			strv_add(&ret->list, sr_types[i]->other_name);
	}
	strv_sort(&ret->list);
	return 0;
}

static void pool_defaults(void *obj)
{
	struct pool *pool = obj;

	pool->ha_reboot_vm_on_internal_shutdown = true;
	pool->coordinator_bias = true;
	pool->ext_auth_cache_enabled = true;
	pool->ext_auth_cache_size = 5;
	pool->ext_auth_cache_expiry = 3;
	pool->ssh_auto_mode = true;
}

#define STR(m) AT_STRING(struct pool, m)
#define SR(m) AT_REF(struct pool, m, CLASS_SR)
#define INT(m) AT_INT(struct pool, m)
#define BOOL(m) AT_BOOL(struct pool, m)
#define MAP(m) AT_MAP(struct pool, m)
/* The getter of fields for XenServer features that vxe's pool does not have: a constant empty value. */
#define NONE(kind) COMPUTED(kind, get_nothing), .source = "constant"

static const struct field pool_fields[] = {
	{ "uuid", "Unique identifier; marks the domains of this store.", STR(r.uuid),
		.flags = F_COLUMN },
	{ "name-label", "Name shown to people.", STR(name_label), .flags = F_SET | F_COLUMN },
	{ "name-description", "Free text about the pool.", STR(name_description),
		.flags = F_SET | F_COLUMN },
	{ "master", "The host that coordinates.", AT_REF(struct pool, master, CLASS_HOST),
		.flags = F_COLUMN },
	{ "default-SR", "The SR for new disks.", SR(default_sr),
		.flags = F_SET | F_NULLABLE | F_COLUMN },
	{ "crash-dump-SR", "The SR for crash dumps.", SR(crash_dump_sr),
		.flags = F_SET | F_NULLABLE },
	{ "suspend-image-SR", "The SR for memory images.", SR(suspend_image_sr),
		.flags = F_SET | F_NULLABLE },
	{ "supported-sr-types", "Types of SRs that can be made.",
		COMPUTED(FIELD_STRINGS, get_sr_types), .flags = F_COSTLY | F_NO_MEMBERS,
		.source = "constant" },
	{ "other-config", "Free keys of users and tools.", MAP(other_config), .flags = F_ADD },
	{ "allowed-operations", "What can be done with the pool now.", NONE(FIELD_STRINGS) },
	{ "current-operations", "What is being done with the pool now.",
		COMPUTED(FIELD_STRINGS, get_current_operations), .source = "tasks" },
	{ "ha-enabled", "Whether high availability is on.", NONE(FIELD_BOOL) },
	{ "ha-configuration", "Settings of high availability.", NONE(FIELD_MAP),
		.flags = F_NO_MEMBERS },
	{ "ha-statefiles", "State files of high availability.", NONE(FIELD_REFS), .ref = CLASS_VDI,
		.flags = F_NO_MEMBERS },
	{ "ha-host-failures-to-tolerate", "How many hosts may fail.",
		INT(ha_host_failures_to_tolerate), .flags = F_SET | F_PLAIN },
	{ "ha-plan-exists-for", "How many failures there is a plan for.", NONE(FIELD_INT) },
	{ "ha-allow-overcommit", "Whether more may be promised than can be kept.",
		BOOL(ha_allow_overcommit), .flags = F_SET | F_PLAIN },
	{ "ha-overcommitted", "Whether more is promised than can be kept.", NONE(FIELD_BOOL) },
	{ "ha-reboot-vm-on-internal-shutdown",
		"Whether a protected guest that powers off starts again.",
		BOOL(ha_reboot_vm_on_internal_shutdown), .flags = F_SET | F_PLAIN },
	{ "blobs", "Binary data attached to it.", NONE(FIELD_MAP), .flags = F_NO_MEMBERS },
	{ "wlb-url", "Address of workload balancing.", NONE(FIELD_STRING) },
	{ "wlb-username", "User name for workload balancing.", NONE(FIELD_STRING) },
	{ "wlb-enabled", "Whether workload balancing is on.", BOOL(wlb_enabled),
		.flags = F_SET | F_PLAIN },
	{ "wlb-verify-cert", "Whether its certificate is checked.", BOOL(wlb_verify_cert),
		.flags = F_SET | F_PLAIN },
	{ "igmp-snooping-enabled", "Whether bridges filter multicast.", BOOL(igmp_snooping_enabled),
		.flags = F_SET | F_PLAIN },
	{ "gui-config", "Keys of graphical tools.", MAP(gui_config), .flags = F_ADD },
	{ "health-check-config", "Keys of the health check.", MAP(health_check_config),
		.flags = F_ADD },
	{ "vswitch-controller", "Address of a switch controller.",
		FIXED(FIELD_STRING, .string = "<not set>"), .flags = F_HIDDEN,
		.source = "constant" },
	{ "restrictions", "What the licence forbids; nothing.", NONE(FIELD_MAP),
		.flags = F_NO_MEMBERS },
	{ "tags", "Words by which users group objects.", AT_STRINGS(struct pool, tags),
		.flags = F_ADD | F_COMMA },
	{ "license-state", "State of the licence.", NONE(FIELD_MAP), .flags = F_NO_MEMBERS },
	{ "ha-cluster-stack", "Kind of high availability.", NONE(FIELD_STRING) },
	{ "guest-agent-config", "Keys for guest tools.", MAP(guest_agent_config), .flags = F_ADD },
	{ "cpu_info", "What the CPUs of all hosts have in common.",
		COMPUTED(FIELD_MAP, host_get_cpu_info), .source = "kernel: /proc/cpuinfo" },
	{ "policy-no-vendor-device", "Whether new VMs lack the vendor device.",
		BOOL(policy_no_vendor_device), .flags = F_SET },
	{ "live-patching-disabled", "Whether live patches are off.", BOOL(live_patching_disabled),
		.flags = F_SET },
	{ "uefi-certificates", "Certificates for guests' Secure Boot.", STR(uefi_certificates),
		.flags = F_SET | F_HIDDEN },
	{ "custom-uefi-certificates", "The same, of the user's own.", STR(custom_uefi_certificates),
		.flags = F_SET | F_HIDDEN },
	{ "tls-verification-enabled", "Whether hosts check each other's certificates.",
		NONE(FIELD_BOOL) },
	{ "client-certificate-auth-enabled", "Whether callers may show certificates.",
		NONE(FIELD_BOOL) },
	{ "client-certificate-auth-name", "The name in such certificates.", NONE(FIELD_STRING) },
	{ "repositories", "Where updates come from.",
		AT_REFS(struct pool, repositories, CLASS_NONE), .arg = &repository_class,
		.flags = F_SET | F_ADD },
	{ "repository-proxy-url", "Proxy for updates.", NONE(FIELD_STRING) },
	{ "repository-proxy-username", "User name for that proxy.", NONE(FIELD_STRING) },
	{ "https-only", "Whether hosts answer HTTPS alone.", BOOL(https_only),
		.flags = F_SET | F_PLAIN },
	{ "migration-compression", "Whether migration compresses.", BOOL(migration_compression),
		.flags = F_SET | F_PLAIN },
	{ "coordinator-bias", "Whether the coordinator gets fewer VMs.", BOOL(coordinator_bias),
		.flags = F_SET | F_PLAIN },
	{ "telemetry-frequency", "How often usage is reported; never.",
		FIXED(FIELD_ENUM, .integer = FREQUENCY_WEEKLY), .arg = &telemetry_frequency_table,
		.source = "constant" },
	{ "telemetry-next-collection", "When usage is collected next.", NONE(FIELD_DATE) },
	{ "last-update-sync", "When updates were last looked for.", NONE(FIELD_DATE) },
	{ "update-sync-frequency", "How often updates are looked for; never.",
		FIXED(FIELD_ENUM, .integer = FREQUENCY_WEEKLY), .arg = &update_frequency_table,
		.source = "constant" },
	{ "update-sync-day", "On which day.", NONE(FIELD_INT) },
	{ "update-sync-enabled", "Whether updates are looked for.", NONE(FIELD_BOOL) },
	{ "auto-update-vm-secureboot-certificates",
		"Whether guests get new Secure Boot certificates.", BOOL(auto_update_certificates),
		.flags = F_SET | F_PLAIN },
	{ "recommendations", "Recommended limits.", NONE(FIELD_MAP) },
	{ "ext-auth-cache-enabled", "Whether logins are remembered.", BOOL(ext_auth_cache_enabled),
		.flags = F_SET | F_PLAIN },
	{ "ext-auth-cache-size", "How many logins are remembered.", INT(ext_auth_cache_size),
		.flags = F_SET | F_PLAIN },
	{ "ext-auth-cache-expiry", "How long logins are remembered, in minutes.",
		INT(ext_auth_cache_expiry), .flags = F_SET | F_PLAIN },
	{ "license-server", "Where licences come from.", MAP(license_server), .flags = F_ADD },
	{ "ssh-enabled", "Whether one may log in by SSH; vxe does not look after it.",
		FIXED(FIELD_BOOL, .integer = true), .source = "constant" },
	{ "ssh-enabled-timeout", "How long SSH stays on, in seconds.", INT(ssh_enabled_timeout),
		.flags = F_SET },
	{ "ssh-expiry", "When SSH goes off.", NONE(FIELD_DATE) },
	{ "console-idle-timeout", "When an idle console logs out, in seconds.",
		INT(console_idle_timeout), .flags = F_SET },
	{ "ssh-auto-mode", "Whether SSH goes on when a host is in trouble.", BOOL(ssh_auto_mode),
		.flags = F_SET },
	{ "limit-console-sessions", "Whether a VM has one console session at most.",
		BOOL(limit_console_sessions), .flags = F_SET },
	{ "vm-console-idle-timeout", "When an idle VM console ends, in seconds.",
		INT(vm_console_idle_timeout), .flags = F_SET },
	{ "move", "Whether the records are being moved to another store.", STR(move),
		.flags = F_INTERNAL | F_COLUMN },
	{ 0 },
};

const struct class pool_class = {
	.name = "pool",
	.size = sizeof(struct pool),
	.fields = pool_fields,
	.defaults = pool_defaults,
};
