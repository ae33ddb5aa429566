/* SPDX-License-Identifier: MIT */
/*
 * snapshot-revert: the VM's disks become new overlays on the snapshot's nodes; its definition and
 * fields become those of the snapshot. UUIDs of VM and VDIs stay, the snapshot does not change, and
 * disks that are not in the snapshot are kept unattached. The commit point is the new definition.
 * For a checkpoint the overlays are guards: the VM becomes Suspended, its VDIs name the snapshot's
 * nodes, and its image is another VDI on the checkpoint's memory.
 */
#include "backends/image/image_key.h"
#include "objects/base/log.h"
#include "objects/base/uuid.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/classes/vm/vm_platform.h"
#include "objects/domain/vm_copy.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/message.h"
#include "objects/engine/op.h"
#include "objects/layers/guard.h"
#include "objects/layers/node_loss.h"
#include "objects/layers/op_steps.h"
#include "objects/layers/overlay.h"
#include "objects/layers/sr_coalesce.h"
#include "objects/layers/vdi_move.h"
#include "objects/model/enums.h"
#include "objects/session/disk_path.h"
#include "objects/state/capture.h"
#include "objects/state/suspend_image.h"
#include "objects/vm/vm_ops.h"

#include <json-c/json.h>
#include <string.h>

static const struct step revert_steps[] = {
	{ "make-overlays", step_make_overlays, step_remove_overlays, false },
	{ "autostart", step_autostart, step_autostart_before, false },
	{ "stop", step_stop, NULL, false },
	{ "define", step_define, step_define_before, true },
	{ "define-others", step_define_others, NULL, false },
	{ "place-files", step_place_files, NULL, false },
	{ 0 },
};

const struct op_type snapshot_revert_op = { "snapshot-revert", "revert", revert_steps,
	PLAN_MEMBERS(autostart_members, other_domains_members, capture_members), NULL };

/* ---- the wish -------------------------------------------------------------------------------- */

struct wish {
	const char *snapshot;
	struct strv released; /* nodes that the VM no longer uses */
	struct strv told;     /* texts for the user at the end */
};

/* The data of plan_revert(). */
struct scene {
	struct session *s;
	struct txn *t;
	struct vm *snapshot;
	struct records vbds, vifs; /* of the snapshot */
	struct vm_loaded *vm;
	struct domain_spec *spec; /* of the new definition */
	struct plan *p;
	struct wish *w;
	struct strv kept; /* UUIDs of VBDs that stay */
};

static void scene_clear(struct scene *c)
{
	vm_free(c->snapshot);
	records_clear(&c->vbds);
	records_clear(&c->vifs);
	vm_loaded_free(c->vm);
	domain_spec_free(c->spec);
	strv_clear(&c->kept);
	txn_abort(c->t);
}

static bool is_checkpoint(const struct scene *c)
{
	return c->snapshot->power_state == POWER_SUSPENDED;
}

/* ---- fields ---------------------------------------------------------------------------------- */

/* Fields of the VM that a revert does not change (docs/semantics.md, "Revert"). */
static const char *const kept_keys[] = {
	"uuid",
	"power_state",
	"suspend_VDI_uuid",
	"parent",
	"tags",
	"affinity",
	"groups",
	"snapshot_schedule",
	"libvirt_name",
	"domain_xml",
	"metadata",
	"adopted",
	"autostart",
	"ha_always_run",
	"generation_id",
	"start_time",
	"install_time",
	"nvram_node",
	"tpm_node",
	NULL,
};

static bool is_kept(const char *key)
{
	for (size_t i = 0; kept_keys[i]; i++)
		if (str_eq(kept_keys[i], key))
			return true;
	return false;
}

