/* SPDX-License-Identifier: MIT */
/*
 * Every failpoint of every operation returns an error once, on the mock hypervisor and the memory
 * store, with real files. Afterwards, when the intent that may be left was recovered: all is
 * consistent, no file is left over, and records and contents are those before or those after.
 */
#include "objects/op.h"

#include <dirent.h>
#include <fcntl.h>

#include "objects/device.h"
#include "objects/intent.h"
#include "objects/network.h"
#include "objects/network_ops.h"
#include "objects/pool.h"
#include "objects/sr_mark.h"
#include "objects/sr_ops.h"
#include "objects/task.h"
#include "objects/vbd.h"
#include "objects/vdi.h"
#include "objects/vdi_ops.h"
#include "objects/vif.h"
#include "objects/vm_apply.h"
#include "objects/vm_archive.h"
#include "objects/vm_ops.h"
#include "tests/unit/host_fixture.h"

#define SIZE (1 << 20)
#define OLD 1000 /* what a guest's counter shows that has run for long */

static struct strv vdis;  /* of VM_A's disks, before */
static char       *zero; /* the snapshot that was taken at first */

TestSuite(crash, .init = host_start, .fini = host_stop);

/* ---- the guest ------------------------------------------------------------------------------- */

static void make_raw(const char *name, int byte)
{
	_cleanup_free_ char *path = at(name), *bytes = xcalloc(1, SIZE);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	memset(bytes, byte, SIZE / 4);
	cr_assert_eq(write(fd, bytes, SIZE), SIZE);
}

static char *path_of_vdi(const char *uuid)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = find(&vdi_class, uuid);
	_cleanup_(node_free_cleanup) struct node *node = find(&node_class, vdi->node);
	_cleanup_txn_ struct txn *t = NULL;
	char *path;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(node_path(t, node, &path, &E));
	return path;
}

/* The guest writes to its first disk; in the layer that it has now. */
static void guest_writes(int byte, int kib)
{
	_cleanup_free_ char *path = path_of_vdi(vdis.items[0]);
	_cleanup_free_ char *write = xasprintf("write -P %d 256k %dk", byte, kib);
	const char *const argv[] = { "qemu-io", "-f", "qcow2", "-c", write, path, NULL };

	OK(child_run(argv, argv[0], NULL, &E));
}

static char *take_snapshot(const char *name)
{
	const struct vm_snapshot_args args = { .name_label = name };
	char *uuid;

	OK(vm_snapshot(S, VM_A, &args, &uuid, &E));
	return uuid;
}

static int by_device(const void *a, const void *b)
{
	const struct vbd *const *x = a, *const *y = b;

	return strcmp((*x)->userdevice, (*y)->userdevice);
}

static struct records disks_of(const char *vm)
{
	_cleanup_txn_ struct txn *t = NULL;
	struct records found = { 0 };

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(records_load(t, &vbd_class, "vm_uuid", vm, &found, &E));
	if (found.n)
		qsort(found.items, found.n, sizeof(*found.items), by_device);
	return found;
}

/* UEFI variables and TPM state, that is. */
static void write_state(const char *text)
{
	_cleanup_free_ char *nvram = xasprintf(NVRAM_FILE, "a"), *tpm = xasprintf(TPM_FILE, VM_A);

	write_text(nvram, text);
	write_text(tpm, text);
}

/* One or two disks, a snapshot of them, and something else in the first one since then. */
static void set_up(size_t n_disks)
{
	_cleanup_free_ char *a = disk_xml("vda", "raw", "a"), *b = disk_xml("vdb", "raw", "b");
	_cleanup_free_ char *both = xasprintf("%s%s", a, n_disks > 1 ? b : "");
	_cleanup_free_ char *xml = uefi_xml(VM_A, "a", both);

	make_raw("a", 1);
	make_raw("b", 2);
	hv_mock_add(mock, xml, HV_SHUTOFF);
	session_start(&store_mem_ops);
	S->config.root = dir; /* this machine's bridges come and go */
	OK(adopt_domains(S, &E));
	_cleanup_records_ struct records disks = disks_of(VM_A);
	for (size_t i = 0; i < disks.n; i++)
		strv_add(&vdis, ((struct vbd *)disks.items[i])->vdi);
	cr_assert_eq(vdis.n, n_disks);
	write_state("of zero");
	zero = take_snapshot("zero");
	guest_writes(3, 64);
	write_state("now");
}

static void tear_down(void)
{
	strv_clear(&vdis);
	free(TAKE(zero));
	session_close(TAKE(S));
	hv_mock_free(TAKE(mock));
	strv_clear(&notices);
	scratch_drop(dir);
}

/* ---- the state, as text ---------------------------------------------------------------------- */

/* A word for the content, through all layers. */
static unsigned long content(const char *vdi)
{
	_cleanup_free_ char *path = path_of_vdi(vdi), *flat = at("flat"), *bytes = xcalloc(1, SIZE);
	const char *dot = strrchr(path, '.');
	const char *const argv[] = { "qemu-img", "convert", "-U", "-f",
		str_eq(dot, ".qcow2") ? "qcow2" : "raw", "-O", "raw", path, flat, NULL };
	unsigned long sum = 0;

	OK(child_run(argv, argv[0], NULL, &E));
	_cleanup_close_ int fd = open(flat, O_RDONLY | O_CLOEXEC);
	cr_assert_eq(read(fd, bytes, SIZE), SIZE);
	for (size_t i = 0; i < SIZE; i++)
		sum = sum * 31 + (unsigned char)bytes[i];
	return sum;
}

static void add_disks(struct str *text, const char *vm)
{
	_cleanup_records_ struct records disks = disks_of(vm);

	for (size_t i = 0; i < disks.n; i++) {
		const struct vbd *b = disks.items[i];

		if (b->type == VBD_CD) {
			str_addf(text, "  %s CD %s\n", b->userdevice, b->empty ? "empty" : "full");
			continue;
		}
		str_addf(text, "  %s %s %lx\n", b->userdevice,
			strv_has(&vdis, b->vdi) ? b->vdi : "another", content(b->vdi));
	}
}

