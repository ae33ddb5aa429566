/* SPDX-License-Identifier: MIT */
/* The functions by which a test sets up the mock hypervisor: its domains, and calls that fail. */
#include "tests/mock/hv_mock.h"

#include <string.h>

#include "backends/libvirt/xml/domain_xml.h"
#include "tests/mock/hv_mock_impl.h"

/* ---- registry and script -------------------------------------------------------------------- */

static struct hv_mock *registry;

#define SLOT_NAME(id, name) [SLOT_##id] = #name,
static const char *const slot_names[N_SLOTS] = { MOCK_SLOTS(SLOT_NAME) };

static enum mock_slot_id slot_id(const char *name)
{
	enum mock_slot_id i = 0;

	while (i < N_SLOTS && !str_eq(slot_names[i], name))
		i++;
	if (i == N_SLOTS)
		abort();
	return i;
}

struct hv_mock *mock_lookup(const char *uri)
{
	struct hv_mock *m = registry;

	while (m && !str_eq(m->uri, uri))
		m = m->next;
	return m;
}

struct hv_mock *hv_mock_create(const char *uri)
{
	struct hv_mock *m = xcalloc(1, sizeof(*m));

	m->uri = xstrdup(uri);
	m->host_uuid = xstrdup("0a0a0a0a-0000-4000-8000-00000000000a");
	m->next = registry;
	registry = m;
	return m;
}

static void domain_clear(struct mock_domain *d)
{
	free(d->uuid);
	free(d->name);
	free(d->inactive);
	free(d->live);
	free(d->on_file);
	strv_clear(&d->snapshots);
	free(d->current_snapshot);
	free(d->agent_os);
	free(d->agent_ip);
}

static void unregister(const struct hv_mock *m)
{
	struct hv_mock **at = &registry;

	while (*at && *at != m)
		at = &(*at)->next;
	if (*at)
		*at = m->next;
}

void hv_mock_free(struct hv_mock *m)
{
	if (!m)
		return;
	unregister(m);
	for (size_t i = 0; i < m->n; i++)
		domain_clear(&m->domains[i]);
	for (size_t i = 0; i < N_SLOTS; i++)
		free(m->slots[i].failure);
	strv_clear(&m->reboots);
	hv_networks_clear(&m->networks);
	hv_pools_clear(&m->pools);
	free(m->domains);
	free(m->uri);
	free(m->unreachable);
	free(m->host_uuid);
	free(m);
}

void hv_mock_fail(struct hv_mock *m, const char *slot, unsigned skip, enum hv_mock_when when,
	const char *text)
{
	struct mock_slot *s = &m->slots[slot_id(slot)];

	str_replace(&s->failure, text);
	s->skip = skip;
	s->when = when;
}

void hv_mock_before(struct hv_mock *m, const char *slot, hv_mock_fn *fn, void *ctx)
{
	struct mock_slot *s = &m->slots[slot_id(slot)];

	s->before = fn;
	s->before_ctx = ctx;
}

unsigned hv_mock_calls(const struct hv_mock *m, const char *slot)
{
	unsigned n = 0;

	for (size_t i = 0; i < N_SLOTS; i++)
		if (!slot || i == slot_id(slot))
			n += m->slots[i].calls;
	return n;
}

static int fail_as_told(struct mock_slot *s, enum mock_slot_id id, struct vxe_error *err)
{
	_cleanup_free_ char *text = TAKE(s->failure);

	return vxe_fail(err, VXE_HYPERVISOR_FAILED, slot_names[id], text);
}

int mock_enter(struct hv_mock *m, enum mock_slot_id id, struct vxe_error *err)
{
	struct mock_slot *s = &m->slots[id];
	hv_mock_fn *before = s->before;

	s->calls++;
	s->before = NULL;
	if (before)
		before(m, s->before_ctx);
	if (!s->failure)
		return 0;
	if (s->skip > 0) {
		s->skip--;
		return 0;
	}
	s->loses_answer = s->when == HV_MOCK_AFTER;
	return s->loses_answer ? 0 : fail_as_told(s, id, err);
}

