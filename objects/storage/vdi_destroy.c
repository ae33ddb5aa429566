/* SPDX-License-Identifier: MIT */
/*
 * vdi-destroy and vdi-forget: delete the disk's records and every VBD that names it. If a halted
 * VM's definition has the disk, changing that definition is the commit point. The file of a
 * destroyed disk is removed like any layer (coalesce); the file of a forgotten disk stays, and a
 * scan of its SR finds it.
 */
#include "objects/storage/vdi_destroy.h"

#include "objects/classes/storage/forgotten_disk.h"
#include "objects/classes/storage/node_names.h"
#include "objects/disks/disks.h"
#include "objects/session/disk_chain.h"
#include "objects/session/disk_path.h"
#include "objects/storage/vdi_loaded.h"

#include <json-c/json_object.h>

/* ---- steps ----------------------------------------------------------------------------------- */

/* Returns 1 if the commit point is passed: the domain's definition does not have the disk any more. */
static int probe_detached(struct op *op, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (!op->plan.domain)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0 || hv_find(hv, op->plan.domain, &d, err) < 0)
		return -1;
	if (!d.uuid)
		return 1;
	if (hv_xml(hv, op->plan.domain, HV_XML_INACTIVE, &xml, err) < 0 ||
		spec_read(xml, &spec, err) < 0)
		return -1;
	return !spec_find_disk(spec, plan_string(&op->plan, "target"));
}

static const struct plan_member vdi_destroy_members[] = {
	{ "target", PLAN_STRING, "the disk's target in the definition" },
	{ 0 },
};
static const struct step vdi_destroy_steps[] = {
	{ "define", DISK(DEFINE), true },
	{ 0 },
};

const struct op_type vdi_destroy_op = { "vdi-destroy", "destroy", vdi_destroy_steps,
	PLAN_MEMBERS(vdi_destroy_members), probe_detached };
const struct op_type vdi_forget_op = { "vdi-forget", "forget", vdi_destroy_steps,
	PLAN_MEMBERS(vdi_destroy_members), probe_detached };

/* ---- plan ------------------------------------------------------------------------------------ */

struct end {
	const char *uuid;
	bool forget;
};

/*
 * Plans to remove the disk from a halted domain's definition. Only one definition can be the commit point, so a disk
 * that two domains have is refused.
 */
static int plan_detached_definition(struct session *s, const struct vdi_loaded *u,
	const char *operation, struct plan *p, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct hv *hv;

	p->commit = COMMIT_STORE;
	if (!u->halted.n)
		return 0;
	if (u->halted.n > 1)
		return vxe_fail(err, VDI_IN_USE, u->vdi->r.uuid, operation);
	p->domain = xstrdup(u->halted.items[0]);
	p->commit = COMMIT_DEFINE;
	if (session_hv(s->here, &hv, err) < 0 ||
		hv_xml(hv, p->domain, HV_XML_INACTIVE, &p->xml_before, err) < 0 ||
		spec_read(p->xml_before, &spec, err) < 0)
		return -1;
	if (!session_is_own_store(s, spec->store))
		return vxe_fail(err, VXE_STORE_MISMATCH, p->domain, spec->store);
	struct spec_disk *disk;

	if (disk_on(s, spec, u->path, &disk, err) < 0)
		return -1;
	if (disk) {
		plan_keep(p, "target", disk->target);
		spec_remove_disk(spec, plan_string(p, "target"));
	}
	str_replace(&spec->store, s->store_uuid);
	return definition_patch(s, p->xml_before, spec, &p->xml_after, err);
}

/* Records the name of a file that is forgotten, so that `vxe check` does not report it as lost. */
static void plan_forgotten(const struct vdi_loaded *u, struct plan *p)
{
	struct json_object *names = json_object_new_array();

	for (size_t i = 0; i < u->sr->forgotten.n; i++)
		json_object_array_add(names, json_object_new_string(u->sr->forgotten.items[i]));
	if (!strv_has(&u->sr->forgotten, u->node->path))
		json_object_array_add(names, json_object_new_string(u->node->path));
	plan_set(p, &sr_class, u->sr->r.uuid, "forgotten", names);
}

