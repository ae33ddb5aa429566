/* SPDX-License-Identifier: MIT */
/*
 * vdi-destroy and vdi-forget: delete the disk's records and every VBD that names it. If a halted
 * VM's definition has the disk, changing that definition is the commit point; those of other VMs follow. The file of a
 * destroyed disk is removed like any layer (coalesce); the file of a forgotten disk stays, and a
 * scan of its SR finds it.
 */
#include "objects/storage/vdi_destroy.h"

#include "objects/classes/storage/forgotten_disk.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/sr_marker.h"
#include "objects/disks/disks.h"
#include "objects/session/disk_chain.h"
#include "objects/session/disk_path.h"
#include "objects/storage/vdi_loaded.h"

#include <json-c/json_object.h>

/* ---- steps ----------------------------------------------------------------------------------- */

/* Returns 1 if the commit point is passed: the domain's definition does not have the disk any more. */
static int probe_detached(struct op *op, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (!op->plan.domain)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0 || hv_find(hv, op->plan.domain, &d, err) < 0)
		return -1;
	if (!d.uuid)
		return 1;
	if (session_spec(op->s->here, op->plan.domain, HV_XML_INACTIVE, &spec, err) < 0)
		return -1;
	return !spec_find_disk(spec, plan_string(&op->plan, "target"));
}

/*
 * Takes the disks on the file out of the domain's definition. *target (NULL: not asked for) is the target of the first;
 * *after is NULL if the domain has none.
 */
static int without_disk(struct session *s, const char *xml, const char *path, char **target,
	char **after, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct spec_disk *disk;
	bool had = false;

	if (spec_read(xml, &spec, err) < 0)
		return -1;
	if (!session_is_own_store(s, spec->store))
		return vxe_fail(err, VXE_STORE_MISMATCH, spec->uuid, spec->store);
	for (;;) {
		if (disk_on(s, spec, path, &disk, err) < 0)
			return -1;
		if (!disk)
			break;
		if (target && !had)
			*target = xstrdup(disk->target);
		had = true;
		_cleanup_free_ char *name = xstrdup(disk->target);

		spec_remove_disk(spec, name);
	}
	if (!had)
		return 0;
	str_replace(&spec->store, s->store_uuid);
	return definition_patch(s, xml, spec, after, err);
}

static int detach_others(struct op *op, struct vxe_error *err)
{
	_cleanup_strv_ struct strv others = { 0 };
	struct hv *hv;

	plan_strings(&op->plan, PLAN_OTHERS, &others);
	for (size_t i = 0; i < others.n; i++) {
		_cleanup_hv_domain_ struct hv_domain d = { 0 };
		_cleanup_free_ char *xml = NULL, *after = NULL;

		if (session_hv(op->s->here, &hv, err) < 0 ||
			hv_find(hv, others.items[i], &d, err) < 0)
			return -1;
		if (!d.uuid || !d.persistent)
			continue;
		if (hv_xml(hv, d.uuid, HV_XML_INACTIVE, &xml, err) < 0 ||
			without_disk(op->s, xml, plan_string(&op->plan, "path"), NULL, &after,
				err) < 0 ||
			(after && hv_define(hv, after, err) < 0))
			return -1;
	}
	return 0;
}

static const struct plan_member vdi_destroy_members[] = {
	{ "target", PLAN_STRING, "the disk's target in the definition" },
	{ "path", PLAN_PATH, "the disk's file" },
	{ PLAN_OTHERS, PLAN_STRINGS, "the other halted domains whose definitions have the disk" },
	{ 0 },
};
static const struct step vdi_destroy_steps[] = {
	{ "define", DISK(DEFINE), true },
	{ "detach-others", DO(detach_others, NULL), false },
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

/* Plans to remove the disk from one more halted domain's definition, after the commit point. */
static int plan_other(struct session *s, struct hv *hv, const struct vdi_loaded *u,
	const char *domain, struct plan *p, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL, *after = NULL;

	if (hv_xml(hv, domain, HV_XML_INACTIVE, &xml, err) < 0 ||
		without_disk(s, xml, u->path, NULL, &after, err) < 0)
		return -1;
	if (after)
		plan_keep_one_more(p, PLAN_OTHERS, domain);
	return 0;
}

/* Plans to remove the disk from the halted domains' definitions. One of them is the commit point. */
static int plan_detached_definition(
	struct session *s, const struct vdi_loaded *u, struct plan *p, struct vxe_error *err)
{
	_cleanup_free_ char *target = NULL;
	struct hv *hv;

	p->commit = COMMIT_STORE;
	if (!u->halted.n)
		return 0;
	p->domain = xstrdup(u->halted.items[0]);
	p->commit = COMMIT_DEFINE;
	plan_keep(p, "path", u->path);
	if (session_hv(s->here, &hv, err) < 0 ||
		hv_xml(hv, p->domain, HV_XML_INACTIVE, &p->xml_before, err) < 0 ||
		without_disk(s, p->xml_before, u->path, &target, &p->xml_after, err) < 0)
		return -1;
	if (!p->xml_after)
		return vxe_fail(err, VXE_TRY_AGAIN, p->domain, "the VM no longer has the disk");
	plan_keep(p, "target", target);
	for (size_t i = 1; i < u->halted.n; i++)
		if (plan_other(s, hv, u, u->halted.items[i], p, err) < 0)
			return -1;
	return 0;
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
	if (!w->forget && u.sr && sr_is_away(s, u.sr)) {
		(void)vxe_fail(err, SR_NOT_ATTACHED, u.sr->r.uuid);
		error_note(
			err, "it is not mounted on this host: %s has no marker of it", u.sr->path);
		return -1;
	}
	p->object = xstrdup(w->uuid);
	if (plan_detached_definition(s, &u, p, err) < 0)
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
