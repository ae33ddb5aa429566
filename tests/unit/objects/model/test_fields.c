/* SPDX-License-Identifier: MIT */
/* The field tables against tests/fields.tsv, the table of xe's fields; and against themselves. */
#include "objects/model/class.h"

#include "tests/unit/harness.h"
#include <stdio.h>
#include <string.h>

#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/model/enums.h"
#include "objects/queries/fields_doc.h"
#include "tests/unit/world.h"

TestSuite(fields, .fini = no_leaks);
TestSuite(operations, .init = world_make, .fini = world_free);

enum column { VIEW, FIELD, SUFFIX, HIDDEN, COSTLY, NOCASE, DEFAULT, VERBS, N_COLUMNS };

/* The verbs that the C table gives a field. */
static const char *verbs(const struct field *f)
{
	if (f->flags & F_NO_SUFFIX_ADD)
		return f->flags & F_CLEAR ? "set:key,clear" : "set:key";
	if (f->flags & F_CLEAR)
		return "clear";
	if (f->type == FIELD_MAP && f->flags & F_ADD)
		return "set:key,add,remove,clear";
	if (f->flags & F_ADD)
		return f->flags & F_SET ? "set,add,remove,clear" : "add,remove,clear";
	return f->flags & F_SET ? "set,clear" : "-";
}

/* The views that print it by default, joined by ','; "-" for none. Owned. */
static char *defaults(const struct class *c, const struct field *f)
{
	_cleanup_strv_ struct strv found = { 0 };

	for (const struct view *v = views; v->prefix; v++)
		for (size_t i = 0; v->cls == c && v->columns[i]; i++)
			if (strcmp(v->columns[i], f->name) == 0)
				strv_add(&found, v->prefix);
	return found.n ? strv_join(&found, ",") : xstrdup("-");
}

static void check_row(const struct class *c, const struct field *f, char *const *row)
{
	_cleanup_free_ char *unasked = defaults(c, f);

	cr_assert_str_eq(
		f->name, row[FIELD], "order of %s: %s, not %s", c->name, f->name, row[FIELD]);
	cr_expect_str_eq(field_suffix(f) + 1, row[SUFFIX], "%s of %s", f->name, c->name);
	cr_expect_str_eq(f->flags & F_HIDDEN ? "yes" : "-", row[HIDDEN], "%s", f->name);
	cr_expect_str_eq(f->flags & F_COSTLY ? "yes" : "-", row[COSTLY], "%s", f->name);
	cr_expect_str_eq(f->flags & F_NOCASE ? "yes" : "-", row[NOCASE], "%s", f->name);
	cr_expect_str_eq(unasked, row[DEFAULT], "%s of %s", f->name, c->name);
	cr_expect_str_eq(verbs(f), row[VERBS], "%s of %s", f->name, c->name);
}

static const struct field *next_shown(const struct field *f)
{
	while (f->name && f->flags & (F_INTERNAL | F_OURS))
		f++;
	return f;
}

/* Walks file and tables side by side. */
Test(fields, tables_are_those_of_xe)
{
	FILE *file = fopen("tests/fields.tsv", "re");
	const struct class *c = NULL;
	const struct field *f = NULL;
	char line[512];
	size_t n = 0;

	cr_assert(file, "tests/fields.tsv: run from the top folder");
	while (fgets(line, sizeof(line), file)) {
		_cleanup_strv_ struct strv row = { 0 };

		line[strcspn(line, "\n")] = '\0';
		if (*line == '#')
			continue;
		strv_split(&row, line, '\t');
		cr_assert_eq(row.n, N_COLUMNS, "%s", line);
		if (strcmp(row.items[VIEW], "view") == 0)
			continue;

		const struct class *at = view_by_prefix(row.items[VIEW])->cls;

		if (at != c) {
			cr_expect(!c || !next_shown(f)->name, "%s has more fields", c->name);
			c = at;
			f = c->fields;
		}
		f = next_shown(f);
		cr_assert(f->name, "%s lacks %s", c->name, row.items[FIELD]);
		check_row(c, f++, row.items);
		n++;
	}
	fclose(file);
	cr_expect(c && !next_shown(f)->name, "the last class has more fields");
	cr_expect_gt(n, 270);
}

