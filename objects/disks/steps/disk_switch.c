/* SPDX-License-Identifier: MIT */
/*
 * Moves a domain's disks to new layers: those of a running guest in one call of libvirt, those of a halted one by its
 * definition.
 */
#include "objects/disks/steps/disk_switch.h"

#include "objects/disks/steps/commit_side.h"
#include "objects/disks/steps/guest_wake.h"
#include "objects/engine/op.h"
#include "objects/session/disk_chain.h"
#include "objects/session/disk_path.h"
#include "objects/disks/disks.h"

int switch_keep_caches(
	struct session *s, struct plan *p, const struct domain_spec *defined, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *read = NULL;

	if (!p->running)
		return 0;
	if (!defined && session_spec(s->here, p->domain, HV_XML_INACTIVE, &read, err) < 0)
		return -1;
	for (size_t i = 0; i < p->n_disks; i++) {
		struct plan_disk *d = &p->disks[i];
		const struct spec_disk *disk =
			d->target ? spec_find_disk(defined ? defined : read, d->target) : NULL;

		if (disk)
			str_replace(&d->cache, disk->cache);
	}
	return 0;
}

/* ---- definitions ----------------------------------------------------------------------------- */

/*
 * Returns 1 if the disk is on its old or its new file. For a running guest's plan, 0 means that another program has
 * given the guest another layer or another disk since.
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

/* Patches the present inactive XML: the plan's disks get the new files, or with @forward false the old ones. */
static int op_define_disks(struct op *op, bool forward, struct vxe_error *err)
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

/* Returns 1 if the domain was started meanwhile on the files that its definition named before the change. */
static int started_on_old_files(struct op *op, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct hv *hv;
	bool up;

	if (session_hv(op->s->here, &hv, err) < 0 || hv_is_up(hv, op->plan.domain, &up, err) < 0)
		return -1;
	if (!up)
		return 0;
	if (session_spec(op->s->here, op->plan.domain, HV_XML_LIVE, &spec, err) < 0)
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
	/* Checks whether the domain was started before the definition changes, too: then there is nothing to undo. */
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

/* ---- the switch ------------------------------------------------------------------------------ */

const struct plan_member switch_members[] = {
	{ "quiesce", PLAN_INT, "seconds that the guest's agent has for an answer; 0: not asked" },
	{ "halt", PLAN_BOOL, "the guest is off afterwards" },
	{ "known-disks", PLAN_STRINGS,
		"targets of all disks of the running guest, where it may have no other; not set: "
		"it may" },
	{ 0 },
};

static int switch_live(struct op *op, struct hv *hv, struct vxe_error *err)
{
	_cleanup_job_ struct hv_job *job = NULL;
	_cleanup_free_ struct hv_switch *disks = xcalloc(op->plan.n_disks + 1, sizeof(*disks));
	_cleanup_strv_ struct strv known = { 0 };
	size_t n = 0;

	plan_strings(&op->plan, "known-disks", &known);
	/*
	 * The switch leaves out a disk that is not plugged into the running guest; the definition, which has that
	 * disk, is changed later. A disk without a target name, as that of a clone, is not the domain's.
	 */
	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct plan_disk *d = &op->plan.disks[i];

		if (d->target)
			disks[n++] = (struct hv_switch){ d->target, d->new_path, "qcow2",
				d->old_path, d->cache };
	}
	const struct hv_switch_how how = {
		.memory = plan_string(&op->plan, "memory-path"),
		.quiesce_s = (int)plan_int(&op->plan, "quiesce"),
		.halt = plan_bool(&op->plan, "halt"),
		.known = plan_has(&op->plan, "known-disks") ? &known : NULL,
	};

	if (!n && !how.memory)
		return 0;
	return hv_switch_start(hv, op->plan.domain, disks, n, &how, &job, err) < 0
		? -1
		: op_wait_job(op, job, err);
}

/*
 * After a failed switch, tells the user if the file systems of the guest may still be frozen. If the guest agent did
 * not answer the first question, it was not asked to freeze; one that refused may have done so because somebody else
 * has frozen them.
 */
