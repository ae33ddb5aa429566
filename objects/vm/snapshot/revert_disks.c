/* SPDX-License-Identifier: MIT */
#include "objects/vm/snapshot/revert_disks.h"

#include "objects/base/file_key.h"
#include "objects/base/uuid.h"
#include "objects/classes/storage/node_names.h"
#include "objects/disks/disks.h"
#include "objects/session/disk_path.h"
#include "objects/vm/vm_ops.h"

#include <json-c/json.h>

/*
 * The VBD by which the VM has the disk @vdi; if it has several (one CD in two drives), the one with the same target
 * device as the snapshot's VBD @then.
 */
static const struct vbd *vbd_of_vdi(const struct revert *c, const struct vbd *then, const char *vdi)
{
	const struct vbd *found = NULL;

	for (size_t i = 0; i < c->vm->n_disks; i++) {
		const struct vm_disk *d = &c->vm->disks[i];

		if (!d->vdi || !str_eq(d->vdi->r.uuid, vdi) ||
			strv_has(&c->staying_vbds, d->vbd->r.uuid))
			continue;
		if (!found || str_eq(d->vbd->target, then->target))
			found = d->vbd;
	}
	return found;
}

/* Returns 1 if another VM has the VDI; snapshots and templates do not count. */
static int used_by_another(struct revert *c, const char *vdi, struct vxe_error *err)
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
static int target_vdi(struct revert *c, const struct vdi *then_vdi, struct vdi **was,
	struct vdi **ret, struct vxe_error *err)
{
	struct vdi *origin = NULL;
	int other = 0;

	if (then_vdi->snapshot_of && vdi_find(c->t, then_vdi->snapshot_of, &origin, err) < 0)
		return -1;
	if (origin)
		other = used_by_another(c, origin->r.uuid, err);
	if (other < 0) {
		vdi_free(origin);
		return -1;
	}
	struct vdi *v = record_copy(&vdi_class, origin && !other ? origin : then_vdi);
	if (!origin || other) {
		free(v->r.uuid);
		v->r.uuid = other || !then_vdi->snapshot_of ? uuid_new()
							    : xstrdup(then_vdi->snapshot_of);
		str_replace(&v->location, v->r.uuid);
		v->is_a_snapshot = false;
		v->read_only = false;
		v->snapshot_time = 0;
		str_replace(&v->snapshot_of, NULL);
	}
	v->virtual_size = then_vdi->virtual_size;
	if (other) {
		vdi_free(origin);
		origin = NULL;
	}
	*was = origin;
	*ret = v;
	return 0;
}

/*
 * True if the VDI's present file is to stay as an unattached VDI, because another program has replaced it in the VM's
 * definition. If the definition names all files on record, a lower layer differs from its record, and then the present
 * files of all disks stay.
 */
static bool stays(const struct revert *c, const struct vdi *was)
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

/*
 * Plans a VDI with a new UUID for the file that the VM's disk leaves in a revert, because the VM's disk keeps the old
 * UUID.
 */
static void keep_leaf(struct revert *c, const struct vdi *was, const char *path)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = record_copy(&vdi_class, was);

	free(v->r.uuid);
	v->r.uuid = uuid_new();
	str_replace(&v->location, v->r.uuid);
	plan_add(c->p, &vdi_class, v);
	strv_take(&c->w->told, xasprintf("%s stays, as the unattached VDI %s", path, v->r.uuid));
}

void revert_tell_of_definition(struct revert *c)
{
	for (size_t i = 0; i < c->vm->n_disks; i++) {
		const struct vm_disk *d = &c->vm->disks[i];

		if (!vm_disk_is_changed(c->s, c->vm, d))
			continue;
		_cleanup_free_ char *path =
			disk_path(c->s, spec_find_disk(c->vm->spec, d->vbd->target));

		if (path && !file_is_same(path, d->path))
			strv_take(&c->w->told,
				xasprintf("%s, which the definition named, stays as it is", path));
	}
}

/* Plans that the VDI's present layer is released once the definition names the new overlay. */
static int leave_old_node(
	struct revert *c, const struct vdi *was, struct plan_disk *disk, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *old = NULL;

	if (!was || !was->node)
		return 0;
	if (node_get(c->t, was->node, &old, err) < 0 ||
		node_path(c->t, old, &disk->old_path, err) < 0 ||
		(old->state == NODE_WRITABLE &&
			loss_check(c->s, c->t, was->node, LOSS_GONE, c->p, err) < 0))
		return -1;
	disk->old_node = xstrdup(was->node);
	disk->old_format = xstrdup(old->format);
	plan_touch_node(c->p, was->node);
	if (c->w->snapshot_first)
		strv_add(&c->p->named, was->node);
	if (!stays(c, was))
		strv_add(&c->p->freed, was->node);
	return 0;
}

/*
 * Plans the record of the VDI after a revert. Of an existing VDI only single fields are changed, so that a concurrent
 * rename is not lost.
 */
