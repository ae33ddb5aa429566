/* SPDX-License-Identifier: MIT */
/* Users of files: only what has changed is read, and nothing that has changed is missed. */
#include "objects/disks/file_users/file_users.h"
#include "objects/file_index/index_entry.h"
#include "objects/file_index/folder_changes.h"
#include "objects/base/clock.h"
#include "objects/file_index/file_index.h"
#include "tests/unit/host_fixture.h"
#include "tests/unit/shortcuts.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DISK_FILE "images/disk.qcow2"
#define VM_C "cccccccc-0000-4000-8000-000000000003"

static char definitions[PATH_MAX], states[PATH_MAX];
static struct users_index x;

static void fresh(void)
{
	users_index_clear(&x);
}

static time_t seconds_late; /* of the clock */
static int64_t watched_from;

/* In the place of libc's. */
int clock_gettime(clockid_t clock, struct timespec *ret)
{
	long status = syscall(SYS_clock_gettime, clock, ret);

	ret->tv_sec -= seconds_late;
	return (int)status;
}

static bool exact; /* the kernel's own times; else those of one without multigrain timestamps */

/* In the place of libc's: vxe tries on such a file how exact times are. */
int memfd_create(const char *name, unsigned flags)
{
	return exact ? (int)syscall(SYS_memfd_create, name, flags) : -1;
}

/* False in the tests without @exact, and on an older kernel. */
static bool are_exact(void)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return file_times(fd) == TIMES_EXACT;
}

static void open_session(void)
{
	session_start(&store_sqlite_ops);
	snprintf(definitions, sizeof(definitions), "%s/definitions", dir);
	snprintf(states, sizeof(states), "%s/states", dir);
	S->config.definitions_dir = definitions;
	S->config.states_dir = states;
	S->config.watched_from = watched_from;
}

/* As another call of the program. */
static void reopen(void)
{
	users_settle(S);
	session_close(TAKE(S));
	open_session();
}

static char *xml_with(const char *uuid, const char *name, const char *file)
{
	_cleanup_free_ char *disk = disk_xml("vda", "qcow2", file);

	return domain_xml(uuid, name, disk);
}

/* As libvirt writes it: a new file, renamed. */
static void write_definition(const char *name, const char *xml)
{
	_cleanup_free_ char *new = at("definitions/new"),
			    *to = xasprintf("%s/%s.xml", definitions, name);

	write_text("definitions/new", xml);
	cr_assert_eq(rename(new, to), 0);
}

static void add_user(const char *uuid, const char *name, const char *file)
{
	_cleanup_free_ char *xml = xml_with(uuid, name, file);

	hv_mock_add(mock, xml, HV_SHUTOFF);
	write_definition(name, xml);
}

static size_t count_users(void)
{
	_cleanup_strv_ struct strv paths = { 0 };
	_cleanup_users_ struct file_users users = { 0 };

	strv_take(&paths, at(DISK_FILE));
	OK(users_look(S, &paths, &users, &E));
	return users.n;
}

/* A define by vxe, which libvirt writes to the folder of definitions. */
static void prove(void)
{
	_cleanup_free_ char *xml = xml_with(VM_A, "a", "images/a.qcow2");
	struct hv *hv;

	count_users();
	OK(session_hv(S->here, &hv, &E));
	OK(hv_define(hv, xml, &E));
	write_definition("a", xml);
	clock_sleep_ms(50);
	reopen();
	count_users();
	clock_sleep_ms(50);
	reopen();
	count_users();
	reopen();
}

/* VM_A, and so many other VMs, none of which has the disk. */
static void start(int others)
{
	host_start();
	write_text("machine/proc/sys/kernel/random/boot_id", "first\n");
	write_text("machine/proc/self/mountinfo", "1 1 0:1 / / rw - ext4 none rw\n");
	write_text("states/none", "");
	write_text("states/driver.pid", "1");
	write_text("definitions/none", "");
	open_session();
	write_text(DISK_FILE, "");
	write_text("images/a.qcow2", "");
	add_user(VM_A, "a", "images/a.qcow2");
	for (int i = 0; i < others; i++) {
		_cleanup_free_ char *uuid = xasprintf("%08x-1111-4000-8000-000000000000", i);
		_cleanup_free_ char *name = xasprintf("other%d", i);

		add_user(uuid, name, "images/a.qcow2");
	}
}

