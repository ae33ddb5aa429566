/* SPDX-License-Identifier: MIT */
/* The param-* verbs: the worked examples of xe; nothing changes when one part is refused. */
#include "objects/queries/list.h"

#include "objects/model/enums.h"
#include "objects/model/record.h"
#include "objects/queries/param.h"
#include "tests/unit/world.h"

TestSuite(param, .init = world_make, .fini = world_free);

/* "CODE: first parameter", or "ok". Owned. */
static char *outcome(int r, const struct vxe_error *err)
{
	if (r == 0)
		return xstrdup("ok");
	return xasprintf("%s: %s", code_info(err->code)->name, err->n_params ? err->params[0] : "");
}

static char *get(const char *view, const char *uuid, const char *name, const char *key)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	char *text = NULL;
	int r = param_get(world, view_by_prefix(view), uuid, name, key, &text, &err);

	return r == 0 ? text : outcome(r, &err);
}

static const struct {
	const char *id, *uuid, *name, *key, *text;
} gets[] = {
	{ "E052", U(02), "name-label", NULL, "web" },
	{ "E053", U(02), "name-description", NULL, "front, end" },
	{ "E055", U(02), "other-config", NULL, "auto_poweron: true; owner: bob" },
	{ "E056", U(02), "other-config", "owner", "bob" },
	{ "E057", U(02), "other-config", "nokey", "CLI_FAILURE: Key nokey not found in map" },
	{ "E058", U(02), "name-label", "x", "web" },
	{ "E059", U(02), "nomigrate", NULL, "false" },
	{ "E060", U(02), "bogus", NULL, "MISSING_PARAMETER: bogus" },
	{ "internal", U(02), "libvirt_name", NULL, "MISSING_PARAMETER: libvirt_name" },
	{ "E061", "nosuch", "name-label", NULL, "UUID_INVALID: VM" },
	{ "E063", U(02), "tags", NULL, "prod, eu" },
	{ "E064", U(02), "affinity", NULL, "<not in database>" },
	{ "no metrics", U(02), "os-version", NULL, "<not in database>" },
	{ "no metrics, key", U(02), "os-version", "name",
		"CLI_FAILURE: Key name not found in map" },
	{ "costly", U(02), "possible-hosts", NULL, U(70) },
	{ "costly", U(02), "last-boot-record", NULL, "''" },
	{ "float", U(02), "HVM-shadow-multiplier", NULL, "1.000" },
	{ "never", U(02), "snapshot-time", NULL, "19700101T00:00:00Z" },
};

Test(param, get)
{
	for (size_t i = 0; i < ARRAY_LEN(gets); i++) {
		_cleanup_free_ char *text = get("vm", gets[i].uuid, gets[i].name, gets[i].key);

		cr_expect_str_eq(text, gets[i].text, "%s: %s", gets[i].id, text);
	}
}

Test(param, list_shows_every_visible_field)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_rows_ struct rows rows = { 0 };
	size_t visible = 0;

	for (const struct field *f = vm_class.fields; f->name; f++)
		visible += !(f->flags & (F_INTERNAL | F_HIDDEN));
	ok(param_list(world, view_by_prefix("snapshot"), U(02), &rows, &err), &err);
	cr_assert_eq(rows.n, 1);
	cr_expect_eq(rows.n_fields, visible);
	cr_expect_eq(visible, 110);
	for (size_t i = 0; i < rows.n_fields; i++) {
		_cleanup_free_ char *text =
			value_print(world, rows.fields[i], &rows.items[0].values[i]);

		cr_expect_str_neq(text, "<expensive field>");
	}
	cr_expect_eq(param_list(world, view_by_prefix("vm"), U(09), &rows, &err), -1);
	cr_expect_eq(err.code, UUID_INVALID);
}

