/* SPDX-License-Identifier: MIT */
/* Files that hold images: sizes, write bits, QEMU's locks, and the backing files in a directory. */
#include "tests/unit/image_fixture.h"

#include "objects/classes/storage/image_fingerprint.h"
#include "backends/content/content.h"
#include "objects/base/clock.h"
#include "tests/image_at.h"

#include <sys/xattr.h>

TestSuite(image_file, .init = enter, .fini = leave, .timeout = 600);

/* ---- files ---- */

Test(image_file, stat_tells_sizes_and_identity)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x"), *link = in_dir("link"), *gone = in_dir("gone/x");
	struct content_stat f, g;

	make("x", "raw", "64M");
	io("x", "raw", "write -q 1M 1M");
	cr_assert_eq(symlink("x", link), 0);
	cr_assert_eq(content_stat(image_at(path), &f, &err), 0);
	cr_assert_eq(content_stat(image_at(link), &g, &err), 0);
	cr_assert(f.exists && !f.device);
	cr_assert_eq(f.size, 64 * MIB);
	cr_assert(f.allocated >= MIB && f.allocated < 8 * MIB);
	cr_assert(f.uid == geteuid());
	cr_assert(f.dev == g.dev && f.ino == g.ino);
	cr_assert_eq(content_stat(image_at(gone), &f, &err), 0);
	cr_assert_not(f.exists);
}

Test(image_file, virtual_size_follows_the_format)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *q = in_dir("q"), *r = in_dir("r"), *gone = in_dir("gone");
	int64_t size = 0;

	make("q", "qcow2", "5M");
	make("r", "raw", "1M");
	cr_assert_eq(truncate(r, 1000), 0);
	cr_assert_eq(content_size(image_at(q), "qcow2", &size, &err), 0);
	cr_assert_eq(size, 5 * MIB);
	cr_assert_eq(content_size(image_at(r), "raw", &size, &err), 0);
	cr_assert_eq(size, 1024, "whole sectors, as QEMU sees it");
	cr_assert_eq(content_size(image_at(r), "qcow2", &size, &err), -1);
	expect_failed(&err, "not a qcow2");
	cr_assert_eq(content_size(image_at(gone), "raw", &size, &err), -1);
	expect_failed(&err, "does not exist");
	cr_assert_eq(content_size(image_at(q), "vmdk", &size, &err), -1);
	expect_failed(&err, "vmdk");
}

Test(image_file, freeze_takes_write_bits_and_thaw_gives_them_back)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x"), *gone = in_dir("gone");
	mode_t mode = 0;

	make("x", "raw", "1M");
	cr_assert_eq(chmod(path, 0664), 0);
	cr_assert_eq(content_freeze(image_at(path), &mode, &err), 0);
	cr_assert_eq(mode, 0664);
	cr_assert_eq(mode_of("x"), 0444);
	cr_assert_eq(content_freeze(image_at(path), &mode, &err), 0);
	cr_assert_eq(mode, 0444, "the second time there is nothing to take");
	cr_assert_eq(content_thaw(image_at(path), 0664, &err), 0);
	cr_assert_eq(mode_of("x"), 0664);
	cr_assert_eq(content_freeze(image_at(gone), &mode, &err), -1);
	expect_failed(&err, "No such file");
	cr_assert_eq(content_thaw(image_at(gone), 0600, &err), -1);
	expect_failed(&err, "No such file");
}

Test(image_file, freeze_passes_over_what_is_no_regular_file)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("fifo");
	mode_t mode = 0;

	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_assert_eq(content_freeze(image_at(path), &mode, &err), 0);
	cr_assert_eq(mode, 0600);
	cr_assert_eq(content_thaw(image_at(path), 0640, &err), 0);
	cr_assert_eq(mode_of("fifo"), 0600);
}

