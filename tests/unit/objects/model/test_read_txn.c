/* SPDX-License-Identifier: MIT */
/* The names of objects that others refer to: the first ones are read one by one, then all at once. */
#include "objects/model/read_txn.h"

#include "tests/unit/world.h"

TestSuite(reader, .init = world_make, .fini = world_free);

#define MANY 80

static void make_machines(void)
{
	for (int i = 0; i < MANY; i++) {
		_cleanup_free_ char *uuid = xasprintf("aaaaaaaa-0000-4000-8000-%012d", i);
		_cleanup_free_ char *name = i ? xasprintf("vm %d", i) : xstrdup("");

		world_put(&vm_class, world_vm(uuid, name));
	}
}

static void expect_name(int i, const char **ret)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *uuid = xasprintf("aaaaaaaa-0000-4000-8000-%012d", i);
	_cleanup_free_ char *want = i ? xasprintf("vm %d", i) : xstrdup("");
	bool exists = false;

	ok(reader_name(world, &vm_class, uuid, &exists, ret, &err), &err);
	cr_assert_eq(exists, i < MANY, "%d", i);
	if (exists)
		cr_assert_str_eq(*ret, want);
}

Test(reader, names_are_the_same_for_few_and_many)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_reader_ struct reader r = { 0 };
	const char *names[MANY] = { 0 }, *none = NULL;

	make_machines();
	ok(reader_begin(world, NULL, &r, &err), &err);
	for (int i = 0; i < MANY; i++) {
		expect_name(i, &names[i]);
		expect_name(i, &names[i]);
		expect_name(MANY + i, &none);
	}
	/* Names that were given out before all were read are still there. */
	for (int i = 0; i < MANY; i++) {
		_cleanup_free_ char *want = i ? xasprintf("vm %d", i) : xstrdup("");

		cr_assert_str_eq(names[i], want);
	}
}

/* An object of a class without names. */
Test(reader, an_object_without_a_name_exists)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_reader_ struct reader r = { 0 };
	const char *name = NULL;
	bool exists = false;

	ok(reader_begin(world, NULL, &r, &err), &err);
	ok(reader_name(world, &pbd_class, U(41), &exists, &name, &err), &err);
	cr_assert(exists && str_is_empty(name));
	ok(reader_name(world, &pbd_class, U(99), &exists, &name, &err), &err);
	cr_assert_not(exists);
}

/* All uuids, after the name of one. */
Test(reader, all_uuids_are_given_after_one_name)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_reader_ struct reader r = { 0 };
	_cleanup_strv_ struct strv uuids = { 0 };
	const char *name;

	make_machines();
	ok(reader_begin(world, NULL, &r, &err), &err);
	expect_name(3, &name);
	ok(reader_uuids(world, &vm_class, &uuids, &err), &err);
	cr_assert_eq(uuids.n, MANY + 5);
}
