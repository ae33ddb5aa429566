/* SPDX-License-Identifier: MIT */
/* Merges of image files, checked by the data, read back through qemu-io. */
#include "objects/disks/images/image_merge.h"
#include "objects/disks/images/image_content.h"
#include "objects/storage/pipe_file.h"
#include "tests/unit/image_fixture.h"
#include "tests/image_at.h"
#include "tests/image_commit.h"
#include "objects/disks/images/image_make.h"

TestSuite(image_merge, .init = enter, .fini = leave, .timeout = 600);

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

Test(image_merge, commit_moves_content_down)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *mid = in_dir("mid"), *base = in_dir("base");
	size_t top_len, sibling_len, mid_len;

	make_chain();
	_cleanup_free_ char *top_before = slurp("top", &top_len);
	_cleanup_free_ char *sibling_before = slurp("sibling", &sibling_len);
	_cleanup_free_ char *mid_before = slurp("mid", &mid_len);

	cr_assert_eq(image_commit(image_at(mid), image_at(base), "qcow2", &err), 0);
	expect_mib("base", 0, 1);
	expect_mib("base", 1, 2);
	expect_mib("base", 2, 0);
	expect_mib("base", 3, 0);
	expect_chain_content("top");
	expect_mib("mid", 1, 2);
	expect_same("top", top_before, top_len);
	expect_same("sibling", sibling_before, sibling_len);
	expect_same("mid", mid_before, mid_len);
	cr_assert_eq(
		image_commit(image_at(mid), image_at(base), "qcow2", &err), 0, "may be repeated");
	expect_chain_content("top");
}

struct watched {
	int64_t done;
	bool end; /* as soon as something was copied */
};

static bool end_asked(void *ctx)
{
	const struct watched *w = ctx;

	return w->end && w->done > 0;
}

static void note_progress(void *ctx, int64_t done)
{
	struct watched *w = ctx;

	w->done = done;
}

Test(image_merge, commit_is_watched_and_may_be_ended)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *mid = in_dir("mid"), *base = in_dir("base"), *top = in_dir("top");
	struct watched w = { .end = true };
	struct child holder;
	struct image_source from = { .of = image_at(mid),
		.format = "qcow2",
		.fd = -1,
		.speed = 512 << 10,
		.cancelled = end_asked,
		.progress = note_progress,
		.ctx = &w };

	make_chain();
	for (int i = 4; i < 8; i++)
		write_mib("mid", i, 7);
	cr_assert_eq(image_commit_watched(&from, image_at(base), "qcow2", &err), -1);
	cr_assert_eq(err.code, TASK_CANCELLED);
	error_clear(&err);
	cr_assert_lt(w.done, 4 * MIB);
	expect_mib("top", 2, 3);
	expect_bytes("top", "4M", "4M", 7);
	expect_mib("sibling", 5, 5);
	from.speed = 0;
	w.end = false;
	cr_assert_eq(image_commit_watched(&from, image_at(base), "qcow2", &err), 0);
	cr_assert_geq(w.done, 4 * MIB);
	expect_bytes("base", "4M", "4M", 7);
	expect_bytes("top", "4M", "4M", 7);
	from.of = image_at(top);
	cr_assert_eq(image_commit_watched(&from, image_at(base), "qcow2", &err), -1);
	expect_failed(&err, "its backing file is");
	error_clear(&err);
	start_holder(&holder, "mid", true);
	from.of = image_at(mid);
	int commit = image_commit_watched(&from, image_at(base), "qcow2", &err);

	cr_expect_eq(commit, -1);
	expect_failed(&err, "lock");
	end_holder(&holder);
}

/* The name goes into JSON; "json:" and "," have a meaning for QEMU's programs. */
Test(image_merge, a_held_image_is_merged_whatever_its_name)
{
	static const char *const names[] = { "top", "a,b", "a \"b\"", "a\\b", "json:{}",
		"\xc3\xa4" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_free_ char *top = in_dir(names[i]), *base = in_dir("base");
		struct image_source from = {
			.of = image_at(top), .format = "qcow2", .fd = -1, .held = true
		};
		const struct image_overlay o = { image_at(top), "base", "raw", 2 * MIB };

		make("base", "raw", "2M");
		cr_assert_eq(image_make_overlays(&o, 1, NULL, &err), 0);
		write_mib(names[i], 1, 4);
		_cleanup_close_ int held = content_hold(image_at(top), &err);

		cr_assert_geq(held, 0);
		cr_assert_eq(image_commit_watched(&from, image_at(base), "raw", &err), 0, "%s: %s",
			names[i], err.n_params > 1 ? err.params[1] : "");
		io("base", "raw", "read -q -P 4 1M 1M");
		io("base", "raw", "read -q -P 0 0 1M");
		cr_assert_eq(unlink(top) | unlink(base), 0);
	}
}

