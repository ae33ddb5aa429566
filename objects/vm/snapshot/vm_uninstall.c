/* SPDX-License-Identifier: MIT */
/*
 * The uninstall commands: delete records, owned disks and the layers that nothing needs any more.
 * The list shown to the user is made from the plan that is run; if the plan has changed by then,
 * nothing is done. A VM and its snapshots, or a snapshot and those below it, are deleted in one operation.
 */
#include "objects/vm/snapshot/vm_uninstall.h"

#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm_memory.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/disks/disks.h"
#include "objects/engine/op.h"
#include "objects/engine/plan_show.h"
#include "objects/domain/guard_overlay.h"
#include "objects/hidden_snapshots/hidden_snapshot.h"
#include "objects/guest_state/state_file_users.h"
#include "objects/domain/foreign_snapshots/foreign_snapshot.h"
#include "objects/vm/vm_destroy.h"

static int stop_domain(struct op *op, struct vxe_error *err)
{
	return op->plan.commit == COMMIT_UNDEFINE ? DISK(STOP)->run(op, err) : 0;
}

static const struct step uninstall_steps[] = {
	{ "stop", DO(stop_domain, NULL), false },
	{ "forget-kept", DO(step_forget_kept, step_put_back_kept), false },
	{ "undefine", DO_WITH(DISK(UNDEFINE), step_undefine_whole, NULL), true },
	{ 0 },
};

const struct op_type vm_uninstall_op = { "vm-uninstall", "destroy", uninstall_steps,
	PLAN_MEMBERS(memory_members, kept_members), NULL };

/* What is deleted in one operation: a VM with its snapshots, or a snapshot with its children. */
struct group {
	char *root; /* UUID that the user has named */
	struct strv vms;
	struct strv vdis;  /* UUIDs of VDIs to destroy */
	struct strv kept;  /* lines for the user about disks that stay because others have them */
	bool as_xe;	   /* xe's list has those, too */
	struct strv seeds; /* UUIDs of the layers of @vdis */
	/* UUIDs of all deleted objects that name layers: VDIs, VBDs of Suspended VMs, VMs */
	struct strv names;
	struct strv owners; /* UUIDs of the VMs whose snapshots are deleted */
};

struct uninstall {
	size_t n;
	struct group *groups;
	enum end_with with;
	struct planned_list items;
	struct planned_list
		snapshots; /* lines for the user about snapshots, which come after all VMs */
	struct strv waits; /* lines for the user about layers that cannot be removed yet */
};

/* ---- what is deleted ------------------------------------------------------------------------- */

static void add_vdi(struct group *g, const struct vdi *vdi)
{
	if (strv_has(&g->vdis, vdi->r.uuid))
		return;
	strv_add(&g->vdis, vdi->r.uuid);
	strv_add(&g->names, vdi->r.uuid);
	if (vdi->node && !strv_has(&g->seeds, vdi->node))
		strv_add(&g->seeds, vdi->node);
}

/* Adds an object that is deleted, with the line that xe shows for it: "VM : UUID (NAME)", "VDI: UUID (NAME) MORE". */
static void add_item(struct planned_list *items, const struct class *cls, const char *uuid,
	const char *name, const char *more)
{
	bool disk = cls == &vdi_class;

	planned_add(items,
		(struct planned){ .text = xasprintf("%s: %s (%s)%s%s", disk ? "VDI" : "VM ", uuid,
					  name, disk ? " " : "", more),
			.bytes = -1,
			.class = xstrdup(cls->name),
			.uuid = xstrdup(uuid),
			.name = xstrdup(name) });
}

/* True if the disk goes with its VM. A snapshot's record may say so of a disk of its VM, to which it only refers. */
static bool owns(const struct vm *vm, const struct vbd *vbd, const struct vdi *vdi)
{
	return map_get(&vbd->other_config, "owner") && (!vm->is_a_snapshot || vdi->is_a_snapshot);
}

/*
 * *ret: a VM, template or snapshot beside the group that has the disk, or its memory in it; NULL: there is none. *vbds:
 * all VBDs of the disk.
 */
