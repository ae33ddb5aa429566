/* SPDX-License-Identifier: MIT */
/*
 * Makes and checks guard overlays (the empty overlays on the disks of a Suspended VM), and turns them into ordinary
 * layers.
 */
#include "objects/domain/guard_overlay.h"

#include "objects/disks/disks.h"
#include "backends/content/content.h"
#include "objects/base/file_key.h"
#include "objects/classes/vm/vm_memory.h"
#include "objects/model/enums.h"
#include "objects/session/disk_path.h"

#include <json-c/json.h>

/* ---- judging --------------------------------------------------------------------------------- */

int guard_is_touched(struct content *c, int64_t size, bool *ret, struct vxe_error *err)
{
	_cleanup_header_ struct content_header h = { 0 };
	struct content_stat f;

	*ret = true;
	if (disk_file_stat(c, &f, err) < 0)
		return -1;
	if (!f.exists)
		return 0;
	int r = disk_file_header(c, &h, err);
	if (r <= 0)
		return r;
	if (h.snapshots || h.bitmaps || h.virtual_size != size || h.state >= CONTENT_CORRUPT)
		return 0;
	return image_touched(c, "qcow2", ret, err);
}

const char *guard_ways_out(
	const struct session *s, const char *guard, const struct spec_disk *disk, bool touched)
{
	_cleanup_free_ char *path = disk ? disk_path(s, disk) : NULL;

	return touched && path && !file_is_same(path, guard)
		? "'vm-shutdown --force' drops the memory image, and keeps what the guest has "
		  "written since it was suspended: its disk goes on with another file"
		: "either 'vm-resume discard-changes=true', which drops the data written since "
		  "the VM was suspended, or 'vm-shutdown --force', which keeps that data and drops "
		  "the memory image";
}

/* @d: the disk whose guard has changed, or NULL. */
static int refuse_changed_disk(struct session *s, const struct vm_loaded *l,
	const struct vm_disk *d, bool touched, const char *what, struct vxe_error *err)
{
	const struct spec_disk *disk =
		d && l->spec ? spec_find_disk(l->spec, d->vbd->target) : NULL;
	const char *file = d ? d->guard_path : "";
	_cleanup_free_ char *text =
		xasprintf("%s; %s", what, guard_ways_out(s, file, disk, touched));

	return vxe_fail(err, VXE_DISK_CHANGED, l->vm->r.uuid, file, text);
}

int guards_check(struct session *s, const struct vm_loaded *l, struct vxe_error *err)
{
	if (l->vm->power_state != POWER_SUSPENDED || l->vm->is_a_template)
		return 0;
	for (size_t i = 0; i < l->n_disks; i++) {
		const struct vm_disk *d = &l->disks[i];
		bool touched = false;

		if (!d->guard)
			continue;
		if (hv_is_active(l->domain.state) && l->domain.uuid)
			return refuse_changed_disk(
				s, l, d, false, "the suspended VM was started outside vxe", err);
		if (guard_is_touched(content_of(s, d->guard_path), d->guard->virtual_size, &touched,
			    err) < 0)
			return -1;
		if (touched)
			return refuse_changed_disk(s, l, d, true,
				"it was written to: the suspended VM was started outside vxe", err);
	}
	if (hv_is_active(l->domain.state) && l->domain.uuid)
		return refuse_changed_disk(
			s, l, NULL, false, "the suspended VM was started outside vxe", err);
	return 0;
}

/* ---- making ---------------------------------------------------------------------------------- */

int guard_plan_on(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *base,
	struct plan *p, struct plan_disk *disk, struct node **ret, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *fresh = NULL;

	if (plan_overlay(s, t, vdi, base, NULL, disk, &fresh, p, err) < 0)
		return -1;
	fresh->kind = NODE_GUARD;
	str_replace(&disk->new_sr, fresh->sr);
	plan_add(p, &node_class, fresh);
	plan_touch_node(p, base->r.uuid);
	*ret = TAKE(fresh);
	return 0;
}

/*
 * Refuses to suspend a VM if another domain uses the file of its disk: that domain could write to the file, or would
 * fail when the file is frozen.
 */
static int check_alone(struct session *s, const struct vm_disk *d, struct vxe_error *err)
{
	_cleanup_strv_ struct strv halted = { 0 }, running = { 0 };

	if (domains_on(s, d->path, d->vbd->vm, &halted, &running, err) < 0)
		return -1;
	return halted.n || running.n ? vxe_fail(err, VDI_IN_USE, d->vdi->r.uuid, "suspend") : 0;
}