Test(image_merge, commit_into_a_raw_file)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *top = in_dir("top"), *base = in_dir("base");
	const struct image_overlay o = { image_at(top), "base", "raw", 2 * MIB };

	make("base", "raw", "2M");
	cr_assert_eq(image_make_overlays(&o, 1, NULL, &err), 0);
	write_mib("top", 1, 4);
	cr_assert_eq(image_commit(image_at(top), image_at(base), "qcow2", &err), -1);
	expect_failed(&err, "raw");
	cr_assert_eq(image_commit(image_at(top), image_at(base), "raw", &err), 0);
	io("base", "raw", "read -P 4 1M 1M");
	size_t len;
	_cleanup_free_ char *bytes = slurp("base", &len);

	cr_assert_eq(len, 2 * MIB);
	cr_assert(bytes[0] == 0 && bytes[MIB] == 4 && bytes[2 * MIB - 1] == 4);
}

Test(image_merge, commit_refuses_what_is_not_the_backing_file)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *top = in_dir("top"), *base = in_dir("base"), *gone = in_dir("gone");
	size_t len;

	make_chain();
	_cleanup_free_ char *before = slurp("base", &len);

	cr_assert_eq(image_commit(image_at(top), image_at(base), "qcow2", &err), -1);
	expect_failed(&err, "not");
	cr_assert_eq(image_commit(image_at(base), image_at(base), "qcow2", &err), -1);
	expect_failed(&err, "missing");
	cr_assert_eq(image_commit(image_at(top), image_at(gone), "qcow2", &err), -1);
	expect_failed(&err, "not");
	expect_same("base", before, len);
}

Test(image_merge, commit_through_a_link_to_the_directory)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *link = in_dir("link"), *mid = in_dir("link/mid"),
			    *base = in_dir("base");

	make_chain();
	cr_assert_eq(symlink(".", link), 0);
	cr_assert_eq(image_commit(image_at(mid), image_at(base), "qcow2", &err), 0);
	expect_mib("base", 1, 2);
}

Test(image_merge, merging_fails_while_the_image_is_in_use)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *mid = in_dir("mid"), *base = in_dir("base"), *top = in_dir("top");
	struct child holder;

	make_chain();
	start_holder(&holder, "top", true);
	int commit = image_commit(image_at(mid), image_at(base), "qcow2", &err);

	cr_expect_eq(commit, -1);
	expect_failed(&err, "lock");
	int pull = image_pull(image_at(top), "base", "qcow2", &err);

	cr_expect_eq(pull, -1);
	expect_failed(&err, "lock");
	int set = image_set_backing(image_at(top), "base", "qcow2", &err);

	end_holder(&holder);
	cr_assert_eq(set, -1);
	expect_failed(&err, "lock");
	expect_chain_content("top");
	expect_mib("base", 1, 1);
	expect_header("top", "mid", "qcow2", 8 * MIB);
}

/*
 * Makes the image look like one of old tools, which did not record the format: changes the
 * extension to an unknown one.
 */
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

static void expect_unsaid(struct vxe_error *err)
{
	cr_assert_eq(err->code, VXE_FORMAT_MISSING);
	cr_assert(str_ends(err->params[0], "/mid"), "%s", err->params[0]);
	cr_assert_str_eq(err->params[1], "raw");
	error_clear(err);
}

Test(image_merge, nothing_is_probed_below)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *mid = in_dir("mid"), *top = in_dir("top");

	make("raw", "raw", "1M");
	overlay("top", "mid", "1M");
	RUN("qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", "raw", "-F", "raw", mid, "1M");
	forget_backing_format("mid");
	expect_header("mid", "raw", NULL, MIB);
	cr_assert_eq(image_commit(image_at(top), image_at(mid), "qcow2", &err), -1);
	expect_unsaid(&err);
	cr_assert_eq(image_pull(image_at(top), NULL, NULL, &err), -1);
	expect_unsaid(&err);
	cr_assert_eq(content_vet(image_at(mid), "qcow2", VET_BASE, &err), -1);
	expect_unsaid(&err);
	cr_assert_eq(content_vet(image_at(top), "qcow2", VET_BASE, &err), 0);
	cr_assert_eq(content_vet(image_at(top), "qcow2", VET_FORMATS, &err), -1);
	expect_unsaid(&err);
}

