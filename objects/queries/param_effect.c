/* SPDX-License-Identifier: MIT */
/* What each field and key that can be set does on this host. */
#include "objects/queries/param_effect.h"

#include "objects/model/record.h"

#include <json-c/json.h>
#include <string.h>

/* ---- the table ------------------------------------------------------------------------------- */

#define BY_DEFINITION(element) element " of the definition counts ('virsh edit')"
#define NO_SUCH_KEY "KVM has no such setting"
#define NO_PV "KVM runs no paravirtual VMs"
#define NO_HA "there is no high availability"
#define NO_XENSTORE "guests of KVM have no xenstore"
#define NO_SERVER "vxe has no server"
#define HOSTS_OWN "the host's own tools set that"
#define NO_FILTER "vxe filters no traffic; a <filterref> of the definition does"
#define NO_UPDATES "vxe does not update the host"

#define ALL "*"
#define DEFINITION NULL, ACTS_DEFINITION, NULL
#define RECORD NULL, ACTS_RECORD, NULL
#define NOT(why) NULL, ACTS_NOT, why
#define VXE(how) NULL, ACTS_VXE, how

const struct setting setting_rows[] = {
	{ "VM", "name-label name-description", NULL, DEFINITION },
	{ "VM", "is-a-template", NULL, NULL, ACTS_DEFINITION, "a template has no domain" },
	{ "VM", "is-default-template", NULL, VXE("what is forbidden to default templates") },
	{ "VM", "memory-static-max memory-dynamic-max VCPUs-max VCPUs-at-startup", NULL,
		DEFINITION },
	{ "VM", "memory-static-min memory-dynamic-min", NULL,
		VXE("the least that the other limits can be") },
	{ "VM", "suspend-VDI-uuid", NULL,
		VXE("what vm-resume goes on from; only another VDI of the same memory is taken") },
	{ "VM", "suspend-SR-uuid", NULL, VXE("where vm-suspend and vm-checkpoint put memory") },
	{ "VM", "VCPUs-params", ALL, NOT(BY_DEFINITION("<cputune>")) },
	{ "VM", "actions-after-shutdown actions-after-reboot", NULL, DEFINITION },
	{ "VM", "actions-after-crash", NULL, "rename_restart", ACTS_REFUSED,
		"libvirt cannot do it with QEMU" },
	{ "VM", "actions-after-crash", NULL, NULL, ACTS_DEFINITION,
		"libvirt notices a crash by a <panic> device" },
	{ "VM", "actions-after-softreboot", NULL, NOT("KVM has no soft reboot") },
	{ "VM", "platform", "acpi apic pae viridian cores-per-socket timeoffset", DEFINITION },
	{ "VM", "platform", "hpet", NOT(BY_DEFINITION("<timer name='hpet'>")) },
	{ "VM", "platform", "tsc_mode", NOT(BY_DEFINITION("<timer name='tsc'>")) },
	{ "VM", "platform", "usb usb_tablet", NOT(BY_DEFINITION("<input type='tablet'>")) },
	{ "VM", "platform", "vga videoram", NOT(BY_DEFINITION("<video>")) },
	{ "VM", "platform", "nested-virt exp-nested-hvm nx", NOT(BY_DEFINITION("<cpu>")) },
	{ "VM", "platform", "secureboot", NOT(BY_DEFINITION("<os>")) },
	{ "VM", "platform", "parallel", NOT(BY_DEFINITION("<parallel>")) },
	{ "VM", "platform", ALL, NOT(NO_SUCH_KEY) },
	{ "VM", "blocked-operations", ALL, VXE("what is refused") },
	{ "VM", "domain-type", NULL, "hvm", ACTS_VXE, "every VM is one" },
	{ "VM", "domain-type", NULL, NOT("every VM of KVM is hvm") },
	{ "VM", "HVM-boot-policy", NULL, "BIOS order", ACTS_VXE, "every VM boots so" },
	{ "VM", "HVM-boot-policy", NULL,
		NOT("every VM of KVM boots in the order of its firmware") },
	{ "VM", "HVM-boot-params", "order firmware", DEFINITION },
	{ "VM", "HVM-boot-params", ALL, NOT(NO_SUCH_KEY) },
	{ "VM", "HVM-shadow-multiplier", NULL, NOT("KVM has no shadow memory to reserve") },
	{ "VM", "NVRAM", ALL, NOT("the UEFI variables are in the file that the definition names") },
	{ "VM", "PV-kernel PV-ramdisk PV-args PV-legacy-args PV-bootloader PV-bootloader-args",
		NULL, NOT(NO_PV) },
	{ "VM", "affinity", NULL, VXE("where host-evacuate moves it, if it can") },
	{ "VM", "other-config", "auto_poweron", NULL, ACTS_DEFINITION, "libvirt's autostart" },
	{ "VM", "other-config", "default_template", VXE("as is-default-template") },
	{ "VM", "other-config", "mac_seed", VXE("the MAC addresses of new cards") },
	{ "VM", "other-config", "disks", VXE("what vm-install makes") },
	{ "VM", "other-config", "take-over", VXE("whether another store's domain is taken over") },
	{ "VM", "xenstore-data", ALL, NOT(NO_XENSTORE) },
	{ "VM", "ha-always-run", NULL, VXE("ha-restart-priority: restart, or none") },
	{ "VM", "ha-restart-priority", NULL, NOT(NO_HA) },
	{ "VM", "appliance start-delay shutdown-delay order", NULL,
		VXE("appliance-start and -shutdown") },
	{ "VM", "groups", NULL, NOT("no VMs are kept apart") },
	{ "VM", "snapshot-schedule", NULL, VXE("vmss-run") },
	{ "VM", "is-vmss-snapshot", NULL, VXE("whether its schedule may remove it") },
	{ "VM", "has-vendor-device", NULL, NOT("KVM has no such device") },
	{ "VM", "bios-strings", ALL, NOT(BY_DEFINITION("<sysinfo>")) },
	{ "VM", "user-version", NULL, RECORD },

	{ "VDI", "on-boot", NULL, "reset", ACTS_REFUSED, "a snapshot can be reverted to instead" },
	{ "VDI", "on-boot", NULL, VXE("a disk keeps what was written") },
	{ "VDI", "allow-caching", NULL, NOT("there is no cache of disks") },
	{ "VDI", "xenstore-data", ALL, NOT(NO_XENSTORE) },

	{ "VBD", "userdevice", NULL, NOT("the disk keeps its <target> of the definition") },
	{ "VBD", "bootable", NULL, NOT("HVM-boot-params:order of the VM says it") },
	{ "VBD", "mode", NULL, DEFINITION },
	{ "VBD", "type", NULL, NOT(BY_DEFINITION("the device of its <disk>")) },
	{ "VBD", "unpluggable", NULL, VXE("vbd-unplug") },
	{ "VBD", "qos_algorithm_type", NULL, NOT(BY_DEFINITION("<iotune>")) },
	{ "VBD", "qos_algorithm_params", ALL, NOT(BY_DEFINITION("<iotune>")) },
	{ "VBD", "other-config", "owner", VXE("whether vm-uninstall deletes the disk") },

	{ "VIF", "qos_algorithm_type", NULL, NOT(BY_DEFINITION("<bandwidth>")) },
	{ "VIF", "qos_algorithm_params", ALL, NOT(BY_DEFINITION("<bandwidth>")) },
	{ "VIF", "locking-mode ipv4-allowed ipv6-allowed", NULL, NOT(NO_FILTER) },
	{ "VIF", "trunks", NULL, NOT(BY_DEFINITION("<vlan>")) },
	{ "VIF PIF network", "other-config", "ethtool-* promiscuous", NOT(HOSTS_OWN) },

	{ "SR", "shared", NULL, VXE("what may lie in it, and pbd-create") },
	{ "SR", "other-config", "max-chain-depth", VXE("how deep a disk's chain may become") },
	{ "SR", "other-config", "take-over", VXE("pbd-plug of another store's SR") },
	{ "SR", "other-config", "auto-scan", NOT("sr-scan scans it when it is called") },

	{ "network", "MTU", NULL, NOT("<mtu> of libvirt's network counts ('virsh net-edit')") },
	{ "network", "default-locking-mode", NULL, NOT(NO_FILTER) },
	{ "network", "purpose", NULL, NOT(NO_SERVER) },
	{ "PIF", "disallow-unplug", NULL, NOT(HOSTS_OWN) },
	{ "PIF Bond", "properties", ALL, NOT(HOSTS_OWN) },

	{ "host", "other-config", "libvirt-uri", VXE("how the other hosts reach its libvirt") },
	{ "host", "other-config", "migration-address", VXE("where guests' memory is sent") },
	{ "host", "other-config", "vxe-remote",
		NOT("each host's own file 'remote' says how it reaches others") },
	{ "host", "logging", ALL, NOT("vxe writes to the journal") },
	{ "host", "suspend-image-sr-uuid", NULL,
		NOT("suspend-SR-uuid of the VM says it, else suspend-image-SR of the pool") },
	{ "host", "crash-dump-sr-uuid", NULL, NOT("vxe writes no crash dumps") },
	{ "host", "https-only ssl-legacy", NULL, NOT(NO_SERVER) },
	{ "host", "guest_VCPUs_params", ALL, NOT(BY_DEFINITION("<cputune>")) },
	{ "host", "uefi-certificates", NULL, NOT("the firmware's own file has them") },
	{ "host", "numa-affinity-policy", NULL, NOT(BY_DEFINITION("<numatune>")) },
	{ "host",
		"iscsi_iqn multipathing ssh-enabled-timeout console-idle-timeout ssh-auto-mode "
		"max-cstate ntp-mode ntp-custom-servers timezone",
		NULL, NOT(HOSTS_OWN) },

	{ "pool", "default-SR", NULL, VXE("where new disks go") },
	{ "pool", "suspend-image-SR", NULL, VXE("where vm-suspend and vm-checkpoint put memory") },
	{ "pool", "crash-dump-SR", NULL, NOT("vxe writes no crash dumps") },
	{ "pool", "other-config", "allow_clone_suspended_vm", VXE("vm-clone and vm-copy") },
	{ "pool", "other-config", "auto_poweron", NOT("the VM's own key is enough") },
	{ "pool",
		"ha-host-failures-to-tolerate ha-allow-overcommit "
		"ha-reboot-vm-on-internal-shutdown",
		NULL, NOT(NO_HA) },
	{ "pool", "wlb-enabled wlb-verify-cert", NULL, NOT("there is no Workload Balancing") },
	{ "pool", "coordinator-bias", NULL, NOT("the database is the master of the pool") },
	{ "pool", "migration-compression", NULL, VXE("vm-migrate without compress=") },
	{ "pool", "igmp-snooping-enabled", NULL, NOT(HOSTS_OWN) },
	{ "pool", "gui-config", ALL, RECORD },
	{ "pool", "health-check-config", ALL, NOT("nothing reports to anybody") },
	{ "pool", "guest-agent-config", ALL, NOT(NO_XENSTORE) },
	{ "pool", "policy-no-vendor-device", NULL, NOT("KVM has no such device") },
	{ "pool", "live-patching-disabled repositories", NULL, NOT(NO_UPDATES) },
	{ "pool",
		"uefi-certificates custom-uefi-certificates auto-update-vm-secureboot-certificates",
		NULL, NOT("the firmware's own file has them") },
	{ "pool", "https-only ext-auth-cache-enabled ext-auth-cache-size ext-auth-cache-expiry",
		NULL, NOT(NO_SERVER) },
	{ "pool", "license-server", ALL, NOT("there are no licences") },
	{ "pool",
		"ssh-enabled-timeout console-idle-timeout ssh-auto-mode limit-console-sessions "
		"vm-console-idle-timeout",
		NULL, NOT(HOSTS_OWN) },

	{ "VMSS",
		"enabled type retained-snapshots frequency vm-filter keep-hourly keep-daily "
		"keep-weekly keep-monthly keep-days timezone blackout missed-run quiesce-fallback "
		"name-template pre-command post-command command-timeout max-bandwidth max-parallel",
		NULL, VXE("vmss-run") },
	{ "VMSS", "schedule", ALL, VXE("vmss-run") },

	{ "secret", "value", NULL, RECORD },
	{ ALL, "name-label name-description tags", NULL, RECORD },
	{ ALL, "other-config", ALL, RECORD },
	{ 0 },
};

