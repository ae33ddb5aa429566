/* SPDX-License-Identifier: MIT */
/*
 * vm-memory-*, vm-vcpu-hotplug, vm-compute-*: sizes of VMs.
 * Behaviour source: xen-api ocaml/xapi-cli-server/cli_operations.ml.
 */
#include <inttypes.h>

#include "objects/model/value.h"
#include "objects/queries/param.h"
#include "objects/vm/vm_resize.h"
#include "xe/model/select.h"

/*
 * What a command that sets memory limits does: xe's name of the operation, and the field that each of its parameters
 * sets.
 */
struct limits {
	const char *operation;
	struct {
		const char *param, *field;
	} set[5]; /* pairs of a parameter and a field, ended by a NULL param */
};
static const struct limits dynamic_range = { "changing_dynamic_range",
	{ { "min", "memory-dynamic-min" }, { "max", "memory-dynamic-max" } } };
static const struct limits static_range = { "changing_static_range",
	{ { "min", "memory-static-min" }, { "max", "memory-static-max" } } };
static const struct limits all_limits = { "changing_static_range",
	{ { "static-min", "memory-static-min" }, { "dynamic-min", "memory-dynamic-min" },
		{ "dynamic-max", "memory-dynamic-max" }, { "static-max", "memory-static-max" } } };
static const struct limits whole_memory = { "changing_static_range",
	{ { "memory", "memory-dynamic-min" }, { "memory", "memory-dynamic-max" },
		{ "memory", "memory-static-max" } } };
/*
 * For vm-memory-target-set and vm-memory-balloon. As in xe, these two commands find only VMs; those that set the other
 * limits accept templates, too.
 */
static const struct limits target = { "changing_dynamic_range",
	{ { "target", "memory-dynamic-min" }, { "target", "memory-dynamic-max" } } };

static int set_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	const struct limits *l = c->command->arg;
	_cleanup_map_ struct map bytes = { 0 };
	struct filter settings[ARRAY_LEN(l->set)];

	for (size_t i = 0; l->set[i].param; i++) {
		_cleanup_free_ char *text = xasprintf("%" PRId64, call_size(c, l->set[i].param, 0));

		map_set(&bytes, l->set[i].field, text);
	}
	for (size_t i = 0; i < bytes.n; i++)
		settings[i] = (struct filter){ bytes.items[i].key, bytes.items[i].value };
	return vm_set_memory(c->session, uuid, l->operation, settings, bytes.n, err);
}

/* ---- VCPUs ---------------------------------------------------------------------------------- */

static int hotplug_one(struct call *c, const char *uuid, struct vxe_error *err)
{
	return vm_set_vcpus(c->session, uuid, call_value(c, "new-vcpus", 0), err);
}

/* ---- required memory ------------------------------------------------------------------------- */

static int overhead_of(struct call *c, const char *uuid, int64_t *ret, struct vxe_error *err)
{
	_cleanup_free_ char *text = NULL;

	if (param_get(c->session, view_by_prefix("vm"), uuid, "memory-overhead", NULL, &text, err) <
		0)
		return -1;
	return int_parse(text, ret) == 0 ? 0 : vxe_fail_internal(err, "bad overhead %s", text);
}

static int print_overhead(struct call *c, const char *uuid, struct vxe_error *err)
{
	_cleanup_free_ char *text = NULL;
	int64_t overhead;

	if (overhead_of(c, uuid, &overhead, err) < 0)
		return -1;
	text = xasprintf("%" PRId64, overhead);
	render_said(c->render, text);
	return 0;
}

static int maximum_of(struct call *c, const char *uuid, struct vxe_error *err)
{
	int64_t total = call_size(c, "total", 0), overhead;

	if (overhead_of(c, uuid, &overhead, err) < 0)
		return -1;
	c->result = xasprintf("%" PRId64, total > overhead ? total - overhead : 0);
	return 0;
}

const struct command resize_commands[] = {
	{ "vm-compute-maximum-memory", on_vms, C_STANDARD | C_SELECTS | C_READS,
		"Print the most memory that a VM could be given of a total",
		PARAMS({ "total", P_REQUIRED }, { "approximate", P_IDLE }), .one = maximum_of,
		PRINTS(PRINTS_TEXTS) },
	{ "vm-compute-memory-overhead", on_vms, C_SELECTS | C_READS,
		"Print how much memory the VMs need beside their own", NO_PARAMS,
		.one = print_overhead, .select = SELECT_CONTROL, PRINTS(PRINTS_TEXTS) },
	{ "vm-memory-balloon", on_vms, C_SELECTS,
		"Set the memory that the selected VMs are meant to have",
		PARAMS({ "target", P_REQUIRED }, DRY_RUN_PARAM), .one = set_one,
		.select = SELECT_CONTROL, .arg = &target, PRINTS(PRINTS_NOTHING) },
	{ "vm-memory-dynamic-range-set", on_vms, C_SELECTS,
		"Set the limits of memory while running",
		PARAMS({ "min", P_REQUIRED }, { "max", P_REQUIRED }, DRY_RUN_PARAM), .one = set_one,
		.select = SELECT_CONTROL | SELECT_TEMPLATES, .arg = &dynamic_range,
		PRINTS(PRINTS_NOTHING) },
	{ "vm-memory-limits-set", on_vms, C_SELECTS, "Set all limits of memory",
		PARAMS({ "static-min", P_REQUIRED }, { "static-max", P_REQUIRED },
			{ "dynamic-min", P_REQUIRED }, { "dynamic-max", P_REQUIRED },
			DRY_RUN_PARAM),
		.one = set_one, .select = SELECT_CONTROL | SELECT_TEMPLATES, .arg = &all_limits,
		PRINTS(PRINTS_NOTHING) },
	{ "vm-memory-set", on_vms, C_SELECTS | C_EVERYDAY, "Set the memory of the selected VMs",
		PARAMS({ "memory", P_REQUIRED }, DRY_RUN_PARAM), .one = set_one,
		.select = SELECT_CONTROL | SELECT_TEMPLATES, .arg = &whole_memory,
		PRINTS(PRINTS_NOTHING) },
	{ "vm-memory-static-range-set", on_vms, C_SELECTS,
		"Set the limits of memory that need a restart",
		PARAMS({ "min", P_REQUIRED }, { "max", P_REQUIRED }, DRY_RUN_PARAM), .one = set_one,
		.select = SELECT_CONTROL | SELECT_TEMPLATES, .arg = &static_range,
		PRINTS(PRINTS_NOTHING) },
	{ "vm-memory-target-set", on_vms, C_SELECTS,
		"Set the memory that the selected VMs are meant to have",
		PARAMS({ "target", P_REQUIRED }, DRY_RUN_PARAM), .one = set_one,
		.select = SELECT_CONTROL, .arg = &target, PRINTS(PRINTS_NOTHING) },
	{ "vm-vcpu-hotplug", on_vms, C_SELECTS | C_EVERYDAY,
		"Change the number of virtual CPUs of the running VMs",
		PARAMS({ "new-vcpus", P_REQUIRED }, DRY_RUN_PARAM), .one = hotplug_one,
		PRINTS(PRINTS_NOTHING) },
	{ 0 },
};
