/* SPDX-License-Identifier: MIT */
/* Drift: vxe understands changes by other programs, or refuses and names the file. */
#include "tests/unit/host_fixture.h"

#include "backends/child/child.h"
#include "objects/check/check.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/network/network_records.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm_loaded.h"
#include "objects/domain/adopt.h"
#include "objects/domain/vm_load.h"
#include "objects/vm/vm_apply.h"
#include "objects/vm/vm_lifecycle.h"
#include "objects/vm/vm_ops.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "tests/image_at.h"
#include "objects/disks/images/image_merge.h"

#include <sys/stat.h>

static void start(void)
{
	host_start_mem();
	make_image("a.qcow2", NULL, NULL);
	add_domain(VM_A, "web", "a.qcow2");
	OK(adopt_domains(S, &E));
}

TestSuite(drift, .init = start, .fini = host_stop);

static struct vm_loaded *act(void)
{
	struct vm_loaded *l = NULL;

	next_command();
	OK(vm_load(S, VM_A, VM_LOAD_ACT, &l, &E));
	return l;
}

static void refuses(enum vxe_code code)
{
	struct vm_loaded *l = NULL;
	int64_t before = store_generation();

	next_command();
	FAILS(code, vm_load(S, VM_A, VM_LOAD_ACT, &l, &E));
	cr_assert_eq(store_generation(), before, "a refusal writes nothing");
}

/*
 * Makes a snapshot as vxe does: a snapshot VDI names the frozen node, and the VDI continues in a
 * new one.
 */
static void snapshot_by_vxe(const char *old_file, const char *new_file)
{
	_cleanup_loaded_ struct vm_loaded *l = act();
	_cleanup_(vdi_free_cleanup) struct vdi *frozen = record_copy(&vdi_class, l->disks[0].vdi);
	_cleanup_(node_free_cleanup) struct node *made = record_copy(&node_class, l->disks[0].node);

	make_image(new_file, old_file, "qcow2");
	str_replace(&made->r.uuid, "77777777-0000-4000-8000-000000000007");
	str_replace(&made->path, new_file);
	str_replace(&made->parent, l->disks[0].node->r.uuid);
	made->origin = NODE_MADE;
	made->state = NODE_WRITABLE;
	str_replace(&frozen->r.uuid, "88888888-0000-4000-8000-000000000008");
	str_replace(&frozen->snapshot_of, l->disks[0].vdi->r.uuid);
	frozen->is_a_snapshot = frozen->read_only = true;
	l->disks[0].node->state = NODE_FROZEN;
	str_replace(&l->disks[0].vdi->node, made->r.uuid);
	save(&node_class, made);
	save(&node_class, l->disks[0].node);
	save(&vdi_class, frozen);
	save(&vdi_class, l->disks[0].vdi);
	edit_disk(VM_A, "web", new_file);
}

Test(drift, nothing_changed_writes_nothing)
{
	int64_t before = store_generation();
	struct vm_loaded *l = act();

	cr_assert_str_eq(l->spec->name, "web");
	cr_assert_not_null(l->xml);
	cr_assert_null(l->live);
	vm_loaded_free(l);
	cr_assert_eq(store_generation(), before);
}

Test(drift, settings_that_somebody_edited_are_taken_over)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *xml = xasprintf(
		"<domain type='qemu'><name>web</name><uuid>" VM_A "</uuid><title>shop</title>"
		"<memory unit='MiB'>32</memory><vcpu>3</vcpu><os><type>hvm</type></os>"
		"<devices>%s</devices></domain>",
		disk);

	hv_mock_set_xml(mock, VM_A, HV_XML_INACTIVE, xml);
	_cleanup_loaded_ struct vm_loaded *l = act();
	cr_assert_str_eq(l->vm->name_label, "shop");
	cr_assert_eq(l->vm->memory_static_max, 32 << 20);
	cr_assert_eq(l->vm->vcpus_max, 3);
}

