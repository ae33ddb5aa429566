/* SPDX-License-Identifier: MIT */
/*
 * Image files with the real qemu-img. The tests read the data back through qemu-io, so they check
 * the files and not the calls.
 */
#include "objects/disks/images/image_merge.h"
#include "tests/unit/image_fixture.h"
#include "tests/image_at.h"
#include "tests/image_commit.h"
#include "objects/disks/images/image_make.h"

TestSuite(image, .init = enter, .fini = leave, .timeout = 600);

/* ---- headers as qemu-img writes them ---- */

Test(image, headers_of_qemu_img_are_understood)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_free_ char *path = in_dir("x");

	RUN("qemu-img", "create", "-q", "-f", "qcow2", "-o", "compat=0.10", "-u", "-b", "ba,se",
		"-F", "raw", path, "5M");
	expect_header("x", "ba,se", "raw", 5 * MIB);
	RUN("qemu-img", "create", "-q", "-f", "qcow2", "-o", "cluster_size=512,extended_l2=off",
		path, "3G");
	expect_header("x", NULL, NULL, INT64_C(3) << 30);
	RUN("qemu-img", "bitmap", "--add", "-f", "qcow2", path, "b0");
	RUN("qemu-img", "snapshot", "-q", "-c", "s0", path);
	RUN("qemu-img", "snapshot", "-q", "-c", "s1", path);
	cr_assert_eq(content_read(image_at(path), &h, &err), 1);
	cr_assert_eq(h.bitmaps, 1);
	cr_assert_eq(h.snapshots, 2);
}

Test(image, data_files_and_encryption_of_qemu_img_are_seen)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_free_ char *path = in_dir("x"), *data = in_dir("d.raw");
	_cleanup_free_ char *options = xasprintf("data_file=%s,data_file_raw=on", data);

	RUN("qemu-img", "create", "-q", "-f", "qcow2", "-o", options, path, "1M");
	cr_assert_eq(content_read(image_at(path), &h, &err), 1);
	cr_assert_str_eq(h.data_file, data);
	content_header_clear(&h);
	RUN("qemu-img", "create", "-q", "-f", "qcow2", "--object", "secret,id=s,data=abc", "-o",
		"encrypt.format=aes,encrypt.key-secret=s", path, "1M");
	cr_assert_eq(content_read(image_at(path), &h, &err), 1);
	cr_assert(h.encrypted);
	cr_assert_eq(content_vet(image_at(path), "qcow2", VET_USE, &err), -1);
	cr_assert_eq(err.code, VXE_FOREIGN_IMAGE);
}

/* ---- making ---- */

Test(image, overlays_are_made_complete)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *a = in_dir("a1"), *b = in_dir("b1"), *c = in_dir("c,1"),
			    *d = in_dir("d1");
	_cleanup_free_ char *base = in_dir("a");
	const struct image_overlay o[] = { { image_at(a), "a", "qcow2", 4 * MIB },
		{ image_at(b), base, "qcow2", 8 * MIB }, { image_at(c), "./a", "qcow2", 4 * MIB },
		{ image_at(d), "r", "raw", 2 * MIB } };

	make("a", "qcow2", "4M");
	make("r", "raw", "2M");
	io("r", "raw", "write -q -P 9 1M 1M");
	write_mib("a", 2, 7);
	cr_assert_eq(image_make_overlays(o, ARRAY_LEN(o), NULL, &err), 0);
	expect_header("a1", "a", "qcow2", 4 * MIB);
	expect_header("b1", base, "qcow2", 8 * MIB);
	expect_header("c,1", "./a", "qcow2", 4 * MIB);
	expect_header("d1", "r", "raw", 2 * MIB);
	expect_mib("a1", 2, 7);
	expect_mib("b1", 2, 7);
	expect_mib("c,1", 2, 7);
	expect_mib("d1", 1, 9);
	cr_assert_eq(count_files(), 6, "no draft is left");
}

