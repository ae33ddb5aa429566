/* SPDX-License-Identifier: MIT */
/*
 * A year of runs on the memory store, with a clock that is only pretended, against the model: each run, each snapshot
 * taken and deleted, through gaps in which the machine was off and jumps of the clock.
 */
#include "tests/unit/world.h"

#include "backends/machine/time_zone.h"
#include "objects/base/clock.h"
#include "objects/base/uuid.h"
#include "objects/classes/common/message_class.h"
#include "objects/schedule/schedule_run.h"
#include "objects/schedule/schedule_week.h"
#include "tests/unit/objects/schedule/model.h"

#define SCHEDULE U(90)
#define MOST 2000

TestSuite(schedule_run, .init = world_make, .fini = world_free);

static unsigned state = 4711;

static unsigned random_below(unsigned n)
{
	state = state * 1103515245U + 12345U;
	return (state >> 8) % n;
}

static void clock_at(int64_t now)
{
	clock_pretend(0);
	clock_pretend(now - clock_wall());
}

/* ---- deeds on the records alone -------------------------------------------------------------- */

static struct {
	size_t n, taken, removed;
	int64_t at[MOST], slot[MOST];
	char *uuid[MOST];
	enum vxe_code fails;
	const char *only; /* fails for this VM alone; NULL: for each */
} have;

static int take(
	struct session *s, const struct vmss *v, const char *vm, char **ret, struct vxe_error *err)
{
	(void)s;
	if (have.fails && (!have.only || str_eq(have.only, vm)))
		return have.fails == VXE_BUSY
			? vxe_fail(err, VXE_BUSY, vm, "somebody")
			: vxe_fail(err, VM_BAD_POWER_STATE, vm, "running", "halted");
	struct vm *snapshot = record_new(&vm_class);

	snapshot->r.uuid = uuid_new();
	snapshot->is_a_template = snapshot->is_a_snapshot = snapshot->is_vmss_snapshot = true;
	str_replace(&snapshot->snapshot_of, vm);
	str_replace(&snapshot->taken_by, v->r.uuid);
	snapshot->taken_slot = v->open_slot;
	snapshot->snapshot_time = clock_wall();
	*ret = xstrdup(snapshot->r.uuid);
	cr_assert_lt(have.n, MOST);
	have.at[have.n] = snapshot->snapshot_time;
	have.slot[have.n] = snapshot->taken_slot;
	have.uuid[have.n++] = xstrdup(snapshot->r.uuid);
	have.taken++;
	world_put(&vm_class, snapshot);
	return 0;
}

static int drop_body(struct txn *t, void *ctx, struct vxe_error *err)
{
	return txn_del(t, vm_class.name, ctx, err);
}

static void forget(size_t i)
{
	free(have.uuid[i]);
	memmove(&have.uuid[i], &have.uuid[i + 1], (have.n - i - 1) * sizeof(have.uuid[0]));
	memmove(&have.at[i], &have.at[i + 1], (have.n - i - 1) * sizeof(have.at[0]));
	memmove(&have.slot[i], &have.slot[i + 1], (have.n - i - 1) * sizeof(have.slot[0]));
	have.n--;
}

static int drop(struct session *s, const struct vmss *v, const struct strv *snapshots,
	struct vxe_error *err)
{
	(void)v;
	for (size_t i = 0; i < snapshots->n; i++) {
		size_t k = 0;

		while (k < have.n && !str_eq(have.uuid[k], snapshots->items[i]))
			k++;
		cr_assert_lt(k, have.n, "it deletes what is not its own");
		forget(k);
		have.removed++;
		if (store_update(s->store, drop_body, snapshots->items[i], err) < 0)
			return -1;
	}
	return 0;
}

static const struct schedule_deeds deeds = { take, drop };

static int tick(bool force, struct vxe_error *err)
{
	const struct schedule_args args = { .due = true, .force = force, .deeds = &deeds };
	_cleanup_strv_ struct strv made = { 0 };

	return schedule_run(world, &args, &made, err);
}

static int by_hand(const char *vm, struct vxe_error *err)
{
	const struct schedule_args args = { .schedule = SCHEDULE, .vm = vm, .deeds = &deeds };
	_cleanup_strv_ struct strv made = { 0 };

	return schedule_run(world, &args, &made, err);
}

/* ---- what is on record ----------------------------------------------------------------------- */

