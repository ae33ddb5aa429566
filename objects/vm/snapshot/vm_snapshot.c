/* SPDX-License-Identifier: MIT */
/*
 * vm-snapshot: every disk gets a new overlay at the same instant; its old layer is frozen and
 * becomes the snapshot's. The commit point is the switch of a running domain's disks, or the new
 * definition of a halted one.
 */
#include "objects/vm/snapshot/vm_snapshot.h"

#include "objects/base/uuid.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/domain/vm_copy.h"
#include "objects/domain/adopt.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/message.h"
#include "objects/domain/kept/kept_snapshot.h"
#include "objects/engine/op.h"
#include "objects/layers/depth.h"
#include "objects/layers/guard.h"
#include "objects/layers/node_loss.h"
#include "objects/layers/steps/op_steps.h"
#include "objects/layers/overlay.h"
#include "objects/layers/merge/sr_coalesce.h"
#include "objects/layers/steps/switch.h"
#include "objects/layers/vdi_move.h"
#include "objects/model/enums.h"
#include "objects/state/capture.h"
#include "objects/state/suspend_image.h"
#include "objects/storage/vdi_use.h"
#include "objects/vm/snapshot/given.h"

#include <inttypes.h>
#include <json-c/json.h>

/* ---- steps ----------------------------------------------------------------------------------- */

const struct plan_member snapshot_members[] = {
	{ "snapshot", PLAN_UUID, "UUID of the new snapshot" },
	{ 0 },
};

static const struct step snapshot_steps[] = {
	{ "make-overlays", step_make_overlays, step_remove_overlays, false },
	{ "freeze-halted", step_freeze_halted, step_thaw, false },
	{ "meet-libvirt", step_meet_libvirt, NULL, false },
	{ "capture-files", step_capture_files, step_drop_captured, false },
	{ "forget-kept", step_forget_kept, step_put_back_kept, false },
	{ "switch", step_switch, step_switch_back, true },
	{ "halt", step_halt, NULL, false },
	{ "freeze", step_freeze_switched, NULL, false },
	{ "redefine", step_redefine, NULL, false },
	{ "define-others", step_define_others, NULL, false },
	{ 0 },
};

const struct op_type vm_snapshot_op = { "vm-snapshot", "snapshot", snapshot_steps,
	PLAN_MEMBERS(switch_members, memory_members, other_domains_members, capture_members,
		snapshot_members, kept_members),
	NULL };

/* ---- plan ------------------------------------------------------------------------------------ */

static bool is_ignored(const struct snapshot_wish *w, const struct vdi *vdi)
{
	return w->args->ignore_vdis && vdi && strv_has(w->args->ignore_vdis, vdi->r.uuid);
}

static int check_ignored(struct txn *t, const struct snapshot_wish *w, struct vxe_error *err)
{
	for (size_t i = 0; w->args->ignore_vdis && i < w->args->ignore_vdis->n; i++) {
		void *vdi = NULL;

		if (record_load(t, &vdi_class, w->args->ignore_vdis->items[i], &vdi, err) < 0)
			return -1;
		record_free(&vdi_class, vdi);
	}
	return 0;
}

static int capture(struct session *s, struct txn *t, const struct vm_disk *d,
	const struct overlay_place *at, struct snapshot_wish *w, struct plan *p,
	struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = vdi_for_snapshot(d->vdi, d->node->r.uuid);
	_cleanup_(vbd_free_cleanup) struct vbd *vbd =
		vbd_for_snapshot(d->vbd, w->uuid, vdi->r.uuid);

	if (depth_check_limit(s, t, d->vdi, d->node, &w->deep, err) < 0 ||
		plan_frozen_layer(s, t, d->vdi, d->node, d->path, d->vbd->target, at, p,
			&vdi->virtual_size, err) < 0)
		return -1;
	plan_add(p, &vdi_class, vdi);
	plan_set_now(p, &vdi_class, vdi->r.uuid, "snapshot-time");
	plan_add(p, &vbd_class, vbd);
	return 0;
}

/* The disk of a Suspended VM is frozen already: only adds the snapshot's VDI. */
static void capture_frozen(const struct vm_disk *d, const char *snapshot, struct plan *p)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = vdi_for_snapshot(d->vdi, d->node->r.uuid);
	_cleanup_(vbd_free_cleanup) struct vbd *vbd =
		vbd_for_snapshot(d->vbd, snapshot, vdi->r.uuid);

	plan_add(p, &vdi_class, vdi);
	plan_set_now(p, &vdi_class, vdi->r.uuid, "snapshot-time");
	plan_add(p, &vbd_class, vbd);
	plan_touch_node(p, d->node->r.uuid);
}

