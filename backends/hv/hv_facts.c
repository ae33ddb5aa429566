/* SPDX-License-Identifier: MIT */
/* Frees the structs that calls to the hypervisor fill in. */
#include "backends/hv/hv_facts.h"

#include <string.h>

void hv_host_clear(struct hv_host *h)
{
	free(h->uuid);
	free(h->driver);
	*h = (struct hv_host){ 0 };
}

void hv_domain_clear(struct hv_domain *d)
{
	free(d->uuid);
	free(d->name);
	for (size_t i = 0; i < N_HV_XML; i++)
		free(d->xml[i]);
	*d = (struct hv_domain){ 0 };
}

void hv_domains_clear(struct hv_domains *d)
{
	for (size_t i = 0; i < d->n; i++)
		hv_domain_clear(&d->items[i]);
	free(d->items);
	*d = (struct hv_domains){ 0 };
}

static int by_uuid(const void *key, const void *item)
{
	return strcmp(key, ((const struct hv_domain *)item)->uuid);
}

const struct hv_domain *hv_domains_find(const struct hv_domains *d, const char *uuid)
{
	return d->n ? bsearch(uuid, d->items, d->n, sizeof(*d->items), by_uuid) : NULL;
}

void hv_networks_clear(struct hv_networks *v)
{
	for (size_t i = 0; i < v->n; i++) {
		free(v->items[i].uuid);
		free(v->items[i].name);
		free(v->items[i].bridge);
	}
	free(v->items);
	*v = (struct hv_networks){ 0 };
}

void hv_pool_clear(struct hv_pool *p)
{
	free(p->uuid);
	free(p->name);
	free(p->type);
	free(p->path);
	free(p->names);
	map_clear(&p->volumes);
	free(p->device);
	free(p->host);
	free(p->folder);
	*p = (struct hv_pool){ 0 };
}

char *hv_pool_volume(const struct hv_pool *p, const char *volume)
{
	const char *dir = p->path ? p->path : p->names;

	return dir ? xasprintf("%s/%s", dir, volume) : xstrdup_null(map_get(&p->volumes, volume));
}

void hv_pools_clear(struct hv_pools *v)
{
	for (size_t i = 0; i < v->n; i++)
		hv_pool_clear(&v->items[i]);
	free(v->items);
	*v = (struct hv_pools){ 0 };
}

void hv_versions_clear(struct hv_versions *v)
{
	free(v->driver);
	free(v->library);
	free(v->hypervisor);
	*v = (struct hv_versions){ 0 };
}

static void device_stats_clear(struct hv_device_stat *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(items[i].name);
	free(items);
}

void hv_stats_clear(struct hv_stats *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->items[i].uuid);
		free(s->items[i].vcpu_ns);
		device_stats_clear(s->items[i].disks, s->items[i].n_disks);
		device_stats_clear(s->items[i].nics, s->items[i].n_nics);
	}
	free(s->items);
	*s = (struct hv_stats){ 0 };
}

static int stat_by_uuid(const void *key, const void *item)
{
	return strcmp(key, ((const struct hv_stat *)item)->uuid);
}

const struct hv_stat *hv_stats_find(const struct hv_stats *s, const char *uuid)
{
	return s->n ? bsearch(uuid, s->items, s->n, sizeof(*s->items), stat_by_uuid) : NULL;
}

void hv_guest_clear(struct hv_guest *g)
{
	free(g->hostname);
	map_clear(&g->os);
	for (size_t i = 0; i < g->n_addresses; i++) {
		free(g->addresses[i].mac);
		free(g->addresses[i].ip);
	}
	free(g->addresses);
	*g = (struct hv_guest){ 0 };
}

/* ---- the spec ------------------------------------------------------------------------------- */

void hv_snapshot_clear(struct hv_snapshot *s)
{
	free(s->name);
	free(s->parent);
	free(s->description);
	free(s->memory_path);
	free(s->definition);
	free(s->xml);
	for (size_t i = 0; i < s->n_disks; i++) {
		free(s->disks[i].target);
		free(s->disks[i].overlay);
	}
	free(s->disks);
	*s = (struct hv_snapshot){ 0 };
}

void hv_snapshots_clear(struct hv_snapshots *v)
{
	for (size_t i = 0; i < v->n; i++)
		hv_snapshot_clear(&v->items[i]);
	free(v->items);
	*v = (struct hv_snapshots){ 0 };
}

const struct hv_snapshot *hv_snapshots_find(const struct hv_snapshots *v, const char *name)
{
	for (size_t i = 0; name && i < v->n; i++)
		if (str_eq(v->items[i].name, name))
			return &v->items[i];
	return NULL;
}
