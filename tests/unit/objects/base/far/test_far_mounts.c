/* SPDX-License-Identifier: MIT */
/* Which mounts are far, and which one a path leads to. */
#include "objects/base/far/far_mounts.h"

#include "tests/unit/leak.h"

#include "tests/unit/harness.h"
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char *dir;
static struct far_mounts m;

/* DIR/near has links to DIR/far, a mount of NFS; DIR/far/disk is an ext4 on top of that. */
static void begin(void)
{
	char path[] = "/tmp/far.XXXXXX";

	dir = xstrdup(mkdtemp(path));
	_cleanup_free_ char *near = xasprintf("%s/near", dir), *far = xasprintf("%s/far", dir);
	_cleanup_free_ char *loop = xasprintf("%s/near/loop", dir);
	_cleanup_free_ char *link = xasprintf("%s/near/link", dir);
	_cleanup_free_ char *text = xasprintf(
		"21 1 8:1 / / rw - ext4 /dev/sda rw\n"
		"22 21 0:40 / %s/far rw,noatime shared:3 - nfs4 server:/x rw\n"
		"23 22 8:2 / %s/far/disk rw - ext4 /dev/sdb rw\n"
		"24 21 0:41 / %s/a\\040b rw - fuse.sshfs host:/ rw\n"
		"25 21 0:42 / /boot rw - fuse.portal portal rw\n"
		"26 25 8:3 / /boot rw - ext4 /dev/sdc rw\n"
		"27 21 0:43 / / rw - nfs4 server:/root rw\n"
		"28 21 0:44 / /run/x rw - tmpfs tmpfs rw\n"
		"29 21 0:45 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw\nshort line\n",
		dir, dir, dir);

	cr_assert_eq(mkdir(near, 0700) | mkdir(far, 0700), 0);
	cr_assert_eq(symlink("../far", link) | symlink("loop", loop), 0);
	far_mounts_parse(text, &m);
}

static void end(void)
{
	static const char *const names[] = { "near/loop", "near/link", "near", "far", "" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", dir, names[i]);

		cr_assert_eq(remove(path), 0);
	}
	free(dir);
	far_mounts_clear(&m);
	no_leaks();
}

TestSuite(far_mounts, .init = begin, .fini = end);

Test(far_mounts, are_those_that_a_server_answers_for)
{
	_cleanup_free_ char *far = xasprintf("%s/far", dir), *blank = xasprintf("%s/a b", dir);

	cr_assert_eq(m.n, 2);
	cr_assert_str_eq(far_mounts_at(&m, far)->dev, "0:40");
	cr_assert_str_eq(far_mounts_at(&m, blank)->dev, "0:41");
	cr_assert_null(far_mounts_at(&m, "/boot")); /* something near is mounted over it */
	cr_assert_null(far_mounts_at(&m, "/"));
}

Test(far_mounts, are_found_through_links)
{
	static const struct {
		const char *path;
		bool follow, far;
	} cases[] = {
		{ "near", true, false },
		{ "near/file", true, false },
		{ "near/nobody/../../far/x", true, true },
		{ "near/../far", true, true },
		{ "far", false, true },
		{ "far/disk/x", true, true }, /* the way to it leads over the far mount */
		{ "near/link", true, true },
		{ "near/link", false, false },
		{ "near/link/x", false, true },
		{ "near/./link//x", true, true },
		{ "near/loop/x", true, false },
		{ "farther", true, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", dir, cases[i].path);

		cr_expect_eq(far_mounts_find(&m, path, cases[i].follow, NULL) != NULL, cases[i].far,
			"%s", cases[i].path);
	}
	cr_expect_null(far_mounts_find(&m, "far", true, NULL));
}

Test(far_mounts, show_the_physical_path)
{
	_cleanup_free_ char *path = xasprintf("%s/near/link/../near/.", dir);
	_cleanup_free_ char *want = xasprintf("%s/far", dir), *physical = NULL;

	cr_assert(far_mounts_find(&m, path, true, &physical));
	cr_assert_str_eq(physical, want);
}