Test(image_file, locks_of_qemu_are_seen)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *x = in_dir("x"), *gone = in_dir("gone");
	struct child holder;
	bool locked = true;

	make("x", "qcow2", "1M");
	cr_assert_eq(content_in_use(image_at(x), USE_ANY, &locked, &err), 0);
	cr_assert_not(locked);
	for (int writes = 0; writes <= 1; writes++) {
		start_holder(&holder, "x", writes);
		end_holder(&holder);
		cr_assert_eq(content_in_use(image_at(x), USE_ANY, &locked, &err), 0);
		cr_assert_not(locked, "they end with the process");
	}
	cr_assert_eq(content_in_use(image_at(gone), USE_ANY, &locked, &err), -1);
	expect_failed(&err, "No such file");
}

Test(image_file, locks_are_seen_on_frozen_backing_files)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *base = in_dir("base");
	struct child holder;
	bool locked = false;

	make("base", "qcow2", "1M");
	overlay("top", "base", "1M");
	cr_assert_eq(chmod(base, 0444), 0);
	start_holder(&holder, "top", true);
	int rc = content_in_use(image_at(base), USE_ANY, &locked, &err);

	end_holder(&holder);
	cr_assert_eq(rc, 0);
	cr_assert(locked);
}

Test(image_file, sync_and_free_space)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *x = in_dir("x"), *gone = in_dir("gone");
	int64_t space = 0;

	make("x", "qcow2", "1M");
	cr_assert_eq(chmod(x, 0444), 0);
	cr_assert_eq(content_sync(image_at(x), &err), 0);
	cr_assert_eq(content_sync(image_at(gone), &err), -1);
	expect_failed(&err, "No such file");
	cr_assert_eq(content_free_space(image_at(dir), &space, &err), 0);
	cr_assert_gt(space, 0);
	cr_assert_eq(content_free_space(image_at(gone), &space, &err), -1);
	expect_failed(&err, "No such file");
}

/* ---- the search ---- */

/*
 * The names in the headers of the files in the directory: "IMAGE NAME, ...", relative to the directory;
 * -1 as soon as one of them fails.
 */
static int names_in_dir(char **ret, struct vxe_error *err)
{
	_cleanup_dir_ DIR *d = opendir(dir);
	_cleanup_strv_ struct strv lines = { 0 };
	size_t skip = strlen(dir) + 1;

	*ret = NULL;
	for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
		_cleanup_free_ char *path = in_dir(e->d_name), *next = NULL;
		_cleanup_strv_ struct strv names = { 0 };
		struct stat st;

		if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		if (content_names(image_at(path), &names, &next, err) < 0)
			return -1;
		for (size_t i = 0; i < names.n; i++) {
			cr_assert(str_starts(names.items[i], dir));
			strv_take(&lines,
				xasprintf("%s %s%s", e->d_name, names.items[i] + skip,
					str_eq(next, names.items[i]) ? " next" : ""));
		}
	}
	strv_sort(&lines);
	*ret = strv_join(&lines, "; ");
	return 0;
}

static void foreign_overlay(const char *name, const char *backing)
{
	_cleanup_free_ char *path = in_dir(name);

	RUN("qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", backing, "-F", "qcow2", path,
		"1M");
}

static void make_crowd(void)
{
	_cleanup_free_ char *absolute = in_dir("base"), *link = in_dir("link");
	_cleanup_free_ char *sub = in_dir("sub"), *fifo = in_dir("fifo");
	_cleanup_free_ char *file = xasprintf("file:%s/base", dir);
	_cleanup_free_ char *json = xasprintf("json:{\"driver\":\"qcow2\",\"file\":{\"driver\":"
					      "\"file\",\"filename\":\"%s/base\"}}",
		dir);
	_cleanup_free_ char *dotted = xasprintf("json:{\"file.filename\":\"%s/base\"}", dir);

	make("base", "qcow2", "1M");
	make("raw", "raw", "1M");
	foreign_overlay("relative", "base");
	foreign_overlay("absolute", absolute);
	foreign_overlay("file", file);
	foreign_overlay("json", json);
	foreign_overlay("dotted", dotted);
	foreign_overlay("nbd", "nbd://127.0.0.1:1/base");
	foreign_overlay(".hidden", "base");
	cr_assert_eq(symlink("relative", link), 0);
	cr_assert_eq(mkdir(sub, 0700), 0);
	cr_assert_eq(mkfifo(fifo, 0600), 0);
	foreign_overlay("sub/deeper", "../base");
}