/* Called as xe: param-list does not show them, the others do not know them. */
Test(param, fields_of_vxe_are_none_of_xe)
{
	static const char *const ours[] = { "parent-name", "children-names", "is-root" };
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_rows_ struct rows rows = { 0 };

	session_wish(world, &of_xe);
	ok(param_list(world, view_by_prefix("snapshot"), U(02), &rows, &err), &err);
	cr_expect_eq(rows.n_fields, 105);
	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		_cleanup_error_ struct vxe_error unknown = { 0 };
		char *text = NULL;

		cr_expect_eq(param_get(world, view_by_prefix("vm"), U(02), ours[i], NULL, &text,
				     &unknown),
			-1);
		cr_expect_eq(unknown.code, MISSING_PARAMETER);
	}
}

/* "a=b|c=d" in order. */
static char *set(const char *view, const char *uuid, const char *settings)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_strv_ struct strv words = { 0 };
	struct filter pairs[8];

	strv_split(&words, settings, '|');
	for (size_t i = 0; i < words.n; i++) {
		char *value = strchr(words.items[i], '=');

		*value = '\0';
		pairs[i] = (struct filter){ words.items[i], value + 1 };
	}

	int r = param_set(world, view_by_prefix(view), uuid, pairs, words.n, &err);

	return outcome(r, &err);
}

/* On the template, which has no domain. */
static const struct {
	const char *id, *settings, *result, *field, *text;
} sets[] = {
	{ "E076", "name-label=a=b", "ok", "name-label", "a=b" },
	{ "E077", "name-label=", "ok", "name-label", "" },
	{ "E078", "", "ok", NULL, NULL },
	{ "E079", "other-config:owner=ann", "ok", "other-config", "owner: ann" },
	{ "E080", "other-config-owner=bob", "ok", "other-config", "owner: bob" },
	{ "E081", "other-config=x",
		"CLI_FAILURE: Field 'other-config' is a map or set. use the 'name:key=value' "
		"syntax.",
		NULL, NULL },
	{ "E082", "power-state=running", "CLI_FAILURE: Field 'power-state' is read-only.", NULL,
		NULL },
	{ "E083", "tags=x", "CLI_FAILURE: Field 'tags' is read-only.", NULL, NULL },
	{ "E084", "tags:contains=x", "CLI_FAILURE: Cannot param-set on set fields", NULL, NULL },
	{ "E085", "bogus=1", "CLI_VALUE: Unknown field 'bogus'", NULL, NULL },
	{ "no such map", "bogus:x=1", "CLI_VALUE: Unknown field 'bogus:x'", NULL, NULL },
	{ "E086", "os-version:name=x", "CLI_FAILURE: Map field 'os-version' is read-only.", NULL,
		NULL },
	{ "E087, atomic", "name-label=new|bogus=1", "CLI_VALUE: Unknown field 'bogus'",
		"name-label", "" },
	{ "E088", "is-a-template=yes",
		"CLI_VALUE: Failed to parse parameter 'is-a-template': expecting a "
		"boolean (true or false)",
		NULL, NULL },
	{ "E089", "VCPUs-max=two",
		"CLI_VALUE: Failed to parse parameter 'VCPUs-max': expecting an "
		"integer",
		NULL, NULL },
	{ "E090", "HVM-shadow-multiplier=x",
		"CLI_VALUE: Parameter HVM-shadow-multiplier must be a floating-point number", NULL,
		NULL },
	{ "float", "HVM-shadow-multiplier=1.5", "ok", "HVM-shadow-multiplier", "1.500" },
	{ "E091", "ha-always-run=x",
		"CLI_VALUE: Parameter ha-always-run must be a boolean (true or false)", NULL,
		NULL },
	{ "always", "ha-always-run=true", "ok", "ha-restart-priority", "restart" },
	{ "never", "ha-always-run=false", "ok", "ha-restart-priority", "" },
	{ "E092", "memory-dynamic-max=2GiB|memory-static-max=2GiB", "ok", "memory-static-max",
		"2147483648" },
	{ "E093", "memory-static-max=3GB", "ok", "memory-static-max", "3221225472" },
	{ "E094", "memory-static-max=2x",
		"CLI_VALUE: Failed to parse field 'memory-static-max': expecting an integer "
		"(possibly with suffix KiB, MiB, GiB, TiB), got '2x'",
		NULL, NULL },
	{ "order", "memory-static-max=1GiB",
		"MEMORY_CONSTRAINT_VIOLATION_ORDER: ", "memory-static-max", "3221225472" },
	{ "order", "memory-dynamic-min=512MiB", "MEMORY_CONSTRAINT_VIOLATION_ORDER: ", NULL, NULL },
	{ "E095", "actions-after-crash=coredump_and_restart", "ok", "actions-after-crash",
		"Core dump and restart" },
	{ "E096", "actions-after-crash=Core dump and restart",
		"CLI_VALUE: Expected one of 'destroy', 'coredump_and_destroy', 'restart', "
		"'coredump_and_restart', 'preserve', 'rename_restart', got core dump and restart",
		NULL, NULL },
	{ "E097", "VCPUs-params:speed=1",
		"CLI_FAILURE: Failed to add parameter 'speed': expecting 'weight','cap' or 'mask'",
		"VCPUs-params", "" },
	{ "E098", "blocked-operations:start=no", "ok", "blocked-operations", "start: no" },
	{ "E099", "blocked-operations:fly=no", "INVALID_VALUE: blocked_operation",
		"blocked-operations", "start: no" },
	{ "more VCPUs than the most", "VCPUs-at-startup=3", "INVALID_VALUE: VCPUs_at_startup",
		"VCPUs-at-startup", "1" },
	{ "both", "VCPUs-max=4|VCPUs-at-startup=3", "ok", "VCPUs-at-startup", "3" },
	{ "none", "VCPUs-max=0", "INVALID_VALUE: VCPUs", NULL, NULL },
	{ "the last wins", "user-version=1|user-version=0x10", "ok", "user-version", "16" },
	{ "reference", "affinity=" U(70), "ok", "affinity", U(70) },
	{ "reference", "affinity=" U(09), "UUID_INVALID: host", "affinity", U(70) },
	{ "reference", "affinity=", "ok", "affinity", "<not in database>" },
	{ "not nullable", "suspend-SR-uuid=", "UUID_INVALID: SR", NULL, NULL },
	{ "absent class", "snapshot-schedule=" U(70), "UUID_INVALID: VMSS", NULL, NULL },
	{ "whole map", "bios-strings:a=1|bios-strings:b=2", "ok", "bios-strings", "a: 1; b: 2" },
	{ "whole map", "bios-strings:c=3", "ok", "bios-strings", "c: 3" },
	{ "no members", "snapshot-info:x=1",
		"CLI_FAILURE: Field 'snapshot-info' is not a set or map", NULL, NULL },
};

