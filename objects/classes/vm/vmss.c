/* SPDX-License-Identifier: MIT */
/*
 * The fields of snapshot schedules, in xe's print order, and the checks of their values. Times are local times of the
 * schedule's time zone. Behaviour source: xen-api ocaml/xapi/xapi_vmss.ml.
 */
#include "objects/classes/vm/vmss.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "backends/machine/time_zone.h"
#include "objects/base/clock.h"
#include "objects/classes/common/message_class.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vmss_due.h"
#include "objects/model/enums.h"
#include "objects/model/read_txn.h"

#define MOST_SNAPSHOTS 10

/* ---- the schedule ---------------------------------------------------------------------------- */

static const char *const minutes[] = { "0", "15", "30", "45", NULL };
static const char *const weekdays[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
	"Saturday", "Sunday", NULL };

static const char *find_word(const char *const *words, const char *text)
{
	for (; *words; words++)
		if (strcasecmp(*words, text) == 0)
			return *words;
	return NULL;
}

static char *minute_value(const char *text)
{
	const char *word = find_word(minutes, text);

	return word ? xstrdup(word) : NULL;
}

/*
 * Checks the hour of a schedule, 0 to 23, and returns it as the user has typed it ("07" stays "07"); NULL: not valid.
 * Owned.
 */
static char *hour_value(const char *text)
{
	size_t len = strlen(text);

	if (!len || len != strspn(text, "0123456789") || len > 9)
		return NULL;
	return strtol(text, NULL, 10) < 24 ? xstrdup(text) : NULL;
}

static char *days_value(const char *text)
{
	_cleanup_strv_ struct strv words = { 0 }, days = { 0 };

	strv_split(&words, text, ',');
	for (size_t i = 0; i < words.n; i++) {
		const char *day = find_word(weekdays, words.items[i]);

		if (!day || strv_has(&days, day))
			return NULL;
		strv_add(&days, day);
	}
	return days.n ? strv_join(&days, ",") : NULL;
}

static const struct key {
	const char *name, *otherwise;
	unsigned frequencies; /* the schedule frequencies that use the key, one bit each */
	/* gives the canonical spelling of a value of the key, owned; NULL: the value is not valid */
	char *(*value)(const char *text);
} keys[] = {
	{ "min", "0", 1 << VMSS_HOURLY | 1 << VMSS_DAILY | 1 << VMSS_WEEKLY, minute_value },
	{ "hour", "0", 1 << VMSS_DAILY | 1 << VMSS_WEEKLY, hour_value },
	{ "days", "Monday", 1 << VMSS_WEEKLY, days_value },
};

/*
 * Checks the keys and values of a schedule's time: refuses invalid values, and keys that none of @frequencies uses.
 * @ret gets the values in canonical spelling.
 */
static int check_schedule(
	const struct map *schedule, unsigned frequencies, struct map *ret, struct vxe_error *err)
{
	for (size_t i = 0; i < schedule->n; i++) {
		const char *name = schedule->items[i].key, *text = schedule->items[i].value;
		_cleanup_free_ char *value = NULL;

		for (size_t k = 0; k < ARRAY_LEN(keys); k++)
			if (str_eq(keys[k].name, name) && keys[k].frequencies & frequencies)
				value = keys[k].value(text);
		if (!value) {
			_cleanup_free_ char *field = xasprintf("schedule:%s", name);

			return vxe_fail(err, INVALID_VALUE, field, text);
		}
		if (ret)
			map_set(ret, name, value);
	}
	return 0;
}

/*
 * Fits the keys of a schedule's time to its frequency: removes keys that the frequency does not use, and adds missing
 * ones with their defaults.
 */
static void fit_schedule(struct vmss *v)
{
	for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
		if (!(keys[k].frequencies & 1u << v->frequency))
			map_remove(&v->schedule, keys[k].name);
		else if (!map_get(&v->schedule, keys[k].name))
			map_set(&v->schedule, keys[k].name, keys[k].otherwise);
	}
}

static int check_keys(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	(void)s, (void)obj;
	return check_schedule(&value->map, ~0u, NULL, err);
}

