/* SPDX-License-Identifier: MIT */
/* Which domains libvirt may start on a host of a pool, with and without the pool's store. */
#include <stdio.h>

#include "objects/classes/common/intent.h"
#include "objects/classes/host/host_identity.h"
#include "objects/classes/vm/vm.h"
#include "objects/domain/adopt.h"
#include "objects/engine/op.h"
#include "objects/engine/plan.h"
#include "objects/pool/pool_member.h"
#include "objects/pool/pool_move.h"
#include "objects/pool/start_rule.h"
#include "objects/vm/vm_home.h"
#include "objects/vm/vm_migrate.h"
#include "tests/unit/host_fixture.h"
#include "tests/unit/machine_files.h"

#define OTHER "22222222-0000-4000-8000-000000000002"
#define NOBODY "99999999-0000-4000-8000-000000000009"
#define MARK "<metadata><vxe:vm xmlns:vxe='urn:vxe:1' store='" NOBODY "'/></metadata>"

static char pool[PATH_MAX]; /* the store of the pool */

static void open_own(void)
{
	session_close(TAKE(S));
	session_start(&store_sqlite_ops);
}

static void start(void)
{
	host_start();
	snprintf(pool, sizeof(pool), "%s/pool", dir);
	snprintf(machine_root, sizeof(machine_root), "%s/machine", dir);
	session_start(&store_sqlite_ops);
	make_image("a.qcow2", NULL, NULL);
	add_domain(VM_A, "a", "a.qcow2");
	OK(adopt_domains(S, &E));
	open_own();
}

TestSuite(start_rule, .init = start, .fini = host_stop);

static char *definition(const char *uuid, const char *mark)
{
	return xasprintf(
		"<domain type='qemu'><name>x</name><uuid>%s</uuid>%s</domain>", uuid, mark);
}

/* What is said about a domain; "": it may start. libvirt's definitions are in the scratch directory. */
static char *asked(const char *uuid)
{
	struct session_config c = host_config(&store_sqlite_ops);
	_cleanup_(start_rule_clear) struct start_rule r = { 0 };
	_cleanup_free_ char *xml = definition(uuid, "");
	char *why = NULL;

	c.definitions_dir = dir;
	OK(start_rule_begin(&r, &c, xml, &E));
	OK(start_rule_ask(&r, &why, &E));
	return why ? why : xstrdup("");
}

static void expect_asked(const char *uuid, const char *part)
{
	_cleanup_free_ char *why = asked(uuid);

	cr_expect(*part ? strstr(why, part) != NULL : !*why, "%s", why);
}

static void set_home(const char *home)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);

	str_replace(&vm->home, home);
	save(&vm_class, vm);
}

static void join(void)
{
	OK(pool_init(S, pool, &E));
	open_own();
	cr_assert(S->mark.dir);
}

Test(start_rule, a_host_of_no_pool_starts_all)
{
	set_home(OTHER);
	expect_asked(VM_A, "");
}

Test(start_rule, a_vm_starts_at_home_alone)
{
	join();
	expect_asked(VM_A, "");
	expect_asked(NOBODY, "");
	set_home(OTHER);
	expect_asked(VM_A, "at home on the host " OTHER);
	set_home(HOME_NONE);
	expect_asked(VM_A, "no host has this VM now");
}

/* Its machine-id is on the copied disk, the board is not. */
Test(start_rule, a_copy_of_the_host_starts_nothing)
{
	static const char id[] = "machine/etc/machine-id",
			  board[] = "machine/sys/class/dmi/id/product_uuid";
	struct hv *hv;

	write_text(id, "0123456789abcdef0123456789abcdef");
	write_text(board, "11111111-0000-4000-8000-000000000001");
	open_own();
	OK(session_hv(S->here, &hv, &E)); /* notes both */
	join();
	expect_asked(VM_A, "");
	write_text(board, "22222222-0000-4000-8000-000000000001");
	open_own();
	expect_asked(VM_A, "on another machine");
	expect_asked(NOBODY, "");
	FAILS(VXE_OTHER_MACHINE, session_hv(S->here, &hv, &E));
	OK(host_adopt(S, &E));
	OK(session_hv(S->here, &hv, &E));
	expect_asked(VM_A, "");
	write_text(id, "fedcba98765432100123456789abcdef");
	expect_asked(VM_A, "on another machine");
	open_own();
	OK(host_adopt(S, &E));
	expect_asked(VM_A, "");
}

