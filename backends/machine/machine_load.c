/* SPDX-License-Identifier: MIT */
/* The load of the machine: reads the kernel's counters twice. */
#include "backends/machine/machine.h"

#include <string.h>

#include "objects/base/clock.h"

struct sample {
	/* for each CPU: time that it was busy, and all time, in ticks; @all is -1 if unknown */
	int64_t *busy, *all;
	int64_t *in, *out; /* for each interface; -1 if unknown */
};

static void sample_clear(struct sample *s)
{
	free(s->busy);
	free(s->all);
	free(s->in);
	free(s->out);
}

/* Reads the line "cpu0 user nice system idle iowait irq softirq steal ..." of /proc/stat. */
static void sample_cpu(const char *stat, int number, int64_t *busy, int64_t *all)
{
	enum { IDLE = 3, IOWAIT = 4, N = 8 };
	_cleanup_free_ char *name = xasprintf("\ncpu%d ", number);
	const char *at = strstr(stat, name);
	_cleanup_free_ char *numbers = at ? xstrdup(at + strlen(name)) : NULL;
	char *next = numbers;

	*busy = 0;
	*all = at ? 0 : -1;
	for (int i = 0; at && i < N; i++) {
		int64_t n = strtoll(next, &next, 10);

		*all += n;
		*busy += i == IDLE || i == IOWAIT ? 0 : n;
	}
}

static int64_t counter(const char *root, const char *nic, const char *name)
{
	_cleanup_free_ char *path = xasprintf("/sys/class/net/%s/statistics/%s", nic, name);

	return machine_int(root, path, -1);
}

static void sample(const char *root, const struct machine_facts *m, struct sample *ret)
{
	_cleanup_free_ char *stat = machine_text(root, "/proc/stat");

	ret->busy = xcalloc(m->n_cpus + 1, sizeof(int64_t));
	ret->all = xcalloc(m->n_cpus + 1, sizeof(int64_t));
	ret->in = xcalloc(m->n_nics + 1, sizeof(int64_t));
	ret->out = xcalloc(m->n_nics + 1, sizeof(int64_t));
	for (size_t i = 0; i < m->n_cpus; i++)
		sample_cpu(stat ? stat : "", m->cpus[i].number, &ret->busy[i], &ret->all[i]);
	for (size_t i = 0; i < m->n_nics; i++) {
		ret->in[i] = counter(root, m->nics[i].name, "rx_bytes");
		ret->out[i] = counter(root, m->nics[i].name, "tx_bytes");
	}
}

static double share(int64_t busy, int64_t all)
{
	return all > 0 ? (double)busy / (double)all : 0;
}

static double rate(int64_t before, int64_t after, int64_t ms)
{
	if (before < 0 || after < before || ms <= 0)
		return -1;
	return (double)(after - before) * 1000 / 1024 / (double)ms;
}

void machine_measure(
	const char *root, const struct machine_facts *m, int64_t ms, struct machine_load *ret)
{
	_cleanup_(sample_clear) struct sample a = { 0 }, b = { 0 };
	int64_t start = clock_ms();

	sample(root, m, &a);
	clock_sleep_ms(ms);
	sample(root, m, &b);
	ms = clock_ms() - start;
	*ret = (struct machine_load){ .n_cpus = m->n_cpus, .n_nics = m->n_nics };
	ret->cpus = xcalloc(m->n_cpus + 1, sizeof(double));
	ret->in = xcalloc(m->n_nics + 1, sizeof(double));
	ret->out = xcalloc(m->n_nics + 1, sizeof(double));
	for (size_t i = 0; i < m->n_cpus; i++)
		ret->cpus[i] = a.all[i] < 0 || b.all[i] < 0
			? -1
			: share(b.busy[i] - a.busy[i], b.all[i] - a.all[i]);
	for (size_t i = 0; i < m->n_nics; i++) {
		ret->in[i] = rate(a.in[i], b.in[i], ms);
		ret->out[i] = rate(a.out[i], b.out[i], ms);
	}
}

double machine_load_average(const char *root)
{
	_cleanup_free_ char *text = machine_text(root, "/proc/loadavg");

	return text ? strtod(text, NULL) : 0;
}

void machine_load_clear(struct machine_load *l)
{
	free(l->cpus);
	free(l->in);
	free(l->out);
	*l = (struct machine_load){ 0 };
}
