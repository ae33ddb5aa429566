/* SPDX-License-Identifier: MIT */
/* Adoption: domains that existed before vxe, and domains that vanish. */
#include "tests/unit/host_fixture.h"

#include "objects/classes/common/intent.h"
#include "objects/classes/network/network.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_loaded.h"
#include "objects/domain/adopt.h"
#include "objects/domain/vm_load.h"

TestSuite(adopt, .init = host_start_mem, .fini = host_stop);

#define POOL "ffffffff-0000-4000-8000-00000000000f"
#define NET "dddddddd-0000-4000-8000-00000000000d"

static const struct vbd *vbd_of(const struct vm_loaded *l, const char *target)
{
	for (size_t i = 0; i < l->n_disks; i++)
		if (str_eq(l->disks[i].vbd->target, target))
			return l->disks[i].vbd;
	cr_assert(false, "no VBD %s", target);
	return NULL;
}

static struct vm_loaded *load(const char *uuid)
{
	struct vm_loaded *l = NULL;

	OK(vm_load(S, uuid, 0, &l, &E));
	return l;
}

static bool vm_exists(const char *uuid)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, uuid);

	return vm != NULL;
}

Test(adopt, takes_a_domain_in_place)
{
	_cleanup_free_ char *vda = disk_xml("vda", "qcow2", "top.qcow2");
	_cleanup_free_ char *devices = xasprintf(
		"%s<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>"
		"<source file='%s/os.iso'/><target dev='sda' bus='sata'/><readonly/></disk>"
		"<disk type='file' device='cdrom'><target dev='sdb' bus='sata'/></disk>"
		"<interface type='network'><mac address='52:54:00:00:00:01'/>"
		"<source network='default'/><model type='virtio'/></interface>",
		vda, dir);
	_cleanup_free_ char *xml = domain_xml(VM_A, "web", devices);

	make_image("base.qcow2", NULL, NULL);
	make_image("top.qcow2", "base.qcow2", "qcow2");
	hv_mock_add_network(mock, NET, "default", "virbr9");
	hv_mock_add(mock, xml, HV_SHUTOFF);
	OK(adopt_domains(S, &E));

	_cleanup_loaded_ struct vm_loaded *l = load(VM_A);
	cr_assert_str_eq(l->vm->name_label, "web");
	cr_assert(l->vm->adopted);
	cr_assert_eq(l->vm->memory_static_max, 64 << 20);
	cr_assert_eq(vm_power(l), POWER_HALTED);
	cr_assert_eq(l->n_disks, 3);
	cr_assert_eq(l->n_vifs, 1);
	cr_assert_str_eq(l->vifs[0]->network, NET);
	cr_assert_str_eq(l->vifs[0]->mac, "52:54:00:00:00:01");

	const struct vm_disk *d = &l->disks[0];
	_cleanup_free_ char *top = at("top.qcow2");
	cr_assert_str_eq(d->vbd->target, "vda");
	cr_assert_str_eq(d->vbd->userdevice, "0");
	cr_assert(d->vbd->bootable);
	cr_assert_null(map_get(&d->vbd->other_config, "owner"), "the file is the user's");
	cr_assert_eq(d->vdi->virtual_size, 1 << 20);
	cr_assert_str_eq(d->path, top);
	cr_assert_eq(d->node->origin, NODE_ADOPTED_LEAF);
	cr_assert_eq(d->node->state, NODE_WRITABLE);
	_cleanup_(node_free_cleanup) struct node *base = node_of("base.qcow2");
	cr_assert_str_eq(d->node->parent, base->r.uuid);
	cr_assert_eq(base->origin, NODE_ADOPTED_BASE);
	cr_assert_eq(base->state, NODE_FROZEN);
	_cleanup_(vdi_free_cleanup) struct vdi *copy = find(&vdi_class, base->r.uuid);
	cr_assert(copy && !copy->managed);
	cr_assert_str_eq(copy->name_label, "base copy");

	const struct vbd *cd = vbd_of(l, "sda"), *empty = vbd_of(l, "sdb");
	_cleanup_(vdi_free_cleanup) struct vdi *iso = find(&vdi_class, cd->vdi);
	_cleanup_(sr_free_cleanup) struct sr *iso_sr = find(&sr_class, iso->sr);
	cr_assert_eq(cd->type, VBD_CD);
	cr_assert_eq(cd->mode, VBD_RO);
	cr_assert_str_eq(cd->userdevice, "1", "0 is taken");
	cr_assert(iso->read_only && !iso->node);
	cr_assert_str_eq(iso_sr->type, "iso");
	cr_assert(empty->empty && !empty->vdi);
}

