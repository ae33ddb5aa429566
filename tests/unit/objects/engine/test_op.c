/* SPDX-License-Identifier: MIT */
/*
 * The engine of operations: when it plans again, the locks that it holds meanwhile, and the
 * recovery of an intent whose owner is dead.
 */
#include "objects/engine/op.h"

#include "backends/content/content.h"
#include "objects/base/uuid.h"
#include "objects/classes/common/intent.h"
#include "objects/classes/common/task.h"
#include "objects/classes/host/host.h"
#include "objects/devices/network_ops.h"
#include "objects/domain/adopt.h"
#include "objects/engine/op_recover.h"
#include "objects/engine/plan_again.h"
#include "objects/engine/plan.h"
#include "objects/disks/disks.h"
#include "objects/queries/list.h"
#include "objects/queries/param.h"
#include "objects/vm/vm_apply.h"
#include "objects/vm/vm_ops.h"
#include "objects/vm/snapshot/vm_snapshot.h"
#include "tests/unit/host_fixture.h"
#include "tests/unit/sync_fixture.h"
#include "tests/image_at.h"

TestSuite(op, .init = host_start_mem, .fini = host_stop);

#define NODE_X "eeeeeeee-0000-4000-8000-000000000001"
#define NODE_Y "eeeeeeee-0000-4000-8000-000000000002"

/* ---- adding nodes to what is locked ---------------------------------------------------------- */

static struct locks wants(const char *record, enum lease_mode mode, const char *node)
{
	struct locks l = { 0 };

	locks_add(&l, LOCK_RECORD, record, mode);
	if (node)
		locks_add(&l, LOCK_NODE, node, LEASE_SHARED);
	return l;
}

Test(op, nodes_are_added_to_records)
{
	_cleanup_locks_ struct locks held = wants(VM_A, LEASE_EXCLUSIVE, NULL);
	_cleanup_locks_ struct locks want = wants(VM_A, LEASE_SHARED, NODE_X);

	OK(locks_take(S, &held, &E));
	cr_assert(locks_add_nodes(&held, &want));
	cr_assert_eq(held.n, 2);
	cr_assert(locks_cover(&held, &want));
	OK(locks_take(S, &held, &E));
	for (size_t i = 0; i < held.n; i++)
		cr_assert(held.items[i].lease);
	cr_assert(!locks_add_nodes(&held, &want), "with nodes held, nothing more is taken");
}

Test(op, nothing_is_added_for_another_record)
{
	_cleanup_locks_ struct locks held = wants(VM_A, LEASE_EXCLUSIVE, NULL);
	_cleanup_locks_ struct locks want = wants(VM_B, LEASE_SHARED, NODE_X);

	cr_assert(!locks_add_nodes(&held, &want));
	cr_assert_eq(held.n, 1);
}

Test(op, nothing_is_added_for_a_stronger_lock)
{
	_cleanup_locks_ struct locks held = wants(VM_A, LEASE_SHARED, NULL);
	_cleanup_locks_ struct locks want = wants(VM_A, LEASE_EXCLUSIVE, NODE_X);

	cr_assert(!locks_add_nodes(&held, &want));
	cr_assert_eq(held.n, 1);
}

/* ---- planning again -------------------------------------------------------------------------- */

/* The locks that each plan asks for, and if the store changes meanwhile. */
struct script {
	struct {
		const char *record, *node;
		bool moves;
	} plans[4]; /* the last one repeats */
	int n, runs;
	bool endless; /* each plan asks for yet another record */
	bool held[3]; /* during the step: VM_A, VM_B, NODE_X */
};
static struct script *script;

static void move_generation(void)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = record_new(&vm_class);

	vm->r.uuid = uuid_new();
	save(&vm_class, vm);
}

