/* SPDX-License-Identifier: MIT */
/*
 * One table says where each member of the spec is in a domain's XML. Adoption, drift, patching,
 * restore and import all use it. A row writes a member only if its value differs from the
 * document's, so elements for which vxe has no member stay as their author wrote them.
 */
#include "backends/libvirt/xml/domain_xml.h"

#include "backends/libvirt/xml/domain_xml_devices.h"
#include "backends/libvirt/xml/domain_xml_snapshot.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

struct member;

struct member_kind {
	void (*get)(const struct member *m, const xmlNode *root, struct domain_spec *s);
	/* NULL: the member is only read. */
	int (*set)(const struct member *m, xmlNode *root, const struct domain_spec *want,
		struct vxe_error *err);
};

struct member {
	const char *path;
	const struct member_kind *kind;
	size_t offset;
	const char *fallback; /* another path to the value, if @path is absent */
};

static void *at(const struct member *m, struct domain_spec *s)
{
	return (char *)s + m->offset;
}

static const void *at_const(const struct member *m, const struct domain_spec *s)
{
	return (const char *)s + m->offset;
}

static const char *text_at(const struct member *m, const struct domain_spec *s)
{
	return *(char *const *)at_const(m, s);
}

/* ---- text ----------------------------------------------------------------------------------- */

static void text_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	*(char **)at(m, s) = tree_get(root, m->path);
}

static bool same_text(const char *a, const char *b)
{
	return str_eq(a ? a : "", b ? b : "");
}

static int text_set(const struct member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	_cleanup_free_ char *have = tree_get(root, m->path);

	(void)err;
	if (!same_text(have, text_at(m, want)))
		tree_set(root, m->path, text_at(m, want));
	return 0;
}

static const struct member_kind text = { text_get, text_set };

static void uuid_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	text_get(m, root, s);
	for (char *c = *(char **)at(m, s); c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
}

static int uuid_set(const struct member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	_cleanup_free_ char *have = tree_get(root, m->path);

	if (have && want->uuid && strcasecmp(have, want->uuid) == 0)
		return 0;
	return text_set(m, root, want, err);
}

static const struct member_kind uuid = { uuid_get, uuid_set };

/* libvirt refuses a title with several lines. */
static int title_set(const struct member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	_cleanup_free_ char *have = tree_get(root, m->path);
	_cleanup_free_ char *title = tree_clean(want->title, true);

	(void)err;
	if (!same_text(have, title))
		tree_set(root, m->path, title);
	return 0;
}

static const struct member_kind title = { text_get, title_set };

/* Changes only the text inside an element, because the element may have attributes or children. */
static int inner_set(const struct member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	_cleanup_free_ char *have = tree_get(root, m->path);

	(void)err;
	if (!same_text(have, text_at(m, want)))
		tree_set_inner(tree_make(root, m->path), text_at(m, want));
	return 0;
}

static const struct member_kind inner = { text_get, inner_set };

/* ---- numbers -------------------------------------------------------------------------------- */

static void count_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	int64_t n = 0;

	if (!tree_get_int(root, m->path, &n) && m->fallback)
		(void)tree_get_int(root, m->fallback, &n);
	*(int *)at(m, s) = n < 0 ? 0 : n > INT_MAX ? INT_MAX : (int)n;
}

static int count_set(const struct member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	struct domain_spec have = { 0 };

	(void)err;
	count_get(m, root, &have);
	int n = *(const int *)at_const(m, want);
	if (*(const int *)at_const(m, &have) != n) {
		_cleanup_free_ char *value = xasprintf("%d", n);
		tree_set(root, m->path, value);
	}
	return 0;
}

static const struct member_kind count = { count_get, count_set };

static const struct {
	const char *name;
	int64_t bytes;
} units[] = {
	{ "b", 1 },
	{ "bytes", 1 },
	{ "KB", 1000 },
	{ "k", 1L << 10 },
	{ "KiB", 1L << 10 },
	{ "MB", 1000L * 1000 },
	{ "M", 1L << 20 },
	{ "MiB", 1L << 20 },
	{ "GB", 1000L * 1000 * 1000 },
	{ "G", 1L << 30 },
	{ "GiB", 1L << 30 },
	{ "TB", 1000L * 1000 * 1000 * 1000 },
	{ "T", 1L << 40 },
	{ "TiB", 1L << 40 },
};

static int64_t unit_bytes(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_LEN(units); i++)
		if (strcasecmp(name, units[i].name) == 0)
			return units[i].bytes;
	return 1L << 10; /* libvirt's default */
}

