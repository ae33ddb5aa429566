/* SPDX-License-Identifier: MIT */
/* Plans what becomes of the records of a host that joins a pool. */
#include "objects/pool/pool_merge.h"

#include "objects/base/uri.h"
#include "objects/base/uuid.h"
#include "objects/classes/common/message_class.h"
#include "objects/classes/host/host.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/host/role.h"
#include "objects/classes/network/network_records.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sm.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/start/default_templates.h"

void pool_merge_clear(struct pool_merge *m)
{
	free(m->pool);
	json_object_put(m->all);
	map_clear(&m->same);
	records_clear(&m->networks);
	strv_clear(&m->shared);
	strv_clear(&m->not_attached);
	*m = (struct pool_merge){ 0 };
}

struct merging {
	struct session *s;
	struct txn *t; /* of the pool's store */
	struct pool_merge *m;
	struct json_object *there; /* for each UUID in the pool the name of its class */
};

/* The documents of a class by UUID. */
static struct json_object *rows_of(const struct pool_merge *m, const struct class *c)
{
	return json_object_object_get(m->all, c->name);
}

static const char *member_text(struct json_object *doc, const char *key)
{
	struct json_object *value = json_object_object_get(doc, key);
	const char *text = value ? json_object_get_string(value) : NULL;

	return text ? text : "";
}

static bool flag_of(struct json_object *doc, const char *key)
{
	return json_object_get_boolean(json_object_object_get(doc, key));
}

/* Leaves an object out, because the object @there of the pool takes its place. */
static void leave_out(
	struct pool_merge *m, const struct class *c, const char *uuid, const char *there)
{
	map_set(&m->same, uuid, there);
	json_object_object_del(rows_of(m, c), uuid);
}

/* ---- what the pool has ------------------------------------------------------------------------ */

struct scan {
	struct json_object *there;
	const char *cls;
};

static int note_there(void *ctx, const char *uuid, const char *const *values, struct vxe_error *err)
{
	const struct scan *s = ctx;

	(void)values, (void)err;
	json_object_object_add(s->there, uuid, json_object_new_string(s->cls));
	return 0;
}

static int scan_pool(struct merging *g, struct vxe_error *err)
{
	static const char *const none[] = { NULL };

	g->there = json_object_new_object();
	for (size_t i = 0; classes[i]; i++) {
		struct scan s = { g->there, classes[i]->name };

		if (txn_scan(g->t, s.cls, none, note_there, &s, err) < 0)
			return -1;
	}
	return 0;
}

static const char *class_there(const struct merging *g, const char *uuid)
{
	struct json_object *cls = json_object_object_get(g->there, uuid);

	return cls ? json_object_get_string(cls) : NULL;
}

static int merge_pool(struct merging *g, const char *where, struct vxe_error *err)
{
	_cleanup_records_ struct records pools = { 0 };

	if (records_load(g->t, &pool_class, NULL, NULL, &pools, err) < 0)
		return -1;
	if (!pools.n) {
		_cleanup_free_ char *shown = uri_shown(where);

		return vxe_fail(err, VXE_NO_POOL, shown);
	}
	g->m->pool = xstrdup(((const struct record *)pools.items[0])->uuid);
	leave_out(g->m, &pool_class, g->s->store_uuid, g->m->pool);
	return 0;
}

/* ---- what every store has --------------------------------------------------------------------- */

static const char *there_with(
	const struct records *there, const struct class *c, const char *key, const char *text)
{
	for (size_t i = 0; i < there->n; i++) {
		_cleanup_json_ struct json_object *doc = record_encode(c, there->items[i]);

		if (str_eq(member_text(doc, key), text))
			return ((const struct record *)there->items[i])->uuid;
	}
	return NULL;
}

/* Leaves out the objects of a class that are the same if the member @key is. */
static int merge_class(
	struct merging *g, const struct class *c, const char *key, struct vxe_error *err)
{
	_cleanup_records_ struct records there = { 0 };

	if (records_load(g->t, c, NULL, NULL, &there, err) < 0)
		return -1;
	json_object_object_foreach(rows_of(g->m, c), uuid, doc)
	{
		const char *same = there_with(&there, c, key, member_text(doc, key));

		if (same)
			leave_out(g->m, c, uuid, same);
	}
	return 0;
}

/* ---- references ------------------------------------------------------------------------------- */

static const char *find_same(
	void *ctx, const struct class *c, struct json_object *doc, const char *uuid)
{
	(void)c, (void)doc;
	return map_get(ctx, uuid);
}

/* ---- default templates ------------------------------------------------------------------------ */

struct use {
	const char *uuid;
	bool found;
};

static const char *note_use(
	void *ctx, const struct class *c, struct json_object *doc, const char *uuid)
{
	struct use *u = ctx;

	(void)doc;
	u->found |= c != &message_class && str_eq(uuid, u->uuid);
	return NULL;
}