static int plan_by_script(struct session *s, void *ctx, struct plan *ret, struct vxe_error *err)
{
	struct script *sc = ctx;
	int i = sc->n < 3 ? sc->n : 3;
	_cleanup_free_ char *another = uuid_new();

	(void)s, (void)err;
	while (i && !sc->plans[i].record)
		i--;
	sc->n++;
	ret->object = xstrdup(VM_A);
	locks_add(&ret->locks, LOCK_RECORD, VM_A, LEASE_EXCLUSIVE);
	locks_add(&ret->locks, LOCK_RECORD, sc->endless ? another : sc->plans[i].record,
		LEASE_EXCLUSIVE);
	if (sc->plans[i].node)
		locks_add(&ret->locks, LOCK_NODE, sc->plans[i].node, LEASE_SHARED);
	if (sc->plans[i].moves)
		move_generation();
	return 0;
}

static bool is_held(const char *uuid)
{
	_cleanup_error_ struct vxe_error busy = { 0 };
	struct lease *lease = NULL;
	int r = store_lease(S->store, uuid, LEASE_EXCLUSIVE, false, &lease, &busy);

	store_release(lease);
	return r < 0 && busy.code == VXE_BUSY;
}

static int step_look(struct op *op, struct vxe_error *err)
{
	(void)op, (void)err;
	script->runs++;
	script->held[0] = is_held(VM_A);
	script->held[1] = is_held(VM_B);
	script->held[2] = is_held(NODE_X);
	return 0;
}

static const struct step steps[] = { { "look", DO(step_look, NULL), false }, { 0 } };
static const struct op_type looking_op = { "looking", NULL, steps, NULL, NULL };

static void play(struct script *sc, int plans)
{
	script = sc;
	OK(op_run(S, &looking_op, plan_by_script, sc, NULL, &E));
	cr_assert_eq(sc->n, plans, "planned %d times", sc->n);
	cr_assert_eq(sc->runs, 1);
	cr_assert(!is_held(VM_A) && !is_held(VM_B) && !is_held(NODE_X));
}

Test(op, a_plan_stands_when_nothing_moved)
{
	struct script sc = { .plans = { { VM_A, NULL, false }, { VM_A, NODE_X, false } } };

	play(&sc, 2); /* the draft, and the plan that is executed */
	cr_assert(sc.held[0] && !sc.held[1] && sc.held[2]);
}

/* The data that a plan has read may change before its nodes are locked. */
/* ---- dry runs -------------------------------------------------------------------------------- */

static int put_task_row(struct txn *t, void *ctx, struct vxe_error *err)
{
	_cleanup_(task_free_cleanup) struct task *task = record_new(&task_class);

	(void)ctx;
	task->r.uuid = uuid_new();
	return record_save(t, &task_class, task, err);
}

static void keep_line(void *ctx, const struct planned *line)
{
	strv_add(ctx, line->text);
}

Test(op, a_dry_run_shows_the_plan_and_does_nothing)
{
	_cleanup_strv_ struct strv lines = { 0 };
	struct script sc = { .plans = { { VM_A, NULL, false } } };
	struct hv *hv;

	script = &sc;
	OK(session_hv(S->here, &hv, &E));
	S->ui.planned = keep_line;
	S->ui.ctx = &lines;
	session_wish(S, &(const struct wishes){ .dry_run = true });
	FAILS(VXE_PLANNED, op_run(S, &looking_op, plan_by_script, &sc, NULL, &E));
	cr_expect_eq(sc.runs, 0);
	cr_assert_eq(lines.n, 1);
	cr_expect_str_eq(lines.items[0], "operation: looking");
	cr_expect(!is_held(VM_A));
	FAILS(VXE_DRY_RUN, store_update(S->store, put_task_row, NULL, &E));
	FAILS(VXE_DRY_RUN, hv_pause(hv, VM_A, &E));
	S->ui = (struct session_ui){ 0 };
}

Test(op, a_plan_is_made_again_when_the_store_moved)
{
	struct script sc = { .plans = { { VM_A, NULL, false }, { VM_A, NODE_X, true },
				     { VM_A, NODE_X, false } } };

	play(&sc, 3);
	cr_assert(sc.held[0] && !sc.held[1] && sc.held[2]);
}