static bool bytes_read(const xmlNode *root, const char *path, int64_t *ret)
{
	int64_t n;
	const xmlNode *node = tree_find(root, path);

	if (!node || !tree_get_int(root, path, &n) || n < 0)
		return false;
	_cleanup_free_ char *unit = tree_get(node, "@unit");
	if (__builtin_mul_overflow(n, unit_bytes(unit), ret))
		*ret = INT64_MAX;
	return true;
}

static void bytes_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	int64_t n = 0;

	if (!bytes_read(root, m->path, &n) && m->fallback)
		(void)bytes_read(root, m->fallback, &n);
	*(int64_t *)at(m, s) = n;
}

static int bytes_set(const struct member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	struct domain_spec have = { 0 };
	int64_t n = *(const int64_t *)at_const(m, want);

	(void)err;
	bytes_get(m, root, &have);
	if (*(const int64_t *)at_const(m, &have) == n)
		return 0;
	bool whole = n % (1 << 10) == 0;
	_cleanup_free_ char *value = xasprintf("%lld", (long long)(whole ? n / (1 << 10) : n));
	tree_set(root, m->path, value);
	tree_set(tree_find(root, m->path), "@unit", whole ? "KiB" : "b");
	return 0;
}

static const struct member_kind bytes = { bytes_get, bytes_set };

/* ---- elements that are present or absent ----------------------------------------------------- */

static void flag_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	*(bool *)at(m, s) = tree_find(root, m->path) != NULL;
}

static int flag_set(const struct member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	(void)err;
	tree_set_flag(root, m->path, *(const bool *)at_const(m, want));
	return 0;
}

static const struct member_kind flag = { flag_get, flag_set };
static const struct member_kind seen = { flag_get, NULL };

static int tpm_set(const struct member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	bool have = tree_find(root, m->path) != NULL;

	if (have == want->tpm)
		return 0;
	if (flag_set(m, root, want, err) < 0)
		return -1;
	if (want->tpm) {
		tree_set(root, "devices/tpm/backend@type", "emulator");
		tree_set(root, "devices/tpm/backend@version", "2.0");
	}
	return 0;
}

static const struct member_kind tpm = { flag_get, tpm_set };

/* A passed-through or external TPM keeps no state here, nor does one with a place of its own. */
static void tpm_files_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	_cleanup_free_ char *type = tree_get(root, m->path);

	s->tpm_files = str_eq(type, "emulator") && !tree_find(root, "devices/tpm/backend/source");
}

static const struct member_kind tpm_files = { tpm_files_get, NULL };

/* An <interface type='hostdev'> passes a device through, like a <hostdev>. */
static void host_devices_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	flag_get(m, root, s);
	const xmlNode *nic = tree_find(root, "devices/interface");
	for (; nic; nic = tree_next(nic, "interface")) {
		_cleanup_free_ char *type = tree_get(nic, "@type");
		if (str_eq(type, "hostdev"))
			s->host_devices = true;
	}
}

static const struct member_kind host_devices = { host_devices_get, NULL };

static void agent_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	for (const xmlNode *c = tree_find(root, m->path); c; c = tree_next(c, "channel")) {
		_cleanup_free_ char *name = tree_get(c, "target@name");
		_cleanup_free_ char *state = tree_get(c, "target@state");

		if (str_eq(name, "org.qemu.guest_agent.0"))
			s->agent = str_eq(state, "connected") ? AGENT_CONNECTED : AGENT_AWAY;
	}
}

static const struct member_kind agent = { agent_get, NULL };

/* QEMU saves the content of a <shmem> with the memory only for its master, and not for the old model. */
static void shmem_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	for (const xmlNode *n = tree_find(root, m->path); n; n = tree_next(n, "shmem")) {
		_cleanup_free_ char *role = tree_get(n, "@role"),
				    *model = tree_get(n, "model@type");

		s->memory_peer |= !str_eq(role, "master") || str_eq(model, "ivshmem");
	}
}
static const struct member_kind shmem = { shmem_get, NULL };

/* ---- hardware that guests see --------------------------------------------------------------- */

/* The three enlightenments that Windows needs on every host; others in the document stay. */
static void hyperv_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	_cleanup_free_ char *state = tree_get(root, "features/hyperv/relaxed@state");

	(void)m;
	s->hyperv = str_eq(state, "on");
}

