/* SPDX-License-Identifier: MIT */
/* SRs of a pool: a folder of one host has nothing to do with the folder of the same path on another. */
#include "objects/base/uuid.h"
#include "objects/check/check.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/classes/storage/sr_place.h"
#include "objects/classes/vm/vm_computed.h"
#include "objects/model/read_txn.h"
#include "objects/storage/pbd_ops.h"
#include "objects/storage/sr_create.h"
#include "objects/storage/sr_remove.h"
#include "objects/storage/sr_scan.h"
#include "objects/storage/vdi_create.h"
#include "objects/storage/vdi_destroy.h"
#include "objects/storage/vdi_resize.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "objects/vm/vm_diagnosis.h"
#include "objects/vm/vm_ops.h"
#include "tests/unit/two_hosts.h"

#define MIB (1 << 20)

TestSuite(pool_srs, .init = hosts_start, .fini = hosts_stop);

static void on_host(int n)
{
	be_host(n);
	next_command();
	OK(adopt_domains(S, &E));
}

/* Makes an SR on the present host in the folder @name of the scratch directory. UUID, owned. */
static char *make_sr(const char *name, bool shared)
{
	_cleanup_free_ char *path = at(name);
	_cleanup_map_ struct map config = { 0 };
	const struct sr_new args = {
		.name_label = name, .type = "file", .shared = shared, .device_config = &config
	};
	char *uuid;

	map_set(&config, "location", path);
	OK(sr_create(S, &args, &uuid, &E));
	return uuid;
}

/* The VDI of the present host's layer in the file @name of the scratch directory. Owned. */
static char *vdi_at(const char *name)
{
	_cleanup_(node_free_cleanup) struct node *node = node_of(name);
	_cleanup_records_ struct records vdis = all_of(&vdi_class);

	cr_assert_not_null(node);
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *v = vdis.items[i];

		if (str_eq(v->node, node->r.uuid))
			return xstrdup(v->r.uuid);
	}
	cr_assert_fail("%s has no VDI", name);
	return NULL;
}

static char *sr_of_vdi(const char *uuid)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = find(&vdi_class, uuid);

	return xstrdup(v->sr);
}

static void expect_no_findings(int host)
{
	_cleanup_findings_ struct findings found = { 0 };

	on_host(host);
	OK(check_all(S, true, &found, &E));
	for (size_t i = 0; i < found.n; i++)
		cr_expect_fail("host %d: %s: %s", host, found.items[i].object, found.items[i].text);
}

/* Both hosts have a VM on the same path, in files of their own, and a CD. */
static void same_paths(char **vdi_1, char **vdi_2)
{
	_cleanup_free_ char *iso = at("x.iso"), *disk = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *devices =
		xasprintf("%s<disk type='file' device='cdrom'>"
			  "<driver name='qemu' type='raw'/><source file='%s'/>"
			  "<target dev='sda' bus='sata'/><readonly/></disk>",
			disk, iso);

	make_image("a.qcow2", NULL, NULL);
	write_text("x.iso", "CD");
	for (int i = 1; i <= 2; i++) {
		be_host(i);
		_cleanup_free_ char *xml =
			domain_xml(i == 1 ? VM_A : VM_B, i == 1 ? "a" : "b", devices);

		hv_mock_add(mock, xml, HV_SHUTOFF);
		on_host(i);
		*(i == 1 ? vdi_1 : vdi_2) = vdi_at("a.qcow2");
	}
}

Test(pool_srs, one_path_on_two_hosts_is_two_srs_with_disks_of_their_own)
{
	_cleanup_free_ char *one = NULL, *two = NULL;

	same_paths(&one, &two);
	cr_assert_str_neq(one, two);
	_cleanup_free_ char *sr_1 = sr_of_vdi(one), *sr_2 = sr_of_vdi(two);

	cr_assert_str_neq(sr_1, sr_2);
	for (int i = 1; i <= 2; i++) {
		on_host(i);
		_cleanup_free_ char *mine = vdi_at("a.qcow2");

		cr_assert_str_eq(mine, i == 1 ? one : two);
		expect_no_findings(i);
	}
	/* two disks and two CDs */
	cr_assert_eq(count_of(&vdi_class), 4);
}

