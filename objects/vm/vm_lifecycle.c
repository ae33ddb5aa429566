/* SPDX-License-Identifier: MIT */
/* vm-start and vm-shutdown: calls libvirt under the VM's lock. */
#include "objects/vm/vm_lifecycle.h"

#include "objects/disks/disks.h"
#include "objects/base/clock.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/domain/vm_load.h"
#include "objects/domain/vm_networks.h"
#include "objects/engine/message.h"
#include "objects/engine/op.h"
#include "objects/host/host_ops.h"
#include "objects/classes/storage/chain_depth.h"
#include "objects/domain/autostart.h"
#include "objects/domain/guard_overlay.h"
#include "objects/model/record.h"
#include "objects/session/disk_path.h"
#include "objects/guest_state/state_file_users.h"
#include "objects/vm/vm_diagnosis.h"

#include <inttypes.h>

#define SHUTDOWN_TIMEOUT_MS (INT64_C(5) * 60 * 1000)
/* milliseconds after which the ACPI power button is pressed again: a guest that is still booting misses it */
#define BUTTON_EVERY_MS 10000
#define POLL_MS 100

/* ---- vm-start -------------------------------------------------------------------------------- */

static int start_domain(struct op *op, struct vxe_error *err)
{
	unsigned how = (plan_bool(&op->plan, "paused") ? HV_STAY_PAUSED : 0) |
		(plan_bool(&op->plan, "bypass-cache") ? HV_BYPASS_CACHE : 0) |
		(plan_bool(&op->plan, "reset-nvram") ? HV_RESET_NVRAM : 0);
	struct hv *hv;

	if (networks_start(op, err) < 0 || session_hv(op->s->here, &hv, err) < 0)
		return -1;
	return hv_start(hv, op->plan.domain, how, err) < 0
		? vm_start_explain(op->s, op->plan.domain, err)
		: 0;
}

static const struct plan_member start_members[] = {
	{ "paused", PLAN_BOOL, "start the guest paused" },
	{ "reset-nvram", PLAN_BOOL, "the UEFI variables become those of the template" },
	{ "bypass-cache", PLAN_BOOL, "libvirt's saved state is read past the host's cache" },
	{ 0 },
};
static const struct step start_steps[] = {
	{ "start", DO(start_domain, NULL), true },
	{ 0 },
};

/* vm-start has nothing to undo: the VM's power state shows whether libvirt's call has succeeded. */
const struct op_type vm_start_op = { "vm-start", "start", start_steps,
	PLAN_MEMBERS(network_members, start_members), NULL };

struct start_wish {
	const char *vm;
	unsigned flags; /* bits of enum start_flags */
	bool resume;	/* start only from libvirt's managed save */
};

static int check_disk_file(struct session *s, const struct vm_disk *d, struct vxe_error *err)
{
	struct content_stat f;

	if (!d->path)
		return 0;
	if (disk_file_stat(content_of(s, d->path), &f, err) < 0)
		return -1;
	return f.exists ? 0 : vdi_fail_missing(d->vdi, d->path, err);
}

/* Refuses a disk that another running domain has; QEMU's own error is less clear. */
static int check_sharing(struct session *s, struct txn *t, const char *vm, const struct vm_disk *d,
	struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	if (!d->vdi || d->vdi->sharable || d->vdi->read_only || d->vbd->type != VBD_DISK)
		return 0;
	if (records_load(t, &vbd_class, "vdi_uuid", d->vdi->r.uuid, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++) {
		const struct vbd *b = vbds.items[i];
		const struct hv_domain *user;

		if (str_eq(b->vm, vm))
			continue;
		if (session_domain(s->here, b->vm, &user, err) < 0)
			return -1;
		if (user && hv_is_active(user->state))
			return vxe_fail(err, VDI_IN_USE, d->vdi->r.uuid, "attach");
	}
	return 0;
}

/*
 * Refuses the disk if one of the domains @saved, which have a managed save, has it, too; the VM's own domain does not
 * count.
 */
static int check_saved_users(struct session *s, const char *vm, const struct vm_disk *d,
	const struct strv *saved, struct vxe_error *err)
{
	_cleanup_strv_ struct strv users = { 0 }, running = { 0 };

	if (!d->path || !d->vdi || d->vdi->sharable || d->vdi->read_only)
		return 0;
	if (domains_on(s, d->path, vm, &users, &running, err) < 0)
		return -1;
	for (size_t i = 0; i < users.n; i++)
		if (strv_has(saved, users.items[i]))
			return vxe_fail(err, VXE_MANAGED_SAVE, users.items[i]);
	return 0;
}

/*
 * Refuses to start a VM with a disk of another domain that has a managed save: what the VM writes would not fit the
 * saved memory.
 */
static int check_saved_others(struct session *s, const struct vm_loaded *l, struct vxe_error *err)
{
	_cleanup_strv_ struct strv saved = { 0 };
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0 || hv_saved(hv, &saved, err) < 0)
		return -1;
	(void)strv_remove(&saved, l->vm->r.uuid);
	for (size_t i = 0; saved.n && i < l->n_disks; i++)
		if (check_saved_users(s, l->vm->r.uuid, &l->disks[i], &saved, err) < 0)
			return -1;
	return 0;
}

