/* SPDX-License-Identifier: MIT */
/*
 * The steps of vdi-flatten: an image is made of the layers, and the disk moves to it. The definition, or the switch of a running
 * guest, is the commit point.
 */
#include "objects/disks/disks.h"

#include "objects/disks/images/image_bitmaps.h"
#include "objects/disks/images/image_content.h"
#include "backends/content/content.h"
#include "objects/disks/steps/commit_side.h"
#include "objects/disks/steps/image_steps.h"
#include "objects/disks/merge/merge_state.h"
#include "objects/disks/steps/disk_steps.h"
#include "objects/disks/steps/disk_switch.h"

#define SETTLE_MS 10000

static const struct plan_member flatten_members[] = {
	{ FLATTEN_SOURCE, PLAN_PATH, "the upper layer of those that qemu-img copies" },
	{ FLATTEN_SOURCE_FORMAT, PLAN_STRING, "its format" },
	{ FLATTEN_FROZEN, PLAN_BOOL, "nobody writes to the disk: the new file is frozen, too" },
	{ FLATTEN_KEPT, PLAN_BOOL, "the old file is the user's own, and stays" },
	{ FLATTEN_SPEED, PLAN_INT, "bytes per second at most; 0: as fast as possible" },
	{ 0 },
};

/* ---- the image --------------------------------------------------------------------------------- */

static bool flatten_is_cancelled(void *ctx)
{
	return op_cancelled(ctx);
}

static void show_flatten_progress(void *ctx, int64_t done)
{
	struct op *op = ctx;

	op_progress(op, done, op->plan.disks[0].bytes);
}

static int copy_layers(struct op *op, const struct plan_disk *d, struct vxe_error *err)
{
	const struct image_source from = {
		.of = content_of(op->s, plan_string(&op->plan, FLATTEN_SOURCE)),
		.format = plan_string(&op->plan, FLATTEN_SOURCE_FORMAT),
		.fd = -1,
		.alone = d->freeze && !op->plan.running,
		.speed = plan_int(&op->plan, FLATTEN_SPEED),
		.like = d->old_path,
		.old_mode = (mode_t)d->old_mode,
		.cancelled = flatten_is_cancelled,
		.progress = show_flatten_progress,
		.ctx = op,
	};

	return d->backing ? image_make_difference(&from, d->new_path, d->backing, d->backing_format,
				    d->virtual_size, err)
			  : image_make_copy(&from, d->new_path, "qcow2", d->virtual_size, err);
}

/*
 * Copies the layers of a disk with which no domain runs, then takes its file's write bits. A domain could have been
 * started on the file, and have written to it, before the copy was complete: a changed modification time tells of
 * that. Without write bits no domain can write to it later.
 */
static int copy_active_layer(struct op *op, const struct plan_disk *d, struct vxe_error *err)
{
	struct content_stat before, after;
	mode_t mode; /* unused: the plan has the file's mode from before */

	if (content_stat(content_of(op->s, d->old_path), &before, err) < 0 ||
		copy_layers(op, d, err) < 0 || op_has_writer(op, d->old_path, err) < 0 ||
		content_freeze(content_of(op->s, d->old_path), &mode, err) < 0 ||
		content_stat(content_of(op->s, d->old_path), &after, err) < 0)
		return -1;
	return before.written == after.written
		? 0
		: vxe_fail(err, VXE_TRY_AGAIN, d->vdi, "it was written to while it was copied");
}

/*
 * Ends other programs' incremental backups of the disk: libvirt is to refuse their next increment. QEMU alone knows which
 * bitmaps the layers of a running guest have; libvirt's increments need those that are called as its checkpoints.
 */
static int void_bitmaps(struct op *op, const struct plan_disk *d, struct vxe_error *err)
{
	_cleanup_strv_ struct strv names = { 0 };
	struct hv *hv;

	return session_hv(op->s->here, &hv, err) < 0 ||
			hv_checkpoints(hv, op->plan.domain, &names, err) < 0
		? -1
		: image_bitmaps_void(content_of(op->s, plan_string(&op->plan, FLATTEN_SOURCE)),
			  plan_string(&op->plan, FLATTEN_SOURCE_FORMAT), &names,
			  content_of(op->s, d->new_path), err);
}

static int make_image(struct op *op, struct vxe_error *err)
{
	const struct plan_disk *d = op->plan.disks;
	struct content_stat f;
	mode_t mode;

	if (!d)
		return 0;
	if ((d->freeze && !op->plan.running ? copy_active_layer(op, d, err)
					    : copy_layers(op, d, err)) < 0)
		return -1;
	if (op->plan.running && void_bitmaps(op, d, err) < 0)
		return -1;
	if (plan_bool(&op->plan, FLATTEN_FROZEN))
		return content_freeze(content_of(op->s, d->new_path), &mode, err);
	if (content_stat(content_of(op->s, d->new_path), &f, err) < 0)
		return -1;
	op->before = f.allocated;
	return 0;
}

