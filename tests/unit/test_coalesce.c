/* SPDX-License-Identifier: MIT */
/*
 * Merging layers that nothing names, with real files below a mock hypervisor: whatever a VDI names
 * reads the same before and after, also when something goes wrong in the middle.
 */
#include "objects/merge.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "backends/image.h"
#include "tests/unit/layers.h"
#include "tests/unit/leak.h"

TestSuite(coalesce, .fini = no_leaks, .timeout = 300);

/* ---- scenes ---------------------------------------------------------------------------------- */

/*
 * A scene is a tree with one layer that nothing names (N, m in some), the VDIs and machines on it,
 * and what has to be there at the end.
 */
struct scene {
	const char *name;
	struct layer layers[6];
	struct {
		char vdi, node;
		bool snapshot;
	} vdis[6];
	struct {
		char          vm;
		const char   *vdis;
		enum hv_state state;
	} vms[4];
	const char *gone, *kept; /* nodes whose files and records are gone, or there */
	struct {
		char vdi, node;
	} then[6];
	const char *writable; /* of the kept ones; all others have no write bits */
	const char *op;       /* whose failpoints are tried on it; NULL: none */
};

#define FROZEN NODE_MADE, NODE_FROZEN, NULL
#define LEAF NODE_MADE, NODE_WRITABLE, NULL

static const struct scene scenes[] = {
	{ "halted, the small layer goes up",
		{ { 'R', 0, FROZEN, 0, 15 }, { 'N', 'R', FROZEN, 2, 3 }, { 'L', 'N', LEAF, 3, 9 } },
		{ { 's', 'R', true }, { 'v', 'L', false } }, { { 'W', "v", HV_SHUTOFF } }, "N",
		"RL", { { 's', 'R' }, { 'v', 'L' } }, "L",
		"coalesce-pull" },
	{ "halted, the small leaf goes down and the definition follows",
		{ { 'R', 0, FROZEN, 0, 15 }, { 'N', 'R', FROZEN, 2, 13 }, { 'L', 'N', LEAF, 3, 4 } },
		{ { 's', 'R', true }, { 'v', 'L', false } }, { { 'W', "v", HV_SHUTOFF } }, "L",
		"RN", { { 's', 'R' }, { 'v', 'N' } }, "N", "coalesce-commit" },
	{ "halted, the user's raw file takes its overlay in",
		{ { 'U', 0, NODE_ADOPTED_LEAF, NODE_FROZEN, "raw", 0, 1 },
			{ 'L', 'U', LEAF, 1, 12 } },
		{ { 'v', 'L', false } }, { { 'W', "v", HV_SHUTOFF } }, "L", "U", { { 'v', 'U' } },
		"U", NULL },
	{ "halted, a snapshot with two overlays goes down",
		{ { 'N', 0, FROZEN, 0, 15 }, { 'C', 'N', FROZEN, 4, 5 }, { 'L', 'C', LEAF, 0, 1 },
			{ 'M', 'C', LEAF, 8, 9 } },
		{ { 's', 'C', true }, { 'v', 'L', false }, { 'w', 'M', false } },
		{ { 'W', "v", HV_SHUTOFF }, { 'X', "w", HV_SHUTOFF } }, "C", "NLM",
		{ { 's', 'N' }, { 'v', 'L' }, { 'w', 'M' } }, "LM", "coalesce-commit" },
	{ "halted, the base of all goes up",
		{ { 'N', 0, FROZEN, 0, 1 }, { 'C', 'N', FROZEN, 1, 9 }, { 'L', 'C', LEAF, 3, 4 } },
		{ { 's', 'C', true }, { 'v', 'L', false } }, { { 'W', "v", HV_SHUTOFF } }, "N",
		"CL", { { 's', 'C' }, { 'v', 'L' } }, "L", NULL },
	{ "running, a middle layer goes down",
		{ { 'R', 0, FROZEN, 0, 15 }, { 'N', 'R', FROZEN, 2, 3 }, { 'C', 'N', FROZEN, 3, 9 },
			{ 'L', 'C', LEAF, 0, 0 } },
		{ { 's', 'R', true }, { 't', 'C', true }, { 'v', 'L', false } },
		{ { 'W', "v", HV_RUNNING } }, "C", "RNL", { { 't', 'N' }, { 'v', 'L' } }, "L",
		"coalesce-commit" },
	{ "running, the layer under the active one goes up",
		{ { 'R', 0, FROZEN, 0, 15 }, { 'N', 'R', FROZEN, 2, 3 }, { 'L', 'N', LEAF, 3, 9 } },
		{ { 's', 'R', true }, { 'v', 'L', false } }, { { 'W', "v", HV_RUNNING } }, "N",
		"RL", { { 's', 'R' }, { 'v', 'L' } }, "L",
		"coalesce-pull" },
	{ "running, the active layer goes down",
		{ { 'R', 0, FROZEN, 0, 15 }, { 'N', 'R', FROZEN, 2, 13 }, { 'L', 'N', LEAF, 3, 4 } },
		{ { 's', 'R', true }, { 'v', 'L', false } }, { { 'W', "v", HV_RUNNING } }, "L",
		"RN", { { 's', 'R' }, { 'v', 'N' } }, "N", "coalesce-commit" },
	{ "running, all of an unnamed base goes up",
		{ { 'N', 0, FROZEN, 0, 1 }, { 'L', 'N', LEAF, 3, 9 } }, { { 'v', 'L', false } },
		{ { 'W', "v", HV_RUNNING } }, "N", "L", { { 'v', 'L' } }, "L", NULL },
	{ "a whole unnamed branch goes",
		{ { 'R', 0, FROZEN, 0, 15 }, { 'N', 'R', FROZEN, 2, 3 }, { 'm', 'N', FROZEN, 3, 9 },
			{ 'L', 'R', LEAF, 1, 1 } },
		{ { 's', 'R', true }, { 'v', 'L', false } }, { { 'W', "v", HV_RUNNING } }, "Nm",
		"RL", { { 's', 'R' }, { 'v', 'L' } }, "L", NULL },
	{ "two unnamed layers in a row",
		{ { 'R', 0, FROZEN, 0, 15 }, { 'N', 'R', FROZEN, 2, 3 }, { 'm', 'N', FROZEN, 3, 5 },
			{ 'L', 'm', LEAF, 5, 12 } },
		{ { 's', 'R', true }, { 'v', 'L', false } }, { { 'W', "v", HV_SHUTOFF } }, "Nm",
		"RL", { { 's', 'R' }, { 'v', 'L' } }, "L", NULL },
};

