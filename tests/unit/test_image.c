/* SPDX-License-Identifier: MIT */
/*
 * Image files with the real qemu-img: what ends up in which file, judged by reading the data back
 * through qemu-io, not by what was called.
 */
#include "tests/unit/leak.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "backends/child.h"
#include "backends/image.h"
#include "objects/base/clock.h"

#define MIB 1048576
#define CLUSTER 65536

static char dir[64]; /* of the running test; Criterion gives each test its own process */

static void enter(void)
{
	snprintf(dir, sizeof(dir), "/tmp/vxe-image-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static void leave(void)
{
	cr_expect_eq(nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
	no_leaks();
}

TestSuite(image, .init = enter, .fini = leave, .timeout = 120);

/* The path of a file in the test's directory, owned by the caller. */
static char *in_dir(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

/* Runs qemu-img or qemu-io with up to 8 arguments; must succeed. */
static void run(const char *program, const char *const *args)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const char *argv[16] = { program };

	for (size_t i = 0; args[i]; i++)
		argv[i + 1] = args[i];
	cr_assert_eq(child_run(argv, "helper", NULL, &err), 0, "%s %s: %s", program, args[0],
		err.code ? err.params[1] : "");
}
#define RUN(program, ...) run((program), (const char *const[]){ __VA_ARGS__, NULL })

static void make(const char *name, const char *format, const char *size)
{
	_cleanup_free_ char *path = in_dir(name);

	RUN("qemu-img", "create", "-q", "-f", format, path, size);
}

static void overlay(const char *name, const char *base, const char *size)
{
	_cleanup_free_ char *path = in_dir(name);

	RUN("qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", base, "-F", "qcow2", path, size);
}

/* One command of qemu-io. */
static void io(const char *name, const char *format, const char *command)
{
	_cleanup_free_ char *path = in_dir(name);

	RUN("qemu-io", "-f", format, "-c", command, path);
}

static void write_mib(const char *name, int mib, int pattern)
{
	_cleanup_free_ char *command = xasprintf("write -q -P %d %dM 1M", pattern, mib);

	io(name, "qcow2", command);
}

/* qemu-io says so, in its output only, when the data differ. */
static void expect_bytes(const char *name, const char *offset, const char *length, int pattern)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir(name), *output = NULL;
	_cleanup_free_ char *command = xasprintf("read -P %d %s %s", pattern, offset, length);
	const char *const argv[] = { "qemu-io", "-U", "-r", "-f", "qcow2", "-c", command, path,
		NULL };

	cr_assert_eq(child_run(argv, path, &output, &err), 0);
	cr_assert_null(
		strstr(output, "verification failed"), "%s at %s is not %d", name, offset, pattern);
	cr_assert_not_null(strstr(output, "bytes at offset"));
}

static void expect_mib(const char *name, int mib, int pattern)
{
	_cleanup_free_ char *offset = xasprintf("%dM", mib);

	expect_bytes(name, offset, "1M", pattern);
}

/* All bytes of a file, for comparing it with itself later. */
static char *slurp(const char *name, size_t *len)
{
	_cleanup_free_ char *path = in_dir(name);
	struct stat st;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	cr_assert_eq(fstat(fd, &st), 0);
	char *bytes = xmalloc((size_t)st.st_size + 1);

	*len = (size_t)st.st_size;
	cr_assert_eq(read(fd, bytes, *len), (ssize_t)*len);
	return bytes;
}

static void expect_same(const char *name, const char *bytes, size_t len)
{
	size_t now_len;
	_cleanup_free_ char *now = slurp(name, &now_len);

	cr_assert_eq(now_len, len);
	cr_assert_eq(memcmp(now, bytes, len), 0, "%s was written to", name);
}

static void expect_header(const char *name, const char *backing, const char *format, int64_t size)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_header_ struct qcow2_header h = { 0 };
	_cleanup_free_ char *path = in_dir(name);

	cr_assert_eq(qcow2_read(path, &h, &err), 1);
	cr_assert(str_eq(h.backing, backing), "%s", h.backing);
	cr_assert(str_eq(h.backing_format, format), "%s", h.backing_format);
	cr_assert_eq(h.virtual_size, size);
}

static mode_t mode_of(const char *name)
{
	_cleanup_free_ char *path = in_dir(name);
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static int count_files(void)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *text = NULL;
	const char *const argv[] = { "ls", "-A", dir, NULL };
	int n = 0;

	cr_assert_eq(child_run(argv, dir, &text, &err), 0);
	for (const char *p = text; *p; p++)
		n += *p == '\n';
	return n;
}

static void expect_failed(struct vxe_error *err, const char *word)
{
	cr_assert_eq(err->code, VXE_IMAGE_FAILED);
	cr_assert_not_null(strstr(err->params[1], word), "%s", err->params[1]);
	error_clear(err);
}

/* Starts qemu-io, which keeps the image open until end_holder(). */
static void start_holder(struct child *c, const char *name, bool writes)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir(name);
	const char *const argv[] = { "qemu-io", "-f", "qcow2", writes ? "-n" : "-r", "-c",
		"sleep 60000", path, NULL };
	bool locked = false;

	cr_assert_eq(child_start(c, argv, &err), 0);
	for (int64_t end = clock_ms() + 10000; !locked && clock_ms() < end; clock_sleep_ms(5))
		cr_assert_eq(image_locked(path, &locked, &err), 0);
	cr_assert(locked);
}