TestSuite(users, .init = all_shortcuts, .fini = host_stop, .timeout = 300);

/* With folders that are watched, as large ones are, with folders that are not, and with exact times. */
#define EACH_WAY(name)                                                                             \
	static void name(void);                                                                    \
	Test(users, name)                                                                          \
	{                                                                                          \
		name();                                                                            \
	}                                                                                          \
	Test(users, name##_unwatched)                                                              \
	{                                                                                          \
		watched_from = INT64_MAX;                                                          \
		name();                                                                            \
	}                                                                                          \
	Test(users, name##_exact)                                                                  \
	{                                                                                          \
		exact = true;                                                                      \
		name();                                                                            \
	}                                                                                          \
	static void name(void)

static unsigned calls_of_a_look(int others)
{
	start(others);
	prove();
	unsigned before = hv_mock_calls(mock, NULL);

	cr_expect_eq(count_users(), 0);
	return hv_mock_calls(mock, NULL) - before;
}

EACH_WAY(a_look_costs_the_same_among_ten_and_three_hundred)
{
	unsigned few = calls_of_a_look(10);

	host_stop();
	unsigned many = calls_of_a_look(300);

	cr_expect_eq(few, many, "%u calls of ten, %u of 300", few, many);
	cr_expect_leq(many, 5, "%u calls", many);
	cr_expect_eq(hv_mock_calls(mock, "list"), 1, "only the first look lists");
}

EACH_WAY(a_new_definition_is_read)
{
	start(3);
	prove();
	add_user(VM_B, "b", DISK_FILE);
	unsigned before = hv_mock_calls(mock, "xml");

	cr_expect_eq(count_users(), 1);
	cr_expect_eq(hv_mock_calls(mock, "xml") - before, 1);
	cr_expect_eq(hv_mock_calls(mock, "list"), 1);
}

/* libvirt reads such an edit when it starts, and so does vxe. */
EACH_WAY(an_edit_in_place_is_read_when_libvirt_has_started)
{
	start(3);
	prove();
	_cleanup_free_ char *right = xml_with(VM_A, "a", DISK_FILE);
	_cleanup_free_ char *wrong = xml_with(VM_A, "a", "images/dusk.qcow2");

	for (int i = 0; i < 20; i++) {
		write_text("definitions/a.xml", right);
		write_text("states/driver.pid", "2");
		cr_expect_eq(count_users(), 1, "edit %d", i);
		write_text("definitions/a.xml", wrong);
		write_text("states/driver.pid", "3");
		cr_expect_eq(count_users(), 0, "edit %d back", i);
	}
}

static char *index_file(void)
{
	return xasprintf("%s/locks/users-%s", dir, S->store_uuid);
}

/* The index says that a.xml, as it is now, was read so long after its last change, and named nothing. */
static void pretend_read(int64_t after)
{
	_cleanup_free_ char *file = index_file();
	_cleanup_free_ char *path = at("definitions/a.xml");

	session_close(TAKE(S));
	users_index_load(&x, file, "first\n");
	struct user *u = users_index_find(&x, path);

	cr_assert(u);
	for (size_t i = 0; i < x.n; i++)
		x.items[i]->seen = 1;
	u->names = u->chain = "";
	u->read_at = u->sign.changed + after;
	x.folders = (struct folders){ 0 };
	users_index_save(&x, file, "first\n");
	fresh();
	open_session();
}

/* A second change may leave the times as they are when the first one was just before the reading. */
EACH_WAY(a_file_that_was_read_right_after_a_change_is_read_again)
{
	start(3);
	write_text("definitions/a.xml", "");
	_cleanup_free_ char *xml = xml_with(VM_A, "a", DISK_FILE);

	prove();
	write_definition("a", xml);
	clock_sleep_ms(50);
	cr_expect_eq(count_users(), 1);
	pretend_read(1000000000);
	cr_expect_eq(count_users(), 0, "an old entry is believed");
	pretend_read(1000000);
	cr_expect_eq(count_users(), !are_exact(), "a young one is not");
	pretend_read(-1000000000);
	cr_expect_eq(count_users(), !are_exact(), "nor one from before a clock was set");
}

/* Each change in the same tick of the clock as the look before it. */
EACH_WAY(changes_without_a_pause_are_seen)
{
	start(3);
	prove();
	_cleanup_free_ char *with = xml_with(VM_A, "a", DISK_FILE);
	_cleanup_free_ char *without = xml_with(VM_A, "a", "images/dusk.qcow2");

	for (int i = 0; i < 100; i++) {
		write_definition("a", i % 2 ? without : with);
		reopen();
		cr_expect_eq(count_users(), !(i % 2), "change %d", i);
	}
}

Test(users, times_of_whole_seconds_are_young_for_two_seconds)
{
	const int64_t second = 1000000000;

	for (int times = TIMES_TICKS; times <= TIMES_EXACT; times++) {
		cr_expect_gt(time_young(5 * second, 6 * second, (enum file_times)times), 0);
		cr_expect_leq(time_young(5 * second, 7 * second, (enum file_times)times), 0);
	}
	cr_expect_leq(time_young(5 * second + 1, 5 * second + 1, TIMES_EXACT), 0);
	cr_expect_gt(time_young(5 * second + 1, 5 * second + 1, TIMES_TICKS), 0);
}

EACH_WAY(a_domain_without_a_file_is_found)
{
	start(3);
	prove();
	_cleanup_free_ char *xml = xml_with(VM_B, "b", DISK_FILE), *file = at("definitions/b.xml");

	add_user(VM_B, "b", DISK_FILE);
	cr_expect_eq(count_users(), 1);
	cr_assert_eq(unlink(file), 0);
	cr_expect_eq(count_users(), 1, "libvirt still has it");
	reopen();
	cr_expect_eq(count_users(), 1);
	hv_mock_remove(mock, VM_B);
	cr_expect_eq(count_users(), 0);
	reopen();
	hv_mock_add_transient(mock, xml);
	cr_expect_eq(count_users(), 1);
}

/* Else its entry would make the next command doubt the folders. */
EACH_WAY(a_domain_that_goes_leaves_the_index)
{
	start(3);
	add_user(VM_B, "b", "images/a.qcow2");
	prove();
	_cleanup_free_ char *path = at("definitions/b.xml");

	count_users();
	hv_mock_remove(mock, VM_B);
	cr_assert_eq(unlink(path), 0);
	count_users();
	clock_sleep_ms(50);
	count_users();
	reopen();
	unsigned before = hv_mock_calls(mock, "list");

	cr_expect_eq(count_users(), 0);
	cr_expect_eq(hv_mock_calls(mock, "list"), before, "libvirt is asked for all domains");
}

static size_t count_domains_but(const char *except)
{
	_cleanup_free_ char *path = at(DISK_FILE);
	_cleanup_domain_users_ struct domain_users users = { 0 };

	OK(users_domains_of(S, path, except, &users, &E));
	return users.n;
}

static size_t count_domains(void)
{
	next_command();
	return count_domains_but(NULL);
}

/* A command asks who else names the files of its VM, whose files change with each command. */
EACH_WAY(the_files_of_the_own_domain_wait_for_who_asks)
{
	start(3);
	add_user(VM_B, "b", "images/a.qcow2");
	prove();
	count_users();
	_cleanup_free_ char *xml = xml_with(VM_B, "b", DISK_FILE);
	unsigned before = hv_mock_calls(mock, "xml");

	hv_mock_set_xml(mock, VM_B, HV_XML_INACTIVE, xml);
	write_definition("b", xml);
	next_command();
	cr_expect_eq(count_domains_but(VM_B), 0);
	cr_expect_eq(hv_mock_calls(mock, "xml"), before, "libvirt is asked for the own domain");
	cr_expect_eq(count_domains_but(VM_A), 1, "another domain asks");
	cr_expect_eq(count_domains_but(NULL), 1);
	reopen();
	cr_expect_eq(count_domains(), 1);
}

/* As after virsh domrename, and a new domain with the old name. */
EACH_WAY(a_file_that_has_become_another_domains_is_read)
{
	start(3);
	add_user(VM_B, "b", DISK_FILE);
	prove();
	_cleanup_free_ char *renamed = xml_with(VM_B, "c", DISK_FILE),
			    *xml = xml_with(VM_C, "b", DISK_FILE);

	count_users();
	hv_mock_set_xml(mock, VM_B, HV_XML_INACTIVE, renamed);
	hv_mock_add(mock, xml, HV_SHUTOFF);
	write_definition("c", renamed);
	write_definition("b", xml);
	next_command();
	cr_expect_eq(count_domains_but(VM_B), 1);
	next_command();
	cr_expect_eq(count_domains_but(VM_C), 1);
	cr_expect_eq(count_users(), 2);
}

/* Few files are searched anyway; then a plan asks libvirt about none of them that has changed. */
EACH_WAY(a_plan_believes_what_the_files_say_now_and_said_before)
{
	start(3);
	add_user(VM_B, "b", DISK_FILE);
	add_user(VM_C, "c", "images/a.qcow2");
	prove();
	cr_expect_eq(count_users(), 1);
	_cleanup_free_ char *other = xml_with(VM_B, "b", "images/dusk.qcow2");
	_cleanup_free_ char *live = xml_with(VM_C, "c", DISK_FILE);
	unsigned before = hv_mock_calls(mock, "xml");

	write_definition("b", other);
	cr_expect_eq(count_domains(), 1, "edited in place: libvirt knows the text before");
	hv_mock_set_state(mock, VM_C, HV_RUNNING);
	hv_mock_set_xml(mock, VM_C, HV_XML_LIVE, live);
	write_text("states/c.xml", live);
	cr_expect_eq(count_domains(), 2, "a state");
	cr_expect_eq(hv_mock_calls(mock, "xml"), before);
	cr_expect_eq(count_users(), 2, "a look asks");
	cr_expect_gt(hv_mock_calls(mock, "xml"), before);
}

EACH_WAY(a_plan_looks_again_when_libvirt_has_written)
{
	start(3);
	prove();
	cr_expect_eq(count_domains(), 0);
	unsigned counts = hv_mock_calls(mock, "count");

	cr_expect_eq(count_domains(), 0);
	cr_expect_eq(hv_mock_calls(mock, "count"), counts, "nothing was written");
	add_user(VM_B, "b", DISK_FILE);
	cr_expect_eq(count_domains(), 1);
	clock_sleep_ms(50);
	cr_expect_eq(count_domains(), 1);
	counts = hv_mock_calls(mock, "count");
	cr_expect_eq(count_domains(), 1);
	cr_expect_eq(hv_mock_calls(mock, "count"), counts);
	_cleanup_free_ char *xml = xml_with(VM_B, "b", "images/dusk.qcow2");

	hv_mock_set_xml(mock, VM_B, HV_XML_INACTIVE, xml);
	write_definition("b", xml);
	cr_expect_eq(count_domains(), 1, "libvirt may know the text before");
	cr_expect_eq(count_users(), 0, "in the same tick or not");
	cr_expect_eq(count_domains(), 0);
	hv_mock_set_state(mock, VM_B, HV_RUNNING);
	_cleanup_free_ char *live = xml_with(VM_B, "b", DISK_FILE);

	hv_mock_set_xml(mock, VM_B, HV_XML_LIVE, live);
	write_text("states/b.xml", live);
	cr_expect_eq(count_domains(), 1, "a state");
}

/* libvirt takes milliseconds to count many domains. */
EACH_WAY(all_are_counted_only_when_a_file_has_gone)
{
	start(3);
	add_user(VM_B, "b", DISK_FILE);
	prove();
	_cleanup_free_ char *xml = xml_with(VM_A, "a", DISK_FILE), *file = at("definitions/b.xml");

	cr_expect_eq(count_users(), 1);
	unsigned before = hv_mock_calls(mock, "count");

	hv_mock_set_xml(mock, VM_A, HV_XML_INACTIVE, xml);
	write_definition("a", xml);
	cr_expect_eq(count_users(), 2);
	cr_expect_eq(hv_mock_calls(mock, "count"), before, "a file has changed");
	write_definition("a", xml);
	cr_assert_eq(unlink(file), 0);
	cr_expect_eq(count_users(), 2, "libvirt still has it");
	cr_expect_gt(hv_mock_calls(mock, "count"), before, "a file has gone");
}

/* The second image lies outside all searched folders: only the chain of the domain leads to it. */
EACH_WAY(a_chain_that_changes_during_a_command_is_followed)
{
	start(3);
	_cleanup_free_ char *disk = at(DISK_FILE), *folder = at("elsewhere/x"), *xml = NULL;
	struct hv *hv;

	make_dirs(folder);
	make_image("elsewhere/one.qcow2", NULL, NULL);
	make_image("elsewhere/two.qcow2", disk, "qcow2");
	add_user(VM_B, "b", "elsewhere/one.qcow2");
	prove();
	cr_assert_eq(count_users(), 0);
	xml = xml_with(VM_B, "b", "elsewhere/two.qcow2");
	OK(session_hv(S->here, &hv, &E));
	OK(hv_define(hv, xml, &E));
	write_definition("b", xml);
	cr_assert_eq(count_users(), 1);
}

/* It would not know of the changes before. */
Test(users, a_watch_begins_with_the_first_look_or_never)
{
	struct folders_watch w = { 0 };
	_cleanup_strv_ struct strv changed = { 0 };

	start(0);
	folders_watch_start(&w, &S->config, false);
	folders_watch_start(&w, &S->config, true);
	cr_expect_eq(folders_watch_read(&w, &S->config, &changed), FOLDERS_UNKNOWN);
	close(folders_watch_end(&w));
}

/* A plan sees a guest without a state by the file of its process. */
EACH_WAY(a_guest_whose_state_could_not_be_written_is_seen)
{
	start(3);
	prove();
	_cleanup_free_ char *xml = xml_with(VM_B, "b", DISK_FILE);
	unsigned before = hv_mock_calls(mock, "count");

	hv_mock_add_transient(mock, xml);
	write_text("states/b.pid", "1234");
	cr_expect_eq(count_domains(), 1);
	cr_expect_eq(hv_mock_calls(mock, "count"), before + 1);
	reopen();
	cr_expect_eq(count_domains(), 1, "so does the next command");
	write_text("states/b.xml", xml);
	hv_mock_set_xml(mock, VM_B, HV_XML_LIVE, xml);
	clock_sleep_ms(50); /* the folder's times are believed */
	reopen();
	cr_expect_eq(count_domains(), 1);
	reopen();
	before = hv_mock_calls(mock, "count");
	cr_expect_eq(count_domains(), 1);
	cr_expect_eq(hv_mock_calls(mock, "count"), before, "it has one now");
}

/* What an earlier command counted tells nothing of a domain that has no file at all. */
EACH_WAY(the_first_look_of_a_command_before_a_write_counts)
{
	start(3);
	prove();
	_cleanup_free_ char *xml = xml_with(VM_B, "b", DISK_FILE);
	unsigned before = hv_mock_calls(mock, "count");

	cr_expect_eq(count_domains(), 0);
	cr_expect_eq(hv_mock_calls(mock, "count"), before);
	hv_mock_add_transient(mock, xml);
	cr_expect_eq(count_users(), 1);
	cr_expect_eq(hv_mock_calls(mock, "count"), before + 1);
	reopen();
	cr_expect_eq(count_users(), 1);
}

/*
 * A second change may leave the folder's times as they are when the first one was just before the look. A
 * clock that was set back makes each change one of just now.
 */
EACH_WAY(the_times_of_a_folder_that_has_just_changed_are_not_kept)
{
	start(3);
	prove();
	_cleanup_free_ char *file = index_file();
	const time_t hour = 3600;

	for (time_t late = 0; late <= hour; late += hour) {
		seconds_late = late;
		count_users();
		reopen();
		seconds_late = 0;
		users_index_load(&x, file, "first\n");
		cr_expect_eq(x.folders.definitions.ino != 0, late == 0 || are_exact());
		fresh();
	}
}

/* A file of a domain that libvirt does not have hides another one that has no file. */
EACH_WAY(a_folder_that_a_define_leaves_as_it_was_is_not_believed)
{
	start(3);
	prove();
	_cleanup_free_ char *xml = xml_with(VM_A, "a", "images/a.qcow2");
	_cleanup_free_ char *right =
		xml_with("00000000-1111-4000-8000-000000000000", "other0", DISK_FILE);
	struct hv *hv;

	count_users();
	OK(session_hv(S->here, &hv, &E));
	OK(hv_define(hv, xml, &E));
	reopen();
	hv_mock_set_xml(mock, "00000000-1111-4000-8000-000000000000", HV_XML_INACTIVE, right);
	cr_expect_eq(count_users(), 1);
}

Test(users, what_the_index_says_ends_with_the_boot)
{
	start(3);
	prove();
	write_text("machine/proc/sys/kernel/random/boot_id", "second\n");
	unsigned before = hv_mock_calls(mock, "xml");

	count_users();
	cr_expect_eq(hv_mock_calls(mock, "xml") - before, 4);
}

/* Its path is the pool's matter, so it is read at each look, also of the next command. */
EACH_WAY(a_definition_with_volumes_is_never_left_out)
{
	start(3);
	prove();
	_cleanup_free_ char *folder = at("images");
	_cleanup_free_ char *xml = domain_xml(VM_B, "b",
		"<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/>"
		"<source pool='p' volume='disk.qcow2'/><target dev='vda' bus='virtio'/></disk>");

	char uuid[] = "44444444-1111-4000-8000-000000000000", name[] = "p", type[] = "dir";

	hv_mock_add_pool(mock,
		&(struct hv_pool){
			.uuid = uuid, .name = name, .type = type, .path = folder, .active = true });
	hv_mock_add(mock, xml, HV_SHUTOFF);
	write_definition("b", xml);
	for (int i = 0; i < 3; i++) {
		cr_expect_eq(count_users(), 1);
		clock_sleep_ms(50);
		cr_expect_eq(count_users(), 1);
		reopen();
		cr_expect_eq(count_domains(), 1, "of the next command");
		reopen();
	}
}

/* ---- names ----------------------------------------------------------------------------------- */

/* So many distinct names that the folder is listed. */
static void start_many(void)
{
	start(0);
	for (int i = 0; i < 30; i++) {
		_cleanup_free_ char *uuid = xasprintf("%08x-2222-4000-8000-000000000000", i);
		_cleanup_free_ char *name = xasprintf("many%d", i);
		_cleanup_free_ char *file = xasprintf("images/%d.qcow2", i);

		write_text(file, "");
		add_user(uuid, name, file);
	}
	prove();
}

/* VM_B names the file like this; then it no longer does. */
static void expect_named(const char *name)
{
	_cleanup_free_ char *other = xml_with(VM_B, "b", "images/dusk.qcow2");

	add_user(VM_B, "b", name);
	cr_expect_eq(count_users(), 1, "%s", name);
	cr_expect_eq(count_domains(), 1, "%s", name);
	reopen();
	cr_expect_eq(count_domains(), 1, "%s, another command", name);
	hv_mock_set_xml(mock, VM_B, HV_XML_INACTIVE, other);
	write_definition("b", other);
	cr_expect_eq(count_users(), 0, "%s no longer", name);
	cr_expect_eq(count_domains(), 0, "%s no longer", name);
	hv_mock_remove(mock, VM_B);
}

EACH_WAY(a_name_among_many_that_leads_to_the_file)
{
	start_many();
	_cleanup_free_ char *disk = at(DISK_FILE), *hard = at("images/hard"),
			    *soft = at("images/soft"), *folder = at("folder"), *away = at("away");

	expect_named(DISK_FILE);
	cr_assert_eq(link(disk, hard), 0);
	expect_named("images/hard");
	cr_assert_eq(symlink("disk.qcow2", soft), 0);
	expect_named("images/soft");
	cr_assert_eq(symlink("images", folder), 0);
	expect_named("folder/disk.qcow2");
	expect_named("images/../images//disk.qcow2");
	cr_assert_eq(link(disk, away), 0);
	expect_named("away");
	cr_assert_eq(unlink(disk), 0);
	expect_named(DISK_FILE);
	expect_named("folder/disk.qcow2");
}

EACH_WAY(one_of_many_becomes_the_file)
{
	start_many();
	_cleanup_free_ char *disk = at(DISK_FILE), *one = at("images/7.qcow2");

	cr_expect_eq(count_users(), 0);
	cr_assert(unlink(one) == 0 && link(disk, one) == 0);
	cr_expect_eq(count_users(), 1);
	reopen();
	cr_expect_eq(count_users(), 1);
	cr_assert(unlink(one) == 0);
	write_text("images/7.qcow2", "");
	cr_expect_eq(count_users(), 0);
}