static void refer(const struct vm_disk *d, const char *snapshot, struct plan *p)
{
	_cleanup_(vbd_free_cleanup) struct vbd *vbd =
		vbd_for_snapshot(d->vbd, snapshot, d->vdi ? d->vdi->r.uuid : NULL);

	plan_add(p, &vbd_class, vbd);
}

static void plan_record(
	const struct vm_loaded *l, const struct snapshot_wish *w, const char *image, struct plan *p)
{
	_cleanup_(vm_free_cleanup) struct vm *snapshot =
		vm_for_snapshot(l->vm, w->uuid, l->xml, vm_power(l));

	if (w->checkpoint && vm_power(l) != POWER_RUNNING) /* as in xe */
		map_clear(&snapshot->snapshot_info);
	if (w->quiesce)
		map_set(&snapshot->snapshot_info, "disk-snapshot-type", "quiesced");
	if (image) {
		snapshot->power_state = POWER_SUSPENDED;
		str_replace(&snapshot->suspend_vdi, image);
	}
	str_replace(&snapshot->name_label, w->args->name_label);
	if (w->args->name_description)
		str_replace(&snapshot->name_description, w->args->name_description);
	if (w->args->schedule) {
		snapshot->is_vmss_snapshot = true;
		str_replace(&snapshot->taken_by, w->args->schedule);
		snapshot->taken_slot = w->args->slot;
	}
	plan_add(p, &vm_class, snapshot);
	plan_set_now(p, &vm_class, w->uuid, "snapshot-time");
	plan_set_string(p, &vm_class, l->vm->r.uuid, "parent", w->uuid);
	for (size_t i = 0; i < l->n_vifs; i++) {
		_cleanup_(vif_free_cleanup) struct vif *vif = vif_for_snapshot(l->vifs[i], w->uuid);

		plan_add(p, &vif_class, vif);
	}
}

/*
 * Without such a disk, the snapshot of a running VM changes only the definition, as for a halted
 * one.
 */
static bool has_live_disk(const struct snapshot_wish *w, const struct vm_loaded *l)
{
	for (size_t i = 0; l->live && i < l->n_disks; i++)
		if (vm_disk_is_captured(&l->disks[i]) && !is_ignored(w, l->disks[i].vdi) &&
			spec_find_disk(l->live, l->disks[i].vbd->target))
			return true;
	return false;
}

/* The image of the checkpoint of a running or Suspended VM; NULL: none. */
static int plan_memory(struct session *s, struct txn *t, const struct vm_loaded *l,
	const struct snapshot_wish *w, struct plan *p, char **image, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	_cleanup_free_ char *path = NULL;

	plan_keep(p, "snapshot", w->uuid);
	if (!w->checkpoint || vm_power(l) == POWER_PAUSED)
		return 0;
	if (vm_power(l) == POWER_SUSPENDED) {
		if (image_find(t, l->vm, &path, err) < 0 ||
			vdi_get(t, l->vm->suspend_vdi, &vdi, err) < 0)
			return -1;
		image_plan_copy(vdi, true, p, image);
		return 0;
	}
	if (image_check_devices(l, err) < 0 || image_plan(s, t, l, true, p, err) < 0)
		return -1;
	*image = xstrdup(plan_string(p, "image"));
	return 0;
}

/* A guest that does not run has nothing to freeze, and a paused one cannot. */
static int plan_quiesce(const struct vm_loaded *l, const struct snapshot_wish *w, struct plan *p,
	struct vxe_error *err)
{
	const char *uuid = l->vm->r.uuid;

	if (!w->quiesce)
		return 0;
	if (w->args->quiesce_timeout < 1 || w->args->quiesce_timeout > QUIESCE_TIMEOUT_MAX_S) {
		_cleanup_free_ char *text = xasprintf("%" PRId64, w->args->quiesce_timeout);

		return vxe_fail(err, INVALID_VALUE, "quiesce-timeout", text);
	}
	if (vm_power(l) != POWER_RUNNING)
		return vxe_fail(err, VM_BAD_POWER_STATE, uuid, "running",
			enum_print(&power_state_table, vm_power(l)));
	if (l->live->agent == AGENT_NONE)
		return vxe_fail(err, VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED, uuid,
			"the definition has no channel org.qemu.guest_agent.0");
	if (l->live->agent == AGENT_AWAY)
		return vxe_fail(err, VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED, uuid,
			"no agent in the guest has opened its channel");
	if (!has_live_disk(w, l))
		return vxe_fail(err, VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED, uuid,
			"the snapshot has no disk");
	plan_keep_int(p, "quiesce", w->args->quiesce_timeout);
	return 0;
}

/* A guest that is off already, also a suspended one, stays as it is. */
static int plan_halt(struct session *s, const struct vm_loaded *l, const struct snapshot_wish *w,
	struct plan *p, struct vxe_error *err)
{
	if (!w->args->halt || !l->live)
		return 0;
	plan_keep_bool(p, "halt", true);
	plan_message(p, MESSAGE_VM_SHUTDOWN, l->vm);
	return vm_check_operation(s, l->vm, "hard_shutdown", err);
}

