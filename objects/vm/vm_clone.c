/* SPDX-License-Identifier: MIT */
/*
 * vm-clone and vm-copy, of VMs, templates and snapshots. The new VM's disks are overlays on frozen
 * layers of the source, or complete copies of them. The commit point is the definition of the new
 * domain; for a template, which has none, the store transaction.
 */
#include "objects/vm/vm_clone.h"

#include "objects/model/human.h"
#include "objects/classes/storage/sr_place.h"
#include "objects/disks/disks.h"
#include "backends/content/content.h"
#include "objects/base/uuid.h"
#include "objects/classes/storage/node_names.h"
#include "objects/storage/floppy_file.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/domain/foreign_snapshots/internal_snapshot.h"
#include "objects/domain/foreign_snapshots/foreign_snapshot.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/message.h"
#include "objects/engine/op.h"
#include "objects/engine/plan_space.h"
#include "objects/engine/plan_again.h"
#include "objects/domain/autostart.h"
#include "objects/guest_state/firmware_state.h"
#include "objects/vm/snapshot/freeze_disks.h"
#include "objects/vm/new_vm.h"

#include <inttypes.h>

static const struct step clone_steps[] = {
	{ "make-overlays", DISK(MAKE_OVERLAYS), false },
	{ "copy-disks", DISK(COPY), false }, /* for floppies, which are always copied */
	{ "capture-files", DO(step_capture_files, step_drop_captured), false },
	{ "forget-kept", DO(step_forget_kept, step_put_back_kept), false },
	{ "define", DO(step_make_domain, step_unmake_domain), true },
	{ "autostart", DO(step_autostart, NULL), false },
	{ 0 },
};
static const struct step copy_steps[] = {
	{ "copy-disks", DISK(COPY), false },
	{ "capture-files", DO(step_capture_files, step_drop_captured), false },
	{ "define", DO(step_make_domain, step_unmake_domain), true },
	{ "autostart", DO(step_autostart, NULL), false },
	{ 0 },
};

const struct op_type vm_clone_op = { "vm-clone", "clone", clone_steps,
	PLAN_MEMBERS(autostart_members, capture_members, kept_members), probe_made_domain };
const struct op_type vm_copy_op = { "vm-copy", "copy", copy_steps,
	PLAN_MEMBERS(autostart_members, capture_members), probe_made_domain };

/* ---- disks ----------------------------------------------------------------------------------- */

static int find_clone_sr(struct making *m, const struct clone_wish *w, const struct node *base,
	struct sr **ret, struct vxe_error *err)
{
	if (!w->sr)
		return overlay_sr(m->s, m->t, base, ret, err);
	return sr_get(m->t, w->sr, ret, err);
}

/* The disk space that a copy of the layer's content, or of a snapshot inside its image, takes at most. */
static int copy_bytes(struct session *s, struct txn *t, const struct node *base,
	const char *snapshot, int64_t *ret, struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL;

	if (node_path(t, base, &path, err) < 0)
		return -1;
	const struct image_source from = {
		.of = content_of(s, path), .format = base->format, .snapshot = snapshot, .fd = -1
	};

	return image_measure(&from, ret, err);
}

/*
 * Plans a full copy of a layer's content into a new image; the members old_* of @disk describe the source. @snapshot:
 * key of an internal snapshot to copy (internal_snapshot.h); NULL: none.
 */
