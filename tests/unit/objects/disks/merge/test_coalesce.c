/* SPDX-License-Identifier: MIT */
/* Merges of layers: complete, interrupted at every failpoint, and stopped. */
#include "objects/check/check.h"
#include "objects/engine/op_recover.h"
#include "objects/disks/merge/coalesce.h"
#include "objects/disks/disks.h"
#include "tests/unit/scenes.h"

TestSuite(coalesce, .fini = no_leaks, .timeout = 3000);

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

/* The failpoints of one operation; the end of a step and the start of the next one count once. */
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

	cr_assert_eq(
		op_recover(l->s, NULL, NULL, &err), 0, "%s: %s", when, code_info(err.code)->name);
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

/* Runs a merge in a child; its changes of store and files remain, its memory does not. */
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

/* A job that fails, before or after its work: the second one is done nevertheless. */
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

static void keep_notice(void *ctx, const char *text)
{
	strv_add(ctx, text);
}

/* A merge waits, because the hypervisor's @call fails with @said. */
static void fail_merge(struct layers *l, const char *call, const char *said, struct strv *waits)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct coalesce_result r;
	struct contents c = { 0 };

	set_scene(l, &scenes[5], &c);
	hv_mock_fail(l->mock, call, 0, HV_MOCK_BEFORE, said);
	cr_assert_eq(coalesce(l->s, NULL, NULL, &r, waits, &err), 0);
	cr_assert_eq(r.waiting, 1);
}

/* A QEMU that once failed to sync a file fails each later merge of it, and the text says so. */
Test(coalesce, a_merge_that_fails_says_what_helps)
{
	_cleanup_strv_ struct strv told = { 0 };
	_cleanup_findings_ struct findings found = { 0 };
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_strv_ struct strv waits = { 0 };
	struct layers l;

	fail_merge(&l, "poll", "no", &waits);
	cr_assert(strstr(waits.items[0], "stop the VM and start it"), "%s", waits.items[0]);
	l.s->ui.notice = keep_notice;
	l.s->ui.ctx = &told;
	cr_assert_eq(check_all(l.s, true, &found, &err), 0);
	cr_assert_eq(told.n, 1);
	/* check does not know how a merge has failed */
	cr_assert(strstr(told.items[0], "'vxe sr-coalesce' merges it"), "%s", told.items[0]);
	cr_assert_not(strstr(told.items[0], "stop the VM"), "%s", told.items[0]);
	layers_close(&l);
}

/* libvirt refuses to begin: no file was synced, so a stop of the VM would not help. */
Test(coalesce, a_merge_that_is_refused_costs_no_stop)
{
	_cleanup_strv_ struct strv waits = { 0 };
	struct layers l;

	fail_merge(&l, "merge_start", "Need a root block node", &waits);
	cr_assert(strstr(waits.items[0], "Need a root block node"), "%s", waits.items[0]);
	cr_assert_not(strstr(waits.items[0], "stop the VM"), "%s", waits.items[0]);
	layers_close(&l);
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

/* ---- a QEMU that dies -------------------------------------------------------------------------- */

static void copy_bytes(const char *from, const char *to)
{
	char buf[1 << 16];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	size_t n;

	cr_assert(in && out, "%s to %s", from, to);
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		cr_assert_eq(fwrite(buf, 1, n, out), n);
	cr_assert_eq(fclose(in), 0);
	cr_assert_eq(fclose(out), 0);
}

/*
 * QEMU writes the new backing name to the header before the tables of the copied data are on the
 * disk. If it dies in between, only the layer to be removed has the data; vxe may have died, too.
 */
struct death {
	struct scene sc; /* the expected result */
	struct contents c;
	struct layers l;
	char *low, *kept; /* the target of the copy, and its content before */
};

static void note_low(struct death *d)
{
	d->low = layers_path(&d->l, 'N');
	d->kept = xasprintf("%s/kept", d->l.dir);
	copy_bytes(d->low, d->kept);
}

static void die_with_qemu(struct death *d, enum hv_state then, bool torn)
{
	d->sc = scenes[5];
	set_scene(&d->l, &d->sc, &d->c);
	note_low(d);
	d->l.s->config.failpoints = (struct failpoints){ .spec = "coalesce-commit:complete=error" };
	run(&d->l);
	cr_assert_eq(layers_header(&d->l, 'L'), 'N');
	cr_assert(layers_file(&d->l, 'C'));
	if (torn)
		copy_bytes(d->kept, d->low);
	hv_mock_set_state(d->l.mock, id_of('W'), HV_SHUTOFF);
	hv_mock_set_state(d->l.mock, id_of('W'), then);
	d->sc.vms[0].state = then;
	session_forget_domains(d->l.s->here);
	d->l.s->config.failpoints = (struct failpoints){ 0 };
}

static void end_death(struct death *d)
{
	recover(&d->l, "QEMU died");
	expect_contents(&d->l, &d->sc, &d->c, "QEMU died");
	expect_clean(&d->l, &d->sc, "QEMU died");
	run(&d->l);
	expect_end(&d->l, &d->sc, &d->c, "QEMU died");
	layers_close(&d->l);
	free(d->low);
	free(d->kept);
}

Test(coalesce, a_copy_of_a_qemu_that_died_is_not_believed)
{
	struct death d;

	die_with_qemu(&d, HV_SHUTOFF, true);
	end_death(&d);
}

static void end_death_once_halted(struct death *d)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	cr_assert_eq(op_recover(d->l.s, NULL, NULL, &err), -1);
	cr_assert_eq(err.code, VXE_DISK_CHANGED, "%s", code_info(err.code)->name);
	cr_assert_eq(layers_header(&d->l, 'L'), 'N');
	cr_assert(layers_file(&d->l, 'C'), "the only copy is gone");
	hv_mock_set_state(d->l.mock, id_of('W'), HV_SHUTOFF);
	d->sc.vms[0].state = HV_SHUTOFF;
	session_forget_domains(d->l.s->here);
	end_death(d);
}

/*
 * The guest was started again on the incomplete copy. Data that it wrote since then are in the
 * layer above.
 */
Test(coalesce, a_guest_on_half_a_copy_has_to_stop_first)
{
	struct death d;

	die_with_qemu(&d, HV_RUNNING, true);
	end_death_once_halted(&d);
}

Test(coalesce, a_guest_on_a_whole_copy_goes_on)
{
	struct death d;

	die_with_qemu(&d, HV_RUNNING, false);
	end_death(&d);
}

/* The same while vxe waits: the job is gone, the header names the copy, the guest runs. */
static void die_and_start(struct hv_mock *m, void *ctx)
{
	struct death *d = ctx;

	copy_bytes(d->kept, d->low);
	hv_mock_set_state(m, id_of('W'), HV_SHUTOFF);
	hv_mock_set_state(m, id_of('W'), HV_RUNNING);
}

static void when_asked_for_the_domain(struct hv_mock *m, void *ctx)
{
	hv_mock_before(m, "find", die_and_start, ctx);
}

Test(coalesce, a_guest_that_was_started_again_meanwhile_has_to_stop_first)
{
	struct death d = { .sc = scenes[5] };

	set_scene(&d.l, &d.sc, &d.c);
	note_low(&d);
	hv_mock_set_job_polls(d.l.mock, 0);
	hv_mock_before(d.l.mock, "poll", when_asked_for_the_domain, &d);
	run(&d.l);
	end_death_once_halted(&d);
}
