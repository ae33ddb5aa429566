/* SPDX-License-Identifier: MIT */
/*
 * Refusals that no command line reaches at present, because the command checks other conditions
 * first; the operations must check nevertheless.
 */
#include "tests/unit/host_fixture.h"

#include "objects/classes/vm/vm.h"
#include "objects/vm/vm_ops.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "objects/vm/snapshot/vm_uninstall.h"

TestSuite(refusals, .init = host_start_mem, .fini = host_stop);

static void make_vm(void)
{
	make_image("a.qcow2", NULL, NULL);
	add_domain(VM_A, "web", "a.qcow2");
}

/* A snapshot of VM_A; owned. */
static char *make_snapshot(void)
{
	const struct vm_snapshot_args args = { .name_label = "s" };
	char *uuid = NULL;

	OK(vm_snapshot(S, VM_A, &args, &uuid, &E));
	next_command();
	return uuid;
}

Test(refusals, revert_to_what_is_no_snapshot)
{
	make_vm();
	_cleanup_free_ char *snapshot = make_snapshot();
	int64_t before = store_generation();

	FAILS(REVERT_ONLY_ALLOWED_ON_SNAPSHOT, snapshot_revert(S, VM_A, &E));
	cr_expect_eq(store_generation(), before);
	OK(snapshot_revert(S, snapshot, &E));
}

/* A damaged record: the definition of the VM is missing. */
Test(refusals, revert_without_a_definition)
{
	make_vm();
	_cleanup_free_ char *snapshot = make_snapshot();
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, snapshot);

	str_replace(&vm->domain_xml, "");
	save(&vm_class, vm);
	int64_t before = store_generation();
	FAILS(VM_REVERT_FAILED, snapshot_revert(S, snapshot, &E));
	cr_expect_eq(store_generation(), before);
}

Test(refusals, uninstall_of_a_default_template)
{
	_cleanup_strv_ struct strv victims = { 0 };
	_cleanup_uninstall_ struct uninstall *plan = NULL;

	make_vm();
	free(make_snapshot());
	_cleanup_records_ struct records vms = all_of(&vm_class);
	for (size_t i = 0; i < vms.n; i++)
		if (((struct vm *)vms.items[i])->is_default_template)
			strv_add(&victims, ((struct record *)vms.items[i])->uuid);
	cr_assert_gt(victims.n, 0);
	OK(uninstall_plan(S, &victims, END_ALONE, &plan, &E));
	cr_assert_eq(uninstall_run(S, plan, &E), -1);
	cr_expect_eq(E.code, VM_IS_TEMPLATE);
	cr_expect_str_eq(E.params[1], "destroy");
	error_clear(&E);
	_cleanup_(vm_free_cleanup) struct vm *still = find(&vm_class, victims.items[0]);
	cr_expect_not_null(still);
}