Test(adopt, asks_and_writes_nothing_when_all_is_known)
{
	make_image("a.qcow2", NULL, NULL);
	make_image("b.qcow2", NULL, NULL);
	add_domain(VM_A, "web", "a.qcow2");
	add_domain(VM_B, "db", "b.qcow2");
	OK(adopt_domains(S, &E));
	int64_t before = store_generation();
	unsigned calls = hv_mock_calls(mock, NULL), lists = hv_mock_calls(mock, "list");

	next_command();
	OK(adopt_domains(S, &E));
	cr_assert_eq(store_generation(), before);
	cr_assert_eq(hv_mock_calls(mock, NULL), calls + 2, "and which domains have snapshots");
	cr_assert_eq(hv_mock_calls(mock, "list"), lists + 1);
}

Test(adopt, an_unknown_uuid_is_looked_for_before_it_is_invalid)
{
	struct vm_loaded *l;

	make_image("a.qcow2", NULL, NULL);
	add_domain(VM_A, "web", "a.qcow2");
	l = load(VM_A);
	cr_assert_str_eq(l->vm->name_label, "web");
	vm_loaded_free(l);
	FAILS(UUID_INVALID, vm_load(S, VM_B, 0, &l, &E));
}

Test(adopt, a_transient_domain_stays_out)
{
	_cleanup_free_ char *xml = domain_xml(VM_A, "passing", "");
	struct vm_loaded *l;

	hv_mock_add_transient(mock, xml);
	OK(adopt_domains(S, &E));
	cr_assert_not(vm_exists(VM_A));
	FAILS(VXE_TRANSIENT, vm_load(S, VM_A, VM_LOAD_ACT, &l, &E));
}

Test(adopt, the_first_digits_adopt_what_they_may_mean)
{
	_cleanup_free_ char *passing =
		domain_xml("aaaaaaaa-1111-4000-8000-000000000001", "passing", "");
	_cleanup_strv_ struct strv transient = { 0 };

	make_image("a.qcow2", NULL, NULL);
	make_image("b.qcow2", NULL, NULL);
	make_image("c.qcow2", NULL, NULL);
	add_domain("cccccccc-0000-4000-8000-000000000003", "aaaaaaaa", "c.qcow2");
	add_domain(VM_B, "db", "b.qcow2");
	add_domain(VM_A, "web", "a.qcow2");
	hv_mock_add_transient(mock, passing);
	OK(adopt_begun(S, "aaaaaaaa", &transient, &E));
	cr_assert_eq(transient.n, 1);
	cr_assert_str_eq(transient.items[0], "aaaaaaaa-1111-4000-8000-000000000001");
	cr_assert(vm_exists(VM_A), "it begins so");
	cr_assert(vm_exists("cccccccc-0000-4000-8000-000000000003"), "it is called so");
	cr_assert_not(vm_exists(VM_B));
	cr_assert_eq(hv_mock_calls(mock, "list"), 0);

	hv_mock_remove(mock, VM_A);
	next_command();
	strv_clear(&transient);
	OK(adopt_begun(S, "aaaaaaaa-0000", &transient, &E));
	cr_assert_eq(transient.n, 0);
	cr_assert_not(vm_exists(VM_A), "its domain has gone");
}