static int plan_copy(struct making *m, const struct clone_wish *w, const struct node *base,
	const char *snapshot, struct plan_disk *disk, struct node **ret, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_(node_free_cleanup) struct node *n = record_new(&node_class);

	if (find_clone_sr(m, w, base, &sr, err) < 0 || sr_check_takes_files(m->s, sr, err) < 0 ||
		node_path(m->t, base, &disk->old_path, err) < 0 ||
		disk_file_vet(content_of(m->s, disk->old_path), base->format, VET_USE, err) < 0 ||
		disk_file_size(content_of(m->s, disk->old_path), base->format, &n->virtual_size,
			err) < 0 ||
		(!snapshot && node_use_chain(m->s, m->t, base->r.uuid, m->p, err) < 0) ||
		copy_bytes(m->s, m->t, base, snapshot, &disk->bytes, err) < 0)
		return -1;
	n->r.uuid = uuid_new();
	n->sr = xstrdup(sr->r.uuid);
	free(n->path);
	n->path = xasprintf("%s.qcow2", n->r.uuid);
	str_replace(&n->format, "qcow2");
	disk->old_format = xstrdup(base->format);
	disk->old_mode = base->old_mode;
	disk->old_snapshot = xstrdup_null(snapshot);
	disk->new_node = xstrdup(n->r.uuid);
	disk->new_path = sr_image_place(sr, n->path);
	disk->virtual_size = n->virtual_size;
	*ret = TAKE(n);
	return 0;
}

static int plan_content(struct making *m, const struct clone_wish *w, const struct vm_disk *d,
	const struct node *base, const char *snapshot, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *fresh = NULL;
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = vdi_for_clone(d->vdi, NULL, NULL);
	struct plan_disk *disk = plan_add_disk(m->p);

	if ((w->full ? plan_copy(m, w, base, snapshot, disk, &fresh, err)
		     : plan_overlay(m->s, m->t, vdi, base, NULL, disk, &fresh, m->p, err)) < 0)
		return -1;
	str_replace(&vdi->node, fresh->r.uuid);
	str_replace(&vdi->sr, fresh->sr);
	str_replace(&disk->vdi, vdi->r.uuid);
	str_replace(&disk->target, d->vbd->target);
	vdi->virtual_size = fresh->virtual_size;
	plan_add(m->p, &node_class, fresh);
	plan_add(m->p, &vdi_class, vdi);
	plan_touch_node(m->p, fresh->r.uuid);
	if (!w->full)
		plan_touch_node(m->p, base->r.uuid);
	struct vbd *vbd = vbd_for_clone(d->vbd, w->uuid, vdi->r.uuid, true);

	making_add_disk(m, vbd, TAKE(vdi), disk->new_path);
	return 0;
}

/* ---- floppies -------------------------------------------------------------------------------- */

/*
 * Plans a floppy of the new VM. A floppy that can be written to is always copied, because two machines would write to
 * the same file.
 */
static int plan_floppy(struct making *m, const struct clone_wish *w, const struct vm_disk *d,
	struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	struct plan_disk *disk = plan_add_disk(m->p);
	const char *format;
	int64_t size;

	if (floppy_file(m->s, d, w->operation, &disk->old_path, &format, err) < 0 ||
		(d->node && node_use_chain(m->s, m->t, d->node->r.uuid, m->p, err) < 0))
		return -1;
	disk->old_format = xstrdup(format);
	if ((w->sr ? sr_get(m->t, w->sr, &sr, err) : overlay_sr(m->s, m->t, NULL, &sr, err)) < 0 ||
		disk_file_size(content_of(m->s, disk->old_path), disk->old_format, &size, err) <
			0 ||
		sr_check_takes_files(m->s, sr, err) < 0)
		return -1;
	const struct image_source from = {
		.of = content_of(m->s, disk->old_path), .format = disk->old_format, .fd = -1
	};

	if (image_measure(&from, &disk->bytes, err) < 0)
		return -1;
	_cleanup_(node_free_cleanup) struct node *n = image_node(sr, size);
	struct vdi *vdi = vdi_for_clone(d->vdi, n->r.uuid, sr->r.uuid);
	struct vbd *vbd = vbd_for_clone(d->vbd, w->uuid, vdi->r.uuid, true);

	vdi->managed = true;
	vdi->virtual_size = disk->virtual_size = n->virtual_size;
	map_set(&vbd->other_config, "owner", "");
	disk->new_node = xstrdup(n->r.uuid);
	disk->new_path = sr_image_place(sr, n->path);
	disk->vdi = xstrdup(vdi->r.uuid);
	disk->target = xstrdup_null(d->vbd->target);
	plan_add(m->p, &node_class, n);
	plan_add(m->p, &vdi_class, vdi);
	plan_touch_node(m->p, n->r.uuid);
	making_add_disk(m, vbd, vdi, disk->new_path);
	return 0;
}