Test(drift, somebodys_snapshot_is_understood)
{
	make_image("snap.qcow2", "a.qcow2", "qcow2");
	make_image("snap2.qcow2", "snap.qcow2", "qcow2");
	edit_disk(VM_A, "web", "snap2.qcow2");

	_cleanup_(node_free_cleanup) struct node *old = node_of("a.qcow2");
	_cleanup_loaded_ struct vm_loaded *before = NULL;
	OK(vm_load(S, VM_A, 0, &before, &E));
	_cleanup_loaded_ struct vm_loaded *l = act();
	_cleanup_free_ char *path = at("snap2.qcow2");
	cr_assert_str_eq(l->disks[0].path, path);
	cr_assert_str_eq(l->disks[0].vdi->r.uuid, before->disks[0].vdi->r.uuid);
	cr_assert_eq(l->disks[0].node->origin, NODE_ADOPTED_LEAF);
	cr_assert_eq(l->disks[0].node->state, NODE_WRITABLE);

	_cleanup_(node_free_cleanup) struct node *middle = node_of("snap.qcow2");
	_cleanup_(node_free_cleanup) struct node *a = node_of("a.qcow2");
	cr_assert_str_eq(l->disks[0].node->parent, middle->r.uuid);
	cr_assert_eq(middle->origin, NODE_ADOPTED_LEAF);
	cr_assert_eq(middle->state, NODE_FROZEN);
	cr_assert_str_eq(middle->parent, a->r.uuid);
	cr_assert_str_eq(a->r.uuid, old->r.uuid);
	cr_assert_eq(a->state, NODE_FROZEN);
	_cleanup_(vdi_free_cleanup) struct vdi *copy = find(&vdi_class, a->r.uuid);
	cr_assert_not_null(copy, "the nameless node has its base copy");
}

Test(drift, our_own_file_under_a_strangers_layer_loses_its_write_bits)
{
	_cleanup_free_ char *ours = at("made.qcow2");
	struct stat st;

	snapshot_by_vxe("a.qcow2", "made.qcow2");
	make_image("snap.qcow2", "made.qcow2", "qcow2");
	edit_disk(VM_A, "web", "snap.qcow2");
	vm_loaded_free(act());

	_cleanup_(node_free_cleanup) struct node *made = node_of("made.qcow2");
	cr_assert_eq(made->state, NODE_FROZEN);
	cr_assert(made->old_mode & 0200);
	cr_assert_eq(stat(ours, &st), 0);
	cr_assert_eq(st.st_mode & 0222, 0);

	/* And has them again when the other program commits its layer. */
	edit_disk(VM_A, "web", "made.qcow2");
	_cleanup_loaded_ struct vm_loaded *l = act();
	cr_assert_str_eq(l->disks[0].path, ours);
	cr_assert_eq(l->disks[0].node->state, NODE_WRITABLE);
	cr_assert_eq(stat(ours, &st), 0);
	cr_assert(st.st_mode & 0200);
	_cleanup_(node_free_cleanup) struct node *gone = node_of("snap.qcow2");
	cr_assert_null(gone);
}

Test(drift, a_commit_into_a_snapshots_content_is_refused)
{
	snapshot_by_vxe("a.qcow2", "made.qcow2");
	vm_loaded_free(act());
	edit_disk(VM_A, "web", "a.qcow2");
	refuses(VXE_DISK_CHANGED);
}

Test(drift, another_file_is_refused_by_name)
{
	_cleanup_free_ char *mine = at("a.qcow2"), *theirs = at("other.qcow2");
	struct vm_loaded *l;

	make_image("other.qcow2", NULL, NULL);
	edit_disk(VM_A, "web", "other.qcow2");
	next_command();
	cr_assert_eq(vm_load(S, VM_A, VM_LOAD_ACT, &l, &E), -1);
	cr_assert_eq(E.code, VXE_DISK_CHANGED);
	cr_assert_str_eq(E.params[0], VM_A);
	cr_assert_str_eq(E.params[1], mine);
	cr_assert(str_starts(E.params[2], theirs), "%s", E.params[2]);
}

Test(drift, another_format_is_refused)
{
	_cleanup_free_ char *disk = disk_xml("vda", "raw", "a.qcow2");

	edit_devices(VM_A, "web", disk);
	refuses(VXE_DISK_CHANGED);
}

Test(drift, a_middle_layer_that_somebody_merged_goes)
{
	_cleanup_free_ char *top = at("s2.qcow2");

	make_image("s1.qcow2", "a.qcow2", "qcow2");
	make_image("s2.qcow2", "s1.qcow2", "qcow2");
	edit_disk(VM_A, "web", "s2.qcow2");
	vm_loaded_free(act());
	OK(image_set_backing(image_at(top), "a.qcow2", "qcow2", &E));

	_cleanup_loaded_ struct vm_loaded *l = act();
	_cleanup_(node_free_cleanup) struct node *a = node_of("a.qcow2"), *s1 = node_of("s1.qcow2");
	cr_assert_str_eq(l->disks[0].node->parent, a->r.uuid);
	cr_assert_null(s1);
}

