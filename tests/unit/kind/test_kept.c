/* SPDX-License-Identifier: MIT */
/* Content that is no file: all that vxe asks of images, of the keeper's. */
#include "tests/unit/keeper_fixture.h"

#include "backends/sr/sr_type.h"
#include "objects/disks/images/image_content.h"
#include "objects/disks/images/image_copy.h"
#include "objects/disks/images/image_make.h"
#include "objects/disks/images/image_merge.h"
#include "tests/image_at.h"
#include "tests/image_commit.h"

TestSuite(kept, .init = keeper_start, .fini = keeper_stop, .timeout = 600);

#define SIZE (8 * MIB)
#define OK(call)                                                                                   \
	do {                                                                                       \
		_cleanup_error_ struct vxe_error err = { 0 };                                      \
		cr_assert_eq((call), 0, "%s: %s", #call, err.code ? err.params[1] : "");           \
	} while (0)
#define FAILS(code_, call)                                                                         \
	do {                                                                                       \
		_cleanup_error_ struct vxe_error err = { 0 };                                      \
		cr_assert_lt((call), 0, "%s", #call);                                              \
		cr_assert_eq(err.code, code_);                                                     \
	} while (0)

static struct content *at(const char *name)
{
	_cleanup_free_ char *place = xasprintf("%s/%s", dir, name);

	return image_at(place);
}

static void layer(const char *name, const char *below, int64_t size)
{
	_cleanup_free_ char *backing = export_of(below);
	const struct image_overlay o = { at(name), backing, strstr(below, ".raw") ? "raw" : "qcow2",
		size };

	OK(image_make_overlays(&o, 1, NULL, &err));
}

static void make(const char *name, int64_t size)
{
	OK(image_make(at(name), size, &err));
}

static void write_mib(const char *name, int mib, int byte)
{
	_cleanup_free_ char *command = xasprintf("write -q -P %d %dM 1M", byte, mib);

	cr_assert(IO(name, "qcow2", command), "%s: %s", name, command);
}

static void has_mib(const char *name, int mib, int byte)
{
	_cleanup_free_ char *command = xasprintf("read -P %d %dM 1M", byte, mib);

	cr_assert(
		IO(name, strstr(name, ".raw") ? "raw" : "qcow2", command), "%s: %s", name, command);
}

/* ---- places and names ------------------------------------------------------------------------ */

Test(kept, nothing_lies_at_an_empty_place)
{
	struct content_stat f;
	char byte;

	OK(content_stat(at("a.qcow2"), &f, &err));
	cr_assert_not(f.exists);
	FAILS(VXE_IMAGE_FAILED, (int)content_pread(at("a.qcow2"), &byte, 1, 0, &err));
	OK(content_remove(at("a.qcow2"), &err));
}

Test(kept, a_place_has_a_name_for_others_and_is_found_by_it)
{
	_cleanup_content_name_ struct content_name n = { 0 };
	const char *place = content_place(at("a.qcow2"));
	_cleanup_free_ char *uri = export_of("a.qcow2");

	content_name(place, &n);
	cr_assert_str_eq(n.text, uri);
	cr_assert_str_eq(n.protocol, "nbd");
	cr_assert_str_eq(n.name, "a.qcow2");

	_cleanup_free_ char *found = content_named("/x/y", &n);
	struct content_name text = { .text = uri };
	_cleanup_free_ char *by_text = content_named("/x/y", &text);
	struct content_name foreign = { .protocol = n.protocol, .name = n.name, .socket = uri };
	_cleanup_free_ char *none = content_named("/x/y", &foreign);

	cr_assert_str_eq(found, place);
	cr_assert_str_eq(by_text, place);
	cr_assert_null(none);
}

Test(kept, options_of_qemu_name_a_place)
{
	const char *place = content_place(at("a.qcow2"));
	_cleanup_free_ char *file = content_qemu_file(at("a.qcow2"), false);
	_cleanup_free_ char *whole = xasprintf("json:{\"file\":%s}", file);
	_cleanup_free_ char *more = xasprintf("json:{\"file\":%s,\"offset\":512}", file);
	struct content_name header = { .text = whole }, other = { .text = more };
	_cleanup_free_ char *found = content_named(place, &header);
	_cleanup_free_ char *none = content_named(place, &other);

	cr_assert_str_eq(found, place);
	cr_assert_null(none);
}

Test(kept, a_file_beside_the_images_is_a_file)
{
	_cleanup_free_ char *path = xasprintf("%s/memory.mem", dir);
	_cleanup_content_name_ struct content_name n = { 0 };

	content_name(path, &n);
	cr_assert_null(n.protocol);
	cr_assert_str_eq(n.text, path);
}

/* ---- facts ----------------------------------------------------------------------------------- */

Test(kept, stat_tells_sizes_and_identity)
{
	struct content_stat f, g;

	make("a.qcow2", SIZE);
	OK(content_stat(at("a.qcow2"), &f, &err));
	cr_assert(f.exists && !f.device && S_ISREG(f.type));
	cr_assert_eq(f.mode, 0600);
	cr_assert_gt(f.size, 0);
	write_mib("a.qcow2", 1, 7);
	OK(content_stat(at("a.qcow2"), &g, &err));
	cr_assert(g.ino == f.ino && g.dev == f.dev);
	cr_assert_geq(g.allocated, f.allocated + MIB);
	cr_assert_gt(g.written, f.written);
}

Test(kept, another_image_by_that_name_is_opened_anew)
{
	_cleanup_error_ struct vxe_error e = { 0 };
	int64_t size;

	make("a.qcow2", SIZE);
	OK(content_size(at("a.qcow2"), "qcow2", &size, &err));
	cr_assert_eq(size, SIZE);
	cr_assert_eq(ask(KEEPER_REMOVE, "a.qcow2", 0), 0);
	make("a.qcow2", 2 * SIZE);
	OK(content_size(at("a.qcow2"), "qcow2", &size, &err));
	cr_assert_eq(size, 2 * SIZE);
}

Test(kept, images_are_made_whole)
{
	struct content_stat f;
	int64_t size;

	make("a.qcow2", SIZE);
	cr_assert(TOOL("a.qcow2", "qemu-img", "check", "-q", "-f", "qcow2"));
	OK(image_make_raw(at("b.raw"), SIZE, &err));
	OK(content_size(at("b.raw"), "raw", &size, &err));
	cr_assert_eq(size, SIZE);
	FAILS(VXE_IMAGE_FAILED, image_make(at("a.qcow2"), SIZE, &err));
	FAILS(VXE_IMAGE_FAILED, image_make_raw(at("b.raw"), SIZE, &err));
	OK(content_stat(at(".a.qcow2.vxe-tmp"), &f, &err));
	cr_assert_not(f.exists);
}

Test(kept, a_removal_takes_drafts_along)
{
	struct content_stat f;

	make("a.qcow2", SIZE);
	keep(".a.qcow2.vxe-tmp", MIB);
	OK(content_remove(at("a.qcow2"), &err));
	OK(content_stat(at("a.qcow2"), &f, &err));
	cr_assert_not(f.exists);
	OK(content_stat(at(".a.qcow2.vxe-tmp"), &f, &err));
	cr_assert_not(f.exists);
}

/* ---- chains ---------------------------------------------------------------------------------- */

Test(kept, a_layer_names_the_one_below)
{
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_error_ struct vxe_error e = { 0 };

	make("a.qcow2", SIZE);
	write_mib("a.qcow2", 1, 7);
	layer("b.qcow2", "a.qcow2", SIZE);
	layer("c.qcow2", "b.qcow2", SIZE);
	has_mib("c.qcow2", 1, 7);
	cr_assert_eq(content_read(at("c.qcow2"), &h, &e), 1);
	cr_assert_str_eq(h.backing_path, content_place(at("b.qcow2")));
	cr_assert_str_eq(h.backing_format, "qcow2");
	OK(content_vet(at("c.qcow2"), "qcow2", VET_CHAIN, &err));
}

Test(kept, the_names_in_a_header_are_places)
{
	_cleanup_error_ struct vxe_error e = { 0 };
	_cleanup_strv_ struct strv names = { 0 };
	_cleanup_free_ char *next = NULL;

	make("a.qcow2", SIZE);
	layer("b.qcow2", "a.qcow2", SIZE);
	OK(content_names(at("b.qcow2"), &names, &next, &err));
	cr_assert(strv_has(&names, content_place(at("a.qcow2"))));
	cr_assert_str_eq(next, content_place(at("a.qcow2")));
}

Test(kept, a_header_gets_another_base)
{
	_cleanup_free_ char *b = export_of("b.qcow2");
	_cleanup_header_ struct content_header h = { 0 };
	_cleanup_error_ struct vxe_error e = { 0 };

	make("a.qcow2", SIZE);
	make("b.qcow2", SIZE);
	layer("c.qcow2", "a.qcow2", SIZE);
	OK(image_set_backing(at("c.qcow2"), b, "qcow2", &err));
	cr_assert_eq(content_read(at("c.qcow2"), &h, &e), 1);
	cr_assert_str_eq(h.backing_path, content_place(at("b.qcow2")));
}

/* ---- merges ---------------------------------------------------------------------------------- */

Test(kept, a_layer_is_merged_down)
{
	bool touched;

	make("a.qcow2", SIZE);
	write_mib("a.qcow2", 1, 7);
	layer("b.qcow2", "a.qcow2", SIZE);
	OK(image_touched(at("b.qcow2"), "qcow2", &touched, &err));
	cr_assert_not(touched);
	write_mib("b.qcow2", 2, 8);
	OK(image_touched(at("b.qcow2"), "qcow2", &touched, &err));
	cr_assert(touched);
	OK(image_commit(at("b.qcow2"), at("a.qcow2"), "qcow2", &err));
	has_mib("a.qcow2", 1, 7);
	has_mib("a.qcow2", 2, 8);
	cr_assert(TOOL("a.qcow2", "qemu-img", "check", "-q", "-f", "qcow2"));
}

Test(kept, a_larger_layer_is_merged_into_a_smaller_one)
{
	int64_t size;

	make("a.qcow2", SIZE);
	OK(image_make_raw(at("r.raw"), SIZE, &err));
	layer("b.qcow2", "a.qcow2", 2 * SIZE);
	layer("s.qcow2", "r.raw", 2 * SIZE);
	write_mib("b.qcow2", 12, 8);
	write_mib("s.qcow2", 12, 9);
	OK(image_commit(at("b.qcow2"), at("a.qcow2"), "qcow2", &err));
	has_mib("a.qcow2", 12, 8);
	OK(image_commit(at("s.qcow2"), at("r.raw"), "raw", &err));
	has_mib("r.raw", 12, 9);
	OK(content_size(at("r.raw"), "raw", &size, &err));
	cr_assert_eq(size, 2 * SIZE);
}

Test(kept, a_watched_merge_is_done_while_it_is_held)
{
	_cleanup_error_ struct vxe_error e = { 0 };

	make("a.qcow2", SIZE);
	layer("b.qcow2", "a.qcow2", SIZE);
	write_mib("b.qcow2", 2, 8);

	_cleanup_close_ int held = content_hold(at("b.qcow2"), &e);
	const struct image_source from = {
		.of = at("b.qcow2"), .format = "qcow2", .fd = -1, .held = true
	};

	cr_assert_geq(held, 0);
	OK(image_commit_watched(&from, at("a.qcow2"), "qcow2", &err));
	has_mib("a.qcow2", 2, 8);
}

Test(kept, a_layer_is_pulled_up)
{
	_cleanup_free_ char *a = export_of("a.qcow2");

	make("a.qcow2", SIZE);
	write_mib("a.qcow2", 1, 6);
	layer("b.qcow2", "a.qcow2", SIZE);
	write_mib("b.qcow2", 2, 7);
	layer("c.qcow2", "b.qcow2", SIZE);
	write_mib("c.qcow2", 3, 8);
	OK(image_pull(at("c.qcow2"), a, "qcow2", &err));
	cr_assert_eq(ask(KEEPER_REMOVE, "b.qcow2", 0), 0);
	has_mib("c.qcow2", 1, 6);
	has_mib("c.qcow2", 2, 7);
	OK(image_pull(at("c.qcow2"), NULL, NULL, &err));
	cr_assert_eq(ask(KEEPER_REMOVE, "a.qcow2", 0), 0);
	has_mib("c.qcow2", 1, 6);
	has_mib("c.qcow2", 3, 8);
}

Test(kept, without_room_a_merge_fails_and_nothing_is_lost)
{
	make("a.qcow2", SIZE);
	write_mib("a.qcow2", 1, 7);
	layer("b.qcow2", "a.qcow2", SIZE);
	write_mib("b.qcow2", 2, 8);
	cr_assert_eq(ask(KEEPER_ROOM, "a.qcow2", 0), 0);
	FAILS(VXE_IMAGE_FAILED, image_commit(at("b.qcow2"), at("a.qcow2"), "qcow2", &err));
	has_mib("b.qcow2", 1, 7);
	has_mib("b.qcow2", 2, 8);
	cr_assert_eq(ask(KEEPER_ROOM, "a.qcow2", 2 * SIZE), 0);
	OK(image_commit(at("b.qcow2"), at("a.qcow2"), "qcow2", &err));
	has_mib("a.qcow2", 2, 8);
}

/* ---- growing and copying --------------------------------------------------------------------- */

Test(kept, an_image_grows)
{
	int64_t size;

	make("a.qcow2", SIZE);
	OK(image_make_raw(at("r.raw"), SIZE, &err));
	OK(image_grow(at("a.qcow2"), "qcow2", 2 * SIZE, &err));
	OK(image_grow(at("r.raw"), "raw", 2 * SIZE, &err));
	OK(content_size(at("a.qcow2"), "qcow2", &size, &err));
	cr_assert_eq(size, 2 * SIZE);
	OK(content_size(at("r.raw"), "raw", &size, &err));
	cr_assert_eq(size, 2 * SIZE);
	cr_assert(IO("r.raw", "raw", "write -q 12M 64k"));
}

Test(kept, copies_have_the_content)
{
	const struct image_source from = { .of = at("b.qcow2"), .format = "qcow2", .fd = -1 };
	_cleanup_error_ struct vxe_error e = { 0 };
	struct image_copy *copy = NULL;
	int64_t done;
	int going = 1;

	make("a.qcow2", SIZE);
	write_mib("a.qcow2", 1, 6);
	layer("b.qcow2", "a.qcow2", SIZE);
	write_mib("b.qcow2", 2, 7);
	OK(image_make_copy(&from, content_place(at("c.qcow2")), "qcow2", 2 * SIZE, &err));
	cr_assert_eq(image_copy_start(at("b.qcow2"), "qcow2", NULL, 0, content_place(at("d.qcow2")),
			     &copy, &e),
		0);
	while (going > 0)
		going = image_copy_poll(copy, 100, &done, &e);
	image_copy_free(copy);
	cr_assert_eq(going, 0);
	cr_assert_eq(image_same_content(at("b.qcow2"), "qcow2", at("d.qcow2"), "qcow2", &e), 1);
	has_mib("c.qcow2", 1, 6);
	has_mib("c.qcow2", 2, 7);
	cr_assert(TOOL("d.qcow2", "qemu-img", "check", "-q", "-f", "qcow2"));
}

/* ---- write bits and users -------------------------------------------------------------------- */

Test(kept, a_frozen_image_is_not_written_to)
{
	mode_t old = 0;
	struct content_stat f;

	make("a.qcow2", SIZE);
	OK(content_freeze(at("a.qcow2"), NULL, &err));
	OK(content_freeze(at("a.qcow2"), &old, &err));
	cr_assert_eq(old, 0600);
	OK(content_stat(at("a.qcow2"), &f, &err));
	cr_assert_eq(f.mode, 0400);
	cr_assert_not(IO("a.qcow2", "qcow2", "write -q 0 64k"));
	OK(content_thaw(at("a.qcow2"), old, &err));
	cr_assert(IO("a.qcow2", "qcow2", "write -q 0 64k"));
}

Test(kept, who_uses_it_is_seen)
{
	_cleanup_free_ char *uri = export_of("a.qcow2"), *stop = xasprintf("sigraise %d", SIGSTOP);
	const char *const argv[] = { "qemu-io", "-f", "qcow2", "-c", stop, uri, NULL };
	struct child user;
	bool used = true;
	mode_t old;
	int status;

	make("a.qcow2", SIZE);
	OK(content_in_use(at("a.qcow2"), USE_ANY, &used, &err));
	cr_assert_not(used);
	OK(child_start(&user, argv, &err));
	cr_assert_eq(waitpid(user.pid, &status, WUNTRACED), user.pid);
	OK(content_in_use(at("a.qcow2"), USE_WRITER, &used, &err));
	cr_assert(used);
	FAILS(VXE_IMAGE_FAILED, content_hold(at("a.qcow2"), &err));
	OK(content_freeze(at("a.qcow2"), &old, &err));
	OK(content_in_use(at("a.qcow2"), USE_WRITER, &used, &err));
	cr_assert_not(used);
	OK(content_in_use(at("a.qcow2"), USE_ANY, &used, &err));
	cr_assert(used);
	cr_assert_eq(kill(user.pid, SIGKILL), 0);

	_cleanup_error_ struct vxe_error e = { 0 };

	cr_assert_eq(child_wait(&user, NULL, &e), 128 + SIGKILL);
	OK(content_in_use(at("a.qcow2"), USE_ANY, &used, &err));
	cr_assert_not(used);
}

/* ---- the SR ---------------------------------------------------------------------------------- */

Test(kept, the_sr_type_lists_the_images)
{
	const struct sr_type *type = sr_type_find("kept");
	_cleanup_strv_ struct strv names = { 0 };
	int64_t space;

	cr_assert_not_null(type);
	make("a.qcow2", SIZE);
	make("b.qcow2", SIZE);
	OK(type->list(dir, &names, &err));
	cr_assert_eq(names.n, 2);
	cr_assert(strv_has(&names, "a.qcow2") && strv_has(&names, "b.qcow2"));
	OK(content_free_space(at("a.qcow2"), &space, &err));
	cr_assert_gt(space, SIZE);
	OK(content_sync(at("a.qcow2"), &err));
}
