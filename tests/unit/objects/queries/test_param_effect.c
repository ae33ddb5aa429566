/* SPDX-License-Identifier: MIT */
/* The table of what settings do: nothing that can be set stands outside it, and what it says is said. */
#include "objects/queries/param_effect.h"

#include "objects/queries/filter.h"
#include "objects/queries/param.h"
#include "tests/unit/world.h"

static struct strv notices;

static void note(void *ctx, const char *text)
{
	(void)ctx;
	strv_add(&notices, text);
}

static void begin(void)
{
	world_make();
	world->ui.notice = note;
}

static void end(void)
{
	strv_clear(&notices);
	world_free();
}

TestSuite(setting, .init = begin, .fini = end);

/* ---- the table ------------------------------------------------------------------------------- */

static bool is_shown(const struct class *c)
{
	return !c->internal && !c->absent;
}

Test(setting, nothing_settable_stands_outside_the_table)
{
	size_t n = 0;

	for (size_t i = 0; classes[i]; i++)
		for (const struct field *f = classes[i]->fields; is_shown(classes[i]) && f->name;
			f++) {
			bool map = field_is_map(f) || f->flags & F_NO_SUFFIX_ADD ||
				f->type == FIELD_MAP;

			if (!field_is_settable(f))
				continue;
			n++;
			cr_expect(setting_find(classes[i], f,
					  map ? "a key that nobody knows" : NULL, "?"),
				"%s of %s is in no row of objects/queries/param_effect.c", f->name,
				classes[i]->name);
		}
	cr_expect_gt(n, 150);
}

/* A field, a key or a value of the row for which it is the first one. */
static bool counts(const struct setting *row, const struct class *c, const struct field *f)
{
	_cleanup_strv_ struct strv keys = { 0 };

	if (!row->key)
		return setting_find(c, f, NULL, row->value ? row->value : "?") == row;
	strv_split(&keys, row->key, ' ');
	for (size_t i = 0; i < keys.n; i++)
		if (setting_find(c, f, keys.items[i], row->value) != row)
			return false;
	return true;
}

/* How many settable fields of classes the word @name of the row stands for. */
static size_t fields_named(const struct setting *row, const char *cls, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; classes[i]; i++) {
		const struct class *c = classes[i];
		const struct field *f = class_field(c, name);

		if (is_shown(c) && f && field_is_settable(f) &&
			(*cls == '*' || str_eq(cls, c->name)))
			n += counts(row, c, f);
	}
	return n;
}

Test(setting, each_word_of_a_row_stands_for_something)
{
	for (const struct setting *row = setting_rows; row->cls; row++) {
		_cleanup_strv_ struct strv types = { 0 }, names = { 0 };

		strv_split(&types, row->cls, ' ');
		strv_split(&names, row->field, ' ');
		for (size_t i = 0; i < types.n; i++)
			for (size_t k = 0; k < names.n; k++)
				cr_expect(fields_named(row, types.items[i], names.items[k]),
					"%s of %s (%s) cannot be set, or an earlier row is for it",
					names.items[k], types.items[i], row->key ? row->key : "-");
	}
}

Test(setting, rows_say_how_and_why)
{
	for (const struct setting *row = setting_rows; row->cls; row++) {
		bool said = row->acts == ACTS_DEFINITION || row->acts == ACTS_RECORD;

		cr_expect(said || !str_is_empty(row->what), "%s of %s", row->field, row->cls);
		cr_expect(!row->what || row->what[strlen(row->what) - 1] != '.');
	}
}

/* ---- what is said ---------------------------------------------------------------------------- */

static void set(const char *view, const char *uuid, const char *field, const char *value)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const struct filter pair = { field, value };

	strv_clear(&notices);
	ok(param_set(world, view_by_prefix(view), uuid, &pair, 1, &err), &err);
}

static const struct {
	const char *view, *uuid, *field, *value;
	const char *said; /* NULL: nothing */
} sets[] = {
	{ "vm", U(02), "PV-args", "quiet",
		"PV-args has no effect here: KVM runs no paravirtual VMs" },
	{ "vm", U(02), "PV-args", "quiet", NULL }, /* as it was */
	{ "vm", U(02), "PV-args", "", NULL },
	{ "vm", U(02), "xenstore-data:vm-data/x", "y",
		"xenstore-data:vm-data/x has no effect here: guests of KVM have no xenstore" },
	{ "vm", U(02), "VCPUs-params:weight", "512",
		"VCPUs-params:weight has no effect here: <cputune> of the definition counts "
		"('virsh edit')" },
	{ "vm", U(02), "domain-type", "pv",
		"domain-type has no effect here: every VM of KVM is hvm" },
	{ "vm", U(02), "domain-type", "hvm", NULL },
	{ "vm", U(02), "other-config:mine", "x", NULL },
	{ "vm", U(02), "user-version", "3", NULL },
	{ "vm", U(02), "ha-always-run", "true",
		"ha-restart-priority has no effect here: there is no high availability" },
	{ "template", U(04), "platform:device-model", "qemu-trad",
		"platform:device-model has no effect here: KVM has no such setting" },
	{ "template", U(04), "platform:acpi", "false", NULL },
	{ "template", U(04), "name-label", "x", NULL },
	{ "vdi", U(30), "allow-caching", "true",
		"allow-caching has no effect here: there is no cache of disks" },
	{ "vbd", U(21), "qos_algorithm_type", "ionice",
		"qos_algorithm_type has no effect here: <iotune> of the definition counts "
		"('virsh edit')" },
	{ "vbd", U(21), "other-config:owner", "", NULL },
	{ "vif", U(50), "locking-mode", "locked",
		"locking-mode has no effect here: vxe filters no traffic; a <filterref> of the "
		"definition "
		"does" },
	{ "vif", U(50), "other-config:ethtool-tx", "off",
		"other-config:ethtool-tx has no effect here: the host's own tools set that" },
	{ "network", U(60), "MTU", "9000",
		"MTU has no effect here: <mtu> of libvirt's network counts ('virsh net-edit')" },
	{ "sr", U(40), "other-config:max-chain-depth", "9", NULL },
	{ "host", U(70), "timezone", "UTC",
		"timezone has no effect here: the host's own tools set that" },
};