static int plan_fields(struct scene *c, struct vxe_error *err)
{
	const char *vm = c->vm->vm->r.uuid;
	_cleanup_free_ char *generation = generation_id_fresh(c->vm->vm->generation_id);
	struct json_object *then = json_tokener_parse(c->snapshot->metadata);

	if (!then)
		return vxe_fail_internal(err, "the snapshot has no record of the VM's settings");
	json_object_object_foreach(then, key, value)
	{
		if (!is_kept(key))
			plan_set(c->p, &vm_class, vm, key, json_object_get(value));
	}
	json_object_put(then);
	plan_set(c->p, &vm_class, vm, "ha-always-run", json_object_new_boolean(false));
	plan_set_string(c->p, &vm_class, vm, "generation-id", generation);
	plan_set_string(c->p, &vm_class, vm, "parent", c->w->snapshot);
	return 0;
}

/* ---- disks ----------------------------------------------------------------------------------- */

/* The VM's VBD for the disk; of several (one CD in two drives) the one with the same target. */
static const struct vbd *vbd_of_vdi(const struct scene *c, const struct vbd *then, const char *vdi)
{
	const struct vbd *found = NULL;

	for (size_t i = 0; i < c->vm->n_disks; i++) {
		const struct vm_disk *d = &c->vm->disks[i];

		if (!d->vdi || !str_eq(d->vdi->r.uuid, vdi) || strv_has(&c->kept, d->vbd->r.uuid))
			continue;
		if (!found || str_eq(d->vbd->target, then->target))
			found = d->vbd;
	}
	return found;
}

/* 1: another VM (not a snapshot or template) has the VDI. */
static int used_by_another(struct scene *c, const char *vdi, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	if (records_load(c->t, &vbd_class, "vdi_uuid", vdi, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++) {
		const struct vbd *b = vbds.items[i];
		_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

		if (str_eq(b->vm, c->vm->vm->r.uuid))
			continue;
		if (vm_find(c->t, b->vm, &vm, err) < 0)
			return -1;
		if (vm && !vm->is_a_template)
			return 1;
	}
	return 0;
}

/*
 * The VDI that gets the snapshot's content: the original VDI, made again under its UUID if it was
 * destroyed; a new VDI if the original now belongs to another VM. *was is the original VDI before
 * the revert, or NULL.
 */
static int target_vdi(struct scene *c, const struct vdi *kept, struct vdi **was, struct vdi **ret,
	struct vxe_error *err)
{
	struct vdi *origin = NULL;
	int other = 0;

	if (kept->snapshot_of && vdi_find(c->t, kept->snapshot_of, &origin, err) < 0)
		return -1;
	if (origin)
		other = used_by_another(c, origin->r.uuid, err);
	if (other < 0) {
		vdi_free(origin);
		return -1;
	}
	struct vdi *v = record_copy(&vdi_class, origin && !other ? origin : kept);
	if (!origin || other) {
		free(v->r.uuid);
		v->r.uuid = other || !kept->snapshot_of ? uuid_new() : xstrdup(kept->snapshot_of);
		str_replace(&v->location, v->r.uuid);
		v->is_a_snapshot = false;
		v->read_only = false;
		v->snapshot_time = 0;
		str_replace(&v->snapshot_of, NULL);
	}
	v->virtual_size = kept->virtual_size;
	if (other) {
		vdi_free(origin);
		origin = NULL;
	}
	*was = origin;
	*ret = v;
	return 0;
}

/*
 * True if the VDI's present file stays as an unattached VDI, because another program has taken the
 * disk off the VM. If the definition names the files on record, a lower layer differs, and all
 * stay.
 */
static bool stays(const struct scene *c, const struct vdi *was)
{
	bool any = false, known = false, changed = false;

	for (size_t i = 0; was && i < c->vm->n_disks; i++) {
		const struct vm_disk *d = &c->vm->disks[i];
		bool differs = vm_disk_is_changed(c->s, c->vm, d);
		bool it_is = d->vdi && d->node && str_eq(d->vdi->r.uuid, was->r.uuid);

		any |= differs;
		known |= it_is;
		changed |= it_is && differs;
	}
	return c->vm->drifted && known && (changed || !any);
}

/* With a new UUID, because the VM's disk keeps the old one. */
static void keep_leaf(struct scene *c, const struct vdi *was, const char *path)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = record_copy(&vdi_class, was);

	free(v->r.uuid);
	v->r.uuid = uuid_new();
	str_replace(&v->location, v->r.uuid);
	plan_add(c->p, &vdi_class, v);
	strv_take(&c->w->told, xasprintf("%s stays, as the unattached VDI %s", path, v->r.uuid));
}