Test(image, overlays_do_not_touch_a_backing_file_in_use)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("a1");
	const struct image_overlay o = { image_at(path), "a", "qcow2", MIB };
	struct child holder;
	size_t len;

	make("a", "qcow2", "1M");
	_cleanup_free_ char *before = slurp("a", &len);

	start_holder(&holder, "a", true);
	int rc = image_make_overlays(&o, 1, NULL, &err);

	end_holder(&holder);
	cr_assert_eq(rc, 0);
	expect_header("a1", "a", "qcow2", MIB);
	expect_same("a", before, len);
}

/* The output of qemu-img info about the image alone: later versions describe its file, too, whose size differs. */
static char *facts(const char *name)
{
	size_t len;
	_cleanup_free_ char *line =
		xasprintf("cd '%s' && qemu-img info --output=json %s | "
			  "jq 'del(.children, .filename, .\"actual-size\")' >%s.facts",
			dir, name, name);
	_cleanup_free_ char *file = xasprintf("%s.facts", name);

	RUN("sh", "-c", line);
	char *text = slurp(file, &len);

	text[len] = '\0';
	return text;
}

/* QEMU accepts the image like one of its own, and can write to it. */
static void expect_like_qemus(const char *size, int64_t bytes)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("ours");
	_cleanup_free_ char *write = xasprintf("write -q -P 5 %lld 512", (long long)bytes - 512);

	make("theirs", "qcow2", size);
	cr_assert_eq(image_make(image_at(path), bytes, &err), 0);
	_cleanup_free_ char *ours = facts("ours"), *theirs = facts("theirs");

	cr_assert_str_eq(ours, theirs);
	cr_assert_eq(image_check(image_at(path), "qcow2", &err), 0);
	io("ours", "qcow2", write);
	cr_assert_eq(image_check(image_at(path), "qcow2", &err), 0);
	cr_assert_eq(content_remove(image_at(path), &err), 0);
}

Test(image, empty_images_are_what_qemu_img_makes)
{
	expect_like_qemus("512", 512);
	expect_like_qemus("64M", 64 * MIB);
	expect_like_qemus("512M", 512 * MIB);
	expect_like_qemus("536871424", 512 * MIB + 512);
	expect_like_qemus("5T", 5 * 1024 * 1024 * (int64_t)MIB); /* its L1 table has two clusters */
}

/* The longest names that a header can have. */
Test(image, names_of_backing_files_end_where_the_format_says)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x");
	char name[1025];

	make("a", "qcow2", "1M");
	for (size_t i = 0; i < sizeof(name) - 1; i++)
		name[i] = i % 2 ? '/' : '.';
	name[1022] = 'a';
	name[1023] = '\0';
	const struct image_overlay longest = { image_at(path), name, "qcow2", MIB };

	cr_assert_eq(image_make_overlays(&longest, 1, NULL, &err), 0);
	expect_header("x", name, "qcow2", MIB);
	cr_assert_eq(image_check(image_at(path), "qcow2", &err), 0);
	cr_assert_eq(content_remove(image_at(path), &err), 0);
	memmove(name + 2, name, 1022);
	name[1024] = '\0';
	cr_assert_eq(image_make_overlays(&longest, 1, NULL, &err), -1);
	expect_failed(&err, "too long");
}

/* The second of two overlays cannot be made; the first must not stay. */
static void expect_nothing_made(const struct image_overlay *second, const char *word)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *first = in_dir("first");
	const struct image_overlay o[] = { { image_at(first), "a", "qcow2", MIB }, *second };
	int before = count_files();

	cr_assert_eq(image_make_overlays(o, 2, NULL, &err), -1);
	cr_assert(str_eq(err.params[0], content_place(second->at)), "%s", err.params[0]);
	expect_failed(&err, word);
	cr_assert_eq(count_files(), before, "%s", word);
}

