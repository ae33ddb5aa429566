/* SPDX-License-Identifier: MIT */
/*
 * The devices of an imported VM on this host: disks get images, ISO images and networks are found by name, network
 * cards get MAC addresses.
 */
#include "objects/archive/vm_import_devices.h"

#include "objects/base/uuid.h"
#include "objects/classes/storage/node_names.h"
#include "objects/domain/vm_definition.h"
#include "objects/storage/vdi_loaded.h"

#include <string.h>

#define IMAGE_MODE 0644 /* permissions of an image file until it becomes read-only */

/* ---- disks ------------------------------------------------------------------------------------ */

static bool target_taken(const struct making *m, const char *target)
{
	for (size_t i = 0; i < m->vbds.n; i++)
		if (str_eq(((const struct vbd *)m->vbds.items[i])->target, target))
			return true;
	return false;
}

/*
 * Chooses the target ("vda") of an imported disk: that of the archive if the original machine has such a disk, else
 * one by the disk's type and position, or the next that is free.
 */
static int choose_target(const struct making *m, const struct importing *i, const struct vbd *vbd,
	char **ret, struct vxe_error *err)
{
	if (i->machine && spec_find_disk(i->machine, vbd->device) &&
		!target_taken(m, vbd->device)) {
		*ret = xstrdup(vbd->device);
		return 0;
	}
	for (int n = vbd_position(vbd->userdevice); n >= 0 && n <= VBD_POSITION_MAX; n++) {
		_cleanup_free_ char *number = xasprintf("%d", n);
		_cleanup_free_ char *target = definition_target((enum vbd_type)vbd->type, number);

		if (!target_taken(m, target)) {
			*ret = TAKE(target);
			return 0;
		}
	}
	return ova_fail(err, "no name is free for the disk at position %s", vbd->userdevice);
}

static struct vbd *new_vbd(
	const struct importing *i, const struct vbd *from, const char *vdi, const char *target)
{
	struct vbd *b = record_copy(&vbd_class, from);

	if (!i->args->preserve || !uuid_is_valid(b->r.uuid)) {
		free(b->r.uuid);
		b->r.uuid = uuid_new();
	}
	str_replace(&b->vm, i->uuid);
	str_replace(&b->vdi, vdi);
	b->empty = !vdi;
	str_replace(&b->target, target);
	str_replace(&b->device, target);
	return b;
}

/*
 * Plans the guard of a suspended VM's disk: an empty overlay that the domain's definition names until the VM is
 * resumed, so that an unexpected start cannot change the disk. Returns the overlay's path.
 */
static const char *plan_guard(struct making *m, const struct sr *sr, const struct node *disk,
	const char *disk_path, const char *vdi, struct vbd *vbd)
{
	_cleanup_(node_free_cleanup) struct node *n = image_node(sr, disk->virtual_size);
	struct plan_disk *d = plan_add_disk(m->p);

	n->kind = NODE_GUARD;
	n->parent = xstrdup(disk->r.uuid);
	d->target = xstrdup(vbd->target);
	d->vdi = xstrdup(vdi);
	d->vbd = xstrdup(vbd->r.uuid);
	d->new_sr = xstrdup(sr->r.uuid);
	d->old_node = xstrdup(disk->r.uuid);
	d->old_path = xstrdup(disk_path);
	d->old_format = xstrdup("qcow2");
	d->new_node = xstrdup(n->r.uuid);
	d->new_path = sr_image_place(sr, n->path);
	d->backing = node_header_name(disk_path, disk->path);
	d->backing_format = xstrdup("qcow2");
	d->virtual_size = n->virtual_size;
	d->make = true;
	plan_add(m->p, &node_class, n);
	str_replace(&vbd->guard, n->r.uuid);
	return d->new_path;
}