Test(adopt, one_file_is_one_disk)
{
	make_image("a.qcow2", NULL, NULL);
	add_domain(VM_A, "web", "a.qcow2");
	add_domain(VM_B, "twin", "a.qcow2");
	OK(adopt_domains(S, &E));

	_cleanup_loaded_ struct vm_loaded *a = load(VM_A), *b = load(VM_B);
	cr_assert_str_eq(a->disks[0].vdi->r.uuid, b->disks[0].vdi->r.uuid);
	cr_assert_str_neq(a->disks[0].vbd->r.uuid, b->disks[0].vbd->r.uuid);
}

static void add_cd(const char *uuid, const char *name, const char *file)
{
	_cleanup_free_ char *cd =
		xasprintf("<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>"
			  "<source file='%s/%s'/><target dev='sda' bus='sata'/></disk>",
			dir, file);
	_cleanup_free_ char *xml = domain_xml(uuid, name, cd);

	hv_mock_add(mock, xml, HV_SHUTOFF);
}

static char *cd_of(const char *vm)
{
	_cleanup_loaded_ struct vm_loaded *l = load(vm);

	return xstrdup(vbd_of(l, "sda")->vdi);
}

/*
 * By links, and by another path to its folder; a missing file is identified by its name in its
 * folder.
 */
Test(adopt, a_cd_is_one_vdi_under_all_its_names)
{
	static const char *const names[][2] = { { "os.iso", "soft.iso" }, { "os.iso", "hard.iso" },
		{ "os.iso", "./os.iso" }, { "none.iso", "./none.iso" } };
	_cleanup_free_ char *iso = at("os.iso"), *soft = at("soft.iso"), *hard = at("hard.iso");

	make_image("os.iso", NULL, NULL);
	cr_assert_eq(symlink("os.iso", soft), 0);
	cr_assert_eq(link(iso, hard), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_free_ char *web = xasprintf("aaaaaaaa-0000-4000-8000-%012zu", i + 10),
				    *twin = xasprintf("bbbbbbbb-0000-4000-8000-%012zu", i + 10);

		add_cd(web, web, names[i][0]);
		add_cd(twin, twin, names[i][1]);
		next_command();
		OK(adopt_domains(S, &E));
		_cleanup_free_ char *one = cd_of(web), *other = cd_of(twin);

		cr_assert_str_eq(one, other, "%s and %s", names[i][0], names[i][1]);
	}
	cr_assert_eq(count_of(&vdi_class), 2);
}

Test(adopt, two_guests_share_one_base)
{
	make_image("base.qcow2", NULL, NULL);
	make_image("a.qcow2", "base.qcow2", "qcow2");
	make_image("b.qcow2", "base.qcow2", "qcow2");
	add_domain(VM_A, "a", "a.qcow2");
	add_domain(VM_B, "b", "b.qcow2");
	OK(adopt_domains(S, &E));

	_cleanup_loaded_ struct vm_loaded *a = load(VM_A), *b = load(VM_B);
	cr_assert_str_eq(a->disks[0].node->parent, b->disks[0].node->parent);
	cr_assert_eq(count_of(&node_class), 3);
}

Test(adopt, a_file_in_a_pool_is_in_that_pools_sr)
{
	_cleanup_free_ char *path = xstrdup(dir), *uuid = xstrdup(POOL), *name = xstrdup("images"),
			    *type = xstrdup("dir");
	const struct hv_pool pool = {
		.uuid = uuid, .name = name, .type = type, .path = path, .active = true
	};

	make_image("a.qcow2", NULL, NULL);
	hv_mock_add_pool(mock, &pool);
	add_domain(VM_A, "web", "a.qcow2");
	OK(adopt_domains(S, &E));
	_cleanup_loaded_ struct vm_loaded *l = load(VM_A);
	_cleanup_(sr_free_cleanup) struct sr *sr = find(&sr_class, l->disks[0].vdi->sr);
	cr_assert_str_eq(sr->r.uuid, POOL);
	cr_assert_str_eq(sr->name_label, "images");
	cr_assert_str_eq(sr->type, "file");
}

