/* SPDX-License-Identifier: MIT */
/* Makes overlays, and takes the write bits of the files below them. */
#include "objects/disks/steps/disk_steps.h"

#include "objects/disks/images/image_merge.h"
#include "backends/content/content.h"
#include "objects/classes/storage/node_names.h"
#include "objects/engine/op.h"
#include "objects/disks/steps/commit_side.h"
#include "objects/disks/overlay.h"
#include "objects/disks/disks.h"
#include "objects/disks/node_ops.h"
#include "objects/disks/images/image_make.h"

/* ---- overlays -------------------------------------------------------------------------------- */

/*
 * Checks again the overlay file that the user has prepared, because somebody may have written to it since the plan;
 * and syncs it.
 */
static int use_given(struct op *op, const struct plan_disk *d, struct vxe_error *err)
{
	return overlay_check_given(op->s, d, d->old_path, err) < 0
		? -1
		: content_sync(content_of(op->s, d->new_path), err);
}

int step_make_overlays(struct op *op, struct vxe_error *err)
{
	_cleanup_free_ struct image_overlay *o = xcalloc(op->plan.n_disks, sizeof(*o));
	_cleanup_free_ struct image_like *like = xcalloc(op->plan.n_disks, sizeof(*like));
	size_t n = 0;

	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct plan_disk *d = &op->plan.disks[i];

		if (d->given && use_given(op, d, err) < 0)
			return -1;
		/*
		 * A running guest's file is frozen only after the commit point; here it is only checked that this
		 * will be possible.
		 */
		if (d->freeze && op->plan.running &&
			content_freeze(content_of(op->s, d->old_path), NULL, err) < 0)
			return -1;
		if (!d->make)
			continue;
		if (!d->backing) {
			if (image_make(content_of(op->s, d->new_path), d->virtual_size, err) < 0)
				return -1;
			continue;
		}
		like[n] = (struct image_like){ d->old_path, (mode_t)d->old_mode };
		o[n++] = (struct image_overlay){ content_of(op->s, d->new_path), d->backing,
			d->backing_format, d->virtual_size };
	}
	return n ? image_make_overlays(o, n, like, err) : 0;
}

int op_close_unused(struct op *op, const char *path, struct vxe_error *err)
{
	struct hv *hv;
	bool up = false;

	if (!op->plan.domain)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0 || hv_is_up(hv, op->plan.domain, &up, err) < 0)
		return -1;
	int uses = up ? op_guest_uses(op, path, err) : 1;

	if (uses)
		return uses < 0 ? -1 : 0;
	return hv_close_file(hv, op->plan.domain, path, err) < 0 ? -1 : 1;
}

/*
 * Removes an overlay. If QEMU has it open but no disk of the guest uses it, has QEMU close it first. Fails if any XML
 * names the overlay, if another process has it open, or if it contains data: then the operation stays open until
 * somebody resolves that.
 */
static int remove_unused(struct op *op, const char *path, struct vxe_error *err)
{
	_cleanup_strv_ struct strv paths = { 0 }, known = { 0 };
	_cleanup_header_ struct content_header h = { 0 };
	struct content_stat f;
	bool locked, touched;

	if (content_stat(content_of(op->s, path), &f, err) < 0)
		return -1;
	if (!f.exists) /* its unfinished draft may exist */
		return content_remove(content_of(op->s, path), err);
	if (content_in_use(content_of(op->s, path), USE_ANY, &locked, err) < 0)
		return -1;
	int unused = locked ? op_close_unused(op, path, err) : 1;

	if (unused < 0 ||
		(unused && image_touched(content_of(op->s, path), "qcow2", &touched, err) < 0))
		return -1;
	if (!unused || touched)
		return vxe_fail(err, VXE_DEPENDENTS, path,
			unused ? "it was written to" : "a process has it open");
	if (content_read(content_of(op->s, path), &h, err) < 0)
		return -1;
	if (h.snapshots)
		return vxe_fail(err, VXE_DEPENDENTS, path, "it holds internal snapshots");
	strv_add(&paths, path);
	/* Nobody else can know the file if this process has made it and libvirt has not answered since. */
	bool untold = !op->recovering && session_is_down(op->s->here);

	if (!untold && strangers_find_new(op->s, &paths, &known, err) < 0)
		return -1;
	return content_remove(content_of(op->s, path), err);
}

/* Has QEMU close the overlay file that the user has prepared, if the guest does not use it. */
static int close_given(struct op *op, const char *path, struct vxe_error *err)
{
	struct hv *hv;
	bool locked, up;

	if (!op->plan.domain || content_in_use(content_of(op->s, path), USE_ANY, &locked, err) < 0)
		return op->plan.domain ? -1 : 0;
	if (!locked)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0 || hv_is_up(hv, op->plan.domain, &up, err) < 0)
		return -1;
	int closed = up ? op_close_unused(op, path, err) : 1;

	return closed ? closed : vxe_fail(err, VXE_DEPENDENTS, path, "the guest uses it");
}

/*
 * Undo for an overlay file that the user has prepared: leaves it where it is, whatever somebody may have written to
 * it.
 */
static int leave_given(struct op *op, const char *path, struct vxe_error *err)
{
	struct content_stat f;
	bool touched;

	if (content_stat(content_of(op->s, path), &f, err) < 0)
		return -1;
	if (!f.exists)
		return 0;
	if (close_given(op, path, err) < 0 ||
		image_touched(content_of(op->s, path), "qcow2", &touched, err) < 0)
		return -1;
	if (touched)
		session_notice(op->s, "%s was written to; it stays, but no VM uses it", path);
	return 0;
}