static void end_holder(struct child *c)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	cr_assert_eq(kill(c->pid, SIGKILL), 0);
	cr_assert_eq(child_wait(c, NULL, &err), 128 + SIGKILL);
}

/* ---- headers as qemu-img writes them ---- */

Test(image, headers_of_qemu_img_are_understood)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_header_ struct qcow2_header h = { 0 };
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
	cr_assert_eq(qcow2_read(path, &h, &err), 1);
	cr_assert_eq(h.bitmaps, 1);
	cr_assert_eq(h.snapshots, 2);
}

Test(image, data_files_and_encryption_of_qemu_img_are_seen)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_header_ struct qcow2_header h = { 0 };
	_cleanup_free_ char *path = in_dir("x"), *data = in_dir("d.raw");
	_cleanup_free_ char *options = xasprintf("data_file=%s,data_file_raw=on", data);

	RUN("qemu-img", "create", "-q", "-f", "qcow2", "-o", options, path, "1M");
	cr_assert_eq(qcow2_read(path, &h, &err), 1);
	cr_assert_str_eq(h.data_file, data);
	qcow2_header_clear(&h);
	RUN("qemu-img", "create", "-q", "-f", "qcow2", "--object", "secret,id=s,data=abc", "-o",
		"encrypt.format=aes,encrypt.key-secret=s", path, "1M");
	cr_assert_eq(qcow2_read(path, &h, &err), 1);
	cr_assert(h.encrypted);
	cr_assert_eq(image_vet(path, "qcow2", true, &err), -1);
	cr_assert_eq(err.code, VXE_FOREIGN_IMAGE);
}

/* ---- making ---- */

Test(image, overlays_are_made_complete)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *a = in_dir("a1"), *b = in_dir("b1"), *c = in_dir("c,1"),
			    *d = in_dir("d1");
	_cleanup_free_ char *base = in_dir("a");
	const struct image_overlay o[] = { { a, "a", "qcow2", 4 * MIB },
		{ b, base, "qcow2", 8 * MIB }, { c, "./a", "qcow2", 4 * MIB },
		{ d, "r", "raw", 2 * MIB } };

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
	const struct image_overlay o = { path, "a", "qcow2", MIB };
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

/* The second of two overlays cannot be made; the first must not stay. */
static void expect_nothing_made(const struct image_overlay *second, const char *word)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *first = in_dir("first");
	const struct image_overlay o[] = { { first, "a", "qcow2", MIB }, *second };
	int before = count_files();

	cr_assert_eq(image_make_overlays(o, 2, NULL, &err), -1);
	cr_assert(str_eq(err.params[0], second->path), "%s", err.params[0]);
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

	expect_nothing_made(&(struct image_overlay){ there, "a", "qcow2", MIB }, "exists already");
	expect_same("there", before, len);
	/* qemu-img rounds the size up to whole sectors, and says nothing. */
	expect_nothing_made(&(struct image_overlay){ new, "a", "qcow2", 1000 }, "size");
	expect_nothing_made(&(struct image_overlay){ new, "a", "nonsense", MIB }, "nonsense");
	expect_nothing_made(&(struct image_overlay){ new, "nbd:x", "qcow2", MIB }, "nbd:x");
	cr_assert_not(access(missing, F_OK) == 0 || access(far, F_OK) == 0);
}

