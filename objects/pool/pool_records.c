/* SPDX-License-Identifier: MIT */
/* Reads the records of a host, completes them for a pool, and writes them to its store. */
#include "objects/pool/pool_records.h"

#include "objects/classes/common/intent.h"
#include "objects/classes/common/task.h"
#include "objects/classes/host/host.h"
#include "objects/classes/host/host_cpu.h"
#include "objects/classes/host/host_machine.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/host/recorded_facts.h"
#include "objects/classes/network/bond.h"
#include "objects/classes/network/network.h"
#include "objects/classes/network/pif.h"
#include "objects/classes/network/vlan.h"
#include "objects/classes/vm/console.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vmss.h"
#include "objects/schedule/schedule_facts.h"

void host_records_clear(struct host_records *r)
{
	json_object_put(r->all);
	*r = (struct host_records){ 0 };
}

/* Tasks and intents describe operations in progress, and there are none when the records are read. */
static bool class_moves(const struct class *c)
{
	return c != &task_class && c != &intent_class;
}

/* ---- reading --------------------------------------------------------------------------------- */

static int add_copy(void *ctx, const char *uuid, struct json_object *doc, struct vxe_error *err)
{
	struct json_object *copy = NULL;

	if (json_object_deep_copy(doc, &copy, NULL) < 0)
		return vxe_fail_internal(err, "the record %s cannot be copied", uuid);
	json_object_object_add(ctx, uuid, copy);
	return 0;
}

static int check_still(struct session *s, struct txn *t, struct vxe_error *err)
{
	_cleanup_(pool_free_cleanup) struct pool *pool = NULL;
	int64_t running = 0;

	if (txn_count(t, intent_class.name, &running, err) < 0 ||
		pool_get(t, s->store_uuid, &pool, err) < 0)
		return -1;
	if (!str_is_empty(pool->move))
		return vxe_fail(err, VXE_IN_POOL, s->config.store);
	return running ? vxe_fail(err, VXE_BUSY, "the store", "a running operation") : 0;
}

static bool is_unset(struct json_object *doc, const char *key)
{
	struct json_object *value = NULL;

	return !json_object_object_get_ex(doc, key, &value) || !value ||
		str_is_empty(json_object_get_string(value));
}

static bool is_true(struct json_object *doc, const char *key)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(doc, key, &value) && json_object_get_boolean(value);
}

/* Sets what follows from the host to which the record belongs, unless the record says something. */
static void set_if_unset(struct json_object *doc, const char *key, const char *value)
{
	if (is_unset(doc, key))
		json_object_object_add(doc, key, json_object_new_string(value));
}

/* Says by which UUID the host's libvirt knows a network of its own. */
static void set_network(struct json_object *doc, const char *uuid, const char *host)
{
	struct json_object *on_hosts = NULL;

	if (!is_true(doc, "mirrors") && !is_true(doc, "made"))
		return;
	json_object_object_get_ex(doc, "on_hosts", &on_hosts);
	if (json_object_is_type(on_hosts, json_type_object) && json_object_object_length(on_hosts))
		return;
	on_hosts = json_object_new_object();
	json_object_object_add(on_hosts, host, json_object_new_string(uuid));
	json_object_object_add(doc, "on_hosts", on_hosts);
}

static void complete_record(
	struct session *s, const struct class *c, const char *uuid, struct json_object *doc)
{
	const char *host = s->here->uuid;

	const struct class *const mirrored[] = { &pif_class, &vlan_class, &bond_class,
		&console_class, &host_cpu_class };

	if (c == &vm_class && !is_true(doc, "is_a_template") && !is_true(doc, "is_a_snapshot"))
		set_if_unset(doc, "home", host);
	if (c == &vmss_class) /* a host with another zone may run it */
		set_if_unset(doc, "timezone", schedule_zone_here(s));
	if (c == &network_class)
		set_network(doc, uuid, host);
	if (c == &host_class) { /* other hosts cannot ask this machine */
		_cleanup_free_ char *facts = facts_print(host_facts(s->here));

		json_object_object_add(doc, "facts", json_object_new_string(facts));
	}
	for (size_t i = 0; i < ARRAY_LEN(mirrored); i++)
		if (c == mirrored[i])
			set_if_unset(doc,
				c == &pif_class || c == &host_cpu_class ? "host_uuid" : "host",
				host);
}

