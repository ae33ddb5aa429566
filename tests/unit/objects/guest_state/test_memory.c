/* SPDX-License-Identifier: MIT */
/* Suspend, resume and checkpoints on the mock: what is refused, kept and dropped. */
#include "tests/unit/host_fixture.h"

#include "backends/child/child.h"
#include "backends/content/content.h"
#include "objects/check/check.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm_loaded.h"
#include "objects/domain/adopt.h"
#include "objects/domain/vm_load.h"
#include "objects/disks/merge/coalesce.h"
#include "objects/disks/disks.h"
#include "objects/vm/vm_apply.h"
#include "objects/vm/vm_destroy.h"
#include "objects/vm/vm_lifecycle.h"
#include "objects/vm/vm_ops.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "tests/image_at.h"

#include <dirent.h>
#include <fcntl.h>

#define OLD 1000 /* the counter of a guest that has run for long */

TestSuite(memory, .init = host_start_mem, .fini = host_stop);

static void make_guest(const char *memory_mib, const char *more)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", "a.qcow2");
	_cleanup_free_ char *devices = xasprintf("%s%s", disk, more);
	_cleanup_free_ char *xml = domain_xml(VM_A, "web", devices);
	char *memory = strstr(xml, "<memory unit='MiB'>64</memory>");
	_cleanup_free_ char *whole = xasprintf(
		"%.*s<memory unit='MiB'>%s</memory><currentMemory unit='MiB'>%s</currentMemory>%s",
		(int)(memory - xml), xml, memory_mib, memory_mib, strstr(xml, "<vcpu>"));

	make_image("a.qcow2", NULL, NULL);
	hv_mock_add(mock, whole, HV_RUNNING);
	hv_mock_set_ram(mock, VM_A, OLD);
	OK(adopt_domains(S, &E));
}

static struct vm *the_vm(void)
{
	return find(&vm_class, VM_A);
}

static void set_state(enum hv_state state)
{
	hv_mock_set_state(mock, VM_A, state);
	next_command();
}

static void suspend(void)
{
	OK(vm_suspend(S, VM_A, false, &E));
	next_command();
}

static char *checkpoint(void)
{
	const struct vm_snapshot_args args = { .name_label = "point" };
	char *uuid = NULL;

	OK(vm_checkpoint(S, VM_A, &args, &uuid, &E));
	next_command();
	return uuid;
}

static int checkpoint_fails(void)
{
	const struct vm_snapshot_args args = { .name_label = "point" };
	_cleanup_free_ char *uuid = NULL;

	return vm_checkpoint(S, VM_A, &args, &uuid, &E);
}

static int rename_fails(void)
{
	_cleanup_(vm_free_cleanup) struct vm *before = the_vm();
	_cleanup_(vm_free_cleanup) struct vm *after = record_copy(&vm_class, before);

	str_replace(&after->name_label, "changed");
	next_command();
	return vm_apply_settings(S, before, after, &E);
}

/* The guard of the Suspended VM's disk; NULL: none. */
static char *guard_path(void)
{
	_cleanup_records_ struct records vbds = all_of(&vbd_class);
	_cleanup_txn_ struct txn *t = NULL;

	for (size_t i = 0; i < vbds.n; i++) {
		const struct vbd *b = vbds.items[i];
		_cleanup_(node_free_cleanup) struct node *n =
			b->guard ? find(&node_class, b->guard) : NULL;
		char *path;

		if (!n)
			continue;
		OK(txn_begin(S->store, TXN_READ, &t, &E));
		OK(node_path(t, n, &path, &E));
		return path;
	}
	return NULL;
}

static void write_to(const char *path, const char *command)
{
	const char *const argv[] = { "qemu-io", "-f", "qcow2", "-c", command, path, NULL };

	OK(child_run(argv, argv[0], NULL, &E));
}

static size_t images(void)
{
	_cleanup_records_ struct records nodes = all_of(&node_class);
	size_t n = 0;

	for (size_t i = 0; i < nodes.n; i++)
		n += ((const struct node *)nodes.items[i])->kind == NODE_MEMORY;
	return n;
}

static void is_clean(void)
{
	_cleanup_findings_ struct findings found = { 0 };

	next_command();
	OK(check_all(S, false, &found, &E));
	for (size_t i = 0; i < found.n; i++)
		cr_expect(false, "%s: %s", found.items[i].object, found.items[i].text);
	next_command();
}

static void expect_state(int state)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = the_vm();

	cr_expect_eq(vm->power_state, state);
}

