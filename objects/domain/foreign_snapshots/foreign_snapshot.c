/* SPDX-License-Identifier: MIT */
#include "objects/domain/foreign_snapshots/foreign_snapshot.h"

#include "backends/hv/hv_by_version.h"
#include "objects/base/log.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/domain/foreign_snapshots/adopt_snapshots.h"
#include "objects/hidden_snapshots/hidden_snapshot.h"
#include "objects/hidden_snapshots/snapshot_documents.h"
#include "objects/domain/vm_record_copy.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/message.h"
#include "objects/session/disk_path.h"

const struct plan_member kept_members[] = {
	{ "kept-domain", PLAN_UUID, "domain whose snapshots libvirt keeps" },
	{ "kept-forgotten", PLAN_STRINGS, "names of snapshots that libvirt forgets" },
	{ "kept-deleted", PLAN_STRINGS, "names of snapshots that libvirt deletes" },
	{ "kept-returned", PLAN_STRINGS, "documents that libvirt gets back first" },
	{ "kept-names", PLAN_STRINGS, "names of all snapshots of the domain" },
	{ "kept-documents", PLAN_STRINGS, "their documents, in the same order" },
	{ "kept-current", PLAN_STRING, "name of libvirt's current snapshot" },
	{ 0 },
};

/* ---- inside an image ------------------------------------------------------------------------- */

const struct hv_snapshot *kept_find(const struct hv_snapshots *found, const struct vm *snapshot)
{
	const struct hv_snapshot *of = hv_snapshots_find(found, snapshot->libvirt_snapshot);

	return of && of->time == snapshot->snapshot_time ? of : NULL;
}

/* ---- hidden ones ------------------------------------------------------------------------------ */

/*
 * Plans the deletion of a hidden snapshot, one that libvirt keeps but had to forget: libvirt gets its document back
 * and deletes it. Returns 0 if only the record has to be deleted.
 */
static int plan_hidden_end(struct session *s, const struct vm *snapshot, bool whole,
	const struct hv_snapshots *found, const struct domain_spec *now, struct plan *p,
	struct vxe_error *err)
{
	_cleanup_hv_snapshots_ struct hv_snapshots hidden = { 0 };
	_cleanup_free_ char *xml = NULL, *file = NULL;

	if (hidden_read(snapshot, &hidden, err) < 0 ||
		hidden_file(s, snapshot, &hidden, &file, err) < 0)
		return -1;
	if (!file)
		return 0;
	if (whole)
		return vxe_fail(err, VXE_SNAPSHOT_HIDDEN, snapshot->r.uuid, file);
	if (hidden_check_on_top(s, snapshot, hidden.items, now, err) < 0 ||
		hidden_document(snapshot, &hidden, found, &xml, err) < 0)
		return -1;
	plan_keep_one_more(p, "kept-returned", xml);
	plan_keep_one_more(p, "kept-deleted", hidden.items[0].name);
	return 1;
}

/*
 * Plans that the record of a libvirt snapshot says that libvirt does not know it now (hidden), and has libvirt's
 * document of it.
 */
static void plan_hidden(
	const struct vm *snapshot, const struct hv_snapshot *of, const char *where, struct plan *p)
{
	_cleanup_(vm_free_cleanup) struct vm *hidden = record_copy(&vm_class, snapshot);

	map_set(&hidden->snapshot_info, VM_KEPT_BY_LIBVIRT, where);
	locks_add(&p->locks, LOCK_RECORD, snapshot->r.uuid, LEASE_EXCLUSIVE);
	plan_set_field(p, &vm_class, hidden, "snapshot-info");
	plan_set_string(p, &vm_class, snapshot->r.uuid, "libvirt_document", of->xml);
	plan_keep_one_more(p, "kept-forgotten", of->name);
}

/* ---- planning -------------------------------------------------------------------------------- */

/*
 * Stores the documents of all of the domain's libvirt snapshots in the plan, parents first: when libvirt forgets a
 * snapshot, it changes the children, too.
 */
static void keep_documents(const char *domain, const struct hv_snapshots *found, struct plan *p)
{
	if (plan_has(p, "kept-domain"))
		return;
	plan_keep(p, "kept-domain", domain);
	for (size_t i = 0; i < found->n; i++) {
		plan_keep_one_more(p, "kept-names", found->items[i].name);
		plan_keep_one_more(p, "kept-documents", found->items[i].xml);
		if (found->items[i].current)
			plan_keep(p, "kept-current", found->items[i].name);
	}
}