int documents_read(struct txn *t, struct json_object **ret, struct vxe_error *err)
{
	_cleanup_json_ struct json_object *all = json_object_new_object();

	for (size_t i = 0; classes[i]; i++) {
		struct json_object *rows = json_object_new_object();

		if (!class_moves(classes[i])) {
			json_object_put(rows);
			continue;
		}
		json_object_object_add(all, classes[i]->name, rows);
		if (txn_each(t, classes[i]->name, add_copy, rows, err) < 0)
			return -1;
	}
	*ret = json_object_get(all);
	return 0;
}

int host_records_read(
	struct session *s, struct txn *t, struct host_records *ret, struct vxe_error *err)
{
	_cleanup_host_records_ struct host_records r = { 0 };

	if (check_still(s, t, err) < 0 || documents_read(t, &r.all, err) < 0)
		return -1;
	for (size_t i = 0; classes[i]; i++) {
		struct json_object *rows = json_object_object_get(r.all, classes[i]->name);

		if (!rows)
			continue;
		json_object_object_foreach(rows, uuid, doc)
		{
			complete_record(s, classes[i], uuid, doc);
		}
	}
	*ret = r;
	r = (struct host_records){ 0 };
	return 0;
}

/* ---- references ------------------------------------------------------------------------------- */

static struct json_object *reference(const char *uuid)
{
	return *uuid ? json_object_new_string(uuid) : NULL;
}

static void visit_list(struct json_object *doc, struct json_object *list, const struct class *c,
	reference_fn *fn, void *ctx)
{
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		const char *now =
			fn(ctx, c, doc, json_object_get_string(json_object_array_get_idx(list, i)));

		if (now && *now)
			json_object_array_put_idx(list, i, reference(now));
		else if (now)
			json_object_array_del_idx(list, i--, 1);
	}
}

void document_visit(struct json_object *doc, const struct class *c, reference_fn *fn, void *ctx)
{
	for (const struct field *f = c->fields; f->name; f++) {
		bool one = f->type == FIELD_REF || (f->type == FIELD_STRING && f->flags & F_UUID);

		if (f->flags & F_NAME || f->offset == FIELD_COMPUTED ||
			(!one && f->type != FIELD_REFS))
			continue;
		_cleanup_free_ char *key = field_key(f->name);
		struct json_object *value = json_object_object_get(doc, key);

		if (!one && json_object_is_type(value, json_type_array))
			visit_list(doc, value, c, fn, ctx);
		if (!one || !json_object_is_type(value, json_type_string))
			continue;
		const char *now = fn(ctx, c, doc, json_object_get_string(value));

		if (now)
			json_object_object_add(doc, key, reference(now));
	}
}

void documents_visit(struct json_object *all, reference_fn *fn, void *ctx)
{
	for (size_t i = 0; classes[i]; i++) {
		struct json_object *rows = json_object_object_get(all, classes[i]->name);

		if (!rows)
			continue;
		json_object_object_foreach(rows, uuid, doc)
		{
			(void)uuid;
			document_visit(doc, classes[i], fn, ctx);
		}
	}
}

/* ---- writing --------------------------------------------------------------------------------- */

int documents_put(struct txn *t, struct json_object *all, struct vxe_error *err)
{
	json_object_object_foreach(all, cls, rows)
	{
		json_object_object_foreach(rows, uuid, doc)
		{
			if (txn_put_back(t, cls, uuid, doc, err) < 0)
				return -1;
		}
	}
	return 0;
}

int documents_delete(struct txn *t, struct json_object *all, struct vxe_error *err)
{
	json_object_object_foreach(all, cls, rows)
	{
		json_object_object_foreach(rows, uuid, doc)
		{
			(void)doc;
			if (txn_del(t, cls, uuid, err) < 0)
				return -1;
		}
	}
	return 0;
}

void documents_show(struct session *s, struct json_object *all)
{
	json_object_object_foreach(all, cls, rows)
	{
		int n = json_object_object_length(rows);

		if (n)
			session_planned(
				s, "copy: %d record%s of class %s", n, n == 1 ? "" : "s", cls);
	}
}