Test(adopt, a_file_elsewhere_gets_an_sr_for_its_directory)
{
	_cleanup_free_ char *label = xasprintf("Existing disks in %s", dir);

	make_image("a.qcow2", NULL, NULL);
	add_domain(VM_A, "web", "a.qcow2");
	OK(adopt_domains(S, &E));
	_cleanup_loaded_ struct vm_loaded *l = load(VM_A);
	_cleanup_(sr_free_cleanup) struct sr *sr = find(&sr_class, l->disks[0].vdi->sr);
	cr_assert_str_eq(sr->name_label, label);
	cr_assert(sr->adopted);
}

Test(adopt, what_vxe_cannot_work_on_has_no_node)
{
	static const char *const devices[] = {
		"<disk type='network' device='disk'><driver name='qemu' type='raw'/>"
		"<source protocol='rbd' name='pool/image'/><target dev='vda' bus='virtio'/></disk>",
		"<disk type='file' device='disk'><driver name='qemu' type='vmdk'/>"
		"<source file='/none/x.vmdk'/><target dev='vda' bus='virtio'/></disk>",
		"<disk type='block' device='lun'><driver name='qemu' type='raw'/>"
		"<source dev='/dev/none'/><target dev='vda' bus='scsi'/></disk>",
	};

	for (size_t i = 0; i < ARRAY_LEN(devices); i++) {
		_cleanup_free_ char *uuid = xasprintf("aaaaaaaa-0000-4000-8000-%012zu", i + 10);
		_cleanup_free_ char *name = xasprintf("d%zu", i);
		_cleanup_free_ char *xml = domain_xml(uuid, name, devices[i]);

		hv_mock_add(mock, xml, HV_SHUTOFF);
		next_command();
		OK(adopt_domains(S, &E));
		_cleanup_loaded_ struct vm_loaded *l = load(uuid);
		cr_assert_eq(l->n_disks, 1);
		cr_assert_null(l->disks[0].node, "disk %zu", i);
		cr_assert_not(l->disks[0].vdi->managed, "disk %zu", i);
		cr_assert_not_null(map_get(&l->disks[0].vdi->sm_config, "file"));
	}
}

Test(adopt, a_block_device_is_in_the_udev_sr)
{
	_cleanup_free_ char *xml = domain_xml(VM_A, "block",
		"<disk type='block' device='disk'><driver name='qemu' type='raw'/>"
		"<source dev='/dev/mapper/none-x'/><target dev='vda' bus='virtio'/></disk>");

	hv_mock_add(mock, xml, HV_SHUTOFF);
	OK(adopt_domains(S, &E));
	_cleanup_loaded_ struct vm_loaded *l = load(VM_A);
	_cleanup_(sr_free_cleanup) struct sr *sr = find(&sr_class, l->disks[0].node->sr);
	cr_assert_str_eq(sr->type, "udev");
	cr_assert_str_eq(sr->path, "/dev");
	cr_assert_str_eq(l->disks[0].path, "/dev/mapper/none-x");
}

Test(adopt, a_missing_file_does_not_hide_the_vm)
{
	add_domain(VM_A, "web", "gone.qcow2");
	OK(adopt_domains(S, &E));
	_cleanup_loaded_ struct vm_loaded *l = load(VM_A);
	cr_assert_eq(l->disks[0].vdi->virtual_size, 0);
	cr_assert_not_null(l->disks[0].node);
}

Test(adopt, one_bad_domain_does_not_hide_the_others)
{
	make_image("b.qcow2", NULL, NULL);
	add_domain(VM_A, "bad", "a.qcow2");
	add_domain(VM_B, "good", "b.qcow2");
	hv_mock_fail(mock, "xml", 0, HV_MOCK_BEFORE, "no such luck");
	OK(adopt_domains(S, &E));
	cr_assert_not(vm_exists(VM_A));
	cr_assert(vm_exists(VM_B));
	cr_assert_eq(notices.n, 1);
	cr_assert(strstr(notices.items[0], "no such luck"));
}

