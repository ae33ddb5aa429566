/* SPDX-License-Identifier: MIT */
/*
 * The guest of the crash tests, and its state as text: domain, records, the contents of all layers,
 * memory, devices and storage.
 */
#pragma once

#include "backends/child/child.h"
#include "backends/content/content.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/network/network.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/domain/adopt.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "store/store_engine.h"
#include "tests/unit/host_fixture.h"
#include "tests/image_at.h"

#include <fcntl.h>
#include <xxhash.h>

#define SIZE (1 << 20)
#define OLD 1000 /* the counter of a guest that has run for long */

static struct strv vdis; /* of VM_A's disks, before */
static char *zero;	 /* the first snapshot */

/* ---- a store on a disk that is full ------------------------------------------------------------ */

static unsigned commits, full_from; /* the first commit that finds no space; 0: none */

static inline int commit_if_space(struct txn *t, struct vxe_error *err)
{
	if (t->dirty && ++commits >= full_from && full_from && !t->takes_reserve) {
		store_mem_ops.abort(t);
		return vxe_fail(err, VXE_STORE_UNUSABLE, "mem", "no space");
	}
	return store_mem_ops.commit(t, err);
}

static inline const struct store_ops *store_with_limit(void)
{
	static struct store_ops ops;

	ops = store_mem_ops;
	ops.commit = commit_if_space;
	return &ops;
}

/* ---- the guest ------------------------------------------------------------------------------- */

static inline void make_raw(const char *name, int byte)
{
	_cleanup_free_ char *path = at(name), *bytes = xcalloc(1, SIZE);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	memset(bytes, byte, SIZE / 4);
	cr_assert_eq(write(fd, bytes, SIZE), SIZE);
}

static inline char *path_of_vdi(const char *uuid)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = find(&vdi_class, uuid);
	_cleanup_(node_free_cleanup) struct node *node = find(&node_class, vdi->node);
	_cleanup_txn_ struct txn *t = NULL;
	char *path;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(node_path(t, node, &path, &E));
	return path;
}

/* The guest writes to its first disk, in the present layer. */
static inline void guest_writes(int byte, int kib)
{
	_cleanup_free_ char *path = path_of_vdi(vdis.items[0]);
	_cleanup_free_ char *write = xasprintf("write -P %d 256k %dk", byte, kib);
	const char *const argv[] = { "qemu-io", "-f", "qcow2", "-c", write, path, NULL };

	OK(child_run(argv, argv[0], NULL, &E));
}

static inline char *take_snapshot(const char *name)
{
	const struct vm_snapshot_args args = { .name_label = name };
	char *uuid;

	OK(vm_snapshot(S, VM_A, &args, &uuid, &E));
	return uuid;
}

static inline int by_device(const void *a, const void *b)
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

/* Writes UEFI variables and TPM state. */
static inline void write_state(const char *text)
{
	_cleanup_free_ char *nvram = xasprintf(NVRAM_FILE, "a"), *tpm = xasprintf(TPM_FILE, VM_A);

	write_text(nvram, text);
	write_text(tpm, text);
}