Test(image, an_overlay_on_a_missing_file_or_in_a_missing_directory_is_refused)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x"), *far = in_dir("no/x");
	const struct image_overlay o[] = { { path, "gone", "qcow2", MIB },
		{ far, "a", "qcow2", MIB } };

	cr_assert_eq(image_make_overlays(&o[0], 1, NULL, &err), -1);
	expect_failed(&err, "does not exist");
	cr_assert_eq(image_make_overlays(&o[1], 1, NULL, &err), -1);
	expect_failed(&err, "No such file");
	cr_assert_eq(count_files(), 0);
}

Test(image, what_a_killed_process_left_is_removed_with_the_image)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x");

	make(".x.vxe-tmp", "qcow2", "1M");
	cr_assert_eq(image_make(path, MIB, &err), -1);
	expect_failed(&err, "File exists");
	cr_assert_eq(count_files(), 1);
	cr_assert_eq(image_unlink(path, &err), 0);
	cr_assert_eq(count_files(), 0);
	cr_assert_eq(image_make(path, MIB, &err), 0);
	cr_assert_eq(image_unlink(path, &err), 0);
	cr_assert_eq(image_unlink(path, &err), 0, "a missing file is no error");
	cr_assert_eq(count_files(), 0);
}

Test(image, an_empty_image_is_made_private)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x");

	cr_assert_eq(image_make(path, 3 * MIB, &err), 0);
	expect_header("x", NULL, NULL, 3 * MIB);
	expect_bytes("x", "0", "3M", 0);
	cr_assert_eq(mode_of("x"), 0600);
}

/* An overlay on "a", which has that mode; @like has 0640 or is not given. */
static mode_t overlay_mode(mode_t backing, bool like)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x"), *base = in_dir("a"), *other = in_dir("like");
	const struct image_overlay o = { path, "a", "qcow2", MIB };

	cr_assert_eq(chmod(base, backing), 0);
	cr_assert_eq(chmod(other, 0640), 0);
	cr_assert_eq(image_make_overlays(&o, 1, like ? other : NULL, &err), 0);
	mode_t mode = mode_of("x");

	cr_assert_eq(image_unlink(path, &err), 0);
	return mode;
}

Test(image, an_overlay_has_the_mode_of_its_backing_file)
{
	make("a", "qcow2", "1M");
	make("like", "raw", "1M");
	umask(0077);
	cr_assert_eq(overlay_mode(0664, true), 0664);
	cr_assert_eq(overlay_mode(0444, true), 0640);
	cr_assert_eq(overlay_mode(0444, false), 0644);
	cr_assert_eq(overlay_mode(0400, false), 0600);
}

static void expect_owners(void)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x"), *base = in_dir("a"), *like = in_dir("like");
	const struct image_overlay o = { path, "a", "qcow2", MIB };
	struct stat st;

	make("a", "qcow2", "1M");
	make("like", "raw", "1M");
	cr_assert_eq(chown(base, 4711, 4712), 0);
	cr_assert_eq(chown(like, 4713, 4714), 0);
	cr_assert_eq(image_make_overlays(&o, 1, like, &err), 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert(st.st_uid == 4711 && st.st_gid == 4712);
	cr_assert_eq(image_unlink(path, &err), 0);
	cr_assert_eq(chmod(base, 0444), 0);
	cr_assert_eq(image_make_overlays(&o, 1, like, &err), 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert(st.st_uid == 4713 && st.st_gid == 4714);
}

Test(image, an_overlay_has_the_owner_of_its_backing_file)
{
	if (geteuid() != 0) {
		(void)rmdir(dir); /* a skipped test does not come to its end */
		cr_skip_test("only root can give files away");
	}
	expect_owners();
}

/* ---- merging ---- */

/*
 * Three layers and a sibling: MiB 0 is 1 in all, MiB 1 comes with "mid", MiB 2 with "top", MiB 3
 * was 1 and is zeroed by "mid".
 */
static void make_chain(void)
{
	make("base", "qcow2", "8M");
	write_mib("base", 0, 1);
	write_mib("base", 1, 1);
	write_mib("base", 3, 1);
	overlay("mid", "base", "8M");
	write_mib("mid", 1, 2);
	io("mid", "qcow2", "write -q -z 3M 1M");
	overlay("top", "mid", "8M");
	write_mib("top", 2, 3);
	overlay("sibling", "base", "8M");
	write_mib("sibling", 5, 5);
}

static void expect_chain_content(const char *name)
{
	expect_mib(name, 0, 1);
	expect_mib(name, 1, 2);
	expect_mib(name, 2, 3);
	expect_mib(name, 3, 0);
	expect_bytes(name, "4M", "4M", 0);
}

Test(image, commit_moves_content_down)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *mid = in_dir("mid"), *base = in_dir("base");
	size_t top_len, sibling_len, mid_len;

	make_chain();
	_cleanup_free_ char *top_before = slurp("top", &top_len);
	_cleanup_free_ char *sibling_before = slurp("sibling", &sibling_len);
	_cleanup_free_ char *mid_before = slurp("mid", &mid_len);

	cr_assert_eq(image_commit(mid, base, "qcow2", &err), 0);
	expect_mib("base", 0, 1);
	expect_mib("base", 1, 2);
	expect_mib("base", 2, 0);
	expect_mib("base", 3, 0);
	expect_chain_content("top");
	expect_mib("mid", 1, 2);
	expect_same("top", top_before, top_len);
	expect_same("sibling", sibling_before, sibling_len);
	expect_same("mid", mid_before, mid_len);
	cr_assert_eq(image_commit(mid, base, "qcow2", &err), 0, "may be repeated");
	expect_chain_content("top");
}

