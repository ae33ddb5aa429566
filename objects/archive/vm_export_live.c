/* SPDX-License-Identifier: MIT */
/*
 * vm-export of a running VM: from a snapshot, which is removed afterwards. Each of the three parts is an operation of
 * its own; if vxe is killed between them, the snapshot stays in the list.
 */
#include "objects/archive/vm_export.h"

#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "objects/vm/snapshot/vm_uninstall.h"

static int find_vm_state(struct session *s, const char *uuid, struct vm **ret,
	enum power_state *state, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_get(t, uuid, ret, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	return vm_power_state(s, *ret, state, err);
}

/*
 * Removes the snapshot, also after ^C; if it cannot be removed, the user is told, because the archive does not depend on
 * that.
 */
static void remove_snapshot(struct session *s, const char *snapshot)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_uninstall_ struct uninstall *u = NULL;
	_cleanup_strv_ struct strv one = { 0 };
	bool (*cancelled)(void *ctx) = s->ui.cancelled;

	strv_add(&one, snapshot);
	s->ui.cancelled = NULL;
	if (uninstall_plan(s, &one, END_ALONE, &u, &err) < 0 || uninstall_run(s, u, &err) < 0)
		session_notice(s, "the snapshot that was exported stays: %s", snapshot);
	s->ui.cancelled = cancelled;
}

int vm_export_live(struct session *s, const char *uuid, const struct vm_export_args *args, int fd,
	struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_free_ char *snapshot = NULL;
	enum power_state state;

	if (find_vm_state(s, uuid, &vm, &state, err) < 0)
		return -1;
	if (args->metadata || (state != POWER_RUNNING && state != POWER_PAUSED))
		return vm_export(s, uuid, args, fd, err);
	_cleanup_free_ char *name = xasprintf("export of %s", vm->name_label);
	const struct vm_snapshot_args as = { .name_label = name, .name_description = "" };
	struct vm_export_args of_snapshot = *args;

	of_snapshot.as = vm;
	if (vm_snapshot(s, uuid, &as, &snapshot, err) < 0)
		return -1;
	int r = vm_export(s, snapshot, &of_snapshot, fd, err);

	remove_snapshot(s, snapshot);
	return r;
}
