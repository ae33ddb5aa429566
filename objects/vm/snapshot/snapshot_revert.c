/* SPDX-License-Identifier: MIT */
/*
 * snapshot-revert: the VM's disks become new overlays on the snapshot's layers; the VM's definition and fields become
 * those of the snapshot. UUIDs of VM and VDIs stay, the snapshot does not change, and disks that are not in the
 * snapshot are kept unattached. The commit point is the new definition. After a revert to a checkpoint the VM is
 * Suspended: its definition names the new overlays as guards, its VDIs name the snapshot's layers, and its memory image
 * is another VDI on the checkpoint's memory.
 */
#include "objects/classes/vm/vm_memory.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/classes/vm/vm_platform.h"
#include "objects/disks/disks.h"
#include "objects/engine/message.h"
#include "objects/domain/autostart.h"
#include "objects/domain/vm_spec.h"
#include "objects/model/enums.h"
#include "objects/session/disk_chain.h"
#include "objects/guest_state/state_file_users.h"
#include "objects/guest_state/suspend_image.h"
#include "objects/domain/foreign_snapshots/foreign_snapshot.h"
#include "objects/vm/snapshot/revert_disks.h"
#include "objects/vm/vm_ops.h"

#include <json-c/json.h>

static const struct step revert_steps[] = {
	{ "make-overlays", DISK(MAKE_OVERLAYS), false },
	/*
	 * The flag changes before the commit point, because recovery looks only at the definition; and before the stop,
	 * which has no undo.
	 */
	{ "autostart", DO(step_autostart, step_autostart_before), false },
	{ "stop", DISK(STOP), false },
	/* the files of check-files and place-files are UEFI variables and TPM state */
	{ "check-files", DO(step_check_placed, NULL), false },
	{ "define", DISK(DEFINE), true },
	{ "define-others", DISK(DEFINE_OTHERS), false },
	{ "place-files", DO(step_place_files, NULL), false },
	{ 0 },
};

const struct op_type snapshot_revert_op = { "snapshot-revert", "revert", revert_steps,
	PLAN_MEMBERS(autostart_members, capture_members), NULL };

/* ---- fields ---------------------------------------------------------------------------------- */

/* Fields of the VM that a revert leaves as they are (docs/semantics.md, "Revert"). */
static const char *const unchanged_keys[] = {
	"uuid",
	"power_state",
	"suspend_VDI_uuid",
	"parent",
	"tags",
	"affinity",
	"groups",
	"snapshot_schedule",
	"libvirt_name",
	"old_title",
	"home",
	"last_home",
	"domain_xml",
	"metadata",
	"adopted",
	"autostart",
	"generation_id",
	"start_time",
	"install_time",
	"nvram_node",
	"tpm_node",
	"snapshots_seen",
	NULL,
};

static bool key_is_unchanged(const char *key)
{
	for (size_t i = 0; unchanged_keys[i]; i++)
		if (str_eq(unchanged_keys[i], key))
			return true;
	return false;
}

/* True if libvirt has another name for the VM than when the snapshot was taken: then the VM keeps the new one. */
static bool is_renamed_since(const struct vm *vm, struct json_object *then)
{
	const char *name = json_object_get_string(json_object_object_get(then, "libvirt_name"));

	return !str_is_empty(name) && vm_is_renamed(vm, name);
}

static int plan_fields(struct revert *c, struct vxe_error *err)
{
	const char *vm = c->vm->vm->r.uuid;
	_cleanup_free_ char *generation = generation_id_fresh(c->vm->vm->generation_id);
	struct json_object *then = json_tokener_parse(c->snapshot->metadata);

	if (!then)
		return vxe_fail_internal(err, "the snapshot has no record of the VM's settings");
	c->renamed = is_renamed_since(c->vm->vm, then);
	json_object_object_foreach(then, key, value)
	{
		if (!key_is_unchanged(key) && !(c->renamed && str_eq(key, "name_label")))
			plan_set(c->p, &vm_class, vm, key, json_object_get(value));
	}
	json_object_put(then);
	plan_set_string(c->p, &vm_class, vm, "generation-id", generation);
	plan_set_string(c->p, &vm_class, vm, "parent", c->w->snapshot);
	return 0;
}

/* ---- memory ---------------------------------------------------------------------------------- */

/*
 * Plans to drop the VM's present memory image, and to add another VDI for the checkpoint's memory, so that the user can
 * revert to the same checkpoint again.
 */