static void tell_frozen(struct op *op, struct hv *hv, const struct vxe_error *failed)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	enum hv_freeze state = HV_FREEZE_UNKNOWN;

	if (!plan_int(&op->plan, "quiesce") ||
		failed->code == VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED ||
		(failed->code == VM_SNAPSHOT_WITH_QUIESCE_TIMEOUT && !failed->detail))
		return;
	if (hv_frozen(hv, op->plan.domain, false, &state, &ignored) == 0 && state == HV_THAWED)
		return;
	if (state == HV_FROZEN)
		session_notice(op->s,
			"the file systems of the guest are frozen: 'virsh domfsthaw %s' lets them "
			"go, unless another program has frozen them for a moment",
			op->plan.domain);
	else
		session_notice(op->s, HV_MAY_BE_FROZEN, op->plan.domain);
}

/* True if libvirt's managed save of the domain, when restored, would use a file that the domain no longer uses. */
static bool is_saved_before(struct op *op, struct hv *hv)
{
	/*
	 * A managed save that libvirt cannot tell about, or that cannot be read, counts as none: libvirt could not
	 * restore it.
	 */
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_spec_ struct domain_spec *image = NULL;
	_cleanup_free_ char *xml = NULL;
	bool up = true, saved = false;

	if (hv_is_up(hv, op->plan.domain, &up, &ignored) < 0 || up ||
		hv_managed_save(hv, op->plan.domain, &saved, &ignored) < 0 || !saved ||
		hv_xml(hv, op->plan.domain, HV_XML_SAVED, &xml, &ignored) < 0 ||
		spec_read(xml, &image, &ignored) < 0)
		return false;
	for (size_t i = 0; i < op->plan.n_disks; i++) {
		const struct plan_disk *d = &op->plan.disks[i];
		const struct spec_disk *disk = d->target ? spec_find_disk(image, d->target) : NULL;

		if (disk && str_eq(disk->path, d->old_path))
			return true;
	}
	return false;
}

/*
 * Moves the disks of the running guest to their new layers. If the guest has stopped since the plan, VXE_TRY_AGAIN:
 * the operation is planned again for a halted guest.
 */
static int switch_running(struct op *op, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error failed = { 0 }, ignored = { 0 };
	bool up = true;
	struct hv *hv;

	if (session_hv(op->s->here, &hv, err) < 0)
		return -1;
	if (switch_live(op, hv, &failed) == 0) {
		/*
		 * Another program's managed save may end while libvirt's switch waits for its turn. libvirt then
		 * changes the definition of the guest that is off, but the saved memory would be restored with the
		 * old files. So the definition gets the old files back.
		 */
		if (!is_saved_before(op, hv))
			return 0;
		return op_define_disks(op, false, err) < 0
			? -1
			: vxe_fail(err, VXE_TRY_AGAIN, op->plan.domain,
				  "its memory was saved meanwhile");
	}
	tell_frozen(op, hv, &failed);
	if (plan_has(&op->plan, "memory-path"))
		(void)step_wake(op, &ignored);
	if (failed.code == VXE_HYPERVISOR_FAILED && hv_is_up(hv, op->plan.domain, &up, err) == 0 &&
		!up)
		return vxe_fail(
			err, VXE_TRY_AGAIN, op->plan.domain, "the VM has stopped meanwhile");
	error_move(err, &failed); /* reports the error with which the switch failed */
	return -1;
}

int step_switch(struct op *op, struct vxe_error *err)
{
	if (!op->plan.domain || (!op->plan.n_disks && !plan_has(&op->plan, "memory-path")))
		return 0;
	return op->plan.running ? switch_running(op, err) : step_define(op, err);
}

int step_switch_back(struct op *op, struct vxe_error *err)
{
	if (!op->plan.domain || !op->plan.n_disks || op->plan.running)
		return 0;
	return step_define_before(op, err);
}

/*
 * Defines the domain's disks again after a switch of the running guest, because libvirt leaves old <backingStore>
 * elements in the inactive XML, which would override the image headers at a later start.
 */
int step_redefine(struct op *op, struct vxe_error *err)
{
	if (!op->plan.domain || !op->plan.n_disks || !op->plan.running)
		return 0;
	return op_define_disks(op, true, err);
}

/*
 * Ends a guest that had no disk to move; the switch itself has ended a guest whose disks have moved. Does nothing in
 * recovery: a guest that runs then was started by somebody since.
 */
int step_halt(struct op *op, struct vxe_error *err)
{
	return op->recovering || !plan_bool(&op->plan, "halt") ? 0 : step_stop(op, err);
}
