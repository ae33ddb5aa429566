/* SPDX-License-Identifier: MIT */
/*
 * One table says where each member of the spec is in a domain's XML. Adoption, drift, patching,
 * restore and import all use it. A row writes a member only if its value differs from the
 * document's, so elements for which vxe has no member stay as their author wrote them.
 */
#include "backends/libvirt/xml/domain_xml.h"

#include "backends/libvirt/xml/domain_xml_devices.h"
#include "backends/libvirt/xml/domain_xml_member.h"
#include "backends/libvirt/xml/domain_xml_snapshot.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

static void *at(const struct xml_member *m, struct domain_spec *s)
{
	return (char *)s + m->offset;
}

static const void *at_const(const struct xml_member *m, const struct domain_spec *s)
{
	return (const char *)s + m->offset;
}

static const char *text_at(const struct xml_member *m, const struct domain_spec *s)
{
	return *(char *const *)at_const(m, s);
}

/* ---- text ----------------------------------------------------------------------------------- */

static void text_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	*(char **)at(m, s) = tree_get(root, m->path);
}

static int text_set(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	_cleanup_free_ char *have = tree_get(root, m->path);

	(void)err;
	if (!xml_texts_same(have, text_at(m, want)))
		tree_set(root, m->path, text_at(m, want));
	return 0;
}

static const struct xml_member_kind text = { text_get, text_set };

static void uuid_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	text_get(m, root, s);
	for (char *c = *(char **)at(m, s); c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
}

static int uuid_set(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	_cleanup_free_ char *have = tree_get(root, m->path);

	if (have && want->uuid && strcasecmp(have, want->uuid) == 0)
		return 0;
	return text_set(m, root, want, err);
}

static const struct xml_member_kind uuid = { uuid_get, uuid_set };

/* Writes the title as one line: libvirt refuses several. */
static int title_set(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	_cleanup_free_ char *have = tree_get(root, m->path);
	_cleanup_free_ char *title = tree_clean(want->title, true);

	(void)err;
	if (!xml_texts_same(have, title))
		tree_set(root, m->path, title);
	return 0;
}

static const struct xml_member_kind title = { text_get, title_set };

/* Changes only the text in the element, which may have attributes and children. */
static int inner_set(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	_cleanup_free_ char *have = tree_get(root, m->path);

	(void)err;
	if (!xml_texts_same(have, text_at(m, want)))
		tree_set_inner(tree_make(root, m->path), text_at(m, want));
	return 0;
}

static const struct xml_member_kind inner = { text_get, inner_set };

/* ---- numbers -------------------------------------------------------------------------------- */

static void count_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	int64_t n = 0;

	if (!tree_get_int(root, m->path, &n) && m->fallback)
		(void)tree_get_int(root, m->fallback, &n);
	*(int *)at(m, s) = n < 0 ? 0 : n > INT_MAX ? INT_MAX : (int)n;
}

static int count_set(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
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

static const struct xml_member_kind count = { count_get, count_set };

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
	return 1L << 10; /* libvirt's default unit */
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

static void bytes_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	int64_t n = 0;

	if (!bytes_read(root, m->path, &n) && m->fallback)
		(void)bytes_read(root, m->fallback, &n);
	*(int64_t *)at(m, s) = n;
}

static int bytes_set(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
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

static const struct xml_member_kind bytes = { bytes_get, bytes_set };

/* ---- elements that are present or absent ----------------------------------------------------- */

static void flag_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	*(bool *)at(m, s) = tree_find(root, m->path) != NULL;
}

static int flag_set(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	(void)err;
	tree_set_flag(root, m->path, *(const bool *)at_const(m, want));
	return 0;
}

static const struct xml_member_kind flag = { flag_get, flag_set };
static const struct xml_member_kind seen = { flag_get, NULL };

static int tpm_set(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
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

static const struct xml_member_kind tpm = { flag_get, tpm_set };

/*
 * Whether the domain has an emulated TPM with its state in libvirt's folder: TPMs of other types keep no state on
 * this host, and one with a <source> keeps it elsewhere.
 */
static void tpm_files_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	_cleanup_free_ char *type = tree_get(root, m->path);

	s->tpm_files = str_eq(type, "emulator") && !tree_find(root, "devices/tpm/backend/source");
}

static const struct xml_member_kind tpm_files = { tpm_files_get, NULL };