static struct vdi *new_imported_vdi(const struct making *m, const struct importing *i,
	const struct imported_disk *d, const struct sr *sr, const struct node *n)
{
	struct vdi *vdi = record_copy(&vdi_class, d->vdi);

	free(vdi->r.uuid);
	vdi->r.uuid = uuid_new();
	str_replace(&vdi->location, vdi->r.uuid);
	str_replace(&vdi->sr, sr->r.uuid);
	str_replace(&vdi->node, n->r.uuid);
	vdi->virtual_size = n->virtual_size;
	vdi->managed = true;
	vdi->sharable = false; /* the image is qcow2, to which only one VM can write */
	if (i->whole) {
		/* Marks the VDI as the disk of a snapshot, to which nobody writes. */
		const struct plan_disk *now = d->origin ? import_image_of(m->p, d->origin) : NULL;

		vdi->is_a_snapshot = vdi->read_only = true;
		vdi->snapshot_time = i->in.vm->snapshot_time;
		str_replace(&vdi->snapshot_of, now ? now->vdi : NULL);
	}
	return vdi;
}

/*
 * True if the image of an imported disk becomes read-only: for the disks of a snapshot, and for those of a VM with
 * memory, which goes on in an overlay.
 */
static bool is_frozen(const struct importing *i, const struct imported_disk *d)
{
	return i->whole ||
		(i->resumes && d->vbd->type == VBD_DISK && d->vbd->mode == VBD_RW &&
			!d->vdi->read_only);
}

const struct plan_disk *import_image_of(const struct plan *p, const char *id)
{
	for (size_t i = 0; i < p->n_disks; i++)
		if (str_eq(p->disks[i].stream, id))
			return &p->disks[i];
	return NULL;
}

/* Plans the image of a disk that the archive's stream fills; returns the image's path. Owned. */
static char *plan_stream(struct making *m, const struct sr *sr, const struct node *n,
	const struct vdi *vdi, const char *stream, const char *target)
{
	struct plan_disk *disk = plan_add_disk(m->p);

	disk->target = xstrdup_null(target);
	disk->vdi = xstrdup(vdi->r.uuid);
	disk->stream = xstrdup(stream);
	disk->new_node = xstrdup(n->r.uuid);
	disk->new_path = sr_image_place(sr, n->path);
	disk->virtual_size = n->virtual_size;
	disk->make = true;
	if (n->state == NODE_FROZEN) {
		disk->freeze = true;
		disk->old_path = xstrdup(disk->new_path);
		disk->old_mode = n->old_mode;
	}
	return xstrdup(disk->new_path);
}

static void plan_content(struct making *m, const struct importing *i, const struct sr *sr,
	const struct imported_disk *d, const char *target)
{
	_cleanup_(node_free_cleanup) struct node *n = image_node(sr, d->vdi->virtual_size);
	struct vdi *vdi = new_imported_vdi(m, i, d, sr, n);
	struct vbd *vbd = new_vbd(i, d->vbd, vdi->r.uuid, target);
	bool guarded = is_frozen(i, d) && !m->vm->is_a_template && !i->whole;

	if (d->vdi->sharable && !i->told)
		session_notice(m->s, "The disk %s was sharable; the VM gets a copy that is not.",
			d->vdi->name_label);
	/* the key says that vm-uninstall of the VM deletes the disk */
	map_set(&vbd->other_config, "owner", "");
	if (is_frozen(i, d)) {
		n->state = NODE_FROZEN;
		n->old_mode = IMAGE_MODE;
	}
	const char *named = guarded || i->whole ? NULL : target;
	_cleanup_free_ char *path = plan_stream(m, sr, n, vdi, d->vdi_id, named);

	plan_add(m->p, &node_class, n);
	if (i->whole)
		plan_touch_node(m->p, n->r.uuid);
	making_add_disk(m, vbd, vdi, guarded ? plan_guard(m, sr, n, path, vdi->r.uuid, vbd) : path);
	plan_add(m->p, &vdi_class, vdi);
}

