/* SPDX-License-Identifier: MIT */
/*
 * Copies the data of a merge in which no guest takes part. The copy can be repeated: until the definitions or headers
 * are changed, nothing depends on it.
 */
#include "objects/disks/merge/merge_copy.h"

#include "objects/disks/images/image_merge.h"
#include "objects/disks/images/image_bitmaps.h"
#include "objects/disks/images/image_content.h"
#include "backends/content/content.h"
#include "objects/base/log.h"
#include "objects/disks/merge/merge_plan.h"
#include "objects/disks/merge/merge_state.h"
#include "objects/disks/disks.h"

int64_t merge_speed_of(const struct op *op)
{
	return op->type == &vdi_merge_op ? plan_int(&op->plan, MERGE_SPEED)
					 : op->s->wishes->merge_speed;
}

struct copying {
	struct op *op;
	int64_t bytes; /* bytes to copy from the upper file */
};

static bool copy_is_cancelled(void *ctx)
{
	const struct copying *c = ctx;

	return op_cancelled(c->op);
}

static void show_copy_progress(void *ctx, int64_t done)
{
	const struct copying *c = ctx;

	op_progress(c->op, done, c->bytes);
}

static int copy_down(const struct merge *m, bool held, struct vxe_error *err)
{
	struct copying c = { .op = m->op };
	const struct image_source from = {
		.of = content_of(m->op->s, m->disk->old_path),
		.format = "qcow2",
		.fd = -1,
		.held = held,
		.speed = merge_speed_of(m->op),
		.cancelled = copy_is_cancelled,
		.progress = show_copy_progress,
		.ctx = &c,
	};
	struct content_stat f;

	if (content_stat(content_of(m->op->s, m->disk->old_path), &f, err) < 0)
		return -1;
	c.bytes = f.allocated;
	return image_commit_watched(
		       &from, content_of(m->op->s, m->disk->new_path), m->stay->format, err) < 0
		? -1
		: image_bitmaps_carry(content_of(m->op->s, m->disk->old_path),
			  content_of(m->op->s, m->disk->new_path), m->stay->format, false, err);
}

/*
 * Copies an upper layer with dirty bitmaps down. qemu-img writes to such an image when it opens and closes it, so its
 * modification time does not tell whether a domain wrote to it. Instead QEMU's lock, which this process holds, keeps
 * domains away until the file's write bits have been removed.
 */
static int copy_held(const struct merge *m, struct vxe_error *err)
{
	struct content *c = content_of(m->op->s, m->disk->old_path);
	_cleanup_close_ int held = -1;
	mode_t mode;

	if (merge_open_file(m->gone, c, err) < 0 || image_repair(c, m->gone->format, err) < 0)
		return -1;
	held = content_hold(c, err);
	return held < 0 || copy_down(m, true, err) < 0 ? -1 : content_freeze(c, &mode, err);
}

/*
 * Copies an upper layer that is the top of a disk. A domain could be started on it between the copy and the new
 * definition, so the write bits of its file are removed after the copy. A write before that changes the file's
 * modification time, and then the merge begins again.
 */
static int copy_leaf(const struct merge *m, struct vxe_error *err)
{
	const char *path = m->disk->old_path;
	struct content *c = content_of(m->op->s, path);
	struct content_stat before, after;
	mode_t mode;
	int bitmaps = image_has_bitmaps(c, err);

	if (bitmaps)
		return bitmaps < 0 ? -1 : copy_held(m, err);
	if (merge_open_file(m->gone, c, err) < 0 || image_repair(c, m->gone->format, err) < 0 ||
		content_stat(content_of(m->op->s, path), &before, err) < 0 ||
		copy_down(m, false, err) < 0 || content_freeze(c, &mode, err) < 0 ||
		content_stat(content_of(m->op->s, path), &after, err) < 0)
		return -1;
	return before.written == after.written
		? 0
		: vxe_fail(err, VXE_TRY_AGAIN, path, "it was written to while it was copied");
}

/* Takes out what would keep QEMU from making the lower file as long as the upper one. */
static int clear_bitmaps(const struct merge *m, struct vxe_error *err)
{
	if (!str_eq(m->stay->format, "qcow2"))
		return 0;
	return image_bitmaps_clear(content_of(m->op->s, m->disk->old_path),
		content_of(m->op->s, m->disk->new_path), &m->above_paths, err);
}

int merge_step_copy(struct op *op, struct vxe_error *err)
{
	_cleanup_merge_ struct merge m = { 0 };

	if (op->plan.running)
		return 0;
	if (merge_load(op, &m, err) < 0 || clear_bitmaps(&m, err) < 0)
		return -1;
	if (!m.above.n)
		return copy_leaf(&m, err);
	return copy_down(&m, false, err);
}

int merge_free_leaks(const struct merge *m)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };

	if (m->down && !m->op->plan.running &&
		image_free_leaks(
			content_of(m->op->s, m->disk->new_path), m->stay->format, &ignored) < 0)
		log_info("%s may have leaked clusters: %s", m->disk->new_path,
			code_info(ignored.code)->name);
	return 0;
}
