/* SPDX-License-Identifier: MIT */
/* How many VMs have snapshots of vxe's own: what a package says when it is removed, without libvirt. */
#include "objects/start/snapshots_left.h"

#include "objects/classes/vm/vm.h"
#include "objects/domain/adopt.h"
#include "tests/unit/command_fixture.h"

TestSuite(snapshots_left, .init = host_start, .fini = command_stop);

/* The number, counted while no libvirt answers. */
static size_t left(void)
{
	struct session_config config = host_config(NULL);
	_cleanup_free_ char *where = NULL;
	size_t n = 99;

	config.connect = "mock:///nowhere";
	OK(snapshots_left(&config, &n, &where, &E));
	return n;
}

/* What the command says, in a session of its own. */
static const char *notice(void)
{
	const struct io io = io_buffered(&b);
	struct session_config config = host_config(NULL);
	const struct program p = { .name = "vxe", .io = &io, .config = &config };
	const char *const argv[] = { "removal-notice" };

	config.connect = "mock:///nowhere";
	io_buffer_clear(&b);
	cr_expect_eq(program_run(&p, argv, 1), 0, "%s", str_text(&b.error));
	return str_text(&b.out);
}

/* As if libvirt had the snapshot itself. */
static void give_to_libvirt(const char *uuid)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	OK(txn_begin(S->store, TXN_WRITE, &t, &E));
	OK(vm_get(t, uuid, &vm, &E));
	str_replace(&vm->libvirt_snapshot, "s");
	OK(record_save(t, &vm_class, vm, &E));
	OK(txn_commit(TAKE(t), &E));
}

Test(snapshots_left, no_store)
{
	_cleanup_free_ char *store = at("store");
	struct stat st;

	cr_expect_eq(left(), 0);
	cr_expect_str_eq(notice(), "");
	cr_expect_eq(stat(store, &st), -1, "a store was made");
}

Test(snapshots_left, vms_are_counted_once)
{
	session_start(NULL);
	make_image("a", NULL, NULL);
	make_image("b", NULL, NULL);
	add_domain(VM_A, "a", "a");
	add_domain(VM_B, "b", "b");
	OK(adopt_domains(S, &E));
	cr_expect_eq(left(), 0);
	cr_expect_str_eq(notice(), "");

	free(out("vm-snapshot uuid=" VM_A " new-name-label=one"));
	free(out("vm-snapshot uuid=" VM_A " new-name-label=two"));
	cr_expect_eq(left(), 1);
	cr_expect(str_starts(notice(), "vxe: 1 VM has snapshots. "), "%s", notice());
	cr_expect(strstr(notice(), "vxe snapshot-uninstall uuid=UUID --force"), "%s", notice());

	_cleanup_free_ char *other = out("vm-snapshot uuid=" VM_B " new-name-label=one");

	cr_expect_eq(left(), 2);
	cr_expect(str_starts(notice(), "vxe: 2 VMs have snapshots. "), "%s", notice());
	give_to_libvirt(other);
	cr_expect_eq(left(), 1);
}
