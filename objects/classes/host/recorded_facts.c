/* SPDX-License-Identifier: MIT */
/* The facts about a machine as JSON text in its host's record. */
#include "objects/classes/host/recorded_facts.h"

#include <stddef.h>

#include "objects/classes/host/host.h"
#include "objects/classes/host/host_identity.h"
#include "objects/classes/host/host_machine.h"
#include "objects/model/json.h"

/* ---- as text --------------------------------------------------------------------------------- */

/* A name is NULL where there is none, a text is "". */
enum member_kind { MEMBER_TEXT, MEMBER_NAME, MEMBER_NUMBER, MEMBER_INT, MEMBER_FLAG, MEMBER_LIST };

/* A member of one of the structs of facts. */
struct member {
	const char *name;
	enum member_kind kind;
	size_t at;
};

#define M(s, kind, m)                                                                              \
	{                                                                                          \
#m, MEMBER_##kind, offsetof(struct s, m)                                           \
	}

static const struct member machine_members[] = {
	M(machine_facts, TEXT, hostname),
	M(machine_facts, TEXT, kernel),
	M(machine_facts, TEXT, arch),
	M(machine_facts, TEXT, timezone),
	M(machine_facts, NUMBER, memory_total),
	M(machine_facts, INT, sockets),
	M(machine_facts, INT, threads_per_core),
	M(machine_facts, FLAG, kvm),
	M(machine_facts, FLAG, iommu),
	M(machine_facts, FLAG, secure_boot),
	M(machine_facts, TEXT, dns),
	M(machine_facts, TEXT, default_nic),
	M(machine_facts, TEXT, gateway),
	{ 0 },
};

static const struct member cpu_members[] = {
	M(machine_cpu, INT, number),
	M(machine_cpu, TEXT, vendor),
	M(machine_cpu, TEXT, modelname),
	M(machine_cpu, TEXT, stepping),
	M(machine_cpu, TEXT, flags),
	M(machine_cpu, NUMBER, family),
	M(machine_cpu, NUMBER, model),
	M(machine_cpu, NUMBER, mhz),
	{ 0 },
};

static const struct member nic_members[] = {
	M(machine_nic, TEXT, name),
	M(machine_nic, INT, kind),
	M(machine_nic, TEXT, mac),
	M(machine_nic, NAME, master),
	M(machine_nic, NAME, parent),
	M(machine_nic, NUMBER, vlan),
	M(machine_nic, NUMBER, mtu),
	M(machine_nic, FLAG, up),
	M(machine_nic, FLAG, carrier),
	M(machine_nic, NUMBER, speed),
	M(machine_nic, TEXT, duplex),
	M(machine_nic, TEXT, vendor_id),
	M(machine_nic, TEXT, device_id),
	M(machine_nic, TEXT, pci_path),
	M(machine_nic, TEXT, bond_mode),
	M(machine_nic, TEXT, ip),
	M(machine_nic, TEXT, netmask),
	M(machine_nic, LIST, ipv6),
	M(machine_nic, FLAG, snooping),
	{ 0 },
};

static struct json_object *member_json(const struct member *m, const char *at)
{
	const char *text;
	struct json_object *list;

	switch (m->kind) {
	case MEMBER_TEXT:
	case MEMBER_NAME:
		text = *(char *const *)at;
		return text ? json_object_new_string(text) : NULL;
	case MEMBER_NUMBER:
		return json_object_new_int64(*(const int64_t *)at);
	case MEMBER_INT:
		return json_object_new_int(*(const int *)at);
	case MEMBER_FLAG:
		return json_object_new_boolean(*(const bool *)at);
	case MEMBER_LIST:
		list = json_object_new_array();
		for (size_t i = 0; i < ((const struct strv *)at)->n; i++)
			json_object_array_add(
				list, json_object_new_string(((const struct strv *)at)->items[i]));
		return list;
	}
	return NULL;
}

/* The members of a struct. @before: the struct before it in a list; what is the same there is left out. NULL: none. */
static struct json_object *members_json(
	const struct member *members, const void *at, const void *before)
{
	struct json_object *doc = json_object_new_object();

	for (const struct member *m = members; m->name; m++) {
		struct json_object *value = member_json(m, (const char *)at + m->at);
		struct json_object *last =
			before ? member_json(m, (const char *)before + m->at) : NULL;

		if (before && json_object_equal(value, last))
			json_object_put(value);
		else
			json_object_object_add(doc, m->name, value);
		json_object_put(last);
	}
	return doc;
}

char *facts_print(const struct machine_facts *m)
{
	_cleanup_json_ struct json_object *doc = members_json(machine_members, m, NULL);
	struct json_object *cpus = json_object_new_array(), *nics = json_object_new_array();

	for (size_t i = 0; i < m->n_cpus; i++)
		json_object_array_add(
			cpus, members_json(cpu_members, &m->cpus[i], i ? &m->cpus[i - 1] : NULL));
	for (size_t i = 0; i < m->n_nics; i++)
		json_object_array_add(
			nics, members_json(nic_members, &m->nics[i], i ? &m->nics[i - 1] : NULL));
	json_object_object_add(doc, "cpus", cpus);
	json_object_object_add(doc, "nics", nics);
	return xstrdup(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PLAIN));
}