/* What the VDIs read at first, by the scene; to be the same ever after. */
struct contents {
	char text[6][CLUSTERS + 1];
};

static void expected_content(const struct scene *sc, char node, char text[CLUSTERS + 1])
{
	const struct layer *n = sc->layers;

	while (n->name != node)
		n++;
	if (n->parent)
		expected_content(sc, n->parent, text);
	else
		memset(text, '.', CLUSTERS);
	for (int i = n->first; n->last && i <= n->last; i++)
		text[i] = node;
	text[CLUSTERS] = '\0';
}

/* @from: another fixture of the same scene whose files are copied; NULL: they are made. */
static void copy_scene(struct layers *l, const struct scene *sc, const struct store_ops *engine,
	const struct layers *from, struct contents *c)
{
	layers_open(l, engine);
	l->from = from ? from->dir : NULL;
	for (size_t i = 0; sc->layers[i].name; i++)
		layers_add(l, &sc->layers[i]);
	for (size_t i = 0; sc->vdis[i].vdi; i++) {
		layers_vdi(l, sc->vdis[i].vdi, sc->vdis[i].node, sc->vdis[i].snapshot);
		expected_content(sc, sc->vdis[i].node, c->text[i]);
	}
	for (size_t i = 0; sc->vms[i].vm; i++)
		layers_vm(l, sc->vms[i].vm, sc->vms[i].vdis, sc->vms[i].state);
	layers_sync(l);
}

static void set_scene(struct layers *l, const struct scene *sc, struct contents *c)
{
	copy_scene(l, sc, NULL, NULL, c);
}