/* Whatever copies content asks the same judge before it starts qemu-img. */
Test(image_merge, no_copy_probes_below)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *mid = in_dir("mid"), *top = in_dir("top"), *to = in_dir("to");
	const struct image_source from = { .of = image_at(top), .format = "qcow2", .fd = -1 };
	int64_t bytes;

	make("raw", "raw", "1M");
	overlay("top", "mid", "1M");
	RUN("qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", "raw", "-F", "raw", mid, "1M");
	forget_backing_format("mid");
	cr_assert_eq(image_measure(&from, &bytes, &err), -1);
	expect_unsaid(&err);
	cr_assert_eq(image_make_copy(&from, to, "qcow2", MIB, &err), -1);
	expect_unsaid(&err);
	cr_assert_eq(image_make_difference(&from, to, "mid", "qcow2", MIB, &err), -1);
	expect_unsaid(&err);
	cr_assert_eq(image_grow(image_at(top), "qcow2", (int64_t)2 * MIB, &err), -1);
	expect_unsaid(&err);
	cr_assert_eq(image_same_content(image_at(top), "qcow2", image_at(top), "qcow2", &err), -1);
	expect_unsaid(&err);
	cr_assert_eq(access(to, F_OK), -1);
	_cleanup_close_ int fd = pour_scratch(dir, &err);

	cr_assert_geq(fd, 0);
	cr_assert_eq(image_write_to(&from, fd, "raw", &err), -1);
	expect_unsaid(&err);
}

/* ---- state bits ---- */

/* qemu-io dies after the write: with lazy refcounts the image says that the clusters are free. */
static void make_dirty(const char *name)
{
	_cleanup_free_ char *path = in_dir(name), *output = NULL;
	_cleanup_error_ struct vxe_error err = { 0 };
	const char *const argv[] = { "qemu-io", "-f", "qcow2", "-c", "write -q -P 5 0 4M", "-c",
		"flush", "-c", "abort", path, NULL };

	RUN("qemu-img", "create", "-q", "-f", "qcow2", "-o", "lazy_refcounts=on", path, "8M");
	cr_assert_eq(child_run(argv, path, &output, &err), -1);
}

static void set_marks(const char *name, char bits)
{
	_cleanup_free_ char *path = in_dir(name);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	cr_assert_eq(pwrite(fd, &bits, 1, 79), 1);
}

Test(image_merge, a_dirty_image_is_repaired_before_it_takes_another_in)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *top = in_dir("top"), *base = in_dir("base");

	make_dirty("base");
	cr_assert_eq(content_vet(image_at(base), "qcow2", VET_SOUND, &err), -1);
	cr_assert_eq(err.code, VXE_IMAGE_DAMAGED);
	error_clear(&err);
	overlay("top", "base", "8M");
	write_mib("top", 6, 6);
	cr_assert_eq(image_commit(image_at(top), image_at(base), "qcow2", &err), 0);
	expect_bytes("base", "0", "4M", 5);
	expect_mib("base", 6, 6);
	cr_assert_eq(image_check(image_at(base), "qcow2", &err), 0);
	cr_assert_eq(content_vet(image_at(base), "qcow2", VET_SOUND, &err), 0);
}

Test(image_merge, a_repair_keeps_the_name_of_the_backing_file_and_does_not_open_it)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *top = in_dir("top"), *base = in_dir("base");

	make("base", "qcow2", "8M");
	overlay("top", "base", "8M");
	write_mib("top", 6, 6);
	set_marks("top", 1);
	cr_assert_eq(unlink(base), 0);
	cr_assert_eq(image_repair(image_at(top), "qcow2", &err), 0);
	cr_assert_eq(content_vet(image_at(top), "qcow2", VET_SOUND, &err), 0);
	expect_header("top", "base", "qcow2", 8 * MIB);
}