/* ---- refused --------------------------------------------------------------------------------- */

Test(memory, devices_that_no_image_can_hold)
{
	make_guest("64",
		"<hostdev mode='subsystem' type='pci' managed='yes'><source>"
		"<address domain='0' bus='1' slot='0' function='0'/></source></hostdev>");
	FAILS(VM_HAS_PCI_ATTACHED, vm_suspend(S, VM_A, false, &E));
	FAILS(VM_HAS_PCI_ATTACHED, checkpoint_fails());
	expect_state(POWER_HALTED);
}

Test(memory, shared_file_systems)
{
	make_guest(
		"64", "<filesystem type='mount'><source dir='/x'/><target dir='x'/></filesystem>");
	FAILS(VM_NON_SUSPENDABLE, vm_suspend(S, VM_A, false, &E));
	FAILS(VM_NON_SUSPENDABLE, checkpoint_fails());
}

Test(memory, no_room_for_it)
{
	make_guest("1099511627776", "");
	FAILS(SR_SUSPEND_SPACE_INSUFFICIENT, vm_suspend(S, VM_A, false, &E));
	FAILS(SR_SUSPEND_SPACE_INSUFFICIENT, checkpoint_fails());
}

Test(memory, no_sr_for_it)
{
	make_guest("64", "");
	_cleanup_records_ struct records pools = all_of(&pool_class);
	struct pool *pool = pools.items[0];

	str_replace(&pool->suspend_image_sr, NULL);
	save(&pool_class, pool);
	FAILS(VM_NO_SUSPEND_SR, vm_suspend(S, VM_A, false, &E));
	FAILS(VM_NO_SUSPEND_SR, checkpoint_fails());
}

Test(memory, the_sr_of_the_pool_for_one_that_is_gone)
{
	make_guest("64", "");
	_cleanup_(vm_free_cleanup) struct vm *vm = the_vm();

	str_replace(&vm->suspend_sr, VM_B);
	save(&vm_class, vm);
	suspend();
	cr_expect_eq(images(), 1);
}

Test(memory, wrong_states)
{
	make_guest("64", "");
	FAILS(VM_BAD_POWER_STATE, vm_resume(S, VM_A, 0, &E));
	set_state(HV_SHUTOFF);
	FAILS(VM_BAD_POWER_STATE, vm_suspend(S, VM_A, false, &E));
	FAILS(VM_BAD_POWER_STATE, checkpoint_fails());
}

Test(memory, image_lost)
{
	make_guest("64", "");
	suspend();
	_cleanup_(vm_free_cleanup) struct vm *vm = the_vm();
	_cleanup_(vdi_free_cleanup) struct vdi *image = find(&vdi_class, vm->suspend_vdi);
	_cleanup_(node_free_cleanup) struct node *node = find(&node_class, image->node);
	_cleanup_free_ char *path = xasprintf("%s/images/vxe/%s", dir, node->path);

	OK(content_remove(image_at(path), &E));
	FAILS(SUSPEND_IMAGE_NOT_ACCESSIBLE, vm_resume(S, VM_A, 0, &E));
	FAILS(SUSPEND_IMAGE_NOT_ACCESSIBLE, checkpoint_fails());
	str_replace(&vm->suspend_vdi, VM_B);
	save(&vm_class, vm);
	FAILS(VM_HAS_NO_SUSPEND_VDI, vm_resume(S, VM_A, 0, &E));
	OK(vm_shutdown(S, VM_A, true, &E));
	expect_state(POWER_HALTED);
}

Test(memory, a_saved_state_of_libvirts_own)
{
	make_guest("64", "");
	suspend();
	hv_mock_set_managed_save(mock, VM_A, true);
	FAILS(VXE_MANAGED_SAVE, vm_resume(S, VM_A, 0, &E));
	hv_mock_set_managed_save(mock, VM_A, false);
	OK(vm_resume(S, VM_A, 0, &E));
}

/* ---- saved to a file, as by virsh -------------------------------------------------------------- */

static void save_to(const char *path)
{
	_cleanup_job_ struct hv_job *job = NULL;
	struct hv *hv;

	OK(session_hv(S->here, &hv, &E));
	OK(hv_save_start(hv, VM_A, path, 0, &job, &E));
	while (hv_poll(job, NULL, &E) > 0)
		continue;
	OK(E.code);
	next_command();
}

static int resume_from(const char *path, unsigned flags)
{
	int r = vm_resume_file(S, VM_A, path, flags, &E);

	next_command();
	return r;
}