static bool same_map(const struct map *a, const struct map *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const char *other = map_get(b, a->items[i].key);

		if (!other || !str_eq(other, a->items[i].value))
			return false;
	}
	return true;
}

/*
 * Adjusts a changed schedule: changes the values of its time to their canonical spelling, and the keys to a new
 * frequency.
 */
static void adjust(const void *before, void *after)
{
	const struct vmss *from = before;
	struct vmss *to = after;
	_cleanup_error_ struct vxe_error never = { 0 };
	_cleanup_map_ struct map spelt = { 0 };

	if (check_schedule(&to->schedule, ~0u, &spelt, &never) == 0)
		map_copy(&to->schedule, &spelt);
	if (from->frequency != to->frequency)
		fit_schedule(to);
	/* Due times at which the schedule was disabled, or had another rule, do not count as missed. */
	if ((to->enabled && !from->enabled) || from->frequency != to->frequency ||
		!same_map(&from->schedule, &to->schedule) ||
		!str_eq(from->timezone, to->timezone) || !str_eq(from->blackout, to->blackout)) {
		to->counted_from = clock_wall();
		str_replace(&to->counted_zone, "");
	}
}

/* ---- other fields ---------------------------------------------------------------------------- */

static int check_retained(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	_cleanup_free_ char *text = xasprintf("%" PRId64, value->integer);

	(void)s, (void)obj;
	if (value->integer < 1 || value->integer > MOST_SNAPSHOTS)
		return vxe_fail(err, INVALID_VALUE, "retained_snapshots", text);
	return 0;
}

/* ---- fields of vxe's own --------------------------------------------------------------------- */

#define MOST_PERIODS 1000
#define MOST_DAYS 36500
#define MOST_SECONDS 86400
#define MOST_AT_ONCE 100

static int refuse_schedule_field(const char *field, const char *text, struct vxe_error *err)
{
	return vxe_fail(err, INVALID_VALUE, field, text);
}

static int check_number(
	const char *field, int64_t value, int64_t least, int64_t most, struct vxe_error *err)
{
	_cleanup_free_ char *text = xasprintf("%" PRId64, value);

	return value < least || value > most ? refuse_schedule_field(field, text, err) : 0;
}

#define NUMBER(fn, field, least, most)                                                             \
	static int fn(struct session *s, const void *obj, const struct value *value,               \
		struct vxe_error *err)                                                             \
	{                                                                                          \
		(void)s, (void)obj;                                                                \
		return check_number(field, value->integer, least, most, err);                      \
	}
NUMBER(check_hourly, "keep-hourly", 0, MOST_PERIODS)
NUMBER(check_daily, "keep-daily", 0, MOST_PERIODS)
NUMBER(check_weekly, "keep-weekly", 0, MOST_PERIODS)
NUMBER(check_monthly, "keep-monthly", 0, MOST_PERIODS)
NUMBER(check_days, "keep-days", 0, MOST_DAYS)
NUMBER(check_bandwidth, "max-bandwidth", 0, INT64_MAX)
NUMBER(check_parallel, "max-parallel", 1, MOST_AT_ONCE)
NUMBER(check_timeout, "command-timeout", 1, MOST_SECONDS)

static int check_blackout(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	struct due_rule r;

	(void)s, (void)obj;
	return due_parse_pauses(value->string, &r) < 0
		? refuse_schedule_field("blackout", value->string, err)
		: 0;
}

static int check_zone(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	(void)s, (void)obj;
	return *value->string && !zone_is_known(value->string)
		? refuse_schedule_field("timezone", value->string, err)
		: 0;
}

const char *const vmss_words[VMSS_WORDS] = { "{schedule}", "{vm}", "{date}", "{time}" };

enum vmss_word vmss_word_at(const char *text)
{
	int i = 0;

	while (i < VMSS_WORDS && !str_starts(text, vmss_words[i]))
		i++;
	return (enum vmss_word)i;
}

/* Refuses a name-template with a {word} that vxe does not know; the error names the word. */
static int check_template(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	const char *text = value->string;

	(void)s, (void)obj;
	if (!*text)
		return refuse_schedule_field("name-template", text, err);
	for (const char *p = text; (p = strchr(p, '{')); p++) {
		_cleanup_free_ char *word = xstrndup(p, strcspn(p, "}") + 1);

		if (vmss_word_at(p) == VMSS_WORDS)
			return refuse_schedule_field("name-template", word, err);
	}
	return 0;
}