static struct vmss *schedule_now(void)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct vmss *v = NULL;
	struct txn *t;

	ok(txn_begin(world->store, TXN_READ, &t, &err), &err);
	ok(vmss_get(t, SCHEDULE, &v, &err), &err);
	txn_abort(t);
	return v;
}

static size_t messages(const char *name)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_records_ struct records all = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	size_t n = 0;

	ok(txn_begin(world->store, TXN_READ, &t, &err), &err);
	ok(records_load(t, &message_class, NULL, NULL, &all, &err), &err);
	for (size_t i = 0; i < all.n; i++)
		n += str_eq(((const struct message *)all.items[i])->name, name);
	return n;
}

/* ---- the year -------------------------------------------------------------------------------- */

struct expected {
	struct vmss v;
	int64_t counted; /* slots until then have run, or were skipped */
	bool first;	 /* nothing was deleted yet: no limit */
	/* The minutes before @seen were looked at: */
	int64_t seen, most,
		last; /* most: the latest that the clocks have shown; last: the last slot */
};

static void look_again(struct expected *x)
{
	x->seen = x->counted / MINUTE * MINUTE - 3 * HOUR;
	x->most = face_at(x->seen).shown - 1;
	x->last = 0;
}

static bool is_slot(struct expected *x, int64_t at)
{
	struct face f = face_at(at);
	bool slot = f.shown > x->most && wanted(&x->v, &f);

	for (int64_t shown = x->most + 1; shown < f.shown && !slot; shown++) {
		struct face out = left_out(shown);

		slot = wanted(&x->v, &out);
	}
	if (f.shown > x->most)
		x->most = f.shown;
	return slot;
}

/* The last slot after x->counted and not after @now; 0: none. */
static int64_t slot_until(struct expected *x, int64_t now)
{
	_cleanup_zone_ struct zone before = zone_enter(NULL, x->v.timezone);

	if (!x->seen || now < x->seen)
		look_again(x);
	for (; x->seen <= now; x->seen += MINUTE)
		if (is_slot(x, x->seen) && x->seen > x->counted)
			x->last = x->seen;
	return x->last;
}

static int compare_times(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* How many of the snapshots would go now; those of the future do not count. */
static size_t victims(struct expected *x, int64_t now)
{
	const struct retain_rule r = { x->v.retained_snapshots, x->v.keep_hourly, x->v.keep_daily,
		x->v.keep_weekly, x->v.keep_monthly, x->v.keep_days * DAY };
	_cleanup_zone_ struct zone before = zone_enter(NULL, x->v.timezone);
	int64_t past[ARRAY_LEN(have.at)];
	size_t n = 0, n_past = 0;

	for (size_t i = 0; i < have.n; i++)
		if (have.at[i] <= now + SNAPSHOT_AHEAD)
			past[n_past++] = have.at[i] < now ? have.at[i] : now;
	qsort(past, n_past, sizeof(*past), compare_times);
	for (size_t i = 0; i < n_past; i++)
		n += !expected(&r, past, n_past, i, now);
	return n;
}

/* Before the clock was set back. */
static bool is_taken(int64_t slot)
{
	for (size_t i = 0; i < have.n; i++)
		if (have.slot[i] == slot)
			return true;
	return false;
}

static void one_tick(struct expected *x, int64_t now)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const size_t taken = have.taken, removed = have.removed, before = have.n;

	if (x->counted - now > SCHEDULE_AHEAD) {
		x->counted = now;
		x->seen = 0;
	}
	int64_t slot = slot_until(x, now);
	const bool again = slot && is_taken(slot);
	bool runs = slot && !again && (x->v.missed_run == VMSS_ONCE || now - slot <= 900);

	clock_at(now);
	int r = tick(false, &err);

	if (slot)
		x->counted = slot;
	x->last = 0;
	cr_assert_eq(have.taken - taken, runs, "at %ld: slot %ld", (long)now, (long)slot);
	if (!runs) {
		cr_assert_leq(have.removed - removed, !again ? 0 : x->first ? before : 2);
		return;
	}
	cr_assert_leq(have.removed - removed, x->first ? before : 2);
	size_t left = victims(x, now);

	if (r == 0) {
		cr_assert_leq(
			left, x->first ? 0 : 8, "at %ld: %zu should have gone", (long)now, left);
		cr_assert(!left || x->first || have.removed - removed == 2);
		x->first = false;
	} else {
		cr_assert_eq(err.code, VXE_SCHEDULE_FAILED);
		cr_assert_gt(left, 10);
		cr_assert_eq(have.removed, removed);
	}
}