/* ---- vanishing ------------------------------------------------------------------------------- */

Test(adopt, a_vanished_domain_takes_its_records_along)
{
	make_image("base.qcow2", NULL, NULL);
	make_image("a.qcow2", "base.qcow2", "qcow2");
	OK(session_prepare(S, &E));
	size_t srs = count_of(&sr_class);
	add_domain(VM_A, "web", "a.qcow2");
	OK(adopt_domains(S, &E));
	cr_assert_eq(count_of(&node_class), 2);
	cr_assert_eq(count_of(&vdi_class), 2);

	hv_mock_remove(mock, VM_A);
	next_command();
	OK(adopt_domains(S, &E));
	cr_assert_not(vm_exists(VM_A));
	cr_assert_eq(count_of(&vbd_class), 0);
	cr_assert_eq(count_of(&vdi_class), 0);
	cr_assert_eq(count_of(&node_class), 0);
	cr_assert_eq(count_of(&sr_class), srs);
}

Test(adopt, what_others_use_stays_when_a_domain_vanishes)
{
	make_image("base.qcow2", NULL, NULL);
	make_image("a.qcow2", "base.qcow2", "qcow2");
	make_image("b.qcow2", "base.qcow2", "qcow2");
	add_domain(VM_A, "a", "a.qcow2");
	add_domain(VM_B, "b", "b.qcow2");
	OK(adopt_domains(S, &E));
	hv_mock_remove(mock, VM_A);
	next_command();
	OK(adopt_domains(S, &E));
	_cleanup_loaded_ struct vm_loaded *l = load(VM_B);
	cr_assert_not_null(l->disks[0].node->parent);
	cr_assert_eq(count_of(&node_class), 2);
	cr_assert_eq(count_of(&vdi_class), 2);
}

Test(adopt, a_vm_with_snapshots_outlives_its_domain)
{
	_cleanup_(vm_free_cleanup) struct vm *snapshot = record_new(&vm_class);

	make_image("a.qcow2", NULL, NULL);
	add_domain(VM_A, "web", "a.qcow2");
	OK(adopt_domains(S, &E));
	snapshot->r.uuid = xstrdup(VM_B);
	snapshot->is_a_snapshot = snapshot->is_a_template = true;
	str_replace(&snapshot->snapshot_of, VM_A);
	save(&vm_class, snapshot);

	hv_mock_remove(mock, VM_A);
	next_command();
	unsigned calls = hv_mock_calls(mock, NULL);
	OK(adopt_domains(S, &E));
	cr_assert(vm_exists(VM_A));
	cr_assert_eq(hv_mock_calls(mock, NULL), calls + 2, "and which domains have snapshots");
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	OK(vm_load(S, VM_A, VM_LOAD_ACT, &l, &E));
	cr_assert_eq(vm_power(l), POWER_HALTED);
	cr_assert_null(l->xml);
	cr_assert_eq(l->n_disks, 1);
}

/* libvirt's document of an external snapshot of "web", when it was on @file. */
static char *kept_document(const char *name, const char *parent, const char *file, int time)
{
	_cleanup_free_ char *path = at(file), *up = NULL;

	if (parent)
		up = xasprintf("<parent><name>%s</name></parent>", parent);
	return xasprintf("<domainsnapshot><name>%s</name><description>of %s</description>"
			 "<state>shutoff</state>%s<creationTime>%d</creationTime>"
			 "<disks><disk name='vda' snapshot='external'/></disks>"
			 "<domain type='qemu'><name>web</name><uuid>" VM_A "</uuid>"
			 "<memory unit='KiB'>65536</memory><vcpu>1</vcpu><os><type>hvm</type></os>"
			 "<devices><disk type='file' device='disk'><driver type='qcow2'/>"
			 "<source file='%s'/><target dev='vda' bus='virtio'/></disk></devices>"
			 "</domain></domainsnapshot>",
		name, name, up ? up : "", time, path);
}