static int check_owner(struct session *s, const struct vm *vm, const struct domain_spec *now,
	struct vxe_error *err)
{
	return session_is_own_store(s, now->store)
		? 0
		: vxe_fail(err, VXE_STORE_MISMATCH, vm->r.uuid, now->store);
}

int kept_plan(struct session *s, struct txn *t, const struct vm *snapshot, bool whole,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_hv_snapshots_ struct hv_snapshots found = { 0 };
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_spec_ struct domain_spec *now = NULL;
	_cleanup_free_ char *xml = NULL;
	const struct hv_domain *d;
	const struct hv_snapshot *of;
	struct hv *hv;

	if (str_is_empty(snapshot->libvirt_snapshot))
		return 0;
	locks_add(&p->locks, LOCK_RECORD, snapshot->snapshot_of, LEASE_EXCLUSIVE);
	if (vm_find(t, snapshot->snapshot_of, &vm, err) < 0 ||
		session_domain(s->here, snapshot->snapshot_of, &d, err) < 0)
		return -1;
	if (!vm || !d)
		return 0;
	if (session_hv(s->here, &hv, err) < 0 || hv_snapshots(hv, d->uuid, &found, err) < 0)
		return -1;
	of = kept_find(&found, snapshot);
	if (!of && !vm_is_hidden(snapshot))
		return 0;
	if (hv_xml(hv, d->uuid, HV_XML_INACTIVE, &xml, err) < 0 || spec_read(xml, &now, err) < 0 ||
		check_owner(s, vm, now, err) < 0 ||
		(of && vm_is_inside_image(snapshot) &&
			hidden_check_on_top(s, snapshot, of, now, err) < 0))
		return -1;
	int more = of ? 1 : plan_hidden_end(s, snapshot, whole, &found, now, p, err);

	if (more <= 0)
		return more;
	if (of)
		plan_keep_one_more(p,
			vm_is_inside_image(snapshot) ? "kept-deleted" : "kept-forgotten", of->name);
	keep_documents(d->uuid, &found, p);
	/*
	 * Makes the next command that lists snapshots compare the VM's with libvirt's list, however this operation
	 * ends.
	 */
	if (!whole)
		plan_set_string(p, &vm_class, vm->r.uuid, "snapshots_seen", "?");
	return 0;
}

static bool is_inside(const struct hv_snapshot *of)
{
	for (size_t i = 0; i < of->n_disks; i++)
		if (of->disks[i].place == HV_INTERNAL)
			return true;
	return false;
}

static const struct vm *record_of(const struct records *all, const struct hv_snapshot *of)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct vm *v = all->items[i];

		if (str_eq(v->libvirt_snapshot, of->name) && v->snapshot_time == of->time)
			return v;
	}
	return NULL;
}

int kept_plan_hide(struct session *s, struct txn *t, const struct vm_loaded *l, struct plan *p,
	struct strv *names, struct vxe_error *err)
{
	_cleanup_hv_snapshots_ struct hv_snapshots found = { 0 };
	_cleanup_records_ struct records all = { 0 };
	struct hv *hv;
	size_t n = 0;

	strv_clear(names);
	if (!l->domain.uuid || l->domain.saved)
		return 0;
	if (session_hv(s->here, &hv, err) < 0 ||
		hv_snapshots(hv, l->domain.uuid, &found, err) < 0 ||
		records_load(t, &vm_class, "snapshot_of", l->vm->r.uuid, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < found.n; i++)
		if (is_inside(&found.items[i]) && !record_of(&all, &found.items[i]))
			return 0;
	for (size_t i = 0; i < found.n; i++) {
		if (!is_inside(&found.items[i]))
			continue;
		plan_hidden(record_of(&all, &found.items[i]), &found.items[i], VM_KEPT_HIDDEN, p);
		if (str_is_empty(record_of(&all, &found.items[i])->libvirt_document))
			strv_add(names, found.items[i].name);
		n++;
	}
	p->keeps_inside = true;
	if (!n)
		return 0;
	keep_documents(l->domain.uuid, &found, p);
	plan_set_string(p, &vm_class, l->vm->r.uuid, "snapshots_seen", "?");
	return 0;
}

static bool is_listed_outside(const struct vm *v)
{
	return str_eq(map_get(&v->snapshot_info, VM_KEPT_BY_LIBVIRT), VM_KEPT_OUTSIDE);
}

/* Loads the records of the VM's snapshots. Returns 1 if libvirt lists external ones among them. */
static int load_outside(
	struct session *s, const char *vm, struct records *ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	int some = 0;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vm_class, "snapshot_of", vm, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < ret->n; i++)
		some |= is_listed_outside(ret->items[i]);
	return some;
}