Test(op, a_plan_that_needs_another_record_begins_again)
{
	struct script sc = { .plans = { { VM_A, NULL, false }, { VM_B, NODE_X, false } } };

	play(&sc, 3);
	cr_assert(sc.held[0] && sc.held[1] && sc.held[2]);
}

/* Other nodes are locked already, so one more cannot be added. */
Test(op, a_plan_that_needs_another_node_begins_again)
{
	struct script sc = { .plans = { { VM_A, NULL, false }, { VM_A, NODE_Y, true },
				     { VM_A, NODE_X, false } } };

	play(&sc, 4);
	cr_assert(sc.held[0] && sc.held[2]);
}

Test(op, a_plan_that_never_settles_is_given_up)
{
	struct script sc = { .plans = { { VM_A, NULL, false } }, .endless = true };

	script = &sc;
	FAILS(VXE_TRY_AGAIN, op_run(S, &looking_op, plan_by_script, &sc, NULL, &E));
	cr_assert_eq(sc.runs, 0);
	cr_assert(!is_held(VM_A));
}

/* ---- a step after the one that is marked as the commit point ----------------------------------- */

static struct {
	bool takes_effect;
	int undone, finished;
} marked;

static int step_take_effect(struct op *op, struct vxe_error *err)
{
	(void)op, (void)err;
	return 0;
}

static int undo_effect(struct op *op, struct vxe_error *err)
{
	(void)op, (void)err;
	marked.undone++;
	return 0;
}

static int probe_effect(struct op *op, struct vxe_error *err)
{
	(void)op, (void)err;
	return marked.takes_effect;
}

static int step_fail_once(struct op *op, struct vxe_error *err)
{
	(void)op;
	return marked.finished++ ? 0 : vxe_fail_text(err, "once");
}

static const struct step marked_steps[] = {
	{ "effect", DO(step_take_effect, undo_effect), true },
	{ "finish", DO(step_fail_once, NULL), false },
	{ 0 },
};
static const struct op_type marked_op = { "marked", NULL, marked_steps, NULL, probe_effect };

static int plan_store_commits(struct session *s, void *ctx, struct plan *ret, struct vxe_error *err)
{
	(void)s, (void)ctx, (void)err;
	ret->object = xstrdup(VM_A);
	ret->commit = COMMIT_STORE;
	locks_add(&ret->locks, LOCK_RECORD, VM_A, LEASE_EXCLUSIVE);
	return 0;
}

Test(op, what_the_store_commits_is_undone_when_a_later_step_fails)
{
	marked.takes_effect = false;
	FAILS(CLI_FAILURE, op_run(S, &marked_op, plan_store_commits, NULL, NULL, &E));
	cr_expect_eq(marked.undone, 1);
	cr_expect_eq(marked.finished, 1);
	cr_expect_eq(count_of(&intent_class), 0);
	cr_expect_eq(notices.n, 0, "%s", notices.n ? notices.items[0] : "");
}

Test(op, what_the_probe_finds_done_is_completed_when_a_later_step_fails)
{
	marked.takes_effect = true;
	OK(op_run(S, &marked_op, plan_store_commits, NULL, NULL, &E));
	cr_expect_eq(marked.undone, 0);
	cr_expect_eq(marked.finished, 2);
	cr_expect_eq(count_of(&intent_class), 0);
}

/* ---- plans that are made again ----------------------------------------------------------------- */

static bool goes_on(struct replans *r, const char *plan, const char *reason)
{
	(void)vxe_fail(&E, VXE_TRY_AGAIN, VM_A, reason);
	return replan(r, plan, &E);
}

Test(op, one_plan_that_comes_to_the_same_end_twice_is_given_up)
{
	_cleanup_replans_ struct replans r = { 0 };

	cr_assert(goes_on(&r, "plan", "reason"));
	cr_assert(goes_on(&r, "plan", "another reason"));
	cr_assert(goes_on(&r, "another plan", "another reason"));
	cr_assert(!goes_on(&r, "another plan", "another reason"));
	cr_assert_eq(E.code, VXE_NO_PROGRESS);
	cr_assert_str_eq(E.params[0], VM_A);
	cr_assert_str_eq(E.params[1], "another reason");
	error_clear(&E);
}