static int check_command(const char *field, const char *name, struct vxe_error *err)
{
	return *name == '.' || strchr(name, '/') ? refuse_schedule_field(field, name, err) : 0;
}

static int check_pre(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	(void)s, (void)obj;
	return check_command("pre-command", value->string, err);
}

static int check_post(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err)
{
	(void)s, (void)obj;
	return check_command("post-command", value->string, err);
}

/* The getter of the time of a schedule's next run; a due time that has not been run yet counts as the next one. */
static int get_next_run(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct vmss *v = obj;
	_cleanup_zone_ struct zone before = zone_enter(s ? s->config.root : NULL, v->timezone);
	struct due_rule r;

	(void)err;
	if (!v->enabled)
		return 0;
	due_rule_of(v, &r);
	ret->integer = due_next(&r, v->counted_from ? v->counted_from : clock_wall());
	if (ret->integer == DUE_NEVER)
		ret->integer = 0;
	return 0;
}

/* Deletes the messages of a schedule that is being deleted; refuses with VMSS_HAS_VM if a VM names the schedule. */
static int drop_schedule(struct txn *t, const char *uuid, struct vxe_error *err)
{
	_cleanup_records_ struct records vms = { 0 }, messages = { 0 };

	if (records_load(t, &vm_class, "snapshot_schedule", uuid, &vms, err) < 0)
		return -1;
	if (vms.n)
		return vxe_fail(err, VMSS_HAS_VM);
	if (records_load(t, &message_class, "obj_uuid", uuid, &messages, err) < 0)
		return -1;
	for (size_t i = 0; i < messages.n; i++) {
		const struct record *m = messages.items[i];

		if (txn_del(t, message_class.name, m->uuid, err) < 0)
			return -1;
	}
	return 0;
}

static void vmss_defaults(void *obj)
{
	struct vmss *v = obj;

	v->enabled = true;
	v->retained_snapshots = 7;
	v->command_timeout = 60;
	v->max_parallel = 1;
	str_replace(&v->name_template, "{schedule}-{date}-{time}");
}

#define STR(m) AT_STRING(struct vmss, m)
#define OURS(m) AT_INT(struct vmss, m), .flags = F_SET | F_OURS