static int plan_memory(struct revert *c, struct vxe_error *err)
{
	const char *vm = c->vm->vm->r.uuid;
	_cleanup_(vdi_free_cleanup) struct vdi *old = NULL, *image = NULL;
	_cleanup_free_ char *fresh = NULL;
	bool autostart = vm_autostarts(c->snapshot);

	if (vm_memory_ending(c->t, c->vm->vm, NULL, &old, err) < 0)
		return -1;
	if (old) {
		plan_del(c->p, &vdi_class, old->r.uuid);
		if (old->node)
			strv_add(&c->p->freed, old->node);
		if (old->node && c->w->snapshot_first)
			strv_add(&c->p->named, old->node);
	}
	if (revert_is_to_checkpoint(c)) {
		_cleanup_free_ char *path = NULL;

		if (image_find(c->s, c->t, c->snapshot, &path, err) < 0 ||
			vdi_get(c->t, c->snapshot->suspend_vdi, &image, err) < 0)
			return -1;
		image_plan_copy(image, false, c->p, &fresh);
	}
	plan_set_string(c->p, &vm_class, vm, "power_state",
		enum_stored(&power_state_table, c->snapshot->power_state));
	plan_set_string(c->p, &vm_class, vm, "suspend-VDI-uuid", fresh);
	plan_set(c->p, &vm_class, vm, "autostart",
		json_object_new_boolean(revert_is_to_checkpoint(c) && autostart));
	return autostart_plan(c->s, c->p, autostart && !revert_is_to_checkpoint(c), err);
}

/* ---- cards ----------------------------------------------------------------------------------- */

static bool is_card(const struct vif *a, const struct vif *b, bool surely)
{
	_cleanup_free_ char *x = vif_card(a), *y = vif_card(b);

	return surely ? spec_same_card(x, y) : str_eq(a->mac, b->mac);
}

/*
 * Gives each network card of the snapshot the UUID of the VIF by which the VM still has the card. With @surely, cards
 * must agree in everything that distinguishes cards with equal MAC addresses; without, any remaining VIF with the same
 * MAC address is taken.
 */
static void name_vifs(struct revert *c, struct records *back, bool surely)
{
	for (size_t i = 0; i < back->n; i++) {
		struct vif *v = back->items[i];
		bool named = false;

		for (size_t k = 0; k < c->vm->n_vifs; k++)
			named |= str_eq(c->vm->vifs[k]->r.uuid, v->r.uuid);
		for (size_t k = 0; !named && k < c->vm->n_vifs; k++) {
			const struct vif *now = c->vm->vifs[k];

			if (!is_card(now, v, surely) || records_have(back, now->r.uuid))
				continue;
			str_replace(&v->r.uuid, now->r.uuid);
			named = true;
		}
	}
}

static void plan_vifs(struct revert *c)
{
	_cleanup_records_ struct records back = { .cls = &vif_class };

	back.items = xcalloc(c->vifs.n + 1, sizeof(*back.items));
	for (size_t i = 0; i < c->vifs.n; i++)
		back.items[back.n++] = vif_for_snapshot(c->vifs.items[i], c->vm->vm->r.uuid);
	name_vifs(c, &back, true);
	name_vifs(c, &back, false);
	for (size_t i = 0; i < c->vm->n_vifs; i++)
		plan_del(c->p, &vif_class, c->vm->vifs[i]->r.uuid);
	for (size_t i = 0; i < back.n; i++)
		plan_add(c->p, &vif_class, back.items[i]);
}

/* ---- plan ------------------------------------------------------------------------------------ */

static int load_snapshot(struct revert *c, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(c->s->store, TXN_READ, &t, err) < 0 ||
		vm_get(t, c->w->snapshot, &c->snapshot, err) < 0)
		return -1;
	if (!c->snapshot->is_a_snapshot)
		return vxe_fail(err, REVERT_ONLY_ALLOWED_ON_SNAPSHOT);
	if (!c->snapshot->snapshot_of)
		return vxe_fail(err, VM_REVERT_FAILED, "", c->w->snapshot);
	locks_add(&c->p->locks, LOCK_RECORD, c->snapshot->snapshot_of, LEASE_EXCLUSIVE);
	locks_add(&c->p->locks, LOCK_RECORD, c->w->snapshot, LEASE_EXCLUSIVE);
	return 0;
}

static int load_vm(struct revert *c, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error gone = { 0 };

	if (vm_load(c->s, c->snapshot->snapshot_of, VM_LOAD_ACT | VM_LOAD_GUARDED | VM_LOAD_DRIFTED,
		    &c->vm, &gone) == 0)
		return 0;
	if (gone.code == UUID_INVALID) {
		/* If the VM was destroyed, the revert makes it again under its old UUID, from the snapshot's data. */
		struct json_object *then = json_tokener_parse(c->snapshot->metadata);
		struct vm_loaded *l = xcalloc(1, sizeof(*l));
		int r = -1;

		l->vm = record_new(&vm_class);
		if (!then)
			(void)vxe_fail(
				err, VM_REVERT_FAILED, c->snapshot->snapshot_of, c->w->snapshot);
		else
			r = record_decode(&vm_class, then, l->vm, err);
		json_object_put(then);
		str_replace(&l->vm->r.uuid, c->snapshot->snapshot_of);
		if (r == 0)
			plan_add(c->p, &vm_class, l->vm);
		c->vm = l;
		return r;
	}
	error_move(err, &gone);
	return -1;
}