Test(op, plans_that_differ_each_time_are_not_made_for_ever)
{
	_cleanup_replans_ struct replans r = { 0 };
	int n = 0;

	while (goes_on(&r, ++n % 2 ? "plan" : "another plan", "reason"))
		;
	cr_assert_eq(n, 5);
	cr_assert_eq(E.code, VXE_TRY_AGAIN);
	error_clear(&E);
	(void)vxe_fail(&E, UUID_INVALID, "VM", VM_A);
	cr_assert(!replan(&r, "plan", &E));
	cr_assert_eq(E.code, UUID_INVALID);
	error_clear(&E);
}

/* ---- what a dead vxe left -------------------------------------------------------------------- */

static int describe(const char *vm, const char *text)
{
	const struct filter f = { "name-description", text };

	return param_set(S, view_by_prefix("vm"), vm, &f, 1, &E);
}

/* Sets each VM's description; vxe dies before the record has it. */
static void leave_intent(const char *vm, const char *text)
{
	S->config.failpoints = (struct failpoints){ .spec = "vm-param-set:result=error" };
	FAILS(VXE_FAILPOINT, describe(vm, text));
	S->config.failpoints = (struct failpoints){ 0 };
	next_command();
}

static void two_machines(void)
{
	make_image("a.qcow2", NULL, NULL);
	make_image("b.qcow2", NULL, NULL);
	add_domain(VM_A, "a", "a.qcow2");
	add_domain(VM_B, "b", "b.qcow2");
	OK(adopt_domains(S, &E));
	leave_intent(VM_A, "of the dead");
	leave_intent(VM_B, "of the dead");
	cr_assert_eq(count_of(&intent_class), 2);
}

static void expect_description(const char *vm, const char *text)
{
	_cleanup_(vm_free_cleanup) struct vm *now = find(&vm_class, vm);

	cr_assert_str_eq(now->name_description, text);
}

Test(op, only_the_objects_intents_are_recovered)
{
	two_machines();
	OK(op_recover_object(S, NODE_X, &E));
	cr_assert_eq(count_of(&intent_class), 2);
	OK(op_recover_object(S, VM_A, &E));
	cr_assert_eq(count_of(&intent_class), 1);
	expect_description(VM_A, "of the dead");
	expect_description(VM_B, "");
	OK(op_recover_object(S, VM_A, &E));
	cr_assert_eq(count_of(&intent_class), 1);
}

Test(op, the_intent_of_a_living_owner_is_left_alone)
{
	struct lease *lease;

	two_machines();
	OK(store_lease(S->store, VM_A, LEASE_EXCLUSIVE, false, &lease, &E));
	OK(op_recover_object(S, VM_A, &E));
	cr_assert_eq(count_of(&intent_class), 2);
	expect_description(VM_A, "");
	store_release(lease);
	OK(op_recover_object(S, VM_A, &E));
	cr_assert_eq(count_of(&intent_class), 1);
}

static int put_host_row(struct txn *t, void *ctx, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = record_new(&host_class);

	host->r.uuid = xstrdup(ctx);
	str_replace(&host->name_label, "h2");
	return record_save(t, &host_class, host, err);
}

static int drop_host_row(struct txn *t, void *ctx, struct vxe_error *err)
{
	return txn_del(t, host_class.name, ctx, err);
}

static int move_intents(struct txn *t, void *ctx, struct vxe_error *err)
{
	_cleanup_records_ struct records intents = { 0 };

	OK(records_load(t, &intent_class, NULL, NULL, &intents, err));
	for (size_t i = 0; i < intents.n; i++) {
		struct intent *intent = intents.items[i];

		cr_assert_str_eq(intent->host, S->here->uuid);
		str_replace(&intent->host, ctx);
		OK(record_save(t, &intent_class, intent, err));
	}
	return 0;
}