static void begin(struct expected *x, const struct vmss *v, int64_t now)
{
	struct vmss *record = record_copy(&vmss_class, v);

	world_put(&vmss_class, record);
	while (have.n)
		forget(have.n - 1);
	have.fails = VXE_OK;
	have.only = NULL;
	*x = (struct expected){ .v = *v, .counted = now, .first = true };
}

static struct vmss *new_schedule(
	enum vmss_frequency f, const char *hour, const char *min, const char *days, int64_t now)
{
	struct vmss *v = world_new(&vmss_class, SCHEDULE);
	struct vmss when = schedule(f, hour, min, days);

	str_replace(&v->name_label, "nightly");
	v->frequency = f;
	map_copy(&v->schedule, &when.schedule);
	map_clear(&when.schedule);
	v->counted_from = now;
	return v;
}

static void new_member(const char *uuid, const char *name)
{
	struct vm *vm = world_vm(uuid, name);

	str_replace(&vm->snapshot_schedule, SCHEDULE);
	world_put(&vm_class, vm);
}

static void member(void)
{
	new_member(U(02), "web");
}

#define BEGIN INT64_C(1798761600)		/* 20270101T00:00:00Z */
#define LEAP_BEGIN (BEGIN + INT64_C(365) * DAY) /* 20280101T00:00:00Z */

static void clear_snapshots(void)
{
	_cleanup_error_ struct vxe_error err = { 0 };

	while (have.n) {
		ok(store_update(world->store, drop_body, have.uuid[have.n - 1], &err), &err);
		forget(have.n - 1);
	}
}

/* @step: the shortest time between two looks. */
static void a_year(struct vmss *v, int64_t from, unsigned step, bool wild)
{
	struct expected x;
	int64_t now = from;

	member();
	begin(&x, v, now);
	while (now < from + 366 * (int64_t)DAY) {
		one_tick(&x, now);
		now += step + random_below(step / 2);
		if (wild && !random_below(400)) /* the machine was off */
			now += random_below(10 * DAY);
		if (wild && !random_below(700)) /* the clock is set back */
			now -= random_below(2 * DAY);
	}
	cr_assert_gt(have.taken, 40);
	clear_snapshots();
	have.taken = have.removed = 0;
	record_free(&vmss_class, v);
}

Test(schedule_run, a_year_of_hours_with_tiers, .timeout = 1200)
{
	struct vmss *v = new_schedule(VMSS_HOURLY, NULL, "15", NULL, BEGIN);

	v->retained_snapshots = 2;
	v->keep_hourly = 4;
	v->keep_daily = 5;
	v->keep_weekly = 3;
	v->keep_monthly = 3;
	str_replace(&v->timezone, "Europe/Berlin");
	a_year(v, BEGIN, 600, false);
}

Test(schedule_run, a_leap_year_of_days_with_gaps_and_jumps, .timeout = 1200)
{
	struct vmss *v = new_schedule(VMSS_DAILY, "2", "30", NULL, LEAP_BEGIN);

	v->retained_snapshots = 3;
	v->keep_weekly = 6;
	str_replace(&v->timezone, "America/New_York");
	a_year(v, LEAP_BEGIN, 600, true);
}

Test(schedule_run, a_year_of_weeks_by_age_that_skips_what_was_missed, .timeout = 1200)
{
	struct vmss *v = new_schedule(VMSS_WEEKLY, "23", "45", "Monday,Thursday,Sunday", BEGIN);

	v->retained_snapshots = 2;
	v->keep_days = 60;
	v->missed_run = VMSS_SKIP;
	str_replace(&v->timezone, "Australia/Lord_Howe");
	a_year(v, BEGIN, 600, true);
}

Test(schedule_run, a_leap_year_of_hours_by_number, .timeout = 1200)
{
	a_year(new_schedule(VMSS_HOURLY, NULL, "0", NULL, LEAP_BEGIN), LEAP_BEGIN, 900, true);
}

/* ---- single cases ---------------------------------------------------------------------------- */

