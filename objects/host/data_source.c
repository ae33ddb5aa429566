/* SPDX-License-Identifier: MIT */
/* The data sources of VMs, the host and SRs. */
#include "objects/host/data_source.h"

#include <math.h>

#include "objects/classes/host/host_machine.h"
#include "objects/classes/host/host_identity.h"
#include "objects/classes/vm/vm.h"
#include "objects/queries/list.h"
#include "objects/session/guest_stats.h"

#define BYTES "B"
#define BYTES_PER_SECOND "B/s"
#define FRACTION "(fraction)"
#define KIB "KiB"

void data_sources_clear(struct data_sources *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->items[i].name);
	free(d->items);
	*d = (struct data_sources){ 0 };
}

const struct data_source *data_sources_find(const struct data_sources *d, const char *name)
{
	for (size_t i = 0; i < d->n; i++)
		if (str_eq(d->items[i].name, name))
			return &d->items[i];
	return NULL;
}

/* Adds a data source to @d, which owns @name from now on. */
static void add_data_source(
	struct data_sources *d, char *name, const char *doc, const char *units, double value)
{
	d->items = xrealloc(d->items, d->n + 1, sizeof(*d->items));
	d->items[d->n++] = (struct data_source){ .name = name,
		.doc = doc,
		.units = units,
		.most = str_eq(units, FRACTION) ? 1 : INFINITY,
		.value = value };
}

/* ---- VMs ------------------------------------------------------------------------------------- */

static double per_second(int64_t before, int64_t after, int64_t ms)
{
	return after > before && ms > 0 ? (double)(after - before) * 1000 / (double)ms : 0;
}

static void add_disks(struct data_sources *d, const struct live_sample *l)
{
	for (size_t i = 0; i < l->a->n_disks && i < l->b->n_disks; i++) {
		const struct hv_device_stat *a = &l->a->disks[i], *b = &l->b->disks[i];

		add_data_source(d, xasprintf("vbd_%s_read", b->name), "Reads from the disk",
			BYTES_PER_SECOND, per_second(a->in, b->in, l->ms));
		add_data_source(d, xasprintf("vbd_%s_write", b->name), "Writes to the disk",
			BYTES_PER_SECOND, per_second(a->out, b->out, l->ms));
	}
}

static void add_nics(struct data_sources *d, const struct live_sample *l)
{
	for (size_t i = 0; i < l->a->n_nics && i < l->b->n_nics; i++) {
		const struct hv_device_stat *a = &l->a->nics[i], *b = &l->b->nics[i];

		add_data_source(d, xasprintf("vif_%zu_rx", i), "Received by the card",
			BYTES_PER_SECOND, per_second(a->in, b->in, l->ms));
		add_data_source(d, xasprintf("vif_%zu_tx", i), "Sent by the card", BYTES_PER_SECOND,
			per_second(a->out, b->out, l->ms));
	}
}

static int vm_record(struct session *s, const char *uuid, struct vm **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	return txn_begin(s->store, TXN_READ, &t, err) < 0 ? -1 : vm_get(t, uuid, ret, err);
}

int data_sources_of_vm(
	struct session *s, const char *uuid, struct data_sources *ret, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	struct live_sample l;

	if (vm_record(s, uuid, &vm, err) < 0 || live_sample(s, uuid, &l, err) < 0)
		return -1;
	if (!l.a || !l.b)
		return 0;
	double sum = 0;
	int n = l.a->vcpus < l.b->vcpus ? l.a->vcpus : l.b->vcpus;

	for (int i = 0; i < n; i++) {
		double load = live_sample_load(&l, i);

		sum += load;
		add_data_source(ret, xasprintf("cpu%d", i), "CPU usage", FRACTION, load);
	}
	add_data_source(ret, xstrdup("cpu_usage"), "Usage of all CPUs", FRACTION, n ? sum / n : 0);
	add_data_source(
		ret, xstrdup("memory"), "Memory that the VM has now", BYTES, (double)l.b->memory);
	add_data_source(ret, xstrdup("memory_target"), "Memory that the VM should have", BYTES,
		(double)vm->memory_dynamic_max);
	if (l.b->memory_free >= 0)
		add_data_source(ret, xstrdup("memory_internal_free"),
			"Unused memory, as the guest says", KIB, (double)l.b->memory_free / 1024);
	add_disks(ret, &l);
	add_nics(ret, &l);
	return 0;
}