static int plan_cloned_disk(
	struct making *m, struct clone_wish *w, const struct vm_disk *d, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *base = NULL;

	if (d->vbd->type == VBD_FLOPPY && d->vbd->mode == VBD_RW && d->vdi && !d->vdi->read_only)
		return plan_floppy(m, w, d, err);
	if (!clone_takes(d)) {
		/*
		 * The clone's VBD has the same file and format as the source's; a disk that vxe does not manage is
		 * named as in the source.
		 */
		struct vbd *vbd =
			vbd_for_clone(d->vbd, w->uuid, d->vdi ? d->vdi->r.uuid : NULL, false);

		making_add_file(m, vbd, d->vdi ? record_copy(&vdi_class, d->vdi) : NULL,
			d->path ? d->path : "", d->node ? d->node->format : "");
		return 0;
	}
	if (vbd_check_once(m->t, d->vdi->r.uuid, err) < 0)
		return -1;
	if (vdi_is_inside(d->vdi)) {
		/*
		 * Plans a copy of an internal snapshot. It must be a full copy: an overlay would show the image's own
		 * content.
		 */
		_cleanup_inside_ struct inside i = { 0 };

		if (!w->full)
			return vxe_fail(
				err, VXE_SNAPSHOT_INSIDE, w->source, m->source->libvirt_snapshot);
		return inside_find(m->s, m->t, d, m->p, &i, err) < 0
			? -1
			: plan_content(m, w, d, i.node, i.key, err);
	}
	if (vm_disk_check_captured(d, err) < 0)
		return -1;
	if (frozen_node(m->s, m->t, d, &base, err) < 0)
		return -1;
	if (!base) { /* somebody has written to the layer since it was frozen */
		w->unfrozen = true;
		return vxe_fail(err, VXE_TRY_AGAIN, d->vdi->r.uuid,
			"it was written to since it was frozen");
	}
	return plan_content(m, w, d, base, NULL, err);
}

/* ---- the whole plan -------------------------------------------------------------------------- */

/*
 * The device of the first network card with the same MAC address as the card @i: cards that share an address (a team)
 * share one in the clone, too.
 */
static const char *first_alike(const struct vm_loaded *l, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (str_eq(l->vifs[k]->mac, l->vifs[i]->mac))
			return l->vifs[k]->device;
	return l->vifs[i]->device;
}

static int plan_devices(
	struct making *m, struct clone_wish *w, const struct vm_loaded *l, struct vxe_error *err)
{
	for (size_t i = 0; i < l->n_disks; i++)
		if (plan_cloned_disk(m, w, &l->disks[i], err) < 0)
			return -1;
	for (size_t i = 0; i < l->n_vifs; i++) {
		_cleanup_free_ char *card = vif_card(l->vifs[i]);

		making_add_vif(m, vif_for_clone(l->vifs[i], m->vm, first_alike(l, i)), card);
	}
	return 0;
}

/*
 * The VM of which libvirt may have snapshots on the layers that a clone of @vm shares: @vm itself, or the VM of which
 * @vm is a snapshot; NULL for a template.
 */
static const char *owner_of(const struct vm *vm)
{
	return vm->is_a_snapshot ? vm->snapshot_of : vm->is_a_template ? NULL : vm->r.uuid;
}

