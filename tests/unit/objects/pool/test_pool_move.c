/* SPDX-License-Identifier: MIT */
/* A host's records are moved to the store of a pool: whole or not at all, whenever it is killed. */
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "objects/classes/host/pool.h"
#include "objects/classes/network/network_records.h"
#include "objects/classes/vm/vm.h"
#include "objects/domain/adopt.h"
#include "objects/pool/pool_move.h"
#include "objects/model/json.h"
#include "objects/start/own_records.h"
#include "tests/unit/host_fixture.h"

static char pool[PATH_MAX]; /* the store of the pool */

static void open_own(void)
{
	session_close(TAKE(S));
	session_start(&store_sqlite_ops);
}

static void start(void)
{
	host_start();
	snprintf(pool, sizeof(pool), "%s/pool", dir);
	hv_mock_add_network(mock, "cccccccc-0000-4000-8000-000000000001", "default", "virbr0");
	session_start(&store_sqlite_ops);
	make_image("a.qcow2", NULL, NULL);
	add_domain(VM_A, "a", "a.qcow2");
	add_domain(VM_B, "b", "a.qcow2");
	OK(adopt_domains(S, &E));
	for (size_t i = 0; classes[i]; i++)
		if (classes[i]->refresh)
			OK(classes[i]->refresh(S, &E));
	open_own();
}

TestSuite(pool_move, .init = start, .fini = host_stop);

/* All records of the session's store as text, without what a move adds to them. */
static char *records_text(void)
{
	_cleanup_json_ struct json_object *all = json_object_new_object();
	_cleanup_txn_ struct txn *t = NULL;

	OK(txn_begin(S->store, TXN_READ, &t, &E));
	for (size_t i = 0; classes[i]; i++) {
		_cleanup_records_ struct records rows = { 0 };
		struct json_object *to = json_object_new_object();

		json_object_object_add(all, classes[i]->name, to);
		OK(records_load(t, classes[i], NULL, NULL, &rows, &E));
		for (size_t k = 0; k < rows.n; k++) {
			struct json_object *doc = record_encode(classes[i], rows.items[k]);

			json_object_object_del(doc, "move");
			json_object_object_del(doc, "on_hosts");
			json_object_object_del(doc, "facts");
			json_object_object_add(
				to, ((const struct record *)rows.items[k])->uuid, doc);
		}
	}
	return xstrdup(json_object_to_json_string(all));
}

static char *move_in(const char *where)
{
	_cleanup_store_ struct store *store = NULL;
	_cleanup_txn_ struct txn *t = NULL;
	const struct session_config c = host_config(&store_sqlite_ops);
	struct pool *p;

	OK(store_open_at(&store, &c, where, false, &E));
	OK(txn_begin(store, TXN_READ, &t, &E));
	OK(pool_get(t, S->store_uuid, &p, &E));
	char *move = xstrdup(p->move);

	pool_free(p);
	return move;
}

static bool is_moved(void)
{
	return S->mark.store && str_eq(S->config.store, pool) &&
		str_eq(S->config.host, S->here->uuid);
}

