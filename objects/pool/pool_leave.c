/* SPDX-License-Identifier: MIT */
/* Finds the records that leave a pool with a host, and cuts what connects them with the others. */
#include "objects/pool/pool_leave.h"

#include "objects/base/uuid.h"
#include "objects/classes/common/message_class.h"
#include "objects/classes/host/host.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/network/network.h"
#include "objects/classes/storage/node.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/appliance.h"
#include "objects/classes/vm/seen_definition.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vmss.h"
#include "objects/model/enums.h"

void pool_leave_clear(struct pool_leave *l)
{
	json_object_put(l->leaves);
	json_object_put(l->changed);
	json_object_put(l->gone);
	*l = (struct pool_leave){ 0 };
}

struct leaving {
	const char *host, *pool;
	const char *own; /* NULL: the host is forgotten */
	struct json_object *all;
	struct json_object *class_of;  /* of each UUID the name of the class */
	struct json_object *going;     /* the UUIDs that leave */
	struct json_object *elsewhere; /* UUIDs of SRs to which another host is connected */
	struct map copies; /* UUIDs of what stays, and of the copies that the host gets */
	struct pool_leave *plan;
	const struct class *tied; /* content on both sides that belongs together; NULL: none */
	char *tied_uuid;
};

static void leaving_clear(struct leaving *l)
{
	json_object_put(l->class_of);
	json_object_put(l->going);
	json_object_put(l->elsewhere);
	map_clear(&l->copies);
	free(l->tied_uuid);
}

static const char *member(struct json_object *doc, const char *key)
{
	struct json_object *value = json_object_object_get(doc, key);

	return value ? json_object_get_string(value) : "";
}

static bool is_true(struct json_object *doc, const char *key)
{
	return json_object_get_boolean(json_object_object_get(doc, key));
}

static struct json_object *rows_in(struct json_object *all, const struct class *c)
{
	struct json_object *rows = json_object_object_get(all, c->name);

	if (!rows) {
		rows = json_object_new_object();
		json_object_object_add(all, c->name, rows);
	}
	return rows;
}

static bool has(struct json_object *set, const char *uuid)
{
	return json_object_object_get_ex(set, uuid, NULL);
}

static bool add(struct json_object *set, const char *uuid)
{
	if (has(set, uuid))
		return false;
	json_object_object_add(set, uuid, json_object_new_boolean(true));
	return true;
}

/* ---- what leaves ------------------------------------------------------------------------------ */

static bool is_bound(struct json_object *vm)
{
	return !is_true(vm, "is_a_template") && !is_true(vm, "is_a_snapshot");
}

/* The host has died, and no other one has the VM yet. */
static bool was_at_home(const struct leaving *l, struct json_object *vm)
{
	return str_eq(member(vm, "home"), HOME_NONE) && str_eq(member(vm, "last_home"), l->host);
}

/* True if the object leaves because of what it names itself. */
static bool leaves(
	const struct leaving *l, const struct class *c, const char *uuid, struct json_object *doc)
{
	if (c == &host_class)
		return str_eq(uuid, l->host);
	if (c == &sr_class || c == &network_class || c == &pool_class)
		return false;
	if (c == &vm_class)
		return is_bound(doc)
			? str_eq(member(doc, "home"), l->host) || (l->own && was_at_home(l, doc))
			: is_true(doc, "is_a_snapshot") &&
				has(l->going, member(doc, "snapshot_of"));
	if (c == &seen_definition_class)
		return has(l->going, uuid);
	if (c == &message_class)
		return has(l->going, member(doc, "obj_uuid"));
	if (c == &pbd_class)
		return has(l->going, member(doc, "sr_uuid"));
	return str_eq(member(doc, "host"), l->host) || str_eq(member(doc, "host_uuid"), l->host) ||
		has(l->going, member(doc, "sr_uuid")) || has(l->going, member(doc, "sr")) ||
		has(l->going, member(doc, "vm_uuid"));
}

static bool is_drive(struct json_object *vbd)
{
	return !str_eq(member(vbd, "type"), enum_stored(&vbd_type_table, VBD_DISK));
}

/*
 * A template, a snapshot without its VM and a VM without a host are where their disks are. Returns true if the VM begins to
 * leave.
 */
static bool take_owner(const struct leaving *l, struct json_object *vbd)
{
	const char *vm = member(vbd, "vm_uuid");
	struct json_object *doc = json_object_object_get(rows_in(l->all, &vm_class), vm);

	if (!doc || !has(l->going, member(vbd, "vdi_uuid")) || (!l->own && is_drive(vbd)))
		return false;
	return (!is_bound(doc) || (!l->own && was_at_home(l, doc))) && add(l->going, vm);
}