int vm_check_disks(struct session *s, const struct vm_loaded *l, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (check_saved_others(s, l, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		vm_check_storage(s->store, t, l->vm->r.uuid, err) < 0)
		return -1;
	for (size_t i = 0; i < l->n_disks; i++)
		if (check_disk_file(s, &l->disks[i], err) < 0 ||
			check_sharing(s, t, l->vm->r.uuid, &l->disks[i], err) < 0)
			return -1;
	return 0;
}

/*
 * Checks that the VM may be started, or, if libvirt has a managed save of it, resumed: a start goes on from that, as in
 * libvirt.
 */
static int check_start(
	struct session *s, const struct vm_loaded *l, bool resume, struct vxe_error *err)
{
	const char *reason = map_get(&l->vm->blocked_operations, "start");
	bool saved = vm_is_saved(l);

	if (saved && reason && !resume)
		return vxe_fail(err, OPERATION_BLOCKED, l->vm->r.uuid, reason);
	if (resume &&
		l->vm->power_state == POWER_SUSPENDED) /* vxe has suspended the VM meanwhile */
		return vxe_fail(
			err, VXE_TRY_AGAIN, l->vm->r.uuid, "vxe has suspended the VM meanwhile");
	return vm_check_operation(s, l->vm, saved || resume ? "resume" : "start", err);
}

/*
 * Checks the managed save of a VM before a start. libvirt goes on with the files that the saved state names, whatever
 * the definition names by now. And libvirt silently removes a saved state that it cannot read, and boots the guest.
 */
static int check_image(struct session *s, const struct vm_loaded *l, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *image = NULL;
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0 ||
		hv_xml(hv, l->vm->r.uuid, HV_XML_SAVED, &xml, err) < 0 ||
		spec_read(xml, &image, err) < 0)
		return -1;
	for (size_t i = 0; i < image->n_disks; i++) {
		const struct spec_disk *then = &image->disks[i];
		const struct spec_disk *now = spec_find_disk(l->spec, then->target);

		if (then->device != DISK_DISK)
			continue;
		int r = now ? disk_is_same(s, then, now, err) : 0;

		if (r < 0)
			return -1;
		if (!r)
			return vxe_fail(err, VXE_DISK_CHANGED, l->vm->r.uuid,
				then->path ? then->path : then->target,
				"the managed-save image needs it, and the definition has another "
				"disk there: put that right with 'virsh edit'");
	}
	return 0;
}

/*
 * Refuses to reset the UEFI variables of a VM with a managed save: QEMU would overwrite the new ones with those in the
 * saved memory.
 */
static int check_nvram(struct session *s, const struct vm_loaded *l, struct vxe_error *err)
{
	if (vm_is_saved(l))
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"the UEFI variables are in the VM's saved memory, so they cannot be reset: "
			"vm-shutdown --force gives the memory up");
	return l->spec && capture_has_nvram(l->spec)
		? state_check_nvram(s, l->spec, err)
		: vxe_fail(err, OPERATION_NOT_ALLOWED, "the VM has no UEFI variables");
}

static int check_domain(const struct vm_loaded *l, struct vxe_error *err)
{
	return l->domain.uuid
		? 0
		: vxe_fail(err, OPERATION_NOT_ALLOWED,
			  "libvirt has no domain of this VM any more: 'vxe snapshot-revert' "
			  "to a snapshot of it defines it again, 'vxe vm-destroy' ends its "
			  "record and keeps its disks");
}