Test(schedule_run, a_clock_far_ahead_deletes_nothing_and_is_found_out)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_(vmss_free_cleanup) struct vmss *v =
		new_schedule(VMSS_DAILY, "0", "0", NULL, BEGIN);
	struct expected x;

	member();
	v->retained_snapshots = 2;
	v->keep_days = 30;
	begin(&x, v, BEGIN);
	for (int i = 1; i <= 20; i++)
		one_tick(&x, BEGIN + i * (int64_t)DAY);
	cr_assert_eq(have.n, 20);
	clock_at(BEGIN + 400 * (int64_t)DAY);
	cr_assert_eq(tick(false, &err), -1); /* all but two are too old now */
	cr_assert_eq(err.code, VXE_SCHEDULE_FAILED);
	cr_assert_eq(have.n, 21);
	cr_assert_eq(messages("VMSS_SNAPSHOT_FAILED"), 1);
	_cleanup_(vmss_free_cleanup) struct vmss *asked = schedule_now();

	cr_assert_not_null(strstr(asked->last_error, code_info(VXE_SCHEDULE_DELETES)->text));
	error_clear(&err);
	clock_at(BEGIN + 21 * (int64_t)DAY); /* the clock is right again */
	ok(tick(false, &err), &err);
	cr_assert_eq(have.n, 21);
	clock_at(BEGIN + 22 * (int64_t)DAY);
	ok(tick(false, &err), &err);
	cr_assert_eq(have.n, 22);
	clock_at(BEGIN + 401 * (int64_t)DAY);
	cr_assert_eq(tick(true, &err), 0); /* force=true */
	cr_assert_eq(have.n, 2);
	clear_snapshots();
}

/* Looks each five minutes; @back: once, behind the middle, the clock is set back by so much. */
static void look_from_to(int64_t from, int64_t to, int64_t back)
{
	for (int64_t now = from; now < to; now += 300) {
		_cleanup_error_ struct vxe_error err = { 0 };

		clock_at(now);
		ok(tick(false, &err), &err);
		if (back && now > (from + to) / 2) {
			now -= back;
			back = 0;
		}
	}
}

static const struct {
	const char *zone, *hour, *min;
	int64_t from, slot; /* a day, and the only run in it */
} changes[] = {
	/* The clocks jump over 02:30: at the jump, at 03:00. */
	{ "Europe/Berlin", "2", "30", INT64_C(1806188400), INT64_C(1806195600) },
	/* 02:30 comes twice: the first time. */
	{ "Europe/Berlin", "2", "30", INT64_C(1824933600), INT64_C(1824942600) },
	{ "America/New_York", "2", "15", INT64_C(1805000400), INT64_C(1805007600) },
	{ "America/New_York", "1", "15", INT64_C(1825560000), INT64_C(1825564500) },
	/* By half an hour. */
	{ "Australia/Lord_Howe", "2", "15", INT64_C(1822483800), INT64_C(1822491000) },
	{ "Australia/Lord_Howe", "1", "45", INT64_C(1806757200), INT64_C(1806763500) },
	/* No change, the 29th of February. */
	{ "UTC", "0", "0", LEAP_BEGIN + (31 + 28) * (int64_t)DAY,
		LEAP_BEGIN + (31 + 28) * (int64_t)DAY },
};

Test(schedule_run, one_run_on_each_day_on_which_the_clocks_change)
{
	member();
	for (size_t i = 0; i < ARRAY_LEN(changes); i++)
		for (int64_t back = 0; back <= 4 * HOUR; back += 4 * HOUR) {
			const int64_t from = changes[i].from;
			_cleanup_(vmss_free_cleanup) struct vmss *v = new_schedule(
				VMSS_DAILY, changes[i].hour, changes[i].min, NULL, from - HOUR);
			struct expected x;

			str_replace(&v->timezone, changes[i].zone);
			begin(&x, v, from - HOUR);
			look_from_to(from, from + 20 * HOUR, back);
			cr_assert_eq(have.n, 1, "%zu: %zu runs", i, have.n);
			/* The real time goes on meanwhile. */
			int64_t late = have.at[0] - changes[i].slot;

			cr_assert(late >= 0 && late < MINUTE, "%zu: at %ld", i, (long)have.at[0]);
			clear_snapshots();
		}
}

static char zone_root[PATH_MAX];

static void zone_is(const char *root, const char *zone)
{
	_cleanup_free_ char *etc = xasprintf("%s/etc", root),
			    *link = xasprintf("%s/localtime", etc),
			    *to = xasprintf("/usr/share/zoneinfo/%s", zone);

	(void)mkdir(etc, 0700);
	(void)unlink(link);
	cr_assert_eq(symlink(to, link), 0);
}