Test(drift, a_middle_layer_that_a_snapshot_names_is_refused)
{
	_cleanup_free_ char *top = at("top.qcow2");

	make_image("s1.qcow2", "a.qcow2", "qcow2");
	edit_disk(VM_A, "web", "s1.qcow2");
	vm_loaded_free(act());
	snapshot_by_vxe("s1.qcow2", "top.qcow2");
	vm_loaded_free(act());
	OK(image_set_backing(image_at(top), "a.qcow2", "qcow2", &E));
	refuses(VXE_DISK_CHANGED);
}

Test(drift, a_chain_that_was_pulled_up_wholly_stands_alone)
{
	_cleanup_free_ char *top = at("top.qcow2");

	snapshot_by_vxe("a.qcow2", "top.qcow2");
	OK(image_set_backing(image_at(top), NULL, NULL, &E));
	_cleanup_loaded_ struct vm_loaded *l = act();
	_cleanup_(node_free_cleanup) struct node *a = node_of("a.qcow2");
	cr_assert_null(l->disks[0].node->parent);
	cr_assert_not_null(a, "the snapshot still names it");
}

Test(drift, disks_come_and_go)
{
	_cleanup_free_ char *vda = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *vdb = disk_xml("vdb", "qcow2", "b.qcow2");
	_cleanup_free_ char *both = xasprintf("%s%s", vda, vdb);

	make_image("b.qcow2", NULL, NULL);
	edit_devices(VM_A, "web", both);
	struct vm_loaded *l = act();
	cr_assert_eq(l->n_disks, 2);
	cr_assert_str_eq(l->disks[1].vbd->userdevice, "1");
	vm_loaded_free(l);

	edit_devices(VM_A, "web", vdb);
	l = act();
	cr_assert_eq(l->n_disks, 1);
	cr_assert_str_eq(l->disks[0].vbd->target, "vdb");
	vm_loaded_free(l);
	cr_assert_eq(count_of(&vdi_class), 2, "the detached disk stays");
}

Test(drift, media_and_cards_come_and_go)
{
	_cleanup_free_ char *vda = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *empty =
		xasprintf("%s<disk type='file' device='cdrom'>"
			  "<target dev='sda' bus='sata'/><readonly/></disk>"
			  "<interface type='bridge'><mac address='52:54:00:00:00:02'/>"
			  "<source bridge='br7'/></interface>",
			vda);
	_cleanup_free_ char *full = xasprintf("%s<disk type='file' device='cdrom'>"
					      "<source file='%s/os.iso'/>"
					      "<target dev='sda' bus='sata'/><readonly/></disk>",
		vda, dir);

	edit_devices(VM_A, "web", empty);
	struct vm_loaded *l = act();
	cr_assert_eq(l->n_disks, 2);
	cr_assert(l->disks[1].vbd->empty);
	cr_assert_eq(l->n_vifs, 1);
	cr_assert_not_null(l->vifs[0]->network);
	vm_loaded_free(l);

	edit_devices(VM_A, "web", full);
	l = act();
	cr_assert_not(l->disks[1].vbd->empty);
	cr_assert_str_eq(l->disks[1].vdi->name_label, "os.iso");
	cr_assert_eq(l->n_vifs, 0);
	vm_loaded_free(l);
}

/* With another type or mode on record, no snapshot would have the content of the disk. */
Test(drift, a_disk_is_what_the_definition_says)
{
	struct vm_loaded *l = act();
	struct vbd *vbd = l->disks[0].vbd;

	vbd->type = VBD_CD;
	vbd->mode = VBD_RO;
	save(&vbd_class, vbd);
	vm_loaded_free(l);
	l = act();
	cr_assert_eq(l->disks[0].vbd->type, VBD_DISK);
	cr_assert_eq(l->disks[0].vbd->mode, VBD_RW);
	vm_loaded_free(l);
}

Test(drift, a_card_in_another_network_is_followed)
{
	static const char one[] = "dddddddd-0000-4000-8000-00000000000d",
			  two[] = "dddddddd-0000-4000-8000-00000000000e";
	static const char *const sources[] = { "one", "two", "one" };

	hv_mock_add_network(mock, one, "one", "virbr7");
	hv_mock_add_network(mock, two, "two", "virbr8");
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		_cleanup_free_ char *vda = disk_xml("vda", "qcow2", "a.qcow2");
		_cleanup_free_ char *devices =
			xasprintf("%s<interface type='network'><mac address='52:54:00:00:00:02'/>"
				  "<source network='%s'/></interface>",
				vda, sources[i]);

		edit_devices(VM_A, "web", devices);
		session_close(TAKE(S));
		session_start(&store_sqlite_ops);
		_cleanup_loaded_ struct vm_loaded *l = act();
		cr_assert_eq(l->n_vifs, 1);
		cr_assert_str_eq(l->vifs[0]->network, i == 1 ? two : one, "%zu", i);
	}
}