/* Plans the layer of a forgotten disk: its file stays, and its record stays if other layers need it. */
static int plan_forget_node(
	struct txn *t, const struct vdi_loaded *u, struct plan *p, struct vxe_error *err)
{
	_cleanup_records_ struct records above = { 0 };
	int names;

	_cleanup_(forgotten_free_cleanup) struct forgotten *kept = forgotten_new(u->vdi, u->node);

	if (u->sr && *kept->path)
		plan_put(p, &forgotten_class, kept);
	if (!u->node)
		return 0;
	locks_add(&p->locks, LOCK_NODE, u->node->r.uuid, LEASE_SHARED); /* keeps merges away */
	if (node_count_names(t, u->node->r.uuid, &names, err) < 0 ||
		node_children(t, u->node->r.uuid, &above, err) < 0)
		return -1;
	if (names == 1 && !above.n) {
		plan_del(p, &node_class, u->node->r.uuid);
		if (u->sr)
			plan_forgotten(u, p);
	}
	plan_touch_node(p, u->node->r.uuid);
	return 0;
}

/*
 * Refuses to destroy a disk if another record describes the same file, because the other disk's content would be lost.
 * Forgetting the disk is allowed; domain definitions then keep the file unless a VBD names the forgotten disk.
 */
static int check_alone(struct session *s, struct txn *t, const struct end *w, struct vdi_loaded *u,
	struct vxe_error *err)
{
	_cleanup_strv_ struct strv nodes = { 0 }, paths = { 0 };

	if (!u->node || !u->path)
		return 0;
	strv_add(&paths, u->path);
	if (nodes_of_files(s, t, &paths, &nodes, err) < 0)
		return -1;
	strv_remove(&nodes, u->node->r.uuid);
	if (!nodes.n)
		return 0;
	if (!w->forget) {
		_cleanup_free_ char *user = xasprintf("another record of it, %s", nodes.items[0]);

		return vxe_fail(err, VXE_DEPENDENTS, u->path, user);
	}
	if (!u->vbds.n) {
		strv_clear(&u->halted);
		strv_clear(&u->running);
	}
	return 0;
}

static int plan_end(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct end *w = ctx;
	const char *operation = w->forget ? "forget" : "destroy";
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->uuid, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vdi_load(s, w->uuid, LEASE_EXCLUSIVE, p, &u, err) < 0 ||
		txn_begin(s->store, TXN_READ, &t, err) < 0 || check_alone(s, t, w, &u, err) < 0 ||
		vdi_check_no_memory(s, &u, operation, err) < 0 ||
		vdi_check_allowed(s, &u, operation, err) < 0 ||
		vdi_check_idle(s, &u, operation, err) < 0)
		return -1;
	p->object = xstrdup(w->uuid);
	if (plan_detached_definition(s, &u, operation, p, err) < 0)
		return -1;
	for (size_t i = 0; i < u.vbds.n; i++)
		plan_del(p, &vbd_class, ((const struct record *)u.vbds.items[i])->uuid);
	plan_del(p, &vdi_class, w->uuid);
	if (w->forget)
		return plan_forget_node(t, &u, p, err);
	if (u.node) {
		if (loss_check(s, t, u.node->r.uuid, LOSS_LAST, p, err) < 0)
			return -1;
		plan_touch_node(p, u.node->r.uuid);
		strv_add(&p->freed, u.node->r.uuid);
	}
	return 0;
}

int vdi_destroy(struct session *s, const char *uuid, struct vxe_error *err)
{
	struct end w = { .uuid = uuid };

	return op_run_freeing(s, &vdi_destroy_op, plan_end, &w, NULL, err);
}

int vdi_forget(struct session *s, const char *uuid, struct vxe_error *err)
{
	struct end w = { .uuid = uuid, .forget = true };

	return op_run(s, &vdi_forget_op, plan_end, &w, NULL, err);
}