Test(memory, a_file_goes_on_once)
{
	make_guest("64", "");
	_cleanup_free_ char *path = at("saved"), *disk = at("a.qcow2");

	FAILS(VM_BAD_POWER_STATE, resume_from(disk, 0));
	save_to(path);
	FAILS(VXE_MEMORY_UNFIT, resume_from(disk, RESUME_FORCE));
	OK(resume_from(path, RESUME_PAUSED));
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_PAUSED);
	cr_expect_eq(hv_mock_ram(mock, VM_A), OLD);
	cr_expect_eq(hv_mock_image_ram(path), OLD);
	cr_expect_eq(images(), 0);
	set_state(HV_SHUTOFF);
	FAILS(VXE_MEMORY_UNFIT, resume_from(path, 0));
	OK(resume_from(path, RESUME_FORCE));
	cr_expect_eq(hv_mock_ram(mock, VM_A), OLD);
	is_clean();
}

Test(memory, a_file_does_not_fit_what_was_written_since)
{
	make_guest("64", "");
	_cleanup_free_ char *path = at("saved"), *disk = at("a.qcow2");

	save_to(path);
	write_to(disk, "write -q 0 512");
	FAILS(VXE_MEMORY_UNFIT, resume_from(path, 0));
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_SHUTOFF);
	OK(resume_from(path, RESUME_FORCE));
	cr_expect_eq(hv_mock_ram(mock, VM_A), OLD);
}

Test(memory, a_file_of_a_vm_that_libvirt_has_saved)
{
	make_guest("64", "");
	_cleanup_free_ char *path = at("saved");

	save_to(path);
	hv_mock_set_managed_save(mock, VM_A, true);
	FAILS(VXE_MANAGED_SAVE, resume_from(path, RESUME_FORCE));
	hv_mock_set_managed_save(mock, VM_A, false);
	OK(resume_from(path, 0));
}

/* ---- started outside vxe --------------------------------------------------------------------- */

static void everything_is_refused(void)
{
	const struct vm_snapshot_args args = { .name_label = "s" };
	_cleanup_free_ char *uuid = NULL;

	next_command();
	FAILS(VXE_DISK_CHANGED, vm_resume(S, VM_A, 0, &E));
	FAILS(VXE_DISK_CHANGED, vm_snapshot(S, VM_A, &args, &uuid, &E));
	FAILS(VXE_DISK_CHANGED, checkpoint_fails());
	FAILS(VXE_DISK_CHANGED, rename_fails());
	FAILS(VXE_DISK_CHANGED, vm_suspend(S, VM_A, false, &E));
	FAILS(VXE_DISK_CHANGED, vm_shutdown(S, VM_A, false, &E));
	cr_expect_eq(vm_resume(S, VM_A, 0, &E), -1);
	cr_expect(strstr(E.params[2], "discard-changes=true"));
	cr_expect(strstr(E.params[2], "vm-shutdown --force"));
	error_clear(&E);
	expect_state(POWER_SUSPENDED);
}

static void touched(const char *command)
{
	make_guest("64", "");
	suspend();
	_cleanup_free_ char *path = guard_path();
	write_to(path, command);
	everything_is_refused();
}

Test(memory, running_behind_our_back)
{
	make_guest("64", "");
	suspend();
	set_state(HV_RUNNING);
	everything_is_refused();
	OK(vm_resume(S, VM_A, RESUME_DISCARD, &E));
	cr_expect_geq(hv_mock_ram(mock, VM_A), OLD);
	is_clean();
}

Test(memory, data_counts)
{
	touched("write 0 64k");
}
Test(memory, zeros_count)
{
	touched("write -z 64k 64k");
}
Test(memory, discards_count)
{
	touched("discard 64k 64k");
}

Test(memory, what_was_written_is_dropped)
{
	touched("write -P 7 0 64k");
	_cleanup_free_ char *old = guard_path();
	struct content_stat f;

	OK(vm_resume(S, VM_A, RESUME_DISCARD, &E));
	cr_expect_geq(hv_mock_ram(mock, VM_A), OLD);
	OK(content_stat(image_at(old), &f, &E));
	cr_expect_not(f.exists);
	expect_state(POWER_HALTED);
	is_clean();
	cr_expect_eq(images(), 0);
}