int mock_leave(struct hv_mock *m, enum mock_slot_id id, struct vxe_error *err)
{
	struct mock_slot *s = &m->slots[id];

	if (!s->loses_answer)
		return 0;
	s->loses_answer = false;
	return fail_as_told(s, id, err);
}

/* ---- domains -------------------------------------------------------------------------------- */

struct mock_domain *mock_find(const struct hv_mock *m, const char *uuid)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcasecmp(m->domains[i].uuid, uuid) == 0)
			return &m->domains[i];
	return NULL;
}

struct mock_domain *mock_find_name(const struct hv_mock *m, const char *name)
{
	for (size_t i = 0; i < m->n; i++)
		if (str_eq(m->domains[i].name, name))
			return &m->domains[i];
	return NULL;
}

struct mock_domain *mock_domain(
	const struct hv_mock *m, const char *uuid, const char *operation, struct vxe_error *err)
{
	struct mock_domain *d = mock_find(m, uuid);

	if (!d)
		vxe_fail(err, VXE_HYPERVISOR_FAILED, operation, "Domain not found");
	return d;
}

int mock_read(
	const char *xml, const char *operation, struct domain_spec **ret, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error why = { 0 };

	if (domain_xml_read(xml, ret, &why) == 0)
		return 0;
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation, why.params[why.n_params - 1]);
}

static struct mock_domain *must_find(const struct hv_mock *m, const char *uuid)
{
	struct mock_domain *d = mock_find(m, uuid);

	if (!d)
		abort(); /* the test names a domain that it did not add */
	return d;
}

struct mock_domain *mock_add_domain(struct hv_mock *m, const char *uuid, const char *name)
{
	m->domains = xrealloc(m->domains, m->n + 1, sizeof(*m->domains));
	struct mock_domain *d = &m->domains[m->n++];
	*d = (struct mock_domain){ .uuid = xstrdup(uuid), .name = xstrdup(name), .id = -1 };
	return d;
}

void mock_remove_domain(struct hv_mock *m, struct mock_domain *d)
{
	domain_clear(d);
	*d = m->domains[--m->n];
}

void mock_set_state(struct hv_mock *m, struct mock_domain *d, enum hv_state state)
{
	d->ended = d->live && !hv_is_active(state);
	d->moving = false;
	d->state = state;
	if (hv_is_active(state) && !d->live) {
		d->live = xstrdup(d->inactive);
		d->id = ++m->next_id;
		d->ram = 0;
	} else if (!hv_is_active(state)) {
		free(TAKE(d->live));
		free(TAKE(d->on_file));
		d->id = -1;
		if (!d->inactive)
			mock_remove_domain(m, d);
	}
}

static struct mock_domain *add_by_xml(struct hv_mock *m, const char *xml)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_spec_ struct domain_spec *s = NULL;

	if (domain_xml_read(xml, &s, &err) < 0 || !s->uuid || !s->name)
		abort();
	return mock_add_domain(m, s->uuid, s->name);
}

void hv_mock_add(struct hv_mock *m, const char *xml, enum hv_state state)
{
	struct mock_domain *d = add_by_xml(m, xml);

	d->inactive = xstrdup(xml);
	mock_set_state(m, d, state);
}

void hv_mock_add_transient(struct hv_mock *m, const char *xml)
{
	struct mock_domain *d = add_by_xml(m, xml);

	d->live = xstrdup(xml);
	d->state = HV_RUNNING;
	d->id = ++m->next_id;
}

void hv_mock_remove(struct hv_mock *m, const char *uuid)
{
	mock_remove_domain(m, must_find(m, uuid));
}

void hv_mock_set_state(struct hv_mock *m, const char *uuid, enum hv_state state)
{
	mock_set_state(m, must_find(m, uuid), state);
}

enum hv_state hv_mock_state(const struct hv_mock *m, const char *uuid)
{
	const struct mock_domain *d = mock_find(m, uuid);

	return d ? d->state : HV_SHUTOFF;
}