/* <interface type='hostdev'> passes a device through, as <hostdev> does. */
static void host_devices_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	flag_get(m, root, s);
	const xmlNode *nic = tree_find(root, "devices/interface");
	for (; nic; nic = tree_next(nic, "interface")) {
		_cleanup_free_ char *type = tree_get(nic, "@type");
		if (str_eq(type, "hostdev"))
			s->host_devices = true;
	}
}

static const struct xml_member_kind host_devices = { host_devices_get, NULL };

static void agent_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	for (const xmlNode *c = tree_find(root, m->path); c; c = tree_next(c, "channel")) {
		_cleanup_free_ char *name = tree_get(c, "target@name");
		_cleanup_free_ char *state = tree_get(c, "target@state");

		if (str_eq(name, "org.qemu.guest_agent.0"))
			s->agent = str_eq(state, "connected") ? AGENT_CONNECTED : AGENT_AWAY;
	}
}

static const struct xml_member_kind agent = { agent_get, NULL };

/*
 * Whether the domain has a <shmem> whose content QEMU does not save with the memory: QEMU saves it only for
 * role='master', and not for the old model 'ivshmem'.
 */
static void shmem_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	for (const xmlNode *n = tree_find(root, m->path); n; n = tree_next(n, "shmem")) {
		_cleanup_free_ char *role = tree_get(n, "@role"),
				    *model = tree_get(n, "model@type");

		s->memory_peer |= !str_eq(role, "master") || str_eq(model, "ivshmem");
	}
}
static const struct xml_member_kind shmem = { shmem_get, NULL };

/* libvirt changes no owners of a domain unless its label is dynamic, or says so. */
static void keeps_owners_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	const xmlNode *label = domain_xml_owners(root);
	_cleanup_free_ char *type = label ? tree_get(label, "@type") : NULL,
			    *relabel = label ? tree_get(label, "@relabel") : NULL;

	(void)m;
	if (!label)
		return;
	s->user = tree_get(label, "label");
	s->keeps_owners = relabel ? str_eq(relabel, "no") : type && !str_eq(type, "dynamic");
}
static const struct xml_member_kind keeps_owners = { keeps_owners_get, NULL };

/* ---- devices -------------------------------------------------------------------------------- */

static void disks_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	(void)m;
	domain_xml_read_disks(root, s);
}

static int disks_set(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	(void)m;
	return domain_xml_patch_disks(root, want, err);
}

static const struct xml_member_kind disks = { disks_get, disks_set };

static void unnamed_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	(void)m;
	domain_xml_read_unnamed(root, s);
}

static const struct xml_member_kind unnamed = { unnamed_get, NULL };

static void nics_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	(void)m;
	domain_xml_read_nics(root, s);
}

static int nics_set(const struct xml_member *m, xmlNode *root, const struct domain_spec *want,
	struct vxe_error *err)
{
	(void)m;
	return domain_xml_patch_nics(root, want, err);
}

static const struct xml_member_kind nics = { nics_get, nics_set };

static void consoles_get(const struct xml_member *m, const xmlNode *root, struct domain_spec *s)
{
	(void)m;
	domain_xml_read_consoles(root, s);
}

static const struct xml_member_kind consoles = { consoles_get, NULL };

/* ---- the table ------------------------------------------------------------------------------ */

#define AT(member) offsetof(struct domain_spec, member)

/*
 * The members of struct domain_spec, and their paths in a domain's XML. A row stands before those that use its path
 * as a fallback.
 */
static const struct xml_member spec_members[] = {
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
	{ "os@firmware", &xml_firmware, AT(firmware), NULL },
	{ "os/nvram", &xml_nvram, AT(nvram), NULL },
	{ "os/varstore@path", &text, AT(varstore), NULL },
	{ "os/boot", &xml_boot, AT(boot), NULL },
	{ "features/acpi", &flag, AT(acpi), NULL },
	{ "features/apic", &flag, AT(apic), NULL },
	{ "features/pae", &flag, AT(pae), NULL },
	{ "features/hyperv", &xml_hyperv, AT(hyperv), NULL },
	{ "cpu/topology", &xml_cores, AT(cores), NULL },
	{ "clock", &xml_timeoffset, AT(timeoffset), NULL },
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
	{ "seclabel", &keeps_owners, AT(keeps_owners), NULL },
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

/* Removes vxe's own element if nothing is left in it. */
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