/* This host's libvirt does not know how far the other host's operation came. */
Test(op, the_intent_of_another_host_is_left_to_that_host)
{
	char other[] = "11111111-0000-4000-8000-000000000002";
	int n = 0;

	two_machines();
	OK(store_update(S->store, put_host_row, other, &E));
	OK(store_update(S->store, move_intents, other, &E));
	OK(op_recover(S, NULL, &n, &E));
	op_recover_abandoned(S);
	cr_assert_eq(n, 0);
	cr_assert_eq(count_of(&intent_class), 2);
	FAILS(VXE_BUSY, op_recover_object(S, VM_A, &E));
	FAILS(VXE_BUSY, describe(VM_A, "new"));
	expect_description(VM_A, "");
	/* a host without a record has left the pool */
	OK(store_update(S->store, drop_host_row, other, &E));
	OK(op_recover(S, NULL, &n, &E));
	cr_assert_eq(n, 2);
	expect_description(VM_A, "of the dead");
}

/*
 * Recovery comes first: otherwise its value would replace the new one, or the command would fail.
 */
Test(op, a_new_value_stays_over_what_recovery_brings)
{
	two_machines();
	OK(describe(VM_A, "new"));
	expect_description(VM_A, "new");
	cr_assert_eq(count_of(&intent_class), 1);
	OK(op_recover(S, NULL, NULL, &E));
	expect_description(VM_A, "new");
	expect_description(VM_B, "of the dead");
}

/* ---- libvirt's definitions ------------------------------------------------------------------------ */

/*
 * Prepares the count of syncs of the folder @name below that of the definitions, while a VM is
 * changed or a network made.
 */
static void watch_folder(const char *name)
{
	static char domains[PATH_MAX], folder[PATH_MAX];

	snprintf(domains, sizeof(domains), "%s/libvirt/qemu", dir);
	snprintf(folder, sizeof(folder), "%s%s", domains, name);
	write_text("libvirt/qemu/networks/net.xml", "");
	write_text("libvirt/storage/pool.xml", "");
	write_text("libvirt/qemu/autostart/a.xml", "");
	write_text("libvirt/qemu/networks/autostart/net.xml", "");
	write_text("libvirt/storage/autostart/pool.xml", "");
	S->config.definitions_dir = domains;
	sync_folder = folder;
	syncs = 0;
}

static void make_network(const char *name)
{
	const struct network_new net = { .name_label = name, .mtu = 1500, .managed = true };
	_cleanup_free_ char *uuid = NULL;

	OK(network_create(S, &net, &uuid, &E));
}

static void one_machine(void)
{
	make_image("a.qcow2", NULL, NULL);
	add_domain(VM_A, "a", "a.qcow2");
	OK(adopt_domains(S, &E));
}

Test(op, a_changed_definition_is_synced_once)
{
	one_machine();
	watch_folder("");
	OK(describe(VM_A, "new"));
	cr_assert_eq(syncs, 1);
	watch_folder("/networks");
	OK(describe(VM_A, "newer"));
	cr_assert_eq(syncs, 0);
}

Test(op, a_pause_changes_no_definition)
{
	one_machine();
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	watch_folder("");
	OK(vm_pause(S, VM_A, &E));
	OK(vm_unpause(S, VM_A, &E));
	cr_assert_eq(syncs, 0);
}

Test(op, a_new_network_is_synced_in_its_own_folder)
{
	OK(adopt_domains(S, &E));
	watch_folder("");
	make_network("one");
	cr_assert_eq(syncs, 0);
	watch_folder("/networks");
	make_network("two");
	cr_assert_eq(syncs, 1);
}

/* libvirt's links select the domains that start with the host; a power cut must not undo them. */
Test(op, what_starts_with_the_host_is_synced_when_it_changes)
{
	const struct filter on = { "other-config:auto_poweron", "true" };

	one_machine();
	watch_folder("/autostart");
	OK(describe(VM_A, "new"));
	cr_assert_eq(syncs, 0);
	OK(param_set(S, view_by_prefix("vm"), VM_A, &on, 1, &E));
	cr_assert_eq(syncs, 1);
	watch_folder("/networks/autostart");
	make_network("two");
	cr_assert_eq(syncs, 1);
}