Test(image_file, headers_name_files_in_every_form)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *all = NULL;

	make_crowd();
	cr_assert_eq(names_in_dir(&all, &err), 0);
	cr_assert_str_eq(all,
		".hidden base next; absolute base next; dotted base; file base; "
		"json base; relative base next");
}

Test(image_file, headers_name_data_files)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x"), *all = NULL;
	_cleanup_free_ char *options = xasprintf("data_file=%s/d.raw,data_file_raw=on", dir);

	RUN("qemu-img", "create", "-q", "-f", "qcow2", "-o", options, path, "1M");
	cr_assert_eq(names_in_dir(&all, &err), 0);
	cr_assert_str_eq(all, "x d.raw");
}

Test(image_file, a_header_that_cannot_be_judged_is_an_error)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *odd = in_dir("odd"), *all = NULL;

	make("odd", "qcow2", "1M");
	cr_assert_eq(truncate(odd, 50), 0);
	cr_assert_eq(names_in_dir(&all, &err), -1);
	cr_assert_str_eq(err.params[0], odd);
	expect_failed(&err, "cut short");
	foreign_overlay("odd", "json:not json");
	cr_assert_eq(names_in_dir(&all, &err), -1);
	expect_failed(&err, "not understood");
}

/* ---- internal snapshots ---------------------------------------------------------------------- */

static void snapshot(const char *option, const char *name, const char *image)
{
	_cleanup_free_ char *path = in_dir(image);

	RUN("qemu-img", "snapshot", option, name, path);
}

Test(image_file, internal_snapshots_of_qemu_img_are_read)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_snapshots_ struct content_snapshots two = { 0 }, one = { 0 };
	_cleanup_free_ char *path = NULL;
	int64_t now = clock_wall();

	make("a.qcow2", "qcow2", "4M");
	path = in_dir("a.qcow2");
	snapshot("-c", "first", "a.qcow2");
	snapshot("-c", "second one", "a.qcow2");
	cr_assert_eq(content_snapshots(image_at(path), NULL, &two, &err), 1);
	cr_assert_eq(two.n, 2);
	cr_assert_str_eq(two.items[0].name, "first");
	cr_assert_str_eq(two.items[1].name, "second one");
	cr_assert(two.items[0].time >= now - 1 && two.items[1].time <= now + 60);
	snapshot("-d", "first", "a.qcow2");
	cr_assert_eq(content_snapshots(image_at(path), NULL, &one, &err), 1);
	cr_assert_eq(one.n, 1);
	cr_assert_str_eq(one.items[0].name, "second one");
	cr_assert_neq(one.sum, two.sum);
}

/* ---- fingerprints ---------------------------------------------------------------------------- */

static char *print_of(const char *image)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir(image);
	char *print = NULL;

	cr_assert_eq(image_print(image_at(path), "qcow2", &print, &err), 0);
	return print;
}

static void set_changed(const char *image, int64_t seconds, long ns)
{
	_cleanup_free_ char *path = in_dir(image);
	const struct timespec t[2] = { { 0, UTIME_OMIT }, { seconds, ns } };

	cr_assert_eq(utimensat(AT_FDCWD, path, t, 0), 0);
}

Test(image_file, a_fingerprint_stays_as_long_as_nobody_writes)
{
	_cleanup_free_ char *path = NULL, *copy = NULL, *then = NULL, *now = NULL, *of_copy = NULL;

	make("a.qcow2", "qcow2", "4M");
	write_mib("a.qcow2", 1, 7);
	set_changed("a.qcow2", 1700000000, 123456789);
	then = print_of("a.qcow2");
	path = in_dir("a.qcow2");
	copy = in_dir("b.qcow2");
	cr_assert_eq(chmod(path, 0444), 0);
	RUN("qemu-img", "check", "-q", path);
	now = print_of("a.qcow2");
	cr_assert_str_eq(now, then);
	RUN("cp", "-p", "--sparse=always", path, copy);
	of_copy = print_of("b.qcow2");
	cr_assert_null(image_print_differs(then, of_copy), "%s", of_copy);
	cr_assert_null(image_print_differs("", then));
	cr_assert_null(image_print_differs(then, ""));
}

