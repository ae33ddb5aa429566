/* SPDX-License-Identifier: MIT */
/* The fields of the host, in xe's print order. */
#include "objects/host.h"

#include <unistd.h>

#include "objects/getters.h"
#include "objects/sr.h"
#include "objects/vm.h"

static int get_allowed(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	static const char *const operations[] = { "VM.start", "VM.resume" };

	(void)s, (void)obj, (void)err;
	for (size_t i = 0; i < ARRAY_LEN(operations); i++)
		strv_add(&ret->list, operations[i]);
	return 0;
}

static int get_memory_free(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	long pages = sysconf(_SC_AVPHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	(void)s, (void)obj, (void)err;
	ret->integer = pages > 0 ? (int64_t)pages * size : 0;
	return 0;
}

/* The control domain, and every VM whose domain is active. */
static int get_resident(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct host       *host = obj;
	const struct hv_domains *domains;

	if (host->control_domain)
		strv_add(&ret->list, host->control_domain);
	if (session_domains(s, &domains, err) < 0)
		return -1;
	for (size_t i = 0; domains && i < domains->n; i++)
		if (hv_is_active(domains->items[i].state))
			strv_add(&ret->list, domains->items[i].uuid);
	return 0;
}

static void defaults(void *obj)
{
	struct host *host = obj;

	host->enabled = true;
}

#define STR(m) AT_STRING(struct host, m)
#define MAP(m) AT_MAP(struct host, m)

static const struct field host_fields[] = {
	{ "uuid", "Unique identifier, libvirt's host UUID.", STR(r.uuid), .flags = F_COLUMN },
	{ "name-label", "Name shown to people.", STR(name_label), .flags = F_SET | F_COLUMN },
	{ "name-description", "Free text about the host.", STR(name_description),
		.flags = F_SET | F_COLUMN },
	{ "allowed-operations", "What can be done with the host now.",
		COMPUTED(FIELD_STRINGS, get_allowed), .source = "always the same" },
	{ "current-operations", "What is being done with the host now.",
		COMPUTED(FIELD_STRINGS, get_current_operations), .source = "tasks" },
	{ "enabled", "Whether VMs may start on it.", AT_BOOL(struct host, enabled) },
	{ "suspend-image-sr-uuid", "The SR in which memory images are put.",
		AT_REF(struct host, suspend_image_sr, &sr_class), .flags = F_SET | F_NULLABLE },
	{ "crash-dump-sr-uuid", "The SR for crash dumps; unused.",
		AT_REF(struct host, crash_dump_sr, &sr_class), .flags = F_SET | F_NULLABLE },
	{ "software-version", "Versions of vxe, libvirt and the hypervisor.",
		MAP(software_version) },
	{ "other-config", "Free keys of users and tools.", MAP(other_config), .flags = F_ADD },
	{ "cpu_info", "Facts of the host's CPUs.", MAP(cpu_info) },
	{ "hostname", "The host's name in the network.", STR(hostname) },
	{ "address", "The host's address.", STR(address) },
	{ "memory-total", "Memory of the host, in bytes.", AT_INT(struct host, memory_total) },
	{ "memory-free", "Memory not in use, in bytes.", COMPUTED(FIELD_INT, get_memory_free),
		.source = "the kernel" },
	{ "host-metrics-live", "Whether the host is up.", COMPUTED(FIELD_BOOL, get_true),
		.source = "always true" },
	{ "tags", "Words by which users group objects.", AT_STRINGS(struct host, tags),
		.flags = F_ADD | F_COMMA },
	{ "control-domain-uuid", "The VM that stands for the host.",
		AT_REF(struct host, control_domain, &vm_class) },
	{ "resident-vms", "The VMs that run on it.", COMPUTED(FIELD_REFS, get_resident),
		.arg = &vm_class, .flags = F_LIVE, .source = "libvirt: active domains" },

	/* No xe fields. */
	{ "driver", "The hypervisor's, as recorded at first contact.", STR(driver),
		.flags = F_INTERNAL },
	{ 0 },
};

const struct class host_class = {
	.name = "host",
	.size = sizeof(struct host),
	.fields = host_fields,
	.defaults = defaults,
};