static int hyperv_set(const struct member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	struct domain_spec have = { 0 };

	(void)err;
	hyperv_get(m, root, &have);
	if (have.hyperv == want->hyperv)
		return 0;
	if (!want->hyperv) {
		tree_remove(tree_find(root, m->path));
		return 0;
	}
	tree_set(root, "features/hyperv/relaxed@state", "on");
	tree_set(root, "features/hyperv/vapic@state", "on");
	tree_set(root, "features/hyperv/spinlocks@state", "on");
	tree_set(root, "features/hyperv/spinlocks@retries", "8191");
	return 0;
}

static const struct member_kind hyperv = { hyperv_get, hyperv_set };

static int64_t topology(const xmlNode *root, const char *name)
{
	_cleanup_free_ char *path = xasprintf("cpu/topology@%s", name);
	int64_t n;

	return tree_get_int(root, path, &n) && n > 0 ? n : 1;
}

/* The product of all its numbers; for a product that overflows any large number will do. */
static int64_t topology_cpus(const xmlNode *root)
{
	static const char *const names[] = { "sockets", "dies", "clusters", "modules", "cores",
		"threads" };
	int64_t all = 1;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (__builtin_mul_overflow(all, topology(root, names[i]), &all))
			return INT64_MAX;
	return all;
}

static void cores_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	int64_t n = tree_find(root, m->path) ? topology(root, "cores") : 0;

	s->cores = n > INT_MAX ? INT_MAX : (int)n;
}

/* Keeps a topology that has the wanted cores and covers all CPUs, with its dies and threads. */
static int cores_set(const struct member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	int64_t all = topology_cpus(root);
	_cleanup_free_ char *cores = xasprintf("%d", want->cores), *sockets = NULL;
	struct domain_spec have = { 0 };

	(void)err;
	cores_get(m, root, &have);
	if (have.cores == want->cores && (!want->cores || all == want->vcpus_max))
		return 0;
	tree_remove(tree_find(root, m->path));
	if (!want->cores)
		return 0;
	sockets = xasprintf("%d", want->vcpus_max / want->cores);
	tree_set(root, "cpu/topology@sockets", sockets);
	tree_set(root, "cpu/topology@cores", cores);
	tree_set(root, "cpu/topology@threads", "1");
	return 0;
}

static const struct member_kind cores = { cores_get, cores_set };

/* A clock of UTC is one that is no second ahead. A basis of local time is one that moves with the host's zone. */
static char *timeoffset_read(const xmlNode *clock)
{
	_cleanup_free_ char *kind = clock ? tree_get(clock, "@offset") : NULL;
	_cleanup_free_ char *basis = clock ? tree_get(clock, "@basis") : NULL;
	int64_t n = 0;

	if (!kind || str_eq(kind, "utc"))
		return xstrdup("0");
	if (!str_eq(kind, "variable") || (basis && !str_eq(basis, "utc")))
		return NULL;
	(void)tree_get_int(clock, "@adjustment", &n);
	return xasprintf("%" PRId64, n);
}

static void timeoffset_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	*(char **)at(m, s) = timeoffset_read(tree_find(root, m->path));
}

/* Timers and other children of the element stay. */
static int timeoffset_set(const struct member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	static const char *const others[] = { "@adjustment", "@basis", "@timezone", "@start" };
	_cleanup_free_ char *have = timeoffset_read(tree_find(root, m->path));

	(void)err;
	if (!want->timeoffset || str_eq(have, want->timeoffset))
		return 0;
	xmlNode *clock = tree_make(root, m->path);
	bool utc = str_eq(want->timeoffset, "0");
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		tree_set(clock, others[i], NULL);
	tree_set(clock, "@offset", utc ? "utc" : "variable");
	if (utc)
		return 0;
	tree_set(clock, "@adjustment", want->timeoffset);
	tree_set(clock, "@basis", "utc");
	return 0;
}

static const struct member_kind timeoffset = { timeoffset_get, timeoffset_set };

/* ---- firmware and boot ---------------------------------------------------------------------- */

/* A flash loader without the attribute is UEFI, too: older libvirt wrote it like this. So is what keeps variables. */
static char *firmware_read(const xmlNode *root)
{
	char *value = tree_get(root, "os@firmware");
	_cleanup_free_ char *loader = tree_get(root, "os/loader@type");

	if (value)
		return value;
	return str_eq(loader, "pflash") || tree_find(root, "os/varstore") ? xstrdup("efi") : NULL;
}

static void firmware_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	*(char **)at(m, s) = firmware_read(root);
}

