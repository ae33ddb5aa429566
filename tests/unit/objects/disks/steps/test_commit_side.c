/* SPDX-License-Identifier: MIT */
/* On which side of its commit point an operation is: by the definition, by who writes, and by what virsh did meanwhile. */
#include "tests/unit/host_fixture.h"

#include "backends/child/child.h"
#include "objects/disks/steps/commit_side.h"
#include "objects/disks/steps/image_steps.h"

#include <signal.h>
#include <sys/wait.h>

static struct op op;
static const struct op_type type = { .name = "test" };

/* The disk vda of VM_A goes from a.qcow2 to b.qcow2. */
static void start(void)
{
	host_start_mem();
	make_image("a.qcow2", NULL, NULL);
	make_image("b.qcow2", "a.qcow2", "qcow2");
	add_domain(VM_A, "a", "a.qcow2");
	op = (struct op){ .s = S, .type = &type };
	op.plan.object = xstrdup(VM_A);
	op.plan.domain = xstrdup(VM_A);
	struct plan_disk *d = plan_add_disk(&op.plan);

	d->target = xstrdup("vda");
	d->old_path = at("a.qcow2");
	d->new_path = at("b.qcow2");
	d->make = true;
}

static void stop(void)
{
	plan_clear(&op.plan);
	host_stop();
}

TestSuite(commit_side, .init = start, .fini = stop, .timeout = 300);

static void run(const char *const argv[])
{
	session_close_contents(S);
	OK(child_run(argv, argv[0], NULL, &E));
}
#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

/* ---- the definition -------------------------------------------------------------------------- */

Test(commit_side, the_definition_names_a_new_file)
{
	cr_expect_eq(op_xml_names_new(&op, HV_XML_INACTIVE, &E), 0);
	edit_disk(VM_A, "a", "b.qcow2");
	next_command();
	cr_expect_eq(op_xml_names_new(&op, HV_XML_INACTIVE, &E), 1);
}

/* Somebody has made a snapshot after the switch. */
Test(commit_side, the_new_file_may_be_below_by_now)
{
	make_image("c.qcow2", "b.qcow2", "qcow2");
	edit_disk(VM_A, "a", "c.qcow2");
	next_command();
	cr_expect_eq(op_xml_names_new(&op, HV_XML_INACTIVE, &E), 1);
	op.plan.disks[0].make =
		false; /* not a layer that was put on top: what is above it says nothing */
	cr_expect_eq(op_xml_names_new(&op, HV_XML_INACTIVE, &E), 0);
}

/* ---- who writes ------------------------------------------------------------------------------ */

/* A QEMU that has the image open, for writing or reading, and does nothing. */
static void hold(struct child *c, const char *name, bool writes)
{
	_cleanup_free_ char *path = at(name), *stopped = xasprintf("sigraise %d", SIGSTOP);
	const char *const argv[] = { "qemu-io", "-f", "qcow2", writes ? "-n" : "-r", "-c", stopped,
		path, NULL };
	int status;

	OK(child_start(c, argv, &E));
	cr_assert_eq(waitpid(c->pid, &status, WUNTRACED), c->pid);
	cr_assert(WIFSTOPPED(status));
}

static void let_go(struct child *c)
{
	cr_assert_eq(kill(c->pid, SIGKILL), 0);
	cr_assert_eq(child_wait(c, NULL, &E), 128 + SIGKILL);
	error_clear(&E);
}

Test(commit_side, a_writer_without_a_guest_is_refused)
{
	_cleanup_free_ char *path = at("b.qcow2");
	struct child c;

	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	cr_expect_eq(op_has_writer(&op, path, &E), 0);
	hold(&c, "b.qcow2", true);
	cr_expect_eq(op_has_writer(&op, path, &E), 1);
	hv_mock_set_state(mock, VM_A, HV_SHUTOFF);
	FAILS(VXE_DISK_CHANGED, op_has_writer(&op, path, &E));
	let_go(&c);
	cr_expect_eq(op_has_writer(&op, path, &E), 0);
}

/* libvirt does not know of the switch, but the guest's QEMU is on the new file. */
Test(commit_side, a_switch_that_libvirt_did_not_see)
{
	_cleanup_free_ char *path = at("b.qcow2");
	struct child c;

	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	cr_expect_eq(op_switched_unseen(&op, &E), 0);
	hold(&c, "b.qcow2", true);
	cr_expect_eq(op_switched_unseen(&op, &E), 0, "another process, not the guest");
	hv_mock_set_disk_file(mock, VM_A, path);
	cr_expect_eq(op_switched_unseen(&op, &E), 1);
	cr_expect_eq(notices.n, 1, "the user is told to start the VM anew");
	let_go(&c);
}

/* The QEMU has ended since: the younger of the two files is the one that it wrote to. */
Test(commit_side, the_younger_file_was_written_to)
{
	_cleanup_free_ char *below = at("a.qcow2"), *above = at("b.qcow2");

	cr_expect_eq(op_switched_unseen(&op, &E), 0, "nothing was written to the layer");
	RUN("touch", "-d", "2020-01-01", below);
	RUN("qemu-io", "-f", "qcow2", "-c", "write -q 0 64k", above);
	cr_expect_eq(op_switched_unseen(&op, &E), 1);
	RUN("touch", "-d", "2100-01-01", below);
	cr_expect_eq(op_switched_unseen(&op, &E), 0, "the guest was started on the old file");
}

/* ---- virsh meanwhile --------------------------------------------------------------------------- */

Test(commit_side, an_internal_snapshot_needs_another_plan)
{
	_cleanup_free_ char *path = at("a.qcow2"), *gone = at("gone.qcow2");

	plan_leave(&op.plan, path);
	plan_leave(&op.plan, gone);
	plan_leave(&op.plan, path);
	cr_expect_eq(op.plan.leaves.n, 2);
	OK(op_look_again(&op, &E));
	RUN("qemu-img", "snapshot", "-q", "-c", "s", path);
	FAILS(VXE_TRY_AGAIN, op_look_again(&op, &E));
}

/* ---- what was made is removed ------------------------------------------------------------------ */

Test(commit_side, an_image_goes_unless_somebody_uses_it)
{
	_cleanup_free_ char *made = at("made.qcow2"), *above = at("above.qcow2");
	struct child c;

	make_image("made.qcow2", NULL, NULL);
	hold(&c, "made.qcow2", false);
	FAILS(VXE_DEPENDENTS, op_remove_image(&op, made, &E));
	let_go(&c);
	make_image("above.qcow2", "made.qcow2", "qcow2");
	FAILS(VXE_DEPENDENTS, op_remove_image(&op, made, &E));
	cr_assert_eq(unlink(above), 0);
	OK(op_remove_image(&op, made, &E));
	cr_expect_neq(access(made, F_OK), 0);
	OK(op_remove_image(&op, made, &E));
}