Test(fields, rows_are_complete)
{
	for (size_t i = 0; classes[i]; i++) {
		const struct class *c = classes[i];

		cr_expect_str_eq(c->fields[0].name, "uuid");
		for (const struct field *f = c->fields; f->name; f++) {
			size_t n = f->doc ? strlen(f->doc) : 0;

			cr_expect(n > 5 && f->doc[n - 1] == '.', "%s of %s: no sentence", f->name,
				c->name);
			cr_expect(f->offset != FIELD_COMPUTED || f->get, "%s", f->name);
			cr_expect(!f->get || !str_is_empty(f->source), "%s of %s: from where?",
				f->name, c->name);
			cr_expect(f->type != FIELD_ENUM || f->arg, "%s of %s", f->name, c->name);
			cr_expect(!(f->flags & F_COLUMN) || !f->get, "%s of %s", f->name, c->name);
			for (const struct field *g = f + 1; g->name; g++)
				cr_expect_str_neq(f->name, g->name);
		}
	}
	for (const struct view *v = views; v->prefix; v++)
		for (size_t i = 0; v->columns[i]; i++)
			cr_expect(class_field(v->cls, v->columns[i]), "%s", v->columns[i]);
}

/* Names of fields are unambiguous, also of maps whose old form could hide a field. */
Test(fields, loose_names_are_unique)
{
	for (size_t i = 0; classes[i]; i++)
		for (const struct field *f = classes[i]->fields; f->name; f++)
			if (!(f->flags & F_INTERNAL))
				cr_expect_eq(class_field_loose(classes[i], f->name), f);
	cr_expect_eq(
		class_field_loose(&vm_class, "name_label"), class_field(&vm_class, "name-label"));
	cr_expect_null(class_field(&vm_class, "name_label"));
	cr_expect_null(class_field_loose(&vm_class, "libvirt_name"));
	cr_expect_eq(class_field_loose(&vbd_class, "qos-algorithm-type"),
		class_field(&vbd_class, "qos_algorithm_type"));
}

static int to_str(void *ctx, const char *data, size_t len)
{
	str_add_bytes(ctx, data, len);
	return 0;
}

Test(fields, doc_shows_every_field)
{
	_cleanup_str_ struct str doc = { 0 };

	cr_assert_eq(fields_write_doc(to_str, &doc), 0);
	cr_expect(strstr(str_text(&doc), "| `power-state ( RO)` | word | Halted, running"));
	cr_expect(strstr(str_text(&doc), "## network"));
	cr_expect_null(strstr(str_text(&doc), "libvirt_name"));
	cr_expect_null(strstr(str_text(&doc), "INTENT"));
}

Test(fields, enums_read_back)
{
	cr_expect_eq(enum_from_input(&on_crash_table, "COREDUMP_and_restart"),
		CRASH_COREDUMP_AND_RESTART);
	cr_expect_eq(enum_from_input(&on_crash_table, "Core dump and restart"), -1);
	cr_expect_eq(enum_from_input(&domain_type_table, "unspecified"), -1);
	cr_expect_eq(enum_from_input(&domain_type_table, "PV-in-pvh"), DOMAIN_PV_IN_PVH);
	cr_expect_str_eq(enum_stored(&vdi_type_table, VDI_SUSPEND), "suspend");
	cr_expect_str_eq(enum_print(&vdi_type_table, VDI_CBT_METADATA), "CBT metadata");
	cr_expect_str_eq(enum_print(&power_state_table, POWER_PAUSED), "paused");
}

/* ---- operations ------------------------------------------------------------------------------ */

enum kind { VM, TEMPLATE, DEFAULT_TEMPLATE, SNAPSHOT };