/* True if the document is that of @fresh, and nothing belongs to it. */
static bool is_untouched(const struct merging *g, const struct vm *fresh, struct json_object *doc)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_(vm_free_cleanup) struct vm *vm = record_new(&vm_class);
	struct use use = { fresh->r.uuid, false };

	if (record_decode(&vm_class, doc, vm, &ignored) < 0)
		return false;
	_cleanup_json_ struct json_object *now = record_encode(&vm_class, vm);
	_cleanup_json_ struct json_object *then = record_encode(&vm_class, fresh);

	documents_visit(g->m->all, note_use, &use);
	return !use.found && json_object_equal(now, then);
}

static int merge_templates(struct merging *g, struct vxe_error *err)
{
	_cleanup_records_ struct records hosts = { 0 };
	struct vm *fresh;

	if (records_load(g->t, &host_class, NULL, NULL, &hosts, err) < 0)
		return -1;
	for (size_t i = 0; (fresh = template_new(g->s->here->uuid, i)); i++) {
		struct json_object *doc =
			json_object_object_get(rows_of(g->m, &vm_class), fresh->r.uuid);
		bool out = doc && is_untouched(g, fresh, doc);

		/* the host was in this pool before, and has brought it then */
		if (out && class_there(g, fresh->r.uuid)) {
			leave_out(g->m, &vm_class, fresh->r.uuid, fresh->r.uuid);
			out = false;
		}
		for (size_t k = 0; out && k < hosts.n; k++) {
			const struct record *host = hosts.items[k];
			_cleanup_(vm_free_cleanup) struct vm *same = template_new(host->uuid, i);

			if (!class_there(g, same->r.uuid))
				continue;
			leave_out(g->m, &vm_class, fresh->r.uuid, same->r.uuid);
			break;
		}
		vm_free(fresh);
	}
	return 0;
}

/* ---- networks --------------------------------------------------------------------------------- */

/* The UUID that this host's libvirt has for a network of the host's records. */
static const char *libvirt_uuid(const struct merging *g, const char *uuid, struct json_object *doc)
{
	struct json_object *hosts = json_object_object_get(doc, "on_hosts");
	const char *here = hosts ? member_text(hosts, g->s->here->uuid) : "";

	return *here ? here : uuid;
}

/* The network of the pool that is the same as the host's @doc, NULL: none. */
static struct network *same_network(
	const struct merging *g, const char *uuid, struct json_object *doc)
{
	bool libvirts = flag_of(doc, "mirrors") || flag_of(doc, "made");
	const char *known = libvirts ? networks_name(g->s, libvirt_uuid(g, uuid, doc)) : NULL;
	const char *last = member_text(doc, "libvirt_name");
	const char *name = known ? known
		: !libvirts	 ? member_text(doc, "bridge")
		: *last		 ? last
				 : member_text(doc, "name_label");

	for (size_t i = 0; *name && i < g->m->networks.n; i++) {
		struct network *n = g->m->networks.items[i];

		if (libvirts == (n->mirrors || n->made) &&
			str_eq(libvirts ? network_libvirt_name(n) : n->bridge, name) &&
			!strv_has(&g->m->shared, n->r.uuid))
			return n;
	}
	return NULL;
}

static int merge_networks(struct merging *g, struct vxe_error *err)
{
	struct pool_merge *m = g->m;

	if (records_load(g->t, &network_class, NULL, NULL, &m->networks, err) < 0)
		return -1;
	json_object_object_foreach(rows_of(m, &network_class), uuid, doc)
	{
		struct network *n = same_network(g, uuid, doc);

		if (!n)
			continue;
		if (n->mirrors || n->made)
			map_set(&n->on_hosts, g->s->here->uuid, libvirt_uuid(g, uuid, doc));
		strv_add(&m->shared, n->r.uuid);
		leave_out(m, &network_class, uuid, n->r.uuid);
	}
	return 0;
}

/* ---- shared SRs ------------------------------------------------------------------------------- */

/* True if an SR of the host's own has the path, which is then not that of the shared one. */
static bool is_own_path(const struct merging *g, const char *path)
{
	json_object_object_foreach(rows_of(g->m, &sr_class), uuid, doc)
	{
		(void)uuid;
		if (str_eq(member_text(doc, "path"), path))
			return true;
	}
	return false;
}

static bool has_marker(const struct sr *sr)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_mark_ struct sr_mark mark = { 0 };

	return sr_mark_read(sr->path, &mark, &ignored) == 0 && str_eq(mark.sr, sr->r.uuid);
}