/* What the machine's first disk would read if it were started, or reads. */
static void expect_machine(const struct layers *l, const struct scene *sc, char vm, char vdi,
	enum hv_xml which, const struct contents *c, const char *when)
{
	_cleanup_free_ char *now = layers_read_node(l, layers_disk(l, vm, "vda", which));
	size_t i = 0;

	while (sc->vdis[i].vdi != vdi)
		i++;
	cr_assert_str_eq(now, c->text[i], "%s, %s: machine %c reads %s, was %s", sc->name, when, vm,
		now, c->text[i]);
}

static bool is_of_machine(const struct layers *l, const struct scene *sc, char vdi)
{
	for (size_t i = 0; sc->vms[i].vm; i++)
		if (sc->vms[i].vdis[0] == vdi)
			return layers_disk(l, sc->vms[i].vm, "vda", HV_XML_INACTIVE) ==
				layers_node_of(l, vdi);
	return false;
}

static void expect_contents(
	const struct layers *l, const struct scene *sc, const struct contents *c, const char *when)
{
	for (size_t i = 0; sc->vdis[i].vdi; i++) {
		if (is_of_machine(l, sc, sc->vdis[i].vdi))
			continue;
		_cleanup_free_ char *now = layers_read(l, sc->vdis[i].vdi);

		cr_assert_str_eq(now, c->text[i], "%s, %s: VDI %c reads %s, was %s", sc->name, when,
			sc->vdis[i].vdi, now, c->text[i]);
	}
	for (size_t i = 0; sc->vms[i].vm; i++) {
		expect_machine(l, sc, sc->vms[i].vm, sc->vms[i].vdis[0], HV_XML_INACTIVE, c, when);
		if (hv_is_active(sc->vms[i].state) &&
			layers_disk(l, sc->vms[i].vm, "vda", HV_XML_LIVE) !=
				layers_disk(l, sc->vms[i].vm, "vda", HV_XML_INACTIVE))
			expect_machine(
				l, sc, sc->vms[i].vm, sc->vms[i].vdis[0], HV_XML_LIVE, c, when);
	}
}

static void expect_clean(struct layers *l, const struct scene *sc, const char *when)
{
	_cleanup_free_ char *findings = layers_check(l);

	cr_assert_str_empty(findings, "%s, %s: %s", sc->name, when, findings);
}

/* The machines' definitions and live disks name the files of their VDIs. */
static void expect_disks(const struct layers *l, const struct scene *sc)
{
	for (size_t i = 0; sc->vms[i].vm; i++) {
		char node = layers_node_of(l, sc->vms[i].vdis[0]);

		cr_assert_eq(
			layers_disk(l, sc->vms[i].vm, "vda", HV_XML_INACTIVE), node, "%s", sc->name);
		if (hv_is_active(sc->vms[i].state))
			cr_assert_eq(layers_disk(l, sc->vms[i].vm, "vda", HV_XML_LIVE), node, "%s",
				sc->name);
	}
}

static void expect_end(
	struct layers *l, const struct scene *sc, const struct contents *c, const char *when)
{
	for (const char *n = sc->gone; *n; n++) {
		_cleanup_(node_free_cleanup) struct node *node = layers_node(l, *n);

		cr_assert(!node, "%s, %s: the record of %c is left", sc->name, when, *n);
		cr_assert(!layers_file(l, *n), "%s, %s: the file of %c is left", sc->name, when,
			*n);
		cr_assert_eq(layers_node_of(l, *n), 0, "%s: a base copy is left", sc->name);
	}
	for (const char *n = sc->kept; *n; n++) {
		cr_assert(layers_file(l, *n), "%s, %s: %c is gone", sc->name, when, *n);
		cr_assert_eq(layers_writable(l, *n), strchr(sc->writable, *n) != NULL,
			"%s, %s: write bits of %c", sc->name, when, *n);
	}
	for (size_t i = 0; sc->then[i].vdi; i++)
		cr_assert_eq(layers_node_of(l, sc->then[i].vdi), sc->then[i].node, "%s, %s: VDI %c",
			sc->name, when, sc->then[i].vdi);
	expect_contents(l, sc, c, when);
	expect_disks(l, sc);
	expect_clean(l, sc, when);
}