static struct vm *kept(const char *name)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records found = { 0 };

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(records_load(t, &vm_class, "name_label", name, &found, &E));
	return found.n ? TAKE(found.items[0]) : NULL;
}

Test(adopt, a_snapshot_of_libvirts_comes_and_goes_with_libvirts_list)
{
	struct hv *hv;

	make_image("a.qcow2", NULL, NULL);
	make_image("b.qcow2", "a.qcow2", "qcow2");
	make_image("c.qcow2", "b.qcow2", "qcow2");
	add_domain(VM_A, "web", "c.qcow2");
	OK(session_hv(S->here, &hv, &E));
	_cleanup_free_ char *first = kept_document("one", NULL, "a.qcow2", 11);
	_cleanup_free_ char *second = kept_document("two", "one", "b.qcow2", 12);
	_cleanup_free_ char *again = kept_document("two", "one", "b.qcow2", 13);
	OK(hv_snapshot_put(hv, VM_A, first, false, &E));
	OK(hv_snapshot_put(hv, VM_A, second, true, &E));
	next_command();
	OK(adopt_domains(S, &E));
	_cleanup_(vm_free_cleanup) struct vm *one = kept("one"), *two = kept("two");
	cr_assert(one && two && one->is_a_snapshot && one->is_a_template);
	cr_assert_str_eq(one->snapshot_of, VM_A);
	cr_assert_str_eq(one->name_description, "of one");
	cr_assert(!one->parent && one->snapshot_time == 11);
	cr_assert_str_eq(two->parent, one->r.uuid);
	_cleanup_loaded_ struct vm_loaded *was = load(one->r.uuid);
	_cleanup_loaded_ struct vm_loaded *is = load(VM_A);
	cr_assert_str_eq(was->disks[0].node->path, "a.qcow2");
	cr_assert_eq(was->disks[0].node->state, NODE_FROZEN);
	cr_assert_str_eq(was->disks[0].vdi->snapshot_of, is->disks[0].vdi->r.uuid);
	cr_assert_str_eq(is->vm->parent, two->r.uuid);

	/* One of the same name, made later, is another one. */
	OK(session_hv(S->here, &hv, &E));
	OK(hv_snapshot_put(hv, VM_A, again, true, &E));
	next_command();
	OK(adopt_domains(S, &E));
	_cleanup_(vm_free_cleanup) struct vm *later = kept("two");
	cr_assert(later && !str_eq(later->r.uuid, two->r.uuid) && later->snapshot_time == 13);

	OK(session_hv(S->here, &hv, &E));
	OK(hv_snapshot_forget(hv, VM_A, "two", &E));
	OK(hv_snapshot_forget(hv, VM_A, "one", &E));
	next_command();
	OK(adopt_domains(S, &E));
	_cleanup_(vm_free_cleanup) struct vm *none = kept("one"), *neither = kept("two");
	_cleanup_loaded_ struct vm_loaded *now = load(VM_A);
	cr_assert(!none && !neither && !now->vm->parent);
	cr_assert_eq(count_of(&node_class), 3);
	cr_assert_eq(count_of(&vdi_class), 3, "with two base copies");
}

static void drop(const struct class *c, const char *uuid)
{
	struct txn *t = NULL;

	OK(txn_begin(S->store, TXN_WRITE, &t, &E));
	OK(txn_del(t, c->name, uuid, &E));
	OK(txn_commit(t, &E));
}

static void put_snapshot(const char *uuid, const char *parent, const char *libvirt_name)
{
	_cleanup_(vm_free_cleanup) struct vm *v = record_new(&vm_class);

	v->r.uuid = xstrdup(uuid);
	str_replace(&v->name_label, uuid);
	str_replace(&v->snapshot_of, VM_A);
	str_replace(&v->parent, parent);
	str_replace(&v->libvirt_snapshot, libvirt_name);
	v->is_a_snapshot = v->is_a_template = true;
	save(&vm_class, v);
}