Test(image_merge, a_corrupt_image_is_neither_repaired_nor_written_to)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *mid = in_dir("mid"), *base = in_dir("base");
	size_t len;

	make_chain();
	set_marks("base", 3);
	_cleanup_free_ char *before = slurp("base", &len);

	cr_assert_eq(image_repair(image_at(base), "qcow2", &err), -1);
	cr_assert_eq(err.code, VXE_IMAGE_DAMAGED);
	error_clear(&err);
	cr_assert_eq(image_commit(image_at(mid), image_at(base), "qcow2", &err), -1);
	cr_assert_eq(err.code, VXE_IMAGE_DAMAGED);
	error_clear(&err);
	cr_assert_eq(content_vet(image_at(base), "qcow2", VET_BASE, &err), -1);
	cr_assert_eq(err.code, VXE_IMAGE_DAMAGED);
	expect_same("base", before, len);
}

/* What a guest writes into a raw disk says nothing of the disk. */
Test(image_merge, a_raw_image_is_never_repaired)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x");
	size_t len;

	make_dirty("x");
	_cleanup_free_ char *before = slurp("x", &len);

	cr_assert_eq(image_repair(image_at(path), "raw", &err), 0);
	cr_assert_eq(content_vet(image_at(path), "raw", VET_BASE, &err), 0);
	expect_same("x", before, len);
}

Test(image_merge, pull_brings_content_up)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *top = in_dir("top");
	size_t base_len, mid_len;

	make_chain();
	_cleanup_free_ char *base_before = slurp("base", &base_len);
	_cleanup_free_ char *mid_before = slurp("mid", &mid_len);

	cr_assert_eq(image_pull(image_at(top), "base", "qcow2", &err), 0);
	expect_header("top", "base", "qcow2", 8 * MIB);
	expect_chain_content("top");
	expect_same("base", base_before, base_len);
	expect_same("mid", mid_before, mid_len);
	cr_assert_eq(image_pull(image_at(top), NULL, NULL, &err), 0);
	expect_header("top", NULL, NULL, 8 * MIB);
	expect_chain_content("top");
	expect_same("base", base_before, base_len);
}

/* Old qemu-img never ends here; the data past the end of the middle layer are zero. */
Test(image_merge, pull_past_a_shorter_layer)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *top = in_dir("top");

	make("base", "qcow2", "4M");
	write_mib("base", 1, 1);
	write_mib("base", 3, 1);
	overlay("mid", "base", "2M");
	write_mib("mid", 0, 2);
	overlay("top", "mid", "6M");
	cr_assert_eq(image_pull(image_at(top), "base", "qcow2", &err), 0);
	expect_mib("top", 0, 2);
	expect_mib("top", 1, 1);
	expect_bytes("top", "2M", "4M", 0);
}

Test(image_merge, set_backing_changes_the_header_only)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *top = in_dir("top");

	make_chain();
	cr_assert_eq(image_set_backing(image_at(top), "base", "qcow2", &err), 0);
	expect_header("top", "base", "qcow2", 8 * MIB);
	expect_mib("top", 1, 1);
	expect_mib("top", 2, 3);
	cr_assert_eq(image_set_backing(image_at(top), "not-there-yet", "raw", &err), 0);
	expect_header("top", "not-there-yet", "raw", 8 * MIB);
	cr_assert_eq(image_set_backing(image_at(top), "mid", "qcow2", &err), 0);
	expect_chain_content("top");
	cr_assert_eq(image_set_backing(image_at(top), "nbd:mid", "qcow2", &err), -1);
	expect_failed(&err, "nbd:mid");
	cr_assert_eq(image_set_backing(image_at(top), NULL, NULL, &err), 0);
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

	cr_assert_eq(image_touched(image_at(path), format, &ret, &err), 0);
	return ret;
}

Test(image_merge, any_kind_of_write_touches_an_overlay)
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

Test(image_merge, a_touched_overlay_in_use_on_a_missing_base_is_seen)
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

/* Its map is longer than the part of a child's output that is kept. */
Test(image_merge, touched_needs_only_the_beginning_of_a_map)
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