static const struct field vmss_fields[] = {
	{ "uuid", "Unique identifier.", STR(r.uuid), .flags = F_COLUMN },
	{ "name-label", "Name shown to people.", STR(name_label), .flags = F_SET | F_COLUMN },
	{ "name-description", "Free text about the schedule.", STR(name_description),
		.flags = F_SET | F_COLUMN },
	{ "enabled", "Whether it is to run.", AT_BOOL(struct vmss, enabled), .flags = F_SET },
	{ "type", "What it takes of each VM.", AT_ENUM(struct vmss, type, &vmss_type_table),
		.flags = F_SET },
	{ "retained-snapshots", "How many of its snapshots of a VM stay, 1 to 10.",
		AT_INT(struct vmss, retained_snapshots), .flags = F_SET, .check = check_retained },
	{ "frequency", "How often it runs.", AT_ENUM(struct vmss, frequency, &vmss_frequency_table),
		.flags = F_SET },
	{ "schedule", "When: min 0, 15, 30, 45; hour 0 to 23; days, joined by commas.",
		AT_MAP(struct vmss, schedule), .flags = F_ADD, .check = check_keys },
	{ "last-run-time", "When it last ran.", AT_DATE(struct vmss, last_run_time) },
	{ "VMs", "The VMs that it is for.", USERS(CLASS_VM, "snapshot_schedule"),
		.source = "snapshot-schedule of VMs" },
	{ "next-run-time", "When it runs next; never while it is disabled.",
		COMPUTED(FIELD_DATE, get_next_run), .flags = F_OURS,
		.source = "schedule, timezone, blackout" },
	{ "last-error", "What went wrong in its last run; empty: nothing.", STR(last_error),
		.flags = F_OURS },
	{ "vm-filter",
		"It is for the VMs that match this filter, too: a field and a value, as vm-list "
		"takes them.",
		STR(vm_filter), .flags = F_SET | F_OURS },
	{ "keep-hourly", "For how many hours their newest snapshot stays.", OURS(keep_hourly),
		.check = check_hourly },
	{ "keep-daily", "For how many days their newest snapshot stays.", OURS(keep_daily),
		.check = check_daily },
	{ "keep-weekly", "For how many weeks their newest snapshot stays.", OURS(keep_weekly),
		.check = check_weekly },
	{ "keep-monthly", "For how many months their newest snapshot stays.", OURS(keep_monthly),
		.check = check_monthly },
	{ "keep-days", "Snapshots that are younger than so many days stay.", OURS(keep_days),
		.check = check_days },
	{ "timezone", "Its times are those of this zone; empty: the host's.", STR(timezone),
		.flags = F_SET | F_OURS, .check = check_zone },
	{ "blackout", "Hours of the day in which it does not run: HH:MM-HH:MM, joined by commas.",
		STR(blackout), .flags = F_SET | F_OURS, .check = check_blackout },
	{ "missed-run", "What becomes of runs that the machine has missed.",
		AT_ENUM(struct vmss, missed_run, &vmss_missed_table), .flags = F_SET | F_OURS },
	{ "quiesce-fallback", "Whether it takes a snapshot without quiescing where a guest cannot.",
		AT_BOOL(struct vmss, quiesce_fallback), .flags = F_SET | F_OURS },
	{ "name-template", "The name of its snapshots, with {schedule}, {vm}, {date} and {time}.",
		STR(name_template), .flags = F_SET | F_OURS, .check = check_template },
	{ "pre-command", "The plugin that runs before the snapshot of each VM.", STR(pre_command),
		.flags = F_SET | F_OURS, .check = check_pre },
	{ "post-command", "The plugin that runs after the snapshot of each VM.", STR(post_command),
		.flags = F_SET | F_OURS, .check = check_post },
	{ "command-timeout", "So long such a plugin may take, in seconds.", OURS(command_timeout),
		.check = check_timeout },
	{ "max-bandwidth", "How fast its merges write at most, in bytes per second; 0: no limit.",
		AT_INT(struct vmss, max_bandwidth), .flags = F_SET | F_OURS | F_SIZE,
		.check = check_bandwidth },
	{ "max-parallel", "Of how many VMs a run takes the snapshots at the same time, 1 to 100.",
		OURS(max_parallel), .check = check_parallel },
	{ "counted-from", "Slots after this time have not run.", AT_DATE(struct vmss, counted_from),
		.flags = F_INTERNAL },
	{ "counted-zone", "The offset from UTC at that time, by the zone that the host had.",
		STR(counted_zone), .flags = F_INTERNAL },
	{ "open-slot", "The slot that runs, or waits for VMs that are in use.",
		AT_DATE(struct vmss, open_slot), .flags = F_INTERNAL },
	{ "failed", "The VMs that failed in the open slot.", AT_STRINGS(struct vmss, failed),
		.flags = F_INTERNAL },
	{ "busy", "The names of the VMs that the open slot waits for.",
		AT_STRINGS(struct vmss, busy), .flags = F_INTERNAL },
	{ "retained-by", "The numbers by which the last run deleted.", STR(retained_by),
		.flags = F_INTERNAL },
	{ 0 },
};

const struct class vmss_class = {
	.name = "VMSS",
	.size = sizeof(struct vmss),
	.fields = vmss_fields,
	.defaults = vmss_defaults,
	.adjust = adjust,
	.drop = drop_schedule,
};

/* ---- making ---------------------------------------------------------------------------------- */

int vmss_check(struct vmss *v, struct vxe_error *err)
{
	const struct value retained = { .integer = v->retained_snapshots };
	_cleanup_map_ struct map spelt = { 0 };

	if (check_schedule(&v->schedule, 1u << v->frequency, &spelt, err) < 0 ||
		check_retained(NULL, v, &retained, err) < 0)
		return -1;
	map_copy(&v->schedule, &spelt);
	fit_schedule(v);
	return 0;
}