static const struct vdi *planned_vdi(const struct making *m, const char *uuid)
{
	for (size_t k = 0; k < m->vdis.n; k++) {
		const struct vdi *vdi = m->vdis.items[k];

		if (vdi && str_eq(vdi->r.uuid, uuid))
			return vdi;
	}
	return NULL;
}

/* Plans a second device with a disk that is planned already: both devices have one VDI, as in the archive. */
static int plan_second_device(struct making *m, const struct importing *i,
	const struct imported_disk *d, const struct plan_disk *image, const char *target,
	struct vxe_error *err)
{
	const struct vdi *vdi = planned_vdi(m, image->vdi);

	if (!vdi && i->whole) /* a snapshot's device may refer to a disk that its VM has now */
		vdi = planned_vdi(i->whole, image->vdi);
	if (i->resumes)
		return ova_fail(err, "%s is the disk of two devices of a suspended VM", d->vdi_id);
	if (!vdi)
		return ova_fail(err, "%s is the disk of two snapshots", d->vdi_id);
	making_add_disk(m, new_vbd(i, d->vbd, image->vdi, target), record_copy(&vdi_class, vdi),
		image->new_path);
	return 0;
}

/*
 * Finds the ISO image with that file name in any SR of ISO images; of several the one whose VDI has the first UUID;
 * *ret is NULL if there is none.
 */
