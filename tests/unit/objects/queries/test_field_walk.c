/* SPDX-License-Identifier: MIT */
/*
 * A walk over the field tables: every field of every class is in param-list, in params=NAME and in
 * a filter, with the ':' forms where it is a set or a map; every settable one is set, read back and
 * restored; every other one is refused.
 */
#include "objects/queries/list.h"

#include "objects/base/uuid.h"
#include "objects/model/enums.h"
#include "objects/model/read_txn.h"
#include "objects/model/record.h"
#include "objects/queries/param.h"
#include "objects/queries/param_effect.h"
#include "tests/unit/world.h"

/* Values from libvirt are available without a connection. */
static void start(void)
{
	world_make();
	world->here->versions = xcalloc(1, sizeof(*world->here->versions));
	*world->here->versions = (struct hv_versions){ .driver = xstrdup("QEMU"),
		.library = xstrdup("9.0.0"),
		.hypervisor = xstrdup("7.2.0") };
}

TestSuite(field_walk, .init = start, .fini = world_free);

/* ---- an object of each class ----------------------------------------------------------------- */

#define MADE "99999999-0000-4000-8000-000000000099"

static char *first_of(const struct class *c)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_reader_ struct reader reader = { 0 };
	_cleanup_strv_ struct strv uuids = { 0 };

	ok(reader_begin(world, NULL, &reader, &err), &err);
	ok(reader_uuids(world, c, &uuids, &err), &err);
	return uuids.n ? xstrdup(uuids.items[0]) : NULL;
}

static void make_one(const struct class *c)
{
	_cleanup_free_ char *there = first_of(c), *uuid = uuid_derive(MADE, c->name);

	if (!there)
		world_put(c, world_new(c, uuid));
}

/* A halted VM; a template for fields that would change its domain. */
static char *object_of(const struct class *c, const struct field *f)
{
	bool template = f->flags & F_DOMAIN || str_eq(f->name, "is-default-template");

	if (c == &vm_class)
		return xstrdup(template ? U(04) : U(02));
	return first_of(c);
}

static void give_vcpus(void)
{
	struct vm *vm = world_get(&vm_class, U(04));

	vm->vcpus_max = 4;
	vm->vcpus_at_startup = 2;
	world_put(&vm_class, vm);
}

static void make_all(void)
{
	for (const struct view *v = views; v->prefix; v++)
		if (!v->cls->absent)
			make_one(v->cls);
	give_vcpus();
}

/* Once per class: its first view, without the built-in filter. */
static bool next_class(const struct view **at, struct view *ret)
{
	const struct view *v = *at ? *at + 1 : views;

	for (; v->prefix; v++) {
		const struct view *first = views;

		while (first->cls != v->cls)
			first++;
		if (first != v || v->cls->absent)
			continue;
		*at = v;
		*ret = (struct view){ .prefix = v->prefix, .cls = v->cls, .columns = v->columns };
		return true;
	}
	return false;
}

static bool is_shown(const struct field *f)
{
	return !(f->flags & (F_INTERNAL | F_HIDDEN));
}

/* ---- reading --------------------------------------------------------------------------------- */

static char *get(const struct view *v, const char *uuid, const char *name, const char *key)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	char *text = NULL;

	cr_expect_eq(param_get(world, v, uuid, name, key, &text, &err), 0, "%s %s: %s", v->prefix,
		name, err.n_params ? err.params[0] : "");
	return text ? text : xstrdup("");
}

/* The objects that pass the filter, as vxe or as xe; -1: refused. */
static int matches_as(
	unsigned flags, const struct view *v, const char *uuid, const char *key, const char *value)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const struct filter filters[] = { { "uuid", uuid }, { key, value } };
	const struct field *const fields[] = { v->cls->fields, NULL };
	_cleanup_rows_ struct rows rows = { 0 };

	if (list_rows(world, v, filters, 2, fields, flags, &rows, &err) < 0)
		return -1;
	return (int)rows.n;
}

static int matches(const struct view *v, const char *uuid, const char *key, const char *value)
{
	return matches_as(LIST_UNDERSCORE, v, uuid, key, value);
}