/* The memory of a running guest, or the image of a suspended one: that of the long-lived guest? */
static void add_memory(struct str *text, const struct vm *vm)
{
	_cleanup_(vdi_free_cleanup) struct vdi *image =
		vm->suspend_vdi ? find(&vdi_class, vm->suspend_vdi) : NULL;
	_cleanup_free_ char *path = image ? path_of_vdi(image->r.uuid) : NULL;
	uint64_t ram = 0;

	cr_assert_eq(vm->power_state == POWER_SUSPENDED, image != NULL);
	if (image)
		ram = hv_mock_image_ram(path);
	else if (!vm->is_a_snapshot && hv_mock_xml(mock, vm->r.uuid, HV_XML_LIVE))
		ram = hv_mock_ram(mock, vm->r.uuid);
	str_addf(text, "  state %d memory %s\n", vm->power_state, ram >= OLD ? "old" : "none");
}

/* What the domain finds in its places, and in a snapshot's nodes. */
static void add_state(struct str *text)
{
	_cleanup_free_ char *nvram_name = xasprintf(NVRAM_FILE, "a");
	_cleanup_free_ char *tpm_name = xasprintf(TPM_FILE, VM_A);
	_cleanup_free_ char *nvram = at(nvram_name), *tpm = at(tpm_name);
	_cleanup_free_ char *a = read_text(nvram), *b = read_text(tpm);

	str_addf(text, "state %s %s\n", a, b);
}

static void add_node(struct str *text, const char *uuid)
{
	_cleanup_(node_free_cleanup) struct node *node = find(&node_class, uuid);
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_free_ char *path = NULL, *content = NULL;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(node_path(t, node, &path, &E));
	content = read_text(path);
	str_addf(text, "  file %s\n", content);
}

static int by_name(const void *a, const void *b)
{
	const struct vm *const *x = a, *const *y = b;

	return strcmp((*x)->name_label, (*y)->name_label);
}

static void add_snapshots(struct str *text)
{
	_cleanup_records_ struct records vms = all_of(&vm_class);

	qsort(vms.items, vms.n, sizeof(*vms.items), by_name);
	for (size_t i = 0; i < vms.n; i++) {
		const struct vm *vm = vms.items[i];

		if (!vm->is_a_snapshot)
			continue;
		str_addf(text, "snapshot %s\n", vm->name_label);
		add_memory(text, vm);
		add_disks(text, vm->r.uuid);
		add_node(text, vm->nvram_node);
		add_node(text, vm->tpm_node);
	}
}

/* Clones, copies, templates: what is neither the VM nor its snapshot nor came with the store. */
static void add_others(struct str *text)
{
	_cleanup_records_ struct records vms = all_of(&vm_class);

	qsort(vms.items, vms.n, sizeof(*vms.items), by_name);
	for (size_t i = 0; i < vms.n; i++) {
		const struct vm *vm = vms.items[i];

		if (str_eq(vm->r.uuid, VM_A) || vm->is_a_snapshot || vm->is_default_template ||
			vm->is_control_domain)
			continue;
		str_addf(text, "other %s, %s, %d\n", vm->name_label,
			vm->is_a_template ? "template" : "VM",
			hv_mock_xml(mock, vm->r.uuid, HV_XML_INACTIVE) != NULL);
		add_memory(text, vm);
		add_disks(text, vm->r.uuid);
	}
}

/* ---- storage, devices and networks, as text -------------------------------------------------- */

/* Targets and networks of a definition. */
static void add_devices(struct str *text, enum hv_xml which)
{
	const char *xml = hv_mock_xml(mock, VM_A, which);
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct hv *hv;

	if (!xml)
		return;
	OK(session_hv(S, &hv, &E));
	OK(hv_spec_read(hv, xml, &spec, &E));
	for (size_t i = 0; i < spec->n_disks; i++)
		str_addf(text, " %s%s", spec->disks[i].target, spec->disks[i].path ? "" : "-");
	for (size_t i = 0; i < spec->n_nics; i++)
		str_addf(text, " %s:%s", spec->nics[i].mac, spec->nics[i].source);
	str_add(text, "\n");
}

static int by_label(const void *a, const void *b)
{
	const struct sr *const *x = a, *const *y = b;

	return strcmp((*x)->name_label, (*y)->name_label);
}

static void add_storage(struct str *text)
{
	_cleanup_records_ struct records srs = all_of(&sr_class), all = all_of(&vdi_class);
	size_t managed = 0;
	int64_t bytes = 0;

	qsort(srs.items, srs.n, sizeof(*srs.items), by_label);
	for (size_t i = 0; i < srs.n; i++) {
		const struct sr *sr = srs.items[i];
		_cleanup_free_ char *mark = NULL;

		if (sr->adopted)
			continue;
		OK(sr_mark_read(sr->path, &mark, &E));
		str_addf(text, "SR %s %d %d\n", sr->name_label, sr->detached, mark != NULL);
	}
	for (size_t i = 0; i < all.n; i++) {
		const struct vdi *vdi = all.items[i];

		managed += vdi->managed;
		bytes += vdi->managed && vdi->type == VDI_USER ? vdi->virtual_size : 0;
	}
	str_addf(text, "%zu disks, %zu MiB, %zu PBDs\n", managed, (size_t)(bytes / SIZE),
		count_of(&pbd_class));
}

static void add_networks(struct str *text)
{
	struct hv_networks networks = { 0 };
	struct hv_pools pools = { 0 };
	struct hv *hv;

	OK(session_hv(S, &hv, &E));
	OK(hv_networks(hv, &networks, &E));
	OK(hv_pools(hv, &pools, &E));
	str_addf(text, "%zu networks, %zu of libvirt, %zu VIFs, %zu pools\n",
		count_of(&network_class), networks.n, count_of(&vif_class), pools.n);
	hv_networks_clear(&networks);
	hv_pools_clear(&pools);
}

#define LIVE "live:" /* what follows is there only while the domain runs */

/* What the running guest has. */
static void add_sizes(struct str *text)
{
	_cleanup_(hv_stats_clear) struct hv_stats stats = { 0 };
	struct hv *hv;

	OK(session_hv(S, &hv, &E));
	OK(hv_stats(hv, &stats, &E));
	for (size_t i = 0; i < stats.n; i++)
		str_addf(text, "VCPUs %d, memory %lld\n", stats.items[i].vcpus,
			(long long)stats.items[i].memory);
}