Test(image, commit_into_a_raw_file)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *top = in_dir("top"), *base = in_dir("base");
	const struct image_overlay o = { top, "base", "raw", 2 * MIB };

	make("base", "raw", "2M");
	cr_assert_eq(image_make_overlays(&o, 1, NULL, &err), 0);
	write_mib("top", 1, 4);
	cr_assert_eq(image_commit(top, base, "qcow2", &err), -1);
	expect_failed(&err, "raw");
	cr_assert_eq(image_commit(top, base, "raw", &err), 0);
	io("base", "raw", "read -P 4 1M 1M");
	size_t len;
	_cleanup_free_ char *bytes = slurp("base", &len);

	cr_assert_eq(len, 2 * MIB);
	cr_assert(bytes[0] == 0 && bytes[MIB] == 4 && bytes[2 * MIB - 1] == 4);
}

Test(image, commit_refuses_what_is_not_the_backing_file)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *top = in_dir("top"), *base = in_dir("base"), *gone = in_dir("gone");
	size_t len;

	make_chain();
	_cleanup_free_ char *before = slurp("base", &len);

	cr_assert_eq(image_commit(top, base, "qcow2", &err), -1);
	expect_failed(&err, "not");
	cr_assert_eq(image_commit(base, base, "qcow2", &err), -1);
	expect_failed(&err, "missing");
	cr_assert_eq(image_commit(top, gone, "qcow2", &err), -1);
	expect_failed(&err, "not");
	expect_same("base", before, len);
}

Test(image, commit_through_a_link_to_the_directory)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *link = in_dir("link"), *mid = in_dir("link/mid"),
			    *base = in_dir("base");

	make_chain();
	cr_assert_eq(symlink(".", link), 0);
	cr_assert_eq(image_commit(mid, base, "qcow2", &err), 0);
	expect_mib("base", 1, 2);
}

Test(image, merging_fails_while_the_image_is_in_use)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *mid = in_dir("mid"), *base = in_dir("base"), *top = in_dir("top");
	struct child holder;

	make_chain();
	start_holder(&holder, "top", true);
	int commit = image_commit(mid, base, "qcow2", &err);

	cr_expect_eq(commit, -1);
	expect_failed(&err, "lock");
	int pull = image_pull(top, "base", "qcow2", &err);

	cr_expect_eq(pull, -1);
	expect_failed(&err, "lock");
	int set = image_set_backing(top, "base", "qcow2", &err);

	end_holder(&holder);
	cr_assert_eq(set, -1);
	expect_failed(&err, "lock");
	expect_chain_content("top");
	expect_mib("base", 1, 1);
	expect_header("top", "mid", "qcow2", 8 * MIB);
}