/* ---- finding --------------------------------------------------------------------------------- */

bool field_is_settable(const struct field *f)
{
	return !(f->flags & F_INTERNAL) &&
		f->flags & (F_SET | F_SET_OURS | F_ADD | F_NO_SUFFIX_ADD | F_CLEAR);
}

/* True if the list @words has @word, or a pattern that ends with '*' and fits it. */
static bool has_word(const char *words, const char *word)
{
	for (size_t n; *words; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (words[n - 1] == '*' ? strncmp(word, words, n - 1) == 0
					: strlen(word) == n && strncmp(word, words, n) == 0)
			return true;
	}
	return false;
}

static bool is_about(const struct setting *row, const struct class *c, const struct field *f)
{
	return has_word(row->cls, c->name) && has_word(row->field, f->name);
}

const struct setting *setting_find(
	const struct class *c, const struct field *f, const char *key, const char *value)
{
	for (const struct setting *row = setting_rows; row->cls; row++)
		if (is_about(row, c, f) && !row->key == !key && (!key || has_word(row->key, key)) &&
			(!row->value || str_eq(row->value, value)))
			return row;
	return NULL;
}

/* ---- what a change has no effect of ---------------------------------------------------------- */

static bool is_empty(struct json_object *v)
{
	return !v || (json_object_is_type(v, json_type_array) && !json_object_array_length(v)) ||
		(json_object_is_type(v, json_type_string) && !json_object_get_string_len(v));
}

