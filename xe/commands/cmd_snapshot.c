/* SPDX-License-Identifier: MIT */
/* The snapshot-* commands: each takes one snapshot by UUID and refuses other objects. */
#include "objects/domain/foreign_snapshots/snapshot_document.h"
#include "objects/vm/vm_destroy.h"
#include "objects/vm/vm_ops.h"
#include "objects/queries/param.h"
#include "xe/model/call.h"
#include "xe/model/command.h"
#include "xe/commands/disk_list.h"
#include "xe/commands/uninstall.h"

int on_snapshot(struct call *c, struct vxe_error *err)
{
	const char *uuid = call_get(c, "snapshot-uuid"), *other = call_find(c, "uuid");

	if (!uuid)
		uuid = other;
	if (!uuid)
		return vxe_fail(
			err, CLI_USAGE, "Required parameter not found: snapshot-uuid or uuid.");
	if (c->command->one != print_disk_list)
		call_asks_libvirt(c);
	return call_session(c, err) < 0 || snapshot_check(c->session, uuid, err) < 0
		? -1
		: call_act(c, uuid, err);
}

static int dump_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	const struct snapshot_dump_args args = {
		.secrets = call_flag(c, "security-info", false),
		.xpath = call_get(c, "xpath"),
		.wrap = call_flag(c, "wrap", false),
	};

	if (args.wrap && !args.xpath)
		return vxe_fail(err, CLI_USAGE, "Parameter wrap= needs xpath=.");
	return snapshot_dump(c->session, uuid, &args, &c->result, err);
}

static const struct enum_table children_words = { .names = (const struct enum_name[]){
							  { "false", NULL }, { "true", NULL },
							  { "only", NULL }, { 0 } } };
static const struct param_kind children_kind = { "children", PARAM_WORD,
	.meaning = "Also (true), or alone (only), all snapshots that are based on this one.",
	.words = &children_words, .absent = "false", .refusal = "Unknown children: " };

static enum end_with end_with(const struct call *c)
{
	static const enum end_with by_word[] = { END_ALONE, END_WITH_CHILDREN, END_CHILDREN };

	return by_word[call_value(c, "children", 0)];
}

static int destroy_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return snapshot_destroy(c->session, uuid, end_with(c), err);
}

static int uninstall_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	_cleanup_strv_ struct strv victims = { 0 };

	strv_add(&victims, uuid);
	return uninstall(c, &victims, end_with(c), err);
}

static const struct enum_table start_words = { .names = (const struct enum_name[]){
						       { "none", NULL }, { "running", NULL },
						       { "paused", NULL }, { 0 } } };
/* The words of start= are in the order of enum revert_start, so that the number of a word is the value of the enum. */
static const struct param_kind start_kind = { "start", PARAM_WORD,
	.meaning = "What the VM does after the revert: stay off (or suspended), run, or wait "
		   "paused.",
	.words = &start_words, .absent = "none", .refusal = "Unknown start: " };
static const struct param_kind keep_kind = { "keep", PARAM_FLAG,
	.meaning = "Take a snapshot of the present state first, and print its UUID." };

/* Says to a person at a terminal in which state the VM of the snapshot is now, and what starts it. */
static void say_state(struct call *c, const char *snapshot)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_free_ char *vm = NULL, *state = NULL, *text = NULL;

	if (c->as_xe || !c->render->io->out_is_terminal || c->render->format != RENDER_XE ||
		param_get(c->session, view_by_prefix("snapshot"), snapshot, "snapshot-of", NULL,
			&vm, &ignored) < 0 ||
		param_get(c->session, view_by_prefix("vm"), vm, "power-state", NULL, &state,
			&ignored) < 0)
		return;
	bool suspended = str_eq(state, "suspended");

	if (!suspended && !str_eq(state, "halted"))
		return;
	text = xasprintf("The VM is %s now: 'vxe %s uuid=%s'", state,
		suspended ? "vm-resume" : "vm-start", vm);
	progress_hide(c->progress);
	render_line(c->render, text);
}

static int revert_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	const struct revert_args args = {
		.start = (enum revert_start)call_value(c, "start", START_NONE),
		.keep = call_flag(c, "keep", false),
		.reset_nvram = call_flag(c, "reset-nvram", false),
	};
	int r = snapshot_revert_with(c->session, uuid, &args, &c->result, err);

	if (r < 0 && c->result) {
		call_print_result(c);
		c->keep_results = true;
	}
	if (r == 0)
		say_state(c, uuid);
	return r;
}

const struct command snapshot_commands[] = {
	{ "snapshot-destroy", on_snapshot, C_EVERYDAY | C_LOSES,
		"Remove a snapshot but keep its disks. Snapshots taken after it stay usable.",
		PARAMS(SNAPSHOT_PARAMS, DRY_RUN_PARAM, { "children", P_OURS }, FORCE_PARAM),
		KINDS(&children_kind), .one = destroy_one, PRINTS(PRINTS_NOTHING) },
	{ "snapshot-disk-list", on_snapshot, C_STANDARD | C_SELECTS | C_UNSELECTED | C_READS,
		"List the disks of a snapshot",
		PARAMS(SNAPSHOT_PARAMS, { "vbd-params", 0 }, { "vdi-params", 0 },
			{ "params", P_HIDDEN | P_XE }, ORDER_PARAMS),
		KINDS(&disk_sort, &disk_limit), .one = print_disk_list, PRINTS(PRINTS_DRIVES) },
	{ "snapshot-dumpxml", on_snapshot, C_OURS | C_EVERYDAY | C_READS,
		"Print a snapshot as libvirt describes its own: what 'virsh snapshot-create "
		"--redefine' takes.",
		PARAMS(SNAPSHOT_PARAMS, { "security-info", 0 }, { "xpath", 0 }, { "wrap", 0 }),
		.one = dump_one, PRINTS(PRINTS_TEXTS) },
	{ "snapshot-reset-powerstate", on_snapshot, C_STANDARD | C_FORCE | C_LOSES,
		"Make a checkpoint a snapshot of the disks alone: the memory goes. Only with "
		"--force",
		PARAMS(SNAPSHOT_PARAMS, { "force", 0 }, DRY_RUN_PARAM),
		.act = snapshot_reset_powerstate, PRINTS(PRINTS_NOTHING) },
	{ "snapshot-revert", on_snapshot, C_STANDARD | C_LOSES,
		"Bring a VM back to the state that a snapshot holds. The VM and its disks keep "
		"their UUIDs, and no snapshot is lost.",
		PARAMS(SNAPSHOT_PARAMS, FIRMWARE_PARAM, DRY_RUN_PARAM, { "start", P_OURS },
			{ "keep", P_OURS }, { "reset-nvram", P_OURS }, FORCE_PARAM),
		KINDS(&start_kind, &keep_kind), .one = revert_one,
		PRINTS(PRINTS_NOTHING | PRINTS_UUID) },
	{ "snapshot-uninstall", on_snapshot, C_STANDARD | C_INPUT | C_LOSES,
		"Remove a snapshot together with its disks, after asking. --force does not ask.",
		PARAMS(SNAPSHOT_PARAMS, { "force", 0 }, DRY_RUN_PARAM, { "children", P_OURS }),
		KINDS(&children_kind), .one = uninstall_one, PRINTS(PRINTS_PLAN | PRINTS_NOTHING) },
	{ 0 },
};