static void tell_of_definition(struct scene *c)
{
	for (size_t i = 0; i < c->vm->n_disks; i++) {
		const struct vm_disk *d = &c->vm->disks[i];

		if (!vm_disk_is_changed(c->s, c->vm, d))
			continue;
		_cleanup_free_ char *path =
			disk_path(c->s, spec_find_disk(c->vm->spec, d->vbd->target));

		if (path && !image_is_same(path, d->path))
			strv_take(&c->w->told,
				xasprintf("%s, which the definition named, stays as it is", path));
	}
}

/* Releases the VDI's present node once the definition names the overlay. */
static int leave_old_node(
	struct scene *c, const struct vdi *was, struct plan_disk *disk, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *old = NULL;

	if (!was || !was->node)
		return 0;
	if (node_get(c->t, was->node, &old, err) < 0 ||
		node_path(c->t, old, &disk->old_path, err) < 0 ||
		(old->state == NODE_WRITABLE &&
			loss_check(c->s, old, disk->old_path, LOSS_GONE, err) < 0))
		return -1;
	disk->old_node = xstrdup(was->node);
	disk->old_format = xstrdup(old->format);
	plan_touch_node(c->p, was->node);
	if (!stays(c, was))
		strv_add(&c->w->released, was->node);
	return 0;
}

static void place_in_spec(struct scene *c, const struct vbd *vbd, const struct plan_disk *disk)
{
	struct spec_disk *d = spec_find_disk(c->spec, vbd->target);

	if (d)
		plan_disk_put(disk, true, d);
}

/* An existing VDI is changed member by member, so a concurrent rename is not lost. */
static int plan_vdi(struct scene *c, const struct vdi *was, struct vdi *vdi,
	const struct node *fresh, struct vxe_error *err)
{
	if (!was) {
		str_replace(&vdi->node, fresh->r.uuid);
		str_replace(&vdi->sr, fresh->sr);
		plan_add(c->p, &vdi_class, vdi);
		return 0;
	}
	plan_set_string(c->p, &vdi_class, was->r.uuid, "sr-uuid", fresh->sr);
	plan_set(c->p, &vdi_class, was->r.uuid, "virtual-size",
		json_object_new_int64(fresh->virtual_size));
	return vdi_move(c->s, c->t, was, fresh, c->p, err);
}

static int revert_content(struct scene *c, const struct vbd *vbd, const struct vdi *kept,
	struct vdi **ret, char **guard, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *base = NULL, *fresh = NULL;
	_cleanup_(vdi_free_cleanup) struct vdi *was = NULL, *vdi = NULL;
	struct plan_disk *disk = plan_add_disk(c->p);

	disk->target = xstrdup_null(vbd->target);
	if (!kept->node)
		return vxe_fail(err, VDI_NOT_MANAGED, kept->r.uuid);
	if (node_get(c->t, kept->node, &base, err) < 0 ||
		target_vdi(c, kept, &was, &vdi, err) < 0 ||
		plan_overlay(c->s, c->t, vdi, base, disk, &fresh, c->p, err) < 0 ||
		leave_old_node(c, was, disk, err) < 0)
		return -1;
	if (is_checkpoint(c))
		fresh->kind = NODE_GUARD;
	if (plan_vdi(c, was, vdi, is_checkpoint(c) ? base : fresh, err) < 0)
		return -1;
	if (stays(c, was))
		keep_leaf(c, was, disk->old_path);
	plan_add(c->p, &node_class, fresh);
	plan_touch_node(c->p, kept->node);
	plan_touch_node(c->p, fresh->r.uuid);
	place_in_spec(c, vbd, disk);
	if (is_checkpoint(c))
		*guard = xstrdup(fresh->r.uuid);
	*ret = TAKE(vdi);
	return 0;
}