static struct coalesce_result run(struct layers *l)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct coalesce_result r;

	cr_assert_eq(coalesce(l->s, NULL, NULL, &r, &err), 0, "%s", code_info(err.code)->name);
	return r;
}

Test(coalesce, every_scene_ends_as_planned)
{
	for (size_t i = 0; i < ARRAY_LEN(scenes); i++) {
		struct layers l;
		struct contents c = { 0 };

		set_scene(&l, &scenes[i], &c);
		expect_contents(&l, &scenes[i], &c, "before");
		expect_clean(&l, &scenes[i], "before");
		struct coalesce_result r = run(&l);

		expect_end(&l, &scenes[i], &c, "after");
		cr_assert_eq(r.waiting, 0, "%s", scenes[i].name);
		cr_assert_gt(r.merged + r.removed, 0);
		layers_close(&l);
	}
}

/* ---- what goes wrong ------------------------------------------------------------------------- */

/* The failpoints of one operation: behind a step is the same place as before the next one. */
struct names {
	const char *op;
	struct strv all;
};

static void take_name(void *ctx, const char *name)
{
	struct names *n = ctx;

	if (str_starts(name, n->op) && (!str_ends(name, ":after") || str_ends(name, "t:after")))
		strv_add(&n->all, name);
}

static void failpoints_of(const char *op, struct names *ret)
{
	ret->op = op;
	op_failpoints(take_name, ret);
	cr_assert_gt(ret->all.n, 8, "%s", op);
}

static void recover(struct layers *l, const char *when)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	cr_assert_eq(op_recover(l->s, NULL, NULL, &err), 0, "%s: %s", when,
		code_info(err.code)->name);
}

static void fail_at(const struct scene *sc, const struct layers *from, const char *name)
{
	_cleanup_free_ char *spec = xasprintf("%s=error", name);
	struct contents c;
	struct layers l;

	copy_scene(&l, sc, NULL, from, &c);
	l.s->config.failpoints = (struct failpoints){ .spec = spec };
	struct coalesce_result r = run(&l);

	cr_assert_gt(r.waiting, 0, "%s: %s does not fail", sc->name, spec);
	expect_contents(&l, sc, &c, spec);
	l.s->config.failpoints = (struct failpoints){ 0 };
	recover(&l, spec);
	expect_clean(&l, sc, spec);
	run(&l);
	expect_end(&l, sc, &c, spec);
	layers_close(&l);
}

Test(coalesce, an_error_at_any_failpoint_costs_nothing)
{
	for (size_t i = 0; i < ARRAY_LEN(scenes); i++) {
		struct names names = { 0 };
		struct contents c;
		struct layers from;

		if (!scenes[i].op)
			continue;
		failpoints_of(scenes[i].op, &names);
		set_scene(&from, &scenes[i], &c);
		for (size_t k = 0; k < names.all.n; k++)
			fail_at(&scenes[i], &from, names.all.items[k]);
		layers_close(&from);
		strv_clear(&names.all);
	}
}

/* In a child; what it did to the store and the files is left, its memory is not. */
static void die_in_child(struct layers *l, const char *spec)
{
	int status;
	pid_t pid;

	session_close(TAKE(l->s));
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		layers_reopen(l);
		l->s->config.failpoints = (struct failpoints){ .spec = spec };
		run(l);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status), "%s was not reached", spec);
	layers_reopen(l);
}

static void die_at(const struct scene *sc, const struct layers *from, const char *name)
{
	_cleanup_free_ char *spec = xasprintf("%s=die", name);
	struct contents c;
	struct layers l;

	copy_scene(&l, sc, &store_sqlite_ops, from, &c);
	die_in_child(&l, spec);
	expect_contents(&l, sc, &c, spec);
	recover(&l, spec);
	expect_clean(&l, sc, spec);
	run(&l);
	expect_end(&l, sc, &c, spec);
	layers_close(&l);
}

/* Scenes in which no definition changes: the mock's domains would die with the child. */
Test(coalesce, a_death_at_any_failpoint_costs_nothing)
{
	static const size_t offline[] = { 0, 3 };

	for (size_t i = 0; i < ARRAY_LEN(offline); i++) {
		const struct scene *sc = &scenes[offline[i]];
		struct names names = { 0 };
		struct contents c;
		struct layers from;

		failpoints_of(sc->op, &names);
		set_scene(&from, sc, &c);
		for (size_t k = 0; k < names.all.n; k++)
			die_at(sc, &from, names.all.items[k]);
		layers_close(&from);
		strv_clear(&names.all);
	}
}

