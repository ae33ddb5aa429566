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
#include "objects/domain/vm_record_copy.h"
#include "objects/domain/adopt.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/message.h"
#include "objects/domain/foreign_snapshots/foreign_snapshot.h"
#include "objects/disks/disks.h"
#include "objects/engine/op.h"
#include "objects/classes/storage/chain_depth.h"
#include "objects/domain/guard_overlay.h"
#include "objects/model/enums.h"
#include "objects/guest_state/firmware_state.h"
#include "objects/guest_state/suspend_image.h"
#include "objects/storage/vdi_loaded.h"
#include "objects/vm/snapshot/user_overlays.h"

#include <inttypes.h>
#include <json-c/json.h>

/* ---- steps ----------------------------------------------------------------------------------- */

const struct plan_member snapshot_members[] = {
	{ "snapshot", PLAN_UUID, "UUID of the new snapshot" },
	{ 0 },
};

static const struct step snapshot_steps[] = {
	{ "make-overlays", DISK(MAKE_OVERLAYS), false },
	{ "freeze-halted", DISK(FREEZE_HALTED), false },
	{ "meet-libvirt", DO(step_meet_libvirt, NULL), false },
	{ "capture-files", DO(step_capture_files, step_drop_captured), false },
	{ "forget-kept", DO(step_forget_kept, step_put_back_kept), false },
	{ "switch", DISK(SWITCH), true },
	{ "halt", DISK(HALT), false },
	{ "freeze", DISK(FREEZE_WITH_BELOW), false },
	{ "redefine", DISK(REDEFINE), false },
	{ "define-others", DISK(DEFINE_OTHERS), false },
	{ 0 },
};

const struct op_type vm_snapshot_op = { "vm-snapshot", "snapshot", snapshot_steps,
	PLAN_MEMBERS(memory_members, capture_members, snapshot_members, kept_members), NULL };

/* ---- plan ------------------------------------------------------------------------------------ */

/* A vm-snapshot or vm-checkpoint while it is planned; all its planning functions share this. */
struct planning {
	struct session *s;
	struct snapshot_wish *w;
	struct plan *p;
	struct vm_loaded *l;
	struct txn *t;
	struct sr *in;	    /* SR for the new layers; NULL: each in its disk's SR */
	struct given given; /* overlays that the caller has made */
	char *image;	    /* UUID of the VDI with the memory; NULL: none */
};

static void planning_clear(struct planning *g)
{
	free(g->image);
	given_clear(&g->given);
	sr_free(g->in);
	txn_abort(g->t);
	vm_loaded_free(g->l);
}

static bool is_ignored(const struct snapshot_wish *w, const struct vdi *vdi)
{
	return w->args->ignore_vdis && vdi && strv_has(w->args->ignore_vdis, vdi->r.uuid);
}

static int check_ignored(struct planning *g, struct vxe_error *err)
{
	const struct strv *ignored = g->w->args->ignore_vdis;

	for (size_t i = 0; ignored && i < ignored->n; i++) {
		void *vdi = NULL;

		if (record_load(g->t, &vdi_class, ignored->items[i], &vdi, err) < 0)
			return -1;
		record_free(&vdi_class, vdi);
	}
	return 0;
}

/*
 * Plans the snapshot of a disk: its layer is frozen and becomes the snapshot's, and the disk goes on in a new overlay.
 */
static int plan_disk_snapshot(struct planning *g, const struct vm_disk *d, struct vxe_error *err)
{
	struct plan *p = g->p;
	struct overlay_place at = { .sr = g->in };
	const struct frozen_layer f = {
		.vdi = d->vdi, .node = d->node, .path = d->path, .target = d->vbd->target, .at = &at
	};
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = vdi_for_snapshot(d->vdi, d->node->r.uuid);
	_cleanup_(vbd_free_cleanup) struct vbd *vbd =
		vbd_for_snapshot(d->vbd, g->w->uuid, vdi->r.uuid, true);

	if (given_place(g->s, &g->given, d, &at, p, err) < 0 ||
		depth_check_limit(g->s, g->t, d->vdi, d->node, err) < 0 ||
		plan_frozen_layer(g->s, g->t, &f, p, &vdi->virtual_size, err) < 0)
		return -1;
	plan_add(p, &vdi_class, vdi);
	plan_set_now(p, &vdi_class, vdi->r.uuid, "snapshot-time");
	plan_add(p, &vbd_class, vbd);
	return 0;
}

/*
 * Plans the snapshot of a disk of a Suspended VM: the disk's layer is frozen already, so only VDI and VBD of the
 * snapshot are added.
 */