Test(drift, a_renamed_network_is_no_drift)
{
	static const char one[] = "dddddddd-0000-4000-8000-00000000000d";
	_cleanup_free_ char *vda = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *devices =
		xasprintf("%s<interface type='network'><mac address='52:54:00:00:00:02'/>"
			  "<source network='one'/></interface>",
			vda);

	session_close(TAKE(S));
	session_start(&store_sqlite_ops);
	hv_mock_add_network(mock, one, "one", "virbr7");
	edit_devices(VM_A, "web", devices);
	vm_loaded_free(act());
	_cleanup_(network_free_cleanup) struct network *net = find(&network_class, one);
	str_replace(&net->name_label, "uplink");
	save(&network_class, net);
	session_close(TAKE(S));
	session_start(&store_sqlite_ops);
	int64_t before = store_generation();
	_cleanup_loaded_ struct vm_loaded *l = act();
	cr_assert_str_eq(l->vifs[0]->network, one);
	cr_assert_eq(store_generation(), before);
}

/* Under its own name and another label; a network of that name that comes later is the card's. */
Test(drift, a_card_keeps_a_network_that_is_gone)
{
	static const char one[] = "dddddddd-0000-4000-8000-00000000000d",
			  again[] = "dddddddd-0000-4000-8000-00000000000e";
	_cleanup_free_ char *vda = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *devices =
		xasprintf("%s<interface type='network'><mac address='52:54:00:00:00:02'/>"
			  "<source network='one'/></interface>",
			vda);

	session_close(TAKE(S));
	session_start(&store_sqlite_ops);
	hv_mock_add_network(mock, one, "one", "virbr7");
	edit_devices(VM_A, "web", devices);
	vm_loaded_free(act());
	OK(hv_network_undefine(S->here->hv, one, &E));
	for (int i = 0; i < 2; i++) {
		session_close(TAKE(S));
		session_start(&store_sqlite_ops);
		int64_t before = store_generation();
		_cleanup_loaded_ struct vm_loaded *l = act();
		cr_assert_str_eq(l->vifs[0]->network, one);
		cr_assert_eq(store_generation(), before);
		_cleanup_(network_free_cleanup) struct network *net = find(&network_class, one);
		str_replace(&net->name_label, "uplink");
		save(&network_class, net);
	}
	hv_mock_add_network(mock, again, "one", "virbr8");
	session_close(TAKE(S));
	session_start(&store_sqlite_ops);
	OK(networks_follow(S, &E));
	_cleanup_loaded_ struct vm_loaded *l = act();
	cr_assert_str_eq(l->vifs[0]->network, again);
}

/* As an older vxe imported it: the record stays, and check names the way out that nobody asked for. */
Test(drift, a_card_in_user_mode_is_not_in_its_network)
{
	static const char lan[] = "dddddddd-0000-4000-8000-00000000000d";
	_cleanup_free_ char *vda = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *devices = xasprintf(
		"%s<interface type='user'><mac address='52:54:00:00:00:02'/></interface>", vda);
	_cleanup_(network_free_cleanup) struct network *net = record_new(&network_class);
	struct findings f = { 0 };

	edit_devices(VM_A, "web", devices);
	_cleanup_loaded_ struct vm_loaded *l = act();
	net->r.uuid = xstrdup(lan);
	str_replace(&net->name_label, "lan");
	save(&network_class, net);
	str_replace(&l->vifs[0]->network, lan);
	save(&vif_class, l->vifs[0]);
	_cleanup_loaded_ struct vm_loaded *again = act();
	cr_assert_str_eq(again->vifs[0]->network, lan);
	OK(check_all(S, true, &f, &E));
	bool named = false;
	for (size_t i = 0; i < f.n; i++)
		named |= strstr(f.items[i].text, "is in user mode networking") != NULL;
	cr_assert(named);
	findings_clear(&f);
}

Test(drift, a_grown_file_is_measured_again)
{
	_cleanup_free_ char *path = at("a.qcow2");
	const char *const argv[] = { "qemu-img", "resize", "-q", "-f", "qcow2", path, "2M", NULL };

	OK(child_run(argv, path, NULL, &E));
	_cleanup_loaded_ struct vm_loaded *l = act();
	cr_assert_eq(l->disks[0].vdi->virtual_size, 2 << 20);
	cr_assert_eq(l->disks[0].node->virtual_size, 2 << 20);
}