/* Its clocks are set back by five hours: 02:15 comes once more on that day, and is not made up for when it has passed. */
Test(schedule_run, the_zone_of_the_host_changes)
{
	_cleanup_(vmss_free_cleanup) struct vmss *v =
		new_schedule(VMSS_DAILY, "2", "15", NULL, BEGIN);
	struct expected x;

	scratch_dir(zone_root, "zone");
	zone_is(zone_root, "UTC");
	world->config.root = zone_root;
	member();
	begin(&x, v, BEGIN);
	look_from_to(BEGIN, BEGIN + 12 * HOUR, 0);
	cr_assert_eq(have.n, 1);
	zone_is(zone_root, "America/New_York");
	look_from_to(BEGIN + 12 * HOUR, BEGIN + 24 * HOUR, 0);
	cr_assert_eq(have.n, 1, "nothing was missed");
	look_from_to(BEGIN + 24 * HOUR, BEGIN + 36 * HOUR, 0);
	cr_assert_eq(have.n, 2);
	int64_t late = have.at[1] - (BEGIN + 31 * HOUR + 15 * MINUTE);

	cr_assert(late >= 0 && late < MINUTE, "at %ld", (long)have.at[1]);
	clear_snapshots();
	world->config.root = "/nonexistent";
}

Test(schedule_run, a_vm_in_use_is_tried_until_the_next_slot)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_(vmss_free_cleanup) struct vmss *v =
		new_schedule(VMSS_HOURLY, NULL, "0", NULL, BEGIN);
	struct expected x;

	member();
	begin(&x, v, BEGIN);
	have.fails = VXE_BUSY;
	clock_at(BEGIN + HOUR + 5);
	ok(tick(false, &err), &err);
	clock_at(BEGIN + HOUR + 65);
	ok(tick(false, &err), &err);
	cr_assert_eq(have.n, 0);
	_cleanup_(vmss_free_cleanup) struct vmss *open = schedule_now();

	cr_assert_eq(open->open_slot, BEGIN + HOUR);
	cr_assert_not_null(strstr(open->last_error, "web"));
	have.fails = VXE_OK;
	clock_at(BEGIN + HOUR + 125);
	ok(tick(false, &err), &err);
	cr_assert_eq(have.n, 1);
	clock_at(BEGIN + HOUR + 185);
	ok(tick(false, &err), &err);
	cr_assert_eq(have.n, 1);
	have.fails = VXE_BUSY;
	clock_at(BEGIN + 2 * HOUR + 5);
	ok(tick(false, &err), &err);
	cr_assert_eq(messages("VMSS_SNAPSHOT_LOCK_FAILED"), 0);
	have.fails = VXE_OK;
	clock_at(BEGIN + 3 * HOUR + 5);
	ok(tick(false, &err), &err);
	cr_assert_eq(messages("VMSS_SNAPSHOT_LOCK_FAILED"), 1);
	cr_assert_eq(have.n, 2);
	clear_snapshots();
}

Test(schedule_run, a_failure_is_a_message_and_is_not_repeated_in_the_slot)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_(vmss_free_cleanup) struct vmss *v =
		new_schedule(VMSS_HOURLY, NULL, "0", NULL, BEGIN);
	struct expected x;

	member();
	begin(&x, v, BEGIN);
	have.fails = VM_BAD_POWER_STATE;
	clock_at(BEGIN + HOUR + 5);
	cr_assert_eq(tick(false, &err), -1);
	cr_assert_eq(err.code, VXE_SCHEDULE_FAILED);
	error_clear(&err);
	cr_assert_eq(messages("VMSS_SNAPSHOT_FAILED"), 1);
	clock_at(BEGIN + HOUR + 65);
	ok(tick(false, &err), &err);
	cr_assert_eq(messages("VMSS_SNAPSHOT_FAILED"), 1);
	clear_snapshots();
}

/* The second schedule has no VM, so that it cannot fail. */
Test(schedule_run, a_failure_is_told_although_the_next_schedule_succeeds)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_(vmss_free_cleanup) struct vmss *v =
		new_schedule(VMSS_HOURLY, NULL, "0", NULL, BEGIN);
	struct vmss *second = record_copy(&vmss_class, v);
	struct expected x;

	str_replace(&second->r.uuid, U(91));
	world_put(&vmss_class, second);
	member();
	begin(&x, v, BEGIN);
	have.fails = VM_BAD_POWER_STATE;
	clock_at(BEGIN + HOUR + 5);
	cr_assert_eq(tick(false, &err), -1);
	cr_assert_eq(err.code, VXE_SCHEDULE_FAILED);
	clear_snapshots();
}