Test(pool_srs, a_disk_of_another_host_is_left_alone)
{
	_cleanup_free_ char *one = NULL, *two = NULL, *copy = NULL;

	same_paths(&one, &two);
	_cleanup_free_ char *sr_1 = sr_of_vdi(one), *sr_2 = sr_of_vdi(two);
	const struct vdi_new args = { .sr = sr_2, .name_label = "d", .size = MIB };

	on_host(1);
	FAILS(HOST_OFFLINE, vdi_destroy(S, two, &E));
	FAILS(HOST_OFFLINE, vdi_forget(S, two, &E));
	FAILS(HOST_OFFLINE, vdi_resize(S, two, 2 * MIB, false, &E));
	FAILS(HOST_OFFLINE, vdi_copy(S, two, sr_1, &copy, &E));
	FAILS(HOST_OFFLINE, vdi_copy(S, one, sr_2, &copy, &E));
	FAILS(HOST_OFFLINE, vdi_create(S, &args, &copy, &E));
	FAILS(HOST_OFFLINE, sr_scan(S, sr_2, &E));
	FAILS(HOST_OFFLINE, sr_forget(S, sr_2, &E));
	OK(vdi_create(
		S, &(struct vdi_new){ .sr = sr_1, .name_label = "d", .size = MIB }, &copy, &E));
}

/* The error says which SR it is, and which host has it. */
Test(pool_srs, a_refusal_names_the_sr_and_its_host)
{
	be_host(2);
	_cleanup_free_ char *sr = make_sr("two", false);

	on_host(1);
	cr_assert_lt(sr_scan(S, sr, &E), 0);
	cr_expect_str_eq(E.params[0], hosts[2]);
	cr_expect(strstr(E.detail, sr) && strstr(E.detail, "second has it"), "%s", E.detail);
	error_clear(&E);
}

/* A layer that nothing needs is removed by the host that has its file, and by no other one. */
Test(pool_srs, layers_of_another_host_are_neither_merged_nor_removed)
{
	struct coalesce_result result = { 0 };
	_cleanup_strv_ struct strv waits = { 0 };

	be_host(2);
	_cleanup_free_ char *sr = make_sr("two", false);
	_cleanup_free_ char *vdi = NULL;
	OK(vdi_create(S, &(struct vdi_new){ .sr = sr, .name_label = "d", .size = MIB }, &vdi, &E));
	_cleanup_(vdi_free_cleanup) struct vdi *v = find(&vdi_class, vdi);
	_cleanup_(node_free_cleanup) struct node *n = find(&node_class, v->node);
	_cleanup_free_ char *file = xasprintf("%s/two/%s", dir, n->path);

	str_replace(&v->node, NULL);
	save(&vdi_class, v);
	on_host(1);
	OK(sr_coalesce(S, NULL, &result, &waits, &E));
	cr_assert_eq(access(file, F_OK), 0);
	cr_assert_eq(result.removed, 0);
	cr_assert_eq(waits.n, 0);
	on_host(2);
	OK(sr_coalesce(S, NULL, &result, &waits, &E));
	cr_assert_eq(result.removed, 1);
	cr_assert_neq(access(file, F_OK), 0);
}

/* An orphan is reported by the host that has the folder. */
Test(pool_srs, files_are_judged_by_the_host_that_has_them)
{
	_cleanup_findings_ struct findings on_1 = { 0 }, on_2 = { 0 };

	be_host(2);
	_cleanup_free_ char *sr = make_sr("two", false);
	make_image("two/" VM_A ".qcow2", NULL, NULL);
	on_host(1);
	OK(check_all(S, true, &on_1, &E));
	cr_assert_eq(on_1.n, 0);
	on_host(2);
	OK(check_all(S, true, &on_2, &E));
	cr_assert_eq(on_2.n, 1);
}