Test(drift, a_running_disk_that_differs_from_the_definition_is_refused)
{
	make_image("snap.qcow2", "a.qcow2", "qcow2");
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	edit_disk(VM_A, "web", "snap.qcow2");
	refuses(VXE_DISK_CHANGED);
}

Test(drift, another_stores_domain_is_refused_until_taken_over)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *xml =
		xasprintf("<domain type='qemu'><name>web</name><uuid>" VM_A "</uuid><metadata>"
			  "<vxe:vm xmlns:vxe='urn:vxe:1' store='" VM_B "'/></metadata>"
			  "<memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os>"
			  "<devices>%s</devices></domain>",
			disk);

	hv_mock_set_xml(mock, VM_A, HV_XML_INACTIVE, xml);
	refuses(VXE_STORE_MISMATCH);
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);
	map_set(&vm->other_config, "take-over", "true");
	save(&vm_class, vm);
	vm_loaded_free(act());
}

Test(drift, an_operation_that_was_cut_off_is_left_to_recovery)
{
	_cleanup_(intent_free_cleanup) struct intent *intent = record_new(&intent_class);

	make_image("new.qcow2", "a.qcow2", "qcow2");
	intent->r.uuid = xstrdup("99999999-0000-4000-8000-000000000009");
	str_replace(&intent->object, VM_A);
	strv_add(&intent->objects, VM_A);
	save(&intent_class, intent);
	edit_disk(VM_A, "web", "new.qcow2");
	int64_t before = store_generation();
	vm_loaded_free(act());
	cr_assert_eq(store_generation(), before);
}

Test(drift, a_merge_below_the_leaf_is_left_to_recovery)
{
	_cleanup_(intent_free_cleanup) struct intent *intent = record_new(&intent_class);
	_cleanup_free_ char *top = at("top.qcow2");

	snapshot_by_vxe("a.qcow2", "top.qcow2");
	vm_loaded_free(act());
	_cleanup_(node_free_cleanup) struct node *a = node_of("a.qcow2");
	intent->r.uuid = xstrdup("99999999-0000-4000-8000-000000000009");
	strv_add(&intent->objects, a->r.uuid);
	save(&intent_class, intent);
	OK(image_set_backing(image_at(top), NULL, NULL, &E));
	int64_t before = store_generation();
	vm_loaded_free(act());
	cr_assert_eq(store_generation(), before);
}

static void snapshot_meanwhile(struct hv_mock *m, void *ctx)
{
	(void)m, (void)ctx;
	edit_disk(VM_A, "web", "snap.qcow2");
}

Test(drift, a_change_between_two_looks_is_seen)
{
	make_image("snap.qcow2", "a.qcow2", "qcow2");
	hv_mock_before(mock, "xml", snapshot_meanwhile, NULL);
	_cleanup_loaded_ struct vm_loaded *l = act();
	_cleanup_free_ char *path = at("snap.qcow2");
	cr_assert_str_eq(l->disks[0].path, path);
}

/* Another vxe takes a whole snapshot between the reads of the inactive and of the live XML. */
static void vxe_meanwhile(struct hv_mock *m, void *ctx)
{
	_cleanup_(node_free_cleanup) struct node *node = node_of("a.qcow2"), *made = NULL;
	_cleanup_records_ struct records vdis = all_of(&vdi_class);
	struct vdi *vdi = vdis.items[0];

	(void)ctx;
	made = record_copy(&node_class, node);
	str_replace(&made->r.uuid, "77777777-0000-4000-8000-000000000007");
	str_replace(&made->path, "snap.qcow2");
	str_replace(&made->parent, node->r.uuid);
	made->origin = NODE_MADE;
	str_replace(&vdi->node, made->r.uuid);
	save(&node_class, made);
	save(&vdi_class, vdi);
	edit_disk(VM_A, "web", "snap.qcow2");
	_cleanup_free_ char *xml = xstrdup(hv_mock_xml(m, VM_A, HV_XML_INACTIVE));
	hv_mock_set_xml(m, VM_A, HV_XML_LIVE, xml);
}

static void before_the_live_xml(struct hv_mock *m, void *ctx)
{
	hv_mock_before(m, "xml", vxe_meanwhile, ctx);
}

Test(drift, another_vxe_between_two_reads_is_no_drift)
{
	make_image("snap.qcow2", "a.qcow2", "qcow2");
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	hv_mock_before(mock, "xml", before_the_live_xml, NULL);
	_cleanup_loaded_ struct vm_loaded *l = act();
	cr_assert_eq(l->disks[0].node->origin, NODE_MADE);
	cr_assert_eq(count_of(&node_class), 2);
}