static int plan_vdi(struct revert *c, const struct vdi *was, struct vdi *vdi,
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

static int revert_content(struct revert *c, const struct vbd *vbd, const struct vdi *then_vdi,
	struct vdi **ret, char **guard, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *base = NULL, *fresh = NULL;
	_cleanup_(vdi_free_cleanup) struct vdi *was = NULL, *vdi = NULL;
	struct plan_disk *disk = plan_add_disk(c->p);

	disk->target = xstrdup_null(vbd->target);
	if (!then_vdi->node)
		return vdi_fail_unmanaged(then_vdi, NULL, err);
	if (node_get(c->t, then_vdi->node, &base, err) < 0 ||
		target_vdi(c, then_vdi, &was, &vdi, err) < 0 ||
		plan_overlay(c->s, c->t, vdi, base, NULL, disk, &fresh, c->p, err) < 0 ||
		leave_old_node(c, was, disk, err) < 0)
		return -1;
	if (revert_is_to_checkpoint(c))
		fresh->kind = NODE_GUARD;
	if (plan_vdi(c, was, vdi, revert_is_to_checkpoint(c) ? base : fresh, err) < 0)
		return -1;
	if (stays(c, was))
		keep_leaf(c, was, disk->old_path);
	plan_add(c->p, &node_class, fresh);
	plan_touch_node(c->p, then_vdi->node);
	plan_touch_node(c->p, fresh->r.uuid);
	struct spec_disk *d = spec_find_disk(c->spec, vbd->target);

	if (d)
		plan_disk_put(disk, true, d);
	if (revert_is_to_checkpoint(c))
		*guard = xstrdup(fresh->r.uuid);
	*ret = TAKE(vdi);
	return 0;
}

/*
 * Plans the VM's VBD for a disk of the snapshot. If the VM already has the disk, its VBD keeps its UUID and its
 * other-config, which says who owns the disk; the rest comes from the snapshot.
 */
static void plan_vbd(struct revert *c, const struct vbd *then, const char *vdi, const char *guard)
{
	const struct vbd *now = vdi ? vbd_of_vdi(c, then, vdi) : NULL;
	_cleanup_(vbd_free_cleanup) struct vbd *b = vbd_for_snapshot(
		then, c->vm->vm->r.uuid, vdi, map_get(&then->other_config, "owner") != NULL);

	if (now) {
		str_replace(&b->r.uuid, now->r.uuid);
		map_copy(&b->other_config, &now->other_config);
		strv_add(&c->staying_vbds, now->r.uuid);
	}
	str_replace(&b->guard, guard);
	plan_add(c->p, &vbd_class, b);
}

/*
 * Puts the present file of a disk that the snapshot only refers to into the new definition: the disk's content may be
 * in another layer with another format by now.
 */
static int refer_in_spec(
	struct revert *c, const struct vbd *then, const struct vdi *then_vdi, struct vxe_error *err)
{
	struct spec_disk *d = spec_find_disk(c->spec, then->target);
	_cleanup_(node_free_cleanup) struct node *node = NULL;
	_cleanup_free_ char *path = NULL;

	if (!d || !then_vdi->node)
		return 0;
	if (node_get(c->t, then_vdi->node, &node, err) < 0 || node_path(c->t, node, &path, err) < 0)
		return -1;
	return disk_put_file(c->s, d, path, node->format, err);
}

static int revert_disk(struct revert *c, const struct vbd *then, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *then_vdi = NULL, *vdi = NULL;
	_cleanup_free_ char *guard = NULL;

	if (then->vdi && vdi_find(c->t, then->vdi, &then_vdi, err) < 0)
		return -1;
	if (then->type != VBD_DISK || !then_vdi || !then_vdi->is_a_snapshot) {
		plan_vbd(c, then, then_vdi ? then->vdi : NULL, NULL);
		return then_vdi ? refer_in_spec(c, then, then_vdi, err) : 0;
	}
	if (revert_content(c, then, then_vdi, &vdi, &guard, err) < 0)
		return -1;
	plan_vbd(c, then, vdi->r.uuid, guard);
	return 0;
}

/* Removes from the new definition the disks for which the snapshot has no VBD. */
static void drop_unknown_disks(struct revert *c)
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

/*
 * Plans that nobody writes to the disks that the VM has now and not after the revert: their files stay, and a process that writes
 * to one is the guest, on another host.
 */
static int leave_disks(struct revert *c, struct vxe_error *err)
{
	for (size_t i = 0; i < c->vm->n_disks; i++) {
		const struct vm_disk *d = &c->vm->disks[i];

		if (d->vbd->type != VBD_DISK || !d->vdi || !d->path || d->path[0] != '/' ||
			strv_has(&c->staying_vbds, d->vbd->r.uuid))
			continue;
		int other = used_by_another(c, d->vdi->r.uuid, err);

		if (other < 0)
			return -1;
		if (!other)
			strv_add(&c->p->stays, d->path);
	}
	return 0;
}

int revert_plan_disks(struct revert *c, struct vxe_error *err)
{
	for (size_t i = 0; i < c->vm->n_disks; i++) {
		const struct vm_disk *d = &c->vm->disks[i];

		plan_del(c->p, &vbd_class, d->vbd->r.uuid);
		if (!d->guard)
			continue;
		if (loss_check(c->s, c->t, d->guard->r.uuid, LOSS_GONE, c->p, err) < 0)
			return -1;
		strv_add(&c->p->freed, d->guard->r.uuid);
	}
	drop_unknown_disks(c);
	for (size_t i = 0; i < c->vbds.n; i++)
		if (revert_disk(c, c->vbds.items[i], err) < 0)
			return -1;
	return leave_disks(c, err);
}