/* Makes one or two disks and a snapshot of them, then writes other data to the first disk. */
static inline void set_up(size_t n_disks)
{
	_cleanup_free_ char *a = disk_xml("vda", "raw", "a"), *b = disk_xml("vdb", "raw", "b");
	_cleanup_free_ char *both = xasprintf("%s%s", a, n_disks > 1 ? b : "");
	_cleanup_free_ char *xml = uefi_xml(VM_A, "a", both);

	make_raw("a", 1);
	make_raw("b", 2);
	hv_mock_add(mock, xml, HV_SHUTOFF);
	session_start(store_with_limit());
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

static inline void tear_down(void)
{
	strv_clear(&vdis);
	free(TAKE(zero));
	session_close(TAKE(S));
	hv_mock_free(TAKE(mock));
	strv_clear(&notices);
	scratch_drop(dir);
}

/* ---- the state, as text ---------------------------------------------------------------------- */

#define HEADER (64 << 10) /* a qcow2 file's first cluster */
#define KNOWN 64

/*
 * A sum of the data that decide the content: the bytes of all layers, except for the names of
 * backing files.
 */
static inline uint64_t chain_sum(const char *path)
{
	_cleanup_free_ char *file = xstrdup(path), *bytes = xcalloc(1, 2 * SIZE);
	uint64_t sum = 0;

	while (file) {
		_cleanup_header_ struct content_header h = { 0 };
		_cleanup_close_ int fd = open(file, O_RDONLY | O_CLOEXEC);
		ssize_t n = read(fd, bytes, 2 * SIZE);
		int is_qcow2 = content_read(image_at(file), &h, &E), from = is_qcow2 ? HEADER : 0;

		cr_assert(is_qcow2 >= 0 && n >= from && n < 2 * SIZE, "%s: %zd bytes", file, n);
		if (is_qcow2) /* the size and the position of the tables */
			sum = XXH64(bytes + 24, 48, sum);
		sum = XXH64(bytes + from, (size_t)n - (size_t)from, sum);
		char *below = TAKE(h.backing_path);

		free(file);
		file = below;
	}
	return sum;
}

static inline unsigned long content_sum(const char *path)
{
	_cleanup_free_ char *flat = at("flat"), *bytes = xcalloc(1, SIZE);
	const char *dot = strrchr(path, '.');
	const char *const argv[] = { "qemu-img", "convert", "-U", "-f",
		str_eq(dot, ".qcow2") ? "qcow2" : "raw", "-O", "raw", path, flat, NULL };

	OK(child_run(argv, argv[0], NULL, &E));
	_cleanup_close_ int fd = open(flat, O_RDONLY | O_CLOEXEC);
	cr_assert_eq(read(fd, bytes, SIZE), SIZE);
	return XXH64(bytes, SIZE, 0);
}

/* The disk of a snapshot of libvirt's, which vxe cannot read. */
static inline bool is_inside_image(const char *uuid)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = find(&vdi_class, uuid);

	return vdi_is_kept(vdi) && !vdi->node;
}

/* A number for the content through all layers. Asks qemu-img, once for the same bytes. */
static inline unsigned long content(const char *vdi)
{
	static struct {
		uint64_t chain;
		unsigned long content;
	} known[KNOWN];
	static size_t n;
	_cleanup_free_ char *path = path_of_vdi(vdi);
	uint64_t chain = chain_sum(path);

	for (size_t i = 0; i < n && i < KNOWN; i++)
		if (known[i].chain == chain)
			return known[i].content;
	size_t at = n++ % KNOWN;

	known[at].content = content_sum(path);
	known[at].chain = chain;
	return known[at].content;
}

static inline void add_disks(struct str *text, const char *vm)
{
	_cleanup_records_ struct records disks = disks_of(vm);

	for (size_t i = 0; i < disks.n; i++) {
		const struct vbd *b = disks.items[i];

		if (b->type == VBD_CD) {
			str_addf(text, "  %s CD %s\n", b->userdevice, b->empty ? "empty" : "full");
			continue;
		}
		if (is_inside_image(b->vdi)) {
			str_addf(text, "  %s inside\n", b->userdevice);
			continue;
		}
		str_addf(text, "  %s %s %lx\n", b->userdevice,
			strv_has(&vdis, b->vdi) ? b->vdi : "another", content(b->vdi));
	}
}

/*
 * Tells if the memory of a running guest, or the image of a suspended one, is that of the
 * long-lived guest.
 */
static inline void add_memory(struct str *text, const struct vm *vm)
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

/* The content of the domain's state files, and of those in a snapshot's nodes. */
static inline void add_state(struct str *text)
{
	_cleanup_free_ char *nvram_name = xasprintf(NVRAM_FILE, "a");
	_cleanup_free_ char *tpm_name = xasprintf(TPM_FILE, VM_A);
	_cleanup_free_ char *nvram = at(nvram_name), *tpm = at(tpm_name);
	_cleanup_free_ char *a = read_text(nvram), *b = read_text(tpm);

	str_addf(text, "state %s %s\n", a, b);
}

static inline void add_node(struct str *text, const char *uuid)
{
	_cleanup_(node_free_cleanup) struct node *node = find(&node_class, uuid);
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_free_ char *path = NULL, *content = NULL;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(node_path(t, node, &path, &E));
	content = read_text(path);
	str_addf(text, "  file %s\n", content);
}