static struct vm *a_vm(enum kind kind)
{
	struct vm *vm = world_vm(U(12), "x");

	vm->is_a_template = kind != VM;
	vm->is_a_snapshot = kind == SNAPSHOT;
	vm->is_default_template = kind == DEFAULT_TEMPLATE;
	return vm;
}

#define CHANGES                                                                                    \
	"changing_dynamic_range changing_static_range changing_shadow_memory changing_NVRAM "

static const struct {
	enum kind kind;
	enum power_state state;
	const char *operations;
} allowed[] = {
	{ VM, POWER_HALTED,
		"snapshot clone copy start start_on " CHANGES
		"make_into_template export metadata_export destroy" },
	{ VM, POWER_RUNNING,
		"snapshot checkpoint pause clean_shutdown clean_reboot hard_shutdown hard_reboot "
		"suspend changing_dynamic_range metadata_export" },
	{ VM, POWER_PAUSED,
		"snapshot checkpoint unpause hard_shutdown hard_reboot metadata_export" },
	{ VM, POWER_SUSPENDED,
		"snapshot checkpoint hard_shutdown resume resume_on export metadata_export "
		"destroy" },
	{ TEMPLATE, POWER_HALTED,
		"clone copy provision " CHANGES "export metadata_export destroy" },
	{ DEFAULT_TEMPLATE, POWER_HALTED,
		"clone copy provision " CHANGES "export metadata_export" },
	{ SNAPSHOT, POWER_HALTED, "clone copy revert export metadata_export destroy" },
	{ SNAPSHOT, POWER_SUSPENDED,
		"clone copy revert hard_shutdown export metadata_export destroy" },
};

Test(operations, allowed_by_state_and_kind)
{
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
		_cleanup_(vm_free_cleanup) struct vm *vm = a_vm(allowed[i].kind);
		_cleanup_strv_ struct strv found = { 0 };

		vm_allowed_operations(
			vm, allowed[i].state, &(struct strv){ 0 }, false, false, &found);
		_cleanup_free_ char *text = strv_join(&found, " ");

		cr_expect_str_eq(text, allowed[i].operations, "%zu: %s", i, text);
	}
}

/* The pool's key other-config:allow_clone_suspended_vm. */
Test(operations, suspended_vms_may_be_cloned)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = a_vm(VM);
	_cleanup_strv_ struct strv found = { 0 };

	vm_allowed_operations(vm, POWER_SUSPENDED, &(struct strv){ 0 }, true, false, &found);
	_cleanup_free_ char *text = strv_join(&found, " ");

	cr_expect_str_eq(text,
		"snapshot clone copy checkpoint hard_shutdown resume resume_on "
		"export metadata_export destroy");
}

/* What takes the disks from under a managed-save image is not among them. */
Test(operations, of_a_saved_vm)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = a_vm(VM);
	_cleanup_strv_ struct strv found = { 0 };

	vm_allowed_operations(vm, POWER_SUSPENDED, &(struct strv){ 0 }, true, true, &found);
	_cleanup_free_ char *text = strv_join(&found, " ");

	cr_expect_str_eq(text, "hard_shutdown resume resume_on export metadata_export");
}

/* The first check that fails is reported: blocked, state, template, snapshot. */
static const struct {
	const char *uuid, *operation;
	enum vxe_code code;
	const char *second, *third;
} refusals[] = {
	{ U(02), "start", VXE_OK, NULL, NULL },
	{ U(02), "snapshot", VXE_OK, NULL, NULL },
	{ U(03), "start", VM_BAD_POWER_STATE, "halted", "running" },
	{ U(03), "destroy", VM_BAD_POWER_STATE, "halted, suspended", "running" },
	{ U(02), "checkpoint", VM_BAD_POWER_STATE, "paused, suspended, running", "halted" },
	{ U(02), "hard_reboot", VM_BAD_POWER_STATE, "paused, running", "halted" },
	{ U(04), "start", VM_IS_TEMPLATE, "start", NULL },
	{ U(04), "clean_shutdown", VM_BAD_POWER_STATE, "running", "halted" },
	{ U(04), "snapshot", VM_IS_TEMPLATE, "snapshot", NULL },
	{ U(05), "start", VM_IS_SNAPSHOT, "start", NULL },
	{ U(05), "revert", VXE_OK, NULL, NULL },
	{ U(05), "destroy", VXE_OK, NULL, NULL },
	{ U(02), "revert", OPERATION_NOT_ALLOWED, NULL, NULL },
	{ U(01), "destroy", VM_BAD_POWER_STATE, "halted, suspended", "running" },
	{ U(01), "start", VM_BAD_POWER_STATE, "halted", "running" },
	{ U(01), "snapshot", OPERATION_NOT_ALLOWED, NULL, NULL },
};