static void check_param_list(const struct view *v, const char *uuid)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_rows_ struct rows rows = { 0 };
	size_t n = 0;

	ok(param_list(world, v, uuid, &rows, &err), &err);
	cr_assert_eq(rows.n, 1);
	for (const struct field *f = v->cls->fields; f->name; f++) {
		if (!is_shown(f))
			continue;
		cr_assert_lt(n, rows.n_fields, "%s lacks %s", v->prefix, f->name);
		cr_expect_eq(rows.fields[n], f, "%s: %s", v->prefix, f->name);

		_cleanup_free_ char *listed = value_print(world, f, &rows.items[0].values[n]);
		_cleanup_free_ char *got = get(v, uuid, f->name, NULL);

		cr_expect_str_eq(listed, got, "%s %s: %s, %s", v->prefix, f->name, listed, got);
		n++;
	}
	cr_expect_eq(rows.n_fields, n);
}

static void check_params(const struct view *v, const char *uuid, const struct field *f)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const struct filter filter = { "uuid", uuid };
	const struct field *const fields[] = { f, NULL };
	_cleanup_rows_ struct rows rows = { 0 };

	ok(list_rows(world, v, &filter, 1, fields, 0, &rows, &err), &err);
	cr_assert_eq(rows.n, 1);
	cr_assert_eq(rows.n_fields, 1);

	_cleanup_free_ char *listed = value_print(world, f, &rows.items[0].values[0]);
	_cleanup_free_ char *got = get(v, uuid, f->name, NULL);

	bool costly = f->flags & F_COSTLY && !(f->flags & F_OURS);

	cr_expect_str_eq(listed, costly ? "<expensive field>" : got, "%s %s", v->prefix, f->name);
}

/* Of "a; b" and "a, b" the first; of "k: v; ..." key and value. Owned. */
static char *first_member(const char *text, const char *end)
{
	return xstrndup(text, strcspn(text, end));
}

static void check_set_filter(const struct view *v, const char *uuid, const struct field *f)
{
	_cleanup_free_ char *key = xasprintf("%s:contains", f->name);
	_cleanup_free_ char *text = get(v, uuid, f->name, NULL);
	_cleanup_free_ char *member = first_member(text, ";,");

	cr_expect_eq(matches(v, uuid, key, "no such member"), 0, "%s %s", v->prefix, key);
	if (*member && *text != '<')
		cr_expect_eq(matches(v, uuid, key, member), 1, "%s %s", v->prefix, key);
}

static void check_map_filter(const struct view *v, const char *uuid, const struct field *f)
{
	_cleanup_free_ char *absent = xasprintf("%s:no-such-key", f->name);
	_cleanup_free_ char *text = get(v, uuid, f->name, NULL);
	_cleanup_free_ char *key = first_member(text, ":");
	_cleanup_free_ char *filter = xasprintf("%s:%s", f->name, key);

	cr_expect_eq(matches(v, uuid, absent, "x"), 0, "%s %s", v->prefix, absent);
	if (!*key || *text == '<')
		return;

	_cleanup_free_ char *value = get(v, uuid, f->name, key);

	cr_expect_eq(matches(v, uuid, filter, value), 1, "%s %s=%s", v->prefix, filter, value);
	cr_expect_eq(matches(v, uuid, filter, "another"), 0, "%s %s", v->prefix, filter);
}

static void check_filter(const struct view *v, const char *uuid, const struct field *f)
{
	_cleanup_free_ char *text = get(v, uuid, f->name, NULL);

	cr_expect_eq(matches(v, uuid, f->name, text), 1, "%s %s=%s", v->prefix, f->name, text);
	cr_expect_eq(matches(v, uuid, f->name, "no such value"), 0, "%s %s", v->prefix, f->name);
	cr_expect_eq(matches_as(0, v, uuid, f->name, text), f->flags & F_OURS ? -1 : 1,
		"%s %s as xe", v->prefix, f->name);
	if (field_is_set(f))
		check_set_filter(v, uuid, f);
	if (field_is_map(f))
		check_map_filter(v, uuid, f);
}

Test(field_walk, reading)
{
	const struct view *at = NULL;
	struct view v;
	size_t n = 0;

	make_all();
	while (next_class(&at, &v)) {
		_cleanup_free_ char *uuid = first_of(v.cls);

		check_param_list(&v, uuid);
		for (const struct field *f = v.cls->fields; f->name; f++) {
			if (f->flags & F_INTERNAL)
				continue;
			check_filter(&v, uuid, f);
			if (is_shown(f))
				check_params(&v, uuid, f);
			n++;
		}
	}
	cr_expect_gt(n, 500, "%zu fields", n);
}

