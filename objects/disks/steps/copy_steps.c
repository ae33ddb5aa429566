/* SPDX-License-Identifier: MIT */
/* The steps that copy whole disks: they report progress, end on ^C, and can be undone completely. */
#include "objects/disks/steps/copy_steps.h"

#include "objects/disks/images/image_copy.h"
#include "objects/disks/steps/image_steps.h"

#define LOOK_MS 100 /* milliseconds between two checks whether the operation was cancelled */

static bool is_copy(const struct plan_disk *d)
{
	return !d->make && d->old_path && d->new_path;
}

static int copy_disk(struct op *op, const struct plan_disk *d, int64_t *before, int64_t total,
	struct vxe_error *err)
{
	_cleanup_image_copy_ struct image_copy *c = NULL;
	int64_t done = 0;
	int r;

	if (image_copy_start(content_of(op->s, d->old_path), d->old_format, d->old_snapshot,
		    (mode_t)d->old_mode, d->new_path, &c, err) < 0)
		return -1;
	do {
		if (op_cancelled(op))
			return vxe_fail(err, TASK_CANCELLED, op->task ? op->task : "");
		r = image_copy_poll(c, LOOK_MS, &done, err);
		op_progress(op, *before + done, total);
	} while (r > 0);
	*before += done;
	return r;
}

int step_copy_disks(struct op *op, struct vxe_error *err)
{
	int64_t done = 0, total = 0; /* bytes of all disk copies, at most */

	for (size_t i = 0; i < op->plan.n_disks; i++)
		if (is_copy(&op->plan.disks[i]))
			total += op->plan.disks[i].bytes;
	for (size_t i = 0; i < op->plan.n_disks; i++)
		if (is_copy(&op->plan.disks[i]) &&
			copy_disk(op, &op->plan.disks[i], &done, total, err) < 0)
			return -1;
	return 0;
}

int step_remove_copies(struct op *op, struct vxe_error *err)
{
	for (size_t i = 0; i < op->plan.n_disks; i++)
		if (is_copy(&op->plan.disks[i]) &&
			op_remove_image(op, op->plan.disks[i].new_path, err) < 0)
			return -1;
	return 0;
}