/* The VM's VBD for this disk keeps its UUID and owner; the rest comes from the snapshot. */
static void plan_vbd(struct scene *c, const struct vbd *then, const char *vdi, const char *guard)
{
	const struct vbd *now = vdi ? vbd_of_vdi(c, then, vdi) : NULL;
	_cleanup_(vbd_free_cleanup) struct vbd *b = vbd_for_snapshot(then, c->vm->vm->r.uuid, vdi);

	if (now) {
		str_replace(&b->r.uuid, now->r.uuid);
		map_copy(&b->other_config, &now->other_config);
		strv_add(&c->kept, now->r.uuid);
	}
	str_replace(&b->guard, guard);
	plan_add(c->p, &vbd_class, b);
}

/* A reference: its content may be in another layer by now, with another format. */
static int refer_in_spec(
	struct scene *c, const struct vbd *then, const struct vdi *kept, struct vxe_error *err)
{
	struct spec_disk *d = spec_find_disk(c->spec, then->target);
	_cleanup_(node_free_cleanup) struct node *node = NULL;
	_cleanup_free_ char *path = NULL;

	if (!d || !kept->node)
		return 0;
	if (node_get(c->t, kept->node, &node, err) < 0 || node_path(c->t, node, &path, err) < 0)
		return -1;
	return disk_put_file(c->s, d, path, node->format, err);
}

static int revert_disk(struct scene *c, const struct vbd *then, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *kept = NULL, *vdi = NULL;
	_cleanup_free_ char *guard = NULL;

	if (then->vdi && vdi_find(c->t, then->vdi, &kept, err) < 0)
		return -1;
	if (then->type != VBD_DISK || !kept || !kept->is_a_snapshot) {
		plan_vbd(c, then, kept ? then->vdi : NULL, NULL);
		return kept ? refer_in_spec(c, then, kept, err) : 0;
	}
	if (revert_content(c, then, kept, &vdi, &guard, err) < 0)
		return -1;
	plan_vbd(c, then, vdi->r.uuid, guard);
	return 0;
}

/* Removes disks that the snapshot ignored from the definition. */
static void drop_unknown_disks(struct scene *c)
{
	_cleanup_strv_ struct strv gone = { 0 };

	for (size_t i = 0; i < c->spec->n_disks; i++) {
		bool known = false;

		for (size_t k = 0; k < c->vbds.n && !known; k++)
			known = str_eq(
				((struct vbd *)c->vbds.items[k])->target, c->spec->disks[i].target);
		if (!known)
			strv_add(&gone, c->spec->disks[i].target);
	}
	for (size_t i = 0; i < gone.n; i++)
		spec_remove_disk(c->spec, gone.items[i]);
}

static int plan_disks(struct scene *c, struct vxe_error *err)
{
	for (size_t i = 0; i < c->vm->n_disks; i++) {
		const struct vm_disk *d = &c->vm->disks[i];

		plan_del(c->p, &vbd_class, d->vbd->r.uuid);
		if (!d->guard)
			continue;
		if (loss_check(c->s, d->guard, d->guard_path, LOSS_GONE, err) < 0)
			return -1;
		strv_add(&c->w->released, d->guard->r.uuid);
	}
	drop_unknown_disks(c);
	for (size_t i = 0; i < c->vbds.n; i++)
		if (revert_disk(c, c->vbds.items[i], err) < 0)
			return -1;
	return 0;
}

/* ---- memory ---------------------------------------------------------------------------------- */