/* ---- changing -------------------------------------------------------------------------------- */

/* 0, or -1 with the text of the refusal, owned, in *ret. */
static int try_set(
	const struct view *v, const char *uuid, const char *key, const char *value, char **ret)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const struct filter setting = { key, value };
	int r = param_set(world, v, uuid, &setting, 1, &err);

	*ret = xstrdup(err.n_params ? err.params[0] : "");
	return r;
}

static size_t said; /* lines on what has no effect */

static void count_said(void *ctx, const char *text)
{
	(void)ctx;
	said += strstr(text, "has no effect here: ") != NULL;
}

/* What was just set to another value has no effect if and only if the command said so. */
static void expect_said(
	const struct view *v, const struct field *f, const char *key, const char *value)
{
	const struct setting *row = setting_find(v->cls, f, key, value);

	cr_assert(row, "%s %s", v->prefix, f->name);
	cr_expect_eq(said, row->acts == ACTS_NOT ? 1U : 0U, "%s %s:%s=%s: %zu lines", v->prefix,
		f->name, key ? key : "", value, said);
}

static void expect_set(const struct view *v, const char *uuid, const char *key, const char *value)
{
	_cleanup_free_ char *why = NULL;

	said = 0;
	cr_expect_eq(
		try_set(v, uuid, key, value, &why), 0, "%s %s=%s: %s", v->prefix, key, value, why);
}

static void expect_text(
	const struct view *v, const char *uuid, const struct field *f, const char *wanted)
{
	_cleanup_free_ char *text = get(v, uuid, f->name, NULL);

	cr_expect_str_eq(text, wanted, "%s %s: %s, not %s", v->prefix, f->name, text, wanted);
}

/* Valid values for fields with their own check. */
static const struct {
	const char *field, *value, *key;
} special[] = {
	{ "memory-static-max", "5368709120", NULL },
	{ "memory-dynamic-max", "3221225472", NULL },
	{ "memory-dynamic-min", "2147483648", NULL },
	{ "memory-static-min", "536870912", NULL },
	{ "VCPUs-max", "3", NULL },
	{ "VCPUs-at-startup", "3", NULL },
	{ "retained-snapshots", "3", NULL },
	{ "VCPUs-params", "7", "weight" },
	{ "blocked-operations", "why", "start" },
	{ "schedule", "15", "min" },
	{ "purpose", "nbd", NULL },
	{ "trunks", "3", NULL },
	{ "userdevice", "xvdq", NULL },
	{ "ha-restart-priority", "restart", NULL },
	{ "ipv4-allowed", "192.0.2.1", NULL },
	{ "ipv6-allowed", "2001:db8::1", NULL },
	{ "HVM-boot-params", "dc", "order" },
	{ "timezone", "Europe/Berlin", NULL },
	{ "blackout", "22:00-06:00", NULL },
};

/* Not set here: is-a-template makes or removes a domain, mode changes its definition; the memory takes only the same image;
 * groups and repositories need classes of objects that do not exist; ha-always-run sets another field. */
static const char *const elsewhere[] = { "is-a-template", "groups", "repositories", "mode",
	"suspend-VDI-uuid", "ha-always-run" };

static bool is_elsewhere(const struct field *f)
{
	for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
		if (str_eq(elsewhere[i], f->name))
			return true;
	return false;
}

static const char *special_value(const struct field *f, const char **key)
{
	for (size_t i = 0; i < ARRAY_LEN(special); i++)
		if (str_eq(special[i].field, f->name)) {
			if (key)
				*key = special[i].key;
			return special[i].value;
		}
	return NULL;
}

/* Word @i that may be typed for the field; NULL: there is none. */
static const char *enum_word(const struct field *f, int i)
{
	const struct enum_table *t = f->arg;
	const char *text = t->names[i].input ? t->names[i].input : t->names[i].print;

	return text && *text ? text : NULL;
}

/* Word @i may be set, and is not @now. */
static bool is_other_word(const struct class *c, const struct field *f, int i, const char *now)
{
	const char *word = enum_word(f, i);

	return word && !str_eq(enum_print(f->arg, i), now) &&
		setting_find(c, f, NULL, word)->acts != ACTS_REFUSED;
}

