/* SPDX-License-Identifier: MIT */
/*
 * Every kind of disk in libvirt's schema, in every operation that captures content: the disk is
 * captured, only referred to on purpose (drives, disks that the guest only reads), or refused by
 * name. No disk is left out silently.
 */
#include "tests/unit/host_fixture.h"

#include "objects/archive/vm_export.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_loaded.h"
#include "objects/domain/adopt.h"
#include "objects/domain/vm_load.h"
#include "objects/vm/vm_clone.h"
#include "objects/vm/vm_ops.h"
#include "objects/vm/snapshot/vm_snapshot.h"

#include <fcntl.h>
#include <unistd.h>

#define POOL "ffffffff-0000-4000-8000-00000000000f"

static void start(void)
{
	char uuid[] = POOL, name[] = "pool", type[] = "dir";

	host_start_mem();
	hv_mock_add_pool(mock,
		&(struct hv_pool){
			.uuid = uuid, .name = name, .type = type, .path = dir, .active = true });
	hv_mock_add_pool(mock,
		&(struct hv_pool){
			.name = (char[]){ "vg" }, .type = (char[]){ "logical" }, .names = dir });
	struct hv_pool parts = { .name = (char[]){ "parts" }, .type = (char[]){ "disk" } };
	_cleanup_free_ char *part = xasprintf("%s/data.qcow2", dir);

	map_set(&parts.volumes, "sda1", part);
	hv_mock_add_pool(mock, &parts);
	map_clear(&parts.volumes);
	make_image("a.qcow2", NULL, NULL);
}

TestSuite(disk_kinds, .init = start, .fini = host_stop);

/* ---- the walk -------------------------------------------------------------------------------- */

/* @content: vxe knows the file, so it can be captured. "@" in a source is the scratch directory. */
static const struct kind {
	const char *type, *source, *name;
	bool content;
} kinds[] = {
	{ "file", "<source file='@/data.qcow2'/>", "/data.qcow2", true },
	{ "block", "<source dev='@/data.qcow2'/>", "/data.qcow2", true },
	{ "volume", "<source pool='pool' volume='data.qcow2'/>", "/data.qcow2", true },
	{ "volume", "<source pool='vg' volume='data.qcow2'/>", "/data.qcow2", true },
	{ "volume", "<source pool='parts' volume='sda1'/>", "/data.qcow2", true },
	{ "volume", "<source pool='parts' volume='sda2'/>", "parts/sda2", false },
	{ "volume", "<source pool='lvm' volume='root'/>", "lvm/root", false },
	{ "dir", "<source dir='@/folder'/>", "/folder", false },
	{ "network", "<source protocol='rbd' name='pool/image'><host name='h'/></source>",
		"rbd:pool/image", false },
	{ "nvme",
		"<source type='pci' managed='yes' namespace='1'>"
		"<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source>",
		"0000:01:00.0/1", false },
	{ "vhostuser", "<source type='unix' path='@/blk.sock'/>", "/blk.sock", false },
	{ "vhostvdpa", "<source dev='/dev/vhost-vdpa-0'/>", "/dev/vhost-vdpa-0", false },
	{ "tomorrow", "<source thing='x'/>", "tomorrow", false },
	/* The content of these files is not the content that the guest sees. */
	{ "file", "<source file='@/data.qcow2'><encryption format='luks'/></source>", "/data.qcow2",
		false },
	{ "file", "<source file='@/data.qcow2'/><encryption format='luks'/>", "/data.qcow2",
		false },
	{ "file",
		"<source file='@/data.qcow2'><slices>"
		"<slice type='storage' offset='512' size='512'/></slices></source>",
		"/data.qcow2", false },
};
static const char *const devices[] = { "disk", "cdrom", "floppy", "lun" };
static const char *const modes[] = { "", "<readonly/>", "<shareable/>", "<transient/>" };

struct machine {
	const struct kind *kind;
	const char *device, *mode;
	enum hv_state state;
	size_t vms; /* before the operation */
	enum vxe_code due;
};

static char *source_of(const struct kind *k)
{
	const char *mark = strchr(k->source, '@');

	return mark ? xasprintf("%.*s%s%s", (int)(mark - k->source), k->source, dir, mark + 1)
		    : xstrdup(k->source);
}

static char *machine_xml(const struct machine *m)
{
	_cleanup_free_ char *first = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *source = source_of(m->kind);
	_cleanup_free_ char *all = xasprintf("%s<disk type='%s' device='%s'>"
					     "<driver name='qemu' type='qcow2'/>%s"
					     "<target dev='vdb' bus='virtio'/>%s</disk>",
		first, m->kind->type, m->device, source, m->mode);

	return domain_xml(VM_A, "web", all);
}

static bool is_reference(const struct machine *m)
{
	return str_eq(m->device, "cdrom") || str_eq(m->device, "floppy") ||
		str_eq(m->mode, "<readonly/>");
}

static enum vxe_code refusal(const struct machine *m)
{
	return strstr(m->kind->source, "<encryption") ? VXE_DISK_ENCRYPTED : VDI_NOT_MANAGED;
}