static int64_t size_of_sr(const char *uuid, bool *known)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = find(&sr_class, uuid);
	_cleanup_txn_ struct txn *t = NULL;
	const struct field *f = sr_class.fields;
	struct value v = { 0 };

	while (strcmp(f->name, "physical-size") != 0)
		f++;
	OK(txn_begin(S->store, TXN_READ, &t, &E));
	S->read_txn = t;
	OK(f->get(S, sr, &v, &E));
	S->read_txn = NULL;
	*known = !v.literal;
	return v.integer;
}

/* Another host's folder cannot be measured, even if there is one of its path here. */
Test(pool_srs, the_size_of_another_hosts_sr_is_that_of_its_last_scan)
{
	bool known;

	be_host(2);
	_cleanup_free_ char *sr = make_sr("two", false);
	int64_t size = size_of_sr(sr, &known);
	cr_assert(known);
	on_host(1);
	(void)size_of_sr(sr, &known);
	cr_assert(!known);
	on_host(2);
	OK(sr_scan(S, sr, &E));
	on_host(1);
	cr_assert_eq(size_of_sr(sr, &known), size);
	cr_assert(known);
}

static char *scanned(const char *sr, const char *file)
{
	make_image(file, NULL, NULL);
	OK(sr_scan(S, sr, &E));
	return vdi_at(file);
}

Test(pool_srs, a_disk_in_a_shared_sr_has_the_same_uuid_whichever_host_finds_it)
{
	be_host(1);
	_cleanup_free_ char *own = make_sr("own", false), *sr = make_sr("shared", true);
	_cleanup_free_ char *vdi = scanned(sr, "shared/a.qcow2"),
			    *other = scanned(own, "own/a.qcow2");
	_cleanup_free_ char *path = at("own/a.qcow2"), *name = xasprintf("vdi:%s", path);
	_cleanup_free_ char *shared_as = uuid_derive(sr, "vdi:a.qcow2");
	_cleanup_free_ char *own_as = uuid_derive(hosts[1], name);

	cr_expect_str_eq(vdi, shared_as);
	cr_expect_str_eq(other, own_as);
}

static char *add_local_storage(void)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = record_new(&sr_class);
	_cleanup_(pbd_free_cleanup) struct pbd *pbd = record_new(&pbd_class);
	_cleanup_mark_ struct sr_mark own = sr_mark_own(S, VM_B), found = { 0 };

	OK(sr_mark_make(S->config.image_dir, &own, &found, &E));
	sr->r.uuid = xstrdup(VM_B);
	str_replace(&sr->type, "file");
	str_replace(&sr->path, S->config.image_dir);
	save(&sr_class, sr);
	pbd->r.uuid = xstrdup(VM_A);
	str_replace(&pbd->host, S->here->uuid);
	str_replace(&pbd->sr, VM_B);
	save(&pbd_class, pbd);
	return xstrdup(VM_B);
}

/* The pool's default SR may be another host's: then that host's own folder takes new files. */
Test(pool_srs, where_the_default_sr_is_not_the_own_local_storage_is)
{
	_cleanup_(sr_free_cleanup) struct sr *found = NULL, *first = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	be_host(1);
	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(overlay_sr(S, t, NULL, &first, &E));
	txn_abort(TAKE(t));
	be_host(2);
	_cleanup_free_ char *own = add_local_storage();
	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(overlay_sr(S, t, NULL, &found, &E));
	cr_assert_str_neq(first->r.uuid, own);
	cr_assert_str_eq(found->r.uuid, own);
	OK(sr_check_mounted(S, found, &E));
	FAILS(HOST_OFFLINE, sr_check_mounted(S, first, &E));
}