static void read_member(const struct member *m, struct json_object *json, char *at)
{
	switch (m->kind) {
	case MEMBER_TEXT:
		str_replace((char **)at, json ? json_object_get_string(json) : "");
		break;
	case MEMBER_NAME:
		str_replace((char **)at, json_object_get_string(json));
		break;
	case MEMBER_NUMBER:
		*(int64_t *)at = json_object_get_int64(json);
		break;
	case MEMBER_INT:
		*(int *)at = json_object_get_int(json);
		break;
	case MEMBER_FLAG:
		*(bool *)at = json_object_get_boolean(json);
		break;
	case MEMBER_LIST:
		strv_clear((struct strv *)at);
		for (size_t i = 0; json_object_is_type(json, json_type_array) &&
			i < json_object_array_length(json);
			i++)
			strv_add((struct strv *)at,
				json_object_get_string(json_object_array_get_idx(json, i)));
		break;
	}
}

/* Reads the members of a struct; what @doc lacks is that of the struct @before. */
static void read_members(
	const struct member *members, struct json_object *doc, void *at, const void *before)
{
	for (const struct member *m = members; m->name; m++) {
		_cleanup_json_ struct json_object *last =
			before ? member_json(m, (const char *)before + m->at) : NULL;
		struct json_object *value = NULL;
		bool there = json_object_object_get_ex(doc, m->name, &value);

		read_member(m, there ? value : last, (char *)at + m->at);
	}
}

/* Reads the elements of the list @name of @doc, of @size bytes each; *n: how many. Owned. */
static void *read_list(const struct member *members, struct json_object *doc, const char *name,
	size_t size, size_t *n)
{
	struct json_object *list = NULL;

	*n = 0;
	if (!json_object_object_get_ex(doc, name, &list) ||
		!json_object_is_type(list, json_type_array))
		return NULL;
	*n = json_object_array_length(list);
	char *items = xcalloc(*n + 1, size);

	for (size_t i = 0; i < *n; i++)
		read_members(members, json_object_array_get_idx(list, i), items + i * size,
			i ? items + (i - 1) * size : NULL);
	return items;
}

void facts_parse(const char *text, struct machine_facts *ret)
{
	_cleanup_json_ struct json_object *doc = json_tokener_parse(text);

	machine_unknown(ret);
	if (!json_object_is_type(doc, json_type_object))
		return;
	read_members(machine_members, doc, ret, NULL);
	ret->cpus = read_list(cpu_members, doc, "cpus", sizeof(*ret->cpus), &ret->n_cpus);
	ret->nics = read_list(nic_members, doc, "nics", sizeof(*ret->nics), &ret->n_nics);
}

/* ---- of hosts --------------------------------------------------------------------------------- */

struct hosts_facts {
	size_t n;
	struct host_fact {
		char *host;
		struct machine_facts *facts;
	} * items;
};

static void release_facts(void *held)
{
	struct hosts_facts *all = held;

	for (size_t i = 0; i < all->n; i++) {
		free(all->items[i].host);
		machine_clear(all->items[i].facts);
		free(all->items[i].facts);
	}
	free(all->items);
	free(all);
}

/* The facts in the host's record as text, "" if there are none or the store cannot be read. Owned. */
static char *read_facts(struct session *s, const char *uuid)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if ((!s->read_txn && txn_begin(s->store, TXN_READ, &t, &ignored) < 0) ||
		host_find(s->read_txn ? s->read_txn : t, uuid, &host, &ignored) < 0 || !host)
		return xstrdup("");
	return xstrdup(host->facts);
}

const struct machine_facts *host_facts_of(struct session *s, const char *host)
{
	if (session_is_here(s, host))
		return host_facts(s->here);
	void **held = cache_of(&s->caches, release_facts);
	struct hosts_facts *all = *held;

	if (!all)
		all = *held = xcalloc(1, sizeof(*all));
	for (size_t i = 0; i < all->n; i++)
		if (str_eq(all->items[i].host, host))
			return all->items[i].facts;
	_cleanup_free_ char *text = read_facts(s, host);
	struct machine_facts *facts = xmalloc(sizeof(*facts));

	facts_parse(text, facts);
	all->items = xrealloc(all->items, all->n + 1, sizeof(*all->items));
	all->items[all->n++] = (struct host_fact){ xstrdup(host), facts };
	return facts;
}

struct fact_note {
	const char *host, *text;
};

static int put_facts(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct fact_note *n = ctx;
	_cleanup_(host_free_cleanup) struct host *host = NULL;

	if (host_get(t, n->host, &host, err) < 0)
		return -1;
	str_replace(&host->facts, n->text);
	return record_save(t, &host_class, host, err);
}

int host_facts_note(struct session *s, struct vxe_error *err)
{
	if (s->pool_size < 2 || !host_is_here(s))
		return 0;
	_cleanup_free_ char *known = read_facts(s, s->here->uuid);
	_cleanup_free_ char *text = facts_print(host_facts(s->here));

	return str_eq(known, text)
		? 0
		: store_learn(s->store, put_facts, &(struct fact_note){ s->here->uuid, text }, err);
}
