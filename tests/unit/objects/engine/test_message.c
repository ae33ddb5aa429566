/* SPDX-License-Identifier: MIT */
/* Messages: those that operations write, and their limit. */
#include "tests/unit/host_fixture.h"

#include "objects/base/clock.h"
#include "objects/base/uuid.h"
#include "objects/domain/adopt.h"
#include "objects/engine/message.h"
#include "objects/vm/vm_lifecycle.h"
#include "objects/vm/vm_ops.h"
#include "objects/vm/snapshot/vm_snapshot.h"

TestSuite(message, .init = host_start_mem, .fini = host_stop);

static int by_time(const void *a, const void *b)
{
	const struct message *const *x = a, *const *y = b;

	return (*x)->timestamp < (*y)->timestamp ? -1 : (*x)->timestamp > (*y)->timestamp;
}

static void expect_told(const char *const *names, size_t n)
{
	_cleanup_records_ struct records found = all_of(&message_class);

	cr_assert_eq(found.n, n, "%zu messages", found.n);
	for (size_t i = 0; i < n; i++) {
		bool told = false;

		for (size_t k = 0; k < n; k++) {
			const struct message *m = found.items[k];

			told |= str_eq(m->name, names[i]);
			cr_expect_str_eq(m->obj_uuid, VM_A);
			cr_expect_eq(m->priority, 5);
			cr_expect_eq(m->cls, MESSAGE_CLS_VM);
			cr_expect_gt(m->timestamp, clock_wall() - 100);
			cr_expect(str_starts(m->body, "VM 'a' was "));
		}
		cr_expect(told, "%s", names[i]);
	}
}

Test(message, operations_tell)
{
	static const char *const names[] = { "VM_SNAPSHOTTED", "VM_SNAPSHOT_REVERTED", "VM_STARTED",
		"VM_SHUTDOWN" };
	_cleanup_free_ char *snapshot = NULL;

	make_image("a", NULL, NULL);
	add_domain(VM_A, "a", "a");
	OK(adopt_domains(S, &E));
	OK(vm_snapshot(S, VM_A, &(struct vm_snapshot_args){ .name_label = "s" }, &snapshot, &E));
	next_command();
	OK(snapshot_revert(S, snapshot, &E));
	next_command();
	OK(vm_start(S, VM_A, 0, &E));
	next_command();
	OK(vm_shutdown(S, VM_A, true, &E));
	next_command();
	expect_told(names, 4);
}

/* A failed operation writes no message. */
Test(message, a_failure_tells_nothing)
{
	make_image("a", NULL, NULL);
	add_domain(VM_A, "a", "a");
	OK(adopt_domains(S, &E));
	FAILS(VM_BAD_POWER_STATE, vm_shutdown(S, VM_A, true, &E));
	expect_told(NULL, 0);
}

/* vxe presses the button, then the guest powers off. */
Test(message, a_clean_shutdown_tells_at_its_end)
{
	static const char *const names[] = { "VM_STARTED", "VM_SHUTDOWN" };

	make_image("a", NULL, NULL);
	add_domain(VM_A, "a", "a");
	OK(adopt_domains(S, &E));
	OK(vm_start(S, VM_A, 0, &E));
	next_command();
	OK(vm_shutdown(S, VM_A, false, &E));
	expect_told(names, 2);
}

/* One per second; the first is the oldest. */
static int fill(struct txn *t, void *ctx, struct vxe_error *err)
{
	const int *n = ctx;

	for (int i = 0; i < *n; i++) {
		_cleanup_(message_free_cleanup) struct message *m = record_new(&message_class);

		m->r.uuid = uuid_new();
		m->timestamp = 1000 + i;
		if (record_save(t, &message_class, m, err) < 0)
			return -1;
	}
	return messages_trim(t, err);
}

Test(message, the_newest_stay)
{
	int n = MESSAGES_KEPT + MESSAGES_SPARE, one = 1;

	OK(store_update(S->store, fill, &n, &E));
	cr_assert_eq((int)count_of(&message_class), n);
	OK(store_update(S->store, fill, &one, &E)); /* as old as the oldest */

	_cleanup_records_ struct records found = all_of(&message_class);

	cr_assert_eq(found.n, MESSAGES_KEPT);
	qsort(found.items, found.n, sizeof(*found.items), by_time);
	cr_expect_eq(((const struct message *)found.items[0])->timestamp, 1000 + MESSAGES_SPARE);
}