static void find_srs(const struct leaving *l)
{
	json_object_object_foreach(rows_in(l->all, &pbd_class), uuid, doc)
	{
		(void)uuid;
		if (!str_eq(member(doc, "host_uuid"), l->host))
			add(l->elsewhere, member(doc, "sr_uuid"));
	}
	json_object_object_foreach(rows_in(l->all, &pbd_class), uuid2, doc2)
	{
		const char *sr = member(doc2, "sr_uuid");

		(void)uuid2;
		if (!str_eq(member(doc2, "host_uuid"), l->host) || has(l->elsewhere, sr))
			continue;
		/* another host can still be connected to one that is shared */
		if (l->own ||
			!is_true(json_object_object_get(rows_in(l->all, &sr_class), sr), "shared"))
			add(l->going, sr);
	}
}

static bool find_more(const struct leaving *l, const struct class *c)
{
	bool more = false;

	json_object_object_foreach(rows_in(l->all, c), uuid, doc)
	{
		if (leaves(l, c, uuid, doc))
			more = add(l->going, uuid) || more;
		if (c == &vbd_class)
			more = take_owner(l, doc) || more;
	}
	return more;
}

static void find_all(const struct leaving *l)
{
	bool more = true;

	find_srs(l);
	while (more) {
		more = false;
		for (size_t i = 0; classes[i]; i++)
			if (has(l->all, classes[i]->name))
				more = find_more(l, classes[i]) || more;
	}
}

/* ---- what connects both sides ------------------------------------------------------------------ */

static struct json_object *copy_of(struct json_object *doc)
{
	struct json_object *copy = NULL;

	return json_object_deep_copy(doc, &copy, NULL) < 0 ? NULL : copy;
}

/* A copy of an object that stays, for the host's own store. Returns its UUID. */
static const char *copy_for_host(struct leaving *l, const struct class *c, const char *uuid)
{
	const char *known = map_get(&l->copies, uuid);
	struct json_object *copy = copy_of(json_object_object_get(rows_in(l->all, c), uuid));
	struct json_object *hosts = json_object_object_get(copy, "on_hosts");
	_cleanup_free_ char *new = uuid_new();

	if (known) {
		json_object_put(copy);
		return known;
	}
	if (c == &network_class) /* of a store of one host: libvirt's UUID */
		str_replace(&new, hosts && *member(hosts, l->host) ? member(hosts, l->host) : uuid);
	map_set(&l->copies, uuid, new);
	json_object_object_del(copy, "on_hosts");
	json_object_object_add(copy, "uuid", json_object_new_string(new));
	json_object_object_add(rows_in(l->plan->leaves, c), new, copy);
	return map_get(&l->copies, uuid);
}

static bool is_content(const struct class *c)
{
	return c == &vdi_class || c == &node_class;
}

static void tie(struct leaving *l, const struct class *c, struct json_object *doc)
{
	if (l->tied)
		return;
	l->tied = c;
	l->tied_uuid = xstrdup(member(doc, "uuid"));
}

static const struct class *class_there(const struct leaving *l, const char *uuid)
{
	struct json_object *name = json_object_object_get(l->class_of, uuid);

	return name ? class_by_name(json_object_get_string(name)) : NULL;
}

/* A reference in a document that leaves. */
static const char *cut_leaving(
	void *ctx, const struct class *c, struct json_object *doc, const char *uuid)
{
	struct leaving *l = ctx;
	const struct class *there = class_there(l, uuid);

	if (!there || has(l->going, uuid) || c == &message_class)
		return NULL;
	if (there == &pool_class)
		return l->own;
	if (there == &network_class || there == &vmss_class || there == &appliance_class)
		return copy_for_host(l, there, uuid);
	if (is_content(there))
		tie(l, c, doc);
	return "";
}

/* A reference in a document that stays. */
static const char *cut_staying(
	void *ctx, const struct class *c, struct json_object *doc, const char *uuid)
{
	struct leaving *l = ctx;
	const struct class *there = has(l->going, uuid) ? class_there(l, uuid) : NULL;

	if (!there || c == &message_class)
		return NULL;
	if (c == &vbd_class && !l->own && is_drive(doc))
		json_object_object_add(doc, "empty", json_object_new_boolean(true));
	else if (is_content(there) && (l->own || is_content(c) || c == &vbd_class))
		tie(l, c, doc);
	return "";
}

/* ---- the plan ---------------------------------------------------------------------------------- */

static void part_document(
	struct leaving *l, const struct class *c, const char *uuid, struct json_object *doc)
{
	struct json_object *copy = copy_of(doc);