static int find_iso(struct txn *t, const char *location, struct vdi **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	*ret = NULL;
	if (records_load(t, &vdi_class, NULL, NULL, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n && !*ret; i++) {
		const struct vdi *v = vdis.items[i];
		_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

		if (!str_eq(v->location, location) || !v->sr)
			continue;
		if (sr_find(t, v->sr, &sr, err) < 0)
			return -1;
		if (sr && sr_content_is_cds(sr->content_type) && sr_content(sr) != SR_DEVICES)
			*ret = record_copy(&vdi_class, v);
	}
	return 0;
}

/*
 * Finds the VDI on this host that has the SR and the location of the archive's disk: *ret is its UUID, owned; NULL if
 * there is none.
 */
static int find_at(struct txn *t, const struct imported_disk *d, char **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	*ret = NULL;
	if (records_load(t, &vdi_class, NULL, NULL, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n && !*ret; i++) {
		const struct vdi *v = vdis.items[i];

		if (str_eq(v->sr, d->sr_uuid) && str_eq(v->location, d->place))
			*ret = xstrdup(v->r.uuid);
	}
	return 0;
}

/*
 * Finds the archive's floppy on this host by its SR and location, because it is in no SR of ISO images; only a file
 * that vxe does not manage counts.
 */
static int find_floppy(
	struct txn *t, const struct imported_disk *d, struct vdi **ret, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = NULL;
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;

	if (find_at(t, d, &uuid, err) < 0 || (uuid && vdi_find(t, uuid, &vdi, err) < 0))
		return -1;
	if (vdi && str_is_empty(vdi->node))
		*ret = TAKE(vdi);
	return 0;
}

/* For an import of metadata: attaches a disk of this host to the VM, as vbd-create would. */
static int plan_here(struct making *m, struct importing *i, const struct imported_disk *d,
	const char *target, struct vxe_error *err)
{
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };
	_cleanup_free_ char *uuid = NULL;
	const char *named = i->args->disks ? map_get(i->args->disks, d->vdi_uuid) : NULL;

	/* the user has named the disk on this host; otherwise it is found by SR and location */
	if (named)
		uuid = xstrdup(named);
	else if (find_at(m->t, d, &uuid, err) < 0)
		return -1;
	if (!uuid) {
		/*
		 * Fails because the disk is not on this host; with force=true tells the user once, and leaves the
		 * disk out.
		 */
		_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

		if (sr_find(m->t, d->sr_uuid, &sr, err) < 0)
			return -1;
		if (!i->args->force) {
			(void)(sr ? vxe_fail(err, VDI_LOCATION_MISSING, d->sr_uuid, d->place)
				  : vxe_fail(err, VDI_CONTENT_ID_MISSING));
			error_note(err, "the archive means the disk %s (%s)", d->vdi_uuid,
				d->vdi->name_label);
			return -1;
		}
		if (!i->told)
			session_notice(m->s,
				"The disk %s (%s) is not on this host and is left out.",
				d->vdi_uuid, d->vdi->name_label);
		return 0;
	}
	locks_add(&m->p->locks, LOCK_RECORD, uuid, LEASE_EXCLUSIVE);
	if (vdi_load(m->s, uuid, LEASE_EXCLUSIVE, NULL, &u, err) < 0 ||
		vdi_check_attach(&u, (enum vbd_mode)d->vbd->mode, err) < 0)
		return -1;
	struct vbd *vbd = new_vbd(i, d->vbd, uuid, target);

	const char *format = vdi_loaded_format(&u);

	making_add_file(m, vbd, TAKE(u.vdi), u.path, format);
	return 0;
}

static int plan_imported_disk(struct making *m, struct importing *i, const struct sr *sr,
	const struct imported_disk *d, struct vxe_error *err)
{
	_cleanup_free_ char *target = NULL;

	if (choose_target(m, i, d->vbd, &target, err) < 0)
		return -1;
	if (d->here)
		return plan_here(m, i, d, target, err);
	if (!d->streamed) {
		/*
		 * Plans a drive whose ISO image or floppy file is found by name; if it is not found the drive is
		 * empty.
		 */
		struct vdi *iso = NULL;
		bool written = d->vbd->type == VBD_FLOPPY && d->vbd->mode == VBD_RW;

		if (d->location && !written && find_iso(m->t, d->location, &iso, err) < 0)
			return -1;
		if (d->location && !iso && d->vbd->type == VBD_FLOPPY &&
			find_floppy(m->t, d, &iso, err) < 0)
			return -1;
		bool drive = d->vbd->type != VBD_DISK;

		if (d->location && !iso && !i->told)
			session_notice(m->s, "The %s %s is not on this host; %s.",
				d->vbd->type == VBD_FLOPPY ? "floppy" : "ISO image", d->location,
				drive ? "the drive is empty" : "the disk is left out");
		if (!iso && !drive)
			return 0;
		struct vbd *vbd = new_vbd(i, d->vbd, iso ? iso->r.uuid : NULL, target);

		if ((iso && !written) || d->vbd->type == VBD_CD)
			vbd->mode = VBD_RO;
		map_remove(&vbd->other_config, "owner");
		making_add_disk(m, vbd, iso, "");
		return 0;
	}
	const struct plan_disk *image = import_image_of(m->p, d->vdi_id);

	if (i->whole && d->vbd->type == VBD_FLOPPY) {
		/*
		 * Plans the floppy of a snapshot: snapshots have no copy of a floppy's content, so it is the floppy
		 * that the VM has now.
		 */
		const struct plan_disk *now = d->origin ? import_image_of(m->p, d->origin) : NULL;

		if (now)
			return plan_second_device(m, i, d, now, target, err);
		making_add_disk(m, new_vbd(i, d->vbd, NULL, target), NULL, "");
		return 0;
	}
	if (image)
		return plan_second_device(m, i, d, image, target, err);
	plan_content(m, i, sr, d, target);
	return 0;
}

int import_plan_devices(
	struct making *m, struct importing *i, const struct sr *sr, struct vxe_error *err)
{
	strv_clear(&i->macs);
	for (size_t k = 0; k < i->in.n_disks; k++)
		if (plan_imported_disk(m, i, sr, &i->in.disks[k], err) < 0)
			return -1;
	for (size_t k = 0; k < i->in.n_vifs; k++)
		if (import_plan_card(m, i, &i->in.vifs[k], err) < 0)
			return -1;
	return 0;
}