/* Makes it an image of old tools, which did not record it: the extension becomes an unknown one. */
static void forget_backing_format(const char *name)
{
	_cleanup_free_ char *path = in_dir(name);
	size_t len;
	_cleanup_free_ char *bytes = slurp(name, &len);
	const char *type = memmem(bytes, len, "\xe2\x79\x2a\xca", 4);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	cr_assert_not_null(type);
	cr_assert_eq(pwrite(fd, "none", 4, type - bytes), 4);
}

Test(image, nothing_is_probed_below)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *mid = in_dir("mid"), *top = in_dir("top");

	make("raw", "raw", "1M");
	overlay("top", "mid", "1M");
	RUN("qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", "raw", "-F", "raw", mid, "1M");
	forget_backing_format("mid");
	expect_header("mid", "raw", NULL, MIB);
	cr_assert_eq(image_commit(top, mid, "qcow2", &err), -1);
	expect_failed(&err, "format");
	cr_assert_eq(image_pull(top, NULL, NULL, &err), -1);
	expect_failed(&err, "format");
}

Test(image, pull_brings_content_up)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *top = in_dir("top");
	size_t base_len, mid_len;

	make_chain();
	_cleanup_free_ char *base_before = slurp("base", &base_len);
	_cleanup_free_ char *mid_before = slurp("mid", &mid_len);

	cr_assert_eq(image_pull(top, "base", "qcow2", &err), 0);
	expect_header("top", "base", "qcow2", 8 * MIB);
	expect_chain_content("top");
	expect_same("base", base_before, base_len);
	expect_same("mid", mid_before, mid_len);
	cr_assert_eq(image_pull(top, NULL, NULL, &err), 0);
	expect_header("top", NULL, NULL, 8 * MIB);
	expect_chain_content("top");
	expect_same("base", base_before, base_len);
}

/* Old qemu-img loops for ever here; and what lies past the end of the middle layer is zero. */
Test(image, pull_past_a_shorter_layer)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *top = in_dir("top");

	make("base", "qcow2", "4M");
	write_mib("base", 1, 1);
	write_mib("base", 3, 1);
	overlay("mid", "base", "2M");
	write_mib("mid", 0, 2);
	overlay("top", "mid", "6M");
	cr_assert_eq(image_pull(top, "base", "qcow2", &err), 0);
	expect_mib("top", 0, 2);
	expect_mib("top", 1, 1);
	expect_bytes("top", "2M", "4M", 0);
}

Test(image, set_backing_changes_the_header_only)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *top = in_dir("top");

	make_chain();
	cr_assert_eq(image_set_backing(top, "base", "qcow2", &err), 0);
	expect_header("top", "base", "qcow2", 8 * MIB);
	expect_mib("top", 1, 1);
	expect_mib("top", 2, 3);
	cr_assert_eq(image_set_backing(top, "not-there-yet", "raw", &err), 0);
	expect_header("top", "not-there-yet", "raw", 8 * MIB);
	cr_assert_eq(image_set_backing(top, "mid", "qcow2", &err), 0);
	expect_chain_content("top");
	cr_assert_eq(image_set_backing(top, "nbd:mid", "qcow2", &err), -1);
	expect_failed(&err, "nbd:mid");
	cr_assert_eq(image_set_backing(top, NULL, NULL, &err), 0);
	expect_header("top", NULL, NULL, 8 * MIB);
	expect_bytes("top", "0", "2M", 0);
	expect_mib("top", 2, 3);
}

/* ---- judging ---- */

static bool touched(const char *name, const char *format)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir(name);
	bool ret = false;

	cr_assert_eq(image_touched(path, format, &ret, &err), 0);
	return ret;
}

Test(image, any_kind_of_write_touches_an_overlay)
{
	make("base", "qcow2", "4M");
	write_mib("base", 0, 1);
	overlay("data", "base", "4M");
	overlay("zero", "base", "4M");
	overlay("discarded", "base", "4M");
	overlay("q\"uote,d", "base", "4M");
	cr_assert_not(touched("data", "qcow2"));
	cr_assert_not(touched("q\"uote,d", "qcow2"));
	write_mib("data", 3, 7);
	io("zero", "qcow2", "write -q -z 0 64k");
	io("discarded", "qcow2", "discard 0 64k");
	cr_assert(touched("data", "qcow2"));
	cr_assert(touched("zero", "qcow2"));
	cr_assert(touched("discarded", "qcow2"));
	cr_assert(touched("base", "raw"));
}