Test(image_merge, check_finds_damage_and_forgives_leaks)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x"), *gone = in_dir("gone");
	_cleanup_close_ int fd = -1;
	struct stat st;

	make("x", "qcow2", "4M");
	write_mib("x", 0, 1);
	cr_assert_eq(image_check(image_at(path), "qcow2", &err), 0);
	fd = open(path, O_RDWR | O_CLOEXEC);
	/* The third cluster has the 16-bit refcounts: 1 for a new cluster without a user ... */
	cr_assert_eq(fstat(fd, &st), 0);
	cr_assert_eq(ftruncate(fd, st.st_size + CLUSTER), 0);
	cr_assert_eq(pwrite(fd, "\0\1", 2, 2 * CLUSTER + 2 * (st.st_size / CLUSTER)), 2);
	cr_assert_eq(image_check(image_at(path), "qcow2", &err), 0, "a leak");
	/* ... and 0 for a cluster with data. */
	cr_assert_eq(pwrite(fd, "\0\0", 2, 2 * CLUSTER + 2 * 6), 2);
	cr_assert_eq(image_check(image_at(path), "qcow2", &err), -1);
	expect_failed(&err, "refcount");
	cr_assert_eq(image_check(image_at(gone), "qcow2", &err), -1);
	expect_failed(&err, "does not exist");
	cr_assert_eq(image_check(image_at(gone), "raw", &err), -1);
	expect_failed(&err, "does not exist");
	make("r", "raw", "1M");
	_cleanup_free_ char *raw = in_dir("r");

	cr_assert_eq(image_check(image_at(raw), "raw", &err), 0);
}

/* The content counts, whichever layer has it; finds a difference of one byte, or a missing one. */
Test(image_merge, the_same_content_in_other_layers)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *mid = in_dir("mid"), *base = in_dir("base"), *none = in_dir("none");

	make_chain();
	cr_assert_eq(image_same_content(image_at(mid), "qcow2", image_at(base), "qcow2", &err), 0);
	cr_assert_eq(image_commit(image_at(mid), image_at(base), "qcow2", &err), 0);
	cr_assert_eq(image_same_content(image_at(mid), "qcow2", image_at(base), "qcow2", &err), 1);
	io("base", "qcow2", "write -q -P 9 8388607 1");
	cr_assert_eq(image_same_content(image_at(mid), "qcow2", image_at(base), "qcow2", &err), 1,
		"seen through it");
	io("base", "qcow2", "write -q -P 9 1M 1");
	cr_assert_eq(image_same_content(image_at(mid), "qcow2", image_at(base), "qcow2", &err), 0);
	cr_assert_eq(image_same_content(image_at(mid), "qcow2", image_at(none), "qcow2", &err), -1);
}

static int64_t allocated(const char *path)
{
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	return (int64_t)st.st_blocks * 512;
}

/*
 * Each new image has space allocated for the data that QEMU writes when the backing file is
 * renamed.
 */
Test(image_merge, a_new_image_is_no_hole)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x");
	struct stat st;

	cr_assert_eq(image_make(image_at(path), 8 * MIB, &err), 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_size, 4 * CLUSTER);
	cr_assert_geq(allocated(path), 4 * CLUSTER);
}

Test(image_merge, a_header_with_holes_gets_its_room)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("x");
	_cleanup_close_ int fd = -1;
	size_t len;

	cr_assert_eq(image_make(image_at(path), 8 * MIB, &err), 0);
	fd = open(path, O_RDWR | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	cr_assert_eq(
		fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, CLUSTER - 4096), 0);
	_cleanup_free_ char *before = slurp("x", &len);

	cr_assert_leq(allocated(path), 3 * CLUSTER + 4096);
	cr_assert_eq(image_reserve_header(image_at(path), &err), 0);
	cr_assert_geq(allocated(path), 4 * CLUSTER);
	expect_same("x", before, len);
	cr_assert_eq(image_reserve_header(image_at(path), &err), 0, "nothing to do");
}

/* QEMU then has no space for a longer name, even if the disk has. */
Test(image_merge, a_header_of_small_clusters_has_no_room)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *path = in_dir("small"), *raw = in_dir("raw");

	RUN("qemu-img", "create", "-q", "-f", "qcow2", "-o", "cluster_size=512", path, "8M");
	cr_assert_eq(image_reserve_header(image_at(path), &err), -1);
	expect_failed(&err, "512 bytes");
	make("raw", "raw", "1M");
	cr_assert_eq(image_reserve_header(image_at(raw), &err), -1);
	expect_failed(&err, "not a qcow2 image");
}