/* A job that fails, before or after its work: the second is done all the same. */
Test(coalesce, a_failing_job_is_left_for_later)
{
	static const enum hv_mock_when whens[] = { HV_MOCK_BEFORE, HV_MOCK_AFTER };
	static const char *const slots[] = { "merge_start", "poll" };

	for (size_t i = 5; i <= 7; i++)
		for (size_t k = 0; k < 4; k++) {
			struct layers l;
			struct contents c = { 0 };

			set_scene(&l, &scenes[i], &c);
			hv_mock_fail(l.mock, slots[k % 2], 0, whens[k / 2], "no");
			run(&l);
			expect_contents(&l, &scenes[i], &c, "failed");
			expect_disks(&l, &scenes[i]);
			expect_clean(&l, &scenes[i], "failed");
			run(&l);
			expect_end(&l, &scenes[i], &c, "repeated");
			layers_close(&l);
		}
}

static bool say_stop(void *ctx)
{
	return ++*(int *)ctx > 2;
}

Test(coalesce, it_stops_when_asked_to)
{
	struct layers l;
	struct contents c = { 0 };
	int asked = 0;

	set_scene(&l, &scenes[5], &c);
	hv_mock_set_job_polls(l.mock, 1000);
	l.s->ui.cancelled = say_stop;
	l.s->ui.ctx = &asked;
	struct coalesce_result r = run(&l);

	cr_assert_eq(r.merged, 0);
	expect_contents(&l, &scenes[5], &c, "stopped");
	expect_clean(&l, &scenes[5], "stopped");
	l.s->ui.cancelled = NULL;
	hv_mock_set_job_polls(l.mock, 3);
	run(&l);
	expect_end(&l, &scenes[5], &c, "afterwards");
	layers_close(&l);
}

/* ---- strangers and readers ------------------------------------------------------------------- */

static void expect_nothing_done(struct layers *l, const struct scene *sc, const struct contents *c)
{
	struct coalesce_result r = run(l);

	cr_assert_eq(r.merged + r.removed, 0, "%s", sc->name);
	cr_assert_eq(r.waiting, 1);
	for (const char *n = sc->gone; *n; n++)
		cr_assert(layers_file(l, *n));
	expect_contents(l, sc, c, "waiting");
}

static void make_stranger(const struct layers *l, char below, const char *dir)
{
	_cleanup_free_ char *base = layers_path(l, below);
	_cleanup_free_ char *path = xasprintf("%s/%s/stranger.img", l->dir, dir);
	_cleanup_error_ struct vxe_error err = { 0 };
	const struct image_overlay o = { path, base, "qcow2", 1 << 20 };

	cr_assert_eq(image_make_overlays(&o, 1, NULL, &err), 0);
}

static void drop_stranger(const struct layers *l, const char *dir)
{
	_cleanup_free_ char *path = xasprintf("%s/%s/stranger.img", l->dir, dir);

	cr_assert_eq(unlink(path), 0);
}

Test(coalesce, a_strangers_overlay_keeps_both_sides)
{
	for (size_t i = 0; i < 2; i++) {
		struct layers l;
		struct contents c = { 0 };

		set_scene(&l, &scenes[i], &c);
		make_stranger(&l, 'N', "images");
		expect_nothing_done(&l, &scenes[i], &c);
		drop_stranger(&l, "images");
		run(&l);
		expect_end(&l, &scenes[i], &c, "stranger gone");
		layers_close(&l);
	}
}

static void add_strange_domain(struct layers *l, const char *path)
{
	_cleanup_free_ char *xml = xasprintf(
		"<domain type='kvm'><name>stranger</name>"
		"<uuid>ffffffff-0000-4000-8000-000000000001</uuid><memory>1024</memory>"
		"<os><type>hvm</type></os><devices><disk type='file' device='disk'>"
		"<driver name='qemu' type='qcow2'/><source file='%s'/>"
		"<target dev='vda'/></disk></devices></domain>",
		path);

	hv_mock_add(l->mock, xml, HV_SHUTOFF);
}