static int other_user(struct txn *t, const struct group *g, const char *vdi, struct records *vbds,
	struct vm **ret, struct vxe_error *err)
{
	*ret = NULL;
	if (records_load(t, &vbd_class, "vdi_uuid", vdi, vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds->n && !*ret; i++) {
		const struct vbd *b = vbds->items[i];

		if (!strv_has(&g->vms, b->vm) && vm_find(t, b->vm, ret, err) < 0)
			return -1;
	}
	return *ret ? 0 : memory_user(t, vdi, &g->vms, ret, err);
}

/* xe lists a disk that another VM has, too, and destroys it; here it stays, as its own line says. */
static int list_disk(struct txn *t, struct planned_list *items, struct group *g,
	const struct vm *vm, const struct vbd *vbd, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	_cleanup_(vm_free_cleanup) struct vm *other = NULL;
	_cleanup_records_ struct records users = { 0 };

	if (vbd->guard)
		strv_add(&g->names, vbd->r.uuid);
	if (vbd->vdi && vdi_find(t, vbd->vdi, &vdi, err) < 0)
		return -1;
	if (!vdi || !owns(vm, vbd, vdi) || strv_has(&g->vdis, vdi->r.uuid))
		return 0;
	if (other_user(t, g, vdi->r.uuid, &users, &other, err) < 0)
		return -1;
	if (other)
		strv_take(&g->kept,
			xasprintf("kept: VDI %s (%s), which %s has, too", vdi->r.uuid,
				vdi->name_label, other->name_label));
	else
		add_vdi(g, vdi);
	if (!other || g->as_xe)
		add_item(items, &vdi_class, vdi->r.uuid, vdi->name_label,
			users.n >= 2 ? " ** WARNING: disk is shared by other VMs" : "");
	return 0;
}

/* Lists a member of the group's @vms. */
static int list_vm(struct txn *t, struct planned_list *items, struct group *g, const char *uuid,
	struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_(vdi_free_cleanup) struct vdi *image = NULL;
	_cleanup_records_ struct records vbds = { 0 };

	if (vm_get(t, uuid, &vm, err) < 0 ||
		records_load(t, &vbd_class, "vm_uuid", uuid, &vbds, err) < 0)
		return -1;
	strv_add(&g->names, uuid);
	capture_nodes(vm, &g->seeds);
	add_item(items, &vm_class, uuid, vm->name_label, "");
	for (size_t i = 0; i < vbds.n; i++)
		if (list_disk(t, items, g, vm, vbds.items[i], err) < 0)
			return -1;
	if (vm_memory_ending(t, vm, &g->vms, &image, err) < 0)
		return -1;
	if (image && !strv_has(&g->vdis, image->r.uuid)) {
		add_vdi(g, image);
		add_item(items, &vdi_class, image->r.uuid, image->name_label, "");
	}
	return 0;
}

static int list_group(
	struct session *s, struct uninstall *u, const char *uuid, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	u->groups = xrealloc(u->groups, u->n + 1, sizeof(*u->groups));
	struct group *g = &u->groups[u->n++];

	*g = (struct group){ .root = xstrdup(uuid), .as_xe = s->wishes->as_xe };
	if (vm_ending(s, uuid, u->with, &g->vms, err) < 0 ||
		txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	for (size_t i = 0; i < g->vms.n; i++)
		if (list_vm(t, i ? &u->snapshots : &u->items, g, g->vms.items[i], err) < 0)
			return -1;
	return 0;
}

/* Lists what is deleted in xe's order: all VMs, then all snapshots. */
static int list_groups(
	struct session *s, struct uninstall *u, const struct strv *vms, struct vxe_error *err)
{
	for (size_t i = 0; i < vms->n; i++)
		if (list_group(s, u, vms->items[i], err) < 0)
			return -1;
	for (size_t i = 0; i < u->snapshots.n; i++)
		planned_add(&u->items, u->snapshots.items[i]);
	free(TAKE(u->snapshots.items));
	u->snapshots.n = 0;
	return 0;
}

/* ---- the layers ------------------------------------------------------------------------------ */

static void add_all(struct strv *to, const struct strv *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (!strv_has(to, from->items[i]))
			strv_add(to, from->items[i]);
}

/*
 * The layers and the deleted objects of all groups together: layers that groups share are removed with the last of
 * them.
 */
struct whole {
	struct strv seeds, names;
};

static void whole_clear(struct whole *w)
{
	strv_clear(&w->seeds);
	strv_clear(&w->names);
}

static struct layer_trees trees_of(const struct uninstall *u, struct whole *w)
{
	for (size_t i = 0; i < u->n; i++) {
		add_all(&w->seeds, &u->groups[i].seeds);
		add_all(&w->names, &u->groups[i].names);
	}
	return (struct layer_trees){ .seeds = &w->seeds, .dropped = &w->names };
}

/* Adds lines about the first VM of a group: that it runs and is stopped, and the disks that stay because it only uses them. */
static int guest_actions(
	struct session *s, const struct group *g, struct planned_list *ret, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_records_ struct records vbds = { 0 };
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_free_ char *lost = NULL;
	struct hv *hv;
	bool up = false;

	if (!g->vms.n || s->wishes->as_xe)
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, g->vms.items[0], &vm, err) < 0)
		return -1;
	if (!vm)
		return 0;
	if (records_load(t, &vbd_class, "vm_uuid", vm->r.uuid, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++) {
		const struct vbd *vbd = vbds.items[i];
		_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;

		if (!vbd->vdi || vbd->type == VBD_CD)
			continue;
		if (vdi_find(t, vbd->vdi, &vdi, err) < 0)
			return -1;
		if (vdi && !owns(vm, vbd, vdi))
			planned_add_file(ret, NULL, -1,
				xasprintf("kept: VDI %s (%s), which the %s only uses", vdi->r.uuid,
					vdi->name_label, vm->is_a_snapshot ? "snapshot" : "VM"));
	}
	for (size_t i = 0; i < g->kept.n; i++)
		planned_add_file(ret, NULL, -1, xstrdup(g->kept.items[i]));
	txn_abort(TAKE(t));
	if (vm->is_a_template)
		return 0;
	if (session_hv(s->here, &hv, err) < 0 || hv_is_up(hv, vm->r.uuid, &up, err) < 0)
		return -1;
	if (up)
		planned_add(ret,
			(struct planned){ .text = xasprintf("stop: %s, which runs", vm->name_label),
				.vm = xstrdup(vm->r.uuid),
				.bytes = -1 });
	if (plan_checkpoints_text(hv, vm->r.uuid, &lost, err) < 0)
		return -1;
	if (lost)
		planned_add_file(ret, NULL, -1, TAKE(lost));
	return 0;
}

/* Adds lines about the snapshots in libvirt's own list that are deleted with the group. */
static int kept_actions(
	struct session *s, const struct group *g, struct planned_list *ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	for (size_t i = 0; i < g->vms.n; i++) {
		_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

		if (vm_find(t, g->vms.items[i], &vm, err) < 0)
			return -1;
		if (vm && !str_is_empty(vm->libvirt_snapshot))
			planned_add_file(ret, NULL, -1,
				plan_kept_text(vm_is_inside_image(vm), vm->libvirt_snapshot,
					vm->snapshot_of));
	}
	return 0;
}

/*
 * Adds lines about the files with UEFI variables and TPM state that are deleted. Only the first VM of a group has such
 * files: the others are snapshots, which keep that state in layers.
 */
static int state_actions(
	struct session *s, const struct group *g, struct planned_list *ret, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (!g->vms.n)
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, g->vms.items[0], &vm, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	return vm ? state_files_tell(s, vm, ret, err) : 0;
}

/* Searches also for domains and images without a record that use the layers, as each step of the uninstall does. */
int uninstall_actions(struct session *s, const struct uninstall *u, struct planned_list *ret,
	struct vxe_error *err)
{
	_cleanup_(whole_clear) struct whole w = { 0 };
	const struct layer_trees trees = trees_of(u, &w);
	_cleanup_fates_ struct layer_fates fates = { 0 };

