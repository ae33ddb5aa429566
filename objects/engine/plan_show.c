/* SPDX-License-Identifier: MIT */
/* Makes the lines of a dry run from the plan that the operation would run. */
#include "objects/engine/plan_show.h"

#include "objects/classes/common/task.h"
#include "objects/classes/storage/vdi.h"
#include "objects/engine/message.h"
#include "objects/engine/plan_space.h"
#include "objects/model/trial_run.h"

#include <inttypes.h>
#include <json-c/json.h>

/* ---- files ----------------------------------------------------------------------------------- */

static void show_disk(struct session *s, const struct plan_disk *d)
{
	int64_t bytes = plan_disk_needs(d);

	if (d->given)
		session_planned_file(s, d->new_path, -1, "take: %s (an empty overlay on %s)",
			d->new_path, d->backing);
	if (!d->new_path || (!d->make && !d->bytes))
		return;
	if (d->stream)
		session_planned_file(
			s, d->new_path, -1, "make: %s (filled from the archive)", d->new_path);
	else if (d->bytes)
		session_planned_file(s, d->new_path, bytes,
			"make: %s (a complete copy, at most %" PRId64 " bytes)", d->new_path,
			bytes);
	else if (d->backing)
		session_planned_file(s, d->new_path, bytes,
			"make: %s (overlay on %s, %" PRId64 " bytes)", d->new_path, d->backing,
			bytes);
	else
		session_planned_file(s, d->new_path, bytes,
			"make: %s (empty disk, %" PRId64 " bytes)", d->new_path, bytes);
}

static void show_files(struct session *s, const struct plan *p)
{
	for (size_t i = 0; i < p->n_disks; i++)
		show_disk(s, &p->disks[i]);
	for (size_t i = 0; i < p->n_needs; i++) {
		const struct plan_need *n = &p->needs[i];
		session_planned_file(s, n->path, n->bytes, "%s: %s (%s%" PRId64 " bytes)",
			content_is_there(s, n->path) ? "replace" : "make", n->path,
			n->memory_sr ? "memory image, at most " : "", n->bytes);
	}
	for (size_t i = 0; i < p->n_disks; i++)
		if (p->disks[i].freeze)
			session_planned_file(
				s, p->disks[i].old_path, -1, "freeze: %s", p->disks[i].old_path);
}

/* ---- the domain ------------------------------------------------------------------------------ */

/* Which steps, by name, do something to the domain, and what, as words for the user. */
static const struct {
	const char *step, *verb;
	bool of_running; /* the step does nothing if the domain is off */
} powers[] = {
	{ "stop", "stop", true },
	{ "save", "save and stop", false },
	{ "restore", "start from its memory image", false },
	{ "revert-inside", "libvirt reverts to its own snapshot", false },
	{ "start", "start", false },
	{ "pause", "pause", false },
	{ "unpause", "go on", true },
	{ "live", "change the devices of the running", true },
};

static bool has_step(const struct op_type *type, const char *name)
{
	for (const struct step *st = type->steps; st->name; st++)
		if (str_eq(st->name, name))
			return true;
	return false;
}

static int show_domain(struct session *s, const struct op_type *type, const struct plan *p,
	bool *stopped, struct vxe_error *err)
{
	struct hv *hv;
	bool up;

	*stopped = false;
	if (!p->domain)
		return 0;
	if (session_hv(s->here, &hv, err) < 0 || hv_is_up(hv, p->domain, &up, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(powers); i++) {
		if (!has_step(type, powers[i].step) || (powers[i].of_running && !up))
			continue;
		session_planned_vm(s, p->domain, "%s: domain %s", powers[i].verb, p->domain);
		*stopped |= powers[i].of_running;
	}
	if (plan_member_find(p->op_type, "drop-saved") && plan_bool(p, "drop-saved"))
		session_planned_vm(s, p->domain, "lose: the memory of domain %s that libvirt saved",
			p->domain);
	if (p->commit == COMMIT_UNDEFINE)
		session_planned_vm(s, p->domain, "undefine: domain %s", p->domain);
	else if (p->commit == COMMIT_SWITCH && p->n_disks)
		session_planned_vm(
			s, p->domain, "switch: the running domain %s to the new files", p->domain);
	else if (p->xml_after && !p->xml_before)
		session_planned_vm(s, p->domain, "define: domain %s", p->domain);
	else if (p->commit == COMMIT_DEFINE)
		session_planned_vm(s, p->domain, "redefine: domain %s", p->domain);
	return 0;
}

char *plan_kept_text(bool deleted, const char *name, const char *domain)
{
	return xasprintf("libvirt %s: snapshot %s of domain %s", deleted ? "deletes" : "forgets",
		name, domain);
}

/*
 * The plan members that list snapshots which libvirt keeps itself, and whether libvirt would delete or only forget
 * these.
 */
static const struct {
	const char *member;
	bool deleted;
} kept[] = { { "kept-forgotten", false }, { "kept-deleted", true } };

static void show_kept(struct session *s, const struct plan *p)
{
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		_cleanup_strv_ struct strv names = { 0 };

		if (plan_member_find(p->op_type, kept[i].member))
			plan_strings(p, kept[i].member, &names);
		for (size_t k = 0; k < names.n; k++) {
			_cleanup_free_ char *text = plan_kept_text(
				kept[i].deleted, names.items[k], plan_string(p, "kept-domain"));

			session_planned(s, "%s", text);
		}
	}
}

/* ---- records --------------------------------------------------------------------------------- */

/*
 * True if the record is a layer's base copy, a VDI that is no disk: a dry run has other lines that say what becomes
 * of layers.
 */
static bool is_base_copy(const struct rehearsed *one)
{
	struct json_object *doc = one->after ? one->after : one->before, *managed = NULL;

	return one->cls == &vdi_class && json_object_object_get_ex(doc, "managed", &managed) &&
		!json_object_get_boolean(managed);
}

/*
 * True for tasks, messages and base-copy records, which a dry run does not show: every operation has a task, and most
 * write a message.
 */
static bool is_side_effect(const struct rehearsed *one)
{
	return one->cls == &task_class || one->cls == &message_class || is_base_copy(one);
}

struct result {
	struct session *s;
	const struct plan *plan;
};

static int apply(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct result *r = ctx;

	return plan_apply(r->s, r->plan, t, err);
}

int plan_show(
	struct session *s, const struct op_type *type, const struct plan *p, struct vxe_error *err)
{
	_cleanup_strv_ struct strv last = { 0 };
	_cleanup_rehearsal_ struct rehearsal records = { 0 };
	struct result result = { s, p };
	bool stopped;

	if (rehearse(s, apply, &result, &records, err) < 0 || plan_show_space(p, &last, err) < 0)
		return -1;
	session_planned(s, "operation: %s", type->name);
	show_files(s, p);
	if (show_domain(s, type, p, &stopped, err) < 0)
		return -1;
	show_kept(s, p);
	if (rehearsal_show(s, &records, is_side_effect, err) < 0)
		return -1;
	for (size_t i = 0; i < last.n; i++)
		session_planned(s, "%s", last.items[i]);
	return p->freed.n ? op_disks->foresee(s, p, stopped, err) : 0;
}
