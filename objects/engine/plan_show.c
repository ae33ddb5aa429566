/* SPDX-License-Identifier: MIT */
/* Makes the lines of a dry run from the plan that the operation would run. */
#include "objects/engine/plan_show.h"

#include "objects/classes/common/task.h"
#include "objects/model/human.h"
#include "objects/classes/storage/node.h"
#include "objects/classes/storage/sr_pool.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/engine/message.h"
#include "objects/engine/plan_space.h"
#include "objects/model/enums.h"
#include "objects/model/trial_run.h"

#include <inttypes.h>
#include <json-c/json.h>

/* ---- files ----------------------------------------------------------------------------------- */

/* Shows a file that is made, of so many bytes (-1: not known); ends @text and @brief. */
static void show_file(
	struct session *s, const char *file, int64_t bytes, bool copy, char *text, char *brief)
{
	session_plan(s,
		(struct planned){ .text = text,
			.brief = brief,
			.file = xstrdup(file),
			.bytes = bytes,
			.copied = copy ? bytes : 0 });
}

static void show_disk(struct session *s, const struct plan_disk *d)
{
	int64_t bytes = plan_disk_needs(d);
	_cleanup_free_ char *size = human_size(bytes);

	if (d->given)
		show_file(s, d->new_path, -1, false,
			xasprintf("take: %s (an empty overlay on %s)", d->new_path, d->backing),
			NULL);
	if (!d->new_path || (!d->make && !d->bytes))
		return;
	if (d->stream)
		show_file(s, d->new_path, -1, false,
			xasprintf("make: %s (filled from the archive)", d->new_path), NULL);
	else if (d->bytes)
		show_file(s, d->new_path, bytes, true,
			xasprintf("make: %s (a complete copy, at most %" PRId64 " bytes)",
				d->new_path, bytes),
			xasprintf("make: %s (a complete copy, at most %s)", d->new_path, size));
	else if (d->backing)
		show_file(s, d->new_path, bytes, false,
			xasprintf("make: %s (overlay on %s, %" PRId64 " bytes)", d->new_path,
				d->backing, bytes),
			xasprintf("make: %s (new writes go there, %s so far)", d->new_path, size));
	else
		show_file(s, d->new_path, bytes, false,
			xasprintf("make: %s (empty disk, %" PRId64 " bytes)", d->new_path, bytes),
			xasprintf("make: %s (empty disk, %s so far)", d->new_path, size));
}

/* True if the layer is one of those that may be merged or removed afterwards. */
static bool goes_then(const struct plan *p, const char *node)
{
	return node && strv_has(&p->freed, node);
}

static void show_files(struct session *s, const struct plan *p)
{
	for (size_t i = 0; i < p->n_disks; i++)
		show_disk(s, &p->disks[i]);
	for (size_t i = 0; i < p->n_needs; i++) {
		const struct plan_need *n = &p->needs[i];
		const char *verb = content_is_there(s, n->path) ? "replace" : "make";
		_cleanup_free_ char *size = human_size(n->bytes);

		show_file(s, n->path, n->bytes, false,
			xasprintf("%s: %s (%s%" PRId64 " bytes)", verb, n->path,
				n->memory_sr ? "memory image, at most " : "", n->bytes),
			xasprintf("%s: %s (%s%s)", verb, n->path,
				n->memory_sr ? "memory image, at most " : "", size));
	}
	for (size_t i = 0; i < p->n_disks; i++) {
		const char *file = p->disks[i].old_path;

		if (p->disks[i].freeze)
			session_plan(s,
				(struct planned){ .file = xstrdup(file),
					.bytes = -1,
					.detail = goes_then(p, p->disks[i].old_node),
					.text = xasprintf("freeze: %s", file),
					.brief = xasprintf("keep: %s (as it is: nothing writes to "
							   "it any more)",
						file) });
	}
}

/* ---- the domain ------------------------------------------------------------------------------ */

/*
 * Which steps, by name, do something to the domain, and what, as words for the user: @verb for the line about the
 * domain, @guest after the guest's name.
 */
static const struct {
	const char *step, *verb, *guest;
	bool of_running; /* the step does nothing if the domain is off */
} powers[] = {
	{ "stop", "stop", "stops", true },
	{ "save", "save and stop", "stops when its memory is saved", false },
	{ "migrate", "move to the other host", "moves to the other host and runs on", false },
	{ "restore", "start from its memory image", "goes on from its saved memory", false },
	{ "revert-inside", "libvirt reverts to its own snapshot", "is reverted by libvirt", false },
	{ "start", "start", "starts", false },
	{ "pause", "pause", "pauses", false },
	{ "unpause", "go on", "goes on", true },
	{ "live", "change the devices of the running", "runs on, and its devices change", true },
};

static bool has_step(const struct op_type *type, const char *name)
{
	for (const struct step *st = type->steps; st->name; st++)
		if (str_eq(st->name, name))
			return true;
	return false;
}

static bool saves_memory(const struct plan *p)
{
	for (size_t i = 0; i < p->n_needs; i++)
		if (p->needs[i].memory_sr)
			return true;
	return false;
}

/* True if the operation leaves the VM suspended, by the record that it would write. */
static bool suspends(const struct rehearsal *records, const char *vm)
{
	struct json_object *state = NULL;

	for (size_t i = 0; i < records->n; i++)
		if (records->items[i].cls == &vm_class && str_eq(records->items[i].uuid, vm) &&
			records->items[i].after &&
			json_object_object_get_ex(records->items[i].after, "power_state", &state))
			return str_eq(json_object_get_string(state),
				enum_stored(&power_state_table, POWER_SUSPENDED));
	return false;
}