/* A disk that was plugged without its definition has no record, and stays what it is. */
static void note_left(const struct vm_loaded *l, struct strv *ret, struct strv *unnamed)
{
	const struct domain_spec *spec = l->live ? l->live : l->spec;

	strv_clear(ret);
	strv_clear(unnamed);
	if (spec)
		strv_copy(unnamed, &spec->unnamed);
	for (size_t i = 0; l->live && i < l->live->n_disks; i++) {
		const struct spec_disk *d = &l->live->disks[i];

		if (spec_is_extra(l->spec, d))
			strv_take(ret, xasprintf("%s (%s)", d->target, spec_disk_at(d)));
	}
}

/* What virsh has made inside an image must be on record before the image is frozen. */
static bool has_inside(const struct vm_loaded *l)
{
	for (size_t i = 0; i < l->n_disks; i++) {
		_cleanup_error_ struct vxe_error ignored = { 0 };
		_cleanup_free_ char *names = NULL;
		const struct vm_disk *d = &l->disks[i];

		if (vm_disk_is_captured(d) && d->node && !d->guard &&
			node_internal(d->node, d->path, &names, &ignored) == 0 && names)
			return true;
	}
	return false;
}

/* The switch of the disks compares with libvirt. Nothing else does, and the files do not say when the agent went. */
static bool may_be_early(const struct snapshot_wish *w)
{
	const struct strv *given = w->args->overlays;

	return !w->quiesce && !w->args->halt && !(given && given->n);
}

static int load(struct session *s, const struct snapshot_wish *w, struct vm_loaded **ret,
	struct vxe_error *err)
{
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	const char *uuid = w->vm;

	if (vm_load(s, uuid, VM_LOAD_ACT | (may_be_early(w) ? VM_LOAD_EARLY : 0), &l, err) < 0)
		return -1;
	if (l->early && !has_live_disk(w, l)) {
		l = vm_loaded_free(l);
		if (vm_load(s, uuid, VM_LOAD_ACT, &l, err) < 0)
			return -1;
	}
	if (l->domain.uuid && has_inside(l)) {
		l = vm_loaded_free(l);
		if (adopt_domain(s, uuid, NULL, err) < 0 ||
			vm_load(s, uuid, VM_LOAD_ACT, &l, err) < 0)
			return -1;
	}
	*ret = TAKE(l);
	return 0;
}