Test(image, a_touched_overlay_in_use_on_a_missing_base_is_seen)
{
	struct child holder;

	make("base", "qcow2", "1M");
	overlay("top", "base", "1M");
	write_mib("top", 0, 7);
	start_holder(&holder, "top", true);
	_cleanup_free_ char *base = in_dir("base");
	int rc = unlink(base);
	bool seen = touched("top", "qcow2");

	end_holder(&holder);
	cr_assert_eq(rc, 0);
	cr_assert(seen);
}

/* Its map is longer than what is kept of a child's output. */
Test(image, touched_needs_only_the_beginning_of_a_map)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x");
	const char *argv[1024] = { "qemu-io", "-f", "qcow2" };
	char text[1000][32];
	size_t n = 3;

	make("x", "qcow2", "256M");
	for (size_t i = 0; i < 500; i++) {
		snprintf(text[i], sizeof(text[i]), "write -q %zuk 64k", 64 + i * 128);
		argv[n++] = "-c";
		argv[n++] = text[i];
		if (i == 499 || i % 250 == 249) {
			argv[n++] = path;
			argv[n] = NULL;
			cr_assert_eq(child_run(argv, path, NULL, &err), 0);
			n = 3;
		}
	}
	cr_assert(touched("x", "qcow2"));
}

Test(image, check_finds_damage_and_forgives_leaks)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x"), *gone = in_dir("gone");
	_cleanup_close_ int fd = -1;
	struct stat st;

	make("x", "qcow2", "4M");
	write_mib("x", 0, 1);
	cr_assert_eq(image_check(path, "qcow2", &err), 0);
	fd = open(path, O_RDWR | O_CLOEXEC);
	/* The third cluster holds the 16-bit refcounts: one for a new cluster that nobody uses ...
	 */
	cr_assert_eq(fstat(fd, &st), 0);
	cr_assert_eq(ftruncate(fd, st.st_size + CLUSTER), 0);
	cr_assert_eq(pwrite(fd, "\0\1", 2, 2 * CLUSTER + 2 * (st.st_size / CLUSTER)), 2);
	cr_assert_eq(image_check(path, "qcow2", &err), 0, "a leak");
	/* ... and none for a cluster that holds data. */
	cr_assert_eq(pwrite(fd, "\0\0", 2, 2 * CLUSTER + 2 * 6), 2);
	cr_assert_eq(image_check(path, "qcow2", &err), -1);
	expect_failed(&err, "refcount");
	cr_assert_eq(image_check(gone, "qcow2", &err), -1);
	expect_failed(&err, "does not exist");
	cr_assert_eq(image_check(gone, "raw", &err), -1);
	expect_failed(&err, "does not exist");
	make("r", "raw", "1M");
	_cleanup_free_ char *raw = in_dir("r");

	cr_assert_eq(image_check(raw, "raw", &err), 0);
}

/* ---- files ---- */

Test(image, stat_tells_sizes_and_identity)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x"), *link = in_dir("link"), *gone = in_dir("gone/x");
	struct image_file f, g;

	make("x", "raw", "64M");
	io("x", "raw", "write -q 1M 1M");
	cr_assert_eq(symlink("x", link), 0);
	cr_assert_eq(image_stat(path, &f, &err), 0);
	cr_assert_eq(image_stat(link, &g, &err), 0);
	cr_assert(f.exists && !f.block);
	cr_assert_eq(f.size, 64 * MIB);
	cr_assert(f.allocated >= MIB && f.allocated < 8 * MIB);
	cr_assert(f.uid == geteuid());
	cr_assert(f.dev == g.dev && f.ino == g.ino);
	cr_assert_eq(image_stat(gone, &f, &err), 0);
	cr_assert_not(f.exists);
}

Test(image, virtual_size_follows_the_format)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *q = in_dir("q"), *r = in_dir("r"), *gone = in_dir("gone");
	int64_t size = 0;

	make("q", "qcow2", "5M");
	make("r", "raw", "1M");
	cr_assert_eq(truncate(r, 1000), 0);
	cr_assert_eq(image_virtual_size(q, "qcow2", &size, &err), 0);
	cr_assert_eq(size, 5 * MIB);
	cr_assert_eq(image_virtual_size(r, "raw", &size, &err), 0);
	cr_assert_eq(size, 1024, "whole sectors, as QEMU sees it");
	cr_assert_eq(image_virtual_size(r, "qcow2", &size, &err), -1);
	expect_failed(&err, "not a qcow2");
	cr_assert_eq(image_virtual_size(gone, "raw", &size, &err), -1);
	expect_failed(&err, "does not exist");
	cr_assert_eq(image_virtual_size(q, "vmdk", &size, &err), -1);
	expect_failed(&err, "vmdk");
}