void hv_mock_set_xml(struct hv_mock *m, const char *uuid, enum hv_xml which, const char *xml)
{
	struct mock_domain *d = must_find(m, uuid);

	str_replace(which == HV_XML_LIVE ? &d->live : &d->inactive, xml);
}

const char *hv_mock_xml(const struct hv_mock *m, const char *uuid, enum hv_xml which)
{
	const struct mock_domain *d = mock_find(m, uuid);

	return !d ? NULL : which == HV_XML_LIVE ? d->live : d->inactive;
}

void hv_mock_set_managed_save(struct hv_mock *m, const char *uuid, bool on)
{
	must_find(m, uuid)->managed_save = on;
}

void hv_mock_set_own_snapshots(struct hv_mock *m, const char *uuid, int n)
{
	must_find(m, uuid)->own_snapshots = n;
}

void hv_mock_set_disk_file(struct hv_mock *m, const char *uuid, const char *path)
{
	str_replace(&must_find(m, uuid)->on_file, path);
}

void hv_mock_set_autostart(struct hv_mock *m, const char *uuid, bool on)
{
	must_find(m, uuid)->autostart = on;
}

bool hv_mock_autostart(const struct hv_mock *m, const char *uuid)
{
	return must_find(m, uuid)->autostart;
}

void hv_mock_set_ram(struct hv_mock *m, const char *uuid, uint64_t counter)
{
	must_find(m, uuid)->ram = counter;
}

uint64_t hv_mock_ram(const struct hv_mock *m, const char *uuid)
{
	return must_find(m, uuid)->ram;
}

void hv_mock_ignore_button(struct hv_mock *m, bool on)
{
	m->deaf = on;
}

void hv_mock_set_unreachable(struct hv_mock *m, const char *why)
{
	str_replace(&m->unreachable, why);
}

void hv_mock_set_host(struct hv_mock *m, const char *uuid)
{
	str_replace(&m->host_uuid, uuid);
}

void hv_mock_die_at_switch(struct hv_mock *m)
{
	m->dies_at_switch = true;
}

void hv_mock_set_job_polls(struct hv_mock *m, unsigned polls)
{
	m->job_polls = polls;
}

/* ---- networks and pools --------------------------------------------------------------------- */

void mock_copy_network(struct hv_networks *to, const struct hv_network *n)
{
	to->items = xrealloc(to->items, to->n + 1, sizeof(*to->items));
	to->items[to->n++] = (struct hv_network){
		.uuid = xstrdup_null(n->uuid),
		.name = xstrdup_null(n->name),
		.bridge = xstrdup_null(n->bridge),
		.active = n->active,
	};
}

void mock_copy_pool(struct hv_pools *to, const struct hv_pool *p)
{
	to->items = xrealloc(to->items, to->n + 1, sizeof(*to->items));
	to->items[to->n++] = (struct hv_pool){
		.uuid = xstrdup_null(p->uuid),
		.name = xstrdup_null(p->name),
		.type = xstrdup(p->type ? p->type : "dir"),
		.path = xstrdup_null(p->path),
		.active = p->active,
		.names = xstrdup_null(p->names),
		.device = xstrdup_null(p->device),
		.host = xstrdup_null(p->host),
		.folder = xstrdup_null(p->folder),
	};
	map_copy(&to->items[to->n - 1].volumes, &p->volumes);
}

void hv_mock_add_network(struct hv_mock *m, const char *uuid, const char *name, const char *bridge)
{
	_cleanup_free_ char *u = xstrdup(uuid), *n = xstrdup(name), *b = xstrdup_null(bridge);

	mock_copy_network(&m->networks,
		&(struct hv_network){ .uuid = u, .name = n, .bridge = b, .active = true });
}

void hv_mock_set_network_active(struct hv_mock *m, const char *uuid, bool on)
{
	for (size_t i = 0; i < m->networks.n; i++)
		if (str_eq(m->networks.items[i].uuid, uuid))
			m->networks.items[i].active = on;
}

void hv_mock_add_pool(struct hv_mock *m, const struct hv_pool *pool)
{
	mock_copy_pool(&m->pools, pool);
}