/* ---- the host -------------------------------------------------------------------------------- */

static void add_pifs(
	struct data_sources *d, const struct machine_facts *m, const struct machine_load *load)
{
	for (size_t i = 0; i < load->n_nics; i++) {
		if (load->in[i] < 0 || load->out[i] < 0)
			continue;
		add_data_source(d, xasprintf("pif_%s_rx", m->nics[i].name),
			"Received by the interface", BYTES_PER_SECOND, load->in[i] * 1024);
		add_data_source(d, xasprintf("pif_%s_tx", m->nics[i].name), "Sent by the interface",
			BYTES_PER_SECOND, load->out[i] * 1024);
	}
}

int data_sources_of_host(
	struct session *s, const char *uuid, struct data_sources *ret, struct vxe_error *err)
{
	const struct machine_facts *m;
	const struct machine_load *load;

	struct session_host *host;

	if (session_host(s, uuid, &host, err) < 0 || host_check_here(s, err) < 0)
		return -1;
	m = host_facts(s->here);
	load = host_load(s->here);
	double sum = 0;

	for (size_t i = 0; i < load->n_cpus; i++) {
		double busy = load->cpus[i] < 0 ? 0 : load->cpus[i];

		sum += busy;
		add_data_source(ret, xasprintf("cpu%d", m->cpus[i].number), "Physical CPU usage",
			FRACTION, busy);
	}
	add_data_source(ret, xstrdup("cpu_avg"), "Average of all physical CPUs", FRACTION,
		load->n_cpus ? sum / (double)load->n_cpus : 0);
	add_data_source(ret, xstrdup("loadavg"), "Processes that run or wait for a CPU, per CPU",
		FRACTION,
		machine_load_average(s->config.root) / (double)(m->n_cpus ? m->n_cpus : 1));
	ret->items[ret->n - 1].most = INFINITY;
	add_data_source(ret, xstrdup("memory_total_kib"), "Memory of the host", KIB,
		(double)m->memory_total / 1024);
	add_data_source(ret, xstrdup("memory_free_kib"), "Memory that is left", KIB,
		(double)machine_memory_free(s->config.root) / 1024);
	add_pifs(ret, m, load);
	return 0;
}

/* ---- SRs ------------------------------------------------------------------------------------- */

int data_sources_of_sr(
	struct session *s, const char *uuid, struct data_sources *ret, struct vxe_error *err)
{
	static const struct {
		const char *field, *name, *doc;
	} sources[] = {
		{ "virtual-allocation", "virtual_allocation", "Sum of the sizes of the disks" },
		{ "physical-utilisation", "physical_utilisation", "Space in use" },
		{ "physical-size", "size", "Size of the SR" },
	};
	const struct view *v = view_by_prefix("sr");
	const struct filter self = { "uuid", uuid };
	const struct field *fields[ARRAY_LEN(sources) + 1] = { NULL };
	_cleanup_rows_ struct rows rows = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		fields[i] = class_field(v->cls, sources[i].field);
	if (list_rows(s, v, &self, 1, fields, LIST_COSTLY, &rows, err) < 0)
		return -1;
	if (!rows.n)
		return vxe_fail(err, UUID_INVALID, "SR", uuid);
	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		if (!rows.items[0].values[i].literal)
			add_data_source(ret, xstrdup(sources[i].name), sources[i].doc, BYTES,
				(double)rows.items[0].values[i].integer);
	return 0;
}
