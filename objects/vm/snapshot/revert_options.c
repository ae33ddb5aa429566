/* SPDX-License-Identifier: MIT */
/*
 * What snapshot-revert does around the revert: keep=true before it, start= after it. Each part is an operation of its
 * own, complete or not done; the parts before one that changed nothing are taken back.
 */
#include "objects/base/clock.h"
#include "objects/model/human.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/engine/message.h"
#include "objects/engine/op_recover.h"
#include "objects/host/host_ops.h"
#include "objects/guest_state/firmware_state.h"
#include "objects/vm/vm_lifecycle.h"
#include "objects/vm/vm_ops.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "objects/vm/snapshot/vm_uninstall.h"

static int find_vm(struct session *s, const char *uuid, struct vm **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	return txn_begin(s->store, TXN_READ, &t, err) < 0 ? -1 : vm_find(t, uuid, ret, err);
}

static int find_snapshot(
	struct session *s, const char *uuid, struct vm **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_get(t, uuid, ret, err) < 0)
		return -1;
	if (!(*ret)->is_a_snapshot)
		return vxe_fail(err, REVERT_ONLY_ALLOWED_ON_SNAPSHOT);
	return (*ret)->snapshot_of ? 0 : vxe_fail(err, VM_REVERT_FAILED, "", uuid);
}

/* ---- keep=true ------------------------------------------------------------------------------- */

/* Makes a snapshot of the VM's present state before a revert (keep=true). In a dry run shows the plan and returns 1. */
static int keep_state(
	struct session *s, const struct vm *snapshot, char **ret, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_free_ char *name = xasprintf("before revert to %s", snapshot->name_label);
	_cleanup_free_ char *description =
		xasprintf("The VM before it was reverted to %s", snapshot->r.uuid);
	const struct vm_snapshot_args args = { .name_label = name,
		.name_description = description };

	if (vm_is_inside_image(snapshot))
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"libvirt rewrites the image that holds the present state, so keep=true "
			"cannot keep that in a snapshot; vm-export of the halted VM can");
	if ((!s->wishes->dry_run && op_recover_object(s, snapshot->snapshot_of, err) < 0) ||
		find_vm(s, snapshot->snapshot_of, &vm, err) < 0)
		return -1;
	if (!vm) {
		session_notice(s, "there is no present state to keep: the VM does not exist");
		return 0;
	}
	if (s->wishes->dry_run)
		session_planned(s, "first: a snapshot of the present state");
	int r = vm->power_state == POWER_SUSPENDED ? vm_checkpoint(s, vm->r.uuid, &args, ret, err)
						   : vm_snapshot(s, vm->r.uuid, &args, ret, err);

	if (r == 0 || err->code != VXE_PLANNED)
		return r;
	error_clear(err);
	return 1;
}

static int remove_kept(struct session *s, const char *kept, struct vxe_error *err)
{
	_cleanup_uninstall_ struct uninstall *u = NULL;
	_cleanup_strv_ struct strv one = { 0 };

	strv_add(&one, kept);
	return uninstall_plan(s, &one, END_ALONE, &u, err) < 0 ? -1 : uninstall_run(s, u, err);
}

/*
 * Returns 1 if the VM is unchanged since its snapshot @kept was made before a revert; 0 if the revert is done, or
 * recovery will complete it.
 */
static int is_unchanged(struct session *s, const char *vm, const char *kept, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *now = NULL;

	if (op_recover_object(s, vm, err) < 0 || find_vm(s, vm, &now, err) < 0)
		return -1;
	return now && str_eq(now->parent, kept);
}

/* After a revert that has failed: removes the snapshot that keep= has made, if nothing needs it. */
static void take_back(struct session *s, const char *vm, char **kept)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	if (is_unchanged(s, vm, *kept, &err) == 1 && remove_kept(s, *kept, &err) == 0)
		free(TAKE(*kept));
	else
		session_notice(s, "the snapshot of the state before the revert stays: %s", *kept);
}

/* ---- start= ---------------------------------------------------------------------------------- */

/*
 * Refuses reset-nvram=true, before anything is done, unless the revert starts the VM and the snapshot has UEFI
 * variables and no memory.
 */
static int check_nvram(
	const struct vm *snapshot, const struct revert_args *args, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;

	if (args->start == START_NONE)
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"reset-nvram=true needs start=running or start=paused, because the "
			"variables are reset at a start; vm-start has reset-nvram=true, too");
	if (snapshot->power_state == POWER_SUSPENDED)
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"the UEFI variables are in the memory of this snapshot, so they cannot be "
			"reset");
	if (str_is_empty(snapshot->domain_xml))
		return vxe_fail(err, VM_REVERT_FAILED, snapshot->snapshot_of, snapshot->r.uuid);
	if (spec_read(snapshot->domain_xml, &spec, err) < 0)
		return -1;
	return capture_has_nvram(spec)
		? 0
		: vxe_fail(err, OPERATION_NOT_ALLOWED, "the VM has no UEFI variables");
}

