/* SPDX-License-Identifier: MIT */
/* The fields of the host, in xe's print order. */
#include "objects/classes/host/host.h"

#include "objects/classes/host/recorded_facts.h"
#include "objects/classes/common/getters.h"
#include "objects/classes/host/host_computed.h"
#include "objects/model/enums.h"

static void host_defaults(void *obj)
{
	struct host *host = obj;

	host->enabled = true;
	host->ssl_legacy = true;
	host->ssh_auto_mode = true;
}

/* The API version of the xe that vxe imitates. */
#define API_MAJOR 2
#define API_MINOR 21

static const void *machine_of(struct session *s, const void *obj)
{
	return host_facts_of(s, ((const struct host *)obj)->r.uuid);
}

#define STR(m) AT_STRING(struct host, m)
#define INT(m) AT_INT(struct host, m)
#define BOOL(m) AT_BOOL(struct host, m)
#define MAP(m) AT_MAP(struct host, m)
#define ENUM(m, table) AT_ENUM(struct host, m, &table)
#define SR(m) AT_REF(struct host, m, CLASS_SR)
/* The getter of fields for XenServer features that vxe's hosts do not have: a constant empty value. */
#define NONE(kind) COMPUTED(kind, get_nothing), .source = "constant"

static const struct field host_fields[] = {
	{ "uuid", "Unique identifier, libvirt's host UUID.", STR(r.uuid), .flags = F_COLUMN },
	{ "name-label", "Name shown to people.", STR(name_label), .flags = F_SET | F_COLUMN },
	{ "name-description", "Free text about the host.", STR(name_description),
		.flags = F_SET | F_COLUMN },
	{ "allowed-operations", "What can be done with the host now.",
		COMPUTED(FIELD_STRINGS, host_get_allowed), .source = "enabled" },
	{ "current-operations", "What is being done with the host now.",
		COMPUTED(FIELD_STRINGS, get_current_operations), .source = "tasks" },
	{ "enabled", "Whether VMs may start on it.", BOOL(enabled) },
	{ "display", "Whether its screen shows a console.", COMPUTED(FIELD_ENUM, get_nothing),
		.arg = &host_display_table, .source = "constant" },
	{ "API-version-major", "The xe that vxe follows.", FIXED(FIELD_INT, .integer = API_MAJOR),
		.source = "constant" },
	{ "API-version-minor", "The xe that vxe follows.", FIXED(FIELD_INT, .integer = API_MINOR),
		.source = "constant" },
	{ "API-version-vendor", "Who made this implementation.",
		FIXED(FIELD_STRING, .string = "vxe"), .source = "constant" },
	{ "API-version-vendor-implementation", "More about it.", NONE(FIELD_MAP) },
	{ "logging", "Where logs go.", MAP(logging), .flags = F_ADD },
	{ "suspend-image-sr-uuid", "The SR in which memory images are put.", SR(suspend_image_sr),
		.flags = F_SET | F_NULLABLE },
	{ "crash-dump-sr-uuid", "The SR for crash dumps.", SR(crash_dump_sr),
		.flags = F_SET | F_NULLABLE },
	{ "software-version",
		"Versions of the kernel, libvirt and the hypervisor; product_version and "
		"platform_version are those of the XenServer whose xe vxe follows.",
		COMPUTED(FIELD_MAP, host_get_software_version), .flags = F_LIVE,
		.source = "kernel: uname; libvirt: virConnectGetVersion, virConnectGetLibVersion" },
	{ "capabilities", "Kinds of guests that it runs.",
		COMPUTED(FIELD_STRINGS, host_get_capabilities),
		.source = "kernel: uname, /dev/kvm" },
	{ "other-config", "Free keys of users and tools.", MAP(other_config), .flags = F_ADD },
	{ "cpu_info", "Facts of the host's CPUs.", COMPUTED(FIELD_MAP, host_get_cpu_info),
		.source = "kernel: /proc/cpuinfo" },
	{ "chipset-info", "Whether there is an IOMMU.", COMPUTED(FIELD_MAP, host_get_chipset),
		.source = "kernel: /sys/kernel/iommu_groups" },
	{ "hostname", "The host's name in the network.",
		THERE_STRING(machine_of, struct machine_facts, hostname),
		.source = "kernel: its host name" },
	{ "address", "The host's address.", COMPUTED(FIELD_STRING, host_get_address),
		.source = "kernel: address of the default route's interface" },
	{ "https-only", "Whether it answers HTTPS alone.", BOOL(https_only),
		.flags = F_SET | F_PLAIN },
	{ "supported-bootloaders", "Boot loaders for paravirtual guests.", NONE(FIELD_STRINGS) },
	{ "blobs", "Binary data attached to it.", NONE(FIELD_MAP), .flags = F_NO_MEMBERS },
	{ "memory-overhead", "Memory that virtualisation itself takes, in bytes.", NONE(FIELD_INT),
		.flags = F_SIZE },
	{ "memory-total", "Memory of the host, in bytes.",
		COMPUTED(FIELD_INT, host_get_memory_total), .flags = F_SIZE,
		.source = "kernel: /proc/meminfo" },
	{ "memory-free", "Memory that programs can still get, in bytes.",
		COMPUTED(FIELD_INT, host_get_memory_free), .flags = F_SIZE,
		.source = "kernel: MemAvailable of /proc/meminfo" },
	{ "memory-free-computed", "The same.", COMPUTED(FIELD_INT, host_get_memory_free),
		.flags = F_COSTLY, .source = "kernel: MemAvailable of /proc/meminfo" },
	{ "host-metrics-live", "Whether the host is up.", COMPUTED(FIELD_BOOL, host_get_live),
		.source = "when it last told the others of its pool so" },
	{ "patches", "Patches applied.", NONE(FIELD_REFS), .ref = CLASS_PATCH,
		.flags = F_COMMA | F_DEPRECATED },
	{ "updates", "Updates applied.", NONE(FIELD_REFS), .ref = CLASS_UPDATE, .flags = F_COMMA },
	{ "ha-statefiles", "State files of high availability.", NONE(FIELD_REFS), .ref = CLASS_VDI,
		.flags = F_NO_MEMBERS },
	{ "ha-network-peers", "Hosts that high availability sees.", NONE(FIELD_STRINGS),
		.flags = F_NO_MEMBERS },
	{ "external-auth-type", "Kind of directory that knows the users.", NONE(FIELD_STRING) },
	{ "external-auth-service-name", "Name of that directory.", NONE(FIELD_STRING) },
	{ "external-auth-configuration", "Settings of that directory.", NONE(FIELD_MAP) },
	{ "edition", "Licence; there is one.", FIXED(FIELD_STRING, .string = "free"),
		.source = "constant" },
	{ "license-server", "Where licences come from.", NONE(FIELD_MAP) },
	{ "power-on-mode", "How it can be switched on from afar.", NONE(FIELD_STRING) },
	{ "power-on-config", "Settings of that.", NONE(FIELD_MAP) },
	{ "local-cache-sr", "SR for cached disks.", NONE(FIELD_REF), .ref = CLASS_SR },
	{ "tags", "Words by which users group objects.", AT_STRINGS(struct host, tags),
		.flags = F_ADD | F_COMMA },
	{ "ssl-legacy", "Whether old ciphers are taken.", BOOL(ssl_legacy), .flags = F_SET },
	{ "guest_VCPUs_params", "Scheduling of all guests.", MAP(guest_vcpus_params),
		.flags = F_ADD },
	{ "virtual-hardware-platform-versions", "Versions of virtual hardware that it offers.",
		FIXED(FIELD_STRINGS, .string = "0,1,2"), .source = "constant" },
	{ "control-domain-uuid", "The VM that stands for the host.",
		AT_REF(struct host, control_domain, CLASS_VM) },
	{ "resident-vms", "The VMs that run on it.", COMPUTED(FIELD_REFS, host_get_resident),
		.ref = CLASS_VM, .flags = F_LIVE, .source = "libvirt: active domains" },
	{ "updates-requiring-reboot", "Updates that wait for a reboot.", NONE(FIELD_REFS),
		.ref = CLASS_UPDATE },
	{ "features", "Experimental features.", NONE(FIELD_STRINGS) },
	{ "iscsi_iqn", "The host's iSCSI name.", STR(iscsi_iqn), .flags = F_SET },
	{ "multipathing", "Whether storage has several paths.", BOOL(multipathing),
		.flags = F_SET },
	{ "uefi-certificates", "Certificates for guests' Secure Boot.", STR(uefi_certificates),
		.flags = F_SET | F_HIDDEN },
	{ "numa-affinity-policy", "How guests are placed on NUMA nodes.",
		ENUM(numa_affinity_policy, numa_policy_table), .flags = F_SET },
	{ "pending-guidances", "What updates ask for, mandatory.", NONE(FIELD_STRINGS),
		.flags = F_NO_MEMBERS },
	{ "tls-verification-enabled", "Whether hosts check each other's certificates.",
		NONE(FIELD_BOOL) },
	{ "last-software-update", "When an update was applied.", NONE(FIELD_DATE) },
	{ "latest-synced-updates-applied", "Whether all known updates are applied.",
		COMPUTED(FIELD_ENUM, get_nothing), .arg = &updates_applied_table,
		.source = "constant" },
	{ "pending-guidances-recommended", "What updates ask for, recommended.",
		NONE(FIELD_STRINGS), .flags = F_NO_MEMBERS },
	{ "pending-guidances-full", "What updates ask for, complete.", NONE(FIELD_STRINGS),
		.flags = F_NO_MEMBERS },
	{ "last-update-hash", "Identifier of the last update.", NONE(FIELD_STRING) },
	{ "ssh-enabled", "Whether one may log in by SSH; vxe does not look after it.",
		FIXED(FIELD_BOOL, .integer = true), .source = "constant" },
	{ "ssh-enabled-timeout", "How long SSH stays on, in seconds.", INT(ssh_enabled_timeout),
		.flags = F_SET },
	{ "ssh-expiry", "When SSH goes off.", NONE(FIELD_DATE) },
	{ "console-idle-timeout", "When an idle console logs out, in seconds.",
		INT(console_idle_timeout), .flags = F_SET },
	{ "ssh-auto-mode", "Whether SSH goes on when the host is in trouble.", BOOL(ssh_auto_mode),
		.flags = F_SET },
	{ "max-cstate", "Deepest sleep of idle CPUs.", STR(max_cstate), .flags = F_SET },
	{ "secure-boot", "Whether the host was booted with Secure Boot.",
		THERE_BOOL(machine_of, struct machine_facts, secure_boot),
		.source = "kernel: efivars" },
	{ "ntp-mode", "Where time servers come from.", ENUM(ntp_mode, ntp_mode_table),
		.flags = F_SET },
	{ "ntp-custom-servers", "Time servers.", AT_STRINGS(struct host, ntp_custom_servers),
		.flags = F_SET | F_COMMA },
	{ "timezone", "The host's time zone.", STR(timezone), .flags = F_SET },

	/* Not fields of xe. */
	{ "driver", "The hypervisor's, as recorded at first contact.", STR(driver),
		.flags = F_INTERNAL },
	{ "hypervisor-uuid", "The hypervisor's UUID of the host, if it is another.",
		STR(hypervisor_uuid), .flags = F_INTERNAL },
	{ "machine", "The machine, derived from its id.", STR(machine), .flags = F_INTERNAL },
	{ "board", "Its board, derived from the UUID that the firmware says.", STR(board),
		.flags = F_INTERNAL },
	{ "former-stores", "The stores that it had before it joined the pool.",
		AT_STRINGS(struct host, former_stores), .flags = F_INTERNAL },
	{ "dead", "When it was declared dead.", AT_DATE(struct host, dead), .flags = F_INTERNAL },
	{ "clock-ahead", "In seconds, of the database's clock; 0 if the difference is small.",
		AT_INT(struct host, clock_ahead), .flags = F_INTERNAL },
	{ "volumes", "Files of volumes that definitions name; ?: not known.", MAP(volumes),
		.flags = F_INTERNAL },
	{ "facts", "Facts about the machine, as JSON.", STR(facts), .flags = F_INTERNAL },
	{ 0 },
};

const struct class host_class = {
	.name = "host",
	.size = sizeof(struct host),
	.fields = host_fields,
	.defaults = host_defaults,
	.refresh = host_facts_note,
};