static int firmware_set(const struct member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	_cleanup_free_ char *have = firmware_read(root);

	(void)err;
	if (same_text(have, want->firmware))
		return 0;
	tree_set(root, m->path, want->firmware);
	if (want->firmware)
		return 0;
	/* Removes libvirt's choices for UEFI; the file of the variables stays. */
	tree_remove(tree_find(root, "os/firmware"));
	tree_remove(tree_find(root, "os/loader"));
	tree_remove(tree_find(root, "os/nvram"));
	tree_remove(tree_find(root, "os/varstore"));
	return 0;
}

static const struct member_kind firmware = { firmware_get, firmware_set };

/*
 * The path is the element's text, or, since libvirt 8.5, that of a <source file=>, or of a device.
 */
static const char *nvram_path(const xmlNode *root)
{
	_cleanup_free_ char *device = tree_get(root, "os/nvram/source@dev");

	if (device)
		return "os/nvram/source@dev";
	return tree_find(root, "os/nvram/source") ? "os/nvram/source@file" : "os/nvram";
}

/* Variables that are not in a file get a name that is not a path. */
static char *nvram_read(const xmlNode *root)
{
	_cleanup_free_ char *protocol = tree_get(root, "os/nvram/source@protocol");
	_cleanup_free_ char *name = tree_get(root, "os/nvram/source@name");

	return protocol ? xasprintf("%s:%s", protocol, name ? name : "")
			: tree_get(root, nvram_path(root));
}

static void nvram_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	*(char **)at(m, s) = nvram_read(root);
}

static int nvram_set(const struct member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	const char *path = nvram_path(root);
	_cleanup_free_ char *have = nvram_read(root);

	(void)m, (void)err;
	if (same_text(have, want->nvram))
		return 0;
	if (!str_is_empty(want->nvram) && !str_eq(path, "os/nvram")) {
		tree_set(root, path, want->nvram);
		return 0;
	}
	xmlNode *node = tree_make(root, "os/nvram");
	tree_set_inner(node, want->nvram);
	if (str_is_empty(want->nvram))
		tree_set(node, "@type", NULL); /* it described the removed source */
	if (str_is_empty(want->nvram) && !node->properties)
		tree_remove(node); /* libvirt would keep the file because of the template */
	return 0;
}

static const struct member_kind nvram = { nvram_get, nvram_set };

static char *boot_read(const xmlNode *root)
{
	_cleanup_strv_ struct strv devices = { 0 };

	for (const xmlNode *n = tree_find(root, "os/boot"); n; n = tree_next(n, "boot")) {
		char *dev = tree_get(n, "@dev");
		if (dev)
			strv_take(&devices, dev);
	}
	return devices.n ? strv_join(&devices, ",") : NULL;
}

static void boot_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	*(char **)at(m, s) = boot_read(root);
}

static int boot_set(const struct member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	_cleanup_free_ char *have = boot_read(root);
	_cleanup_strv_ struct strv devices = { 0 };

	(void)err;
	if (same_text(have, want->boot))
		return 0;
	for (xmlNode *n; (n = tree_find(root, m->path)) != NULL;)
		tree_remove(n);
	if (!str_is_empty(want->boot))
		strv_split(&devices, want->boot, ',');
	for (size_t i = 0; i < devices.n; i++)
		tree_set(tree_add(tree_make(root, "os"), "boot"), "@dev", devices.items[i]);
	return 0;
}

static const struct member_kind boot = { boot_get, boot_set };

/* ---- devices -------------------------------------------------------------------------------- */

static void disks_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	(void)m;
	domain_xml_read_disks(root, s);
}

static int disks_set(const struct member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	(void)m;
	return domain_xml_patch_disks(root, want, err);
}

static const struct member_kind disks = { disks_get, disks_set };

static void unnamed_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	(void)m;
	domain_xml_read_unnamed(root, s);
}

static const struct member_kind unnamed = { unnamed_get, NULL };

static void nics_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	(void)m;
	domain_xml_read_nics(root, s);
}

static int nics_set(const struct member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	(void)m;
	return domain_xml_patch_nics(root, want, err);
}

static const struct member_kind nics = { nics_get, nics_set };

static void consoles_get(const struct member *m, const xmlNode *root, struct domain_spec *s)
{
	(void)m;
	domain_xml_read_consoles(root, s);
}

static const struct member_kind consoles = { consoles_get, NULL };

/* ---- the table ------------------------------------------------------------------------------ */

#define AT(member) offsetof(struct domain_spec, member)