static void add_no_effect(const struct class *c, const struct field *f, const char *key,
	struct json_object *value, struct strv *ret)
{
	const struct setting *row = setting_find(c, f, key, json_object_get_string(value));

	if (!row || row->acts != ACTS_NOT)
		return;
	strv_take(ret,
		xasprintf("%s%s%s has no effect here: %s", f->name, key ? ":" : "", key ? key : "",
			row->what));
}

static void tell_keys(const struct class *c, const struct field *f, struct json_object *before,
	struct json_object *after, struct strv *ret)
{
	struct json_object_iterator i = json_object_iter_begin(after);
	struct json_object_iterator end = json_object_iter_end(after);

	for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		const char *key = json_object_iter_peek_name(&i);
		struct json_object *value = json_object_iter_peek_value(&i), *was = NULL;

		if (before)
			json_object_object_get_ex(before, key, &was);
		if (!json_object_equal(value, was))
			add_no_effect(c, f, key, value, ret);
	}
}

void settings_without_effect(
	const struct class *c, const void *before, const void *after, struct strv *ret)
{
	struct json_object *from = record_encode(c, before), *to = record_encode(c, after);

	for (const struct field *f = c->fields; f->name; f++) {
		_cleanup_free_ char *key = field_key(f->name);
		struct json_object *was = NULL, *is = NULL;

		json_object_object_get_ex(from, key, &was);
		json_object_object_get_ex(to, key, &is);
		if (!field_is_settable(f) || is_empty(is) || json_object_equal(was, is))
			continue;
		if (f->type == FIELD_MAP)
			tell_keys(c, f, was, is, ret);
		else
			add_no_effect(c, f, NULL, is, ret);
	}
	json_object_put(from);
	json_object_put(to);
}

