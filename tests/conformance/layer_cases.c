/* SPDX-License-Identifier: MIT */
/* The group job: switches to overlays, merges and copies of layers. */
#include "tests/conformance/guest.h"

#include <string.h>

/* Four layers, each with a pattern of its own at its own place and one at a place of all. */
static void make_chain(struct world *w, bool absolute)
{
	static const char *const names[] = { "0", "1", "2", "3" };

	make_disk(w, names[0]);
	for (int i = 0; i < 4; i++) {
		_cleanup_free_ char *below = absolute && i ? path_of(w, names[i - 1]) : NULL;

		if (i)
			make_overlay(w, names[i], below ? below : names[i - 1]);
		write_pattern(w, names[i], 64 * (i + 2), 0x10 + i);
		write_pattern(w, names[i], 64, 0x20 + i);
	}
}

static bool holds_all(const struct world *w, const char *leaf)
{
	for (int i = 0; i < 4; i++)
		if (!has_pattern(w, leaf, 64 * (i + 2), 0x10 + i))
			return false;
	return has_pattern(w, leaf, 64, 0x23);
}

static void run_on(struct world *w, const char *leaf)
{
	define(w, leaf, "");
	DO(hv_start(w->h, w->uuid, 0, &w->err));
}

/* ---- switches ----------------------------------------------------------------------------------- */

static void a_switch_puts_the_guest_on_an_overlay(struct world *w)
{
	_cleanup_free_ char *overlay = path_of(w, "2");
	_cleanup_strv_ struct strv files = { 0 };
	int snapshots = 1;

	run_guest(w, "");
	make_overlay(w, "1", "disk");
	make_overlay(w, "2", "1");
	DO(switch_to(w, "1", NULL));
	IS(is_on(w, "vda", "1", "1"));
	DO(hv_pause(w->h, w->uuid, &w->err));
	DO(switch_to(w, "2", NULL));
	IS(is_on(w, "vda", "2", "2") && state_of(w) == HV_PAUSED);
	DO(hv_own_snapshots(w->h, w->uuid, &snapshots, &w->err));
	DO(hv_disk_files(w->h, w->uuid, &files, &w->err));
	IS(!snapshots && files.n == 1 && str_eq(files.items[0], overlay));
	DO(hv_destroy(w->h, w->uuid, &w->err));
	IS(is_on(w, "vda", "2", "2"));
}

static void all_disks_switch_or_none(struct world *w)
{
	_cleanup_free_ char *b = path_of(w, "b"), *x = path_of(w, "x"), *y = path_of(w, "y");
	_cleanup_free_ char *bad = path_of(w, "bad"), *none = path_of(w, "none");
	_cleanup_free_ char *second = xasprintf("<disk type='file' device='disk'>"
						"<driver name='qemu' type='qcow2'/>"
						"<source file='%s'/><target dev='vdb'/></disk>",
		b);
	struct hv_switch disks[] = { { "vda", x, "qcow2", NULL, NULL },
		{ "vdb", none, "qcow2", NULL, NULL } };
	_cleanup_strv_ struct strv known = { 0 };
	const struct hv_switch_how how = { 0 }, both = { .known = &known };
	struct hv_job *job = NULL;
	int rc;

	make_disk(w, "b");
	run_guest(w, second);
	make_overlay(w, "x", "disk");
	make_overlay(w, "y", "b");
	make_file(w, "bad", "no image");
	rc = hv_switch_start(w->h, w->uuid, disks, 2, &how, &job, &w->err);
	REFUSED("switch disks", finish(w, rc, job));
	disks[1].overlay = bad;
	rc = hv_switch_start(w->h, w->uuid, disks, 2, &how, &job, &w->err);
	REFUSED("switch disks", finish(w, rc, job));
	disks[1].overlay = w->folder;
	rc = hv_switch_start(w->h, w->uuid, disks, 2, &how, &job, &w->err);
	REFUSED("switch disks", finish(w, rc, job));
	IS(is_on(w, "vda", "disk", "disk") && is_on(w, "vdb", "b", "b"));
	IS(state_of(w) == HV_RUNNING);

	strv_add(&known, "vda");
	disks[1] = (struct hv_switch){ "vdz", y, "qcow2", NULL, NULL };
	IS(hv_switch_start(w->h, w->uuid, disks, 2, &both, &job, &w->err) < 0 &&
		w->err.code == VXE_TRY_AGAIN && str_eq(w->err.params[0], "vdb"));
	error_clear(&w->err);
	IS(is_on(w, "vda", "disk", "disk") && is_on(w, "vdb", "b", "b"));
	strv_add(&known, "vdb");

	/* One that is not named stays; one that the guest does not have is left out. */
	rc = hv_switch_start(w->h, w->uuid, disks, 2, &both, &job, &w->err);
	DO(finish(w, rc, job));
	IS(is_on(w, "vda", "x", "x") && is_on(w, "vdb", "b", "b"));
	rc = hv_switch_start(w->h, w->uuid, &disks[1], 1, &how, &job, &w->err);
	REFUSED("switch disks", finish(w, rc, job));
}