/* A row is before the rows that use it as a fallback. */
static const struct member spec_members[] = {
	{ "@type", &text, AT(type), NULL },
	{ "name", &text, AT(name), NULL },
	{ "uuid", &uuid, AT(uuid), NULL },
	{ "title", &title, AT(title), NULL },
	{ "description", &text, AT(description), NULL },
	{ "metadata/vxe:vm@store", &text, AT(store), NULL },
	{ "metadata/vxe:vm", &inner, AT(mark_extra), NULL },
	{ "memory", &bytes, AT(memory_max), NULL },
	{ "currentMemory", &bytes, AT(memory), "memory" },
	{ "vcpu", &count, AT(vcpus_max), NULL },
	{ "vcpu@current", &count, AT(vcpus), "vcpu" },
	{ "os/type@arch", &text, AT(arch), NULL },
	{ "os/type@machine", &text, AT(machine), NULL },
	{ "os/loader", &text, AT(loader), NULL },
	{ "os@firmware", &firmware, AT(firmware), NULL },
	{ "os/nvram", &nvram, AT(nvram), NULL },
	{ "os/varstore@path", &text, AT(varstore), NULL },
	{ "os/boot", &boot, AT(boot), NULL },
	{ "features/acpi", &flag, AT(acpi), NULL },
	{ "features/apic", &flag, AT(apic), NULL },
	{ "features/pae", &flag, AT(pae), NULL },
	{ "features/hyperv", &hyperv, AT(hyperv), NULL },
	{ "cpu/topology", &cores, AT(cores), NULL },
	{ "clock", &timeoffset, AT(timeoffset), NULL },
	{ "on_poweroff", &text, AT(on_poweroff), NULL },
	{ "on_reboot", &text, AT(on_reboot), NULL },
	{ "on_crash", &text, AT(on_crash), NULL },
	{ "devices/disk", &disks, AT(disks), NULL },
	{ "qemu:commandline", &unnamed, AT(unnamed), NULL },
	{ "devices/interface", &nics, AT(nics), NULL },
	{ "devices/graphics", &consoles, AT(consoles), NULL },
	{ "devices/tpm", &tpm, AT(tpm), NULL },
	{ "devices/tpm/backend@type", &tpm_files, AT(tpm_files), NULL },
	{ "devices/hostdev", &host_devices, AT(host_devices), NULL },
	{ "devices/filesystem", &seen, AT(file_systems), NULL },
	{ "devices/shmem", &shmem, AT(memory_peer), NULL },
	{ "devices/panic", &seen, AT(panic), NULL },
	{ "devices/channel", &agent, AT(agent), NULL },
};

int domain_xml_read(const char *xml, struct domain_spec **ret, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = tree_parse_top(xml, err);

	if (!doc)
		return -1;
	struct domain_spec *s = domain_spec_new();
	for (size_t i = 0; i < ARRAY_LEN(spec_members); i++)
		spec_members[i].kind->get(&spec_members[i], tree_root(doc), s);
	*ret = s;
	return 0;
}

/* Removes vxe's own element if it is empty. */
static void drop_empty_mark(xmlNode *root)
{
	xmlNode *mark = tree_find(root, "metadata/vxe:vm");

	if (!mark || mark->children || mark->properties)
		return;
	xmlNode *metadata = mark->parent;
	tree_remove(mark);
	if (xmlChildElementCount(metadata) == 0)
		tree_remove(metadata);
}

int domain_xml_patch(
	const char *xml, const struct domain_spec *want, char **ret, struct vxe_error *err)
{
	_cleanup_doc_ xmlDoc *doc = tree_parse(xml, "domain", err);

	if (!doc)
		return -1;
	_cleanup_free_ char *before = tree_dump(doc), *after = NULL;
	xmlNode *root = tree_root(doc);
	for (size_t i = 0; i < ARRAY_LEN(spec_members); i++)
		if (spec_members[i].kind->set &&
			spec_members[i].kind->set(&spec_members[i], root, want, err) < 0)
			return -1;
	drop_empty_mark(root);
	after = tree_dump(doc);
	*ret = str_eq(before, after) ? xstrdup(xml) : TAKE(after);
	return 0;
}

const struct spec_ops domain_xml_ops = {
	.read = domain_xml_read,
	.patch = domain_xml_patch,
	.unshare = domain_xml_unshare,
	.portable = domain_xml_portable,
	.provision = domain_xml_provision,
	.snapshot = domain_xml_snapshot,
	.snapshot_without = domain_xml_snapshot_without,
	.snapshot_with_parent = domain_xml_snapshot_with_parent,
	.snapshot_with_files = domain_xml_snapshot_with_files,
	.snapshot_read = snapshot_xml_read,
	.select = domain_xml_select,
};