static char *state(void)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);
	_cleanup_str_ struct str text = { 0 };

	str_addf(&text, "domain %d %d\nVM %s\n",
		hv_mock_xml(mock, VM_A, HV_XML_INACTIVE) != NULL,
		hv_mock_xml(mock, VM_A, HV_XML_LIVE) != NULL,
		!vm ? "-" : vm->is_a_template ? "template" : vm->name_label);
	if (hv_mock_xml(mock, VM_A, HV_XML_INACTIVE))
		str_addf(&text, "starts with the host: %d\n", hv_mock_autostart(mock, VM_A));
	if (hv_mock_state(mock, VM_A) == HV_PAUSED)
		str_add(&text, "paused\n");
	add_disks(&text, VM_A);
	if (vm)
		add_memory(&text, vm);
	add_state(&text);
	for (size_t i = 0; i < vdis.n; i++) {
		_cleanup_(vdi_free_cleanup) struct vdi *v = find(&vdi_class, vdis.items[i]);

		str_addf(&text, "VDI %s\n", v ? "there" : "-");
	}
	add_snapshots(&text);
	add_others(&text);
	add_devices(&text, HV_XML_INACTIVE);
	add_storage(&text);
	add_networks(&text);
	str_add(&text, LIVE);
	add_devices(&text, HV_XML_LIVE);
	add_sizes(&text);
	return str_steal(&text);
}

/* ---- scenes ---------------------------------------------------------------------------------- */

static void nothing(void)
{
}

static void running(void)
{
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
}

static int start(struct vxe_error *err)
{
	return vm_start(S, VM_A, false, err);
}

static int shut_down(struct vxe_error *err)
{
	return vm_shutdown(S, VM_A, true, err);
}

static int reboot_clean(struct vxe_error *err)
{
	return vm_reboot(S, VM_A, false, err);
}

static int reboot_hard(struct vxe_error *err)
{
	return vm_reboot(S, VM_A, true, err);
}

static int pause_vm(struct vxe_error *err)
{
	return vm_pause(S, VM_A, err);
}

static int unpause(struct vxe_error *err)
{
	return vm_unpause(S, VM_A, err);
}

static int reset_snapshot(struct vxe_error *err)
{
	return snapshot_reset_powerstate(S, zero, err);
}

static int snapshot(struct vxe_error *err)
{
	const struct vm_snapshot_args args = { .name_label = "more" };
	_cleanup_free_ char *uuid = NULL;

	return vm_snapshot(S, VM_A, &args, &uuid, err);
}

static int revert(struct vxe_error *err)
{
	return snapshot_revert(S, zero, err);
}

static int destroy(struct vxe_error *err)
{
	return vm_destroy(S, VM_A, err);
}

static int add_disk(struct vxe_error *err)
{
	return vm_disk_add(S, VM_A, "autodetect", SIZE, NULL, err);
}

static void running_with_own_disk(void)
{
	OK(add_disk(&E));
	running();
}

static int uninstall(const char *uuid, bool with_snapshots, struct vxe_error *err)
{
	_cleanup_strv_ struct strv vms = { 0 };
	_cleanup_uninstall_ struct uninstall *u = NULL;

	strv_add(&vms, uuid);
	if (uninstall_plan(S, &vms, with_snapshots, &u, err) < 0)
		return -1;
	return uninstall_run(S, u, err);
}

static int uninstall_all(struct vxe_error *err)
{
	return uninstall(VM_A, true, err);
}

static int uninstall_zero(struct vxe_error *err)
{
	return uninstall(zero, false, err);
}

static int rename_vm(const char *name, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *before = find(&vm_class, VM_A);
	_cleanup_(vm_free_cleanup) struct vm *after = record_copy(&vm_class, before);

	str_replace(&after->name_label, name);
	return vm_apply_settings(S, before, after, err);
}

static int set(struct vxe_error *err)
{
	return rename_vm("changed", err);
}

static int set_autostart(struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *before = find(&vm_class, VM_A);
	_cleanup_(vm_free_cleanup) struct vm *after = record_copy(&vm_class, before);

	map_set(&after->other_config, "auto_poweron", "true");
	return vm_apply_settings(S, before, after, err);
}

/* The running guest's share of memory and its VCPUs go along. */
static int set_live(struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *before = find(&vm_class, VM_A);
	_cleanup_(vm_free_cleanup) struct vm *after = record_copy(&vm_class, before);

	after->memory_dynamic_max = before->memory_dynamic_max / 2;
	after->vcpus_at_startup = 1;
	return vm_apply_vcpus(S, before, after, err);
}

static int clone_it(struct vxe_error *err)
{
	const struct vm_clone_args args = { .name_label = "clone" };
	_cleanup_free_ char *uuid = NULL;

	return vm_clone(S, VM_A, &args, &uuid, err);
}

static int copy_it(struct vxe_error *err)
{
	const struct vm_clone_args args = { .name_label = "copy" };
	_cleanup_free_ char *uuid = NULL;

	return vm_copy(S, VM_A, &args, &uuid, err);
}

static int change_kind(bool template, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *before = find(&vm_class, VM_A);
	_cleanup_(vm_free_cleanup) struct vm *after = record_copy(&vm_class, before);

	after->is_a_template = template;
	return vm_apply_settings(S, before, after, err);
}

static int to_template(struct vxe_error *err)
{
	return change_kind(true, err);
}

static int to_vm(struct vxe_error *err)
{
	return change_kind(false, err);
}

static void template(void)
{
	OK(to_template(&E));
}

/* With a disk that the installation makes. */
static void template_that_asks(void)
{
	template();
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);

	map_set(&vm->other_config, "disks",
		"<provision><disk device='3' size='1048576' sr='' bootable='true'/></provision>");
	save(&vm_class, vm);
}

static int install_from(const char *template, const char *sr, struct vxe_error *err)
{
	const struct vm_clone_args args = { .name_label = "installed", .sr = sr };
	_cleanup_free_ char *uuid = NULL;

	return vm_install(S, template, &args, &uuid, err);
}

static int install_it(struct vxe_error *err)
{
	return install_from(VM_A, NULL, err);
}

static int install_copy(struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = find(&vdi_class, vdis.items[0]);
	_cleanup_free_ char *sr = xstrdup(vdi->sr);

	return install_from(VM_A, sr, err);
}

static int create_it(struct vxe_error *err)
{
	const struct vm_clone_args args = { .name_label = "bare" };
	_cleanup_free_ char *uuid = NULL;

	return vm_create(S, &args, &uuid, err);
}