static void a_switch_takes_a_running_domain(struct world *w)
{
	REFUSED("switch disks", switch_to(w, "1", NULL));
	make_disk(w, "disk");
	make_overlay(w, "1", "disk");
	define(w, "disk", "");
	REFUSED("switch disks", switch_to(w, "1", NULL));
	IS(is_on(w, "vda", "disk", "disk"));
}

static bool is_unsupported(struct world *w, int rc)
{
	bool is = rc < 0 && w->err.code == VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED &&
		str_eq(w->err.params[0], w->uuid);

	error_clear(&w->err);
	return is;
}

static void a_quiesced_switch_needs_an_agent(struct world *w)
{
	_cleanup_free_ char *overlay = path_of(w, "1");
	const struct hv_switch s = { "vda", overlay, "qcow2", NULL, NULL };
	const struct hv_switch_how how = { .quiesce_s = 2 };
	struct hv_job *job = NULL;
	int rc;

	run_guest(w, "");
	make_overlay(w, "1", "disk");
	rc = hv_switch_start(w->h, w->uuid, &s, 1, &how, &job, &w->err);
	IS(is_unsupported(w, finish(w, rc, job)));
	DO(hv_destroy(w->h, w->uuid, &w->err));
	define(w, "disk",
		"<channel type='unix'><target type='virtio' "
		"name='org.qemu.guest_agent.0'/></channel>");
	DO(hv_start(w->h, w->uuid, 0, &w->err));
	rc = hv_switch_start(w->h, w->uuid, &s, 1, &how, &job, &w->err);
	IS(is_unsupported(w, finish(w, rc, job)));
	IS(is_on(w, "vda", "disk", "disk") && state_of(w) == HV_RUNNING);
}

/* ---- merges ------------------------------------------------------------------------------------- */

static void a_middle_layer_goes_down(struct world *w)
{
	make_chain(w, false);
	run_on(w, "3");
	DO(merge(w, "1", "2"));
	IS(is_on(w, "vda", "3", "3") && is_backed_by(w, "3", "1") && is_backed_by(w, "1", "0"));
	IS(state_of(w) == HV_RUNNING);
	DO(merge(w, "0", "1"));
	IS(is_backed_by(w, "3", "0") && holds_all(w, "3"));
	DO(hv_destroy(w->h, w->uuid, &w->err));
	IS(has_pattern(w, "1", 64 * 4, 0x12) && has_pattern(w, "0", 64, 0x22));
	DO(hv_start(w->h, w->uuid, 0, &w->err));
}

static void absolute_names_stay_absolute(struct world *w)
{
	_cleanup_free_ char *base = path_of(w, "1");

	make_chain(w, true);
	run_on(w, "3");
	DO(merge(w, "1", "2"));
	IS(is_backed_by(w, "3", base) && holds_all(w, "3"));
}

static void the_active_layer_goes_down_and_the_guest_with_it(struct world *w)
{
	_cleanup_free_ char *base = path_of(w, "2");
	_cleanup_strv_ struct strv files = { 0 };

	make_chain(w, false);
	run_on(w, "3");
	DO(merge(w, "2", NULL));
	IS(is_on(w, "vda", "2", "2") && is_backed_by(w, "2", "1") && holds_all(w, "2"));
	DO(hv_disk_files(w->h, w->uuid, &files, &w->err));
	IS(files.n == 1 && str_eq(files.items[0], base));
	DO(merge(w, "1", NULL));
	DO(merge(w, "0", NULL));
	IS(is_on(w, "vda", "0", "0") && is_backed_by(w, "0", "") && holds_all(w, "0"));
	DO(hv_destroy(w->h, w->uuid, &w->err));
	DO(hv_start(w->h, w->uuid, 0, &w->err));
}

static int object_to(void *calls, struct vxe_error *err)
{
	++*(int *)calls;
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, "pivot", "not now");
}