static enum vxe_code of_capture(const struct machine *m)
{
	if (is_reference(m))
		return 0;
	if (str_eq(m->mode, "<shareable/>"))
		return VDI_IS_SHARABLE;
	return m->kind->content && str_eq(m->device, "disk") && *m->mode == '\0' ? 0 : refusal(m);
}

/* An archive also has read-only disks, and the files of floppies; CD drives are exported by name. */
static enum vxe_code of_export(const struct machine *m)
{
	if (str_eq(m->device, "cdrom"))
		return 0;
	return m->kind->content && (str_eq(m->device, "disk") || str_eq(m->device, "floppy")) &&
			!str_eq(m->mode, "<transient/>")
		? 0
		: refusal(m);
}

static struct vm_disk *disk_of(const struct vm_loaded *l)
{
	for (size_t i = 0; i < l->n_disks; i++)
		if (str_eq(l->disks[i].vbd->target, "vdb"))
			return &l->disks[i];
	return NULL;
}

/* An empty VBD would have the same effect as leaving the disk out. */
static void expect_named(const struct machine *m, const struct vm_loaded *l)
{
	const struct vm_disk *d = disk_of(l);

	cr_assert_not_null(d);
	cr_assert(!d->vbd->empty && d->vdi, "%s %s%s: an empty VBD", m->kind->type, m->device,
		m->mode);
	const char *file = map_get(&d->vdi->sm_config, "file");
	const char *name = d->path ? d->path : file ? file : "";

	cr_assert_not_null(strstr(name, m->kind->name), "%s %s%s is called %s", m->kind->type,
		m->device, m->mode, name);
}

static void expect_refused(const struct machine *m, const struct vm_loaded *l, const char *what)
{
	cr_assert_eq(E.code, m->due, "%s of %s %s%s: %s", what, m->kind->source, m->device, m->mode,
		code_info(E.code)->name);
	cr_assert_str_eq(E.params[0], disk_of(l)->vdi->r.uuid);
	error_clear(&E);
	cr_assert_eq(count_of(&vm_class), m->vms, "%s left a record", what);
}

/* The new machine has a copy, with its own name, of every disk that the old one writes. */
static void expect_taken(const struct machine *m, const char *uuid, const char *what)
{
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	OK(vm_load(S, uuid, 0, &l, &E));
	struct vm_disk *d = disk_of(l);
	cr_assert(d && d->vdi, "%s of %s %s%s: the disk is not there", what, m->kind->source,
		m->device, m->mode);
	if (!is_reference(m))
		cr_assert(d->node && d->node->origin != NODE_ADOPTED_LEAF ? true
									  : d->vdi->is_a_snapshot,
			"%s: not its own", what);
}

typedef int act_fn(char **ret);

static int act_snapshot(char **ret)
{
	return vm_snapshot(S, VM_A, &(struct vm_snapshot_args){ .name_label = "s" }, ret, &E);
}

static int act_checkpoint(char **ret)
{
	return vm_checkpoint(S, VM_A, &(struct vm_snapshot_args){ .name_label = "s" }, ret, &E);
}

static int act_suspend(char **ret)
{
	(void)ret;
	return vm_suspend(S, VM_A, false, &E);
}

static int act_clone(char **ret)
{
	return vm_clone(S, VM_A, &(struct vm_clone_args){ .name_label = "c" }, ret, &E);
}

static int act_copy(char **ret)
{
	return vm_copy(S, VM_A, &(struct vm_clone_args){ .name_label = "c" }, ret, &E);
}

static int act_export(char **ret)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int r = vm_export(S, VM_A, &(struct vm_export_args){ 0 }, fd, &E);

	(void)ret;
	close(fd);
	return r;
}

static void forget_facts(void)
{
	next_command();
	if (!S->here->pools)
		return;
	hv_pools_clear(S->here->pools);
	free(TAKE(S->here->pools));
}

static void try(struct machine *m, const char *what, act_fn *act)
{
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_free_ char *made = NULL;

	/* Like host_stop(), which also looks for leaks; once per test is enough. */
	session_close(TAKE(S));
	hv_mock_free(TAKE(mock));
	scratch_drop(dir);
	start();
	make_image("data.qcow2", NULL, NULL);
	_cleanup_free_ char *xml = machine_xml(m);
	hv_mock_add(mock, xml, m->state);
	OK(adopt_domains(S, &E));
	OK(vm_load(S, VM_A, 0, &l, &E));
	expect_named(m, l);
	m->vms = count_of(&vm_class);
	forget_facts();
	if (act(&made) < 0)
		expect_refused(m, l, what);
	else {
		cr_assert_eq(m->due, 0, "%s of %s %s%s was taken", what, m->kind->source, m->device,
			m->mode);
		if (made)
			expect_taken(m, made, what);
	}
	/* The next command finds everything as in the records. */
	_cleanup_loaded_ struct vm_loaded *again = NULL;
	forget_facts();
	OK(vm_load(S, VM_A, VM_LOAD_ACT, &again, &E));
}