/* A clone of it stands on layers that are frozen by now. */
static void cloned(void)
{
	OK(clone_it(&E));
}

/* What lies between the user's files and the leaf is made by vxe, and little. */
static void two_more(void)
{
	free(TAKE(zero));
	zero = take_snapshot("one");
	guest_writes(4, 64);
	free(take_snapshot("two"));
	guest_writes(5, 64);
}

static void two_more_running(void)
{
	two_more();
	running();
}

/* Somebody's layer lies on that of "two", so nothing below it may get another name. */
static void two_more_below_a_strangers(void)
{
	_cleanup_free_ char *mine = at("e.qcow2"), *disk = disk_xml("vda", "qcow2", "f.qcow2");
	_cleanup_free_ char *xml = domain_xml(VM_B, "b", disk), *frozen = NULL;

	two_more();
	_cleanup_records_ struct records vms = all_of(&vm_class);
	for (size_t i = 0; i < vms.n && !frozen; i++) {
		const struct vm *vm = vms.items[i];
		_cleanup_records_ struct records disks = { 0 };

		if (!str_eq(vm->name_label, "two"))
			continue;
		disks = disks_of(vm->r.uuid);
		frozen = path_of_vdi(((const struct vbd *)disks.items[0])->vdi);
	}
	OK(image_make_overlays(
		&(struct image_overlay){ mine, frozen, "qcow2", SIZE }, 1, NULL, &E));
	make_image("f.qcow2", "e.qcow2", "qcow2");
	hv_mock_add(mock, xml, HV_SHUTOFF);
	next_command();
	OK(adopt_domains(S, &E));
}

static void little_below(void)
{
	free(TAKE(zero));
	zero = take_snapshot("one");
	guest_writes(8, 512);
}

static void little_below_running(void)
{
	little_below();
	running();
}

static int suspend(struct vxe_error *err)
{
	return vm_suspend(S, VM_A, err);
}

static int resume(struct vxe_error *err)
{
	return vm_resume(S, VM_A, false, err);
}

static int discard(struct vxe_error *err)
{
	return vm_resume(S, VM_A, true, err);
}

static int checkpoint(struct vxe_error *err)
{
	const struct vm_snapshot_args args = { .name_label = "point" };
	_cleanup_free_ char *uuid = NULL;

	return vm_checkpoint(S, VM_A, &args, &uuid, err);
}

static void old(void)
{
	running();
	hv_mock_set_ram(mock, VM_A, OLD);
	hv_mock_set_autostart(mock, VM_A, true);
	next_command();
	OK(rename_vm("a", &E)); /* takes note of it: what comes is no news */
}

static void paused(void)
{
	old();
	hv_mock_set_state(mock, VM_A, HV_PAUSED);
}

static void suspended(void)
{
	old();
	OK(suspend(&E));
}

/* Somebody starts it, the guest writes, and goes off. */
static void guards_touched(void)
{
	_cleanup_records_ struct records disks = { 0 };

	suspended();
	disks = disks_of(VM_A);
	_cleanup_(node_free_cleanup) struct node *node =
		find(&node_class, ((struct vbd *)disks.items[0])->guard);
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_free_ char *path = NULL;
	const char *const argv[] = { "qemu-io", "-f", "qcow2", "-c", "write -z 512k 64k", NULL, NULL };
	const char *args[ARRAY_LEN(argv)];

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(node_path(t, node, &path, &E));
	memcpy(args, argv, sizeof(argv));
	args[5] = path;
	OK(child_run(args, args[0], NULL, &E));
}

/* "zero" is a checkpoint; since then the guest went on. */
static void with_checkpoint(void)
{
	const struct vm_snapshot_args args = { .name_label = "zero" };

	old();
	OK(snapshot_destroy(S, zero, &E));
	free(TAKE(zero));
	OK(vm_checkpoint(S, VM_A, &args, &zero, &E));
	hv_mock_set_ram(mock, VM_A, 0);
}

static void with_checkpoint_halted(void)
{
	with_checkpoint();
	hv_mock_set_state(mock, VM_A, HV_SHUTOFF);
	guest_writes(9, 64);
}

static void with_checkpoint_suspended(void)
{
	with_checkpoint();
	OK(suspend(&E));
}

/* ---- storage --------------------------------------------------------------------------------- */

#define MAC "02:00:00:00:00:07"

static char one_sr[40], one_pbd[40], one_vdi[40], one_vbd[40], one_vif[40], one_net[40];

static void keep(char to[static 40], char *uuid)
{
	snprintf(to, 40, "%s", uuid);
	free(uuid);
}

static void default_sr(char to[static 40])
{
	_cleanup_records_ struct records pools = all_of(&pool_class);

	snprintf(to, 40, "%s", ((const struct pool *)pools.items[0])->default_sr);
}

static int create_disk(struct vxe_error *err)
{
	char sr[40], *uuid = NULL;
	const struct vdi_new args = { .sr = sr, .name_label = "new", .size = SIZE };

	default_sr(sr);
	int r = vdi_create(S, &args, &uuid, err);

	if (r == 0)
		keep(one_vdi, uuid);
	return r;
}

static int copy_disk(struct vxe_error *err)
{
	_cleanup_free_ char *uuid = NULL;
	char sr[40];

	default_sr(sr);
	return vdi_copy(S, vdis.items[0], sr, &uuid, err);
}

static int destroy_disk(struct vxe_error *err)
{
	return vdi_destroy(S, vdis.items[0], err);
}

static int snapshot_disk(struct vxe_error *err)
{
	_cleanup_free_ char *uuid = NULL;

	return vdi_snapshot(S, vdis.items[0], &uuid, err);
}

static int clone_disk(struct vxe_error *err)
{
	_cleanup_free_ char *uuid = NULL;

	return vdi_clone(S, vdis.items[0], "clone", NULL, &uuid, err);
}

static int resize_disk(struct vxe_error *err)
{
	return vdi_resize(S, one_vdi, 2 * SIZE, true, err);
}

static void a_file(void)
{
	make_raw("in", 9);
}

static int import_disk(struct vxe_error *err)
{
	_cleanup_free_ char *path = at("in");
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return vdi_import(S, vdis.items[0], fd, "raw", err);
}

