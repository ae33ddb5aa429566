/* SPDX-License-Identifier: MIT */
/*
 * Steps that several operations share. All are idempotent: recovery runs them again on the plan of
 * a vxe that died at any point.
 */
#include "objects/disks/steps/disk_steps.h"

#include "objects/disks/images/image_merge.h"
#include "backends/content/content.h"
#include "objects/engine/op.h"
#include "objects/engine/op_recover.h"
#include "objects/disks/steps/commit_side.h"
#include "objects/disks/overlay.h"
#include "objects/disks/disks.h"
#include "objects/session/disk_chain.h"
#include "objects/session/disk_path.h"
#include "objects/disks/images/image_make.h"

/* ---- overlays -------------------------------------------------------------------------------- */

/* Checks the user's prepared file again, because somebody may have written to it since the plan; and syncs it. */
static int use_given(struct op *op, const struct plan_disk *d, struct vxe_error *err)
{
	return overlay_check_given(op->s, d, d->old_path, err) < 0
		? -1
		: content_sync(content_of(op->s, d->new_path), err);
}

int step_make_overlays(struct op *op, struct vxe_error *err)
{
	_cleanup_free_ struct image_overlay *o = xcalloc(op->plan.n_disks, sizeof(*o));
	size_t n = 0;

	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct plan_disk *d = &op->plan.disks[i];

		if (d->given && use_given(op, d, err) < 0)
			return -1;
		/* Under a running guest the file is frozen only after the commit point. */
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
		o[n++] = (struct image_overlay){ content_of(op->s, d->new_path), d->backing,
			d->backing_format, d->virtual_size };
	}
	return n ? image_make_overlays(o, n, NULL, err) : 0;
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
 * Does not remove an overlay that any XML names, that a process has open, or that contains data:
 * then the intent stays until somebody resolves that.
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
	/* True if this call has made the file and libvirt did not answer since: then nobody else knows the file. */
	bool untold = !op->recovering && session_is_down(op->s->here);

	if (!untold && strangers_find(op->s, &paths, &known, NULL, NULL, err) < 0)
		return -1;
	return content_remove(content_of(op->s, path), err);
}

/* Has QEMU close the user's file if the guest does not use it. */
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

/* Leaves the user's file where it is, whatever somebody may have written to it. */
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
 * A QEMU that was killed may have left the file marked as dirty. Nobody opens it for writing any more, so nobody else would
 * repair it before a merge writes to it. A running QEMU has the mark set rightly, and takes it away when it leaves the file.
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
		mode_t mode; /* is set and not used: the plan has the mode from before */

		bool base =
			d->old_path && d->backing_format; /* true if a layer is put on the file */
		int writer = 0;

		if (!d->freeze && !base)
			continue;
		if (!op->plan.running)
			writer = op_has_writer(op, d->old_path, err);
		/* Fails before the definition changes if a domain was started on the file meanwhile. */
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

/* ---- definitions ----------------------------------------------------------------------------- */

/*
 * 1: on the old or on the new file. Else another program has given the guest another layer since, or another disk; it
 * may have stopped by now.
 */
static int disk_is_ours(struct op *op, const struct plan_disk *d, const struct spec_disk *disk,
	struct vxe_error *err)
{
	int r = op->plan.running ? disk_is_on(op->s, disk, d->old_path, err) : 1;

	return r ? r : disk_is_on(op->s, disk, d->new_path, err);
}

static int patch_disks(struct op *op, struct domain_spec *spec, bool forward, struct vxe_error *err)
{
	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct plan_disk *d = &op->plan.disks[i];
		struct spec_disk *disk = d->target ? spec_find_disk(spec, d->target) : NULL;
		int r = disk && d->old_path ? disk_is_ours(op, d, disk, err) : 0;

		if (r < 0)
			return -1;
		if (r)
			plan_disk_put(d, forward, disk);
	}
	str_replace(&spec->store, op->s->store_uuid);
	return 0;
}

int op_define_disks(struct op *op, bool forward, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL, *patched = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct hv *hv;

	if (session_hv(op->s->here, &hv, err) < 0 ||
		hv_xml(hv, op->plan.domain, HV_XML_INACTIVE, &xml, err) < 0 ||
		spec_read(xml, &spec, err) < 0)
		return -1;
	if (patch_disks(op, spec, forward, err) < 0 ||
		definition_patch(op->s, xml, spec, &patched, err) < 0)
		return -1;
	return str_eq(xml, patched) ? 0 : hv_define(hv, patched, err);
}