Test(memory, what_was_written_is_kept)
{
	touched("write -P 7 0 64k");
	OK(vm_shutdown(S, VM_A, true, &E));
	expect_state(POWER_HALTED);
	is_clean();
	cr_expect_eq(images(), 0);
	_cleanup_free_ char *path = guard_path();
	cr_expect_null(path);

	_cleanup_loaded_ struct vm_loaded *l = NULL;
	OK(vm_load(S, VM_A, VM_LOAD_ACT, &l, &E));
	_cleanup_free_ char *read = xstrdup("read -P 7 0 64k");
	const char *const argv[] = { "qemu-io", "-r", "-f", "qcow2", "-c", read, l->disks[0].path,
		NULL };
	_cleanup_free_ char *out = NULL;
	OK(child_run(argv, argv[0], &out, &E));
	cr_expect_null(strstr(out, "failed"), "%s", out);
}

/* ---- what stays ------------------------------------------------------------------------------ */

Test(memory, autostart_is_off_meanwhile)
{
	make_guest("64", "");
	hv_mock_set_autostart(mock, VM_A, true);
	_cleanup_free_ char *point = checkpoint();
	suspend();
	cr_expect_not(hv_mock_autostart(mock, VM_A));
	OK(snapshot_revert(S, point, &E)); /* suspended again; the setting is remembered */
	cr_expect_not(hv_mock_autostart(mock, VM_A));
	OK(vm_resume(S, VM_A, 0, &E));
	cr_expect(hv_mock_autostart(mock, VM_A));
	is_clean();
}

Test(memory, no_new_disk_meanwhile)
{
	make_guest("64", "");
	suspend();
	FAILS(VM_BAD_POWER_STATE, vm_disk_add(S, VM_A, "autodetect", 1 << 20, NULL, &E));
}

Test(memory, an_undefined_domain_is_defined_again)
{
	make_guest("64", "");
	suspend();
	hv_mock_remove(mock, VM_A);
	next_command();
	OK(adopt_domains(S, &E)); /* nothing is forgotten */
	expect_state(POWER_SUSPENDED);
	OK(vm_resume(S, VM_A, 0, &E));
	cr_expect_geq(hv_mock_ram(mock, VM_A), OLD);
	is_clean();
}

Test(memory, a_checkpoint_is_reverted_to_again)
{
	make_guest("64", "");
	_cleanup_free_ char *point = checkpoint();

	for (int i = 0; i < 3; i++) {
		hv_mock_set_ram(mock, VM_A, 1);
		OK(snapshot_revert(S, point, &E));
		next_command();
		expect_state(POWER_SUSPENDED);
		cr_expect_eq(images(), 1, "the image is shared");
		OK(vm_resume(S, VM_A, 0, &E));
		next_command();
		cr_expect_geq(hv_mock_ram(mock, VM_A), OLD);
	}
	OK(snapshot_destroy(S, point, END_ALONE, &E));
	cr_expect_eq(images(), 0);
	is_clean();
}

Test(memory, a_paused_guest_has_no_memory)
{
	make_guest("64", "");
	set_state(HV_PAUSED);
	_cleanup_free_ char *point = checkpoint();
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, point);

	cr_expect_eq(vm->power_state, POWER_HALTED);
	cr_expect_eq(vm->snapshot_info.n, 0);
	cr_expect_eq(images(), 0);
}

Test(memory, snapshot_and_checkpoint_of_a_suspended_vm)
{
	const struct vm_snapshot_args args = { .name_label = "s" };
	_cleanup_free_ char *plain = NULL;

	make_guest("64", "");
	suspend();
	_cleanup_free_ char *point = checkpoint();
	OK(vm_snapshot(S, VM_A, &args, &plain, &E));
	_cleanup_(vm_free_cleanup) struct vm *a = find(&vm_class, point),
					     *b = find(&vm_class, plain);

	cr_expect_eq(a->power_state, POWER_SUSPENDED);
	cr_expect_eq(a->snapshot_info.n, 0);
	cr_expect_eq(b->power_state, POWER_HALTED);
	cr_expect_null(b->suspend_vdi);
	cr_expect_str_eq(map_get(&b->snapshot_info, "power-state-at-snapshot"), "Suspended");
	cr_expect_eq(images(), 1);
	is_clean();
	OK(vm_resume(S, VM_A, 0, &E));
	cr_expect_eq(images(), 1, "the checkpoint's");
	OK(snapshot_revert(S, point, &E));
	is_clean();
	OK(snapshot_revert(S, plain, &E));
	expect_state(POWER_HALTED);
	is_clean();
}