/* ---- the manual ------------------------------------------------------------------------------ */

static const char *const acts_words[] = {
	[ACTS_DEFINITION] = "the domain's definition",
	[ACTS_VXE] = "vxe",
	[ACTS_RECORD] = "the record alone: it is for people and tools",
	[ACTS_NOT] = "**no effect**",
	[ACTS_REFUSED] = "**refused**",
};

/*
 * Adds the keys or the value that a row of the table of settings is about; nothing if the row is about the whole
 * field.
 */
static void add_subject(struct str *s, const struct setting *row)
{
	if (row->value)
		str_addf(s, "`%s`: ", row->value);
	if (!row->key || str_eq(row->key, ALL))
		return;
	_cleanup_strv_ struct strv keys = { 0 };

	strv_split(&keys, row->key, ' ');
	for (size_t i = 0; i < keys.n; i++)
		str_addf(s, "%s`%s`", i ? ", " : "", keys.items[i]);
	str_add(s, ": ");
}

/* The text with a backslash before each '<', so that Markdown does not take the name of an XML element for HTML. */
static char *in_markdown(const char *text)
{
	_cleanup_str_ struct str s = { 0 };

	for (; *text; text++)
		str_addf(&s, "%s%c", *text == '<' ? "\\" : "", *text);
	return xstrdup(str_text(&s));
}

char *setting_doc(const struct class *c, const struct field *f)
{
	_cleanup_str_ struct str s = { 0 };

	for (const struct setting *row = setting_rows; field_is_settable(f) && row->cls; row++) {
		if (!is_about(row, c, f))
			continue;
		if (s.len)
			str_add(&s, "; ");
		if (s.len && !row->value && (!row->key || str_eq(row->key, ALL)))
			str_add(&s, "else ");
		add_subject(&s, row);
		str_addf(&s, "%s%s%s", acts_words[row->acts], row->what ? ": " : "",
			row->what ? row->what : "");
		if (!row->value && (!row->key || str_eq(row->key, ALL)))
			break; /* the first row that fits counts */
	}
	return in_markdown(str_text(&s));
}