Test(param, set)
{
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		_cleanup_free_ char *result = set("template", U(04), sets[i].settings);

		cr_expect_str_eq(result, sets[i].result, "%s: %s", sets[i].id, result);
		if (!sets[i].field)
			continue;
		_cleanup_free_ char *text = get("template", U(04), sets[i].field, NULL);

		cr_expect_str_eq(text, sets[i].text, "%s: %s", sets[i].id, text);
	}
}

/* Fields unknown to the domain are only in the store, even if the VM has a domain. */
Test(param, set_plain_field_of_a_vm)
{
	_cleanup_free_ char *result = set("vm", U(03), "other-config:a=1|start-delay=5");
	_cleanup_free_ char *text = get("vm", U(03), "start-delay", NULL);

	cr_expect_str_eq(result, "ok");
	cr_expect_str_eq(text, "5");
}

/*
 * A change of fields that the domain has, too, is refused as a whole if the domain cannot be
 * changed.
 */
Test(param, set_is_whole_across_store_and_domain)
{
	session_forget_domains(world->here);
	_cleanup_free_ char *result = set("vm", U(02), "other-config:a=1|name-label=x");
	_cleanup_free_ char *config = get("vm", U(02), "other-config", NULL);
	_cleanup_free_ char *name = get("vm", U(02), "name-label", NULL);

	cr_expect(str_starts(result, "VXE_HYPERVISOR_UNREACHABLE"), "%s", result);
	cr_expect_str_eq(config, "auto_poweron: true; owner: bob");
	cr_expect_str_eq(name, "web");
}