static void expect_moved(const char *before)
{
	open_own();
	_cleanup_free_ char *after = records_text();
	_cleanup_free_ char *move = move_in(pool);
	_cleanup_free_ char *path = at("store/pool");
	struct stat st;

	cr_expect(is_moved());
	cr_expect_str_eq(after, before);
	cr_expect_str_eq(move, "");
	cr_expect(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
}

Test(pool_move, all_records_are_in_the_pool)
{
	_cleanup_free_ char *before = records_text();
	_cleanup_free_ char *uuid = xstrdup(S->store_uuid);

	OK(pool_init(S, pool, &E));
	expect_moved(before);
	cr_expect_str_eq(S->store_uuid, uuid);
	cr_expect_eq(count_of(&vm_class) > 1, true);

	_cleanup_records_ struct records networks = all_of(&network_class);
	const struct network *net = NULL;

	for (size_t i = 0; i < networks.n; i++)
		if (((const struct network *)networks.items[i])->mirrors)
			net = networks.items[i];
	cr_assert(net);
	cr_expect_str_eq(map_get(&net->on_hosts, S->here->uuid), net->r.uuid);
	FAILS(VXE_IN_POOL, pool_init(S, pool, &E));
}

/* In a pool, also of one host, a record says which host's libvirt has the network. */
Test(pool_move, a_network_of_after_names_its_host)
{
	static const char uuid[] = "cccccccc-0000-4000-8000-000000000002";

	OK(pool_init(S, pool, &E));
	open_own();
	hv_mock_add_network(mock, uuid, "later", "virbr1");
	OK(networks_refresh(S, &E));
	_cleanup_(network_free_cleanup) struct network *net = find(&network_class, uuid);
	cr_assert(net);
	cr_expect_str_eq(map_get(&net->on_hosts, S->here->uuid), uuid);
}

Test(pool_move, a_vm_without_a_home_gets_this_host)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);

	str_replace(&vm->home, NULL);
	save(&vm_class, vm);
	OK(pool_init(S, pool, &E));
	open_own();
	_cleanup_(vm_free_cleanup) struct vm *now = find(&vm_class, VM_A);
	cr_expect_str_eq(now->home, S->here->uuid);
}

static bool file_says(const char *path, const char *word)
{
	_cleanup_free_ char *text = machine_text(NULL, path);

	return text && strstr(text, word);
}

/* Runs pool_init() in a child that dies at a step. */
static void die_at(const char *step)
{
	session_close(TAKE(S));
	fflush(NULL);
	pid_t child = fork();
	int status;

	if (child == 0) {
		_cleanup_free_ char *spec = xasprintf("pool-init:%s=die", step);

		session_start(&store_sqlite_ops);
		S->config.failpoints.spec = spec;
		(void)!pool_init(S, pool, &E);
		_exit(0);
	}
	cr_assert(child > 0 && waitpid(child, &status, 0) == child);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "%s", step);
	session_start(&store_sqlite_ops);
}

static int delete_vm(struct txn *t, void *ctx, struct vxe_error *err)
{
	return txn_del(t, vm_class.name, ctx, err);
}

Test(pool_move, killed_before_the_commit_point_the_own_records_count)
{
	static const char *const steps[] = { "mark", "mark:after", "stop:after" };
	_cleanup_free_ char *before = records_text();

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		die_at(steps[i]);
		_cleanup_free_ char *now = records_text();

		cr_expect(!S->mark.store, "%s", steps[i]);
		cr_expect_str_eq(now, before);
	}
	/* what changes now must arrive */
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);

	str_replace(&vm->name_description, "changed");
	save(&vm_class, vm);
	char gone[] = VM_B;
	OK(store_update(S->store, delete_vm, gone, &E));
	_cleanup_free_ char *changed = records_text();

	OK(pool_init(S, pool, &E));
	expect_moved(changed);
}

Test(pool_move, killed_after_the_commit_point_the_records_of_the_pool_count)
{
	_cleanup_free_ char *before = records_text();

	die_at("copy:after");
	expect_moved(before);
}

Test(pool_move, killed_at_the_end_the_records_of_the_pool_count)
{
	_cleanup_free_ char *before = records_text();

	die_at("end:after");
	expect_moved(before);
}

/* What becomes of the mover is not known as long as its pool cannot be asked. */
Test(pool_move, after_a_kill_the_pool_must_answer)
{
	struct session_config c = host_config(&store_sqlite_ops);
	struct session *s = NULL;
	_cleanup_free_ char *file = xasprintf("%s/" STORE_FILE, pool);

	die_at("stop:after");
	session_close(TAKE(S));
	/* the session of die_at() has noted the answer; so it is killed once more */
	session_start(&store_sqlite_ops);
	OK(own_records_note(S->store, POOL_MOVING, &E));
	session_close(TAKE(S));
	cr_assert(chmod(file, 0) == 0 && truncate(file, 5) == 0);
	cr_expect_lt(session_open(&s, &c, &E), 0);
	cr_expect_eq(E.code, VXE_STORE_UNUSABLE);
	cr_expect_str_eq(E.params[0], pool);
	cr_expect(strstr(E.params[1], "a move of this host's records was cut off"), "%s",
		E.params[1]);
	error_clear(&E);
	cr_assert(unlink(file) == 0);
	session_start(&store_sqlite_ops);
	cr_expect(!S->mark.store);
}