/* Brings the records of the VM's snapshots up to date again, since virsh may have made a snapshot meanwhile. */
static int look_again(
	struct session *s, const char *vm, const struct hv_domain **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *v = NULL;

	*ret = NULL;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, vm, &v, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (!v || !vm_is_here(s, v))
		return 0;
	if (session_domain(s->here, vm, ret, err) < 0)
		return -1;
	return *ret && (*ret)->persistent ? adopt_snapshots(s, v, *ret, err) : 0;
}

int kept_plan_apart(struct session *s, const char *vm, struct plan *p, struct strv *names,
	struct vxe_error *err)
{
	_cleanup_hv_snapshots_ struct hv_snapshots found = { 0 };
	_cleanup_records_ struct records all = { 0 };
	const struct hv_domain *d;
	struct hv *hv;

	if (names)
		strv_clear(names);
	if (!vm || look_again(s, vm, &d, err) < 0)
		return vm ? -1 : 0;
	int some = d ? load_outside(s, vm, &all, err) : 0;

	if (some <= 0)
		return some;
	if (session_hv(s->here, &hv, err) < 0 || hv_snapshots(hv, d->uuid, &found, err) < 0)
		return -1;
	locks_add(&p->locks, LOCK_RECORD, vm, LEASE_EXCLUSIVE);
	keep_documents(d->uuid, &found, p);
	/* The plan has another VM's libvirt snapshots already, as it has a disk of that VM, too. */
	if (!str_eq(plan_string(p, "kept-domain"), d->uuid))
		return 0;
	for (size_t i = 0; i < found.n; i++) {
		const struct vm *v = record_of(&all, &found.items[i]);

		if (!v || !is_listed_outside(v))
			continue;
		plan_hidden(v, &found.items[i], VM_KEPT_APART, p);
		if (names && str_is_empty(v->libvirt_document))
			strv_add(names, v->libvirt_snapshot);
	}
	plan_set_string(p, &vm_class, vm, "snapshots_seen", "?");
	return 0;
}

void kept_tell_apart(struct session *s, const struct strv *names)
{
	_cleanup_free_ char *list = names->n ? strv_join(names, ", ") : NULL;

	if (list)
		session_notice(s,
			"libvirt no longer lists its external snapshots of this VM, as a revert or "
			"delete by libvirt would remove layers that are needed now; vxe does: %s",
			list);
}