/* ---- settings -------------------------------------------------------------------------------- */

Test(drift, settings_reach_the_definition_and_the_record)
{
	_cleanup_(vm_free_cleanup) struct vm *before = find(&vm_class, VM_A);
	_cleanup_(vm_free_cleanup) struct vm *after = record_copy(&vm_class, before);

	str_replace(&after->name_label, "shop");
	after->memory_dynamic_max = after->memory_dynamic_min = 48 << 20;
	OK(vm_apply_settings(S, before, after, &E));
	_cleanup_loaded_ struct vm_loaded *l = act();
	cr_assert_str_eq(l->vm->name_label, "shop");
	cr_assert_eq(l->vm->memory_dynamic_min, 48 << 20);
	cr_assert_str_eq(l->spec->title, "shop");
	cr_assert_str_eq(l->spec->name, "web");
	cr_assert_eq(l->spec->memory, 48 << 20);
	cr_assert_str_eq(l->spec->store, S->store_uuid);
	cr_assert_eq(count_of(&intent_class), 0);
}

/* other-config:auto_poweron is libvirt's autostart. */
static const char *auto_poweron(void)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);
	static char value[8];

	snprintf(value, sizeof(value), "%s", map_get(&vm->other_config, "auto_poweron") ?: "-");
	return value;
}

static int set_auto_poweron(const char *value, int state)
{
	_cleanup_(vm_free_cleanup) struct vm *before = find(&vm_class, VM_A);

	before->power_state = state;
	save(&vm_class, before);
	_cleanup_(vm_free_cleanup) struct vm *after = record_copy(&vm_class, before);
	map_set(&after->other_config, "auto_poweron", value);
	next_command();
	return vm_apply_settings(S, before, after, &E);
}

Test(drift, autostart_goes_both_ways)
{
	vm_loaded_free(act());
	cr_expect_str_eq(auto_poweron(), "-");
	OK(set_auto_poweron("true", POWER_HALTED));
	cr_expect(hv_mock_autostart(mock, VM_A));
	cr_expect_str_eq(auto_poweron(), "true");
	hv_mock_set_autostart(mock, VM_A, false);
	vm_loaded_free(act());
	cr_expect_str_eq(auto_poweron(), "false", "virsh autostart --disable");
	hv_mock_set_autostart(mock, VM_A, true);
	vm_loaded_free(act());
	cr_expect_str_eq(auto_poweron(), "true");
	hv_mock_fail(mock, "define", 0, HV_MOCK_BEFORE, "no");
	FAILS(VXE_HYPERVISOR_FAILED, set_auto_poweron("false", POWER_HALTED));
	cr_expect(hv_mock_autostart(mock, VM_A), "all or nothing");
	cr_expect_str_eq(auto_poweron(), "true");
	OK(set_auto_poweron("false", POWER_HALTED));
	cr_expect_not(hv_mock_autostart(mock, VM_A));
	cr_expect_eq(count_of(&intent_class), 0);
}

Test(drift, a_suspended_vm_does_not_start_with_the_host)
{
	OK(set_auto_poweron("true", POWER_SUSPENDED));
	cr_expect_not(hv_mock_autostart(mock, VM_A));
	vm_loaded_free(act());
	cr_expect_str_eq(auto_poweron(), "true", "the wish stays");
}

Test(drift, settings_that_fail_change_nothing)
{
	_cleanup_(vm_free_cleanup) struct vm *before = find(&vm_class, VM_A);
	_cleanup_(vm_free_cleanup) struct vm *after = record_copy(&vm_class, before);
	_cleanup_free_ char *xml = xstrdup(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE));

	str_replace(&after->name_label, "shop");
	hv_mock_fail(mock, "define", 0, HV_MOCK_BEFORE, "no");
	FAILS(VXE_HYPERVISOR_FAILED, vm_apply_settings(S, before, after, &E));
	_cleanup_(vm_free_cleanup) struct vm *now = find(&vm_class, VM_A);
	cr_assert_str_eq(now->name_label, "web");
	cr_assert_str_eq(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE), xml);
	cr_assert_eq(count_of(&intent_class), 0);
}

