/* SPDX-License-Identifier: MIT */
/* Names that lead to a file are never left out, most others are. */
#include "objects/file_index/name_filter.h"
#include "tests/unit/host_fixture.h"
#include "tests/unit/shortcuts.h"

#include <dlfcn.h>
#include <errno.h>
#include <unistd.h>

#define MANY 20

static int until_failure = -1; /* so many entries are read; -1: it does not fail */

/* In the place of libc's. */
struct dirent *readdir(DIR *d)
{
	struct dirent *(*real)(DIR *);
	void *found = dlsym(RTLD_NEXT, "readdir");

	memcpy(&real, &found, sizeof(real));
	if (until_failure == 0) {
		errno = EIO;
		return NULL;
	}
	until_failure -= until_failure > 0;
	return real(d);
}

static struct names names;
static struct listings listings;
static struct sign wanted;
static const struct sign *files[] = { &wanted };

/* MANY files, of which the last is wanted. @mounts: the machine's mount points, as mountinfo has them. */
static void start(const char *mounts)
{
	struct stat st;

	host_start();
	for (int i = 1; i <= MANY; i++) {
		_cleanup_free_ char *name = xasprintf("images/%d.qcow2", i);

		write_text(name, "");
	}
	write_text("machine/proc/self/mountinfo", mounts);
	_cleanup_free_ char *path = at("images/20.qcow2"), *root = at("machine");

	cr_assert_eq(stat(path, &st), 0);
	wanted = sign_of(&st);
	names_begin(&names, &listings, files, 1, false, root);
}

static void end(void)
{
	names_clear(&names);
	listings_clear(&listings);
	host_stop();
}

static bool may(const char *name)
{
	_cleanup_free_ char *path = at(name);

	return names_may(&names, path);
}

/* Until the folder is listed. */
static void ask_many(void)
{
	for (int i = 1; i < MANY; i++) {
		_cleanup_free_ char *name = xasprintf("images/%d.qcow2", i);

		may(name);
	}
}

TestSuite(users_names, .init = all_shortcuts, .fini = end);

Test(users_names, a_folder_is_listed_after_a_few_names)
{
	int n = 0;

	start("1 1 0:1 / / rw - ext4 none rw\n");
	for (int i = 1; i < MANY; i++) {
		_cleanup_free_ char *name = xasprintf("images/%d.qcow2", i);

		n += may(name) + may(name);
	}
	cr_expect_eq(n, 16, "%d times: eight names, each twice", n);
	cr_expect(may("images/20.qcow2"));
	cr_expect_not(may("images/gone.qcow2"));
}

Test(users_names, links_are_asked_for)
{
	_cleanup_free_ char *hard = NULL, *soft = NULL, *file = NULL;

	start("1 1 0:1 / / rw - ext4 none rw\n");
	file = at("images/20.qcow2");
	hard = at("images/hard");
	soft = at("images/soft");
	cr_assert_eq(link(file, hard), 0);
	cr_assert_eq(symlink("/anywhere", soft), 0);
	ask_many();
	cr_expect(may("images/hard"));
	cr_expect(may("images/soft"));
	cr_expect(may("images/../images/20.qcow2"));
	cr_expect_not(may("images/19.qcow2"));
}

Test(users_names, what_is_called_like_a_mount_point_is_asked_for)
{
	start("1 1 0:1 / / rw - ext4 none rw\n2 1 0:1 /a /x/19.qcow2 rw - ext4 none rw\n"
	      "3 1 0:1 /a /x/a\\040b rw - ext4 none rw\n"
	      "4 1 0:2 / /x/17.qcow2 rw - fuse none rw\n5 1 0:3 / /x/16.qcow2 rw - ext4 none rw\n");
	ask_many();
	cr_expect(may("images/17.qcow2"));
	cr_expect_not(may("images/16.qcow2"), "a folder");
	cr_expect(may("images/19.qcow2"));
	cr_expect(may("images/a b"));
	cr_expect_not(may("images/18.qcow2"));
}

Test(users_names, without_a_table_of_mounts_all_names_are_asked_for)
{
	start("");
	ask_many();
	cr_expect(may("images/18.qcow2"));
}

Test(users_names, in_a_folder_that_cannot_be_read_to_its_end_all_names_are_asked_for)
{
	start("1 1 0:1 / / rw - ext4 none rw\n");
	until_failure = 3;
	ask_many();
	until_failure = -1;
	for (int i = 1; i <= MANY; i++) {
		_cleanup_free_ char *name = xasprintf("images/%d.qcow2", i);

		cr_expect(may(name), "%d", i);
	}
}

/* More folders than are kept: one that comes again starts anew. */
Test(users_names, many_folders)
{
	start("1 1 0:1 / / rw - ext4 none rw\n");
	ask_many();
	for (int i = 0; i < 100; i++) {
		_cleanup_free_ char *name = xasprintf("elsewhere%d/20.qcow2", i);

		cr_expect(may(name));
	}
	ask_many();
	cr_expect_not(may("images/18.qcow2"));
	cr_expect(may("images/20.qcow2"));
}
