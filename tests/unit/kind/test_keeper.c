/* SPDX-License-Identifier: MIT */
/* The keeper of images, as QEMU and who asks it see it. */
#include "tests/unit/keeper_fixture.h"

TestSuite(keeper, .init = keeper_start, .fini = keeper_stop, .timeout = 600);

Test(keeper, names_are_taken_once)
{
	uint64_t id;

	keep("a", MIB);
	id = facts_of("a").id;
	cr_assert_eq(ask(KEEPER_CREATE, "a", 0), EEXIST);
	cr_assert_eq(ask(KEEPER_CREATE, "", 0), EINVAL);
	cr_assert_eq(ask(KEEPER_CREATE, "a/b", 0), EINVAL);
	cr_assert_eq(ask(KEEPER_REMOVE, "a", 0), 0);
	cr_assert_eq(ask(KEEPER_REMOVE, "a", 0), ENOENT);
	keep("a", MIB);
	cr_assert_neq(facts_of("a").id, id);
}

Test(keeper, a_rename_replaces_nothing)
{
	struct keeper_question q = { .what = KEEPER_RENAME, .name = "draft", .to = "a" };
	struct keeper_answer a;

	keep("draft", MIB);
	keep("a", MIB);
	cr_assert_eq(asked(&q, &a), EEXIST);
	cr_assert_eq(ask(KEEPER_REMOVE, "a", 0), 0);
	cr_assert_eq(asked(&q, &a), 0);
	cr_assert_eq(asked(&q, &a), ENOENT);
	cr_assert_eq(facts_of("a").room, MIB);
}

Test(keeper, an_image_grows_within_its_room)
{
	keep("a", MIB);
	cr_assert(TOOL("a", "qemu-io", "-f", "raw", "-c", "write -q 0 1k"));
	cr_assert_eq(facts_of("a").size, 1024);
	cr_assert_not(IO("a", "raw", "write -q 1M 64k"));
	cr_assert_eq(facts_of("a").size, 1024);
	cr_assert_eq(ask(KEEPER_ROOM, "a", 2 * MIB), 0);
	cr_assert(IO("a", "raw", "write -q -P 3 1M 64k"));
	cr_assert_eq(ask(KEEPER_ROOM, "a", 0), 0);
	cr_assert_eq(facts_of("a").room, MIB + 65536);
	cr_assert(IO("a", "raw", "read -P 3 1M 64k"));
	cr_assert(IO("a", "raw", "read -P 0 4M 64k"));
	cr_assert_eq(facts_of("a").size, MIB + 65536);
}

Test(keeper, a_raw_image_has_its_size)
{
	struct keeper_question make = { .what = KEEPER_CREATE, .mode = 0600, .at = 1, .name = "a" };
	struct keeper_answer a;

	cr_assert_eq(asked(&make, &a), 0);
	cr_assert_eq(ask(KEEPER_SIZE, "a", MIB), 0);
	cr_assert(IO("a", "raw", "write -q -P 3 960k 64k"));
	cr_assert_not(IO("a", "raw", "write -q -P 3 1M 64k"));
	cr_assert_eq(facts_of("a").allocated, 65536);
	cr_assert_eq(ask(KEEPER_SIZE, "a", 2 * MIB), 0);
	cr_assert(IO("a", "raw", "read -P 3 960k 64k"));
	cr_assert(IO("a", "raw", "write -q -z 0 2M"));
	cr_assert_eq(facts_of("a").allocated, 0);
}

Test(keeper, qemu_makes_and_merges_images_there)
{
	_cleanup_free_ char *a = export_of("a");

	keep("a", 8 * MIB);
	keep("b", 8 * MIB);
	cr_assert(TOOL("a", "qemu-img", "create", "-q", "-f", "qcow2", "-o", "size=4M"));
	cr_assert(IO("a", "qcow2", "write -q -P 1 0 2M"));
	cr_assert(TOOL("b", "qemu-img", "create", "-q", "-f", "qcow2", "-b", a, "-F", "qcow2"));
	cr_assert(IO("b", "qcow2", "write -q -P 2 1M 1M"));
	cr_assert(IO("b", "qcow2", "read -P 1 0 1M"));
	cr_assert(TOOL("b", "qemu-img", "commit", "-q", "-d", "-f", "qcow2"));
	cr_assert(IO("a", "qcow2", "read -P 1 0 1M"));
	cr_assert(IO("a", "qcow2", "read -P 2 1M 1M"));
	cr_assert(TOOL("a", "qemu-img", "check", "-q", "-f", "qcow2"));
}