Test(image_file, an_archiver_may_drop_parts_of_a_second)
{
	_cleanup_free_ char *then = NULL, *whole = NULL, *other = NULL;

	make("a.qcow2", "qcow2", "4M");
	set_changed("a.qcow2", 1700000000, 123456789);
	then = print_of("a.qcow2");
	set_changed("a.qcow2", 1700000000, 0);
	whole = print_of("a.qcow2");
	cr_assert_null(image_print_differs(then, whole));
	set_changed("a.qcow2", 1700000000, 1);
	other = print_of("a.qcow2");
	cr_assert_str_eq(image_print_differs(then, other), "it was written to");
}

Test(image_file, a_fingerprint_tells_what_was_changed)
{
	_cleanup_free_ char *path = NULL, *then = NULL, *now = NULL;

	make("a.qcow2", "qcow2", "4M");
	path = in_dir("a.qcow2");
	cr_assert_eq(truncate(path, 8 * MIB), 0);
	set_changed("a.qcow2", 1700000000, 1);
	then = print_of("a.qcow2");

	/* A change that the modification time does not show. */
	snapshot("-c", "one", "a.qcow2");
	cr_assert_eq(truncate(path, 8 * MIB), 0);
	set_changed("a.qcow2", 1700000000, 1);
	now = print_of("a.qcow2");
	cr_assert_str_eq(image_print_differs(then, now), "its internal snapshots are others");
	cr_assert_eq(truncate(path, 9 * MIB), 0);
	str_replace(&then, now);
	str_replace(&now, NULL);
	now = print_of("a.qcow2");
	cr_assert_str_eq(image_print_differs(then, now), "its size is another");
}

/* ---- rights ---------------------------------------------------------------------------------------- */

#define ACL "system.posix_acl_access"
/* user::rw-, user:4711:rw-, group::r--, mask::rw-, other::---: the mode is 0660, though the group may only read. */
static const unsigned char acl[] = { 2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 6, 0, 0x67,
	0x12, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255, 16, 0, 6, 0, 255, 255, 255, 255, 32, 0, 0, 0,
	255, 255, 255, 255 };

/* The ACL of "x", made as "like" says, whose mode was @old before it was frozen. */
static void expect_acl(mode_t old, const void *want, size_t n)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x"), *draft = in_dir(".x.vxe-tmp"),
			    *like = in_dir("like");
	unsigned char found[sizeof(acl)];
	struct content_draft d = { .at = image_at(path), .like = image_at(like), .old_mode = old };

	d.fd = content_create(image_at(draft), NULL, 0, 0, &err);
	cr_assert_geq(d.fd, 0);
	cr_assert_eq(content_finish(&d, 1, &err), 0);
	close(d.fd);
	ssize_t got = getxattr(path, ACL, found, sizeof(found));

	cr_expect_eq(got, want ? (ssize_t)n : -1);
	cr_expect(!want || memcmp(found, want, n) == 0);
	cr_assert_eq(content_remove(image_at(path), &err), 0);
}

Test(image_file, a_new_image_has_the_acl_of_the_one_before)
{
	_cleanup_free_ char *like = in_dir("like");

	make("like", "raw", "1M");
	if (setxattr(like, ACL, acl, sizeof(acl), 0) < 0) {
		cr_assert_eq(unlink(like), 0);
		(void)rmdir(dir); /* a skipped test does not reach its end */
		cr_skip_test("no ACLs here");
	}
	expect_acl(0, acl, sizeof(acl));
	cr_assert_eq(chmod(like, 0440), 0);
	expect_acl(0660, acl, sizeof(acl));
	expect_acl(0, acl, sizeof(acl));
	cr_assert_eq(setxattr(dir, "system.posix_acl_default", acl, sizeof(acl), 0), 0);
	cr_assert_eq(removexattr(like, ACL), 0);
	expect_acl(0, NULL, 0);
}
