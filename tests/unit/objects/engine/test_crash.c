/* SPDX-License-Identifier: MIT */
/* Failures in the operations on a VM: power, settings, snapshots, memory, layers. */
#include "tests/unit/crash_play.h"

#include "objects/classes/storage/node_names.h"
#include "objects/domain/adopt.h"
#include "objects/storage/vdi_flatten.h"
#include "objects/storage/vdi_merge.h"
#include "objects/storage/vdi_snapshot.h"
#include "objects/vm/vm_destroy.h"
#include "objects/vm/vm_lifecycle.h"
#include "objects/vm/vm_ops.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "objects/vm/snapshot/vm_uninstall.h"
#include "objects/disks/images/image_make.h"
#include "tests/image_at.h"

TestSuite(crash, .init = host_start, .fini = host_stop);

static int start(struct vxe_error *err)
{
	return vm_start(S, VM_A, 0, err);
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

/* libvirt's own snapshot "in", inside the image of the first disk. */
static void with_kept(void)
{
	_cleanup_free_ char *doc = xasprintf(
		"<domainsnapshot><name>in</name><state>shutoff</state><creationTime>7</"
		"creationTime>"
		"<disks><disk name='vda' snapshot='internal'/></disks>%s</domainsnapshot>",
		hv_mock_xml(mock, VM_A, HV_XML_INACTIVE));
	struct hv *hv;

	OK(session_hv(S->here, &hv, &E));
	OK(hv_snapshot_put(hv, VM_A, doc, false, &E));
	next_command();
	OK(adopt_domains(S, &E));
}

static int revert_kept(struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records found = { 0 };

	if (txn_begin(S->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vm_class, "name_label", "in", &found, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	return snapshot_revert(S, ((const struct vm *)found.items[0])->r.uuid, err);
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

static int uninstall(const char *uuid, enum end_with with, struct vxe_error *err)
{
	_cleanup_strv_ struct strv vms = { 0 };
	_cleanup_uninstall_ struct uninstall *u = NULL;

	strv_add(&vms, uuid);
	if (uninstall_plan(S, &vms, with, &u, err) < 0)
		return -1;
	return uninstall_run(S, u, err);
}

static int uninstall_all(struct vxe_error *err)
{
	return uninstall(VM_A, END_WITH_SNAPSHOTS, err);
}

static int uninstall_zero(struct vxe_error *err)
{
	return uninstall(zero, END_ALONE, err);
}

/* Below the checkpoint "zero" are a checkpoint and, below that, a snapshot. */
static void with_children(void)
{
	_cleanup_free_ char *two = NULL, *three = NULL;
	const struct vm_snapshot_args below = { .name_label = "below" };
	const struct vm_snapshot_args lowest = { .name_label = "lowest" };

	with_checkpoint();
	OK(vm_checkpoint(S, VM_A, &below, &two, &E));
	OK(vm_snapshot(S, VM_A, &lowest, &three, &E));
	next_command();
}

static int uninstall_family(struct vxe_error *err)
{
	return uninstall(zero, END_WITH_CHILDREN, err);
}

static int destroy_family(struct vxe_error *err)
{
	return snapshot_destroy(S, zero, END_WITH_CHILDREN, err);
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

/* With memory and VCPUs of the running guest. */
static int set_live(struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *before = find(&vm_class, VM_A);
	_cleanup_(vm_free_cleanup) struct vm *after = record_copy(&vm_class, before);

	after->memory_dynamic_max = before->memory_dynamic_max / 2;
	after->vcpus_at_startup = 1;
	return vm_apply_vcpus(S, before, after, err);
}

/* vxe made the layers between the user's files and the leaf; they are small. */
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

/* A foreign layer is on that of "two", so no layer below may get another name. */
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
		&(struct image_overlay){ image_at(mine), frozen, "qcow2", SIZE }, 1, NULL, &E));
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

static int resume(struct vxe_error *err)
{
	return vm_resume(S, VM_A, 0, err);
}

/* As 'virsh save' does it. */
static void saved_to_a_file(void)
{
	_cleanup_free_ char *path = at("saved");
	_cleanup_job_ struct hv_job *job = NULL;
	struct hv *hv;

	running();
	(void)unlink(path);
	OK(session_hv(S->here, &hv, &E));
	OK(hv_save_start(hv, VM_A, path, 0, &job, &E));
	while (hv_poll(job, NULL, &E) > 0)
		continue;
	OK(E.code);
}

static int resume_file(struct vxe_error *err)
{
	_cleanup_free_ char *path = at("saved");

	return vm_resume_file(S, VM_A, path, 0, err);
}

static int discard(struct vxe_error *err)
{
	return vm_resume(S, VM_A, RESUME_DISCARD, err);
}

static int checkpoint(struct vxe_error *err)
{
	const struct vm_snapshot_args args = { .name_label = "point" };
	_cleanup_free_ char *uuid = NULL;

	return vm_checkpoint(S, VM_A, &args, &uuid, err);
}

/* Another program starts it, the guest writes and powers off. */
static void guards_touched(void)
{
	_cleanup_records_ struct records disks = { 0 };

	suspended();
	disks = disks_of(VM_A);
	_cleanup_(node_free_cleanup) struct node *node =
		find(&node_class, ((struct vbd *)disks.items[0])->guard);
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_free_ char *path = NULL;
	const char *const argv[] = { "qemu-io", "-f", "qcow2", "-c", "write -z 512k 64k", NULL,
		NULL };
	const char *args[ARRAY_LEN(argv)];

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(node_path(t, node, &path, &E));
	memcpy(args, argv, sizeof(argv));
	args[5] = path;
	OK(child_run(args, args[0], NULL, &E));
	is_touched = true;
}

static void with_checkpoint_suspended(void)
{
	with_checkpoint();
	OK(suspend(&E));
}

static int snapshot_disk(struct vxe_error *err)
{
	_cleanup_free_ char *uuid = NULL;

	return vdi_snapshot(S, vdis.items[0], &uuid, err);
}

static int flatten_disk(struct vxe_error *err)
{
	return vdi_flatten(S, vdis.items[0], &(struct vdi_flatten_args){ 0 }, err);
}

static int flatten_snapshot(struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(records_load(t, &vbd_class, "vm", zero, &vbds, &E));
	txn_abort(TAKE(t));
	return vdi_flatten(
		S, ((const struct vbd *)vbds.items[0])->vdi, &(struct vdi_flatten_args){ 0 }, err);
}

static void another_snapshot(void)
{
	OK(snapshot(&E));
}

/* Onto the layer below the two uppermost. */
static int flatten_part(struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = find(&vdi_class, vdis.items[0]);
	_cleanup_records_ struct records chain = { 0 };
	_cleanup_free_ char *base = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(node_chain(t, vdi->node, &chain, &E));
	OK(node_vdi(t, ((const struct node *)chain.items[2])->r.uuid, &base, &E));
	txn_abort(TAKE(t));
	return vdi_flatten(S, vdis.items[0], &(struct vdi_flatten_args){ .base = base }, err);
}

static void another_snapshot_running(void)
{
	another_snapshot();
	running();
}

/* Another program puts two layers on the disk. */
static void with_layers_of_others(void)
{
	_cleanup_free_ char *ours = path_of_vdi(vdis.items[0]), *mine = at("e.qcow2");
	_cleanup_free_ char *xml = xstrdup(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE)), *after;
	_cleanup_free_ char *top = at("f.qcow2");
	const struct image_overlay layers[] = { { image_at(mine), ours, "qcow2", SIZE },
		{ image_at(top), mine, "qcow2", SIZE } };

	for (size_t i = 0; i < ARRAY_LEN(layers); i++) {
		OK(image_make_overlays(&layers[i], 1, NULL, &E));
		OK(child_run((const char *const[]){ "qemu-io", "-f", "qcow2", "-c",
				     i ? "write -P 9 512k 64k" : "write -P 8 256k 32k",
				     content_place(layers[i].at), NULL },
			content_place(layers[i].at), NULL, &E));
	}
	char *found = strstr(xml, ours);

	cr_assert(found);
	*found = '\0';
	after = xasprintf("%s%s%s", xml, top, found + strlen(ours));
	hv_mock_set_xml(mock, VM_A, HV_XML_INACTIVE, after);
	next_command();
	OK(rename_vm("a", &E)); /* the records follow */
}

static void with_layers_of_others_running(void)
{
	with_layers_of_others();
	running();
}

static int merge_layers(const char *base, const char *top, struct vxe_error *err)
{
	_cleanup_free_ char *b = base ? at(base) : NULL, *t = top ? at(top) : NULL;

	return vdi_merge(S, vdis.items[0], &(struct vdi_merge_args){ .base = b, .top = t }, err);
}

static int merge_leaf(struct vxe_error *err)
{
	return merge_layers("e.qcow2", NULL, err);
}

/* Into vxe's own layer. */
static int merge_middle(struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = find(&vdi_class, vdis.items[0]);
	_cleanup_records_ struct records chain = { 0 };
	_cleanup_free_ char *base = NULL, *top = at("e.qcow2");
	_cleanup_txn_ struct txn *t = NULL;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(node_chain(t, vdi->node, &chain, &E));
	for (size_t i = 0; i < chain.n && !base; i++) {
		const struct node *n = chain.items[i];

		if (n->origin == NODE_MADE)
			OK(node_vdi(t, n->r.uuid, &base, &E));
	}
	txn_abort(TAKE(t));
	return vdi_merge(
		S, vdis.items[0], &(struct vdi_merge_args){ .base = base, .top = top }, err);
}

static int clone_disk(struct vxe_error *err)
{
	_cleanup_free_ char *uuid = NULL;

	return vdi_clone(S, vdis.items[0], "clone", NULL, &uuid, err);
}

/* Another program defines the XML from before the snapshot "zero" again. */
static void old_definition(void)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, zero);

	hv_mock_set_xml(mock, VM_A, HV_XML_INACTIVE, vm->domain_xml);
	next_command();
	is_drifted = true;
}