Test(image, freeze_takes_write_bits_and_thaw_gives_them_back)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x"), *gone = in_dir("gone");
	mode_t mode = 0;

	make("x", "raw", "1M");
	cr_assert_eq(chmod(path, 0664), 0);
	cr_assert_eq(image_freeze(path, &mode, &err), 0);
	cr_assert_eq(mode, 0664);
	cr_assert_eq(mode_of("x"), 0444);
	cr_assert_eq(image_freeze(path, &mode, &err), 0);
	cr_assert_eq(mode, 0444, "the second time there is nothing to take");
	cr_assert_eq(image_thaw(path, 0664, &err), 0);
	cr_assert_eq(mode_of("x"), 0664);
	cr_assert_eq(image_freeze(gone, &mode, &err), -1);
	expect_failed(&err, "No such file");
	cr_assert_eq(image_thaw(gone, 0600, &err), -1);
	expect_failed(&err, "No such file");
}

Test(image, freeze_passes_over_what_is_no_regular_file)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("fifo");
	mode_t mode = 0;

	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_assert_eq(image_freeze(path, &mode, &err), 0);
	cr_assert_eq(mode, 0600);
	cr_assert_eq(image_thaw(path, 0640, &err), 0);
	cr_assert_eq(mode_of("fifo"), 0600);
}

Test(image, locks_of_qemu_are_seen)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *x = in_dir("x"), *gone = in_dir("gone");
	struct child holder;
	bool locked = true;

	make("x", "qcow2", "1M");
	cr_assert_eq(image_locked(x, &locked, &err), 0);
	cr_assert_not(locked);
	for (int writes = 0; writes <= 1; writes++) {
		start_holder(&holder, "x", writes);
		end_holder(&holder);
		cr_assert_eq(image_locked(x, &locked, &err), 0);
		cr_assert_not(locked, "they end with the process");
	}
	cr_assert_eq(image_locked(gone, &locked, &err), -1);
	expect_failed(&err, "No such file");
}

Test(image, locks_are_seen_on_frozen_backing_files)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *base = in_dir("base");
	struct child holder;
	bool locked = false;

	make("base", "qcow2", "1M");
	overlay("top", "base", "1M");
	cr_assert_eq(chmod(base, 0444), 0);
	start_holder(&holder, "top", true);
	/* The backing file is opened with, but locked a little after the top. */
	for (int64_t end = clock_ms() + 5000; !locked && clock_ms() < end; clock_sleep_ms(5))
		cr_assert_eq(image_locked(base, &locked, &err), 0);
	end_holder(&holder);
	cr_assert(locked);
}

Test(image, sync_and_free_space)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *x = in_dir("x"), *gone = in_dir("gone");
	int64_t space = 0;

	make("x", "qcow2", "1M");
	cr_assert_eq(chmod(x, 0444), 0);
	cr_assert_eq(image_sync(x, &err), 0);
	cr_assert_eq(image_sync(gone, &err), -1);
	expect_failed(&err, "No such file");
	cr_assert_eq(image_free_space(dir, &space, &err), 0);
	cr_assert_gt(space, 0);
	cr_assert_eq(image_free_space(gone, &space, &err), -1);
	expect_failed(&err, "No such file");
}

/* ---- the search ---- */

struct found {
	struct strv lines; /* "IMAGE BACKING", names below the directory only */
	int stop_after;
};

static int note_user(void *ctx, const char *image, const char *backing, struct vxe_error *err)
{
	struct found *f = ctx;
	size_t skip = strlen(dir) + 1;

	(void)err;
	cr_assert(str_starts(image, dir) && str_starts(backing, dir), "%s %s", image, backing);
	strv_take(&f->lines, xasprintf("%s %s", image + skip, backing + skip));
	return f->stop_after && (int)f->lines.n >= f->stop_after ? 17 : 0;
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
	foreign_overlay(".new.vxe-tmp", "base");
	cr_assert_eq(symlink("relative", link), 0);
	cr_assert_eq(mkdir(sub, 0700), 0);
	cr_assert_eq(mkfifo(fifo, 0600), 0);
	foreign_overlay("sub/deeper", "../base");
}

