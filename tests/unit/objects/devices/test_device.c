/* SPDX-License-Identifier: MIT */
/* Disks, drives, cards, SRs and networks on the mock hypervisor: the refusals and their texts. */
#include "backends/content/content.h"
#include "objects/base/uuid.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/network/network.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/devices/network_ops.h"
#include "objects/devices/vbd_create.h"
#include "objects/devices/vbd_plug.h"
#include "objects/devices/vif_ops.h"
#include "objects/domain/adopt.h"
#include "objects/queries/param.h"
#include "objects/storage/pbd_ops.h"
#include "objects/storage/sr_create.h"
#include "objects/storage/sr_remove.h"
#include "objects/storage/sr_scan.h"
#include "objects/storage/vdi_create.h"
#include "objects/storage/vdi_destroy.h"
#include "objects/vm/vm_ops.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "tests/unit/host_fixture.h"
#include "tests/image_at.h"
#include "objects/disks/images/image_make.h"

#include <fcntl.h>

#define SIZE (1 << 20)

static char default_sr[40];

/* A VM with one disk, and a session that knows it. */
static void start(void)
{
	host_start();
	make_image("a.qcow2", NULL, NULL);
	add_domain(VM_A, "a", "a.qcow2");
	hv_mock_add_network(mock, "dddddddd-0000-4000-8000-00000000000d", "default", "virbr0");
	session_start(&store_mem_ops);
	OK(adopt_domains(S, &E));
	_cleanup_records_ struct records pools = all_of(&pool_class);
	snprintf(default_sr, sizeof(default_sr), "%s",
		((const struct pool *)pools.items[0])->default_sr);
}

TestSuite(device, .init = start, .fini = host_stop);

static char *new_disk(void)
{
	const struct vdi_new args = { .sr = default_sr, .name_label = "new", .size = SIZE };
	char *uuid;

	OK(vdi_create(S, &args, &uuid, &E));
	return uuid;
}

static char *attach(const char *vdi, const char *device)
{
	const struct vbd_new args = {
		.vm = VM_A, .device = device, .vdi = vdi, .mode = VBD_RW, .type = VBD_DISK
	};
	char *uuid;

	OK(vbd_create(S, &args, &uuid, &E));
	return uuid;
}

static char *only(const struct class *c, const char *column, const char *value)
{
	_cleanup_records_ struct records found = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(records_load(t, c, column, value, &found, &E));
	cr_assert_eq(found.n, 1);
	return xstrdup(((const struct record *)found.items[0])->uuid);
}

static bool live_has(const char *target)
{
	return strstr(hv_mock_xml(mock, VM_A, HV_XML_LIVE), target) != NULL;
}

Test(device, plugging)
{
	_cleanup_free_ char *vdi = new_disk();

	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	next_command();
	_cleanup_free_ char *vbd = attach(vdi, "1");

	cr_expect_not(live_has("vdb"), "vbd-create does not plug");
	FAILS(DEVICE_ALREADY_DETACHED, vbd_unplug(S, vbd, &E));
	OK(vbd_plug(S, vbd, &E));
	cr_expect(live_has("vdb"));
	FAILS(DEVICE_ALREADY_ATTACHED, vbd_plug(S, vbd, &E));
	FAILS(VBD_NOT_UNPLUGGABLE, vbd_unplug(S, vbd, &E));
	FAILS(OPERATION_NOT_ALLOWED, vbd_destroy(S, vbd, &E));
	FAILS(VBD_NOT_REMOVABLE_MEDIA, vbd_eject(S, vbd, &E));

	_cleanup_(vbd_free_cleanup) struct vbd *record = find(&vbd_class, vbd);
	record->unpluggable = true;
	save(&vbd_class, record);
	hv_mock_fail(mock, "detach_disk", 0, HV_MOCK_BEFORE, "in use");
	FAILS(DEVICE_DETACH_REJECTED, vbd_unplug(S, vbd, &E));
	cr_expect(live_has("vdb"));
	OK(vbd_unplug(S, vbd, &E));
	cr_expect_not(live_has("vdb"));
	OK(vbd_destroy(S, vbd, &E));
	cr_expect_null(strstr(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE), "vdb"));
	hv_mock_set_state(mock, VM_A, HV_SHUTOFF);
	next_command();
	_cleanup_free_ char *again = attach(vdi, "1");
	FAILS(VM_BAD_POWER_STATE, vbd_plug(S, again, &E));
}

/*
 * An IDE controller has four places; the fifth drive, and one at a higher position, are possible
 * nevertheless.
 */