	for (size_t i = 0; i < u->n; i++)
		if (guest_actions(s, &u->groups[i], ret, err) < 0 ||
			kept_actions(s, &u->groups[i], ret, err) < 0 ||
			state_actions(s, &u->groups[i], ret, err) < 0)
			return -1;
	if (layers_foresee(s, &trees, &fates, err) < 0)
		return -1;
	for (size_t i = 0; i < fates.n; i++)
		planned_add(ret, planned_copy(&fates.items[i].line));
	for (size_t i = 0; i < fates.lost.n; i++)
		planned_add_file(ret, NULL, -1, xstrdup(fates.lost.items[i]));
	return 0;
}

int uninstall_check(struct session *s, const struct uninstall *u, struct vxe_error *err)
{
	_cleanup_(whole_clear) struct whole w = { 0 };
	const struct layer_trees trees = trees_of(u, &w);

	return layers_check_lost(s, &trees, NULL, err);
}

static int check_group(
	struct session *s, const struct group *g, struct plan *p, struct vxe_error *err)
{
	const struct layer_trees trees = { .seeds = &g->seeds, .dropped = &g->names };

	return layers_check_lost(s, &trees, p, err);
}

int uninstall_plan(struct session *s, const struct strv *vms, enum end_with with,
	struct uninstall **ret, struct vxe_error *err)
{
	_cleanup_uninstall_ struct uninstall *u = xcalloc(1, sizeof(*u));