Test(image, a_failure_leaves_no_overlay)
{
	_cleanup_free_ char *there = in_dir("there"), *new = in_dir("new");
	_cleanup_free_ char *far = in_dir("no/where"), *missing = in_dir("missing");
	size_t len;

	make("a", "qcow2", "1M");
	make("there", "raw", "1M");
	_cleanup_free_ char *before = slurp("there", &len);

	expect_nothing_made(
		&(struct image_overlay){ image_at(there), "a", "qcow2", MIB }, "exists already");
	expect_same("there", before, len);
	expect_nothing_made(&(struct image_overlay){ image_at(new), "a", "qcow2", 1000 }, "size");
	expect_nothing_made(
		&(struct image_overlay){ image_at(new), "a", "nonsense", MIB }, "nonsense");
	expect_nothing_made(
		&(struct image_overlay){ image_at(new), "nbd:x", "qcow2", MIB }, "nbd:x");
	expect_nothing_made(
		&(struct image_overlay){ image_at(new), "a", "qcow2", INT64_MAX / 512 * 512 },
		"size");
	cr_assert_not(access(missing, F_OK) == 0 || access(far, F_OK) == 0);
}

Test(image, an_overlay_on_a_missing_file_or_in_a_missing_directory_is_refused)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x"), *far = in_dir("no/x");
	const struct image_overlay o[] = { { image_at(path), "gone", "qcow2", MIB },
		{ image_at(far), "a", "qcow2", MIB } };

	cr_assert_eq(image_make_overlays(&o[0], 1, NULL, &err), -1);
	expect_failed(&err, "No such file");
	cr_assert_eq(image_make_overlays(&o[1], 1, NULL, &err), -1);
	expect_failed(&err, "No such file");
	cr_assert_eq(count_files(), 0);
}

Test(image, what_a_killed_process_left_is_removed_with_the_image)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x");

	make(".x.vxe-tmp", "qcow2", "1M");
	cr_assert_eq(image_make(image_at(path), MIB, &err), -1);
	expect_failed(&err, "File exists");
	cr_assert_eq(count_files(), 1);
	cr_assert_eq(content_remove(image_at(path), &err), 0);
	cr_assert_eq(count_files(), 0);
	cr_assert_eq(image_make(image_at(path), MIB, &err), 0);
	cr_assert_eq(content_remove(image_at(path), &err), 0);
	cr_assert_eq(content_remove(image_at(path), &err), 0, "a missing file is no error");

	/* One of a draft: of an image that was to be put onto another. */
	make("..x.vxe-tmp.vxe-tmp", "qcow2", "1M");
	cr_assert_eq(content_remove(image_at(path), &err), 0);
	cr_assert_eq(count_files(), 0);
	cr_assert_eq(count_files(), 0);
}

Test(image, an_empty_image_is_made_private)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x");

	cr_assert_eq(image_make(image_at(path), 3 * MIB, &err), 0);
	expect_header("x", NULL, NULL, 3 * MIB);
	expect_bytes("x", "0", "3M", 0);
	cr_assert_eq(mode_of("x"), 0600);
}

/* The mode of an overlay on "a", which has the mode @backing, and had @old; @like, if given, has 0640. */
static mode_t overlay_mode(mode_t backing, mode_t old, bool like)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x"), *base = in_dir("a"), *other = in_dir("like");
	const struct image_overlay o = { image_at(path), "a", "qcow2", MIB };

	cr_assert_eq(chmod(base, backing), 0);
	cr_assert_eq(chmod(other, 0640), 0);
	const struct image_like as = { like ? other : NULL, old };

	cr_assert_eq(image_make_overlays(&o, 1, &as, &err), 0);
	mode_t mode = mode_of("x");

	cr_assert_eq(content_remove(image_at(path), &err), 0);
	return mode;
}

Test(image, an_overlay_has_the_mode_of_its_backing_file)
{
	make("a", "qcow2", "1M");
	make("like", "raw", "1M");
	umask(0077);
	cr_assert_eq(overlay_mode(0664, 0, true), 0640);
	cr_assert_eq(overlay_mode(0664, 0, false), 0664);
	cr_assert_eq(overlay_mode(0444, 0, false), 0644);
	cr_assert_eq(overlay_mode(0400, 0, false), 0600);
	cr_assert_eq(overlay_mode(0440, 0660, false), 0660, "frozen");
}