static void no_pivot_where_the_caller_objects(struct world *w)
{
	_cleanup_free_ char *base = path_of(w, "2");
	struct hv_job *job = NULL;
	int calls = 0;

	make_chain(w, false);
	run_on(w, "3");
	DO(hv_merge_start(w->h, w->uuid, "vda", NULL, base, NULL, 1 << 30, &job, &w->err));
	hv_before_pivot(job, object_to, &calls);
	REFUSED("merge layers", finish(w, 0, job));
	IS(calls == 1 && is_on(w, "vda", "3", "3") && is_backed_by(w, "3", "2"));
	IS(state_of(w) == HV_RUNNING && holds_all(w, "3"));
	DO(hv_settle(w->h, w->uuid, NULL, 10000, &w->err));
	DO(merge(w, "2", NULL));
	IS(is_on(w, "vda", "2", "2"));
}

/* The merge of an active layer goes on until a poll lets it pivot. */
static void begin_merge(struct world *w, struct hv_job **job)
{
	_cleanup_free_ char *base = path_of(w, "2");

	make_chain(w, false);
	run_on(w, "3");
	DO(hv_merge_start(w->h, w->uuid, "vda", NULL, base, NULL, 0, job, &w->err));
}

static void a_merge_that_is_cancelled_leaves_the_guest_where_it_was(struct world *w)
{
	struct hv_job *job = NULL;

	begin_merge(w, &job);
	DO(hv_cancel(job, &w->err));
	DO(hv_cancel(job, &w->err));
	DO(hv_poll(job, NULL, &w->err));
	hv_job_free(job);
	IS(is_on(w, "vda", "3", "3") && is_backed_by(w, "3", "2") && holds_all(w, "3"));
	DO(merge(w, "2", NULL));
	IS(is_on(w, "vda", "2", "2"));
}

static void a_merge_that_is_freed_has_stopped(struct world *w)
{
	struct hv_job *job = NULL;

	begin_merge(w, &job);
	hv_job_free(job);
	IS(is_on(w, "vda", "3", "3") && holds_all(w, "3"));
	DO(merge(w, "1", "2"));
	IS(is_backed_by(w, "3", "1"));
}

/* As after a vxe that died: ends the job that has those files. */
static void settle_left(struct world *w, const char *from, const char *into)
{
	_cleanup_free_ char *f = path_of(w, from), *i = path_of(w, into);
	const struct hv_left_disk disk = { "vda", f, i };
	struct hv_left left = { .disks = &disk, .n = 1 };

	DO(hv_settle(w->h, w->uuid, &left, 60000, &w->err));
}

static void settling_ends_a_merge(struct world *w)
{
	struct hv_job *job = NULL;

	begin_merge(w, &job);
	settle_left(w, "3", "2");
	IS(is_on(w, "vda", "3", "3") && holds_all(w, "3"));
	REFUSED("merge layers", finish(w, 0, job));
	IS(is_on(w, "vda", "3", "3") && state_of(w) == HV_RUNNING);
	DO(merge(w, "2", NULL));
	IS(is_on(w, "vda", "2", "2"));
}

static void a_merge_ends_with_its_guest(struct world *w)
{
	struct hv_job *job = NULL;

	begin_merge(w, &job);
	DO(hv_destroy(w->h, w->uuid, &w->err));
	REFUSED("merge layers", finish(w, 0, job));
	IS(is_on(w, "vda", "3", "3") && is_backed_by(w, "3", "2") && holds_all(w, "3"));
	DO(hv_start(w->h, w->uuid, 0, &w->err));
}

static void a_disk_has_one_job_at_a_time(struct world *w)
{
	_cleanup_free_ char *base = path_of(w, "0"), *top = path_of(w, "1");
	_cleanup_free_ char *memory = path_of(w, "memory");
	struct hv_job *job = NULL, *other = NULL;
	int rc;

	begin_merge(w, &job);
	make_overlay(w, "4", "3");
	BUSY(hv_merge_start(w->h, w->uuid, "vda", NULL, base, top, 0, &other, &w->err));
	BUSY(switch_to(w, "4", NULL));
	rc = hv_save_start(w->h, w->uuid, memory, 0, &other, &w->err);
	BUSY(finish(w, rc, other));
	BUSY(hv_check_free(w->h, w->uuid, "vda", &w->err));
	DO(hv_check_free(w->h, w->uuid, NULL, &w->err));
	DO(hv_settle(w->h, w->uuid, NULL, 10000, &w->err)); /* another program's goes on */
	IS(state_of(w) == HV_RUNNING && !file_exists(memory));
	DO(finish(w, 0, job));
	IS(is_on(w, "vda", "2", "2"));
}