typedef enum vxe_code due_fn(const struct machine *m);

/* All combinations only once; elsewhere those that differ from the plainest one in one way. */
static bool is_walked(size_t kind, size_t device, size_t mode, bool all)
{
	return all || (kind > 0) + (device > 0) + (mode > 0) < 2;
}

static void walk(const char *what, enum hv_state state, act_fn *act, due_fn *due, bool all)
{
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
		for (size_t d = 0; d < ARRAY_LEN(devices); d++)
			for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
				struct machine m = { .kind = &kinds[k],
					.device = devices[d],
					.mode = modes[i],
					.state = state };

				m.due = due(&m);
				if (is_walked(k, d, i, all))
					try(&m, what, act);
			}
}

Test(disk_kinds, snapshot_halted)
{
	walk("snapshot", HV_SHUTOFF, act_snapshot, of_capture, true);
}

Test(disk_kinds, snapshot_running)
{
	walk("snapshot", HV_RUNNING, act_snapshot, of_capture, false);
}

Test(disk_kinds, checkpoint)
{
	walk("checkpoint", HV_RUNNING, act_checkpoint, of_capture, false);
}

Test(disk_kinds, suspend)
{
	walk("suspend", HV_RUNNING, act_suspend, of_capture, false);
}

Test(disk_kinds, clone)
{
	walk("clone", HV_SHUTOFF, act_clone, of_capture, false);
}

Test(disk_kinds, copy)
{
	walk("copy", HV_SHUTOFF, act_copy, of_capture, false);
}

Test(disk_kinds, export)
{
	walk("export", HV_SHUTOFF, act_export, of_export, false);
}

/* A disk that is only referred to has the same description in the new machine. */
static void expect_same_words(act_fn *act, const char *device, const char *mode)
{
	struct machine m = { .kind = &kinds[2], .device = device, .mode = mode };
	_cleanup_free_ char *made = NULL;

	make_image("data.qcow2", NULL, NULL);
	_cleanup_free_ char *xml = machine_xml(&m);
	hv_mock_add(mock, xml, HV_SHUTOFF);
	OK(adopt_domains(S, &E));
	forget_facts();
	OK(act(&made));
	const char *now = hv_mock_xml(mock, made, HV_XML_INACTIVE);

	cr_expect(strstr(now, "type=\"volume\"") && strstr(now, "volume=\"data.qcow2\"") &&
			!strstr(now, "/data.qcow2"),
		"%s", now);
}

Test(disk_kinds, a_volume_stays_one_in_a_clone)
{
	expect_same_words(act_clone, "cdrom", "<readonly/>");
}

Test(disk_kinds, a_volume_stays_one_in_a_copy)
{
	expect_same_words(act_copy, "disk", "<readonly/>");
}

/* ---- what was read only, or alone, before ---------------------------------------------------- */

static void give_mode(const char *mode)
{
	const struct machine m = { .kind = &kinds[0], .device = "disk", .mode = mode };
	_cleanup_free_ char *xml = machine_xml(&m);

	hv_mock_set_xml(mock, VM_A, HV_XML_INACTIVE, xml);
	next_command();
}

static void start_read_only(void)
{
	const struct machine m = { .kind = &kinds[0], .device = "disk", .mode = "<readonly/>" };
	_cleanup_free_ char *xml = machine_xml(&m);

	make_image("data.qcow2", NULL, NULL);
	hv_mock_add(mock, xml, HV_SHUTOFF);
	OK(adopt_domains(S, &E));
}

static void expect_snapshot_has_content(void)
{
	_cleanup_free_ char *snapshot = NULL;
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	OK(act_snapshot(&snapshot));
	OK(vm_load(S, snapshot, 0, &l, &E));
	cr_assert(disk_of(l)->vdi->is_a_snapshot, "the disk that is written to was left out");
}

Test(disk_kinds, made_writable_by_somebody)
{
	start_read_only();
	give_mode("");
	expect_snapshot_has_content();
}

Test(disk_kinds, read_only_for_another_domain)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "data.qcow2");
	_cleanup_free_ char *readonly =
		xasprintf("%.*s<readonly/></disk>", (int)(strlen(disk) - strlen("</disk>")), disk);
	_cleanup_free_ char *xml = domain_xml(VM_B, "reader", readonly);
	const struct machine m = { .kind = &kinds[0], .device = "disk", .mode = "" };
	_cleanup_free_ char *writer = machine_xml(&m);

	make_image("data.qcow2", NULL, NULL);
	hv_mock_add(mock, xml, HV_SHUTOFF);
	OK(adopt_domains(S, &E));
	hv_mock_add(mock, writer, HV_SHUTOFF);
	next_command();
	OK(adopt_domains(S, &E));
	expect_snapshot_has_content();
}

Test(disk_kinds, made_sharable_by_somebody)
{
	_cleanup_free_ char *snapshot = NULL;

	start_read_only();
	give_mode("<shareable/>");
	FAILS(VDI_IS_SHARABLE, act_snapshot(&snapshot));
}