int step_define_disks(struct op *op, struct vxe_error *err)
{
	return op_define_disks(op, true, err);
}

int step_define_disks_before(struct op *op, struct vxe_error *err)
{
	return op_define_disks(op, false, err);
}

static int refuse_if_up(struct op *op, struct hv *hv, struct vxe_error *err)
{
	bool up;

	if (hv_is_up(hv, op->plan.domain, &up, err) < 0)
		return -1;
	return up ? vxe_fail(err, VXE_TRY_AGAIN, op->plan.domain, "the VM was started meanwhile")
		  : 0;
}

int step_define_halted(struct op *op, struct vxe_error *err)
{
	const struct plan *p = &op->plan;
	_cleanup_error_ struct vxe_error second = { 0 };
	struct hv *hv;

	if (!p->domain)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0 || refuse_if_up(op, hv, err) < 0 ||
		(p->xml_after ? hv_define(hv, p->xml_after, err)
			      : hv_undefine(hv, p->domain, HV_UNDEFINE_KEEP_STATE, err)) < 0)
		return -1;
	if (refuse_if_up(op, hv, err) == 0)
		return 0;
	if (hv_define(hv, p->xml_before, &second) < 0)
		error_note(err, "and the old definition could not be restored");
	return -1;
}

/* True if the domain was started meanwhile on the files that its definition named before. */
static int started_on_old_files(struct op *op, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct hv *hv;
	bool up;

	if (session_hv(op->s->here, &hv, err) < 0 || hv_is_up(hv, op->plan.domain, &up, err) < 0)
		return -1;
	if (!up)
		return 0;
	if (hv_xml(hv, op->plan.domain, HV_XML_LIVE, &xml, err) < 0 ||
		spec_read(xml, &spec, err) < 0)
		return -1;
	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct plan_disk *disk = &op->plan.disks[i];
		const struct spec_disk *live =
			disk->target && disk->old_path ? spec_find_disk(spec, disk->target) : NULL;
		int r = live ? disk_is_on(op->s, live, disk->new_path, err) : 1;

		if (r <= 0)
			return r < 0 ? -1 : 1;
	}
	return 0;
}

static int refuse_if_started(struct op *op, struct vxe_error *err)
{
	int r = started_on_old_files(op, err);

	if (r > 0)
		return vxe_fail(err, VXE_TRY_AGAIN, op->plan.domain,
			"the VM was started meanwhile, on its old files");
	return r;
}

int step_define(struct op *op, struct vxe_error *err)
{
	struct hv *hv;

	if (!op->plan.domain)
		return 0;
	/* Checks before the definition changes, too: then there is nothing to undo. */
	if (refuse_if_started(op, err) < 0 || session_hv(op->s->here, &hv, err) < 0)
		return -1;
	if (op->plan.xml_after ? hv_define(hv, op->plan.xml_after, err) < 0
			       : op_define_disks(op, true, err) < 0)
		return -1;
	if (op->recovering)
		return 0;
	if (refuse_if_started(op, err) < 0 || op_look_again(op, err) < 0) {
		_cleanup_error_ struct vxe_error second = { 0 };

		if (step_define_before(op, &second) < 0)
			error_note(err, "and the old definition could not be restored");
		return -1;
	}
	return 0;
}

int step_define_before(struct op *op, struct vxe_error *err)
{
	struct hv *hv;

	if (!op->plan.domain)
		return 0;
	if (!op->plan.xml_after)
		return op_define_disks(op, false, err);
	if (session_hv(op->s->here, &hv, err) < 0)
		return -1;
	return op->plan.xml_before ? hv_define(hv, op->plan.xml_before, err)
				   : hv_undefine(hv, op->plan.domain, HV_UNDEFINE_KEEP_STATE, err);
}

const struct plan_member undefine_members[] = {
	{ "drop-state", PLAN_BOOL, "UEFI variables and TPM state are removed, too" },
	{ 0 },
};

int step_undefine(struct op *op, struct vxe_error *err)
{
	struct hv *hv;

	if (!op->plan.domain)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0)
		return -1;
	/* UEFI variables and TPM state stay unless the plan says otherwise: snapshots may need them. */
	return hv_undefine(hv, op->plan.domain,
		plan_bool(&op->plan, "drop-state") ? HV_UNDEFINE_DROP_STATE
						   : HV_UNDEFINE_KEEP_STATE,
		err);
}

int step_stop(struct op *op, struct vxe_error *err)
{
	struct hv *hv;

	if (!op->plan.domain)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0)
		return -1;
	return hv_destroy(hv, op->plan.domain, err);
}