Test(op, what_the_dead_changed_is_synced)
{
	static const char *const folders[] = { "", "/networks", "/../storage", "/autostart",
		"/networks/autostart", "/../storage/autostart" };

	one_machine();
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		leave_intent(VM_A, folders[i]);
		watch_folder(folders[i]);
		OK(op_recover_object(S, VM_A, &E));
		cr_assert_eq(syncs, 1, "%s", folders[i]);
	}
}

Test(op, no_result_is_noted_while_the_folder_cannot_be_synced)
{
	one_machine();
	watch_folder("");
	sync_error = EIO;
	cr_assert_eq(describe(VM_A, "new"), -1);
	cr_assert(strstr(E.params[E.n_params - 1], strerror(EIO)));
	error_clear(&E);
	expect_description(VM_A, "");
	cr_assert_eq(count_of(&intent_class), 1);
	sync_error = 0;
	OK(op_recover_object(S, VM_A, &E));
	expect_description(VM_A, "new");
	sync_error = EINVAL; /* such a file system cannot sync folders */
	OK(describe(VM_A, "newer"));
}

/* ---- power cuts ------------------------------------------------------------------------------------ */

/*
 * The definition with the new layer had not reached the disk, and the guest had not written to the
 * layer. So the guest's disk is the old layer again, which was frozen already.
 */
Test(op, what_was_frozen_behind_a_lost_switch_is_written_to_again)
{
	const struct vm_snapshot_args args = { .name_label = "lost" };
	_cleanup_free_ char *before = NULL, *uuid = NULL, *path = xasprintf("%s/a.qcow2", dir);
	struct content_stat f;

	one_machine();
	hv_mock_set_state(mock, VM_A, HV_RUNNING);
	before = xstrdup(hv_mock_xml(mock, VM_A, HV_XML_INACTIVE));
	S->config.failpoints = (struct failpoints){ .spec = "vm-snapshot:freeze:after=error" };
	FAILS(VXE_FAILPOINT, vm_snapshot(S, VM_A, &args, &uuid, &E));
	S->config.failpoints = (struct failpoints){ 0 };
	OK(content_stat(image_at(path), &f, &E));
	cr_assert_eq(f.mode & 0222, 0);

	hv_mock_set_state(mock, VM_A, HV_SHUTOFF);
	hv_mock_set_xml(mock, VM_A, HV_XML_INACTIVE, before);
	next_command();
	OK(op_recover_object(S, VM_A, &E));
	cr_assert_eq(count_of(&intent_class), 0);
	OK(content_stat(image_at(path), &f, &E));
	cr_assert_neq(f.mode & 0200, 0);
}

/* ---- intents of older versions ------------------------------------------------------------------ */

/* An offline merge into a raw file, in the form from before each disk of a plan had its format. */
static const char old_merge[] =
	"{\"object\":\"" VM_A "\",\"commit\":2,\"running\":false,\"disks\":[{"
	"\"old_node\":\"" VM_B "\",\"old_path\":\"/d/overlay.qcow2\",\"old_format\":\"qcow2\","
	"\"new_node\":\"" VM_A "\",\"new_path\":\"/d/base.img\",\"virtual_size\":1048576,"
	"\"old_mode\":384,\"make\":false,\"freeze\":false}],\"nodes\":[],\"changes\":[],"
	"\"extra\":{\"new-format\":\"raw\"}}";

Test(op, an_old_merge_into_raw_is_one_still)
{
	_cleanup_plan_ struct plan p = { 0 };

	OK(plan_decode(old_merge, &coalesce_commit_op, &p, &E));
	cr_assert_eq(p.n_disks, 1);
	cr_assert_str_eq(p.disks[0].new_format, "raw");
	cr_assert_str_eq(p.disks[0].old_format, "qcow2");
}