Test(schedule_run, what_is_kept_by_hand_or_not_its_own_stays)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_(vmss_free_cleanup) struct vmss *v =
		new_schedule(VMSS_HOURLY, NULL, "0", NULL, BEGIN);
	struct vm *mine = world_vm(U(11), "by hand"), *kept = world_vm(U(12), "kept"),
		  *other = world_vm(U(13), "other");
	struct expected x;

	member();
	mine->is_a_snapshot = kept->is_a_snapshot = other->is_a_snapshot = true;
	mine->is_a_template = kept->is_a_template = other->is_a_template = true;
	str_replace(&mine->snapshot_of, U(02));
	str_replace(&kept->snapshot_of, U(02));
	str_replace(&other->snapshot_of, U(02));
	str_replace(&kept->taken_by, SCHEDULE); /* is-vmss-snapshot=false */
	str_replace(&other->taken_by, U(91));
	other->is_vmss_snapshot = true;
	world_put(&vm_class, mine);
	world_put(&vm_class, kept);
	world_put(&vm_class, other);
	v->retained_snapshots = 1;
	begin(&x, v, BEGIN);
	for (int i = 1; i < 6; i++) {
		clock_at(BEGIN + i * HOUR);
		ok(tick(false, &err), &err); /* drop() asserts that it is one of have */
	}
	cr_assert_eq(have.n, 1);
	clear_snapshots();
}

Test(schedule_run, two_runs_by_hand_in_one_second_take_two)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_(vmss_free_cleanup) struct vmss *v =
		new_schedule(VMSS_HOURLY, NULL, "0", NULL, BEGIN);
	struct expected x;

	member();
	begin(&x, v, BEGIN);
	clock_at(BEGIN + 5);
	ok(by_hand(NULL, &err), &err);
	clock_at(BEGIN + 5);
	ok(by_hand(NULL, &err), &err);
	cr_assert_eq(have.n, 2);
	clear_snapshots();
}

Test(schedule_run, a_run_for_one_vm_by_hand_leaves_the_slots_alone)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_(vmss_free_cleanup) struct vmss *v =
		new_schedule(VMSS_HOURLY, NULL, "0", NULL, BEGIN);
	struct expected x;

	member();
	new_member(U(03), "db");
	begin(&x, v, BEGIN);
	clock_at(BEGIN + 5);
	ok(by_hand(U(03), &err), &err);
	cr_assert_eq(have.n, 1);
	clock_at(BEGIN + 65);
	ok(tick(false, &err), &err);
	cr_assert_eq(have.n, 1, "the others are not due");
	have.fails = VXE_BUSY;
	have.only = U(02);
	clock_at(BEGIN + HOUR + 5);
	ok(tick(false, &err), &err);
	cr_assert_eq(have.n, 2);
	ok(by_hand(U(03), &err), &err);
	have.fails = VXE_OK;
	clock_at(BEGIN + HOUR + 65);
	ok(tick(false, &err), &err);
	cr_assert_eq(have.n, 4, "the VM that was in use has its turn");
	clear_snapshots();
}

/* A VM's host is asked for a snapshot that it has taken: the run that asked first was killed. */
Test(schedule_run, a_snapshot_of_a_run_that_was_killed_is_not_taken_again)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_(vmss_free_cleanup) struct vmss *v =
		new_schedule(VMSS_HOURLY, NULL, "0", NULL, BEGIN);
	const struct schedule_args args = {
		.schedule = SCHEDULE, .vm = U(02), .slot = BEGIN, .deeds = &deeds
	};
	_cleanup_strv_ struct strv made = { 0 };
	struct expected x;

	member();
	begin(&x, v, BEGIN);
	for (int i = 0; i < 2; i++)
		ok(schedule_run(world, &args, &made, &err), &err);
	cr_assert_eq(have.n, 1);
	cr_assert_str_eq(made.items[0], made.items[1]);
	clear_snapshots();
}