/* The layers that fit the image stay unchanged, even unnamed ones. */
Test(memory, no_merge_below_a_guard)
{
	const struct vm_snapshot_args args = { .name_label = "s" };
	_cleanup_free_ char *first = NULL, *second = NULL;
	_cleanup_header_ struct content_header before = { 0 }, after = { 0 };
	struct coalesce_result done = { 0 };

	make_guest("64", "");
	OK(vm_snapshot(S, VM_A, &args, &first, &E));
	OK(vm_snapshot(S, VM_A, &args, &second, &E));
	suspend();
	_cleanup_free_ char *path = guard_path();
	cr_assert_eq(content_read(image_at(path), &before, &E), 1);
	OK(snapshot_destroy(S, first, END_ALONE, &E));
	OK(snapshot_destroy(S, second, END_ALONE, &E));
	OK(sr_coalesce(S, NULL, &done, NULL, &E));
	cr_assert_eq(content_read(image_at(path), &after, &E), 1);
	cr_expect_str_eq(before.backing, after.backing);
	is_clean();
	OK(vm_resume(S, VM_A, 0, &E));
	is_clean();
}

/* ---- a switch that libvirt lost --------------------------------------------------------------- */

static int writer = -1; /* plays QEMU, which has the overlay open for writing already */

/* @ctx: true if the guest uses it, too. */
static void take_over_overlay(struct hv_mock *m, void *ctx)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 101, .l_len = 1 };

	while (d && (e = readdir(d))) {
		_cleanup_free_ char *path = at(e->d_name);

		if (!strstr(e->d_name, ".qcow2") || str_eq(e->d_name, "a.qcow2"))
			continue;
		writer = open(path, O_RDWR | O_CLOEXEC);
		cr_assert(writer >= 0 && fcntl(writer, F_OFD_SETLK, &lock) == 0);
		if (ctx)
			hv_mock_set_disk_file(m, VM_A, path);
	}
	closedir(d);
}

/* A snapshot whose daemon dies. */
static int snapshot_unheard(bool guest_moved)
{
	const struct vm_snapshot_args args = { .name_label = "s" };
	_cleanup_free_ char *uuid = NULL;

	make_guest("64", "");
	hv_mock_before(mock, "switch_start", take_over_overlay, guest_moved ? mock : NULL);
	hv_mock_fail(mock, "switch_start", 0, HV_MOCK_BEFORE, "the daemon died");
	int r = vm_snapshot(S, VM_A, &args, &uuid, &E);

	cr_assert_geq(writer, 0);
	close(writer);
	return r;
}

Test(memory, a_switch_that_libvirt_lost)
{
	OK(snapshot_unheard(true));
	cr_expect_null(strstr(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE), "/a.qcow2"),
		"the next start is on the overlay");
	cr_expect_gt(notices.n, 0, "it is told");
	next_command();
	FAILS(VXE_DISK_CHANGED, vm_suspend(S, VM_A, false, &E));
	OK(vm_shutdown(S, VM_A, true, &E)); /* a way back to a consistent state */
	is_clean();
}

Test(memory, an_overlay_that_is_only_open)
{
	FAILS(VXE_HYPERVISOR_FAILED, snapshot_unheard(false));
	cr_expect_not_null(strstr(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE), "/a.qcow2"),
		"the next start is where the guest is");
	cr_expect_eq(notices.n, 0, "there is nothing to be told");
	is_clean();
}

/* ---- ^C -------------------------------------------------------------------------------------- */

static bool cancel_in_job(void *ctx)
{
	(void)ctx;
	return hv_mock_calls(mock, "poll") > 3;
}

static void cancel(int (*act)(void))
{
	size_t nodes = count_of(&node_class), vdis = count_of(&vdi_class);

	hv_mock_set_job_polls(mock, 100000);
	S->ui.cancelled = cancel_in_job;
	FAILS(TASK_CANCELLED, act());
	S->ui.cancelled = NULL;
	hv_mock_set_job_polls(mock, 0);
	cr_expect_not_null(hv_mock_xml(mock, VM_A, HV_XML_LIVE), "the guest runs on");
	cr_expect_geq(hv_mock_ram(mock, VM_A), OLD);
	cr_expect_eq(count_of(&node_class), nodes);
	cr_expect_eq(count_of(&vdi_class), vdis);
	expect_state(POWER_HALTED);
	is_clean();
}

static int suspend_it(void)
{
	return vm_suspend(S, VM_A, false, &E);
}

Test(memory, cancelled_suspend)
{
	make_guest("64", "");
	cancel(suspend_it);
}

Test(memory, cancelled_checkpoint)
{
	make_guest("64", "");
	cancel(checkpoint_fails);
}
