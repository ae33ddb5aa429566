/* SPDX-License-Identifier: MIT */
/* Resource usage, agent data and reboots of the mock hypervisor's guests, and live changes of size. */
#include "tests/mock/hv_mock.h"

#include <string.h>

#include "backends/libvirt/xml/domain_xml.h"
#include "tests/mock/hv_mock_impl.h"

/* The CPU time of each VCPU; constant, so that two reads differ only by the time a test adds. */
#define VCPU_NS INT64_C(1000000000)
#define BYTES 4096L

void hv_mock_set_library(struct hv_mock *m, const char *version)
{
	m->library = version;
}

int mock_versions(struct hv *h, struct hv_versions *ret, struct vxe_error *err)
{
	const char *library = mock_of(h)->library;

	if (mock_enter(mock_of(h), SLOT_VERSIONS, err) < 0)
		return -1;
	*ret = (struct hv_versions){ .driver = xstrdup("QEMU"),
		.library = xstrdup(library ? library : "9.0.0"),
		.hypervisor = xstrdup("7.2.0") };
	return 0;
}

static void stat_of(const struct domain_spec *spec, struct hv_stat *ret)
{
	*ret = (struct hv_stat){ .uuid = xstrdup(spec->uuid),
		.memory = spec->memory,
		.memory_free = -1,
		.vcpus = spec->vcpus };
	ret->vcpu_ns = xcalloc((size_t)spec->vcpus + 1, sizeof(*ret->vcpu_ns));
	for (int i = 0; i < spec->vcpus; i++)
		ret->vcpu_ns[i] = VCPU_NS;
	ret->disks = xcalloc(spec->n_disks + 1, sizeof(*ret->disks));
	for (; ret->n_disks < spec->n_disks; ret->n_disks++)
		ret->disks[ret->n_disks] =
			(struct hv_device_stat){ xstrdup(spec->disks[ret->n_disks].target), BYTES,
				2 * BYTES };
	ret->nics = xcalloc(spec->n_nics + 1, sizeof(*ret->nics));
	for (; ret->n_nics < spec->n_nics; ret->n_nics++)
		ret->nics[ret->n_nics] = (struct hv_device_stat){ xasprintf("vnet%zu", ret->n_nics),
			BYTES, 2 * BYTES };
}

static int by_uuid(const void *a, const void *b)
{
	return strcmp(((const struct hv_stat *)a)->uuid, ((const struct hv_stat *)b)->uuid);
}

int mock_stats(struct hv *h, const char *uuid, struct hv_stats *ret, struct vxe_error *err)
{
	struct hv_mock *m = mock_of(h);

	if (mock_enter(m, SLOT_STATS, err) < 0)
		return -1;
	*ret = (struct hv_stats){ .items = xcalloc(m->n + 1, sizeof(*ret->items)) };
	for (size_t i = 0; i < m->n; i++) {
		_cleanup_spec_ struct domain_spec *spec = NULL;

		if (!m->domains[i].live)
			continue;
		if (domain_xml_read(m->domains[i].live, &spec, err) < 0) {
			hv_stats_clear(ret);
			return -1;
		}
		if (!uuid || str_eq(spec->uuid, uuid))
			stat_of(spec, &ret->items[ret->n++]);
	}
	qsort(ret->items, ret->n, sizeof(*ret->items), by_uuid);
	return 0;
}

void hv_mock_set_agent(struct hv_mock *m, const char *uuid, const char *os, const char *ip)
{
	struct mock_domain *d = mock_find(m, uuid);

	str_replace(&d->agent_os, os);
	str_replace(&d->agent_ip, ip);
}

int mock_guest(struct hv *h, const char *uuid, struct hv_guest *ret, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct mock_domain *d;

	if (mock_enter(mock_of(h), SLOT_GUEST, err) < 0)
		return -1;
	*ret = (struct hv_guest){ .hostname = xstrdup("") };
	d = mock_find(mock_of(h), uuid);
	if (!d || !d->live)
		return 0;
	if (domain_xml_read(d->live, &spec, err) < 0) {
		hv_guest_clear(ret);
		return -1;
	}
	ret->present = d->agent_os;
	if (ret->present) {
		str_replace(&ret->hostname, "guest");
		map_set(&ret->os, "name", d->agent_os);
	}
	if (!spec->n_nics || !d->agent_ip)
		return 0;
	ret->addresses = xcalloc(1, sizeof(*ret->addresses));
	ret->addresses[ret->n_addresses++] =
		(struct hv_address){ xstrdup(spec->nics[0].mac), xstrdup(d->agent_ip), false };
	return 0;
}

void hv_mock_reset(struct hv_mock *m, const char *uuid)
{
	struct mock_domain *d = mock_find(m, uuid);

	d->ram = 0;
	strv_add(&m->reboots, uuid);
}

int mock_reboots(struct hv *h, struct strv *ret, struct vxe_error *err)
{
	struct mock_conn *c = (struct mock_conn *)h;

	if (mock_enter(c->m, SLOT_REBOOTS, err) < 0)
		return -1;
	if (!c->listens)
		c->heard = c->m->reboots.n;
	c->listens = true;
	while (c->heard < c->m->reboots.n)
		strv_add(ret, c->m->reboots.items[c->heard++]);
	return 0;
}

/* The live XML shows the change, as with libvirt. */
static int change_live(struct mock_domain *d, const char *operation, int64_t memory, int vcpus,
	struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	char *xml;

	if (!d->live)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation, "domain is not running");
	if (domain_xml_read(d->live, &spec, err) < 0)
		return -1;
	if (memory > spec->memory_max || vcpus > spec->vcpus_max)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation, "more than the maximum");
	if (!memory && !vcpus)
		return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation, "none at all");
	if (memory)
		spec->memory = memory;
	if (vcpus)
		spec->vcpus = vcpus;
	if (domain_xml_patch(d->live, spec, &xml, err) < 0)
		return -1;
	free(d->live);
	d->live = xml;
	return 0;
}

int mock_set_memory(struct hv *h, const char *uuid, int64_t bytes, struct vxe_error *err)
{
	struct mock_domain *d;

	if (mock_enter(mock_of(h), SLOT_SET_MEMORY, err) < 0)
		return -1;
	d = mock_domain(mock_of(h), uuid, "set memory", err);
	if (!d || change_live(d, "set memory", bytes, 0, err) < 0)
		return -1;
	return mock_leave(mock_of(h), SLOT_SET_MEMORY, err);
}

int mock_set_vcpus(struct hv *h, const char *uuid, int n, struct vxe_error *err)
{
	struct mock_domain *d;

	if (mock_enter(mock_of(h), SLOT_SET_VCPUS, err) < 0)
		return -1;
	d = mock_domain(mock_of(h), uuid, "set VCPUs", err);
	if (!d || change_live(d, "set VCPUs", 0, n, err) < 0)
		return -1;
	return mock_leave(mock_of(h), SLOT_SET_VCPUS, err);
}