int kept_would_hide(struct session *s, const char *vm, struct strv *names, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_records_ struct records all = { 0 };

	if (adopt_kept_snapshots(s, NULL, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vm_class, "snapshot_of", vm, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct vm *v = all.items[i];

		bool listed = vm_is_inside_image(v) ? !vm_is_hidden(v) : is_listed_outside(v);

		if (listed && str_is_empty(v->libvirt_document))
			strv_add(names, v->libvirt_snapshot);
	}
	return 0;
}

/* ---- steps ----------------------------------------------------------------------------------- */

/*
 * Redefines the later snapshots after libvirt has forgotten an external one: libvirt 9.0 puts its files in the place
 * of theirs, as if their content had been merged.
 */
static int put_right(struct hv *hv, const char *domain, const struct plan *p, struct vxe_error *err)
{
	_cleanup_hv_snapshots_ struct hv_snapshots now = { 0 };
	_cleanup_strv_ struct strv documents = { 0 };

	plan_strings(p, "kept-documents", &documents);
	if (hv_snapshots(hv, domain, &now, err) < 0)
		return -1;
	for (size_t i = 0; i < documents.n; i++) {
		_cleanup_hv_snapshots_ struct hv_snapshots was = { .n = 1,
			.items = xcalloc(1, sizeof(struct hv_snapshot)) };
		_cleanup_free_ char *xml = NULL;

		if (snapshot_read(documents.items[i], was.items, err) < 0)
			return -1;
		const struct hv_snapshot *of = hv_snapshots_find(&now, was.items[0].name);

		if (!of || str_eq(of->definition, was.items[0].definition))
			continue;
		if (snapshot_with_parent(documents.items[i], of->parent, &xml, err) < 0 ||
			hv_snapshot_put(hv, domain, xml, of->current, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Fails if virsh has made a snapshot since the plan: a layer would be frozen with an internal snapshot in it, and a
 * revert by libvirt would write to that layer.
 */
static int check_list(struct op *op, struct hv *hv, const char *domain, struct vxe_error *err)
{
	_cleanup_hv_snapshots_ struct hv_snapshots now = { 0 };
	_cleanup_strv_ struct strv names = { 0 };

	plan_strings(&op->plan, "kept-names", &names);
	if (hv_snapshots(hv, domain, &now, err) < 0)
		return -1;
	for (size_t i = 0; i < now.n; i++)
		if (!strv_has(&names, now.items[i].name))
			return vxe_fail(err, VXE_TRY_AGAIN, domain,
				"libvirt has another snapshot of it by now");
	return 0;
}

int step_forget_kept(struct op *op, struct vxe_error *err)
{
	const char *domain = plan_string(&op->plan, "kept-domain");
	_cleanup_strv_ struct strv forgotten = { 0 }, deleted = { 0 }, returned = { 0 };
	struct hv *hv;

	if (!domain)
		return 0;
	plan_strings(&op->plan, "kept-forgotten", &forgotten);
	plan_strings(&op->plan, "kept-deleted", &deleted);
	plan_strings(&op->plan, "kept-returned", &returned);
	if (session_hv(op->s->here, &hv, err) < 0 ||
		(!op->recovering && check_list(op, hv, domain, err) < 0))
		return -1;
	for (size_t i = 0; i < returned.n; i++)
		if (hv_snapshot_put(hv, domain, returned.items[i], false, err) < 0)
			return -1;
	for (size_t i = 0; i < deleted.n; i++)
		if (hv_snapshot_delete(hv, domain, deleted.items[i], err) < 0)
			return -1;
	for (size_t i = 0; i < forgotten.n; i++)
		if (hv_snapshot_forget(hv, domain, forgotten.items[i], err) < 0)
			return -1;
	const struct hv_versions *v;

	if (put_right(hv, domain, &op->plan, err) < 0 || session_versions(op->s->here, &v, err) < 0)
		return -1;
	return hv_by_version(v, HV_REVERTS_EXTERNAL) ? kept_have_current(hv, domain, err) : 0;
}

static int make_current(struct hv *hv, const char *domain, const char *name, struct vxe_error *err)
{
	_cleanup_hv_snapshots_ struct hv_snapshots found = { 0 };

	if (hv_snapshots(hv, domain, &found, err) < 0)
		return -1;
	const struct hv_snapshot *of = hv_snapshots_find(&found, name);

	return !of || of->current ? 0 : kept_put(hv, domain, of->xml, true, err);
}

/*
 * An internal snapshot that was deleted from its image does not come back; the next command that lists snapshots
 * deletes its record.
 */
int step_put_back_kept(struct op *op, struct vxe_error *err)
{
	const char *domain = plan_string(&op->plan, "kept-domain");
	_cleanup_strv_ struct strv deleted = { 0 }, names = { 0 }, documents = { 0 };
	struct hv *hv;

	plan_strings(&op->plan, "kept-deleted", &deleted);
	plan_strings(&op->plan, "kept-names", &names);
	plan_strings(&op->plan, "kept-documents", &documents);
	if (!domain)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0)
		return -1;
	for (size_t i = 0; i < documents.n; i++)
		if (!strv_has(&deleted, names.items[i]) &&
			hv_snapshot_put(hv, domain, documents.items[i], false, err) < 0)
			return -1;
	return make_current(hv, domain, plan_string(&op->plan, "kept-current"), err);
}

/* ---- going back to an internal one ----------------------------------------------------------- */

static const struct plan_member revert_members[] = {
	{ "kept-name", PLAN_STRING, "libvirt's name of the snapshot" },
	{ "kept-returned", PLAN_STRING, "the document of one that libvirt gets back first" },
	{ 0 },
};

static int revert_inside(struct op *op, struct vxe_error *err)
{
	const char *returned = plan_string(&op->plan, "kept-returned");
	struct hv *hv;

	if (session_hv(op->s->here, &hv, err) < 0 ||
		(returned && hv_snapshot_put(hv, op->plan.domain, returned, false, err) < 0))
		return -1;
	if (hv_snapshot_revert(hv, op->plan.domain, plan_string(&op->plan, "kept-name"), err) < 0)
		return -1;
	/* An older vxe hid only some of the VM's snapshots from libvirt, so the others may be given back now. */
	return hidden_give_back(op->s, op->plan.domain, err);
}

static const struct step revert_steps[] = {
	{ "revert-inside", DO(revert_inside, NULL), false },
	{ 0 },
};

const struct op_type kept_revert_op = { "kept-revert", "revert", revert_steps,
	PLAN_MEMBERS(revert_members), NULL };

static int plan_revert_inside(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct vm *snapshot = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_hv_snapshots_ struct hv_snapshots found = { 0 }, hidden = { 0 };
	_cleanup_free_ char *returned = NULL;
	struct hv *hv;

	locks_add(&p->locks, LOCK_RECORD, snapshot->snapshot_of, LEASE_EXCLUSIVE);
	locks_add(&p->locks, LOCK_RECORD, snapshot->r.uuid, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vm_load(s, snapshot->snapshot_of, VM_LOAD_ACT, &l, err) < 0 ||
		vm_check_operation(s, snapshot, "revert", err) < 0 ||
		vm_check_operation(s, l->vm, "reverting", err) < 0 || vm_check_saved(l, err) < 0)
		return -1;
	if (!l->xml)
		return vxe_fail(err, VM_REVERT_FAILED, l->vm->r.uuid, snapshot->r.uuid);
	if (session_hv(s->here, &hv, err) < 0 || hv_snapshots(hv, l->domain.uuid, &found, err) < 0)
		return -1;
	const struct hv_snapshot *of = kept_find(&found, snapshot);

	if (!of && vm_is_hidden(snapshot)) {
		if (hidden_read(snapshot, &hidden, err) < 0 ||
			hidden_document(snapshot, &hidden, &found, &returned, err) < 0)
			return -1;
		of = hidden.items;
		plan_keep(p, "kept-returned", returned);
	}
	if (!of)
		return vxe_fail(err, UUID_INVALID, "VM", snapshot->r.uuid);
	if (hidden_check_on_top(s, snapshot, of, l->spec, err) < 0)
		return -1;
	for (size_t i = 0; i < l->n_disks; i++)
		if (l->disks[i].node) /* locks the image, so that nobody reads it */
			locks_add(&p->locks, LOCK_NODE, l->disks[i].node->r.uuid, LEASE_EXCLUSIVE);
	p->object = xstrdup(l->vm->r.uuid);
	p->domain = xstrdup(l->vm->r.uuid);
	p->commit = COMMIT_STORE;
	_cleanup_free_ char *generation = generation_id_fresh(l->vm->generation_id);

	plan_set_string(p, &vm_class, l->vm->r.uuid, "parent", snapshot->r.uuid);
	plan_set_string(p, &vm_class, l->vm->r.uuid, "generation-id", generation);
	plan_set_string(p, &vm_class, l->vm->r.uuid, "snapshots_seen", "?");
	plan_keep(p, "kept-name", snapshot->libvirt_snapshot);
	plan_message(p, MESSAGE_VM_SNAPSHOT_REVERTED, l->vm);
	return 0;
}

int kept_revert(struct session *s, const struct vm *snapshot, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *copy = record_copy(&vm_class, snapshot);

	return op_run(s, &kept_revert_op, plan_revert_inside, copy, NULL, err);
}

/* ---- the current one ------------------------------------------------------------------------- */

static int tell_current(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *snapshot = NULL;
	struct hv *hv;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &snapshot, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (!snapshot || str_is_empty(snapshot->libvirt_snapshot))
		return 0;
	return session_hv(s->here, &hv, err) < 0
		? -1
		: make_current(hv, snapshot->snapshot_of, snapshot->libvirt_snapshot, err);
}

void kept_is_current(struct session *s, const char *snapshot)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };

	if (tell_current(s, snapshot, &ignored) < 0)
		log_info("libvirt was not told that %s is the current snapshot", snapshot);
}