	u->with = with;
	if (list_groups(s, u, vms, err) < 0)
		return -1;
	*ret = TAKE(u);
	return 0;
}

const struct planned_list *uninstall_items(const struct uninstall *u)
{
	return &u->items;
}

const struct strv *uninstall_waits(const struct uninstall *u)
{
	return &u->waits;
}

/* ---- running it ------------------------------------------------------------------------------ */

static int check_victim(struct session *s, const struct vm *vm, struct vxe_error *err)
{
	if (vm_check_not_host(vm, err) < 0)
		return -1;
	if (vm->is_default_template)
		return vxe_fail(err, VM_IS_TEMPLATE, vm->r.uuid, "destroy");
	/* A running VM is no obstacle, because it is stopped first; a blocked operation is one. */
	if (map_get(&vm->blocked_operations, "destroy"))
		return vm_check_operation(s, vm, "destroy", err);
	return 0;
}

/* Plans the deletion of a disk. Fails with VDI_IN_USE if a VM outside the group has got it since it was listed. */
static int plan_disk_end(struct txn *t, const struct group *g, const char *uuid, struct plan *p,
	struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	_cleanup_(vm_free_cleanup) struct vm *other = NULL;
	_cleanup_records_ struct records vbds = { 0 };

	if (vdi_get(t, uuid, &vdi, err) < 0 || other_user(t, g, uuid, &vbds, &other, err) < 0)
		return -1;
	if (other)
		return vxe_fail(err, VDI_IN_USE, uuid, "destroy");
	for (size_t i = 0; i < vbds.n; i++)
		plan_del(p, &vbd_class, ((const struct record *)vbds.items[i])->uuid);
	plan_del(p, &vdi_class, uuid);
	plan_touch_node(p, vdi->node);
	return 0;
}

static int plan_victims(struct session *s, struct txn *t, const struct group *g, struct plan *p,
	struct vxe_error *err)
{
	for (size_t i = 0; i < g->vms.n; i++) {
		_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

		if (vm_get(t, g->vms.items[i], &vm, err) < 0 || check_victim(s, vm, err) < 0 ||
			kept_plan(s, t, vm, p->commit == COMMIT_UNDEFINE, p, err) < 0 ||
			plan_vm_end(t, vm, &g->vms, p, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < g->vdis.n; i++)
		if (plan_disk_end(t, g, g->vdis.items[i], p, err) < 0)
			return -1;
	return 0;
}

/* Plans the deletion of a group of VMs. Only the first of them can have a domain: the others are its snapshots. */
static int plan_group(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct group *g = ctx;
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	for (size_t i = 0; i < g->vms.n; i++)
		locks_add(&p->locks, LOCK_RECORD, g->vms.items[i], LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_get(t, g->vms.items[0], &vm, err) < 0)
		return -1;
	txn_abort(TAKE(
		t)); /* ends the transaction: loading the domain may write changes of other programs */
	p->object = xstrdup(vm->r.uuid);
	plan_keep_bool(p, "drop-state", true);
	if (plan_domain_end(s, vm, &g->vms, p, err) < 0 ||
		plan_guards_end(s, vm, p, &g->seeds, err) < 0 || check_group(s, g, p, err) < 0 ||
		txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	return plan_victims(s, t, g, p, err);
}

/*
 * Makes the list of deletions again; fails, and nothing is deleted, if it differs from the one that the user has seen.
 */
static int check_unchanged(struct session *s, const struct uninstall *u, struct vxe_error *err)
{
	_cleanup_uninstall_ struct uninstall *now = xcalloc(1, sizeof(*now));
	_cleanup_strv_ struct strv roots = { 0 };

	now->with = u->with;
	for (size_t i = 0; i < u->n; i++)
		strv_add(&roots, u->groups[i].root);
	if (list_groups(s, now, &roots, err) < 0)
		return -1;
	bool same = u->items.n == now->items.n;

	for (size_t i = 0; same && i < now->items.n; i++)
		same = str_eq(u->items.items[i].text, now->items.items[i].text);
	if (!same)
		return vxe_fail(err, VXE_TRY_AGAIN, u->groups[0].root,
			"what is to be deleted has changed since it was shown");
	return 0;
}

/*
 * Uninstalls a VM with its snapshots, or snapshots of one VM. libvirt removes the UEFI variables and TPM state of a
 * domain; those of a template, which has no domain, are removed here.
 */
static int run_group(struct session *s, struct group *g, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *first = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (!g->vms.n) /* only the snapshot's children were to be deleted, and it has none */
		return 0;
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		vm_find(t, g->vms.items[0], &first, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (op_run(s, &vm_uninstall_op, plan_group, g, NULL, err) < 0)
		return -1;
	if (first)
		state_files_drop(s, first);
	if (first && first->snapshot_of && !strv_has(&g->owners, first->snapshot_of))
		strv_add(&g->owners, first->snapshot_of);
	return 0;
}

/*
 * Merges and removes the layers that nothing needs any more, when all groups are deleted, or those before one that
 * failed.
 */
static void run_merges(struct session *s, const struct group *groups, size_t n, struct strv *waits)
{
	_cleanup_strv_ struct strv seeds = { 0 }, owners = { 0 };

	for (size_t i = 0; i < n; i++) {
		add_all(&seeds, &groups[i].seeds);
		add_all(&owners, &groups[i].owners);
	}
	coalesce_quietly(s, &seeds, waits);
	for (size_t i = 0; i < owners.n; i++)
		hidden_give_back_quietly(s, owners.items[i]);
}

int uninstall_run(struct session *s, struct uninstall *u, struct vxe_error *err)
{
	if (u->n && check_unchanged(s, u, err) < 0)
		return -1;
	size_t done = 0;

	while (done < u->n && run_group(s, &u->groups[done], err) == 0)
		done++;
	run_merges(s, u->groups, done, &u->waits);
	return done < u->n ? -1 : 0;
}

static void group_clear(struct group *g)
{
	free(g->root);
	strv_clear(&g->vms);
	strv_clear(&g->vdis);
	strv_clear(&g->kept);
	strv_clear(&g->seeds);
	strv_clear(&g->names);
	strv_clear(&g->owners);
}

int uninstall_snapshots(
	struct session *s, const struct strv *snapshots, int64_t speed, struct vxe_error *err)
{
	_cleanup_(group_clear) struct group g = { .root = xstrdup(snapshots->items[0]) };
	_cleanup_planned_ struct planned_list items = { 0 };
	_cleanup_strv_ struct strv waits = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	strv_copy(&g.vms, snapshots);
	for (size_t i = 0; i < snapshots->n; i++)
		if (list_vm(t, &items, &g, snapshots->items[i], err) < 0)
			return -1;
	txn_abort(TAKE(t));
	struct wishes slowly = *s->wishes;

	slowly.merge_speed = speed;
	const struct wishes *before = session_wish(s, &slowly);
	int r = run_group(s, &g, err);

	if (r == 0)
		run_merges(s, &g, 1, &waits);
	session_wish(s, before);
	return r;
}

int uninstall_frees(struct session *s, const char *snapshot, int64_t *ret, struct vxe_error *err)
{
	_cleanup_(group_clear) struct group g = { .root = xstrdup(snapshot) };
	const struct layer_trees trees = { .seeds = &g.seeds, .dropped = &g.names };
	_cleanup_planned_ struct planned_list items = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	strv_add(&g.vms, snapshot);
	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || list_vm(t, &items, &g, snapshot, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	return layers_free(s, &trees, ret, err);
}

void uninstall_free(struct uninstall *u)
{
	if (!u)
		return;
	for (size_t i = 0; i < u->n; i++)
		group_clear(&u->groups[i]);
	free(u->groups);
	planned_list_clear(&u->items);
	planned_list_clear(&u->snapshots);
	strv_clear(&u->waits);
	free(u);
}
