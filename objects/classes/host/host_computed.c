/* SPDX-License-Identifier: MIT */
/* Facts about the machine as fields of the host. */
#include "objects/classes/host/host_computed.h"

#include <inttypes.h>

#include "objects/classes/host/host_machine.h"
#include "objects/classes/host/host_identity.h"
#include "objects/classes/host/recorded_facts.h"

/* The XenServer version that vxe imitates: scripts check it before they use newer features. */
#define FOLLOWED "8.4.0"
#define FOLLOWED_SHORT "8.4"
#define FOLLOWED_PLATFORM "3.4.0"

#define GETTER(name)                                                                               \
	int name(struct session *s, const void *obj, struct value *ret, struct vxe_error *err)

static const struct machine_facts *facts_of(struct session *s, const struct host *host)
{
	return host_facts_of(s, host->r.uuid);
}

/* True if something is known about the host's machine: it is this one, or the host has recorded its facts. */
static bool is_known(struct session *s, const struct host *host)
{
	return !str_is_empty(facts_of(s, host)->arch);
}

static void set_number(struct map *m, const char *key, int64_t n)
{
	_cleanup_free_ char *text = xasprintf("%" PRId64, n);

	map_set(m, key, text);
}

/* ---- current state --------------------------------------------------------------------------- */

GETTER(host_get_allowed)
{
	const struct host *host = obj;

	(void)s, (void)err;
	if (!host->enabled) {
		strv_add(&ret->list, "enable");
		return 0;
	}
	strv_add(&ret->list, "provision");
	strv_add(&ret->list, "VM.start");
	strv_add(&ret->list, "VM.resume");
	return 0;
}

GETTER(host_get_live)
{
	const struct host *host = obj;
	int64_t ms;

	ret->integer = session_is_here(s, host->r.uuid);
	if (ret->integer || host->dead)
		return 0;
	if ((s->read_txn ? txn_last_beat(s->read_txn, host->r.uuid, &ms, err)
			 : store_last_beat(s->store, host->r.uuid, &ms, err)) < 0)
		return -1;
	ret->integer = ms >= 0 && ms < HOST_LIVE_MS;
	return 0;
}

static int take_resident(
	void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	(void)err;
	if (str_eq(values[0], "running") || str_eq(values[0], "paused"))
		strv_add(ctx, uuid);
	return 0;
}

/*
 * The getter of resident-vms, the VMs that run on the host: its control domain, and each VM whose libvirt domain is
 * active.
 */
GETTER(host_get_resident)
{
	const struct host *host = obj;
	const struct hv_domains *domains;

	if (host->control_domain)
		strv_add(&ret->list, host->control_domain);
	if (!session_is_here(s, host->r.uuid))
		return txn_scan_where(s->read_txn, class_by_id(CLASS_VM)->name,
			(const char *const[]){ "seen_state", NULL }, "home", host->r.uuid,
			take_resident, &ret->list, err);
	if (session_domains(s->here, &domains, err) < 0)
		return -1;
	for (size_t i = 0; i < domains->n; i++)
		if (hv_is_active(domains->items[i].state))
			strv_add(&ret->list, domains->items[i].uuid);
	return 0;
}

/* ---- the machine ----------------------------------------------------------------------------- */

GETTER(host_get_software_version)
{
	const struct machine_facts *m = facts_of(s, obj);
	const struct hv_versions *versions;

	map_set(&ret->map, "product_brand", "vxe");
	map_set(&ret->map, "product_version", FOLLOWED);
	map_set(&ret->map, "product_version_text", FOLLOWED_SHORT);
	map_set(&ret->map, "product_version_text_short", FOLLOWED_SHORT);
	map_set(&ret->map, "platform_name", "KVM");
	map_set(&ret->map, "platform_version", FOLLOWED_PLATFORM);
	map_set(&ret->map, "network_backend", "bridge");
	map_set(&ret->map, "hostname", m->hostname);
	map_set(&ret->map, "linux", m->kernel);
	if (!session_is_here(s, ((const struct host *)obj)->r.uuid))
		return 0;
	if (session_versions(s->here, &versions, err) < 0)
		return -1;
	map_set(&ret->map, "libvirt", versions->library);
	map_set(&ret->map, "hypervisor", versions->driver);
	map_set(&ret->map, "hypervisor_version", versions->hypervisor);
	return 0;
}

GETTER(host_get_capabilities)
{
	const struct machine_facts *m = facts_of(s, obj);

	(void)err;
	if (str_is_empty(m->arch)) /* no facts are known about a host that is another machine */
		return 0;
	if (m->kvm)
		strv_take(&ret->list, xasprintf("kvm-%s", m->arch));
	strv_take(&ret->list, xasprintf("hvm-%s", m->arch));
	return 0;
}

GETTER(host_get_chipset)
{
	(void)err;
	if (is_known(s, obj))
		map_set(&ret->map, "iommu", facts_of(s, obj)->iommu ? "true" : "false");
	return 0;
}

GETTER(host_get_cpu_info)
{
	const struct machine_facts *m = facts_of(s, obj);

	(void)err;
	if (!is_known(s, obj))
		return 0;
	set_number(&ret->map, "cpu_count", (int64_t)m->n_cpus);
	set_number(&ret->map, "socket_count", m->sockets);
	set_number(&ret->map, "threads_per_core", m->threads_per_core);
	if (!m->n_cpus)
		return 0;
	map_set(&ret->map, "vendor", m->cpus[0].vendor);
	set_number(&ret->map, "speed", m->cpus[0].mhz);
	map_set(&ret->map, "modelname", m->cpus[0].modelname);
	set_number(&ret->map, "family", m->cpus[0].family);
	set_number(&ret->map, "model", m->cpus[0].model);
	map_set(&ret->map, "stepping", m->cpus[0].stepping);
	map_set(&ret->map, "flags", m->cpus[0].flags);
	return 0;
}

GETTER(host_get_address)
{
	const struct machine_facts *m = facts_of(s, obj);
	const struct machine_nic *nic = machine_nic(m, m->default_nic);

	(void)err;
	ret->string = xstrdup(nic ? nic->ip : "");
	return 0;
}

GETTER(host_get_memory_total)
{
	(void)err;
	ret->integer = facts_of(s, obj)->memory_total;
	ret->literal = is_known(s, obj) ? NULL : NOT_IN_DATABASE;
	return 0;
}

GETTER(host_get_memory_free)
{
	const struct host *host = obj;

	(void)err;
	ret->integer = machine_memory_free(s->config.root);
	ret->literal = session_is_here(s, host->r.uuid) && host_is_here(s) ? NULL : NOT_IN_DATABASE;
	return 0;
}