Test(setting, what_has_no_effect_is_said)
{
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		set(sets[i].view, sets[i].uuid, sets[i].field, sets[i].value);
		cr_expect_eq(notices.n, sets[i].said ? 1U : 0U, "%zu: %zu lines", i, notices.n);
		if (notices.n && sets[i].said)
			cr_expect_str_eq(notices.items[0], sets[i].said);
	}
}

Test(setting, xe_is_silent)
{
	session_wish(world, &of_xe);
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		set(sets[i].view, sets[i].uuid, sets[i].field, sets[i].value);
		cr_expect_eq(notices.n, 0, "%zu", i);
	}
}

/* What the table calls refused is refused, by a name of its own; as xe, as xe has it. */
static const struct {
	const char *view, *uuid, *field, *value, *other;
	enum vxe_code vxe, xe;
} refused[] = {
	{ "vdi", U(30), "on-boot", "reset", "persist", VXE_ON_BOOT_RESET,
		SR_OPERATION_NOT_SUPPORTED },
	{ "template", U(04), "actions-after-crash", "rename_restart", "restart", INVALID_VALUE,
		VXE_OK },
};

Test(setting, what_is_refused_is_refused)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		const struct view *v = view_by_prefix(refused[i].view);
		const struct filter pair = { refused[i].field, refused[i].value };
		const struct field *f = class_field(v->cls, refused[i].field);

		cr_assert_eq(setting_find(v->cls, f, NULL, refused[i].value)->acts, ACTS_REFUSED);
		for (int as_xe = 0; as_xe < 2; as_xe++) {
			_cleanup_error_ struct vxe_error err = { 0 };
			enum vxe_code code = as_xe ? refused[i].xe : refused[i].vxe;

			session_wish(world, as_xe ? &of_xe : NULL);
			cr_expect_eq(param_set(world, v, refused[i].uuid, &pair, 1, &err),
				code == VXE_OK ? 0 : -1);
			cr_expect_eq(err.code, code, "%s", code_info(err.code)->name);
			set(refused[i].view, refused[i].uuid, refused[i].field, refused[i].other);
		}
	}
}

/* Each row of the table that refuses has its line above. */
Test(setting, nothing_else_is_called_refused)
{
	size_t n = 0;

	for (const struct setting *row = setting_rows; row->cls; row++)
		n += row->acts == ACTS_REFUSED;
	cr_expect_eq(n, ARRAY_LEN(refused));
}

Test(setting, only_the_new_keys_are_named)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const struct view *v = view_by_prefix("vm");
	const struct filter first[] = { { "vm-data/a", "1" }, { "vm-data/b", "2" } };
	const struct filter third[] = { { "vm-data/c", "3" } };

	ok(param_add(world, v, U(02), "xenstore-data", NULL, first, 2, &err), &err);
	cr_expect_eq(notices.n, 2);
	ok(param_add(world, v, U(02), "xenstore-data", NULL, third, 1, &err), &err);
	cr_expect_eq(notices.n, 3);
	ok(param_remove(world, v, U(02), "xenstore-data", "vm-data/a", &err), &err);
	ok(param_clear(world, v, U(02), "xenstore-data", &err), &err);
	cr_expect_eq(notices.n, 3);
}

/* ---- the manual ------------------------------------------------------------------------------ */

static char *cell(const char *view, const char *field)
{
	const struct class *c = view_by_prefix(view)->cls;

	return setting_doc(c, class_field(c, field));
}

Test(setting, cells_of_the_manual)
{
	_cleanup_free_ char *uuid = cell("vm", "uuid"), *label = cell("vdi", "name-label"),
			    *type = cell("vm", "domain-type"),
			    *boot = cell("vm", "HVM-boot-params"),
			    *params = cell("vm", "VCPUs-params"),
			    *config = cell("pbd", "other-config");

	cr_expect_str_eq(uuid, "");
	cr_expect_str_eq(label, "the record alone: it is for people and tools");
	cr_expect_str_eq(
		type, "`hvm`: vxe: every VM is one; else **no effect**: every VM of KVM is hvm");
	cr_expect_str_eq(boot,
		"`order`, `firmware`: the domain's definition; else **no effect**: KVM has "
		"no such setting");
	cr_expect_str_eq(
		params, "**no effect**: \\<cputune> of the definition counts ('virsh edit')");
	cr_expect_str_eq(config, label);
}