Test(pool_move, while_records_move_nobody_else_works)
{
	_cleanup_free_ char *path = at("log");
	struct session_config c = host_config(&store_sqlite_ops);
	struct session *s = NULL;
	pid_t child;
	int status;

	session_close(TAKE(S));
	fflush(NULL);
	child = fork();
	if (child == 0) {
		session_start(&store_sqlite_ops);
		S->config.failpoints.spec = "pool-init:stop:after=sleep:1500";
		S->config.failpoints.log = path;
		_exit(pool_init(S, pool, &E) < 0);
	}
	session_start(&store_sqlite_ops);
	_cleanup_(vm_free_cleanup) struct vm *vm = find(&vm_class, VM_A);

	for (int i = 0; i < 1000 && !file_says(path, "stop:after"); i++)
		usleep(10000);
	FAILS(VXE_BUSY, session_open(&s, &c, &E));
	FAILS(VXE_TRY_AGAIN,
		store_update(S->store, save_body, &(struct save_one){ &vm_class, vm }, &E));
	cr_assert(waitpid(child, &status, 0) == child);
	cr_expect_eq(status, 0);
	open_own();
	cr_expect(is_moved());
}

Test(pool_move, a_session_of_before_writes_nothing_more)
{
	struct session *old = TAKE(S);
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	session_start(&store_sqlite_ops);
	vm = find(&vm_class, VM_A);
	OK(pool_init(S, pool, &E));
	FAILS(VXE_TRY_AGAIN,
		store_update(old->store, save_body, &(struct save_one){ &vm_class, vm }, &E));
	session_close(old);
}

Test(pool_move, another_pool_is_left_alone)
{
	struct session_config c = host_config(&store_sqlite_ops);
	struct session *other;

	c.store = pool;
	OK(session_open(&other, &c, &E));
	OK(session_prepare(other, &E));
	struct session *mine = S;

	S = other;
	_cleanup_free_ char *before = records_text();
	S = mine;
	FAILS(VXE_POOL_EXISTS, pool_init(S, pool, &E));
	S = other;
	_cleanup_free_ char *after = records_text();
	S = mine;
	cr_expect_str_eq(after, before);
	session_close(other);
	open_own();
	cr_expect(!S->mark.store);
}

static void count_planned(void *ctx, const struct planned *line)
{
	(void)line;
	++*(int *)ctx;
}

Test(pool_move, a_dry_run_changes_nothing)
{
	const struct session_config c = host_config(&store_sqlite_ops);
	struct wishes w = { .dry_run = true };
	_cleanup_free_ char *before = records_text(), *mark = at("store/pool");
	struct store *empty;
	int lines = 0;

	OK(store_open_at(&empty, &c, pool, false, &E));
	store_close(empty);
	S->ui.planned = count_planned;
	S->ui.ctx = &lines;
	session_wish(S, &w);
	FAILS(VXE_PLANNED, pool_init(S, pool, &E));
	session_wish(S, NULL);
	cr_expect(lines > 5);
	cr_expect(access(mark, F_OK) < 0);
	S->ui.ctx = NULL;
	open_own();
	_cleanup_free_ char *after = records_text();

	cr_expect_str_eq(after, before);
	cr_expect(!S->mark.store);
}

Test(pool_move, without_its_mark_a_moved_host_says_so)
{
	struct session_config c = host_config(&store_sqlite_ops);
	_cleanup_free_ char *path = at("store/pool");
	struct session *s = NULL;

	OK(pool_init(S, pool, &E));
	cr_assert(unlink(path) == 0);
	FAILS(VXE_STORE_UNUSABLE, session_open(&s, &c, &E));
}