Test(param, set_other_classes)
{
	static const struct {
		const char *view, *uuid, *settings, *result, *field, *text;
	} others[] = {
		{ "network", U(60), "MTU=abc",
			"CLI_VALUE: Failed to parse parameter 'MTU': expecting an integer", "MTU",
			"1500" },
		{ "network", U(60), "MTU=9000", "ok", "MTU", "9000" },
		{ "vif", U(50), "ipv4-allowed=10.0.0.1,10.0.0.2", "ok", "ipv4-allowed",
			"10.0.0.1; 10.0.0.2" },
		{ "vif", U(50), "trunks=1,4096", "INVALID_VALUE: trunks", "trunks", "" },
		{ "vbd", U(20), "mode=Ro", "ok", "mode", "RO" },
		{ "vdi", U(30), "on-boot=reset", "VXE_ON_BOOT_RESET: " U(30), "on-boot",
			"persist" },
		{ "vdi", U(30), "virtual-size=1", "CLI_FAILURE: Field 'virtual-size' is read-only.",
			"virtual-size", "8589934592" },
		{ "sr", U(40), "name-label=x", "ok", "name-label", "x" },
		{ "snapshot", U(05), "name-label=x", "ok", "name-label", "x" },
		{ "sr", U(30), "name-label=x", "UUID_INVALID: SR", NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		_cleanup_free_ char *result =
			set(others[i].view, others[i].uuid, others[i].settings);

		cr_expect_str_eq(result, others[i].result, "%zu: %s", i, result);
		if (!others[i].field)
			continue;
		_cleanup_free_ char *text =
			get(others[i].view, others[i].uuid, others[i].field, NULL);

		cr_expect_str_eq(text, others[i].text, "%zu: %s", i, text);
	}
}

/* E100 */
Test(param, xe_calls_a_wrong_number_an_internal_error)
{
	session_wish(world, &of_xe);
	_cleanup_free_ char *result = set("network", U(60), "MTU=abc");

	cr_expect_str_eq(result, "INTERNAL_ERROR: Failure: Int64.of_string");
}

enum verb { ADD, REMOVE, CLEAR };

/* One step each on VM web, in order. */
static const struct {
	const char *id;
	enum verb verb;
	const char *name, *key;
	struct filter pairs[2];
	const char *result, *text;
} steps[] = {
	{ "E101", ADD, "tags", "x", { { 0 } }, "ok", "prod, eu, x" },
	{ "twice", ADD, "tags", "x", { { 0 } }, "ok", "prod, eu, x" },
	{ "E102", ADD, "tags", NULL, { { 0 } },
		"CLI_FAILURE: When adding a key to a set, use the syntax: *-param-add "
		"param-name=<name> param-key=<key>",
		NULL },
	{ "E103", ADD, "other-config", NULL, { { "k1", "v1" }, { "k2", "v2" } }, "ok",
		"auto_poweron: true; owner: bob; k1: v1; k2: v2" },
	{ "E104", ADD, "other-config", NULL, { { "k3", "v3" }, { "owner", "x" } },
		"MAP_DUPLICATE_KEY: VM", "auto_poweron: true; owner: bob; k1: v1; k2: v2" },
	{ "E105", ADD, "other-config", NULL, { { 0 } }, "ok",
		"auto_poweron: true; owner: bob; k1: v1; k2: v2" },
	{ "E106", ADD, "name-label", NULL, { { "a", "b" } },
		"CLI_FAILURE: Can only add to parameters of type Set or Map", "web" },
	{ "E107", ADD, "allowed-operations", "x", { { 0 } }, "CLI_FAILURE: Parameter is read-only",
		NULL },
	{ "not a field", ADD, "bogus", "x", { { 0 } }, "MISSING_PARAMETER: bogus", NULL },
	{ "checked", ADD, "VCPUs-params", NULL, { { "speed", "1" } },
		"CLI_FAILURE: Failed to add parameter 'speed': expecting 'weight','cap' or 'mask'",
		"" },
	{ "E108", REMOVE, "other-config", "zz", { { 0 } }, "CLI_FAILURE: Key zz is not in map",
		NULL },
	{ "remove", REMOVE, "other-config", "k1", { { 0 } }, "ok",
		"auto_poweron: true; owner: bob; k2: v2" },
	{ "E109", REMOVE, "tags", "zz", { { 0 } }, "CLI_FAILURE: Key zz is not in the set", NULL },
	{ "remove", REMOVE, "tags", "prod", { { 0 } }, "ok", "eu, x" },
	{ "E110", REMOVE, "os-version", "zz", { { 0 } },
		"CLI_FAILURE: Cannot remove parameters from read-only map", NULL },
	{ "a set that is read-only", REMOVE, "allowed-operations", "zz", { { 0 } },
		"CLI_FAILURE: Cannot remove parameters from read-only map", NULL },
	{ "E111", REMOVE, "name-label", "zz", { { 0 } },
		"CLI_FAILURE: Can only remove from parameters of type Set or Map", NULL },
	/* auto_poweron has to reach the domain, and there is no hypervisor here. */
	{ "E112", CLEAR, "other-config", NULL, { { 0 } },
		"VXE_HYPERVISOR_UNREACHABLE: ", "auto_poweron: true; owner: bob; k2: v2" },
	{ "set", CLEAR, "tags", NULL, { { 0 } }, "ok", "" },
	{ "E113", CLEAR, "affinity", NULL, { { 0 } }, "ok", "<not in database>" },
	{ "E114", CLEAR, "VCPUs-max", NULL, { { 0 } }, "CLI_FAILURE: Cannot clear this parameter",
		"1" },
	{ "E115", CLEAR, "power-state", NULL, { { 0 } },
		"CLI_FAILURE: Can only clear RW parameters", NULL },
	{ "read-only map", CLEAR, "os-version", NULL, { { 0 } },
		"CLI_FAILURE: Can only clear RW parameters", NULL },
	{ "MRO but clear", CLEAR, "bios-strings", NULL, { { 0 } }, "ok", "" },
	{ "null refused", CLEAR, "suspend-VDI-uuid", NULL, { { 0 } },
		"CLI_FAILURE: Cannot clear this parameter", NULL },
	{ "plain", CLEAR, "PV-args", NULL, { { 0 } }, "ok", "" },
};

static int take_step(size_t i, struct vxe_error *err)
{
	const struct view *v = view_by_prefix("vm");
	size_t n = 0;

	while (n < ARRAY_LEN(steps[i].pairs) && steps[i].pairs[n].key)
		n++;
	switch (steps[i].verb) {
	case ADD:
		return param_add(
			world, v, U(02), steps[i].name, steps[i].key, steps[i].pairs, n, err);
	case REMOVE:
		return param_remove(world, v, U(02), steps[i].name, steps[i].key, err);
	case CLEAR:
		return param_clear(world, v, U(02), steps[i].name, err);
	}
	return -1;
}

Test(param, add_remove_clear)
{
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_free_ char *result = outcome(take_step(i, &err), &err);

		cr_expect_str_eq(result, steps[i].result, "%s: %s", steps[i].id, result);
		if (!steps[i].text)
			continue;
		_cleanup_free_ char *text = get("vm", U(02), steps[i].name, NULL);

		cr_expect_str_eq(text, steps[i].text, "%s: %s", steps[i].id, text);
	}
}

Test(param, duplicate_key_says_where)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const struct filter pair = { "owner", "x" };

	cr_assert_eq(
		param_add(world, view_by_prefix("vm"), U(02), "other-config", NULL, &pair, 1, &err),
		-1);
	cr_expect_eq(err.code, MAP_DUPLICATE_KEY);
	cr_expect_str_eq(err.params[0], "VM");
	cr_expect_str_eq(err.params[1], "other_config");
	cr_expect_str_eq(err.params[2], U(02));
	cr_expect_str_eq(err.params[3], "owner");
}