static void a_merge_takes_layers_that_are_there(struct world *w)
{
	_cleanup_free_ char *base = path_of(w, "1"), *top = path_of(w, "2");
	_cleanup_free_ char *strange = path_of(w, "9");
	struct hv_job *job = NULL;

	REFUSED("merge layers",
		hv_merge_start(w->h, w->uuid, "vda", NULL, base, top, 0, &job, &w->err));
	make_chain(w, false);
	make_overlay(w, "9", "0");
	define(w, "3", "");
	REFUSED("merge layers",
		hv_merge_start(w->h, w->uuid, "vda", NULL, base, top, 0, &job, &w->err));
	DO(hv_start(w->h, w->uuid, 0, &w->err));
	REFUSED("merge layers",
		hv_merge_start(w->h, w->uuid, "vdz", NULL, base, top, 0, &job, &w->err));
	REFUSED("merge layers",
		hv_merge_start(w->h, w->uuid, "vda", NULL, top, base, 0, &job, &w->err));
	REFUSED("merge layers",
		hv_merge_start(w->h, w->uuid, "vda", NULL, base, strange, 0, &job, &w->err));
	REFUSED("merge layers",
		hv_merge_start(w->h, w->uuid, "vda", NULL, strange, top, 0, &job, &w->err));
	REFUSED("merge layers",
		hv_merge_start(w->h, w->uuid, "vda", NULL, strange, NULL, 0, &job, &w->err));
	IS(is_on(w, "vda", "3", "3") && holds_all(w, "3"));
}

/* ---- copies ------------------------------------------------------------------------------------- */

/* A guest on the layer 3, and an image on the layer 1 that reads as the layer 2 does. */
static void make_image(struct world *w)
{
	make_chain(w, false);
	run_on(w, "3");
	make_overlay(w, "image", "1");
	write_pattern(w, "image", 64 * 4, 0x12);
	write_pattern(w, "image", 64, 0x22);
}

static int begin_copy(struct world *w, const char *image, struct hv_job **job)
{
	_cleanup_free_ char *path = path_of(w, image);

	return hv_copy_start(w->h, w->uuid, "vda", NULL, path, 0, job, &w->err);
}

static int copy(struct world *w, const char *image)
{
	struct hv_job *job = NULL;
	int rc = begin_copy(w, image, &job);

	return finish(w, rc, job);
}

static void a_copy_moves_the_guest_to_its_image(struct world *w)
{
	_cleanup_free_ char *path = path_of(w, "image"), *slow = path_of(w, "slow");
	_cleanup_strv_ struct strv files = { 0 };
	struct hv_job *job = NULL;

	make_image(w);
	DO(copy(w, "image"));
	IS(is_on(w, "vda", "image", "image") && is_backed_by(w, "image", "1"));
	IS(holds_all(w, "image") && is_backed_by(w, "3", "2") && state_of(w) == HV_RUNNING);
	DO(hv_disk_files(w->h, w->uuid, &files, &w->err));
	IS(files.n == 1 && str_eq(files.items[0], path));

	/* Without layers below; and of a paused guest. */
	make_overlay(w, "slow", "image");
	DO(switch_to(w, "slow", NULL));
	DO(hv_pause(w->h, w->uuid, &w->err));
	make_disk(w, "whole");
	for (int i = 0; i < 4; i++)
		write_pattern(w, "whole", 64 * (i + 2), 0x10 + i);
	write_pattern(w, "whole", 64, 0x23);
	_cleanup_free_ char *whole = path_of(w, "whole");

	DO(hv_copy_start(w->h, w->uuid, "vda", NULL, whole, 1 << 30, &job, &w->err));
	DO(finish(w, 0, job));
	IS(is_on(w, "vda", "whole", "whole") && is_backed_by(w, "whole", ""));
	IS(state_of(w) == HV_PAUSED);
	DO(hv_destroy(w->h, w->uuid, &w->err));
	IS(holds_all(w, "whole"));
	DO(hv_start(w->h, w->uuid, 0, &w->err));
}