Test(coalesce, a_strangers_domain_keeps_the_layer)
{
	struct layers l;
	struct contents c = { 0 };

	set_scene(&l, &scenes[0], &c);
	_cleanup_free_ char *path = layers_path(&l, 'N');
	add_strange_domain(&l, path);
	expect_nothing_done(&l, &scenes[0], &c);
	layers_close(&l);
}

/* An overlay in no directory of ours, found through the domain that uses it. */
Test(coalesce, a_domain_on_a_hidden_overlay_keeps_the_layer)
{
	struct layers l;
	struct contents c = { 0 };

	set_scene(&l, &scenes[0], &c);
	_cleanup_free_ char *hidden = xasprintf("%s/hidden", l.dir);
	cr_assert_eq(mkdir(hidden, 0700), 0);
	make_stranger(&l, 'N', "hidden");
	_cleanup_free_ char *path = xasprintf("%s/stranger.img", hidden);
	add_strange_domain(&l, path);
	expect_nothing_done(&l, &scenes[0], &c);
	layers_close(&l);
}

Test(coalesce, a_reader_is_waited_for)
{
	struct layers l;
	struct lease *lease;
	struct contents c = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };

	set_scene(&l, &scenes[1], &c);
	cr_assert_eq(store_lease(l.s->store, id_of('N'), LEASE_SHARED, false, &lease, &err), 0);
	expect_nothing_done(&l, &scenes[1], &c);
	store_release(lease);
	run(&l);
	expect_end(&l, &scenes[1], &c, "reader gone");
	layers_close(&l);
}

Test(coalesce, a_file_that_is_open_goes_later)
{
	struct layers l;
	struct contents c = { 0 };
	struct flock lock = { .l_type = F_RDLCK, .l_start = 100, .l_len = 1 };

	set_scene(&l, &scenes[5], &c);
	_cleanup_free_ char *path = layers_path(&l, 'C');
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	cr_assert_eq(fcntl(fd, F_OFD_SETLK, &lock), 0);
	struct coalesce_result r = run(&l);

	cr_assert_eq(r.merged, 1);
	cr_assert(layers_file(&l, 'C'));
	_cleanup_(node_free_cleanup) struct node *n = layers_node(&l, 'C');
	cr_assert_eq(n->state, NODE_DOOMED);
	expect_contents(&l, &scenes[5], &c, "open");
	expect_clean(&l, &scenes[5], "open");
	close(fd);
	run(&l);
	expect_end(&l, &scenes[5], &c, "closed");
	layers_close(&l);
}

static void start_it(struct hv_mock *m, void *ctx)
{
	hv_mock_set_state(m, ctx, HV_RUNNING);
}

/* virsh start between the copy and the definition: the machine stays on the file it started on. */
Test(coalesce, a_start_in_between_is_noticed)
{
	struct layers l;
	struct contents c = { 0 };
	_cleanup_free_ char *vm = xstrdup(id_of('W'));

	set_scene(&l, &scenes[1], &c);
	hv_mock_before(l.mock, "define", start_it, vm);
	struct coalesce_result r = run(&l);

	cr_assert_eq(layers_disk(&l, 'W', "vda", HV_XML_LIVE), layers_node_of(&l, 'v'));
	cr_assert_eq(layers_disk(&l, 'W', "vda", HV_XML_INACTIVE), layers_node_of(&l, 'v'));
	cr_assert_leq(r.merged, 1);
	cr_assert(layers_writable(&l, layers_node_of(&l, 'v')));
	expect_contents(&l, &scenes[1], &c, "started");
	expect_clean(&l, &scenes[1], "started");
	layers_close(&l);
}

/* ---- nodes ----------------------------------------------------------------------------------- */