Test(operations, refusals_in_order)
{
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		_cleanup_(vm_free_cleanup) struct vm *vm = world_get(&vm_class, refusals[i].uuid);
		_cleanup_error_ struct vxe_error err = { 0 };

		cr_expect_eq(vm_check_operation(world, vm, refusals[i].operation, &err),
			refusals[i].code ? -1 : 0);
		cr_expect_eq(err.code, refusals[i].code, "%zu", i);
		if (refusals[i].second)
			cr_expect_str_eq(err.params[1], refusals[i].second);
		if (refusals[i].third)
			cr_expect_str_eq(err.params[2], refusals[i].third);
	}
}

Test(operations, blocked_comes_first)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = world_get(&vm_class, U(03));
	_cleanup_error_ struct vxe_error err = { 0 };

	map_set(&vm->blocked_operations, "start", "not today");
	cr_expect_eq(vm_check_operation(world, vm, "start", &err), -1);
	cr_expect_eq(err.code, OPERATION_BLOCKED);
	cr_expect_str_eq(err.params[0], U(03));
	cr_expect_str_eq(err.params[1], "not today");
}

static bool joins_on(
	enum kind kind, enum power_state state, const char *operation, const char *running)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = a_vm(kind);
	_cleanup_strv_ struct strv current = { 0 }, may = { 0 };

	strv_add(&current, running);
	vm_allowed_operations(vm, state, &current, false, false, &may);
	return strv_has(&may, operation);
}

static bool joins(const char *operation, const char *running)
{
	return joins_on(VM, POWER_RUNNING, operation, running);
}

Test(operations, what_runs_side_by_side)
{
	cr_expect(joins("snapshot", "checkpoint"));
	cr_expect(joins("hard_shutdown", "clean_shutdown"));
	cr_expect(joins("hard_reboot", "clean_shutdown"));
	cr_expect_not(joins("hard_shutdown", "hard_shutdown"));
	cr_expect_not(joins("hard_reboot", "hard_shutdown"));
	cr_expect_not(joins("snapshot", "start"));
	cr_expect_not(joins("pause", "snapshot"));
	cr_expect(joins_on(VM, POWER_HALTED, "export", "export"));
	cr_expect(joins_on(VM, POWER_HALTED, "export", "copy"));
	cr_expect(joins_on(VM, POWER_HALTED, "clone", "copy"));
	cr_expect_not(joins_on(VM, POWER_HALTED, "clone", "export"));
	cr_expect_not(joins_on(TEMPLATE, POWER_HALTED, "copy", "export"));
	cr_expect(joins_on(SNAPSHOT, POWER_HALTED, "clone", "export"));
	cr_expect(joins_on(SNAPSHOT, POWER_HALTED, "copy", "export"));
}

/* An acting command must not guess. */
Test(operations, unreachable_libvirt_is_an_error)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = world_get(&vm_class, U(02));
	_cleanup_error_ struct vxe_error err = { 0 };

	session_forget_domains(world->here);
	cr_expect_eq(vm_check_operation(world, vm, "start", &err), -1);
	cr_expect_eq(err.code, VXE_HYPERVISOR_UNREACHABLE);
}
