/* SPDX-License-Identifier: MIT */
/* What snapshot-revert does around the revert: keep=true before it, start= after it, and the way back when it fails. */
#include "tests/unit/host_fixture.h"

#include "objects/base/uuid.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "objects/vm/vm_ops.h"

static char *snapshot;

/* The VM a has the snapshot "s", and has run on since. */
static void start(void)
{
	const struct vm_snapshot_args args = { .name_label = "s" };

	host_start_mem();
	make_image("a.qcow2", NULL, NULL);
	add_domain(VM_A, "a", "a.qcow2");
	OK(vm_snapshot(S, VM_A, &args, &snapshot, &E));
	next_command();
}

static void stop(void)
{
	free(TAKE(snapshot));
	host_stop();
}

TestSuite(revert_options, .init = start, .fini = stop, .timeout = 300);

static int revert(const struct revert_args *args, char **kept)
{
	next_command();
	session_close_contents(S);
	return snapshot_revert_with(S, snapshot, args, kept, &E);
}

static char *parent_of(const char *vm)
{
	_cleanup_(vm_free_cleanup) struct vm *v = find(&vm_class, vm);

	cr_assert(v, "there is no %s", vm);
	return xstrdup_null(v->parent);
}

static size_t snapshots(void)
{
	_cleanup_records_ struct records all = all_of(&vm_class);
	size_t n = 0;

	for (size_t i = 0; i < all.n; i++)
		n += ((const struct vm *)all.items[i])->is_a_snapshot;
	return n;
}

Test(revert_options, the_present_state_is_kept)
{
	_cleanup_free_ char *kept = NULL, *parent = NULL, *before = NULL;

	OK(revert(&(struct revert_args){ .keep = true }, &kept));
	cr_assert(kept);
	parent = parent_of(VM_A);
	before = parent_of(kept);
	cr_expect_str_eq(parent, snapshot);
	cr_expect_str_eq(before, snapshot);
	_cleanup_(vm_free_cleanup) struct vm *k = find(&vm_class, kept);

	cr_expect(k->is_a_snapshot && str_eq(k->snapshot_of, VM_A));
	cr_expect_str_eq(k->name_label, "before revert to s");
	cr_expect_eq(snapshots(), 2);
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_SHUTOFF);
}

Test(revert_options, without_keep_there_is_no_further_snapshot)
{
	_cleanup_free_ char *kept = NULL;

	OK(revert(&(struct revert_args){ 0 }, &kept));
	cr_expect_null(kept);
	cr_expect_eq(snapshots(), 1);
}

/* The revert is refused before it changes anything: its snapshot of the present state goes, too. */
Test(revert_options, after_a_revert_that_failed_nothing_is_kept)
{
	_cleanup_free_ char *kept = NULL, *parent = NULL;
	_cleanup_(vm_free_cleanup) struct vm *s = find(&vm_class, snapshot);

	str_replace(&s->domain_xml, "");
	save(&vm_class, s);
	cr_assert_eq(revert(&(struct revert_args){ .keep = true }, &kept), -1);
	cr_expect_eq(E.code, VM_REVERT_FAILED);
	error_clear(&E);
	cr_expect_null(kept);
	cr_expect_eq(snapshots(), 1);
	parent = parent_of(VM_A);
	cr_expect_str_eq(parent, snapshot);
}

Test(revert_options, the_vm_is_started_or_waits_paused)
{
	_cleanup_free_ char *kept = NULL;

	OK(revert(&(struct revert_args){ .start = START_RUNNING }, &kept));
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_RUNNING);
	OK(revert(&(struct revert_args){ .start = START_PAUSED }, &kept));
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_PAUSED);
	OK(revert(&(struct revert_args){ 0 }, &kept));
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_SHUTOFF);
}

Test(revert_options, a_start_that_fails_leaves_the_vm_reverted)
{
	_cleanup_free_ char *kept = NULL, *parent = NULL;

	hv_mock_fail(mock, "start", 0, HV_MOCK_BEFORE, "no memory");
	cr_assert_eq(revert(&(struct revert_args){ START_RUNNING, true, false }, &kept), -1);
	error_clear(&E);
	cr_assert(kept, "the revert was done");
	parent = parent_of(VM_A);
	cr_expect_str_eq(parent, snapshot);
	cr_assert_geq(notices.n, 1);
	cr_expect_not_null(strstr(notices.items[notices.n - 1], "could not be started"));
}

Test(revert_options, new_variables_need_a_start_and_variables)
{
	_cleanup_free_ char *kept = NULL;

	FAILS(OPERATION_NOT_ALLOWED,
		revert(&(struct revert_args){ .reset_nvram = true }, &kept)); /* no start */
	FAILS(OPERATION_NOT_ALLOWED,					      /* a BIOS */
		revert(&(struct revert_args){ START_RUNNING, true, true }, &kept));
	cr_expect_eq(snapshots(), 1, "it is refused before anything is kept");
	cr_expect_eq(hv_mock_state(mock, VM_A), HV_SHUTOFF);
}

Test(revert_options, only_to_snapshots)
{
	_cleanup_free_ char *kept = NULL;

	str_replace(&snapshot, VM_A);
	FAILS(REVERT_ONLY_ALLOWED_ON_SNAPSHOT, revert(&(struct revert_args){ 0 }, &kept));
	str_replace(&snapshot, VM_B);
	FAILS(UUID_INVALID, revert(&(struct revert_args){ 0 }, &kept));
}