Test(drift, a_field_that_somebody_else_changed_is_not_overwritten)
{
	_cleanup_(vm_free_cleanup) struct vm *before = find(&vm_class, VM_A);
	_cleanup_(vm_free_cleanup) struct vm *after = record_copy(&vm_class, before);
	_cleanup_(vm_free_cleanup) struct vm *other = record_copy(&vm_class, before);

	str_replace(&after->name_description, "mine");
	str_replace(&other->name_description, "theirs");
	OK(vm_apply_settings(S, before, other, &E));
	FAILS(VXE_TRY_AGAIN, vm_apply_settings(S, before, after, &E));
	str_replace(&after->name_description, before->name_description);
	str_replace(&after->name_label, "shop");
	OK(vm_apply_settings(S, before, after, &E));
	_cleanup_(vm_free_cleanup) struct vm *now = find(&vm_class, VM_A);
	cr_assert_str_eq(now->name_label, "shop");
	cr_assert_str_eq(now->name_description, "theirs");
}

/* ---- the ways out ---------------------------------------------------------------------------- */

static char *take_snapshot(void)
{
	char *uuid = NULL;

	next_command();
	OK(vm_snapshot(S, VM_A, &(struct vm_snapshot_args){ .name_label = "s" }, &uuid, &E));
	return uuid;
}

static char *leaf_of(void)
{
	_cleanup_loaded_ struct vm_loaded *l = act();

	return xstrdup(l->disks[0].path);
}

/* Writes a byte to a file of the test, as a mark that the file was written to. */
static void write_byte(const char *path, const char *pattern)
{
	_cleanup_free_ char *command = xasprintf("write -q -P %s 0 4k", pattern);
	const char *const argv[] = { "qemu-io", "-f", "qcow2", "-c", command, path, NULL };
	_cleanup_free_ char *output = NULL;

	OK(child_run(argv, path, &output, &E));
}

static void expect_byte(const char *path, const char *pattern)
{
	_cleanup_free_ char *command = xasprintf("read -P %s 0 4k", pattern);
	const char *const argv[] = { "qemu-io", "-r", "-f", "qcow2", "-c", command, path, NULL };
	_cleanup_free_ char *output = NULL;

	OK(child_run(argv, path, &output, &E));
	cr_assert(!strstr(output, "failed"), "%s: %s", path, output);
}

/* A snapshot of "1", then the guest wrote "2", then another program defined the old XML again. */
static char *old_xml_again(char **leaf)
{
	_cleanup_free_ char *first = at("a.qcow2");

	write_byte(first, "1");
	char *uuid = take_snapshot();

	*leaf = leaf_of();
	write_byte(*leaf, "2");
	edit_disk(VM_A, "web", "a.qcow2");
	refuses(VXE_DISK_CHANGED);
	return uuid;
}

static char *path_in_definition(void)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct hv *hv;

	OK(session_hv(S->here, &hv, &E));
	OK(spec_read(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE), &spec, &E));
	return xstrdup(spec->disks[0].path);
}

/* True if a VDI without a VBD has the file, and its content exists. */
static bool is_unattached(const char *path)
{
	_cleanup_records_ struct records vdis = all_of(&vdi_class), vbds = all_of(&vbd_class);
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(node_free_cleanup) struct node *node = NULL;
	bool found = false;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(node_by_path(S, t, path, &node, &E));
	for (size_t i = 0; node && i < vdis.n; i++) {
		const struct vdi *vdi = vdis.items[i];
		bool used = false;

		for (size_t k = 0; k < vbds.n; k++)
			used |= str_eq(((const struct vbd *)vbds.items[k])->vdi, vdi->r.uuid);
		found |= str_eq(vdi->node, node->r.uuid) && vdi->managed && !vdi->is_a_snapshot &&
			!used;
	}
	return found;
}

static void adopt_disks(enum adopt_keep keep, size_t n_lines)
{
	_cleanup_strv_ struct strv shown = { 0 }, done = { 0 };
	int64_t before = store_generation();

	next_command();
	OK(vm_adopt_disks(S, VM_A, keep, true, &shown, &E));
	cr_assert_eq(store_generation(), before, "a dry run writes nothing");
	cr_assert_eq(shown.n, n_lines);
	next_command();
	OK(vm_adopt_disks(S, VM_A, keep, false, &done, &E));
	cr_assert_eq(done.n, n_lines);
}

Test(drift, the_refusal_names_both_files_and_the_way_out)
{
	_cleanup_free_ char *leaf = NULL, *snapshot = old_xml_again(&leaf), *named = at("a.qcow2");
	struct vm_loaded *l = NULL;

	cr_assert_eq(vm_load(S, VM_A, VM_LOAD_ACT, &l, &E), -1);
	cr_expect_str_eq(E.params[1], leaf);
	cr_expect(str_starts(E.params[2], named), "%s", E.params[2]);
	cr_expect_not_null(strstr(E.params[2], "vm-adopt-disks uuid=" VM_A " keep=records"));
	error_clear(&E);
}