/* The folder of the host's own store stays closed when its records are in a pool's store. */
Test(pool_srs, an_sr_is_not_made_in_the_folder_of_the_hosts_own_store)
{
	_cleanup_free_ char *path = at("store/sr"), *store = at("store"), *uuid = NULL;
	_cleanup_map_ struct map config = { 0 };
	const struct sr_new args = { .name_label = "s", .type = "file", .device_config = &config };

	map_set(&config, "location", path);
	be_host(1);
	S->mark.dir = store;
	S->config.store = "postgresql:///vxe";
	FAILS(SR_DEVICE_IN_USE, sr_create(S, &args, &uuid, &E));
}

/* ---- shared SRs -------------------------------------------------------------------------------- */

/* The UUID of the host's PBD of the SR; NULL: it has none. Owned. */
static char *pbd_of(const char *sr, int host)
{
	_cleanup_records_ struct records all = all_of(&pbd_class);

	for (size_t i = 0; i < all.n; i++) {
		const struct pbd *pbd = all.items[i];

		if (str_eq(pbd->sr, sr) && str_eq(pbd->host, hosts[host]))
			return xstrdup(pbd->r.uuid);
	}
	return NULL;
}

static bool is_attached(const char *uuid)
{
	_cleanup_(pbd_free_cleanup) struct pbd *pbd = find(&pbd_class, uuid);
	_cleanup_(sr_free_cleanup) struct sr *sr = find(&sr_class, pbd->sr);

	return !sr->detached && !pbd->unplugged;
}

static char *new_vdi(const char *sr)
{
	char *uuid;

	OK(vdi_create(S, &(struct vdi_new){ .sr = sr, .name_label = "d", .size = MIB }, &uuid, &E));
	return uuid;
}

Test(pool_srs, a_shared_sr_is_attached_to_each_host_which_finds_the_same_disks)
{
	be_host(1);
	_cleanup_free_ char *sr = make_sr("shared", true), *vdi = NULL;
	_cleanup_free_ char *one = pbd_of(sr, 1), *two = pbd_of(sr, 2);

	cr_assert(one && two && is_attached(one) && is_attached(two));
	on_host(2);
	vdi = new_vdi(sr);
	make_image("shared/found.qcow2", NULL, NULL);
	for (int i = 1; i <= 2; i++) {
		on_host(i);
		OK(sr_scan(S, sr, &E));
		cr_assert_eq(count_of(&vdi_class), 2, "host %d", i);
		OK(vdi_resize(S, vdi, (i + 1) * MIB, false, &E));
		expect_no_findings(i);
	}
}

/* The empty folder below a mount is no SR: nothing is made there. */
Test(pool_srs, a_folder_without_the_marker_is_refused)
{
	_cleanup_free_ char *uuid = NULL;

	be_host(1);
	_cleanup_free_ char *sr = make_sr("shared", true), *two = pbd_of(sr, 2);
	_cleanup_free_ char *mark = at("shared/.vxe-sr"), *away = at("marker");
	cr_assert_eq(rename(mark, away), 0);
	on_host(2);
	FAILS(SR_NOT_ATTACHED, sr_scan(S, sr, &E));
	FAILS(SR_NOT_ATTACHED,
		vdi_create(S, &(struct vdi_new){ .sr = sr, .name_label = "d", .size = MIB }, &uuid,
			&E));
	cr_assert_eq(rename(away, mark), 0);
	OK(pbd_unplug(S, two, &E));
	cr_assert_eq(rename(mark, away), 0);
	FAILS(SR_ATTACH_FAILED, pbd_plug(S, two, &E));
	OK(pbd_destroy(S, two, &E));
	_cleanup_free_ char *path = at("shared");
	_cleanup_map_ struct map config = { 0 };
	map_set(&config, "location", path);
	FAILS(SR_ATTACH_FAILED, pbd_create(S, hosts[2], sr, &config, &uuid, &E));
	cr_assert_eq(rename(away, mark), 0);
	OK(pbd_create(S, hosts[2], sr, &config, &uuid, &E));
	cr_assert(!is_attached(uuid));
	OK(pbd_plug(S, uuid, &E));
	cr_assert(is_attached(uuid));
}

