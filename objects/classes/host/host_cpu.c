/* SPDX-License-Identifier: MIT */
/* The fields of the host's processors, in xe's print order. */
#include "objects/classes/host/host_cpu.h"

#include "objects/classes/host/host_machine.h"
#include "objects/classes/host/recorded_facts.h"
#include "objects/classes/common/mirrored_records.h"

/* The kernel's facts about the processor of the record @obj; NULL: the processor is offline. */
static const void *cpu_of(struct session *s, const void *obj)
{
	const struct host_cpu *cpu = obj;
	const struct machine_facts *m = host_facts_of(s, cpu->host);

	for (size_t i = 0; i < m->n_cpus; i++)
		if (m->cpus[i].number == cpu->number)
			return &m->cpus[i];
	return NULL;
}

static int get_utilisation(
	struct session *s, const void *obj, struct value *ret, struct vxe_error *err)
{
	const struct machine_cpu *cpu = cpu_of(s, obj);

	(void)err;
	ret->real = cpu && session_is_here(s, ((const struct host_cpu *)obj)->host)
		? host_load(s->here)->cpus[cpu - host_facts(s->here)->cpus]
		: -1;
	if (ret->real < 0)
		ret->literal = "<unknown>";
	return 0;
}

#define STRING(m) THERE_STRING(cpu_of, struct machine_cpu, m)
#define INT(m) THERE_INT(cpu_of, struct machine_cpu, m)
#define FROM_CPUINFO .source = "kernel: /proc/cpuinfo"

static const struct field host_cpu_fields[] = {
	{ "uuid", "Unique identifier, derived from the number.", AT_STRING(struct host_cpu, r.uuid),
		.flags = F_COLUMN },
	{ "host-uuid", "The host that has it.", AT_REF(struct host_cpu, host, CLASS_HOST),
		.flags = F_COLUMN },
	{ "number", "Its number.", AT_INT(struct host_cpu, number), .flags = F_COLUMN,
		FROM_CPUINFO },
	{ "vendor", "Its maker.", STRING(vendor), FROM_CPUINFO },
	{ "speed", "Its speed, in MHz.", INT(mhz), FROM_CPUINFO },
	{ "model", "Number of the model.", INT(model), FROM_CPUINFO },
	{ "family", "Number of the family.", INT(family), FROM_CPUINFO },
	{ "modelname", "Name of the model.", STRING(modelname), FROM_CPUINFO },
	{ "stepping", "Number of the stepping.", STRING(stepping), FROM_CPUINFO },
	{ "flags", "What it can do.", STRING(flags), FROM_CPUINFO },
	{ "utilisation", "How busy it is, 0 to 1.", COMPUTED(FIELD_FLOAT, get_utilisation),
		.flags = F_COSTLY, .source = "kernel: /proc/stat, twice within 200 ms" },
	{ 0 },
};

static int host_cpus_refresh(struct session *s, struct vxe_error *err)
{
	_cleanup_records_ struct records cpus = { .cls = &host_cpu_class };
	const struct machine_facts *m = host_facts(s->here);

	for (size_t i = 0; i < m->n_cpus; i++) {
		_cleanup_free_ char *name = xasprintf("cpu:%d", m->cpus[i].number);
		struct host_cpu *cpu = mirror_add(s, &cpus, name);

		str_replace(&cpu->host, s->here->uuid);
		cpu->number = m->cpus[i].number;
	}
	return mirror_records(s, &cpus, offsetof(struct host_cpu, host), NULL, err);
}

const struct class host_cpu_class = {
	.name = "host_cpu",
	.size = sizeof(struct host_cpu),
	.fields = host_cpu_fields,
	.refresh = host_cpus_refresh,
};