/* Whatever the order in which they are met: that of the UUIDs, which have no order in time. */
Test(adopt, a_snapshot_of_vxes_outlives_all_of_libvirts_before_it)
{
	static const char *const orders[][3] = { { "1", "2", "3" }, { "3", "2", "1" },
		{ "2", "3", "1" } };
	struct hv *hv;

	add_domain(VM_A, "web", "a.qcow2");
	OK(adopt_domains(S, &E));
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		_cleanup_free_ char *last = NULL;

		for (int k = 0; k < 3; k++) {
			_cleanup_free_ char *uuid =
				xasprintf("%s0000000-0000-4000-8000-000000000001", orders[i][k]);

			put_snapshot(uuid, last, orders[i][k]);
			str_replace(&last, uuid);
		}
		put_snapshot(VM_B, last, "");
		/* A list that is not empty: the folder is read. */
		_cleanup_free_ char *other = kept_document("other", NULL, "a.qcow2", (int)i + 11);

		OK(session_hv(S->here, &hv, &E));
		OK(hv_snapshot_put(hv, VM_A, other, true, &E));
		next_command();
		OK(adopt_domains(S, &E));
		_cleanup_(vm_free_cleanup) struct vm *gone = kept("1"),
						     *left = find(&vm_class, VM_B);

		cr_expect_null(gone);
		cr_assert_not_null(left);
		cr_expect_null(left->parent, "order %zu: %s", i, left->parent);
		drop(&vm_class, VM_B);
		OK(session_hv(S->here, &hv, &E));
		OK(hv_snapshot_forget(hv, VM_A, "other", &E));
	}
}

Test(adopt, a_file_made_by_vxe_stays_on_record)
{
	make_image("a.qcow2", NULL, NULL);
	add_domain(VM_A, "web", "a.qcow2");
	OK(adopt_domains(S, &E));
	_cleanup_(node_free_cleanup) struct node *node = node_of("a.qcow2");
	node->origin = NODE_MADE;
	save(&node_class, node);
	hv_mock_remove(mock, VM_A);
	next_command();
	OK(adopt_domains(S, &E));
	cr_assert_not(vm_exists(VM_A));
	cr_assert_eq(count_of(&vbd_class), 0);
	cr_assert_eq(count_of(&vdi_class), 1);
	cr_assert_eq(count_of(&node_class), 1);
}

Test(adopt, a_domain_defined_meanwhile_is_not_forgotten)
{
	_cleanup_free_ char *xml = domain_xml(VM_A, "web", "");

	hv_mock_add(mock, xml, HV_SHUTOFF);
	OK(adopt_domains(S, &E));
	hv_mock_remove(mock, VM_A);
	next_command();
	const struct hv_domains *domains;
	OK(session_domains(S->here, &domains, &E));
	hv_mock_add(mock, xml, HV_SHUTOFF);
	OK(adopt_domains(S, &E));
	cr_assert(vm_exists(VM_A));
}

/* ---- beside operations ----------------------------------------------------------------------- */

static void put_intent(const char *vm)
{
	_cleanup_(intent_free_cleanup) struct intent *intent = record_new(&intent_class);

	intent->r.uuid = xstrdup("99999999-0000-4000-8000-000000000009");
	str_replace(&intent->object, vm);
	strv_add(&intent->objects, vm);
	save(&intent_class, intent);
}

Test(adopt, a_domain_that_an_operation_moves_is_left_alone)
{
	_cleanup_free_ char *xml = domain_xml(VM_A, "web", "");

	OK(session_prepare(S, &E));
	put_intent(VM_A);
	hv_mock_add(mock, xml, HV_SHUTOFF);
	OK(adopt_domains(S, &E));
	cr_assert_not(vm_exists(VM_A));
}