static int adopt_disks(enum adopt_keep keep, struct vxe_error *err)
{
	_cleanup_strv_ struct strv lines = { 0 };

	return vm_adopt_disks(S, VM_A, keep, false, &lines, err);
}

static int adopt_records(struct vxe_error *err)
{
	return adopt_disks(KEEP_RECORDS, err);
}

static int adopt_definition(struct vxe_error *err)
{
	return adopt_disks(KEEP_DEFINITION, err);
}

static const struct scene scenes[] = {
	{ "vm-adopt-disks", "records", 2, false, old_definition, adopt_records },
	{ "vm-adopt-disks", "definition", 2, false, old_definition, adopt_definition },
	{ "snapshot-revert", "of an old definition", 2, false, old_definition, revert },
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
	{ "vm-resume", "from a file", 2, false, saved_to_a_file, resume_file },
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
	{ "vm-uninstall", "with children", 1, false, with_children, uninstall_family },
	{ "vm-destroy", "with children", 1, false, with_children, destroy_family },
	{ "vm-snapshot", "running", 2, false, running, snapshot },
	{ "vm-snapshot", "halted", 2, false, nothing, snapshot },
	{ "snapshot-revert", "running", 2, true, running, revert },
	{ "snapshot-revert", "halted", 2, false, nothing, revert },
	{ "kept-revert", "", 1, false, with_kept, revert_kept },
	{ "vm-destroy", "", 2, false, nothing, destroy },
	{ "vm-uninstall", "running", 2, true, running_with_own_disk, uninstall_all },
	{ "vm-disk-add", "running", 1, false, running, add_disk },
	{ "vm-disk-add", "halted", 1, false, nothing, add_disk },
	{ "vm-param-set", "", 1, false, nothing, set },
	{ "vm-param-set", "live", 1, false, running, set_live },
	{ "vm-param-set", "autostart", 1, false, nothing, set_autostart },
	{ "coalesce-commit", "live", 1, false, two_more_running, uninstall_zero },
	{ "coalesce-commit", "offline", 1, false, little_below, uninstall_zero },
	{ "coalesce-commit", "of the active layer", 1, false, little_below_running,
		uninstall_zero },
	{ "coalesce-pull", "offline", 1, false, two_more_below_a_strangers, uninstall_zero },
	{ "vdi-snapshot", "running", 2, false, running, snapshot_disk },
	{ "vdi-snapshot", "clone, running", 2, false, running, clone_disk },
	{ "vdi-snapshot", "clone, halted", 2, false, nothing, clone_disk },
	{ "vdi-flatten", "running", 2, false, running, flatten_disk },
	{ "vdi-flatten", "running, onto a base", 2, false, another_snapshot_running, flatten_part },
	{ "vdi-flatten", "halted", 2, false, nothing, flatten_disk },
	{ "vdi-flatten", "halted, onto a base", 2, false, another_snapshot, flatten_part },
	{ "vdi-flatten", "snapshot", 2, false, nothing, flatten_snapshot },
	{ "vdi-merge", "leaf, running", 2, false, with_layers_of_others_running, merge_leaf },
	{ "vdi-merge", "leaf, halted", 2, false, with_layers_of_others, merge_leaf },
	{ "vdi-merge", "middle, running", 2, false, with_layers_of_others_running, merge_middle },
	{ "vdi-merge", "middle, halted", 2, false, with_layers_of_others, merge_middle },
};

CRASH_VM(PLAY_ALL)

/* Each operation has scenes in one of the files; vm-migrate, which needs two hosts, in test_migrate.c. */
Test(crash, every_operation_has_a_scene)
{
#define NAME_OF(name, op) op,
	static const char *const known[] = {
		CRASH_VM(NAME_OF) CRASH_COPIES(NAME_OF) CRASH_DEVICES(NAME_OF) "vm-migrate", NULL
	};

	for (size_t i = 0; op_types[i]; i++) {
		size_t k = 0;

		while (known[k] && !str_eq(known[k], op_types[i]->name))
			k++;
		cr_assert(known[k], "%s has no scene", op_types[i]->name);
	}
}