static int make_sr(const char *type, const char *name, struct vxe_error *err)
{
	_cleanup_map_ struct map config = { 0 };
	_cleanup_free_ char *path = at(name);
	const struct sr_new args = { .name_label = name, .type = type, .device_config = &config };
	char *uuid = NULL;

	map_set(&config, "location", path);
	int r = sr_create(S, &args, &uuid, err);

	if (r == 0)
		keep(one_sr, uuid);
	return r;
}

static int create_sr(struct vxe_error *err)
{
	return make_sr("file", "sr", err);
}

static void an_sr(void)
{
	_cleanup_records_ struct records pbds = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	OK(create_sr(&E));
	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(records_load(t, &pbd_class, "sr_uuid", one_sr, &pbds, &E));
	snprintf(one_pbd, sizeof(one_pbd), "%s", ((const struct record *)pbds.items[0])->uuid);
}

static int plug_sr(struct vxe_error *err)
{
	return pbd_plug(S, one_pbd, err);
}

static int unplug_sr(struct vxe_error *err)
{
	return pbd_unplug(S, one_pbd, err);
}

static void an_unplugged_sr(void)
{
	an_sr();
	OK(unplug_sr(&E));
}

static int destroy_sr(struct vxe_error *err)
{
	return sr_destroy(S, one_sr, err);
}

static int forget_sr(struct vxe_error *err)
{
	return sr_forget(S, one_sr, err);
}

/* A CD in an SR of its own; and an empty drive of the VM. */
static void a_cd(void)
{
	_cleanup_free_ char *folder = at("isos");
	_cleanup_records_ struct records all = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	const struct vbd_new drive = { .vm = VM_A, .device = "autodetect", .type = VBD_CD,
		.mode = VBD_RO };
	char *uuid = NULL;

	cr_assert_eq(mkdir(folder, 0755), 0);
	make_raw("isos/cd.iso", 7);
	OK(make_sr("iso", "isos", &E));
	OK(sr_scan(S, one_sr, &E));
	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(records_load(t, &vdi_class, "sr_uuid", one_sr, &all, &E));
	cr_assert_eq(all.n, 1);
	snprintf(one_vdi, sizeof(one_vdi), "%s", ((const struct record *)all.items[0])->uuid);
	txn_abort(TAKE(t));
	OK(vbd_create(S, &drive, &uuid, &E));
	keep(one_vbd, uuid);
}

static int forget_disk(struct vxe_error *err)
{
	return vdi_forget(S, one_vdi, err);
}

/* ---- devices --------------------------------------------------------------------------------- */

static int attach_disk(struct vxe_error *err)
{
	const struct vbd_new args = { .vm = VM_A, .device = "5", .vdi = one_vdi, .mode = VBD_RW,
		.type = VBD_DISK, .unpluggable = true, .owner = true };
	char *uuid = NULL;
	int r = vbd_create(S, &args, &uuid, err);

	if (r == 0)
		keep(one_vbd, uuid);
	return r;
}

static void a_disk(void)
{
	OK(create_disk(&E));
}

static void an_attached_disk(void)
{
	a_disk();
	OK(attach_disk(&E));
}

static void a_running_vm_with_it(void)
{
	an_attached_disk();
	running();
}

static void a_running_vm_and_a_disk(void)
{
	a_disk();
	running();
	next_command();
	OK(attach_disk(&E));
}

static int destroy_vbd(struct vxe_error *err)
{
	return vbd_destroy(S, one_vbd, err);
}

static int plug_vbd(struct vxe_error *err)
{
	return vbd_plug(S, one_vbd, err);
}

static int unplug_vbd(struct vxe_error *err)
{
	return vbd_unplug(S, one_vbd, err);
}

static int remove_disk(struct vxe_error *err)
{
	return vm_disk_remove(S, VM_A, "5", err);
}

static void a_running_vm_and_a_cd(void)
{
	a_cd();
	running();
}

static int insert_cd(struct vxe_error *err)
{
	return vbd_insert(S, one_vbd, one_vdi, err);
}

static void a_cd_in_a_drive(void)
{
	a_running_vm_and_a_cd();
	next_command();
	OK(insert_cd(&E));
}

static int eject_cd(struct vxe_error *err)
{
	return vbd_eject(S, one_vbd, err);
}

static int create_network(struct vxe_error *err)
{
	const struct network_new args = { .name_label = "lan", .mtu = 1500, .managed = true };
	char *uuid = NULL;
	int r = network_create(S, &args, &uuid, err);

	if (r == 0)
		keep(one_net, uuid);
	return r;
}

static void a_network(void)
{
	OK(create_network(&E));
	/* Facts are read once per command. */
	hv_networks_clear(S->networks);
	free(TAKE(S->networks));
	hv_pools_clear(S->pools);
	free(TAKE(S->pools));
}

static int destroy_network(struct vxe_error *err)
{
	return network_destroy(S, one_net, err);
}

static int create_card(struct vxe_error *err)
{
	char *uuid = NULL;
	int r = vif_create(S, VM_A, "0", one_net, MAC, &uuid, err);

	if (r == 0)
		keep(one_vif, uuid);
	return r;
}

static void a_card(void)
{
	a_network();
	OK(create_card(&E));
}

static void a_running_vm_with_a_card(void)
{
	a_card();
	running();
}

static void a_running_vm_and_a_card(void)
{
	a_network();
	running();
	next_command();
	OK(create_card(&E));
}

static int destroy_card(struct vxe_error *err)
{
	return vif_destroy(S, one_vif, err);
}

static int plug_card(struct vxe_error *err)
{
	return vif_plug(S, one_vif, err);
}

static int unplug_card(struct vxe_error *err)
{
	return vif_unplug(S, one_vif, err);
}

static void a_card_and_another_network(void)
{
	a_running_vm_with_a_card();
	a_network();
}

static int move_card(struct vxe_error *err)
{
	return vif_move(S, one_vif, one_net, err);
}

static int export_it(const char *vm, struct vxe_error *err)
{
	const struct vm_export_args args = { .compression = XVA_ZSTD,
		.preserve_power_state = true };
	_cleanup_free_ char *path = at("archive");
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return vm_export(S, vm, &args, fd, err);
}

static int export_vm(struct vxe_error *err)
{
	return export_it(VM_A, err);
}

static void exported_vm(void)
{
	OK(export_it(VM_A, &E));
}

static void exported_snapshot(void)
{
	OK(export_it(zero, &E));
}