static int plan_start(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct start_wish *w = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->vm, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vm_load(s, w->vm, VM_LOAD_ACT, &l, err) < 0 || check_start(s, l, w->resume, err) < 0 ||
		host_check_enabled(s, err) < 0 || (vm_is_saved(l) && check_image(s, l, err) < 0))
		return -1;
	if (((w->flags & VM_START_RESET_NVRAM) && check_nvram(s, l, err) < 0) ||
		check_domain(l, err) < 0 || vm_check_disks(s, l, err) < 0 ||
		vm_plan_networks(s, l, p, err) < 0)
		return -1;
	p->object = xstrdup(w->vm);
	p->domain = xstrdup(w->vm);
	p->commit = COMMIT_REPEAT;
	if (w->flags & VM_START_RESET_NVRAM)
		plan_keep_bool(p, "reset-nvram", true);
	if (w->flags & VM_START_PAUSED)
		plan_keep_bool(p, "paused", true);
	if (w->flags & VM_START_BYPASS_CACHE)
		plan_keep_bool(p, "bypass-cache", true);
	plan_set_now(p, &vm_class, w->vm, "start-time");
	plan_message(p, vm_is_saved(l) ? MESSAGE_VM_RESUMED : MESSAGE_VM_STARTED, l->vm);
	return 0;
}

int vm_start(struct session *s, const char *uuid, unsigned flags, struct vxe_error *err)
{
	struct start_wish w = { .vm = uuid, .flags = flags };

	return op_run(s, &vm_start_op, plan_start, &w, NULL, err);
}

int vm_start_saved(struct session *s, const char *uuid, unsigned flags, struct vxe_error *err)
{
	struct start_wish w = { .vm = uuid, .resume = true, .flags = flags };

	return op_run(s, &vm_start_op, plan_start, &w, NULL, err);
}

/* ---- vm-shutdown ----------------------------------------------------------------------------- */

static int press_or_pull(struct op *op, struct vxe_error *err)
{
	struct hv *hv;

	if (session_hv(op->s->here, &hv, err) < 0)
		return -1;
	return plan_bool(&op->plan, "force") ? hv_destroy(hv, op->plan.domain, err)
					     : hv_shutdown(hv, op->plan.domain, err);
}

static int drop_saved(struct op *op, struct vxe_error *err)
{
	struct hv *hv;

	if (!plan_bool(&op->plan, "drop-saved"))
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0 || hv_managed_drop(hv, op->plan.domain, err) < 0)
		return -1;
	session_notice(op->s, "lost: the memory of the VM, which 'virsh managedsave' had saved");
	return 0;
}

static const struct plan_member shutdown_members[] = {
	{ "force", PLAN_BOOL, "stop the guest without its help" },
	{ "drop-saved", PLAN_BOOL, "remove libvirt's managed-save image" },
	{ 0 },
};
static const struct step shutdown_steps[] = {
	{ "autostart", DO(step_autostart, step_autostart_before), false },
	/*
	 * Of a Suspended VM it only ends a guest that somebody has started; the plan says COMMIT_REPEAT, so recovery
	 * undoes the operation until its records are written.
	 */
	{ "stop", DO(press_or_pull, NULL), true },
	{ "drop-saved", DO(drop_saved, NULL), false },
	{ 0 },
};

const struct op_type vm_shutdown_op = { "vm-shutdown", "shutdown", shutdown_steps,
	PLAN_MEMBERS(autostart_members, memory_members, shutdown_members), NULL };

struct shutdown_wish {
	struct session *s;
	const char *vm;
	bool force;
};

/*
 * Plans to drop the memory of a Suspended VM: the guards, the overlays that its definition names, become its disks with
 * all that was written to them.
 */
static int plan_drop_memory(
	struct session *s, const struct vm_loaded *l, struct plan *p, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (!l->domain.uuid) /* without a domain, only the memory image describes the machine */
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"libvirt has no definition of the VM any more; the one in its memory image "
			"comes back with vm-resume");
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || guards_plan_disks(t, l, p, err) < 0 ||
		guards_note(t, l, p, &p->freed, err) < 0 ||
		autostart_plan(s, p, l->vm->autostart, err) < 0)
		return -1;
	guards_release(p);
	return 0;
}