Test(device, more_drives_than_fit_on_the_bus)
{
	static const char *const positions[] = { "7", "1", "2", "3", "4" };
	struct vbd_new args = { .vm = VM_A, .mode = VBD_RO, .type = VBD_CD };
	const char *xml;

	for (size_t i = 0; i < ARRAY_LEN(positions); i++) {
		_cleanup_free_ char *uuid = NULL;

		next_command();
		args.device = positions[i];
		OK(vbd_create(S, &args, &uuid, &E));
	}
	xml = hv_mock_xml(mock, VM_A, HV_XML_INACTIVE);
	cr_expect(strstr(xml, "hda") && strstr(xml, "hdd") && !strstr(xml, "hde"), "%s", xml);
	cr_expect(strstr(xml, "sde"), "%s", xml);
}

/* Attaching fails at the definition: guest and definition keep the old disks. */
Test(device, both_or_neither)
{
	_cleanup_free_ char *vdi = new_disk(), *vbd = attach(vdi, "1");

	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	next_command();
	hv_mock_fail(mock, "define", 0, HV_MOCK_BEFORE, "no");
	FAILS(VXE_HYPERVISOR_FAILED, vm_disk_remove(S, VM_A, "1", &E));
	cr_expect(live_has("vdb"));
	cr_expect_not_null(strstr(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE), "vdb"));
	OK(vm_disk_remove(S, VM_A, "1", &E));
	cr_expect_not(live_has("vdb"));
	cr_expect_null(find(&vdi_class, vdi));
}

/* A disk that is not plugged is snapshotted with those that are. */
Test(device, snapshot_of_an_unplugged_disk)
{
	_cleanup_free_ char *vdi = new_disk(), *snapshot = NULL;
	const struct vm_snapshot_args args = { .name_label = "s" };

	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	next_command();
	_cleanup_free_ char *vbd = attach(vdi, "1");
	OK(vm_snapshot(S, VM_A, &args, &snapshot, &E));
	_cleanup_records_ struct records vbds = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(records_load(t, &vbd_class, "vm_uuid", snapshot, &vbds, &E));
	cr_expect_eq(vbds.n, 2);
	txn_abort(TAKE(t));
	OK(vbd_plug(S, vbd, &E));
	cr_expect(live_has("vdb"));
}

Test(device, drives)
{
	const struct vbd_new args = { .vm = VM_A, .device = "3", .mode = VBD_RO, .type = VBD_CD };
	_cleanup_free_ char *vbd = NULL, *folder = at("isos"), *iso = at("isos/cd.iso"), *sr = NULL;
	_cleanup_map_ struct map config = { 0 };
	const struct sr_new isos = {
		.name_label = "isos", .type = "iso", .device_config = &config
	};

	OK(vbd_create(S, &args, &vbd, &E));
	FAILS(VBD_IS_EMPTY, vbd_eject(S, vbd, &E));
	cr_assert_eq(mkdir(folder, 0755), 0);
	OK(image_make_raw(image_at(iso), SIZE, &E));
	map_set(&config, "location", folder);
	OK(sr_create(S, &isos, &sr, &E));
	_cleanup_free_ char *cd = only(&vdi_class, "sr_uuid", sr);
	FAILS(SR_OPERATION_NOT_SUPPORTED, vdi_destroy(S, cd, &E));
	OK(vbd_insert(S, vbd, cd, &E));
	FAILS(VBD_NOT_EMPTY, vbd_insert(S, vbd, cd, &E));
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	next_command();
	cr_expect(live_has("cd.iso"));
	OK(vbd_eject(S, vbd, &E));
	cr_expect_not(live_has("cd.iso"));
	cr_expect_null(strstr(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE), "cd.iso"));
}

/* One CD in two drives: each VBD is restored. */
Test(device, drives_come_back)
{
	const struct vm_snapshot_args named = { .name_label = "s" };
	_cleanup_free_ char *folder = at("isos"), *iso = at("isos/cd.iso"), *sr = NULL,
			    *point = NULL;
	_cleanup_map_ struct map config = { 0 };
	const struct sr_new isos = {
		.name_label = "isos", .type = "iso", .device_config = &config
	};

	cr_assert_eq(mkdir(folder, 0755), 0);
	OK(image_make_raw(image_at(iso), SIZE, &E));
	map_set(&config, "location", folder);
	OK(sr_create(S, &isos, &sr, &E));
	_cleanup_free_ char *cd = only(&vdi_class, "sr_uuid", sr);
	char *uuids[2];

	for (int i = 0; i < 2; i++) {
		const struct vbd_new args = { .vm = VM_A,
			.device = i ? "4" : "3",
			.vdi = cd,
			.mode = VBD_RO,
			.type = VBD_CD };

		OK(vbd_create(S, &args, &uuids[i], &E));
	}
	next_command();
	OK(vm_snapshot(S, VM_A, &named, &point, &E));
	next_command();
	OK(snapshot_revert(S, point, &E));
	for (int i = 0; i < 2; i++) {
		_cleanup_(vbd_free_cleanup) struct vbd *vbd = find(&vbd_class, uuids[i]);

		cr_assert(vbd && str_eq(vbd->vm, VM_A) && str_eq(vbd->userdevice, i ? "4" : "3"));
	}
	free(uuids[0]), free(uuids[1]);
}