static inline int by_name(const void *a, const void *b)
{
	const struct vm *const *x = a, *const *y = b;

	return strcmp((*x)->name_label, (*y)->name_label);
}

static inline void add_snapshots(struct str *text)
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
		if (vm->nvram_node)
			add_node(text, vm->nvram_node);
		if (vm->tpm_node)
			add_node(text, vm->tpm_node);
	}
}

/* Clones, copies, templates: every VM except the VM, its snapshot and those of a new store. */
static inline void add_others(struct str *text)
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
static inline void add_devices(struct str *text, enum hv_xml which)
{
	const char *xml = hv_mock_xml(mock, VM_A, which);
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct hv *hv;

	if (!xml)
		return;
	OK(session_hv(S->here, &hv, &E));
	OK(spec_read(xml, &spec, &E));
	for (size_t i = 0; i < spec->n_disks; i++)
		str_addf(text, " %s%s", spec->disks[i].target, spec->disks[i].path ? "" : "-");
	for (size_t i = 0; i < spec->n_nics; i++)
		str_addf(text, " %s:%s", spec->nics[i].mac, spec->nics[i].source);
	str_add(text, "\n");
}

static inline int by_label(const void *a, const void *b)
{
	const struct sr *const *x = a, *const *y = b;

	return strcmp((*x)->name_label, (*y)->name_label);
}

static inline void add_storage(struct str *text)
{
	_cleanup_records_ struct records srs = all_of(&sr_class), all = all_of(&vdi_class);
	size_t managed = 0;
	int64_t bytes = 0;

	qsort(srs.items, srs.n, sizeof(*srs.items), by_label);
	for (size_t i = 0; i < srs.n; i++) {
		const struct sr *sr = srs.items[i];
		_cleanup_mark_ struct sr_mark mark = { 0 };

		if (sr->adopted)
			continue;
		OK(sr_mark_read(sr->path, &mark, &E));
		str_addf(text, "SR %s %d %d\n", sr->name_label, sr->detached, mark.sr != NULL);
	}
	for (size_t i = 0; i < all.n; i++) {
		const struct vdi *vdi = all.items[i];

		managed += vdi->managed;
		bytes += vdi->managed && vdi->type == VDI_USER ? vdi->virtual_size : 0;
	}
	str_addf(text, "%zu disks, %zu MiB, %zu PBDs\n", managed, (size_t)(bytes / SIZE),
		count_of(&pbd_class));
}

static inline void add_networks(struct str *text)
{
	struct hv_networks networks = { 0 };
	struct hv_pools pools = { 0 };
	struct hv *hv;

	OK(session_hv(S->here, &hv, &E));
	OK(hv_networks(hv, &networks, &E));
	OK(hv_pools(hv, &pools, &E));
	str_addf(text, "%zu networks, %zu of libvirt, %zu VIFs, %zu pools\n",
		count_of(&network_class), networks.n, count_of(&vif_class), pools.n);
	hv_networks_clear(&networks);
	hv_pools_clear(&pools);
}

#define LIVE "live:" /* the part after this exists only while the domain runs */

/* The sizes of the running guest. */
static inline void add_sizes(struct str *text)
{
	_cleanup_(hv_stats_clear) struct hv_stats stats = { 0 };
	struct hv *hv;

	OK(session_hv(S->here, &hv, &E));
	OK(hv_stats(hv, NULL, &stats, &E));
	for (size_t i = 0; i < stats.n; i++)
		str_addf(text, "VCPUs %d, memory %lld\n", stats.items[i].vcpus,
			(long long)stats.items[i].memory);
}

static inline char *state(void)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);
	_cleanup_str_ struct str text = { 0 };

	str_addf(&text, "domain %d %d\nVM %s\n", hv_mock_xml(mock, VM_A, HV_XML_INACTIVE) != NULL,
		hv_mock_xml(mock, VM_A, HV_XML_LIVE) != NULL,
		!vm				      ? "-"
			: vm->is_a_template	      ? "template"
			: str_eq(vm->home, HOME_NONE) ? "between two hosts"
						      : vm->name_label);
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