static int plan_shutdown(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct shutdown_wish *w = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->vm, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vm_load(s, w->vm, VM_LOAD_ACT | VM_LOAD_DRIFTED | (w->force ? VM_LOAD_GUARDED : 0), &l,
		    err) < 0 ||
		vm_check_operation(s, l->vm, w->force ? "hard_shutdown" : "clean_shutdown", err) <
			0)
		return -1;
	p->object = xstrdup(w->vm);
	p->domain = xstrdup(w->vm);
	p->commit = COMMIT_REPEAT;
	/* xe makes no message when the button is pressed; tell_halted() makes it when the guest has ended */
	if (!w->force)
		return 0;
	plan_keep_bool(p, "force", true);
	if (l->domain.saved)
		plan_keep_bool(p, "drop-saved", true);
	plan_message(p, MESSAGE_VM_SHUTDOWN, l->vm);
	return l->vm->power_state == POWER_SUSPENDED ? plan_drop_memory(s, l, p, err) : 0;
}

static int is_active(struct session *s, const char *uuid, struct vxe_error *err)
{
	struct hv *hv;
	bool up;

	if (session_hv(s->here, &hv, err) < 0 || hv_is_up(hv, uuid, &up, err) < 0)
		return -1;
	return up;
}

static int press_again(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error gone = { 0 };
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0)
		return -1;
	if (hv_shutdown(hv, uuid, &gone) < 0) /* the domain may have stopped just before */
		return is_active(s, uuid, err) < 0 ? -1 : 0;
	return 0;
}

int vm_wait_halted(struct session *s, struct op *op, const char *uuid, struct vxe_error *err)
{
	int64_t start = clock_ms(), pressed = start;
	int64_t timeout =
		s->config.shutdown_timeout_ms ? s->config.shutdown_timeout_ms : SHUTDOWN_TIMEOUT_MS;

	for (;;) {
		int active = is_active(s, uuid, err);

		if (active <= 0)
			return active;
		if (op ? op_cancelled(op) : session_cancelled(s))
			return vxe_fail(err, TASK_CANCELLED, uuid);
		if (clock_ms() - start > timeout) {
			_cleanup_free_ char *seconds = xasprintf("%" PRId64, timeout / 1000);

			return vxe_fail(err, VM_SHUTDOWN_TIMEOUT, uuid, seconds);
		}
		if (clock_ms() - pressed > BUTTON_EVERY_MS) {
			pressed = clock_ms();
			if (press_again(s, uuid, err) < 0)
				return -1;
		}
		session_awaits(s, "the guest to shut down", clock_ms() - start, timeout);
		clock_sleep_ms(POLL_MS);
	}
}

static int tell_halted(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct shutdown_wish *w = ctx;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (vm_find(t, w->vm, &vm, err) < 0)
		return -1;
	return vm ? message_add(t, &w->s->config, MESSAGE_VM_SHUTDOWN, vm, err) : 0;
}

int vm_shutdown(struct session *s, const char *uuid, bool force, struct vxe_error *err)
{
	struct shutdown_wish w = { .s = s, .vm = uuid, .force = force };
	int r;

	if (force && op_cancel_running(s, uuid, NULL, err) < 0)
		return -1;
	struct wishes ends = *s->wishes;

	ends.stops = force ? uuid : NULL;
	const struct wishes *before = session_wish(s, &ends);

	s->reports.stopped = false;
	r = force ? guest_stop_held(s, uuid, err) : 0;
	if (r == 0)
		r = op_run_freeing(s, &vm_shutdown_op, plan_shutdown, &w, NULL, err);
	session_wish(s, before);
	if (r < 0 && s->reports.stopped && err->code == VM_BAD_POWER_STATE) {
		error_clear(err);
		return store_update(s->store, tell_halted, &w, err);
	}
	if (r < 0)
		return -1;
	if (force)
		return 0;
	/* Waits without the VM's lock, so that vm-shutdown --force can run. */
	if (vm_wait_halted(s, NULL, uuid, err) < 0)
		return -1;
	return store_update(s->store, tell_halted, &w, err);
}