static int remove_image(struct op *op, struct vxe_error *err)
{
	return step_thaw(op, err) < 0 ? -1 : step_remove_image(op, err);
}

/* ---- the move ---------------------------------------------------------------------------------- */

/*
 * Takes the write bits of the disk's old file just before QEMU pivots to the copy. If no vxe survives to record the
 * pivot, the missing write bits show that the guest may already use the new file. They also stop others from starting
 * a domain on the old one.
 */
static int mark_pivot(void *ctx, struct vxe_error *err)
{
	struct op *op = ctx;
	const struct plan_disk *d = op->plan.disks;
	mode_t mode; /* unused: the plan has the file's mode from before */

	if (d->freeze && content_freeze(content_of(op->s, d->old_path), &mode, err) < 0)
		return -1;
	/* Looks for internal snapshots again: QEMU's copy job does not look for them. */
	return op_before_commit(op, err);
}

static int run_job(struct op *op, struct hv *hv, struct vxe_error *err)
{
	const struct plan_disk *d = op->plan.disks;
	_cleanup_job_ struct hv_job *job = NULL;

	if (failpoint(&op->s->config.failpoints, op->type->name, "job", false, err) < 0)
		return -1;
	if (hv_copy_start(hv, op->plan.domain, d->target, d->old_path, d->new_path,
		    plan_int(&op->plan, FLATTEN_SPEED), &job, err) < 0)
		return -1;
	hv_before_pivot(job, mark_pivot, op);
	return op_wait_job(op, job, err);
}

/* *ret: the QEMU of the domain still runs. libvirt may not have noticed its end yet; hv_settle() waits for that. */
static int is_up(struct hv *hv, const char *domain, bool *ret, struct vxe_error *err)
{
	return hv_settle(hv, domain, NULL, SETTLE_MS, err) < 0 ? -1
							       : hv_is_up(hv, domain, ret, err);
}

/*
 * Has QEMU copy the disk of the running guest and pivot to the copy. If the guest has stopped since the plan was
 * made, the operation is planned again, and the disk is copied as that of a halted guest.
 */
static int move_guest(struct op *op, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error failed = { 0 };
	bool up = true;
	struct hv *hv;

	if (session_hv(op->s->here, &hv, err) < 0)
		return -1;
	if (run_job(op, hv, &failed) == 0)
		return 0;
	if (failed.code == VXE_HYPERVISOR_FAILED && is_up(hv, op->plan.domain, &up, err) == 0 &&
		!up)
		return vxe_fail(
			err, VXE_TRY_AGAIN, op->plan.domain, "the VM has stopped meanwhile");
	error_clear(err);
	/* If an internal snapshot was made meanwhile, that is the reason to report. */
	if (op_look_again(op, err) < 0)
		return -1;
	error_move(err, &failed); /* reports the error with which the copy job failed */
	return -1;
}

static int move_disk(struct op *op, struct vxe_error *err)
{
	if (!op->plan.n_disks)
		return 0;
	return op->plan.running ? move_guest(op, err) : step_define(op, err);
}

static int move_back(struct op *op, struct vxe_error *err)
{
	return op->plan.running ? 0 : step_define_before(op, err);
}

/*
 * Gives the user's own file its write bits back. As long as a power cut could bring the old definition back, the
 * missing write bits show that the disk has moved away from this file.
 */
static int release_user_file(struct op *op, struct vxe_error *err)
{
	if (!plan_bool(&op->plan, FLATTEN_KEPT))
		return 0;
	return op_sync_definitions(op, err) < 0 ? -1 : step_thaw(op, err);
}

static int probe_flatten(struct op *op, struct vxe_error *err)
{
	const struct plan *p = &op->plan;
	const struct plan_disk *d = p->disks;

	if (!p->domain || !d)
		return 0;
	int r = domain_is_on(op, p->domain, HV_XML_INACTIVE, d->new_path, err);

	if (r || !p->running)
		return r;
	r = domain_is_on(op, p->domain, HV_XML_LIVE, d->new_path, err);
	if (r == 0)
		r = op_writes_unseen(op, d->new_path, err);
	return r ? r : op_was_moved(op, d, err);
}

static const struct step flatten_steps[] = {
	{ "make-image", DO(make_image, remove_image), false },
	{ "move", DO(move_disk, move_back), true },
	{ "redefine", DISK(REDEFINE), false },
	{ "define-others", DISK(DEFINE_OTHERS), false },
	{ "release", DO(release_user_file, NULL), false },
	{ 0 },
};

const struct op_type vdi_flatten_op = { "vdi-flatten", "flatten", flatten_steps,
	PLAN_MEMBERS(flatten_members), probe_flatten };