Test(keeper, each_change_has_a_later_time)
{
	uint64_t before;

	keep("a", MIB);
	before = facts_of("a").changed;
	cr_assert(IO("a", "raw", "read 0 64k"));
	cr_assert_eq(facts_of("a").changed, before);
	cr_assert(IO("a", "raw", "write -q 0 64k"));
	cr_assert_gt(facts_of("a").changed, before);
}

Test(keeper, what_has_no_write_bits_refuses)
{
	struct keeper_question freeze = { .what = KEEPER_MODE, .name = "a" };
	struct keeper_answer a;

	keep("a", MIB);
	cr_assert(IO("a", "raw", "write -q -P 1 0 64k"));
	cr_assert_eq(asked(&freeze, &a), 0);
	cr_assert_not(IO("a", "raw", "write -q -P 2 0 64k"));
	cr_assert(IO("a", "raw", "read -P 1 0 64k"));
	cr_assert_eq(ask(KEEPER_OPEN, "a", 1), EACCES);
	cr_assert_eq(ask(KEEPER_OPEN, "a", 0), 0);
	cr_assert_eq(ask(KEEPER_MODE, "a", 0), 0);
	cr_assert(IO("a", "raw", "write -q -P 2 0 64k"));
}

/* QEMU has it open until end_user(). */
static void start_user(struct child *c, const char *name)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *at = export_of(name), *stop = xasprintf("sigraise %d", SIGSTOP);
	const char *const argv[] = { "qemu-io", "-f", "raw", "-c", stop, at, NULL };
	int status;

	cr_assert_eq(child_start(c, argv, &err), 0);
	cr_assert_eq(waitpid(c->pid, &status, WUNTRACED), c->pid);
	cr_assert(WIFSTOPPED(status), "qemu-io ended: %d", status);
}
static void end_user(struct child *c)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	cr_assert_eq(kill(c->pid, SIGKILL), 0);
	cr_assert_eq(child_wait(c, NULL, &err), 128 + SIGKILL);
}

Test(keeper, a_held_image_gets_no_writer)
{
	struct keeper_question open = { .what = KEEPER_OPEN, .name = "a" };
	struct keeper_question hold = { .what = KEEPER_HOLD },
			       used = { .what = KEEPER_USED, .n = 1 };
	struct keeper_answer a;
	struct child user;
	int fd;

	keep("a", MIB);
	fd = keeper_connect(dir);
	cr_assert_eq(keeper_ask(fd, &open, &a, NULL, 0), 0);
	start_user(&user, "a");
	cr_assert_eq(keeper_ask(fd, &used, &a, NULL, 0), 0);
	cr_assert_eq(a.n, 1);
	cr_assert_lt(keeper_ask(fd, &hold, &a, NULL, 0), 0);
	cr_assert_eq(errno, EBUSY);
	end_user(&user);
	cr_assert_eq(keeper_ask(fd, &hold, &a, NULL, 0), 0);
	cr_assert_not(IO("a", "raw", "write -q 0 64k"));
	cr_assert(IO("a", "raw", "read 0 64k"));
	cr_assert(IO("+a", "raw", "write -q 0 64k"));
	close(fd);
	cr_assert(IO("a", "raw", "write -q 0 64k"));
}

Test(keeper, what_is_removed_stays_for_who_has_it)
{
	struct keeper_question open = { .what = KEEPER_OPEN, .name = "a" };
	struct keeper_question read = { .what = KEEPER_READ, .n = 1 };
	struct keeper_answer a;
	char byte = 0;
	_cleanup_close_ int fd = keeper_connect(dir);

	keep("a", MIB);
	cr_assert(IO("a", "raw", "write -q -P 7 0 64k"));
	cr_assert_eq(keeper_ask(fd, &open, &a, NULL, 0), 0);
	cr_assert_eq(ask(KEEPER_REMOVE, "a", 0), 0);
	cr_assert_not(IO("a", "raw", "read 0 64k"));
	cr_assert_eq(keeper_ask(fd, &read, &a, &byte, 1), 0);
	cr_assert_eq(byte, 7);
}