Test(adopt, a_vm_that_an_operation_moves_is_not_forgotten)
{
	_cleanup_free_ char *xml = domain_xml(VM_A, "web", "");

	hv_mock_add(mock, xml, HV_SHUTOFF);
	OK(adopt_domains(S, &E));
	put_intent(VM_A);
	hv_mock_remove(mock, VM_A);
	next_command();
	OK(adopt_domains(S, &E));
	cr_assert(vm_exists(VM_A));
}

/* ---- names ------------------------------------------------------------------------------------ */

static void define_as(const char *uuid, const char *name)
{
	_cleanup_free_ char *xml = domain_xml(uuid, name, "");

	hv_mock_add(mock, xml, HV_SHUTOFF);
	next_command();
}

static void rename_to(const char *uuid, const char *name)
{
	hv_mock_remove(mock, uuid);
	define_as(uuid, name);
}

static void is_called(const char *uuid, const char *name)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, uuid);

	cr_assert(vm);
	cr_expect_str_eq(vm->name_label, name);
	cr_expect_str_eq(vm->libvirt_name, name);
}

Test(adopt, renamed_domains_are_followed)
{
	define_as(VM_A, "shop");
	define_as(VM_B, "new");
	OK(adopt_domains(S, &E));
	rename_to(VM_A, "old");
	rename_to(VM_B, "shop");
	OK(adopt_domain(S, NULL, "shop",
		&E)); /* both are compared: one has the name on record, one in libvirt */
	is_called(VM_A, "old");
	is_called(VM_B, "shop");
	rename_to(VM_A, "older");
	OK(adopt_domain(S, VM_A, NULL, &E));
	is_called(VM_A, "older");
	put_intent(VM_B);
	rename_to(VM_B, "moved");
	OK(adopt_domains(S, &E));
	is_called(VM_B, "moved");
	const int64_t before = store_generation();

	next_command();
	OK(adopt_domains(S, &E));
	cr_expect_eq(store_generation(), before);
}

/* ---- UUIDs that something else has ------------------------------------------------------------ */

/* A domain with a network's UUID is left out with a notice; the domains after it are not. */
Test(adopt, a_domain_of_a_taken_uuid)
{
	hv_mock_add_network(mock, VM_A, "lan", "virbr1");
	add_domain(VM_A, "a", "a.qcow2");
	add_domain(VM_B, "b", "b.qcow2");
	OK(adopt_domains(S, &E));
	cr_assert(!vm_exists(VM_A));
	cr_assert(vm_exists(VM_B));
	_cleanup_free_ char *said = strv_join(&notices, "\n");
	cr_assert(strstr(said, "a is left out") && strstr(said, VM_A), "%s", said);
	_cleanup_(network_free_cleanup) struct network *net = find(&network_class, VM_A);
	cr_assert_not_null(net);
	OK(hv_network_undefine(S->here->hv, VM_A, &E));
	next_command();
	session_forget_networks(S->here);
	OK(adopt_domains(S, &E));
	cr_assert(vm_exists(VM_A));
}

/* Another SR has the pool's UUID: the disks get a new SR, and the other SR stays. */
Test(adopt, a_pool_of_a_taken_uuid)
{
	char *pool = xstrdup(POOL), *name = xstrdup("pool"), *type = xstrdup("dir");
	const struct hv_pool p = {
		.uuid = pool, .name = name, .type = type, .path = dir, .active = true
	};
	struct sr *sr = record_new(&sr_class);

	OK(session_prepare(S, &E));
	sr->r.uuid = xstrdup(POOL);
	str_replace(&sr->path, "/elsewhere");
	save(&sr_class, sr);
	sr_free(sr);
	hv_mock_add_pool(mock, &p);
	add_domain(VM_A, "a", "a.qcow2");
	next_command();
	OK(adopt_domains(S, &E));
	_cleanup_(sr_free_cleanup) struct sr *kept = find(&sr_class, POOL);
	cr_assert_str_eq(kept->path, "/elsewhere");
	_cleanup_(node_free_cleanup) struct node *n = node_of("a.qcow2");
	cr_assert_str_neq(n->sr, POOL);
	free(pool), free(name), free(type);
}