static int start_again(
	struct session *s, const char *vm, const struct revert_args *args, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *now = NULL;
	bool paused = args->start == START_PAUSED;
	unsigned flags =
		(paused ? VM_START_PAUSED : 0) | (args->reset_nvram ? VM_START_RESET_NVRAM : 0);
	enum power_state state = POWER_HALTED;
	int r = find_vm(s, vm, &now, err);

	if (r == 0 && now)
		r = vm_power_state(s, now, &state, err);
	if (r == 0 &&
		(state == POWER_RUNNING ||
			state == POWER_PAUSED)) /* libvirt's own revert may have started the VM */
		r = paused == (state == POWER_PAUSED) ? 0
			: paused		      ? vm_pause(s, vm, err)
						      : vm_unpause(s, vm, err);
	else if (r == 0)
		r = now && now->power_state == POWER_SUSPENDED
			? vm_resume(s, vm, paused ? RESUME_PAUSED : 0, err)
			: vm_start(s, vm, flags, err);
	if (r < 0)
		session_notice(s, "the VM has been reverted, but could not be started");
	return r;
}

/* ---- dry runs -------------------------------------------------------------------------------- */

/*
 * *ret: since when the guest's writes are in no snapshot: the time of the snapshot on which its state is based, or of
 * the last revert, if that was later; 0: there is no snapshot below.
 */
static int unkept_since(struct session *s, const struct vm *vm, int64_t *ret, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *parent = NULL;
	_cleanup_records_ struct records messages = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		(vm->parent && vm_find(t, vm->parent, &parent, err) < 0) ||
		records_load(t, &message_class, "obj_uuid", vm->r.uuid, &messages, err) < 0)
		return -1;
	*ret = parent ? parent->snapshot_time : 0;
	for (size_t i = 0; i < messages.n; i++) {
		const struct message *m = messages.items[i];

		if (str_eq(m->name, message_kind_name(MESSAGE_VM_SNAPSHOT_REVERTED)) &&
			m->timestamp > *ret)
			*ret = m->timestamp;
	}
	return 0;
}

/* Shows what a revert loses, or with keep=true does not. */
static int show_loss(struct session *s, const struct vm *snapshot, bool kept, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	int64_t since;

	if (find_vm(s, snapshot->snapshot_of, &vm, err) < 0)
		return -1;
	if (!vm)
		return 0;
	if (unkept_since(s, vm, &since, err) < 0)
		return -1;
	_cleanup_free_ char *time = human_time(since), *span = human_span(clock_wall() - since);
	_cleanup_free_ char *writes = since ? xasprintf("the writes since %s (%s)", time, span)
					    : xstrdup("all writes that no snapshot has");

	session_plan(s,
		(struct planned){ .vm = xstrdup(vm->r.uuid),
			.bytes = -1,
			.text = kept
				? xasprintf("kept: %s, in the snapshot that is made first", writes)
				: xasprintf("lost: %s; keep=true keeps them", writes) });
	return 0;
}

/* Shows in a dry run what is around the revert. @err is VXE_PLANNED, or what went wrong then. */
static void show_around(struct session *s, const struct vm *snapshot,
	const struct revert_args *args, bool first, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error failed = { 0 };

	if (show_loss(s, snapshot, first, &failed) < 0) {
		error_clear(err);
		error_move(err, &failed);
		return;
	}
	if (first)
		session_planned(s, "remove: the overlays of the first operation");
	if (args->start != START_NONE)
		session_planned(s, "afterwards: the VM is started");
}

int snapshot_revert_with(struct session *s, const char *uuid, const struct revert_args *args,
	char **kept, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *snapshot = NULL;

	if (find_snapshot(s, uuid, &snapshot, err) < 0 ||
		(args->reset_nvram && check_nvram(snapshot, args, err) < 0) ||
		(args->start != START_NONE && host_check_enabled(s, err) < 0))
		return -1;
	int first = args->keep ? keep_state(s, snapshot, kept, err) : 0;

	if (first < 0)
		return -1;
	if ((first ? snapshot_revert_foreseen : snapshot_revert)(s, uuid, err) < 0) {
		if (err->code == VXE_PLANNED)
			show_around(s, snapshot, args, first, err);
		if (*kept)
			take_back(s, snapshot->snapshot_of, kept);
		return -1;
	}
	return args->start == START_NONE ? 0 : start_again(s, snapshot->snapshot_of, args, err);
}