static void plan_frozen_disk_snapshot(const struct vm_disk *d, const char *snapshot, struct plan *p)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = vdi_for_snapshot(d->vdi, d->node->r.uuid);
	_cleanup_(vbd_free_cleanup) struct vbd *vbd =
		vbd_for_snapshot(d->vbd, snapshot, vdi->r.uuid, true);

	plan_add(p, &vdi_class, vdi);
	plan_set_now(p, &vdi_class, vdi->r.uuid, "snapshot-time");
	plan_add(p, &vbd_class, vbd);
	plan_touch_node(p, d->node->r.uuid);
}

/* Plans that the snapshot refers to the VDI of the VM's CD, floppy or read-only disk; of an empty drive, to none. */
static void refer(const struct vm_disk *d, const char *snapshot, struct plan *p)
{
	_cleanup_(vbd_free_cleanup) struct vbd *vbd =
		vbd_for_snapshot(d->vbd, snapshot, d->vdi ? d->vdi->r.uuid : NULL, false);

	plan_add(p, &vbd_class, vbd);
}

static int plan_record(struct planning *g, struct vxe_error *err)
{
	const struct vm_loaded *l = g->l;
	const struct snapshot_wish *w = g->w;
	struct plan *p = g->p;
	_cleanup_(vm_free_cleanup) struct vm *snapshot =
		vm_for_snapshot(l->vm, w->uuid, l->xml, vm_power(l));

	/* xe's checkpoint of a VM that does not run has an empty snapshot-info, too */
	if (w->checkpoint && vm_power(l) != POWER_RUNNING)
		map_clear(&snapshot->snapshot_info);
	if (w->quiesce)
		map_set(&snapshot->snapshot_info, "disk-snapshot-type", "quiesced");
	if (g->image) {
		snapshot->power_state = POWER_SUSPENDED;
		str_replace(&snapshot->suspend_vdi, g->image);
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
	plan_message(p, w->checkpoint ? MESSAGE_VM_CHECKPOINTED : MESSAGE_VM_SNAPSHOTTED, l->vm);
	return capture_plan(g->s, g->t, l, w->uuid, p, err);
}

/*
 * True if the running guest has a disk to move to a new overlay; if not, only the definition changes, as for a halted
 * VM.
 */
static bool has_live_disk(const struct snapshot_wish *w, const struct vm_loaded *l)
{
	for (size_t i = 0; l->live && i < l->n_disks; i++)
		if (vm_disk_is_captured(&l->disks[i]) && !is_ignored(w, l->disks[i].vdi) &&
			spec_find_disk(l->live, l->disks[i].vbd->target))
			return true;
	return false;
}

/* Plans the memory image of a checkpoint, if the VM is running or Suspended. */
static int plan_memory(struct planning *g, struct vxe_error *err)
{
	const struct vm_loaded *l = g->l;
	const struct snapshot_wish *w = g->w;
	struct plan *p = g->p;
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	_cleanup_free_ char *path = NULL;

	plan_keep(p, "snapshot", w->uuid);
	if (!w->checkpoint || vm_power(l) == POWER_PAUSED)
		return 0;
	if (vm_power(l) == POWER_SUSPENDED) {
		if (image_find(g->s, g->t, l->vm, &path, err) < 0 ||
			vdi_get(g->t, l->vm->suspend_vdi, &vdi, err) < 0)
			return -1;
		image_plan_copy(vdi, true, p, &g->image);
		return 0;
	}
	if (image_check_devices(l, err) < 0 || image_plan(g->s, g->t, l, true, p, err) < 0)
		return -1;
	g->image = xstrdup(plan_string(p, "image"));
	return 0;
}

/*
 * Plans to freeze the guest's file systems (quiesce). Refuses a VM that does not run, because it has nothing to freeze,
 * and a paused one, because its guest cannot do it.
 */
static int plan_quiesce(struct planning *g, struct vxe_error *err)
{
	const struct vm_loaded *l = g->l;
	const struct snapshot_wish *w = g->w;
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
	plan_keep_int(g->p, "quiesce", w->args->quiesce_timeout);
	return 0;
}

/* Plans to stop the guest after the snapshot. A guest that is off, or suspended, stays as it is. */
static int plan_halt(struct planning *g, struct vxe_error *err)
{
	if (!g->w->args->halt || !g->l->live)
		return 0;
	plan_keep_bool(g->p, "halt", true);
	plan_message(g->p, MESSAGE_VM_SHUTDOWN, g->l->vm);
	return vm_check_operation(g->s, g->l->vm, "hard_shutdown", err);
}

/*
 * Lists the disks that a snapshot will not have: in @ret those that were plugged into the running VM only, which have
 * no record and stay as they are; in @unnamed those that no <disk> element names.
 */
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

/*
 * True if an image of the VM has internal snapshots. Those that virsh has made must be on record before the image is
 * frozen.
 */
static bool has_inside(struct session *s, const struct vm_loaded *l)
{
	for (size_t i = 0; i < l->n_disks; i++) {
		_cleanup_error_ struct vxe_error ignored = { 0 };
		_cleanup_free_ char *names = NULL;
		const struct vm_disk *d = &l->disks[i];

		if (vm_disk_is_captured(d) && d->node && !d->guard &&
			node_internal(s, d->node, d->path, &names, &ignored) == 0 && names)
			return true;
	}
	return false;
}

/*
 * True if the snapshot may be planned from libvirt's own files, without a connection: the step that moves the disks
 * compares with libvirt later. Not for quiescing, because libvirt's files do not say whether a guest agent answers.
 */
static bool may_be_early(const struct snapshot_wish *w)
{
	const struct strv *given = w->args->overlays;

	return !w->quiesce && !w->args->halt && !(given && given->n);
}

static int load_snapshot_source(struct planning *g, struct vxe_error *err)
{
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	struct session *s = g->s;
	const struct snapshot_wish *w = g->w;
	const char *uuid = w->vm;

	if (vm_load(s, uuid, VM_LOAD_ACT | (may_be_early(w) ? VM_LOAD_EARLY : 0), &l, err) < 0)
		return -1;
	if (l->early && !has_live_disk(w, l)) {
		l = vm_loaded_free(l);
		if (vm_load(s, uuid, VM_LOAD_ACT, &l, err) < 0)
			return -1;
	}
	if (l->domain.uuid && has_inside(s, l)) {
		l = vm_loaded_free(l);
		if (adopt_domain(s, uuid, NULL, err) < 0 ||
			vm_load(s, uuid, VM_LOAD_ACT, &l, err) < 0)
			return -1;
	}
	g->l = TAKE(l);
	return 0;
}

/* Returns 1 if the VM has internal snapshots that libvirt lists, in its layers or below. */
static int has_kept_inside(struct txn *t, const struct vm *vm, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };

	/* libvirt lists no snapshots of the VM, and vxe's own may be many */
	if (str_is_empty(vm->snapshots_seen))
		return 0;
	if (records_load(t, &vm_class, "snapshot_of", vm->r.uuid, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		if (vm_is_inside_image(all.items[i]) && !vm_is_hidden(all.items[i]))
			return 1;
	return 0;
}

/* Plans that libvirt forgets its internal snapshots, if the VM has any in its layers or below. */
static int plan_hide_internal(struct planning *g, struct vxe_error *err)
{
	int kept = has_inside(g->s, g->l) ? 1 : has_kept_inside(g->t, g->l->vm, err);

	return kept > 0 ? kept_plan_hide(g->s, g->t, g->l, g->p, &g->w->hidden, err) : kept;
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

static int check_vm(struct planning *g, struct vxe_error *err)
{
	const char *operation = g->w->checkpoint ? "checkpoint" : "snapshot";

	if (g->w->checkpoint && vm_check_chains(g->l, err) < 0)
		return -1;
	if (vm_check_operation(g->s, g->l->vm, operation, err) < 0 || vm_check_awake(g->l, err) < 0)
		return -1;
	return vm_check_saved(g->l, err);
}

/* Plans that libvirt forgets its external snapshots. */
static int plan_hide_external(struct planning *g, struct vxe_error *err)
{
	return kept_plan_apart(g->s, g->l->domain.uuid, g->p, &g->w->apart, err);
}

static int load_given(struct planning *g, struct vxe_error *err)
{
	const struct strv *overlays = g->w->args->overlays;

	return overlays ? given_load(g->s, overlays, g->p, &g->given, err) : 0;
}

static int read_records(struct planning *g, struct vxe_error *err)
{
	return txn_begin(g->s->store, TXN_READ, &g->t, err);
}

static int find_overlay_sr(struct planning *g, struct vxe_error *err)
{
	const char *sr = g->w->args->overlay_sr;

	return sr ? sr_for_disks(g->t, sr, &g->in, err) : 0;
}

static int plan_head(struct planning *g, struct vxe_error *err)
{
	const struct vm_loaded *l = g->l;
	struct plan *p = g->p;

	(void)err;
	p->object = xstrdup(g->w->vm);
	p->domain = xstrdup_null(l->domain.uuid);
	p->running = has_live_disk(g->w, l) ||
		(g->w->checkpoint && l->live && vm_power(l) != POWER_PAUSED);
	note_left(l, &g->w->left, &g->w->unnamed);
	for (size_t i = 0; p->running && i < l->live->n_disks; i++)
		plan_keep_one_more(p, "known-disks", l->live->disks[i].target);
	return 0;
}

static int plan_disks(struct planning *g, struct vxe_error *err)
{
	for (size_t i = 0; i < g->l->n_disks; i++) {
		const struct vm_disk *d = &g->l->disks[i];

		if (is_ignored(g->w, d->vdi))
			continue;
		if (d->guard && d->node)
			plan_frozen_disk_snapshot(d, g->w->uuid, g->p);
		else if (!vm_disk_is_captured(d))
			refer(d, g->w->uuid, g->p);
		else if (vm_disk_check_captured(d, err) < 0 || plan_disk_snapshot(g, d, err) < 0)
			return -1;
	}
	if (g->l->spec && switch_keep_caches(g->s, g->p, g->l->spec, err) < 0)
		return -1;
	return given_check_taken(&g->given, err);
}

static int plan_commit(struct planning *g, struct vxe_error *err)
{
	struct plan *p = g->p;
	bool switches = p->n_disks || plan_has(p, "memory-path");

	(void)err;
	p->commit = !p->domain || !switches ? COMMIT_STORE
		: p->running		    ? COMMIT_SWITCH
					    : COMMIT_DEFINE;
	return 0;
}

/* The planning functions in the order in which they run: the user reads the first error. */
static int (*const parts[])(struct planning *g, struct vxe_error *err) = {
	load_snapshot_source, /* loads the VM */
	check_vm,	      /* the VM allows a snapshot */
	plan_hide_external,   /* libvirt forgets its external snapshots */
	plan_quiesce,	      /* the agent that quiesces the guest */
	plan_halt,	      /* the end of the guest */
	load_given,	      /* overlays that the caller has made */
	read_records,	      /* begins to read records */
	check_ignored,	      /* checks that the disks to leave out exist */
	plan_hide_internal,   /* libvirt forgets its internal snapshots */
	find_overlay_sr,      /* SR of the new layers */
	plan_head,	      /* the domain, for the steps */
	plan_disks,	      /* a layer for each disk */
	plan_memory,	      /* memory image of a checkpoint */
	plan_commit,	      /* commit point */
	plan_record,	      /* records of the snapshot */
};

/* The planning function of vm-snapshot and vm-checkpoint; @ctx is a struct snapshot_wish. */
static int snapshot_plan(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct snapshot_wish *w = ctx;
	_cleanup_(planning_clear) struct planning g = { .s = s, .w = w, .p = p };

	add_locks(w, p);
	for (size_t i = 0; !p->draft && i < ARRAY_LEN(parts); i++)
		if (parts[i](&g, err) < 0)
			return -1;
	return 0;
}

int snapshot_run(struct session *s, const struct op_type *type, struct snapshot_wish *w, char **ret,
	struct vxe_error *err)
{
	_cleanup_free_ char *uuid = uuid_new();

	w->uuid = uuid;
	int r = op_run_merging(s, type, snapshot_plan, w, err);

	if (r == 0 && w->hidden.n) {
		_cleanup_free_ char *names = strv_join(&w->hidden, ", ");

		session_notice(s,
			"libvirt no longer lists its internal snapshots of this VM, as a revert to "
			"one would rewrite a layer of this snapshot; vxe does: %s",
			names);
	}
	if (r == 0)
		kept_tell_apart(s, &w->apart);
	if (r == 0 && w->left.n) {
		_cleanup_free_ char *disks = strv_join(&w->left, ", ");

		session_notice(s,
			"not in the snapshot, because the running VM has it and its definition "
			"does not: %s",
			disks);
	}
	if (r == 0 && w->unnamed.n) {
		_cleanup_free_ char *disks = strv_join(&w->unnamed, ", ");

		session_notice(s,
			"not in the snapshot, because no <disk> of the definition names it: %s",
			disks);
	}
	strv_clear(&w->unnamed);
	strv_clear(&w->hidden);
	strv_clear(&w->apart);
	strv_clear(&w->left);
	if (r == 0)
		*ret = TAKE(uuid);
	return r;
}

/* True if the error is only that the guest cannot be quiesced. */
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