Test(drift, a_revert_replaces_changed_disks)
{
	_cleanup_free_ char *leaf = NULL, *snapshot = old_xml_again(&leaf), *named = at("a.qcow2");

	next_command();
	OK(snapshot_revert(S, snapshot, &E));
	_cleanup_free_ char *now = leaf_of();
	cr_assert_str_neq(now, leaf);
	cr_assert_str_neq(now, named);
	expect_byte(now, "1");
	expect_byte(leaf, "2");
	cr_assert(is_unattached(leaf), "what the records had stays");
	cr_assert_eq(notices.n, 2);
}

Test(drift, back_to_the_records)
{
	_cleanup_free_ char *leaf = NULL, *snapshot = old_xml_again(&leaf);

	adopt_disks(KEEP_RECORDS, 1);
	_cleanup_free_ char *now = leaf_of(), *defined = path_in_definition();
	cr_assert_str_eq(now, leaf);
	cr_assert_str_eq(defined, leaf);
	expect_byte(now, "2");
	adopt_disks(KEEP_RECORDS, 0);
}

/* The file is the snapshot's content: the VM must not write to it. */
Test(drift, on_with_a_frozen_file_of_the_definition)
{
	_cleanup_free_ char *leaf = NULL, *snapshot = old_xml_again(&leaf), *named = at("a.qcow2");

	adopt_disks(KEEP_DEFINITION, 1);
	_cleanup_free_ char *now = leaf_of(), *defined = path_in_definition();
	cr_assert_str_eq(now, defined);
	cr_assert_str_neq(now, named);
	expect_byte(now, "1");
	expect_byte(leaf, "2");
	cr_assert(is_unattached(leaf));
	write_byte(now, "3");
	next_command();
	OK(snapshot_revert(S, snapshot, &E));
	_cleanup_free_ char *again = leaf_of();
	expect_byte(again, "1");
}

Test(drift, on_with_a_file_of_somebodys)
{
	_cleanup_free_ char *leaf = NULL, *snapshot = old_xml_again(&leaf), *other = at("b.qcow2");

	make_image("b.qcow2", NULL, NULL);
	write_byte(other, "9");
	edit_disk(VM_A, "web", "b.qcow2");
	adopt_disks(KEEP_DEFINITION, 1);
	_cleanup_free_ char *now = leaf_of();
	cr_assert_str_eq(now, other);
	cr_assert(is_unattached(leaf));
	expect_byte(leaf, "2");
	expect_byte(other, "9");
}

Test(drift, a_running_guest_is_not_taken_off_its_file)
{
	_cleanup_free_ char *leaf = NULL, *snapshot = old_xml_again(&leaf), *defined = NULL;
	_cleanup_strv_ struct strv lines = { 0 };

	hv_mock_set_state(mock, VM_A, HV_RUNNING); /* on the old file */
	next_command();
	FAILS(VM_BAD_POWER_STATE, vm_adopt_disks(S, VM_A, KEEP_RECORDS, false, &lines, &E));
	FAILS(VM_BAD_POWER_STATE, vm_adopt_disks(S, VM_A, KEEP_DEFINITION, false, &lines, &E));
	OK(vm_shutdown(S, VM_A, true, &E));
	adopt_disks(KEEP_RECORDS, 1);

	/* With the file on record vxe does not notice. */
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	edit_disk(VM_A, "web", "a.qcow2");
	refuses(VXE_DISK_CHANGED);
	adopt_disks(KEEP_RECORDS, 1);
	defined = path_in_definition();
	cr_assert_str_eq(defined, leaf);
	cr_assert_eq(hv_mock_state(mock, VM_A), HV_RUNNING);
}

Test(drift, a_suspended_vm_that_was_defined_anew_has_its_ways_out)
{
	_cleanup_free_ char *leaf = leaf_of();
	_cleanup_strv_ struct strv lines = { 0 };

	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	next_command();
	OK(vm_suspend(S, VM_A, false, &E));
	edit_disk(VM_A, "web", "a.qcow2");
	refuses(VXE_DISK_CHANGED);
	next_command();
	FAILS(VM_BAD_POWER_STATE, vm_adopt_disks(S, VM_A, KEEP_RECORDS, false, &lines, &E));
	OK(vm_resume(S, VM_A, RESUME_DISCARD, &E));
	cr_assert_eq(hv_mock_state(mock, VM_A), HV_RUNNING);
}