/*
 * Drops the VM's present memory; adds a VDI for the checkpoint's memory, so the checkpoint can be
 * reverted to again.
 */
static int plan_memory(struct scene *c, struct vxe_error *err)
{
	const char *vm = c->vm->vm->r.uuid;
	_cleanup_(vdi_free_cleanup) struct vdi *old = NULL, *image = NULL;
	_cleanup_free_ char *fresh = NULL;
	bool autostart = vm_autostarts(c->snapshot);

	if (c->vm->vm->suspend_vdi && vdi_find(c->t, c->vm->vm->suspend_vdi, &old, err) < 0)
		return -1;
	if (old) {
		plan_del(c->p, &vdi_class, old->r.uuid);
		if (old->node)
			strv_add(&c->w->released, old->node);
	}
	if (is_checkpoint(c)) {
		_cleanup_free_ char *path = NULL;

		if (image_find(c->t, c->snapshot, &path, err) < 0 ||
			vdi_get(c->t, c->snapshot->suspend_vdi, &image, err) < 0)
			return -1;
		image_plan_copy(image, false, c->p, &fresh);
	}
	plan_set_string(c->p, &vm_class, vm, "power_state",
		enum_stored(&power_state_table, c->snapshot->power_state));
	plan_set_string(c->p, &vm_class, vm, "suspend-VDI-uuid", fresh);
	plan_set(c->p, &vm_class, vm, "autostart",
		json_object_new_boolean(is_checkpoint(c) && autostart));
	return autostart_plan(c->s, c->p, autostart && !is_checkpoint(c), err);
}

/* ---- cards ----------------------------------------------------------------------------------- */

static bool is_named(const struct records *vifs, const char *uuid)
{
	for (size_t i = 0; i < vifs->n; i++)
		if (str_eq(((const struct vif *)vifs->items[i])->r.uuid, uuid))
			return true;
	return false;
}

static bool is_card(const struct vif *a, const struct vif *b, bool surely)
{
	_cleanup_free_ char *x = vif_card(a), *y = vif_card(b);

	return surely ? spec_same_card(x, y) : str_eq(a->mac, b->mac);
}

/*
 * A card of the snapshot that the VM still has keeps the UUID of its VIF. @surely: compares
 * everything that distinguishes cards with equal MAC addresses; else takes a remaining one.
 */
static void name_vifs(struct scene *c, struct records *back, bool surely)
{
	for (size_t i = 0; i < back->n; i++) {
		struct vif *v = back->items[i];
		bool named = false;

		for (size_t k = 0; k < c->vm->n_vifs; k++)
			named |= str_eq(c->vm->vifs[k]->r.uuid, v->r.uuid);
		for (size_t k = 0; !named && k < c->vm->n_vifs; k++) {
			const struct vif *now = c->vm->vifs[k];

			if (!is_card(now, v, surely) || is_named(back, now->r.uuid))
				continue;
			str_replace(&v->r.uuid, now->r.uuid);
			named = true;
		}
	}
}

static void plan_vifs(struct scene *c)
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

static int load_snapshot(struct scene *c, struct vxe_error *err)
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

/* The VM was destroyed: makes it again under its UUID, from the snapshot's data. */
static int remake_vm(struct scene *c, struct vxe_error *err)
{
	struct json_object *then = json_tokener_parse(c->snapshot->metadata);
	struct vm_loaded *l = xcalloc(1, sizeof(*l));
	int r = -1;

	l->vm = record_new(&vm_class);
	if (!then)
		(void)vxe_fail(err, VM_REVERT_FAILED, c->snapshot->snapshot_of, c->w->snapshot);
	else
		r = record_decode(&vm_class, then, l->vm, err);
	json_object_put(then);
	str_replace(&l->vm->r.uuid, c->snapshot->snapshot_of);
	if (r == 0)
		plan_add(c->p, &vm_class, l->vm);
	c->vm = l;
	return r;
}