static void exported_suspended(void)
{
	suspended();
	OK(export_it(VM_A, &E));
}

static void exported_checkpoint(void)
{
	with_checkpoint_halted();
	OK(export_it(zero, &E));
}

static int import_it(struct vxe_error *err)
{
	const struct vm_import_args args = { 0 };
	_cleanup_free_ char *path = at("archive"), *uuid = NULL;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return vm_import(S, &args, fd, &uuid, err);
}

static int import_over(struct vxe_error *err)
{
	const struct vm_import_args args = { .preserve = true, .force = true };
	_cleanup_free_ char *path = at("archive"), *uuid = NULL;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return vm_import(S, &args, fd, &uuid, err);
}

/* Its TPM would be lost. */
static void exported_without_tpm(void)
{
	_cleanup_free_ char *xml = xstrdup(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE));
	char *from = strstr(xml, "<tpm"), *to = from ? strstr(from, "</tpm>") : NULL;

	cr_assert(to);
	memset(from, ' ', (size_t)(to + strlen("</tpm>") - from));
	hv_mock_set_xml(mock, VM_A, HV_XML_INACTIVE, xml);
	next_command();
	OK(export_it(VM_A, &E));
	guest_writes(7, 128);
}

static struct vm *imported_template(void)
{
	_cleanup_records_ struct records vms = all_of(&vm_class);

	for (size_t i = 0; i < vms.n; i++) {
		const struct vm *vm = vms.items[i];

		if (vm->is_a_template && !vm->is_a_snapshot && vm->power_state == POWER_SUSPENDED)
			return record_copy(&vm_class, vm);
	}
	return NULL;
}

static void imported_checkpoint(void)
{
	exported_checkpoint();
	OK(import_it(&E));
}

static int checkpoint_to_vm(struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *before = imported_template();
	_cleanup_(vm_free_cleanup) struct vm *after = record_copy(&vm_class, before);

	after->is_a_template = false;
	return vm_change_kind(S, before, after, err);
}

struct scene {
	const char *op, *name;
	size_t      n_disks;
	bool        stops; /* undone, it leaves the VM as it was, but halted */
	void (*prepare)(void);
	int (*act)(struct vxe_error *err);
};

static const struct scene scenes[] = {
	{ "vm-start", "", 1, false, nothing, start },
	{ "vm-shutdown", "", 1, false, running, shut_down },
	{ "vm-reboot", "clean", 1, false, running, reboot_clean },
	{ "vm-reboot", "hard", 1, false, paused, reboot_hard },
	{ "vm-pause", "", 1, false, running, pause_vm },
	{ "vm-unpause", "", 1, false, paused, unpause },
	{ "snapshot-reset-powerstate", "", 1, false, nothing, reset_snapshot },
	{ "vm-shutdown", "suspended", 2, false, suspended, shut_down },
	{ "vm-suspend", "", 2, false, old, suspend },
	{ "vm-resume", "", 2, false, suspended, resume },
	{ "vm-discard-changes", "", 2, false, guards_touched, discard },
	{ "vm-checkpoint", "running", 2, false, old, checkpoint },
	{ "vm-checkpoint", "paused", 1, false, paused, checkpoint },
	{ "vm-checkpoint", "suspended", 2, false, suspended, checkpoint },
	{ "vm-snapshot", "suspended", 2, false, suspended, snapshot },
	{ "snapshot-revert", "from suspended", 2, false, suspended, revert },
	{ "snapshot-revert", "to checkpoint, running", 2, true, with_checkpoint, revert },
	{ "snapshot-revert", "to checkpoint, halted", 2, false, with_checkpoint_halted, revert },
	{ "snapshot-revert", "to checkpoint, suspended", 1, false, with_checkpoint_suspended,
		revert },
	{ "vm-destroy", "suspended", 2, false, suspended, destroy },
	{ "vm-uninstall", "suspended", 2, false, suspended, uninstall_all },
	{ "vm-uninstall", "checkpoint", 1, false, with_checkpoint, uninstall_zero },
	{ "vm-snapshot", "running", 2, false, running, snapshot },
	{ "vm-snapshot", "halted", 2, false, nothing, snapshot },
	{ "snapshot-revert", "running", 2, true, running, revert },
	{ "snapshot-revert", "halted", 2, false, nothing, revert },
	{ "vm-destroy", "", 2, false, nothing, destroy },
	{ "vm-uninstall", "running", 2, true, running_with_own_disk, uninstall_all },
	{ "vm-disk-add", "running", 1, false, running, add_disk },
	{ "vm-disk-add", "halted", 1, false, nothing, add_disk },
	{ "vm-param-set", "", 1, false, nothing, set },
	{ "vm-freeze", "of a VM", 2, false, nothing, clone_it },
	{ "vm-freeze", "of a template", 1, false, template, clone_it },
	{ "vm-clone", "of a VM", 2, false, cloned, clone_it },
	{ "vm-clone", "of a template", 1, false, template, clone_it },
	{ "vm-copy", "", 2, false, nothing, copy_it },
	{ "vm-install", "clone", 1, false, template_that_asks, install_it },
	{ "vm-install", "copy", 1, false, template_that_asks, install_copy },
	{ "vm-create", "", 1, false, nothing, create_it },
	{ "vm-template", "of a VM", 1, false, nothing, to_template },
	{ "vm-template", "and back", 1, false, template, to_vm },
	{ "vm-param-set", "live", 1, false, running, set_live },
	{ "vm-param-set", "autostart", 1, false, nothing, set_autostart },
	{ "vm-export", "", 2, false, nothing, export_vm },
	{ "vm-import", "a VM", 2, false, exported_vm, import_it },
	{ "vm-import", "a template", 1, false, exported_snapshot, import_it },
	{ "vm-import", "over a VM", 2, false, exported_without_tpm, import_over },
	{ "vm-import", "a suspended VM", 2, false, exported_suspended, import_it },
	{ "vm-import", "a checkpoint", 1, false, exported_checkpoint, import_it },
	{ "vm-template", "a checkpoint to a VM", 2, false, imported_checkpoint, checkpoint_to_vm },
	{ "coalesce-commit", "live", 1, false, two_more_running, uninstall_zero },
	{ "coalesce-commit", "offline", 1, false, little_below, uninstall_zero },
	{ "coalesce-pull", "live", 1, false, little_below_running, uninstall_zero },
	{ "coalesce-pull", "offline", 1, false, two_more_below_a_strangers, uninstall_zero },
	{ "vdi-create", "", 1, false, nothing, create_disk },
	{ "vdi-copy", "", 1, false, nothing, copy_disk },
	{ "vdi-destroy", "of a VM", 2, false, nothing, destroy_disk },
	{ "vdi-forget", "", 1, false, a_cd, forget_disk },
	{ "vdi-import", "", 2, false, a_file, import_disk },
	{ "vm-snapshot", "of a disk, running", 2, false, running, snapshot_disk },
	{ "vm-snapshot", "clone of a disk, halted", 2, false, nothing, clone_disk },
	{ "vdi-resize", "", 1, false, a_disk, resize_disk },
	{ "vdi-resize", "running", 1, false, a_running_vm_with_it, resize_disk },
	{ "vbd-create", "", 1, false, a_disk, attach_disk },
	{ "vbd-destroy", "", 1, false, an_attached_disk, destroy_vbd },
	{ "vbd-plug", "", 1, false, a_running_vm_and_a_disk, plug_vbd },
	{ "vbd-unplug", "", 1, false, a_running_vm_with_it, unplug_vbd },
	{ "vbd-insert", "", 1, false, a_running_vm_and_a_cd, insert_cd },
	{ "vbd-eject", "", 1, false, a_cd_in_a_drive, eject_cd },
	{ "vm-disk-remove", "", 1, false, a_running_vm_with_it, remove_disk },
	{ "vif-create", "", 1, false, a_network, create_card },
	{ "vif-destroy", "", 1, false, a_card, destroy_card },
	{ "vif-plug", "", 1, false, a_running_vm_and_a_card, plug_card },
	{ "vif-unplug", "", 1, false, a_running_vm_with_a_card, unplug_card },
	{ "vif-move", "", 1, false, a_card_and_another_network, move_card },
	{ "sr-create", "", 1, false, nothing, create_sr },
	{ "sr-destroy", "", 1, false, an_unplugged_sr, destroy_sr },
	{ "sr-forget", "", 1, false, an_unplugged_sr, forget_sr },
	{ "pbd-plug", "", 1, false, an_unplugged_sr, plug_sr },
	{ "pbd-unplug", "", 1, false, an_sr, unplug_sr },
	{ "network-create", "", 1, false, nothing, create_network },
	{ "network-destroy", "", 1, false, a_network, destroy_network },
};