int guard_plan(struct session *s, struct txn *t, const struct vm_disk *d, struct plan *p,
	struct vxe_error *err)
{
	const struct frozen_layer f = { .vdi = d->vdi,
		.node = d->node,
		.path = d->path,
		.target = d->vbd->target,
		.guard = true };

	if (check_alone(s, d, err) < 0 || vbd_check_once(t, d->vdi->r.uuid, err) < 0 ||
		plan_frozen_layer(s, t, &f, p, NULL, err) < 0)
		return -1;
	struct plan_disk *disk = &p->disks[p->n_disks - 1];

	disk->vbd = xstrdup(d->vbd->r.uuid);
	plan_set_string(p, &vbd_class, d->vbd->r.uuid, "guard", disk->new_node);
	return 0;
}

/* ---- releasing ------------------------------------------------------------------------------- */

int guards_plan_disks(
	struct txn *t, const struct vm_loaded *l, struct plan *p, struct vxe_error *err)
{
	for (size_t i = 0; i < l->n_disks; i++) {
		const struct vm_disk *d = &l->disks[i];

		if (!d->guard || !d->vdi || !d->node)
			continue;
		struct plan_disk *disk = plan_add_disk(p);

		disk->target = xstrdup_null(d->vbd->target);
		disk->vdi = xstrdup(d->vdi->r.uuid);
		disk->vbd = xstrdup(d->vbd->r.uuid);
		disk->old_node = xstrdup(d->node->r.uuid);
		disk->old_path = xstrdup(d->path);
		disk->old_format = xstrdup(d->node->format);
		disk->new_node = xstrdup(d->guard->r.uuid);
		disk->new_path = xstrdup(d->guard_path);
		disk->new_sr = xstrdup_null(d->guard->sr);
		disk->virtual_size = d->guard->virtual_size;
		if (locks_add_chain(&p->locks, t, d->guard->r.uuid, err) < 0)
			return -1;
	}
	return 0;
}

const struct plan_member memory_members[] = {
	{ "vm", PLAN_UUID, "the VM" },
	{ "image", PLAN_UUID, "the VDI of the memory image" },
	{ "memory", PLAN_UUID, "the node of the memory image" },
	{ "memory-path", PLAN_PATH, "the file of the memory image" },
	{ "memory-sr", PLAN_UUID, "the SR of the memory image" },
	{ "bypass-cache", PLAN_BOOL, "the image is written or read past the host's cache" },
	{ 0 },
};

int guards_note(struct txn *t, const struct vm_loaded *l, struct plan *p, struct strv *released,
	struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *image = NULL;

	plan_keep(p, "vm", l->vm->r.uuid);
	for (size_t i = 0; released && i < l->n_disks; i++)
		if (l->disks[i].guard && l->disks[i].node)
			strv_add(released, l->disks[i].node->r.uuid);
	if (vm_memory_ending(t, l->vm, NULL, &image, err) < 0)
		return -1;
	if (!image)
		return 0;
	plan_keep(p, "image", image->r.uuid);
	if (image->node) {
		plan_keep(p, "memory", image->node);
		if (released)
			strv_add(released, image->node);
	}
	return 0;
}

void guards_release(struct plan *p)
{
	const char *vm = plan_string(p, "vm"), *image = plan_string(p, "image");
	const char *memory = plan_string(p, "memory");

	for (size_t i = 0; i < p->n_disks; i++) {
		const struct plan_disk *d = &p->disks[i];

		if (!d->vbd)
			continue;
		plan_set_string(p, &vdi_class, d->vdi, "node", d->new_node);
		plan_set_string(p, &vdi_class, d->vdi, "sr-uuid", d->new_sr);
		plan_set_string(p, &node_class, d->new_node, "kind",
			enum_stored(&node_kind_table, NODE_DISK));
		plan_set_string(p, &vbd_class, d->vbd, "guard", NULL);
		plan_touch_node(p, d->old_node);
		plan_touch_node(p, d->new_node);
	}
	plan_set_string(
		p, &vm_class, vm, "power_state", enum_stored(&power_state_table, POWER_HALTED));
	plan_set_string(p, &vm_class, vm, "suspend-VDI-uuid", NULL);
	plan_set(p, &vm_class, vm, "autostart", json_object_new_boolean(false));
	if (image)
		plan_del(p, &vdi_class, image);
	if (memory)
		plan_touch_node(p, memory);
}