static int clone_plan(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	struct clone_wish *w = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_(making_clear) struct making m = { .s = s, .p = p };

	locks_add(&p->locks, LOCK_RECORD, w->source, LEASE_SHARED);
	locks_add(&p->locks, LOCK_RECORD, w->uuid, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vm_load(s, w->source, VM_LOAD_ACT, &l, err) < 0 ||
		vm_check_operation(s, l->vm, w->operation, err) < 0 ||
		(!w->full && kept_plan_apart(s, owner_of(l->vm), p, &w->apart, err) < 0))
		return -1;
	m.base = l->xml ? l->xml : l->vm->domain_xml;
	m.source = l->vm;
	m.vm = vm_for_clone(l->vm, w->uuid);
	str_replace(&m.vm->name_label, w->name_label);
	if (w->name_description)
		str_replace(&m.vm->name_description, w->name_description);
	if (txn_begin(m.s->store, TXN_READ, &m.t, err) < 0 || plan_devices(&m, w, l, err) < 0)
		return -1;
	if (w->shape && w->shape(&m, w, err) < 0)
		return -1;
	plan_message(m.p, MESSAGE_VM_CLONED, l->vm);
	return making_plan(&m, err);
}

/*
 * Adds to the plan the space for the clone's new disk, and for the overlay that the source's disk gets when it is
 * frozen.
 */
static int add_needs(struct making *m, const struct clone_wish *w, const struct vm_disk *d,
	bool frozen, struct plan *p, struct planned_list *then, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL, *own = NULL;
	int64_t empty = op_disks->empty_bytes(d->vdi->virtual_size), bytes = empty;
	size_t layers;

	if (find_clone_sr(m, w, d->node, &sr, err) < 0 || sr_check_takes_files(m->s, sr, err) < 0 ||
		overlay_sr(m->s, m->t, d->node, &own, err) < 0 ||
		chain_check(m->s, m->t, d->vdi, d->node, &layers, err) < 0 ||
		(w->full && copy_bytes(m->s, m->t, d->node, NULL, &bytes, err) < 0))
		return -1;
	plan_need(p, sr->path, bytes);
	_cleanup_free_ char *size = human_size(bytes);

	planned_add(then,
		(struct planned){ .bytes = bytes,
			.copied = w->full ? bytes : 0,
			.text = xasprintf("make: a file in %s (%s %s, %" PRId64 " bytes)", sr->path,
				w->full ? "a complete copy of" : "overlay on", d->path, bytes),
			.brief = xasprintf("make: a file in %s (%s %s, %s)", sr->path,
				w->full ? "a complete copy of" : "the clone's own writes above",
				d->path, size) });
	if (!frozen)
		plan_need(p, own->path, empty);
	return 0;
}

static void add_part(struct planned_list *then, const char *class, const char *name)
{
	planned_add(then,
		(struct planned){ .bytes = -1,
			.detail = true,
			.text = xasprintf("record: add %s (%s)", class, name) });
}

/* Adds lines about the records of the new VM to a dry run; the records' UUIDs are not known yet. */
static void add_records(
	const struct clone_wish *w, const struct vm_loaded *l, struct planned_list *then)
{
	planned_add(then,
		(struct planned){ .bytes = -1,
			.text = xasprintf("record: add VM (%s)", w->name_label),
			.brief = xasprintf("add: VM %s", w->name_label) });
	for (size_t i = 0; i < l->n_disks; i++) {
		const struct vm_disk *d = &l->disks[i];

		if (clone_takes(d))
			add_part(then, "VDI", d->vdi->name_label);
		add_part(then, "VBD", d->vbd->userdevice);
	}
	for (size_t i = 0; i < l->n_vifs; i++)
		add_part(then, "VIF", l->vifs[i]->device);
}

/*
 * Returns 1 if a disk of the source must be frozen before a clone. Freezing is an operation of its own, so the free
 * space for the freezing and the clone is checked here, before either begins. @then gets the lines of a dry run about
 * the files that are made after the freezing.
 */
static int needs_freezing(struct session *s, const struct clone_wish *w, struct strv *nodes,
	struct planned_list *then, struct vxe_error *err)
{
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_(making_clear) struct making m = { .s = s };
	_cleanup_plan_ struct plan space = { 0 };
	int needs = 0;

