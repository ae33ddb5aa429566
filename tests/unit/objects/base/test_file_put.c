/* SPDX-License-Identifier: MIT */
/* Files that are complete or not there. */
#include "objects/base/file.h"

#include "tests/unit/harness.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects/base/str.h"
#include "tests/unit/expect.h"
#include "tests/unit/leak.h"
#include "tests/unit/scratch.h"

static char dir[SCRATCH_MAX];

static void start(void)
{
	scratch_dir(dir, "file");
}

static void stop(void)
{
	scratch_drop(dir);
	no_leaks();
}

TestSuite(file_put, .init = start, .fini = stop);

static char *at(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static void expect_text(const char *path, const char *text)
{
	char found[64] = "";
	FILE *f = fopen(path, "r");

	cr_assert_not_null(f);
	(void)!fread(found, 1, sizeof(found) - 1, f);
	fclose(f);
	cr_expect_str_eq(found, text);
}

Test(file_put, an_existing_one_stays_or_is_replaced)
{
	_cleanup_free_ char *path = at(".mark");
	struct stat st;

	cr_assert_eq(file_put(path, "one", 0644, false), 0);
	expect_text(path, "one");
	cr_assert_eq(file_put(path, "two", 0644, false), 0, "somebody was first: no failure");
	expect_text(path, "one");
	cr_assert_eq(file_put(path, "three", 0600, true), 0);
	expect_text(path, "three");
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600U);
	cr_expect_eq(st.st_nlink, 1U, "no draft is left");
}

/* A link in the place of the file is not followed: the file that it names stays as it is. */
Test(file_put, a_link_is_replaced)
{
	_cleanup_free_ char *path = at(".mark"), *other = at("other");

	cr_assert_eq(file_put(other, "mine", 0644, false), 0);
	cr_assert_eq(symlink(other, path), 0);
	cr_assert_eq(file_put(path, "new", 0644, true), 0);
	expect_text(other, "mine");
	expect_text(path, "new");
}

Test(file_put, no_such_folder)
{
	_cleanup_free_ char *path = at("none/.mark");

	cr_expect_eq(file_put(path, "one", 0644, true), -1);
}

Test(file_put, drafts_of_dead_processes_go)
{
	static const char *const names[] = { ".mark.a1b2c3d4", ".mark", ".mark.a1b2c3",
		".marks.a1b2c3d4" };
	_cleanup_free_ char *path = at(".mark");

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_free_ char *name = at(names[i]);

		cr_assert_eq(file_put(name, "x", 0600, true), 0);
	}
	file_drop_drafts(path);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_free_ char *name = at(names[i]);

		cr_expect_eq(access(name, F_OK), i == 0 ? -1 : 0, "%s", names[i]);
	}
}