Test(image, scan_finds_every_kind_of_user)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct found f = { 0 };

	make_crowd();
	cr_assert_eq(image_scan_dir(dir, note_user, &f, &err), 0);
	strv_sort(&f.lines);
	_cleanup_free_ char *all = strv_join(&f.lines, "; ");

	strv_clear(&f.lines);
	cr_assert_str_eq(all, ".hidden base; absolute base; dotted base; file base; json base; "
			      "relative base");
}

Test(image, scan_sees_data_files)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x");
	_cleanup_free_ char *options = xasprintf("data_file=%s/d.raw,data_file_raw=on", dir);
	struct found f = { 0 };

	RUN("qemu-img", "create", "-q", "-f", "qcow2", "-o", options, path, "1M");
	cr_assert_eq(image_scan_dir(dir, note_user, &f, &err), 0);
	cr_assert_eq(f.lines.n, 1);
	cr_assert_str_eq(f.lines.items[0], "x d.raw");
	strv_clear(&f.lines);
}

Test(image, scan_passes_a_stop_on)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct found f = { .stop_after = 2 };

	make_crowd();
	cr_assert_eq(image_scan_dir(dir, note_user, &f, &err), 17);
	cr_assert_eq(f.lines.n, 2);
	strv_clear(&f.lines);
}

Test(image, scan_fails_where_it_cannot_judge)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *gone = in_dir("gone"), *odd = in_dir("odd");
	struct found f = { 0 };

	cr_assert_eq(image_scan_dir(gone, note_user, &f, &err), -1);
	expect_failed(&err, "No such file");
	make("odd", "qcow2", "1M");
	cr_assert_eq(truncate(odd, 50), 0);
	cr_assert_eq(image_scan_dir(dir, note_user, &f, &err), -1);
	cr_assert_str_eq(err.params[0], odd);
	expect_failed(&err, "cut short");
	if (geteuid() != 0) {
		cr_assert_eq(chmod(odd, 0), 0);
		cr_assert_eq(image_scan_dir(dir, note_user, &f, &err), -1);
		expect_failed(&err, "Permission denied");
		cr_assert_eq(chmod(odd, 0600), 0);
	}
	foreign_overlay("odd", "json:not json");
	cr_assert_eq(image_scan_dir(dir, note_user, &f, &err), -1);
	expect_failed(&err, "not understood");
}

/* ---- formats are never probed ---- */

/* Puts a qemu-img into PATH that notes its arguments, one line each call, and runs the real one. */
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

/* Every child of the functions that use qemu-img, those of both kinds where there are two. */
static void use_all(void)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *base = in_dir("base"), *mid = in_dir("mid"), *top = in_dir("top");
	const struct image_overlay m = { mid, "base", "qcow2", MIB },
				   t = { top, "mid", "qcow2", MIB };
	bool is;

	cr_assert_eq(image_make(base, MIB, &err), 0);
	cr_assert_eq(image_make_overlays(&m, 1, NULL, &err), 0);
	cr_assert_eq(image_make_overlays(&t, 1, NULL, &err), 0);
	cr_assert_eq(image_touched(top, "qcow2", &is, &err), 0);
	cr_assert_eq(image_check(top, "qcow2", &err), 0);
	cr_assert_eq(image_commit(mid, base, "qcow2", &err), 0);
	cr_assert_eq(image_pull(top, "base", "qcow2", &err), 0);
	cr_assert_eq(image_pull(top, NULL, NULL, &err), 0);
	cr_assert_eq(image_set_backing(top, "mid", "qcow2", &err), 0);
	cr_assert_eq(image_set_backing(top, NULL, NULL, &err), 0);
}

Test(image, every_call_names_its_formats)
{
	static const char *const verbs[] = { " create ", " create ", " create ", " map ", " check ",
		" commit ", " rebase ", " rebase ", " rebase ", " rebase " };
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
		/* "-b" with nothing means none; a commit's base has its format in the header. */
		if (strstr(line, " -b ") && !strstr(line, " -b  ") && !strstr(line, " commit "))
			cr_assert_not_null(strstr(line, " -F qcow2 "), "%s", line);
	}
	strv_clear(&lines);
}