/* ---- what must hold afterwards --------------------------------------------------------------- */

static bool is_touched; /* the scene has guards that were written to */

static void no_findings(const char *where)
{
	_cleanup_findings_ struct findings found = { 0 };

	next_command();
	OK(check_all(S, false, &found, &E));
	size_t wrong = 0;
	for (size_t i = 0; i < found.n; i++) {
		/* As long as nobody has taken one of the ways out. */
		if (is_touched && str_eq(found.items[i].kind, "guard"))
			continue;
		wrong++;
		cr_expect(false, "%s: %s: %s", where, found.items[i].object, found.items[i].text);
	}
	cr_assert_eq(wrong, 0, "%s", where);
	cr_assert_eq(count_of(&intent_class), 0, "%s: an intent is left", where);
	cr_assert_eq(count_of(&task_class), 0, "%s: a task is left", where);
}

static void no_orphans(const char *where, const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		_cleanup_free_ char *path = xasprintf("%s/%s", folder, e->d_name);
		_cleanup_(node_free_cleanup) struct node *node = NULL;
		_cleanup_txn_ struct txn *t = NULL;

		if (!strstr(e->d_name, ".qcow2") && !strstr(e->d_name, ".mem") &&
			!strstr(e->d_name, ".nvram") && !strstr(e->d_name, ".tpm"))
			continue;
		OK(txn_begin(S->store, TXN_READ, &t, &E));
		OK(node_by_path(t, path, &node, &E));
		cr_assert(node, "%s: the file %s is left", where, path);
	}
	if (d)
		closedir(d);
}

/* The next command on the VM recovers what it meets; where that is gone, the check does. */
static void recover(unsigned n)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);

	next_command();
	if (n % 2 || is_touched || !vm || !hv_mock_xml(mock, VM_A, HV_XML_INACTIVE))
		OK(op_recover(S, NULL, NULL, &E));
	else
		OK(rename_vm(vm->name_label, &E));
}

/* Snapshots whose merges were cut short are merged by whoever comes next. */
static void merge_rest(void)
{
	struct coalesce_result done;

	next_command();
	OK(sr_coalesce(S, NULL, &done, &E));
}

/* ---- running them ---------------------------------------------------------------------------- */

/* How the clean run ends; the UUIDs of the disks differ from one host to the next. */
static char *without_uuids(char *text)
{
	for (size_t i = 0; i < vdis.n; i++)
		for (char *at_uuid; (at_uuid = strstr(text, vdis.items[i]));)
			memset(at_uuid, (int)('0' + i), strlen(vdis.items[i]));
	return text;
}

static char *end_of(const struct scene *sc, char **before)
{
	set_up(sc->n_disks);
	sc->prepare();
	*before = without_uuids(state());
	OK(sc->act(&E));
	char *after = without_uuids(state());
	no_findings(sc->name);
	tear_down();
	return after;
}

static void note_reached(struct strv *hit)
{
	_cleanup_free_ char *path = at("reached");
	FILE *f = fopen(path, "re");
	char line[128];

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strv_has(hit, line))
			strv_add(hit, line);
	}
	if (f)
		fclose(f);
}

static bool is_before(const struct scene *sc, const char *now, const char *before)
{
	static const char on[] = "domain 1 1\n", off[] = "domain 1 0\n";

	if (!sc->stops || !str_starts(before, on) || !str_starts(now, off))
		return str_eq(now, before);
	now += strlen(off);
	before += strlen(on);
	size_t n = (size_t)(strstr(now, LIVE) - now);
	return strncmp(now, before, n + strlen(LIVE)) == 0;
}

/* False: fewer than @n failpoints were reached. */
static bool fail_at(const struct scene *sc, unsigned n, const char *before, const char *after,
	struct strv *hit)
{
	_cleanup_free_ char *spec = xasprintf("#%u=error", n), *log = NULL, *now = NULL, *images = NULL;
	_cleanup_free_ char *where = xasprintf("%s %s %s", sc->op, sc->name, spec);