static bool has_pool(const char *type)
{
	struct hv_pools pools = { 0 };
	bool found = false;
	struct hv *hv;

	OK(session_hv(S->here, &hv, &E));
	OK(hv_pools(hv, &pools, &E));
	for (size_t i = 0; i < pools.n && !found; i++)
		found = str_eq(pools.items[i].type, type);
	hv_pools_clear(&pools);
	return found;
}

static char *sr_host(const char *sr)
{
	char *name = NULL;

	OK(param_get(S, view_by_prefix("sr"), sr, "host", NULL, &name, &E));
	return name;
}

/* A directory of CDs without a marker, and perhaps without permission to write one. */
Test(device, cds_without_a_marker)
{
	_cleanup_free_ char *folder = at("isos"), *iso = at("isos/cd.iso"), *sr = uuid_new(),
			    *pbd = NULL, *other = NULL;
	_cleanup_map_ struct map config = { 0 };
	const struct sr_new isos = { .name_label = "isos", .type = "iso", .uuid = sr };
	const struct sr_new nfs = { .name_label = "nfs", .type = "iso", .device_config = &config };

	map_set(&config, "location", folder);
	OK(sr_introduce(S, &isos, &E));
	_cleanup_free_ char *nobody = sr_host(sr);
	cr_expect_str_eq(nobody, "<not in database>");
	OK(pbd_create(S, S->here->uuid, sr, &config, &pbd, &E));
	FAILS(SR_ATTACH_FAILED, pbd_plug(S, pbd, &E));
	cr_assert_eq(mkdir(folder, 0755), 0);
	OK(image_make_raw(image_at(iso), SIZE, &E));
	OK(pbd_plug(S, pbd, &E));
	_cleanup_free_ char *cd = only(&vdi_class, "sr_uuid", sr);
	_cleanup_free_ char *host = sr_host(sr);
	cr_expect_str_neq(host, "<not in database>");
	OK(pbd_unplug(S, pbd, &E));
	OK(content_remove(image_at(iso), &E));
	FAILS(SR_ATTACH_FAILED, pbd_plug(S, pbd, &E));

	map_set(&config, "location", "cds.example:/isos");
	OK(sr_create(S, &nfs, &other, &E));
	cr_expect(has_pool("netfs"));
	_cleanup_sr_place_ struct sr_place place = { 0 };
	OK(sr_place_read(S, sr_type_of("iso"), other, &config, &place, &E));
	cr_expect_str_eq(place.host, "cds.example");
	cr_expect_str_eq(place.folder, "/isos");
}

Test(device, a_suspended_vm)
{
	_cleanup_free_ char *vdi = new_disk(), *vbd = attach(vdi, "1");
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);
	const struct vbd_new args = { .vm = VM_A, .device = "2", .mode = VBD_RO, .type = VBD_CD };
	_cleanup_free_ char *made = NULL;

	vm->power_state = POWER_SUSPENDED;
	save(&vm_class, vm);
	FAILS(VDI_IN_USE, vdi_destroy(S, vdi, &E));
	FAILS(VDI_IN_USE, vdi_forget(S, vdi, &E));
	FAILS(VM_BAD_POWER_STATE, vbd_create(S, &args, &made, &E));
	FAILS(VM_BAD_POWER_STATE, vbd_destroy(S, vbd, &E));
}