Test(pool_srs, each_host_plugs_its_own_pbd)
{
	be_host(1);
	_cleanup_free_ char *sr = make_sr("shared", true), *vdi = new_vdi(sr);
	_cleanup_free_ char *one = pbd_of(sr, 1), *two = pbd_of(sr, 2);
	_cleanup_free_ char *mark = at("shared/.vxe-sr"), *kept = read_text(mark);

	FAILS(HOST_OFFLINE, pbd_unplug(S, two, &E));
	OK(pbd_unplug(S, one, &E));
	cr_assert(!is_attached(one) && is_attached(two));
	expect_file(mark, kept);
	FAILS(SR_NOT_ATTACHED, sr_scan(S, sr, &E));
	FAILS(SR_NOT_ATTACHED, vdi_resize(S, vdi, 2 * MIB, false, &E));
	on_host(2);
	OK(sr_scan(S, sr, &E));
	OK(vdi_resize(S, vdi, 2 * MIB, false, &E));
	/* the last one: the SR is another store's if that plugs it */
	OK(pbd_unplug(S, two, &E));
	cr_assert(!is_attached(one) && !is_attached(two));
	_cleanup_free_ char *released = read_text(mark);
	cr_assert_str_neq(released, kept);
	on_host(1);
	OK(pbd_plug(S, one, &E));
	cr_assert(is_attached(one) && !is_attached(two));
	OK(vdi_resize(S, vdi, 3 * MIB, false, &E));
	on_host(2);
	FAILS(SR_NOT_ATTACHED, vdi_resize(S, vdi, 4 * MIB, false, &E));
	OK(pbd_plug(S, two, &E));
	OK(vdi_resize(S, vdi, 4 * MIB, false, &E));
}

Test(pool_srs, an_sr_that_is_not_shared_is_one_hosts)
{
	_cleanup_free_ char *uuid = NULL, *path = at("own");
	_cleanup_map_ struct map config = { 0 };

	be_host(1);
	_cleanup_free_ char *sr = make_sr("own", false);
	map_set(&config, "location", path);
	cr_assert_null(pbd_of(sr, 2));
	on_host(2);
	FAILS(SR_NOT_SHARABLE, pbd_create(S, hosts[2], sr, &config, &uuid, &E));
	/* nor is a shared one made where another host has its own */
	const struct sr_new args = {
		.name_label = "s", .type = "file", .shared = true, .device_config = &config
	};
	FAILS(SR_DEVICE_IN_USE, sr_create(S, &args, &uuid, &E));
	on_host(1);
	FAILS(PBD_EXISTS, pbd_create(S, hosts[1], sr, &config, &uuid, &E));
}

/* A VM of host 2 with a disk in the SR. */
static void vm_in(const char *sr, const char *vdi)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = find(&vdi_class, vdi);
	_cleanup_(node_free_cleanup) struct node *n = find(&node_class, v->node);
	_cleanup_(sr_free_cleanup) struct sr *of = find(&sr_class, sr);
	_cleanup_free_ char *file = xasprintf("%s/%s", of->path + strlen(dir) + 1, n->path);

	be_host(2);
	add_domain(VM_B, "b", file);
	on_host(2);
}

/* Makes the layers of all snapshots unneeded, as an uninstall whose merges are due does. */
static void drop_names_of_snapshots(void)
{
	_cleanup_records_ struct records vdis = all_of(&vdi_class);

	for (size_t i = 0; i < vdis.n; i++) {
		struct vdi *v = vdis.items[i];

		if (!v->is_a_snapshot)
			continue;
		str_replace(&v->node, NULL);
		save(&vdi_class, v);
	}
}

