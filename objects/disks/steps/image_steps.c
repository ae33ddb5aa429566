/* SPDX-License-Identifier: MIT */
/* Steps that make, grow and remove whole images. */
#include "objects/disks/steps/image_steps.h"

#include "objects/classes/storage/sr_place.h"
#include "objects/disks/images/image_content.h"
#include "backends/content/content.h"
#include "objects/base/uuid.h"
#include "objects/disks/steps/disk_steps.h"
#include "objects/disks/disks.h"
#include "objects/disks/node_ops.h"
#include "objects/disks/images/image_make.h"

/* ---- made ------------------------------------------------------------------------------------- */

#define KIND "image-kind"
#define SOURCE "source"
#define SOURCE_FORMAT "source-format"
#define SOURCE_FD "source-fd"

const struct plan_member image_members[] = {
	{ KIND, PLAN_STRING, "copy, or the format of an empty image" },
	{ SOURCE, PLAN_PATH, "the file to copy" },
	{ SOURCE_FORMAT, PLAN_STRING, "the format of the file to copy" },
	{ SOURCE_FD, PLAN_INT, "descriptor of the file to copy, if it is open" },
	{ 0 },
};

int plan_image(struct session *s, struct plan *p, const struct image_plan *i, struct node **ret,
	struct vxe_error *err)
{
	struct plan_disk *disk = plan_add_disk(p);
	struct node *n;

	const struct image_source from = { .of = i->source ? content_of(s, i->source) : NULL,
		.format = i->source_format,
		.fd = i->fd };

	if (sr_check_takes_files(s, i->sr, err) < 0 ||
		(i->source && image_measure(&from, &disk->bytes, err) < 0))
		return -1;
	n = record_new(&node_class);
	n->r.uuid = uuid_new();
	str_replace(&n->sr, i->sr->r.uuid);
	free(n->path);
	n->path = xasprintf("%s.%s", n->r.uuid, i->format);
	str_replace(&n->format, i->format);
	n->origin = NODE_MADE;
	n->kind = NODE_DISK;
	n->state = NODE_WRITABLE;
	n->virtual_size = i->size;
	plan_add(p, &node_class, n);
	plan_touch_node(p, n->r.uuid);

	disk->new_node = xstrdup(n->r.uuid);
	disk->new_path = sr_image_place(i->sr, n->path);
	disk->new_format = xstrdup(i->format);
	disk->virtual_size = i->size;
	disk->make = true;
	plan_keep(p, KIND, i->source ? "copy" : i->format);
	if (i->source) {
		plan_keep(p, SOURCE, i->source);
		plan_keep(p, SOURCE_FORMAT, i->source_format);
	}
	if (i->fd >= 0)
		plan_keep_int(p, SOURCE_FD, i->fd);
	*ret = n;
	return 0;
}

static bool image_is_cancelled(void *ctx)
{
	return op_cancelled(ctx);
}

static void show_image_progress(void *ctx, int64_t done)
{
	struct op *op = ctx;

	for (size_t i = 0; i < op->plan.n_disks; i++)
		if (op->plan.disks[i].make)
			op_progress(op, done, op->plan.disks[i].virtual_size);
}

int step_make_image(struct op *op, struct vxe_error *err)
{
	const char *kind = plan_string(&op->plan, KIND);

	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct plan_disk *d = &op->plan.disks[i];

		if (!d->make)
			continue;
		if (str_eq(kind, "copy")) {
			const struct plan *p = &op->plan;
			const char *source = plan_string(p, SOURCE);
			const bool open = plan_has(p, SOURCE_FD);
			const struct image_source from = {
				.of = content_of(op->s, source),
				.format = plan_string(p, SOURCE_FORMAT),
				.fd = open ? (int)plan_int(p, SOURCE_FD) : -1,
				.like = d->old_path || open ? d->old_path : source,
				.old_mode = (mode_t)d->old_mode,
				.cancelled = image_is_cancelled,
				.progress = show_image_progress,
				.ctx = op,
			};

			return image_make_copy(&from, d->new_path, "qcow2", d->virtual_size, err);
		}
		struct content *at = content_of(op->s, d->new_path);

		return str_eq(kind, "raw") ? image_make_raw(at, d->virtual_size, err)
					   : image_make(at, d->virtual_size, err);
	}
	return 0;
}

int op_remove_image(struct op *op, const char *path, struct vxe_error *err)
{
	_cleanup_strv_ struct strv paths = { 0 }, known = { 0 };
	struct content *c = content_of(op->s, path);
	struct content_stat f;
	bool locked = false;

	if (content_stat(content_of(op->s, path), &f, err) < 0)
		return -1;
	if (!f.exists) /* its unfinished draft may exist */
		return content_remove(c, err);
	if (content_in_use(c, USE_ANY, &locked, err) < 0)
		return -1;
	int closed = locked ? op_close_unused(op, path, err) : 1;

	if (closed <= 0)
		return closed < 0 ? -1
				  : vxe_fail(err, VXE_DEPENDENTS, path, "a process has it open");
	strv_add(&paths, path);
	return strangers_find_new(op->s, &paths, &known, err) < 0 ? -1 : content_remove(c, err);
}

int step_remove_image(struct op *op, struct vxe_error *err)
{
	for (size_t i = 0; i < op->plan.n_disks; i++)
		if (op->plan.disks[i].make &&
			op_remove_image(op, op->plan.disks[i].new_path, err) < 0)
			return -1;
	return 0;
}

/*
 * Removes the plan's new images even if somebody has written to them: until the operation ends, nobody else uses
 * them.
 */
int step_drop_images(struct op *op, struct vxe_error *err)
{
	_cleanup_strv_ struct strv paths = { 0 }, known = { 0 };

	/* Guard overlays, which lie on the plan's other images, are removed with them. */
	for (size_t i = 0; i < op->plan.n_disks; i++) {
		strv_add(&paths, op->plan.disks[i].new_path);
		strv_add(&known, op->plan.disks[i].new_path);
	}
	if (strangers_find_new(op->s, &paths, &known, err) < 0)
		return -1;
	for (size_t i = 0; i < paths.n; i++)
		if (content_remove(content_of(op->s, paths.items[i]), err) < 0)
			return -1;
	return 0;
}

/* ---- grown ------------------------------------------------------------------------------------ */

static int64_t wanted(const struct op *op)
{
	return op->plan.disks[0].virtual_size;
}

int step_grow_image(struct op *op, struct vxe_error *err)
{
	const struct plan_disk *d = &op->plan.disks[0];
	struct hv *hv;
	bool up = false;

	if (session_hv(op->s->here, &hv, err) < 0 ||
		(op->plan.domain && hv_is_up(hv, op->plan.domain, &up, err) < 0))
		return -1;
	return up ? hv_resize_disk(hv, op->plan.domain, d->target, wanted(op), err)
		  : image_grow(content_of(op->s, d->old_path), d->old_format, wanted(op), err);
}

int probe_grown(struct op *op, struct vxe_error *err)
{
	const struct plan_disk *d = &op->plan.disks[0];
	int64_t now;

	if (content_size(content_of(op->s, d->old_path), d->old_format, &now, err) < 0)
		return -1;
	return now == wanted(op);
}
