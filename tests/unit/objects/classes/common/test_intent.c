/* SPDX-License-Identifier: MIT */
/* What the store says of operations that go on. */
#include "tests/unit/host_fixture.h"

#include "objects/classes/common/getters.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/common/task.h"
#include "objects/classes/vm/vm.h"

TestSuite(intent, .init = host_start_mem, .fini = host_stop);

static bool names(const char *a, const char *b)
{
	_cleanup_strv_ struct strv uuids = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	bool found = false;

	strv_add(&uuids, a);
	if (b)
		strv_add(&uuids, b);
	OK(txn_begin(S->store, TXN_READ, &t, &E));
	OK(intent_names(t, &uuids, &found, &E));
	return found;
}

/* Its object, and all that it has locked. */
Test(intent, an_intent_names_what_it_changes)
{
	_cleanup_(intent_free_cleanup) struct intent *i = record_new(&intent_class);

	i->r.uuid = xstrdup("99999999-0000-4000-8000-000000000001");
	str_replace(&i->object, VM_A);
	strv_add(&i->objects, "key");
	strv_add(&i->objects, VM_B);
	cr_expect_not(names(VM_A, VM_B));
	save(&intent_class, i);
	cr_expect(names(VM_A, NULL));
	cr_expect(names("other", VM_B));
	cr_expect_not(names("other", NULL));
	cr_expect_not(names(i->r.uuid, NULL));
}

static char *listed(const struct value *v)
{
	return strv_join(&v->list, " ");
}

static void add_task(const char *uuid, const char *object, const char *operation)
{
	_cleanup_(task_free_cleanup) struct task *t = record_new(&task_class);

	t->r.uuid = xstrdup(uuid);
	str_replace(&t->object, object);
	str_replace(&t->operation, operation);
	save(&task_class, t);
}

static void add_snapshot(const char *uuid, const char *of, int64_t time)
{
	_cleanup_(vm_free_cleanup) struct vm *v = record_new(&vm_class);

	v->r.uuid = xstrdup(uuid);
	str_replace(&v->snapshot_of, of);
	v->snapshot_time = time;
	save(&vm_class, v);
}

/* A task without an operation, as of an event, is none. */
Test(intent, tasks_are_the_operations_of_their_object)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = record_new(&vm_class);
	_cleanup_value_ struct value v = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_free_ char *text = NULL;

	vm->r.uuid = xstrdup(VM_A);
	add_task("99999999-0000-4000-8000-000000000002", VM_A, "snapshot");
	add_task("99999999-0000-4000-8000-000000000003", VM_B, "start");
	add_task("99999999-0000-4000-8000-000000000004", VM_A, "");
	OK(txn_begin(S->store, TXN_READ, &t, &E));
	S->read_txn = t;
	OK(get_current_operations(S, vm, &v, &E));
	S->read_txn = NULL;
	text = listed(&v);
	cr_expect_str_eq(text, "snapshot");
}

Test(intent, snapshots_stand_by_their_time)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = record_new(&vm_class);
	_cleanup_value_ struct value v = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_free_ char *text = NULL;

	vm->r.uuid = xstrdup(VM_A);
	add_snapshot("99999999-0000-4000-8000-000000000005", VM_A, 1700000000);
	add_snapshot("99999999-0000-4000-8000-000000000006", VM_A, 1600000000);
	add_snapshot("99999999-0000-4000-8000-000000000007", VM_B, 1500000000);
	OK(txn_begin(S->store, TXN_READ, &t, &E));
	S->read_txn = t;
	OK(get_snapshots(S, CLASS_VM, vm, &v, &E));
	S->read_txn = NULL;
	text = listed(&v);
	cr_expect_str_eq(
		text, "99999999-0000-4000-8000-000000000006 99999999-0000-4000-8000-000000000005");
}