/* The VM has internal snapshots that libvirt lists, in its layers or below. */
static int has_kept_inside(struct txn *t, const struct vm *vm, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };

	if (str_is_empty(vm->snapshots_seen)) /* libvirt lists none; vxe's own may be many */
		return 0;
	if (records_load(t, &vm_class, "snapshot_of", vm->r.uuid, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		if (vm_is_inside_image(all.items[i]) && !vm_is_hidden(all.items[i]))
			return 1;
	return 0;
}

static int plan_inside(struct session *s, struct txn *t, const struct vm_loaded *l,
	struct snapshot_wish *w, struct plan *p, struct vxe_error *err)
{
	int kept = has_inside(l) ? 1 : has_kept_inside(t, l->vm, err);

	return kept > 0 ? kept_plan_hide(s, t, l, p, &w->hidden, err) : kept;
}

static void add_locks(const struct snapshot_wish *w, struct plan *p)
{
	const struct strv *overlays = w->args->overlays;

	locks_add(&p->locks, LOCK_RECORD, w->vm, LEASE_EXCLUSIVE);
	if (w->args->overlay_sr)
		locks_add(&p->locks, LOCK_RECORD, w->args->overlay_sr, LEASE_SHARED);
	for (size_t i = 0; overlays && i < overlays->n; i++)
		locks_add(&p->locks, LOCK_RECORD, overlays->items[i], LEASE_EXCLUSIVE);
}

int snapshot_plan(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct snapshot_wish *w = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(sr_free_cleanup) struct sr *in = NULL;
	_cleanup_given_ struct given given = { 0 };
	_cleanup_free_ char *image = NULL;

	add_locks(w, p);
	if (p->draft)
		return 0;
	if (load(s, w, &l, err) < 0 || (w->checkpoint && vm_check_chains(l, err) < 0) ||
		vm_check_operation(s, l->vm, w->checkpoint ? "checkpoint" : "snapshot", err) < 0 ||
		vm_check_saved(l, err) < 0 ||
		kept_plan_apart(s, l->domain.uuid, p, &w->apart, err) < 0 ||
		plan_quiesce(l, w, p, err) < 0 || plan_halt(s, l, w, p, err) < 0 ||
		(w->args->overlays && given_load(s, w->args->overlays, p, &given, err) < 0) ||
		txn_begin(s->store, TXN_READ, &t, err) < 0 || check_ignored(t, w, err) < 0 ||
		plan_inside(s, t, l, w, p, err) < 0 ||
		(w->args->overlay_sr && sr_for_disks(t, w->args->overlay_sr, &in, err) < 0))
		return -1;
	p->object = xstrdup(w->vm);
	p->domain = xstrdup_null(l->domain.uuid);
	p->running =
		has_live_disk(w, l) || (w->checkpoint && l->live && vm_power(l) != POWER_PAUSED);
	for (size_t i = 0; i < l->n_disks; i++) {
		const struct vm_disk *d = &l->disks[i];
		struct overlay_place at = { .sr = in };

		if (is_ignored(w, d->vdi))
			continue;
		if (d->guard && d->node)
			capture_frozen(d, w->uuid, p);
		else if (!vm_disk_is_captured(d))
			refer(d, w->uuid, p);
		else if (vm_disk_check_captured(d, err) < 0 ||
			 given_place(&given, d, &at, p, err) < 0 ||
			 capture(s, t, d, &at, w, p, err) < 0)
			return -1;
	}
	if (given_check_taken(&given, err) < 0)
		return -1;
	if (l->spec)
		switch_keep_caches(p, l->spec);
	note_left(l, &w->left, &w->unnamed);
	for (size_t i = 0; p->running && i < l->live->n_disks; i++)
		plan_keep_one_more(p, "known-disks", l->live->disks[i].target);
	if (plan_memory(s, t, l, w, p, &image, err) < 0)
		return -1;
	bool switches = p->n_disks || plan_has(p, "memory-path");

	p->commit = !p->domain || !switches ? COMMIT_STORE
		    : p->running	    ? COMMIT_SWITCH
					    : COMMIT_DEFINE;
	plan_record(l, w, image, p);
	plan_message(p, w->checkpoint ? MESSAGE_VM_CHECKPOINTED : MESSAGE_VM_SNAPSHOTTED, l->vm);
	return capture_plan(s, t, l, w->uuid, p, err);
}

int snapshot_run(struct session *s, const struct op_type *type, struct snapshot_wish *w, char **ret,
	struct vxe_error *err)
{
	_cleanup_free_ char *uuid = uuid_new();

	w->uuid = uuid;
	int r = op_run_merging(s, type, snapshot_plan, w, &w->deep, err);

	if (r == 0 && w->hidden.n) {
		_cleanup_free_ char *names = strv_join(&w->hidden, ", ");

		session_notice(s,
			"libvirt no longer lists its internal snapshots of this VM, as a revert to "
			"one "
			"would rewrite a layer of this snapshot; vxe does: %s",
			names);
	}
	if (r == 0)
		kept_tell_apart(s, &w->apart);
	if (r == 0 && w->left.n) {
		_cleanup_free_ char *disks = strv_join(&w->left, ", ");

		session_notice(s,
			"not in the snapshot, because the running VM has it and its definition "
			"does "
			"not: %s",
			disks);
	}
	if (r == 0 && w->unnamed.n) {
		_cleanup_free_ char *disks = strv_join(&w->unnamed, ", ");

		session_notice(s,
			"not in the snapshot, because no <disk> of the definition names it: %s",
			disks);
	}
	strv_clear(&w->unnamed);
	strv_clear(&w->deep);
	strv_clear(&w->hidden);
	strv_clear(&w->apart);
	strv_clear(&w->left);
	if (r == 0)
		*ret = TAKE(uuid);
	return r;
}

/* The guest cannot be quiesced; nothing else was wrong. */
static bool is_unquiet(const struct vxe_error *err)
{
	return err->code == VM_BAD_POWER_STATE ||
	       err->code == VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED ||
	       err->code == VM_SNAPSHOT_WITH_QUIESCE_TIMEOUT ||
	       err->code == VM_SNAPSHOT_WITH_QUIESCE_FAILED;
}

int vm_snapshot(struct session *s, const char *uuid, const struct vm_snapshot_args *args,
	char **ret, struct vxe_error *err)
{
	struct snapshot_wish w = {
		.vm = uuid, .args = args, .quiesce = args->quiesce != QUIESCE_NO
	};
	int r = snapshot_run(s, &vm_snapshot_op, &w, ret, err);

	if (r == 0 || args->quiesce != QUIESCE_TRY || !is_unquiet(err))
		return r;
	session_notice(s, QUIESCE_NOTICE,
		err->n_params > 1 ? err->params[err->n_params - 1] : code_info(err->code)->name);
	error_clear(err);
	w.quiesce = false;
	return snapshot_run(s, &vm_snapshot_op, &w, ret, err);
}
