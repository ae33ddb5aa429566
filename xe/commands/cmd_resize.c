/* SPDX-License-Identifier: MIT */
/*
 * vm-memory-*, vm-vcpu-hotplug, vm-compute-*: sizes of VMs.
 * Behaviour source: xen-api ocaml/xapi-cli-server/cli_operations.ml.
 */
#include <inttypes.h>

#include "objects/model/value.h"
#include "objects/records/param.h"
#include "objects/vm/vm_resize.h"
#include "xe/select.h"

/* The field that a parameter sets. */
struct limit {
	const char *param, *field;
};

struct limits {
	const char *operation;
	size_t n;
	struct filter settings[4];
	char *texts[4]; /* sizes in bytes, owned */
};

static void limits_clear(struct limits *l)
{
	for (size_t i = 0; i < ARRAY_LEN(l->texts); i++)
		free(l->texts[i]);
}

static int set_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	const struct limits *l = ctx;

	(void)ret;
	return vm_set_memory(c->session, uuid, l->operation, l->settings, l->n, err);
}

static int set_limits(struct call *c, unsigned flags, const char *operation,
	const struct limit *table, size_t n, struct vxe_error *err)
{
	_cleanup_(limits_clear) struct limits l = { .operation = operation, .n = n };

	for (size_t i = 0; i < n; i++) {
		int64_t bytes;

		if (params_size(c->params, table[i].param, &bytes, err) < 0)
			return -1;
		l.texts[i] = xasprintf("%" PRId64, bytes);
		l.settings[i] = (struct filter){ table[i].field, l.texts[i] };
	}
	return each_vm(c, SELECT_CONTROL | flags, set_one, &l, err);
}

static int cmd_vm_memory_dynamic_range_set(struct call *c, struct vxe_error *err)
{
	static const struct limit table[] = { { "min", "memory-dynamic-min" },
		{ "max", "memory-dynamic-max" } };

	return set_limits(
		c, SELECT_TEMPLATES, "changing_dynamic_range", table, ARRAY_LEN(table), err);
}

static int cmd_vm_memory_static_range_set(struct call *c, struct vxe_error *err)
{
	static const struct limit table[] = { { "min", "memory-static-min" },
		{ "max", "memory-static-max" } };

	return set_limits(
		c, SELECT_TEMPLATES, "changing_static_range", table, ARRAY_LEN(table), err);
}

static int cmd_vm_memory_limits_set(struct call *c, struct vxe_error *err)
{
	static const struct limit table[] = { { "static-min", "memory-static-min" },
		{ "dynamic-min", "memory-dynamic-min" }, { "dynamic-max", "memory-dynamic-max" },
		{ "static-max", "memory-static-max" } };

	return set_limits(
		c, SELECT_TEMPLATES, "changing_static_range", table, ARRAY_LEN(table), err);
}

static int cmd_vm_memory_set(struct call *c, struct vxe_error *err)
{
	static const struct limit table[] = { { "memory", "memory-dynamic-min" },
		{ "memory", "memory-dynamic-max" }, { "memory", "memory-static-max" } };

	return set_limits(
		c, SELECT_TEMPLATES, "changing_static_range", table, ARRAY_LEN(table), err);
}

/* As in xe, finds only VMs, like vm-memory-balloon; the commands above accept templates, too. */
static int cmd_vm_memory_target_set(struct call *c, struct vxe_error *err)
{
	static const struct limit table[] = { { "target", "memory-dynamic-min" },
		{ "target", "memory-dynamic-max" } };

	return set_limits(c, 0, "changing_dynamic_range", table, ARRAY_LEN(table), err);
}

/* ---- VCPUs ---------------------------------------------------------------------------------- */

static int hotplug_one(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	const int64_t *n = ctx;

	(void)ret;
	return vm_set_vcpus(c->session, uuid, *n, err);
}

static int cmd_vm_vcpu_hotplug(struct call *c, struct vxe_error *err)
{
	int64_t n;

	if (int_parse(call_get(c, "new-vcpus"), &n) < 0)
		return vxe_fail_text(err, INTEGER_EXPECTED, "new-vcpus");
	return each_vm(c, 0, hotplug_one, &n, err);
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

static int print_overhead(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *text = NULL;
	int64_t overhead;

	(void)ctx, (void)ret;
	if (overhead_of(c, uuid, &overhead, err) < 0)
		return -1;
	text = xasprintf("%" PRId64, overhead);
	render_said(c->render, text);
	return 0;
}

static int cmd_vm_compute_memory_overhead(struct call *c, struct vxe_error *err)
{
	return each_vm(c, SELECT_CONTROL, print_overhead, NULL, err);
}

static int maximum_of(
	struct call *c, const char *uuid, const void *ctx, char **ret, struct vxe_error *err)
{
	const int64_t *total = ctx;
	int64_t overhead;

	if (overhead_of(c, uuid, &overhead, err) < 0)
		return -1;
	*ret = xasprintf("%" PRId64, *total > overhead ? *total - overhead : 0);
	return 0;
}

static int cmd_vm_compute_maximum_memory(struct call *c, struct vxe_error *err)
{
	bool approximate = false;
	int64_t total;

	if (params_size(c->params, "total", &total, err) < 0 ||
		params_flag(c->params, "approximate", &approximate, err) < 0)
		return -1;
	return each_vm(c, 0, maximum_of, &total, err);
}

const struct command resize_commands[] = {
	{ "vm-compute-maximum-memory", cmd_vm_compute_maximum_memory, C_STANDARD | C_SELECTS,
		"Print the most memory that a VM could be given of a total",
		PARAMS({ "total", P_REQUIRED }, { "approximate", 0 }) },
	{ "vm-compute-memory-overhead", cmd_vm_compute_memory_overhead, C_SELECTS,
		"Print how much memory the VMs need beside their own", NO_PARAMS },
	{ "vm-memory-balloon", cmd_vm_memory_target_set, C_SELECTS,
		"Set the memory that the selected VMs are meant to have",
		PARAMS({ "target", P_REQUIRED }) },
	{ "vm-memory-dynamic-range-set", cmd_vm_memory_dynamic_range_set, C_SELECTS,
		"Set the limits of memory while running",
		PARAMS({ "min", P_REQUIRED }, { "max", P_REQUIRED }) },
	{ "vm-memory-limits-set", cmd_vm_memory_limits_set, C_SELECTS, "Set all limits of memory",
		PARAMS({ "static-min", P_REQUIRED }, { "static-max", P_REQUIRED },
			{ "dynamic-min", P_REQUIRED }, { "dynamic-max", P_REQUIRED }) },
	{ "vm-memory-set", cmd_vm_memory_set, C_SELECTS, "Set the memory of the selected VMs",
		PARAMS({ "memory", P_REQUIRED }) },
	{ "vm-memory-static-range-set", cmd_vm_memory_static_range_set, C_SELECTS,
		"Set the limits of memory that need a restart",
		PARAMS({ "min", P_REQUIRED }, { "max", P_REQUIRED }) },
	{ "vm-memory-target-set", cmd_vm_memory_target_set, C_SELECTS,
		"Set the memory that the selected VMs are meant to have",
		PARAMS({ "target", P_REQUIRED }) },
	{ "vm-vcpu-hotplug", cmd_vm_vcpu_hotplug, C_SELECTS,
		"Change the number of virtual CPUs of the running VMs",
		PARAMS({ "new-vcpus", P_REQUIRED }) },
	{ 0 },
};