static void a_copy_without_its_pivot_leaves_the_guest_where_it_was(struct world *w)
{
	struct hv_job *job = NULL;
	int calls = 0;

	make_image(w);
	DO(begin_copy(w, "image", &job));
	DO(hv_cancel(job, &w->err));
	hv_job_free(job);
	IS(is_on(w, "vda", "3", "3"));
	DO(begin_copy(w, "image", &job));
	hv_before_pivot(job, object_to, &calls);
	REFUSED("copy a layer", finish(w, 0, job));
	IS(calls == 1 && is_on(w, "vda", "3", "3") && state_of(w) == HV_RUNNING);
	DO(begin_copy(w, "image", &job));
	settle_left(w, "3", "image");
	IS(is_on(w, "vda", "3", "3") && holds_all(w, "3"));
	REFUSED("copy a layer", finish(w, 0, job));
	DO(begin_copy(w, "image", &job));
	DO(hv_destroy(w->h, w->uuid, &w->err));
	REFUSED("copy a layer", finish(w, 0, job));
	IS(is_on(w, "vda", "3", "3") && is_backed_by(w, "3", "2") && holds_all(w, "3"));
	DO(hv_start(w->h, w->uuid, 0, &w->err));
	DO(copy(w, "image"));
	IS(holds_all(w, "image"));
}

static int copy_from(struct world *w, const char *from, struct hv_job **job)
{
	_cleanup_free_ char *file = path_of(w, from), *path = path_of(w, "image");

	return hv_copy_start(w->h, w->uuid, "vda", file, path, 0, job, &w->err);
}

static bool has_disk(struct world *w, const char *name)
{
	_cleanup_free_ char *path = path_of(w, name);
	bool there;

	DO(hv_has_disk(w->h, w->uuid, path, &there, &w->err));
	return there;
}

static void a_disk_is_meant_by_the_layer_that_the_guest_is_on(struct world *w)
{
	_cleanup_free_ char *base = path_of(w, "2"), *below = path_of(w, "1");
	struct hv_job *job = NULL;

	make_image(w);
	IS(has_disk(w, "3") && !has_disk(w, "2"));
	IS(copy_from(w, "2", &job) < 0 && w->err.code == VXE_TRY_AGAIN);
	error_clear(&w->err);
	IS(hv_merge_start(w->h, w->uuid, "vda", base, below, NULL, 0, &job, &w->err) < 0 &&
		w->err.code == VXE_TRY_AGAIN);
	error_clear(&w->err);
	IS(is_on(w, "vda", "3", "3") && holds_all(w, "3"));
	DO(copy_from(w, "3", &job));
	DO(finish(w, 0, job));
	IS(has_disk(w, "image") && !has_disk(w, "3") && holds_all(w, "image"));
	DO(hv_destroy(w->h, w->uuid, &w->err));
	IS(!has_disk(w, "image"));
	DO(hv_start(w->h, w->uuid, 0, &w->err));
}

static void a_copy_takes_an_image_and_a_disk_without_a_job(struct world *w)
{
	_cleanup_free_ char *path = path_of(w, "image");
	struct hv_job *job = NULL, *other = NULL;

	REFUSED("copy a layer", begin_copy(w, "image", &job));
	make_image(w);
	make_file(w, "bad", "no image");
	REFUSED("copy a layer", copy(w, "none"));
	REFUSED("copy a layer", copy(w, "bad"));
	REFUSED("copy a layer", hv_copy_start(w->h, w->uuid, "vdz", NULL, path, 0, &job, &w->err));
	DO(begin_copy(w, "image", &job));
	make_overlay(w, "4", "3");
	BUSY(begin_copy(w, "4", &other));
	BUSY(switch_to(w, "4", NULL));
	DO(finish(w, 0, job));
	IS(is_on(w, "vda", "image", "image"));
	DO(hv_destroy(w->h, w->uuid, &w->err));
	REFUSED("copy a layer", begin_copy(w, "4", &other));
}

const struct conformance_case layer_cases[] = {
	CASE(a_switch_puts_the_guest_on_an_overlay),
	CASE(all_disks_switch_or_none),
	CASE(a_switch_takes_a_running_domain),
	CASE(a_quiesced_switch_needs_an_agent),
	CASE(a_middle_layer_goes_down),
	CASE(absolute_names_stay_absolute),
	CASE(the_active_layer_goes_down_and_the_guest_with_it),
	CASE(no_pivot_where_the_caller_objects),
	CASE(a_merge_that_is_cancelled_leaves_the_guest_where_it_was),
	CASE(a_merge_that_is_freed_has_stopped),
	CASE(settling_ends_a_merge),
	CASE(a_merge_ends_with_its_guest),
	CASE(a_disk_has_one_job_at_a_time),
	CASE(a_merge_takes_layers_that_are_there),
	CASE(a_copy_moves_the_guest_to_its_image),
	CASE(a_copy_without_its_pivot_leaves_the_guest_where_it_was),
	CASE(a_disk_is_meant_by_the_layer_that_the_guest_is_on),
	CASE(a_copy_takes_an_image_and_a_disk_without_a_job),
	{ 0 },
};