	if (vm_load(s, w->source, VM_LOAD_ACT, &l, err) < 0 ||
		vm_check_operation(s, l->vm, w->operation, err) < 0 ||
		txn_begin(s->store, TXN_READ, &m.t, err) < 0)
		return -1;
	for (size_t i = 0; i < l->n_disks; i++) {
		_cleanup_(node_free_cleanup) struct node *frozen = NULL;
		const struct vm_disk *d = &l->disks[i];

		if (!clone_takes(d) || vdi_is_inside(d->vdi))
			continue;
		if (vm_disk_check_captured(d, err) < 0)
			return -1;
		strv_add(nodes, d->node->r.uuid);
		if (frozen_node(m.s, m.t, d, &frozen, err) < 0 ||
			add_needs(&m, w, d, frozen != NULL, &space, then, err) < 0)
			return -1;
		needs |= !frozen;
	}
	add_records(w, l, then);
	return plan_check_space(&space, err) < 0 ? -1 : needs;
}

int clone_run(
	struct session *s, const struct op_type *type, struct clone_wish *w, struct vxe_error *err)
{
	_cleanup_strv_ struct strv nodes = { 0 };
	_cleanup_planned_ struct planned_list then = { 0 };
	_cleanup_replans_ struct replans again = { 0 };
	int r = -1;

	for (;;) {
		int needs = needs_freezing(s, w, &nodes, &then, err);

		if (needs < 0 || (needs && vm_freeze(s, w->source, w->operation, err) < 0)) {
			if (needs >= 0 && err->code == VXE_PLANNED) {
				/*
				 * The new VM can be planned only on the frozen layers, so a dry run shows its files and
				 * records without their UUIDs.
				 */
				session_planned_detail(
					s, "operation: %s, when that is done", type->name);
				planned_show(s, &then);
				if (w->full)
					session_planned(
						s, "merge: the overlays of the first operation");
			}
			break;
		}
		planned_list_clear(&then);
		w->unfrozen = false;
		r = op_run(s, type, clone_plan, w, NULL, err);
		if (r == 0 || !w->unfrozen || !replan(&again, w->source, err))
			break;
	}
	if (r == 0)
		kept_tell_apart(s, &w->apart);
	strv_clear(&w->apart);
	/* A layer that was frozen but on which no clone lies is merged back into its disk. */
	if (r < 0 || w->full)
		coalesce_quietly(s, &nodes, NULL);
	return r;
}

/* ---- the commands ---------------------------------------------------------------------------- */

static int run_clone(struct session *s, const struct op_type *type, struct clone_wish *w,
	char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *uuid = uuid_new();

	w->uuid = uuid;
	if (clone_run(s, type, w, err) < 0)
		return -1;
	*ret = TAKE(uuid);
	return 0;
}

int vm_clone(struct session *s, const char *uuid, const struct vm_clone_args *args, char **ret,
	struct vxe_error *err)
{
	struct clone_wish w = { .source = uuid,
		.name_label = args->name_label,
		.name_description = args->name_description,
		.operation = "clone" };

	return run_clone(s, &vm_clone_op, &w, ret, err);
}

int sr_check_takes_disks(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (!uuid)
		return 0;
	if (session_prepare(s, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		sr_get(t, uuid, &sr, err) < 0)
		return -1;
	if (sr_content(sr) == SR_CDS)
		return vxe_fail(err, OPERATION_NOT_ALLOWED, "an SR of ISO images takes no disks");
	return sr_content(sr) == SR_DEVICES ? vxe_fail(err, SR_OPERATION_NOT_SUPPORTED, uuid) : 0;
}

int vm_copy(struct session *s, const char *uuid, const struct vm_clone_args *args, char **ret,
	struct vxe_error *err)
{
	struct clone_wish w = { .source = uuid,
		.name_label = args->name_label,
		.name_description = args->name_description,
		.operation = "copy",
		.full = true,
		.sr = args->sr };

	if (sr_check_takes_disks(s, args->sr, err) < 0)
		return -1;
	return run_clone(s, &vm_copy_op, &w, ret, err);
}