/* The word to set; if there is no other one, that of @now. */
static int other_word(const struct class *c, const struct field *f, const char *now)
{
	const struct enum_table *t = f->arg;
	int same = 0;

	for (int i = 0; t->names[i].print; i++)
		if (is_other_word(c, f, i, now))
			return i;
		else if (str_eq(enum_print(t, i), now))
			same = i;
	return same;
}

/* A value other than @now: in @typed as users type it, in @printed as it is read back. Owned. */
static void another(
	const struct class *c, const struct field *f, const char *now, char **typed, char **printed)
{
	const char *value = special_value(f, NULL);
	int i = 0;

	switch (f->type) {
	case FIELD_BOOL:
		value = str_eq(now, "true") ? "false" : "true";
		break;
	case FIELD_ENUM:
		i = other_word(c, f, now);
		*typed = xstrdup(enum_word(f, i));
		*printed = xstrdup(enum_print(f->arg, i));
		return;
	case FIELD_REF:
		*typed = first_of(field_class(f));
		*printed = xstrdup(*typed);
		return;
	case FIELD_FLOAT:
		*typed = xstrdup("2.5");
		*printed = xstrdup("2.500");
		return;
	case FIELD_STRINGS:
		if (value)
			break;
		*typed = xstrdup("a,b");
		*printed = xstrdup(f->flags & F_COMMA ? "a, b" : "a; b");
		return;
	default:
		value = value ? value : f->type == FIELD_INT ? "5" : "some text";
	}
	*typed = xstrdup(value);
	*printed = xstrdup(value);
}

/* The form in which users type @text, a printed value; NULL: there is none. Owned. */
static char *typed_again(const struct field *f, const char *text)
{
	if (f->type == FIELD_REF && *text == '<')
		return f->flags & F_NULLABLE ? xstrdup("") : NULL;
	if (f->type == FIELD_ENUM) {
		for (int i = 0; ((const struct enum_table *)f->arg)->names[i].print; i++)
			if (str_eq(enum_print(f->arg, i), text))
				return xstrdup_null(enum_word(f, i));
	}
	return xstrdup(text);
}

static void check_whole(const struct view *v, const char *uuid, const struct field *f)
{
	_cleanup_free_ char *before = get(v, uuid, f->name, NULL);
	_cleanup_free_ char *back = typed_again(f, before);
	_cleanup_free_ char *typed = NULL, *printed = NULL;

	another(v->cls, f, before, &typed, &printed);
	expect_set(v, uuid, f->name, typed);
	if (!str_eq(printed, before) && *printed != '<')
		expect_said(v, f, NULL, typed);
	expect_text(v, uuid, f, printed);
	if (!back)
		return;
	expect_set(v, uuid, f->name, back);
	expect_text(v, uuid, f, before);
}

/* NULL: there is no such key. Owned. */
static char *value_of_key(
	const struct view *v, const char *uuid, const struct field *f, const char *key)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	char *text = NULL;

	return param_get(world, v, uuid, f->name, key, &text, &err) == 0 ? text : NULL;
}

static void check_keys(const struct view *v, const char *uuid, const struct field *f)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const char *key = NULL, *value = special_value(f, &key);
	_cleanup_free_ char *there = value_of_key(v, uuid, f, key ? key : "some-key");
	_cleanup_free_ char *before = get(v, uuid, f->name, NULL);
	_cleanup_free_ char *setting = xasprintf("%s:%s", f->name, key ? key : "some-key");
	bool whole = f->flags & F_NO_SUFFIX_ADD;

	value = value ? value : "some text";
	expect_set(v, uuid, setting, value);
	expect_said(v, f, key ? key : "some-key", value);

	_cleanup_free_ char *text = get(v, uuid, f->name, key ? key : "some-key");

	cr_expect_str_eq(text, value, "%s %s", v->prefix, setting);
	if (whole)
		return;
	if (there)
		expect_set(v, uuid, setting, there);
	else
		ok(param_remove(world, v, uuid, f->name, key ? key : "some-key", &err), &err);
	expect_text(v, uuid, f, before);
}

static void check_members(const struct view *v, const char *uuid, const struct field *f)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_free_ char *before = get(v, uuid, f->name, NULL);
	const char *member = special_value(f, NULL);

	member = member ? member : "some-member";
	ok(param_add(world, v, uuid, f->name, member, NULL, 0, &err), &err);

	_cleanup_free_ char *filter = xasprintf("%s:contains", f->name);

	cr_expect_eq(matches(v, uuid, filter, member), 1, "%s %s", v->prefix, filter);
	ok(param_remove(world, v, uuid, f->name, member, &err), &err);
	expect_text(v, uuid, f, before);
}