/* Gives the host a PBD like that of another host; it is attached if the SR's marker is in the folder. */
static void add_pbd(const struct merging *g, const struct sr *sr, const struct pbd *like)
{
	_cleanup_free_ char *name = xasprintf("pbd:%s", g->s->here->uuid);
	_cleanup_(pbd_free_cleanup) struct pbd *pbd = record_new(&pbd_class);

	pbd->r.uuid = uuid_derive(sr->r.uuid, name);
	str_replace(&pbd->host, g->s->here->uuid);
	str_replace(&pbd->sr, sr->r.uuid);
	map_copy(&pbd->device_config, &like->device_config);
	pbd->unplugged = sr->detached || !has_marker(sr);
	if (pbd->unplugged && !sr->detached)
		strv_take(&g->m->not_attached,
			xasprintf(
				"SR %s (%s) is not attached here ('vxe pbd-plug uuid=%s'): there is no "
				"marker of it in %s.",
				sr->r.uuid, sr->name_label, pbd->r.uuid, sr->path));
	json_object_object_add(
		rows_of(g->m, &pbd_class), pbd->r.uuid, record_encode(&pbd_class, pbd));
}

static int merge_shared_srs(struct merging *g, struct vxe_error *err)
{
	_cleanup_records_ struct records srs = { 0 };

	if (records_load(g->t, &sr_class, NULL, NULL, &srs, err) < 0)
		return -1;
	for (size_t i = 0; i < srs.n; i++) {
		const struct sr *sr = srs.items[i];
		_cleanup_records_ struct records pbds = { 0 };

		if (!sr->shared || str_is_empty(sr->path) || is_own_path(g, sr->path))
			continue;
		if (records_load(g->t, &pbd_class, "sr_uuid", sr->r.uuid, &pbds, err) < 0)
			return -1;
		/* two hosts that mount a device would destroy its file system */
		if (pbds.n &&
			!map_get(&((const struct pbd *)pbds.items[0])->device_config, "device"))
			add_pbd(g, sr, pbds.items[0]);
	}
	return 0;
}

/* ---- the rest --------------------------------------------------------------------------------- */

/* The host's record says which store it had: its domains and folders still name that one. */
static void note_former_store(const struct merging *g)
{
	struct json_object *doc =
		json_object_object_get(rows_of(g->m, &host_class), g->s->here->uuid);
	struct json_object *stores = json_object_object_get(doc, "former_stores");

	if (!json_object_is_type(stores, json_type_array)) {
		stores = json_object_new_array();
		json_object_object_add(doc, "former_stores", stores);
	}
	json_object_array_add(stores, json_object_new_string(g->s->store_uuid));
}

/* No object of the pool is replaced, as all UUIDs differ. */
static int check_uuids(const struct merging *g, struct vxe_error *err)
{
	if (class_there(g, g->s->here->uuid))
		return vxe_fail(err, VXE_UUID_IN_POOL, host_class.name, g->s->here->uuid);
	json_object_object_foreach(g->m->all, cls, rows)
	{
		(void)cls;
		json_object_object_foreach(rows, uuid, doc)
		{
			const char *there = class_there(g, uuid);

			(void)doc;
			if (there)
				return vxe_fail(err, VXE_UUID_IN_POOL, there, uuid);
		}
	}
	return 0;
}

static int merge(struct merging *g, const char *where, struct vxe_error *err)
{
	if (scan_pool(g, err) < 0 || merge_pool(g, where, err) < 0 ||
		merge_class(g, &sm_class, "type", err) < 0 ||
		merge_class(g, &role_class, "name", err) < 0 ||
		merge_class(g, &subject_class, "subject_identifier", err) < 0 ||
		merge_templates(g, err) < 0 || merge_networks(g, err) < 0 ||
		merge_shared_srs(g, err) < 0 || check_uuids(g, err) < 0)
		return -1;
	note_former_store(g);
	documents_visit(g->m->all, find_same, &g->m->same);
	return 0;
}

int pool_merge_plan(struct session *s, const char *where, const struct host_records *r,
	struct txn *t, struct pool_merge *ret, struct vxe_error *err)
{
	struct merging g = { .s = s, .t = t, .m = ret };

	pool_merge_clear(ret);
	if (json_object_deep_copy(r->all, &ret->all, NULL) < 0)
		return vxe_fail_internal(err, "the records cannot be copied");
	int rc = merge(&g, where, err);

	json_object_put(g.there);
	return rc;
}

int pool_merge_put(struct txn *t, const struct pool_merge *m, struct vxe_error *err)
{
	for (size_t i = 0; i < m->networks.n; i++) {
		const struct network *n = m->networks.items[i];

		if (strv_has(&m->shared, n->r.uuid) && record_save(t, &network_class, n, err) < 0)
			return -1;
	}
	return documents_put(t, m->all, err);
}

void pool_merge_show(struct session *s, const struct host_records *r, const struct pool_merge *m)
{
	documents_show(s, m->all);
	for (size_t i = 0; i < m->networks.n; i++) {
		const struct network *n = m->networks.items[i];

		if (strv_has(&m->shared, n->r.uuid))
			session_planned(s, "share: the pool's network %s", n->name_label);
	}
	json_object_object_foreach(r->all, cls, rows)
	{
		int n = json_object_object_length(rows) -
			json_object_object_length(json_object_object_get(m->all, cls));

		if (n && !str_eq(cls, network_class.name))
			session_planned(s, "leave out: %d record%s of class %s, which the pool has",
				n, n == 1 ? "" : "s", cls);
	}
}