/* A VM in use keeps the slot open; what failed in it is still to be seen, and both are told. */
Test(schedule_run, a_failure_stays_on_record_while_another_vm_is_in_use)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_(vmss_free_cleanup) struct vmss *v =
		new_schedule(VMSS_HOURLY, NULL, "0", NULL, BEGIN);
	struct expected x;

	member();
	new_member(U(03), "db");
	begin(&x, v, BEGIN);
	have.fails = VM_BAD_POWER_STATE;
	have.only = U(03);
	clock_at(BEGIN + HOUR + 5);
	cr_assert_eq(tick(false, &err), -1);
	error_clear(&err);
	cr_assert_eq(have.n, 1);
	have.fails = VXE_BUSY;
	have.only = U(02);
	clock_at(BEGIN + 2 * HOUR + 5);
	ok(tick(false, &err), &err);
	have.fails = VM_BAD_POWER_STATE;
	have.only = U(02);
	clock_at(BEGIN + 2 * HOUR + 65);
	cr_assert_eq(tick(false, &err), -1);
	error_clear(&err);
	have.fails = VXE_OK;
	clock_at(BEGIN + 2 * HOUR + 125);
	ok(tick(false, &err), &err);
	_cleanup_(vmss_free_cleanup) struct vmss *now = schedule_now();

	cr_assert_not_null(strstr(now->last_error, "web"), "%s", now->last_error);
	cr_assert_eq(now->open_slot, 0);
	clock_at(BEGIN + 3 * HOUR + 5);
	ok(tick(false, &err), &err);
	_cleanup_(vmss_free_cleanup) struct vmss *next = schedule_now();

	cr_assert_str_empty(next->last_error);
	clear_snapshots();
}

Test(schedule_run, a_failure_beside_a_vm_in_use_is_kept_until_the_next_slot)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_(vmss_free_cleanup) struct vmss *v =
		new_schedule(VMSS_HOURLY, NULL, "0", NULL, BEGIN);
	struct expected x;

	member();
	begin(&x, v, BEGIN);
	v->open_slot = BEGIN;
	strv_add(&v->failed, U(03));
	strv_add(&v->busy, "web");
	str_replace(&v->last_error, "VM 'db': no space");
	world_put(&vmss_class, record_copy(&vmss_class, v));
	clock_at(BEGIN + 65);
	ok(tick(false, &err), &err);
	_cleanup_(vmss_free_cleanup) struct vmss *now = schedule_now();

	cr_assert_str_eq(now->last_error, "VM 'db': no space");
	cr_assert_eq(have.n, 1);
	clear_snapshots();
}

/* A run that was killed, and not repeated until the next slot. */
Test(schedule_run, a_run_that_did_not_end_is_told)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_(vmss_free_cleanup) struct vmss *v =
		new_schedule(VMSS_HOURLY, NULL, "0", NULL, BEGIN);
	struct expected x;

	member();
	begin(&x, v, BEGIN);
	v->open_slot = BEGIN;
	world_put(&vmss_class, record_copy(&vmss_class, v));
	clock_at(BEGIN + HOUR + 5);
	ok(tick(false, &err), &err);
	cr_assert_eq(messages("VMSS_SNAPSHOT_FAILED"), 1);
	cr_assert_eq(messages("VMSS_SNAPSHOT_LOCK_FAILED"), 0);
	cr_assert_eq(have.n, 1);
	clear_snapshots();
}

Test(schedule_run, the_week_that_is_foretold_comes)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_(vmss_free_cleanup) struct vmss *v =
		new_schedule(VMSS_HOURLY, NULL, "0", NULL, BEGIN);
	_cleanup_week_ struct schedule_week week = { 0 };
	struct expected x;
	size_t stay = 0;

	member();
	v->retained_snapshots = 3;
	v->keep_daily = 4;
	begin(&x, v, BEGIN);
	for (int i = 1; i <= 30; i++)
		one_tick(&x, BEGIN + i * (int64_t)HOUR);
	const size_t there = have.n;

	ok(schedule_week(world, v, U(02), &week, &err), &err);
	cr_assert_eq(week.there, there);
	cr_assert_gt(week.n, (size_t)6 * 24);
	for (size_t i = 0; i < week.n; i++)
		one_tick(&x, week.runs[i].at);
	for (size_t i = 0; i < week.n; i++) {
		bool is = false;

		for (size_t k = 0; k < have.n; k++)
			is = is || have.at[k] == week.runs[i].at;
		cr_expect_eq(is, week.runs[i].stays, "run %zu of day %d", i, week.runs[i].day);
		stay += is;
	}
	cr_expect_eq(there - week.gone, have.n - stay);
	cr_expect_eq(stay, 6);
	clear_snapshots();
}