/* What becomes of a guest that no step stops or starts. @state: its power state now. */
static const char *guest_stays(const struct plan *p, enum power_state state)
{
	if (state == POWER_PAUSED)
		return "stays paused";
	if (state == POWER_SUSPENDED)
		return "stays suspended";
	if (state != POWER_RUNNING)
		return "is off and stays off";
	if (p->commit != COMMIT_SWITCH || !p->n_disks)
		return "runs on";
	if (plan_member_find(p->op_type, "quiesce") && plan_int(p, "quiesce"))
		return "runs on; its file systems are frozen for a moment, and it stands still for some ms";
	return saves_memory(p)
		? "stands still when its memory is saved, then runs on: some 50 ms with KVM or "
		  "QEMU 9.0, longer if it changes much of it, else as long as the save takes"
		: "runs on; it stands still for some ms while its disks change files";
}

/* Shows what the guest notices, in one line. The domain of a new VM, and of one that goes, is no guest that does. */
static int show_guest(struct session *s, const struct op_type *type, const struct plan *p,
	const struct rehearsal *records, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_strv_ struct strv deeds = { 0 };
	enum power_state state;

	if (!p->domain)
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, p->domain, &vm, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (!vm || vm->is_a_template)
		return 0;
	if (vm_power_state(s, vm, &state, err) < 0)
		return -1;

	bool up = state == POWER_RUNNING || state == POWER_PAUSED;

	if (p->commit == COMMIT_UNDEFINE && !up)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(powers); i++)
		if (has_step(type, powers[i].step) && (up || !powers[i].of_running))
			strv_add(&deeds, powers[i].guest);
	if (up && plan_member_find(p->op_type, "halt") && plan_bool(p, "halt"))
		strv_add(&deeds, "stops at the moment of the snapshot");
	if (state != POWER_SUSPENDED && !has_step(type, "save") && suspends(records, vm->r.uuid))
		strv_add(&deeds, "is suspended as it was then (vm-resume)");
	_cleanup_free_ char *all = strv_join(&deeds, ", then ");

	session_plan(s,
		(struct planned){ .vm = xstrdup(p->domain),
			.bytes = -1,
			.text = xasprintf("guest: %s %s", vm->name_label,
				deeds.n ? all : guest_stays(p, state)) });
	return 0;
}

int plan_checkpoints_text(struct hv *hv, const char *domain, char **ret, struct vxe_error *err)
{
	_cleanup_strv_ struct strv names = { 0 };

	*ret = NULL;
	if (hv_checkpoints(hv, domain, &names, err) < 0)
		return -1;
	_cleanup_free_ char *all = strv_join(&names, ", ");

	if (names.n)
		*ret = xasprintf("lost: libvirt's checkpoints %s of domain %s: the next backup by "
				 "the program that made them must be a full one",
			all, domain);
	return 0;
}

static int show_checkpoints(
	struct session *s, struct hv *hv, const char *domain, struct vxe_error *err)
{
	_cleanup_free_ char *text = NULL;

	if (plan_checkpoints_text(hv, domain, &text, err) < 0)
		return -1;
	if (text)
		session_planned(s, "%s", text);
	return 0;
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
		session_plan(s,
			(struct planned){ .vm = xstrdup(p->domain),
				.bytes = -1,
				.text = xasprintf("lose: the memory of domain %s that libvirt "
						  "saved",
					p->domain),
				.brief = xstrdup("lost: the memory that libvirt has saved") });
	if ((p->commit == COMMIT_UNDEFINE || has_step(type, "migrate")) &&
		show_checkpoints(s, hv, p->domain, err) < 0)
		return -1;
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
	struct strv *pools; /* folders of libvirt's pools that would be defined */
};

static int apply(struct txn *t, void *ctx, struct vxe_error *err)
{
	const struct result *r = ctx;
	_cleanup_strv_ struct strv srs = { 0 };

	if (plan_apply(r->s, r->plan, t, err) < 0)
		return -1;
	plan_added(r->plan, &node_class, "sr", &srs);
	for (size_t i = 0; i < srs.n; i++)
		if (sr_pool_foresee(t, srs.items[i], r->pools, err) < 0)
			return -1;
	return 0;
}

int plan_show(
	struct session *s, const struct op_type *type, const struct plan *p, struct vxe_error *err)
{
	_cleanup_planned_ struct planned_list last = { 0 };
	_cleanup_rehearsal_ struct rehearsal records = { 0 };
	_cleanup_strv_ struct strv pools = { 0 };
	struct result result = { s, p, &pools };
	bool stopped;

	if (rehearse(s, apply, &result, &records, err) < 0 || plan_show_space(p, &last, err) < 0)
		return -1;
	session_planned_detail(s, "operation: %s", type->name);
	if (show_guest(s, type, p, &records, err) < 0)
		return -1;
	show_files(s, p);
	if (show_domain(s, type, p, &stopped, err) < 0)
		return -1;
	show_kept(s, p);
	for (size_t i = 0; i < pools.n; i++)
		session_planned_detail(s, "define: libvirt's storage pool of %s", pools.items[i]);
	if (rehearsal_show(s, &records, is_side_effect, err) < 0)
		return -1;
	planned_show(s, &last);
	return p->freed.n ? op_disks->foresee(s, p, stopped, err) : 0;
}