Test(coalesce, somebodys_file_is_forgotten_not_removed)
{
	struct layers l;

	layers_open(&l, NULL);
	layers_add(&l, &(struct layer){ 'U', 0, NODE_ADOPTED_LEAF, NODE_FROZEN, NULL, 0, 3 });
	layers_add(&l, &(struct layer){ 'B', 0, NODE_ADOPTED_BASE, NODE_FROZEN, NULL, 0, 3 });
	layers_sync(&l);
	struct coalesce_result r = run(&l);

	cr_assert_eq(r.removed, 0);
	for (const char *n = "UB"; *n; n++) {
		_cleanup_(node_free_cleanup) struct node *node = layers_node(&l, *n);

		cr_assert(layers_file(&l, *n));
		cr_assert(!node);
		cr_assert_eq(layers_node_of(&l, *n), 0);
	}
	layers_close(&l);
}

Test(coalesce, node_remove_refuses_what_is_in_use)
{
	struct layers l;
	struct contents c = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };

	set_scene(&l, &scenes[0], &c);
	for (const char *n = "RNL"; *n; n++) { /* a VDI, a layer above, a VDI */
		cr_assert_eq(node_remove(l.s, id_of(*n), &err), -1);
		cr_assert_eq(err.code, VXE_DEPENDENTS);
		error_clear(&err);
		cr_assert(layers_file(&l, *n));
	}
	cr_assert_eq(node_remove(l.s, id_of('z'), &err), 0, "what is gone is gone");
	layers_add(&l, &(struct layer){ 'A', 0, NODE_ADOPTED_LEAF, NODE_FROZEN, NULL, 0, 0 });
	cr_assert_eq(node_remove(l.s, id_of('A'), &err), -1);
	cr_assert(layers_file(&l, 'A'));
	layers_close(&l);
}

Test(coalesce, chains_and_paths_lead_to_nodes)
{
	struct layers l;
	struct contents c = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records chain = { 0 };
	_cleanup_(node_free_cleanup) struct node *found = NULL, *none = NULL;
	_cleanup_locks_ struct locks locks = { 0 };

	set_scene(&l, &scenes[0], &c);
	_cleanup_free_ char *path = layers_path(&l, 'N'), *other = xasprintf("%s.old", path);
	cr_assert_eq(txn_begin(l.s->store, TXN_READ, &t, &err), 0);
	cr_assert_eq(node_chain(t, id_of('L'), &chain, &err), 0);
	cr_assert_eq(chain.n, 3);
	cr_assert_str_eq(((struct node *)chain.items[0])->r.uuid, id_of('L'));
	cr_assert_str_eq(((struct node *)chain.items[2])->r.uuid, id_of('R'));
	cr_assert_eq(node_by_path(t, path, &found, &err), 0);
	cr_assert_str_eq(found->r.uuid, id_of('N'));
	cr_assert_eq(node_by_path(t, other, &none, &err), 0);
	cr_assert(!none);
	cr_assert_eq(node_lock_chain(t, id_of('L'), &locks, &err), 0);
	cr_assert(locks.n == 3 && locks_has(&locks, id_of('R')));
	txn_abort(TAKE(t));
	layers_close(&l);
}

Test(coalesce, vdi_move_lists_other_domains_and_refuses_running_ones)
{
	struct layers l;
	struct contents c = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_plan_ struct plan p = { 0 };
	_cleanup_strv_ struct strv domains = { 0 };
	void *vdi;

	set_scene(&l, &scenes[0], &c);
	_cleanup_(node_free_cleanup) struct node *to = layers_node(&l, 'R');
	cr_assert_eq(txn_begin(l.s->store, TXN_READ, &t, &err), 0);
	cr_assert_eq(record_load(t, &vdi_class, id_of('v'), &vdi, &err), 0);
	cr_assert_eq(vdi_move(l.s, t, vdi, to, &p, &err), 0);
	plan_domains(&p, &domains);
	cr_assert(domains.n == 1 && strv_has(&domains, id_of('W')));
	cr_assert(strv_has(&p.nodes, id_of('L')) && strv_has(&p.nodes, id_of('R')));
	hv_mock_set_state(l.mock, id_of('W'), HV_RUNNING);
	session_forget_domains(l.s);
	cr_assert_eq(vdi_move(l.s, t, vdi, to, &p, &err), -1);
	cr_assert_eq(err.code, VDI_IN_USE);
	record_free(&vdi_class, vdi);
	txn_abort(TAKE(t));
	layers_close(&l);
}
