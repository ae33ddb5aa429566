/* SPDX-License-Identifier: MIT */
/* The group snapshot: snapshots that the hypervisor keeps itself. */
#include "tests/conformance/guest.h"

#include "objects/base/str.h"

/* A snapshot of a domain that was off, with its disk vda outside of the image. */
static void put(struct world *w, const char *name, const char *parent, int64_t time, bool current)
{
	_cleanup_free_ char *top = path_of(w, "top"), *up = NULL, *xml = NULL;
	_cleanup_free_ char *domain = xml_of(w, w->uuid, "", "disk", "");

	if (parent)
		up = xasprintf("<parent><name>%s</name></parent>", parent);
	xml = xasprintf("<domainsnapshot><name>%s</name><description>why &lt;%s&gt;</description>"
			"<state>shutoff</state>%s<creationTime>%d</creationTime>"
			"<memory snapshot='no'/><disks><disk name='vda' snapshot='external' "
			"type='file'><driver type='qcow2'/><source file='%s'/></disk></disks>"
			"%s</domainsnapshot>",
		name, name, up ? up : "", (int)time, top, domain);
	DO(hv_snapshot_put(w->h, w->uuid, xml, current, &w->err));
}

static void snapshots_are_listed_parents_first(struct world *w)
{
	_cleanup_hv_snapshots_ struct hv_snapshots v = { 0 };
	_cleanup_strv_ struct strv having = { 0 };
	_cleanup_free_ char *disk = path_of(w, "disk");
	_cleanup_spec_ struct domain_spec *then = NULL;
	int n = 0;

	define(w, "disk", "");
	DO(hv_with_snapshots(w->h, &having, &w->err));
	IS(!strv_has(&having, w->uuid));
	DO(hv_snapshots(w->h, w->uuid, &v, &w->err));
	IS(!v.n);
	put(w, "z-first", NULL, 1700000001, true);
	put(w, "a-second", "z-first", 1700000002, true);
	put(w, "m-branch", "z-first", 1700000003, false);
	DO(hv_with_snapshots(w->h, &having, &w->err));
	IS(strv_has(&having, w->uuid));
	DO(hv_own_snapshots(w->h, w->uuid, &n, &w->err));
	DO(hv_snapshots(w->h, w->uuid, &v, &w->err));
	IS(n == 3 && v.n == 3 && str_eq(v.items[0].name, "z-first"));
	const struct hv_snapshot *s = hv_snapshots_find(&v, "a-second");
	IS(s && str_eq(s->parent, "z-first") && s->current && s->time == 1700000002);
	IS(str_eq(s->description, "why <a-second>") && !s->running && !s->paused);
	IS(s->memory == HV_NOWHERE && !s->memory_path && s->n_disks == 1);
	IS(str_eq(s->disks[0].target, "vda") && s->disks[0].place == HV_EXTERNAL);
	IS(!v.items[0].parent && !v.items[0].current);
	DO(spec_read(s->definition, &then, &w->err));
	IS(then->n_disks == 1 && str_eq(then->disks[0].path, disk));
	REFUSED("undefine", hv_undefine(w->h, w->uuid, HV_UNDEFINE_KEEP_STATE, &w->err));
	for (size_t i = 0; i < v.n; i++)
		DO(hv_snapshot_forget(w->h, w->uuid, v.items[i].name, &w->err));
	DO(hv_undefine(w->h, w->uuid, HV_UNDEFINE_KEEP_STATE, &w->err));
}

static void a_forgotten_snapshot_leaves_its_children_to_its_parent(struct world *w)
{
	_cleanup_hv_snapshots_ struct hv_snapshots before = { 0 }, v = { 0 };

	define(w, "disk", "");
	put(w, "one", NULL, 1700000001, true);
	put(w, "two", "one", 1700000002, true);
	put(w, "three", "two", 1700000003, true);
	DO(hv_snapshots(w->h, w->uuid, &before, &w->err));
	DO(hv_snapshot_forget(w->h, w->uuid, "two", &w->err));
	DO(hv_snapshot_forget(w->h, w->uuid, "two", &w->err));
	DO(hv_snapshots(w->h, w->uuid, &v, &w->err));
	IS(v.n == 2 && str_eq(hv_snapshots_find(&v, "three")->parent, "one"));
	IS(hv_snapshots_find(&v, "three")->current);

	/* What was forgotten comes back, and a document in place of one of that name. */
	DO(hv_snapshot_put(w->h, w->uuid, hv_snapshots_find(&before, "two")->xml, false, &w->err));
	DO(hv_snapshot_put(w->h, w->uuid, hv_snapshots_find(&before, "three")->xml, true, &w->err));
	hv_snapshots_clear(&v);
	DO(hv_snapshots(w->h, w->uuid, &v, &w->err));
	IS(v.n == 3 && str_eq(hv_snapshots_find(&v, "three")->parent, "two"));
	IS(str_eq(hv_snapshots_find(&v, "two")->parent, "one"));
	IS(hv_snapshots_find(&v, "three")->current);
	for (size_t i = 0; i < v.n; i++)
		DO(hv_snapshot_forget(w->h, w->uuid, v.items[i].name, &w->err));
}

static void what_is_no_snapshot_is_refused(struct world *w)
{
	struct hv_snapshots v = { 0 };

	REFUSED("snapshots", hv_snapshots(w->h, w->uuid, &v, &w->err));
	REFUSED("forget a snapshot", hv_snapshot_forget(w->h, w->uuid, "none", &w->err));
	define(w, "disk", "");
	REFUSED("delete a snapshot", hv_snapshot_delete(w->h, w->uuid, "none", &w->err));
	REFUSED("revert to a snapshot", hv_snapshot_revert(w->h, w->uuid, "none", &w->err));
	DO(hv_snapshot_forget(w->h, w->uuid, "none", &w->err));
}

/* A checkpoint needs a guest that runs on a qcow2 image: see 350-checkpoints. */
static void a_new_domain_has_no_checkpoints(struct world *w)
{
	_cleanup_strv_ struct strv names = { 0 };

	DO(hv_checkpoints(w->h, w->uuid, &names, &w->err));
	define(w, "disk", "");
	DO(hv_checkpoints(w->h, w->uuid, &names, &w->err));
	IS(!names.n);
}

const struct conformance_case snapshot_cases[] = {
	CASE(snapshots_are_listed_parents_first),
	CASE(a_forgotten_snapshot_leaves_its_children_to_its_parent),
	CASE(what_is_no_snapshot_is_refused),
	CASE(a_new_domain_has_no_checkpoints),
	{ 0 },
};