int step_remove_overlays(struct op *op, struct vxe_error *err)
{
	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct plan_disk *d = &op->plan.disks[i];

		if (d->make && remove_unused(op, d->new_path, err) < 0)
			return -1;
		if (d->given && leave_given(op, d->new_path, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- write bits ------------------------------------------------------------------------------ */

/*
 * Repairs a file that a killed QEMU has left marked as dirty. Nobody opens the file for writing any more, so nobody
 * else would repair it before a merge writes to it. A running QEMU sets the mark while it has the file open for
 * writing, and clears it later; so an open file is left alone.
 */
static int repair(struct op *op, const struct plan_disk *d, struct vxe_error *err)
{
	bool open = false;

	if (op->plan.running &&
		content_in_use(content_of(op->s, d->old_path), USE_ANY, &open, err) < 0)
		return -1;
	return open ? 0 : image_repair(content_of(op->s, d->old_path), d->backing_format, err);
}

int step_freeze(struct op *op, struct vxe_error *err)
{
	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct plan_disk *d = &op->plan.disks[i];
		mode_t mode; /* unused: the plan has the file's mode from before */

		/* True if an overlay is put on the old file. */
		bool base = d->old_path && d->backing_format;
		int writer = 0;

		if (!d->freeze && !base)
			continue;
		if (!op->plan.running)
			writer = op_has_writer(op, d->old_path, err);
		/*
		 * Fails if another process has the file open for writing; if the plan's own domain was started
		 * meanwhile, a later step sees that.
		 */
		if (writer < 0 || (base && !writer && repair(op, d, err) < 0) ||
			(d->freeze &&
				content_freeze(content_of(op->s, d->old_path), &mode, err) < 0))
			return -1;
	}
	return 0;
}

int step_thaw(struct op *op, struct vxe_error *err)
{
	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct plan_disk *d = &op->plan.disks[i];

		if (d->freeze &&
			content_thaw(content_of(op->s, d->old_path), (mode_t)d->old_mode, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Takes the write bits of files before the definition names the overlays, so that a domain started in between cannot
 * write to the files being frozen. A guest that the plan switches writes to them until then.
 */
int step_freeze_halted(struct op *op, struct vxe_error *err)
{
	return op->plan.running ? 0 : step_freeze(op, err);
}

static int layer_mode(
	struct session *s, struct txn *t, const struct node *n, mode_t *ret, struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL;
	struct content_stat f;

	if (node_path(t, n, &path, err) < 0 || content_stat(content_of(s, path), &f, err) < 0)
		return -1;
	*ret = f.mode;
	return 0;
}

struct noting {
	struct session *s;
	const struct strv *nodes;
};

/*
 * Records the modes that the files of layers get back when nobody needs the layers any more: a merge takes write bits
 * only from a file whose old mode is known.
 */
static int note_modes(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct noting *noting = ctx;
	const struct strv *nodes = noting->nodes;

	for (size_t i = 0; i < nodes->n; i++) {
		_cleanup_(node_free_cleanup) struct node *n = NULL;
		mode_t mode = 0;

		if (node_find(t, nodes->items[i], &n, err) < 0)
			return -1;
		if (!n || n->old_mode)
			continue;
		if (layer_mode(noting->s, t, n, &mode, err) < 0)
			return -1;
		n->old_mode = mode;
		if (record_save(t, &node_class, n, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Finds the files of other programs' frozen layers below the layer @node, and of the layer itself if a snapshot
 * shares it (@shared). @fresh: the layers whose files still have their write bits.
 */
static int find_below(struct op *op, const char *node, bool shared, struct strv *paths,
	struct strv *fresh, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records chain = { 0 };
	_cleanup_(node_free_cleanup) struct node *top = NULL;

	if (txn_begin(op->s->store, TXN_READ, &t, err) < 0 ||
		(node && node_find(t, node, &top, err) < 0))
		return -1;
	if (!top) /* a new layer has no layers below it */
		return 0;
	if (node_chain(t, node, &chain, err) < 0)
		return -1;
	for (size_t i = shared ? 0 : 1; i < chain.n; i++) {
		const struct node *n = chain.items[i];
		char *path;

		if (n->origin != NODE_ADOPTED_LEAF || n->state != NODE_FROZEN)
			continue;
		if (node_path(t, n, &path, err) < 0)
			return -1;
		strv_take(paths, path);
		if (!n->old_mode)
			strv_add(fresh, n->r.uuid);
	}
	return 0;
}

/*
 * Takes the write bits of the files of other programs' layers below the disk. These files keep their write bits until
 * a snapshot of vxe depends on the layers, as now one does.
 */
static int freeze_below(struct op *op, const char *node, bool shared, struct vxe_error *err)
{
	_cleanup_strv_ struct strv paths = { 0 }, fresh = { 0 };
	struct noting noting = { op->s, &fresh };
	mode_t mode;

	if (find_below(op, node, shared, &paths, &fresh, err) < 0 ||
		(fresh.n && store_update(op->s->store, note_modes, &noting, err) < 0))
		return -1;
	for (size_t i = 0; i < paths.n; i++)
		if (content_freeze(content_of(op->s, paths.items[i]), &mode, err) < 0)
			return -1;
	return 0;
}

int step_freeze_with_below(struct op *op, struct vxe_error *err)
{
	if (step_freeze(op, err) < 0)
		return -1;
	for (size_t i = 0; i < op->plan.n_disks; i++)
		if (freeze_below(op, op->plan.disks[i].old_node, false, err) < 0)
			return -1;
	/* A snapshot of a Suspended VM moves no disk, but it also names the layers of the VM's disks. */
	for (size_t i = 0; !op->plan.n_disks && i < op->plan.nodes.n; i++)
		if (freeze_below(op, op->plan.nodes.items[i], true, err) < 0)
			return -1;
	return 0;
}