static void check_refused(const struct view *v, const char *uuid, const struct field *f)
{
	_cleanup_free_ char *before = get(v, uuid, f->name, NULL);
	_cleanup_free_ char *key = xasprintf("%s:k", f->name);
	_cleanup_free_ char *wanted = xasprintf(
		"%s '%s' is read-only.", field_is_map(f) ? "Map field" : "Field", f->name);
	_cleanup_free_ char *why = NULL;
	_cleanup_error_ struct vxe_error add = { 0 }, clear = { 0 };
	const struct filter pair = { "k", "v" };

	cr_expect_eq(try_set(v, uuid, field_is_map(f) ? key : f->name, "1", &why), -1, "%s %s",
		v->prefix, f->name);
	cr_expect_str_eq(why, wanted, "%s %s: %s", v->prefix, f->name, why);
	cr_expect_eq(param_add(world, v, uuid, f->name, "k", &pair, 1, &add), -1);
	cr_expect_str_eq(add.params[0],
		field_is_set(f) || field_is_map(f)
			? "Parameter is read-only"
			: "Can only add to parameters of type Set or Map");
	if (!(f->flags & F_CLEAR)) {
		cr_expect_eq(param_clear(world, v, uuid, f->name, &clear), -1);
		cr_expect_str_eq(clear.params[0], "Can only clear RW parameters");
	}
	expect_text(v, uuid, f, before);
}

static void check_change(const struct view *v, const char *uuid, const struct field *f)
{
	if (is_elsewhere(f))
		return;
	if (f->type == FIELD_MAP && f->flags & (F_ADD | F_NO_SUFFIX_ADD))
		check_keys(v, uuid, f);
	else if (f->flags & (F_SET | F_SET_OURS))
		check_whole(v, uuid, f);
	else if (f->flags & F_ADD)
		check_members(v, uuid, f);
	else
		check_refused(v, uuid, f);
}

Test(field_walk, changing)
{
	const struct view *at = NULL;
	struct view v;

	make_all();
	world->ui.notice = count_said;
	while (next_class(&at, &v))
		for (const struct field *f = v.cls->fields; f->name; f++) {
			if (f->flags & F_INTERNAL)
				continue;

			_cleanup_free_ char *uuid = object_of(v.cls, f);

			check_change(&v, uuid, f);
		}
}

/* ---- classes without objects ------------------------------------------------------------------- */

Test(field_walk, lists_of_what_does_not_exist_are_empty)
{
	int n = 0;

	for (const struct view *v = views; v->prefix; v++) {
		_cleanup_error_ struct vxe_error err = { 0 }, set = { 0 };
		_cleanup_rows_ struct rows rows = { 0 };
		_cleanup_free_ char *text = NULL;
		const struct field *const fields[] = { v->cls->fields, NULL };
		const struct filter one = { "uuid", MADE }, other = { "no-field", "x" };

		if (!v->cls->absent)
			continue;
		n++;
		ok(list_rows(world, v, NULL, 0, fields, LIST_WHOLE, &rows, &err), &err);
		cr_expect_eq(rows.n, 0, "%s", v->prefix);
		cr_expect_eq(matches(v, MADE, "uuid", MADE), 0, "%s", v->prefix);
		rows_clear(&rows);
		/* As in xe: filters are checked only if there is an object. */
		ok(list_rows(world, v, &other, 1, fields, 0, &rows, &err), &err);
		rows_clear(&rows);
		ok(list_rows(world, v, &one, 1, fields, LIST_ALL, &rows, &err), &err);
		cr_expect_eq(rows.n, 0, "%s", v->prefix);
		cr_expect_lt(param_get(world, v, MADE, "uuid", NULL, &text, &err), 0);
		cr_expect_eq(
			err.code, UUID_INVALID, "%s: %s", v->prefix, code_info(err.code)->name);
		cr_expect_lt(param_clear(world, v, MADE, "uuid", &set), 0);
		cr_expect_eq(
			set.code, UUID_INVALID, "%s: %s", v->prefix, code_info(set.code)->name);
	}
	cr_expect_gt(n, 20);
}