static int plan_whole_revert(struct revert *c, struct vxe_error *err)
{
	if (load_snapshot(c, err) < 0)
		return -1;
	if (c->p->draft)
		return 0;
	if (vm_check_operation(c->s, c->snapshot, "revert", err) < 0 || load_vm(c, err) < 0 ||
		vm_check_operation(c->s, c->vm->vm, "reverting", err) < 0 ||
		vm_check_saved(c->vm, err) < 0)
		return -1;
	/* The transaction begins only here: loading the VM may have written changes of other programs. */
	if (txn_begin(c->s->store, TXN_READ, &c->t, err) < 0 ||
		records_load(c->t, &vbd_class, "vm_uuid", c->w->snapshot, &c->vbds, err) < 0)
		return -1;
	if (records_load(c->t, &vif_class, "vm_uuid", c->w->snapshot, &c->vifs, err) < 0)
		return -1;
	if (str_is_empty(c->snapshot->domain_xml))
		return vxe_fail(err, VM_REVERT_FAILED, c->vm->vm->r.uuid, c->w->snapshot);
	if (spec_read(c->snapshot->domain_xml, &c->spec, err) < 0)
		return -1;
	c->p->object = xstrdup(c->vm->vm->r.uuid);
	c->p->domain = xstrdup(c->vm->vm->r.uuid);
	c->p->commit = COMMIT_DEFINE;
	if (plan_fields(c, err) < 0 || revert_plan_disks(c, err) < 0 || plan_memory(c, err) < 0)
		return -1;
	/*
	 * Refuses to revert to a checkpoint while another domain has the disk: its definition would have to name the
	 * guard, the overlay of a Suspended VM, which is no disk.
	 */
	if (revert_is_to_checkpoint(c) && c->p->n_disks && plan_has(c->p, PLAN_OTHERS))
		return vxe_fail(err, VDI_IN_USE, c->p->disks[0].vdi, "revert");
	revert_tell_of_definition(c);
	plan_vifs(c);
	plan_message(c->p, MESSAGE_VM_SNAPSHOT_REVERTED, c->vm->vm);
	str_replace(&c->spec->uuid, c->vm->vm->r.uuid);
	str_replace(&c->spec->name, c->vm->spec ? c->vm->spec->name : c->vm->vm->libvirt_name);
	if (c->renamed)
		vm_label_to(c->vm->vm, c->spec);
	str_replace(&c->spec->store, c->s->store_uuid);
	c->p->xml_before = xstrdup_null(c->vm->xml);
	if (definition_patch(c->s, c->snapshot->domain_xml, c->spec, &c->p->xml_after, err) < 0)
		return -1;
	return capture_plan_revert(c->s, c->t, c->snapshot, c->spec, c->p, err);
}

static int plan_revert(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct revert_wish *w = ctx;
	struct revert c = { .s = s, .p = p, .w = w };

	strv_clear(&w->told);
	int r = plan_whole_revert(&c, err);
	vm_free(c.snapshot);
	records_clear(&c.vbds);
	records_clear(&c.vifs);
	vm_loaded_free(c.vm);
	domain_spec_free(c.spec);
	strv_clear(&c.staying_vbds);
	txn_abort(c.t);
	return r;
}

static int find_inside(struct session *s, const char *uuid, struct vm **ret, struct vxe_error *err)
{
	_cleanup_txn_ struct txn *t = NULL;
	_cleanup_(vm_free_cleanup) struct vm *v = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &v, err) < 0)
		return -1;
	if (v && vm_is_inside_image(v))
		*ret = TAKE(v);
	return 0;
}

static void tell_current(struct session *s, void *ctx)
{
	const struct revert_wish *w = ctx;

	kept_is_current(s, w->snapshot);
}

static int revert(struct session *s, const char *uuid, bool snapshot_first, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *inside = NULL;
	struct revert_wish w = { .snapshot = uuid, .snapshot_first = snapshot_first };

	if (find_inside(s, uuid, &inside, err) < 0)
		return -1;
	if (inside)
		return kept_revert(s, inside, err);
	int r = op_run_freeing(s, &snapshot_revert_op, plan_revert, &w, tell_current, err);

	for (size_t i = 0; r == 0 && i < w.told.n; i++)
		session_notice(s, "%s", w.told.items[i]);
	strv_clear(&w.told);
	return r;
}

int snapshot_revert(struct session *s, const char *uuid, struct vxe_error *err)
{
	return revert(s, uuid, false, err);
}

int snapshot_revert_foreseen(struct session *s, const char *uuid, struct vxe_error *err)
{
	return revert(s, uuid, true, err);
}