static int load_vm(struct scene *c, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error gone = { 0 };

	if (vm_load(c->s, c->snapshot->snapshot_of, VM_LOAD_ACT | VM_LOAD_GUARDED | VM_LOAD_DRIFTED,
		    &c->vm, &gone) == 0)
		return 0;
	if (gone.code == UUID_INVALID)
		return remake_vm(c, err);
	error_move(err, &gone);
	return -1;
}

static int load_scene(struct scene *c, struct vxe_error *err)
{
	if (vm_check_operation(c->s, c->snapshot, "revert", err) < 0 || load_vm(c, err) < 0 ||
		vm_check_operation(c->s, c->vm->vm, "reverting", err) < 0 ||
		vm_check_saved(c->s, c->vm, err) < 0)
		return -1;
	/* Only now, because loading the VM may have written changes by other programs. */
	if (txn_begin(c->s->store, TXN_READ, &c->t, err) < 0 ||
		records_load(c->t, &vbd_class, "vm_uuid", c->w->snapshot, &c->vbds, err) < 0)
		return -1;
	return records_load(c->t, &vif_class, "vm_uuid", c->w->snapshot, &c->vifs, err);
}

static int plan_definition(struct scene *c, struct vxe_error *err)
{
	str_replace(&c->spec->uuid, c->vm->vm->r.uuid);
	str_replace(&c->spec->name, c->vm->spec ? c->vm->spec->name : c->vm->vm->libvirt_name);
	str_replace(&c->spec->store, c->s->store_uuid);
	c->p->xml_before = xstrdup_null(c->vm->xml);
	return spec_patch(c->snapshot->domain_xml, c->spec, &c->p->xml_after, err);
}

static int plan_scene(struct scene *c, struct vxe_error *err)
{
	if (load_snapshot(c, err) < 0)
		return -1;
	if (c->p->draft)
		return 0;
	if (load_scene(c, err) < 0)
		return -1;
	if (str_is_empty(c->snapshot->domain_xml))
		return vxe_fail(err, VM_REVERT_FAILED, c->vm->vm->r.uuid, c->w->snapshot);
	if (spec_read(c->snapshot->domain_xml, &c->spec, err) < 0)
		return -1;
	c->p->object = xstrdup(c->vm->vm->r.uuid);
	c->p->domain = xstrdup(c->vm->vm->r.uuid);
	c->p->commit = COMMIT_DEFINE;
	if (plan_fields(c, err) < 0 || plan_disks(c, err) < 0 || plan_memory(c, err) < 0)
		return -1;
	/* Another domain with the disk would have to name the guard, which is not a disk. */
	if (is_checkpoint(c) && c->p->n_disks && plan_has_domains(c->p))
		return vxe_fail(err, VDI_IN_USE, c->p->disks[0].vdi, "revert");
	tell_of_definition(c);
	plan_vifs(c);
	plan_message(c->p, MESSAGE_VM_SNAPSHOT_REVERTED, c->vm->vm);
	if (plan_definition(c, err) < 0)
		return -1;
	return capture_plan_revert(c->s, c->t, c->snapshot, c->spec, c->p, err);
}

static int plan_revert(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct wish *w = ctx;
	struct scene c = { .s = s, .p = p, .w = w };

	strv_clear(&w->released);
	strv_clear(&w->told);
	int r = plan_scene(&c, err);
	scene_clear(&c);
	return r;
}

int snapshot_revert(struct session *s, const char *uuid, struct vxe_error *err)
{
	struct wish w = { .snapshot = uuid };
	int r = op_run(s, &snapshot_revert_op, plan_revert, &w, NULL, err);

	if (r == 0)
		coalesce_quietly(s, &w.released);
	for (size_t i = 0; r == 0 && i < w.told.n; i++)
		session_notice(s, "%s", w.told.items[i]);
	strv_clear(&w.released);
	strv_clear(&w.told);
	return r;
}