static void put_intent(const struct op_type *type, const char *target)
{
	_cleanup_plan_ struct plan p = { .op_type = type };
	struct intent *intent = record_new(&intent_class);

	p.object = xstrdup(VM_A);
	if (target)
		plan_keep(&p, "target", target);
	intent->r.uuid = xstrdup("77777777-0000-4000-8000-000000000007");
	str_replace(&intent->operation, type->name);
	str_replace(&intent->object, VM_A);
	free(intent->plan);
	intent->plan = plan_encode(&p);
	save(&intent_class, intent);
	record_free(&intent_class, intent);
}

Test(start_rule, a_vm_that_another_host_sends_may_come)
{
	join();
	set_home(OTHER);
	put_intent(&vm_migrate_op, S->here->uuid);
	expect_asked(VM_A, "");
}

/* Somebody has defined it here, and starts it while it still runs on the other host. */
Test(start_rule, a_vm_on_its_way_does_not_start_by_itself)
{
	join();
	set_home(OTHER);
	put_intent(&vm_migrate_op, S->here->uuid);
	write_text("x.xml", "<domain/>");
	expect_asked(VM_A, "on its way to this host");
}

Test(start_rule, a_vm_that_goes_does_not_start)
{
	join();
	put_intent(&vm_migrate_op, OTHER);
	expect_asked(VM_A, "on its way to another host");
}

Test(start_rule, nor_one_that_leaves)
{
	join();
	put_intent(&vm_leave_op, NULL);
	expect_asked(VM_A, "on its way to another host");
}

/* What holds for a domain while the pool's store cannot be asked. */
static bool starts_alone(const char *uuid, const char *mark)
{
	const struct session_config c = host_config(&store_sqlite_ops);
	_cleanup_(start_rule_clear) struct start_rule r = { 0 };
	_cleanup_free_ char *xml = definition(uuid, mark);

	OK(start_rule_begin(&r, &c, xml, &E));
	_cleanup_free_ char *why = start_rule_alone(&r);

	return !why;
}

Test(start_rule, without_the_store_a_host_starts_what_it_has_noted)
{
	join();
	cr_expect(!starts_alone(VM_A, ""), "nothing is noted");
	OK(pool_member_note(S, &E));
	cr_expect(starts_alone(VM_A, ""));
	cr_expect(!starts_alone(NOBODY, MARK) && !starts_alone(NOBODY, ""));
	put_file("/proc/sys/kernel/random/boot_id", "another\n");
	cr_expect(!starts_alone(VM_A, ""), "it has been booted");
}

Test(start_rule, without_the_store_what_is_elsewhere_does_not_start)
{
	join();
	OK(pool_member_note(S, &E));
	cr_expect(starts_alone(VM_A, ""));
	set_home(OTHER);
	session_forget_domains(S->here);
	OK(pool_member_note(S, &E));
	cr_expect(!starts_alone(VM_A, ""));
	set_home(S->here->uuid);
	OK(pool_member_note(S, &E));
	cr_expect(starts_alone(VM_A, ""));
}

Test(start_rule, a_lost_mark_leaves_doubt)
{
	_cleanup_free_ char *path = xasprintf("%s/store/pool", dir);

	join();
	OK(pool_member_note(S, &E));
	cr_assert_eq(unlink(path), 0);
	cr_expect(!starts_alone(VM_A, "") && !starts_alone(NOBODY, ""));
}