static void expect_owners(void)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x"), *base = in_dir("a"), *like = in_dir("like");
	const struct image_overlay o = { image_at(path), "a", "qcow2", MIB };
	const struct image_like as = { like, 0 };
	struct stat st;

	make("a", "qcow2", "1M");
	make("like", "raw", "1M");
	cr_assert_eq(chown(base, 4711, 4712), 0);
	cr_assert_eq(chown(like, 4713, 4714), 0);
	cr_assert_eq(image_make_overlays(&o, 1, NULL, &err), 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert(st.st_uid == 4711 && st.st_gid == 4712);
	cr_assert_eq(content_remove(image_at(path), &err), 0);
	cr_assert_eq(image_make_overlays(&o, 1, &as, &err), 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert(st.st_uid == 4713 && st.st_gid == 4714);
}

Test(image, an_overlay_has_the_owner_of_its_backing_file)
{
	if (geteuid() != 0) {
		(void)rmdir(dir); /* a skipped test does not reach its end */
		cr_skip_test("only root can give files away");
	}
	expect_owners();
}

/* ---- formats are never probed ---- */

/* Puts a wrapper of qemu-img into PATH that logs its arguments, one line each call. */
static void install_spy(void)
{
	_cleanup_free_ char *bin = in_dir("bin"), *spy = in_dir("bin/qemu-img");
	const char *path = getenv("PATH");
	_cleanup_free_ char *text = xasprintf("#!/bin/sh\n"
					      "echo \" $* \" >> %s/log\n"
					      "PATH='%s'\n"
					      "exec qemu-img \"$@\"\n",
		dir, path);
	_cleanup_free_ char *spied = xasprintf("%s:%s", bin, path);

	cr_assert_eq(mkdir(bin, 0700), 0);
	int fd = open(spy, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	setenv("PATH", spied, 1);
}

/* Calls all functions that use qemu-img, in both variants if there are two. */
static void use_all(void)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *base = in_dir("base"), *mid = in_dir("mid"), *top = in_dir("top");
	const struct image_overlay m = { image_at(mid), "base", "qcow2", MIB },
				   t = { image_at(top), "mid", "qcow2", MIB };
	bool is;

	cr_assert_eq(image_make(image_at(base), MIB, &err), 0);
	cr_assert_eq(image_make_overlays(&m, 1, NULL, &err), 0);
	cr_assert_eq(image_make_overlays(&t, 1, NULL, &err), 0);
	cr_assert_eq(image_touched(image_at(top), "qcow2", &is, &err), 0);
	cr_assert_eq(image_check(image_at(top), "qcow2", &err), 0);
	cr_assert_eq(image_commit(image_at(mid), image_at(base), "qcow2", &err), 0);
	cr_assert_eq(image_pull(image_at(top), "base", "qcow2", &err), 0);
	cr_assert_eq(image_pull(image_at(top), NULL, NULL, &err), 0);
	cr_assert_eq(image_set_backing(image_at(top), "mid", "qcow2", &err), 0);
	cr_assert_eq(image_set_backing(image_at(top), NULL, NULL, &err), 0);
}

Test(image, every_call_names_its_formats)
{
	static const char *const verbs[] = { " map ", " check ", " commit ", " rebase ", " rebase ",
		" rebase ", " rebase " };
	struct strv lines = { 0 };
	size_t len;

	install_spy();
	use_all();
	_cleanup_free_ char *log = slurp("log", &len);

	log[len] = '\0';
	strv_split(&lines, log, '\n');
	cr_assert_eq(lines.n, ARRAY_LEN(verbs) + 1, "%s", log);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		const char *line = lines.items[i];

		cr_assert(str_starts(line, verbs[i]), "%s", line);
		cr_assert_not_null(strstr(line, " -f qcow2 "), "%s", line);
		/*
		 * "-b" with an empty name means no backing file; the header of a commit's base has
		 * the format.
		 */
		if (strstr(line, " -b ") && !strstr(line, " -b  ") && !strstr(line, " commit "))
			cr_assert_not_null(strstr(line, " -F qcow2 "), "%s", line);
	}
	strv_clear(&lines);
}
