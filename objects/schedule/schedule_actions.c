/* SPDX-License-Identifier: MIT */
/*
 * What a run of a schedule does with a VM: calls the schedule's commands before and after, takes the snapshot,
 * deletes old snapshots.
 */
#include "objects/base/log.h"
#include "objects/classes/vm/vm.h"
#include "objects/host/plugin.h"
#include "objects/schedule/schedule_run.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "objects/vm/snapshot/vm_uninstall.h"

/*
 * Runs the plugin @name, the schedule's command before or after a snapshot; "" means that the schedule has no such
 * command. @snapshot NULL: there is none yet, or taking it failed.
 */
static int run_command(struct session *s, const struct vmss *v, const char *name, const char *vm,
	const char *snapshot, struct vxe_error *err)
{
	if (str_is_empty(name))
		return 0;
	_cleanup_free_ char *schedule = xasprintf("VXE_SCHEDULE=%s", v->r.uuid),
			    *about = xasprintf("VXE_VM=%s", vm),
			    *taken = xasprintf("VXE_SNAPSHOT=%s", snapshot ? snapshot : "");
	const char *const env[] = { schedule, about, taken, NULL };

	return plugin_run(s, name, env, v->command_timeout, err);
}

static int new_snapshot_name(
	struct session *s, const struct vmss *v, const char *vm, char **ret, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *record = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_get(t, vm, &record, err) < 0)
		return -1;
	*ret = schedule_snapshot_name(s, v, record->name_label, v->open_slot);
	return 0;
}

static int take_snapshot(
	struct session *s, const struct vmss *v, const char *vm, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *name = NULL;

	if (new_snapshot_name(s, v, vm, &name, err) < 0)
		return -1;
	const struct vm_snapshot_args args = { .name_label = name,
		.quiesce = v->type != VMSS_SNAPSHOT_WITH_QUIESCE ? QUIESCE_NO
			: v->quiesce_fallback			 ? QUIESCE_TRY
								 : QUIESCE_MUST,
		.quiesce_timeout = QUIESCE_TIMEOUT_S,
		.schedule = v->r.uuid,
		.slot = v->open_slot };

	return v->type == VMSS_CHECKPOINT ? vm_checkpoint(s, vm, &args, ret, err)
					  : vm_snapshot(s, vm, &args, ret, err);
}

static struct wishes at_once(const struct session *s)
{
	struct wishes w = *s->wishes;

	w.impatient = true;
	return w;
}

/*
 * Takes a snapshot of the VM, between the schedule's pre-command and post-command. The post-command also runs after a
 * failed snapshot, because the pre-command may have stopped something.
 */
static int take_with_commands(
	struct session *s, const struct vmss *v, const char *vm, char **ret, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error after = { 0 };

	if (run_command(s, v, v->pre_command, vm, NULL, err) < 0)
		return -1;
	const struct wishes now = at_once(s), *before = session_wish(s, &now);
	int r = take_snapshot(s, v, vm, ret, err);

	session_wish(s, before);
	if (run_command(s, v, v->post_command, vm, r == 0 ? *ret : NULL, &after) == 0)
		return r;
	if (r < 0) {
		log_warn("%s has failed, too: %s", v->post_command, code_info(after.code)->name);
		return -1;
	}
	free(TAKE(*ret));
	error_move(err, &after);
	return -1;
}

static int take_away(struct session *s, const struct vmss *v, const struct strv *snapshots,
	struct vxe_error *err)
{
	const struct wishes now = at_once(s), *before = session_wish(s, &now);
	int r = uninstall_snapshots(s, snapshots, v->max_bandwidth, err);

	session_wish(s, before);
	return r;
}

const struct schedule_deeds schedule_deeds = { take_with_commands, take_away };