Test(device, cards)
{
	_cleanup_free_ char *net = only(&network_class, "bridge", "virbr0"), *vif = NULL,
			    *other = NULL;

	FAILS(MAC_INVALID, vif_create(S, VM_A, "0", net, "01:00:00:00:00:01", &vif, &E));
	FAILS(MAC_INVALID, vif_create(S, VM_A, "0", net, "02:00:00:00:00", &vif, &E));
	FAILS(INVALID_DEVICE, vif_create(S, VM_A, "x", net, NULL, &vif, &E));
	OK(vif_create(S, VM_A, "0", net, NULL, &vif, &E));
	FAILS(DEVICE_ALREADY_EXISTS, vif_create(S, VM_A, "0", net, NULL, &other, &E));
	FAILS(NETWORK_CONTAINS_VIF, network_destroy(S, net, &E));
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	next_command();
	FAILS(OPERATION_NOT_ALLOWED, vif_destroy(S, vif, &E));
	OK(vif_unplug(S, vif, &E));
	OK(vif_destroy(S, vif, &E));
	FAILS(CANNOT_DESTROY_SYSTEM_NETWORK, network_destroy(S, net, &E));
	/* Words that are no possible UUID are refused like a UUID that does not exist. */
	static const char *const words[] = { "", ".", "..", "no such" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		cr_expect_eq(network_destroy(S, words[i], &E), -1);
		cr_expect_eq(E.code, UUID_INVALID, "%s", words[i]);
		cr_expect_str_eq(E.params[0], "network", "%s", words[i]);
		error_clear(&E);
	}
}

Test(device, networks)
{
	struct network_new args = {
		.name_label = "lan", .bridge = "virbr0", .mtu = 1500, .managed = true
	};
	_cleanup_free_ char *uuid = NULL;

	FAILS(BRIDGE_NAME_EXISTS, network_create(S, &args, &uuid, &E));
	args.bridge = "nobridge9";
	args.managed = false;
	FAILS(BRIDGE_NOT_AVAILABLE, network_create(S, &args, &uuid, &E));
	args.managed = true;
	OK(network_create(S, &args, &uuid, &E));
}

Test(device, storage)
{
	_cleanup_map_ struct map config = { 0 };
	_cleanup_free_ char *folder = at("sr"), *uuid = NULL, *mark = at("sr/.vxe-sr");
	struct sr_new args = { .name_label = "sr", .type = "ext", .device_config = &config };

	map_set(&config, "device", folder);
	FAILS(INVALID_VALUE, sr_create(S, &args, &uuid, &E));
	map_set(&config, "location", folder);
	args.type = "file";
	OK(sr_create(S, &args, &uuid, &E));
	args.uuid = uuid;
	FAILS(SR_UUID_EXISTS, sr_introduce(S, &args, &E));
	args.uuid = VM_A; /* or the UUID of any other object */
	FAILS(DB_UNIQUENESS_CONSTRAINT_VIOLATION, sr_introduce(S, &args, &E));
	args.uuid = uuid;
	_cleanup_free_ char *lost = at("sr/lost.qcow2");
	struct vdi_introduced lost_vdi = {
		.uuid = uuid, .sr = uuid, .location = "lost.qcow2", .type = VDI_USER
	};
	OK(image_make(image_at(lost), SIZE, &E));
	FAILS(DB_UNIQUENESS_CONSTRAINT_VIOLATION, vdi_introduce(S, &lost_vdi, &E));
	OK(content_remove(image_at(lost), &E));
	_cleanup_free_ char *there = at("sr/there.qcow2");
	OK(image_make(image_at(there), SIZE, &E));
	OK(sr_scan(S, uuid, &E)); /* opens it; what is open cannot be unmounted */
	_cleanup_free_ char *pbd = only(&pbd_class, "sr_uuid", uuid);
	OK(pbd_unplug(S, pbd, &E));
	OK(content_remove(image_at(mark), &E));
	FAILS(SR_ATTACH_FAILED, pbd_plug(S, pbd, &E));
	OK(pbd_destroy(S, pbd, &E));
	FAILS(SR_HAS_NO_PBDS, sr_destroy(S, uuid, &E));
	OK(sr_forget(S, uuid, &E));
}

/* A device of the host is never destroyed. */
Test(device, physical_disk)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = record_new(&vdi_class);
	_cleanup_(sr_free_cleanup) struct sr *sr = record_new(&sr_class);

	sr->r.uuid = xstrdup("eeeeeeee-0000-4000-8000-00000000000e");
	str_replace(&sr->type, "udev");
	str_replace(&sr->path, "/dev");
	save(&sr_class, sr);
	vdi->r.uuid = xstrdup("eeeeeeee-0000-4000-8000-00000000000f");
	str_replace(&vdi->sr, sr->r.uuid);
	map_set(&vdi->sm_config, "file", "/dev/vxe-none");
	save(&vdi_class, vdi);
	FAILS(VDI_IS_A_PHYSICAL_DEVICE, vdi_destroy(S, vdi->r.uuid, &E));
}