	if (has(l->going, uuid)) {
		json_object_object_add(rows_in(l->plan->gone, c), uuid, NULL);
		if (l->own) {
			document_visit(copy, c, cut_leaving, l);
			json_object_object_add(rows_in(l->plan->leaves, c), uuid, copy);
		} else {
			json_object_put(copy);
		}
		return;
	}
	if (c == &pbd_class && str_eq(member(doc, "host_uuid"), l->host)) {
		json_object_object_add(rows_in(l->plan->gone, c), uuid, NULL);
		json_object_put(copy);
		return;
	}
	document_visit(copy, c, cut_staying, l);
	if (json_object_equal(copy, doc))
		json_object_put(copy);
	else
		json_object_object_add(rows_in(l->plan->changed, c), uuid, copy);
}

static bool has_card(const struct leaving *l, const char *network)
{
	json_object_object_foreach(rows_in(l->all, &vif_class), uuid, doc)
	{
		if (str_eq(member(doc, "network_uuid"), network) && !has(l->going, uuid))
			return true;
	}
	return false;
}

/*
 * A network of the host's libvirt: the host gets a copy, and the pool's record loses the host. One that only this host has
 * stays as it is while cards of others are connected to it: no host of the pool has it then.
 */
static void part_network(struct leaving *l, const char *uuid, struct json_object *doc)
{
	struct json_object *copy = NULL;
	struct json_object *hosts = json_object_object_get(doc, "on_hosts");

	if (!json_object_is_type(hosts, json_type_object) || !has(hosts, l->host))
		return;
	if (l->own)
		(void)copy_for_host(l, &network_class, uuid);
	if (json_object_object_length(hosts) == 1 && has_card(l, uuid))
		return;
	copy = copy_of(doc);
	hosts = json_object_object_get(copy, "on_hosts");
	json_object_object_del(hosts, l->host);
	if (json_object_object_length(hosts)) {
		json_object_object_add(rows_in(l->plan->changed, &network_class), uuid, copy);
		return;
	}
	json_object_object_add(rows_in(l->plan->gone, &network_class), uuid, NULL);
	json_object_put(copy);
}

/* Another host takes the place of this one in the pool's record. */
static void part_pool(struct leaving *l)
{
	struct json_object *doc =
		json_object_object_get(rows_in(l->plan->changed, &pool_class), l->pool);

	if (!doc || *member(doc, "master"))
		return;
	json_object_object_foreach(rows_in(l->all, &host_class), uuid, host)
	{
		(void)host;
		if (!str_eq(uuid, l->host))
			json_object_object_add(doc, "master", json_object_new_string(uuid));
	}
}

/* The host's record knows the pool: domains and folders name it. */
static void note_pool(struct leaving *l)
{
	struct json_object *doc =
		json_object_object_get(rows_in(l->plan->leaves, &host_class), l->host);
	struct json_object *stores = json_object_object_get(doc, "former_stores");

	if (!json_object_is_type(stores, json_type_array)) {
		stores = json_object_new_array();
		json_object_object_add(doc, "former_stores", stores);
	}
	json_object_array_add(stores, json_object_new_string(l->pool));
}

static int part_all(struct leaving *l, struct vxe_error *err)
{
	find_all(l);
	for (size_t i = 0; classes[i]; i++) {
		struct json_object *rows = json_object_object_get(l->all, classes[i]->name);

		if (!rows)
			continue;
		json_object_object_foreach(rows, uuid, doc)
		{
			if (classes[i] == &network_class)
				part_network(l, uuid, doc);
			else
				part_document(l, classes[i], uuid, doc);
		}
	}
	if (l->tied)
		return vxe_fail(err, VXE_TIED_TO_POOL, l->tied->name, l->tied_uuid);
	part_pool(l);
	if (l->own)
		note_pool(l);
	return 0;
}

int pool_leave_plan(struct session *s, struct json_object *all, const char *host, const char *own,
	struct pool_leave *ret, struct vxe_error *err)
{
	_cleanup_(leaving_clear) struct leaving l = { .host = host,
		.pool = s->store_uuid,
		.own = own,
		.all = all,
		.class_of = json_object_new_object(),
		.going = json_object_new_object(),
		.elsewhere = json_object_new_object(),
		.plan = ret };

	pool_leave_clear(ret);
	ret->last = own && s->pool_size == 1;
	ret->changed = json_object_new_object();
	ret->gone = json_object_get(all);
	ret->leaves = json_object_get(all);
	if (ret->last)
		return 0;
	json_object_put(ret->gone);
	json_object_put(ret->leaves);
	ret->gone = json_object_new_object();
	ret->leaves = json_object_new_object();
	json_object_object_foreach(all, cls, rows)
	{
		json_object_object_foreach(rows, uuid, doc)
		{
			(void)doc;
			json_object_object_add(l.class_of, uuid, json_object_new_string(cls));
		}
	}
	return part_all(&l, err);
}