	set_up(sc->n_disks);
	sc->prepare();
	log = at("reached");
	next_command();
	S->config.failpoints = (struct failpoints){ .spec = spec, .log = log };
	int r = sc->act(&E);
	bool reached = S->config.failpoints.reached >= n;
	S->config.failpoints = (struct failpoints){ 0 };
	if (r < 0)
		cr_assert_eq(E.code, VXE_FAILPOINT, "%s: %s", where, code_info(E.code)->name);
	error_clear(&E);
	note_reached(hit);
	if (reached) {
		recover(n);
		no_findings(where);
		merge_rest();
		no_findings(where);
		now = without_uuids(state());
		cr_assert(is_before(sc, now, before) || str_eq(now, after),
			"%s: %s\nbefore: %s\nafter: %s", where, now, before, after);
		images = at("images/vxe");
		no_orphans(where, dir);
		no_orphans(where, images);
	}
	tear_down();
	return reached;
}

static void play(const struct scene *sc, struct strv *hit)
{
	is_touched = sc->prepare == guards_touched;
	_cleanup_free_ char *before = NULL, *after = end_of(sc, &before);
	unsigned n = 1;

	do
		host_start();
	while (fail_at(sc, n++, before, after, hit));
	cr_assert_gt(n, 5, "%s reached hardly any failpoint", sc->op);
}

struct points {
	const char *op;
	const struct strv *hit;
	int defined, reached;
};

static void count_point(void *ctx, const char *name)
{
	struct points *p = ctx;
	size_t n = strlen(p->op);

	if (!str_starts(name, p->op) || name[n] != ':')
		return;
	p->defined++;
	cr_expect(strv_has(p->hit, name), "%s was not hit", name);
	p->reached += strv_has(p->hit, name);
}

static void play_all(const char *op)
{
	_cleanup_strv_ struct strv hit = { 0 };
	struct points p = { op, &hit, 0, 0 };
	bool first = true;

	for (size_t i = 0; i < ARRAY_LEN(scenes); i++) {
		if (!str_eq(scenes[i].op, op))
			continue;
		if (!first)
			host_start();
		first = false;
		play(&scenes[i], &hit);
	}
	op_failpoints(count_point, &p);
	cr_log_info("%s: failpoints hit / defined: %d / %d", op, p.reached, p.defined);
	cr_assert_gt(p.defined, 0);
	cr_assert_eq(p.reached, p.defined);
}

Test(crash, vm_start) { play_all("vm-start"); }
Test(crash, vm_shutdown) { play_all("vm-shutdown"); }
Test(crash, vm_reboot) { play_all("vm-reboot"); }
Test(crash, vm_pause) { play_all("vm-pause"); }
Test(crash, vm_unpause) { play_all("vm-unpause"); }
Test(crash, snapshot_reset_powerstate) { play_all("snapshot-reset-powerstate"); }
Test(crash, vm_suspend) { play_all("vm-suspend"); }
Test(crash, vm_resume) { play_all("vm-resume"); }
Test(crash, vm_discard_changes) { play_all("vm-discard-changes"); }
Test(crash, vm_checkpoint) { play_all("vm-checkpoint"); }
Test(crash, vm_snapshot) { play_all("vm-snapshot"); }
Test(crash, snapshot_revert) { play_all("snapshot-revert"); }
Test(crash, vm_destroy) { play_all("vm-destroy"); }
Test(crash, vm_uninstall) { play_all("vm-uninstall"); }
Test(crash, vm_disk_add) { play_all("vm-disk-add"); }
Test(crash, vm_param_set) { play_all("vm-param-set"); }
Test(crash, coalesce_commit) { play_all("coalesce-commit"); }
Test(crash, coalesce_pull) { play_all("coalesce-pull"); }
Test(crash, vdi_create) { play_all("vdi-create"); }
Test(crash, vdi_copy) { play_all("vdi-copy"); }
Test(crash, vdi_destroy) { play_all("vdi-destroy"); }
Test(crash, vdi_forget) { play_all("vdi-forget"); }
Test(crash, vdi_import) { play_all("vdi-import"); }
Test(crash, vdi_resize) { play_all("vdi-resize"); }
Test(crash, vbd_create) { play_all("vbd-create"); }
Test(crash, vbd_destroy) { play_all("vbd-destroy"); }
Test(crash, vbd_plug) { play_all("vbd-plug"); }
Test(crash, vbd_unplug) { play_all("vbd-unplug"); }
Test(crash, vbd_insert) { play_all("vbd-insert"); }
Test(crash, vbd_eject) { play_all("vbd-eject"); }
Test(crash, vm_disk_remove) { play_all("vm-disk-remove"); }
Test(crash, vif_create) { play_all("vif-create"); }
Test(crash, vif_destroy) { play_all("vif-destroy"); }
Test(crash, vif_plug) { play_all("vif-plug"); }
Test(crash, vif_unplug) { play_all("vif-unplug"); }
Test(crash, vif_move) { play_all("vif-move"); }
Test(crash, sr_create) { play_all("sr-create"); }
Test(crash, sr_destroy) { play_all("sr-destroy"); }
Test(crash, sr_forget) { play_all("sr-forget"); }
Test(crash, pbd_plug) { play_all("pbd-plug"); }
Test(crash, pbd_unplug) { play_all("pbd-unplug"); }
Test(crash, network_create) { play_all("network-create"); }
Test(crash, network_destroy) { play_all("network-destroy"); }

/* One test above per operation that there is. */
Test(crash, every_operation_has_a_scene)
{
	for (size_t i = 0; op_types[i]; i++) {
		bool found = false;

		for (size_t k = 0; k < ARRAY_LEN(scenes); k++)
			found |= str_eq(scenes[k].op, op_types[i]->name);
		cr_assert(found, "%s has no scene", op_types[i]->name);
	}
}
Test(crash, vm_freeze) { play_all("vm-freeze"); }
Test(crash, vm_clone) { play_all("vm-clone"); }
Test(crash, vm_copy) { play_all("vm-copy"); }
Test(crash, vm_template) { play_all("vm-template"); }
Test(crash, vm_install) { play_all("vm-install"); }
Test(crash, vm_create) { play_all("vm-create"); }
Test(crash, vm_export) { play_all("vm-export"); }
Test(crash, vm_import) { play_all("vm-import"); }