Test(pool_srs, a_disk_of_another_hosts_vm_is_that_hosts)
{
	struct coalesce_result result = { 0 };
	_cleanup_strv_ struct strv waits = { 0 };

	be_host(1);
	_cleanup_free_ char *sr = make_sr("shared", true), *vdi = new_vdi(sr), *one = pbd_of(sr, 1);
	vm_in(sr, vdi);
	const struct vm_snapshot_args args = { .name_label = "s" };
	_cleanup_free_ char *snapshot = NULL;
	OK(vm_snapshot(S, VM_B, &args, &snapshot, &E));
	on_host(1);
	FAILS(HOST_OFFLINE, vdi_destroy(S, vdi, &E));
	FAILS(HOST_OFFLINE, vdi_resize(S, vdi, 2 * MIB, false, &E));
	drop_names_of_snapshots();
	size_t layers = count_of(&node_class);
	OK(sr_coalesce(S, sr, &result, &waits, &E));
	cr_assert_eq(count_of(&node_class), layers);
	cr_assert_eq(waits.n, 1);
	/* a VM that runs elsewhere does not keep this host from unplugging */
	session_close_contents(sessions[2]);
	OK(pbd_unplug(S, one, &E));
	on_host(2);
	OK(sr_coalesce(S, sr, &result, &waits, &E));
	cr_assert_eq(count_of(&node_class), 1);
}

static void expect_ties(const char *sr, bool tied)
{
	_cleanup_txn_ struct txn *t = NULL;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(vm_check_srs(S, t, VM_B, hosts[2], &E));
	if (!tied) {
		OK(vm_check_srs(S, t, VM_B, hosts[1], &E));
		return;
	}
	cr_assert_lt(vm_check_srs(S, t, VM_B, hosts[1], &E), 0);
	cr_assert_eq(E.code, VM_REQUIRES_SR);
	cr_expect_str_eq(E.params[1], sr);
	error_clear(&E);
}

static size_t count_possible(void)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_B);
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_reader_ struct reader r = { 0 };
	struct value v = { 0 };

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(reader_begin(S, t, &r, &E));
	OK(vm_get_possible_hosts(S, vm, &v, &E));
	size_t n = v.list.n;
	value_clear(&v);
	return n;
}

/* A disk in an SR of one host ties the VM to it; one in a shared SR does not, as long as the other host has that. */
Test(pool_srs, an_sr_ties_a_vm_to_the_hosts_that_have_it)
{
	be_host(2);
	_cleanup_free_ char *own = make_sr("own", false), *shared = make_sr("shared", true);
	_cleanup_free_ char *on_own = new_vdi(own), *on_shared = new_vdi(shared);
	_cleanup_free_ char *one = pbd_of(shared, 1);

	vm_in(shared, on_shared);
	expect_ties(NULL, false);
	cr_assert_eq(count_possible(), 2);
	on_host(1);
	OK(pbd_unplug(S, one, &E));
	expect_ties(shared, true);
	be_host(2);
	hv_mock_remove(mock, VM_B);
	on_host(2);
	vm_in(own, on_own);
	expect_ties(own, true);
	cr_assert_eq(count_possible(), 1);
}

Test(pool_srs, an_sr_of_several_hosts_stays_shared)
{
	_cleanup_free_ char *sr = make_sr("shared", true);
	_cleanup_(sr_free_cleanup) struct sr *before = find(&sr_class, sr);
	const struct value no = { .integer = false };
	const struct field *shared = class_field(&sr_class, "shared");

	cr_assert_lt(shared->check(S, before, &no, &E), 0);
	cr_expect(strstr(E.params[0], "connected to 2 hosts"), "%s", E.params[0]);
	cr_expect_eq(E.code, OPERATION_NOT_ALLOWED);
	error_clear(&E);
}
