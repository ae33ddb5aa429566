/* SPDX-License-Identifier: MIT */
#include "objects/domain/foreign_snapshots/adopt_snapshot.h"

#include "objects/disks/disks.h"
#include "objects/base/file_key.h"
#include "backends/hv/memory_image.h"
#include "objects/base/uuid.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/node_fingerprint.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm_memory.h"
#include "objects/domain/adopt_disk.h"
#include "objects/domain/adopt_forget.h"
#include "objects/domain/adopt_sr.h"
#include "objects/domain/adopt_vm.h"
#include "objects/domain/vm_record_copy.h"
#include "objects/domain/vm_spec.h"
#include "objects/session/disk_path.h"

#include <inttypes.h>
#include <string.h>

struct adoption {
	struct session *s;
	struct txn *t;
	const struct vm *vm;
	const struct hv_snapshot *of;
	const struct domain_spec *then;
	struct records vbds; /* VBDs that the VM has now */
	struct vm *snapshot;
	bool unsure; /* some disk is missing in the records although its file exists */
};

/* ---- disks ----------------------------------------------------------------------------------- */

static enum hv_place place_of(const struct hv_snapshot *of, const char *target)
{
	for (size_t i = 0; i < of->n_disks; i++)
		if (str_eq(of->disks[i].target, target))
			return of->disks[i].place;
	return HV_NOWHERE;
}

static bool is_inside(const struct hv_snapshot *of)
{
	for (size_t i = 0; i < of->n_disks; i++)
		if (of->disks[i].place == HV_INTERNAL)
			return true;
	return of->memory == HV_INTERNAL;
}

/* The VM's VBD whose disk has this target name; NULL: none. */
static const struct vbd *vbd_now(const struct adoption *a, const char *target)
{
	for (size_t i = 0; i < a->vbds.n; i++)
		if (str_eq(((const struct vbd *)a->vbds.items[i])->target, target))
			return a->vbds.items[i];
	return NULL;
}

/* The layer of a file that libvirt's snapshot has frozen; NULL: the file has gone, or is being written to. */
static int adopted_frozen_node(struct adoption *a, const struct spec_disk *disk, const char *path,
	struct node **ret, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_file_chain_ struct file_chain files = { 0 };
	_cleanup_free_ char *uuid = NULL;
	struct content_stat file;

	if (node_by_path(a->s, a->t, path, &n, err) < 0)
		return -1;
	if (!n) {
		if (disk_file_stat(content_of(a->s, path), &file, err) < 0)
			return -1;
		if (!file.exists)
			return 0;
		file_chain_read(content_of(a->s, path), disk->format, &files);
		if (adopt_frozen(a->s, a->t, &files, &uuid, err) < 0 ||
			node_get(a->t, uuid, &n, err) < 0)
			return -1;
	}
	if (n->state == NODE_WRITABLE)
		return 0;
	if (node_take_print(a->s, a->t, n->r.uuid, false, err) < 0)
		return -1;
	*ret = TAKE(n);
	return 0;
}

bool overlay_is_on(
	struct session *s, const struct hv_snapshot *of, const char *target, const char *path)
{
	_cleanup_file_chain_ struct file_chain files = { 0 };
	const char *overlay = NULL;

	for (size_t i = 0; i < of->n_disks; i++)
		if (str_eq(of->disks[i].target, target))
			overlay = of->disks[i].overlay;
	if (!overlay || !content_is_there(s, overlay))
		return true;
	file_chain_read(content_of(s, overlay), "qcow2", &files);
	return files.n < 2 || file_is_same(files.items[1].path, path);
}

/*
 * Makes the VDI of a disk in a libvirt snapshot, like that of a snapshot by vxe. The VM may have lost the disk since.
 */
static struct vdi *new_snapshot_vdi(
	struct adoption *a, const struct vdi *original, const char *path)
{
	struct vdi *v = original ? vdi_for_snapshot(original, NULL) : record_new(&vdi_class);
	const char *slash = strrchr(path, '/');

	if (!original) {
		v->r.uuid = uuid_new();
		str_replace(&v->name_label, slash && slash[1] ? slash + 1 : path);
		str_replace(&v->location, v->r.uuid);
		v->type = VDI_USER;
		v->is_a_snapshot = v->read_only = v->managed = true;
	}
	v->snapshot_time = a->of->time;
	return v;
}

/* Notes in the record of a disk who writes to its file, NULL: nobody; true if that is new. */
static bool note_writer(struct vdi *v, const char *text)
{
	if (str_eq(map_get(&v->sm_config, VDI_WRITTEN), text))
		return false;
	if (text)
		map_set(&v->sm_config, VDI_WRITTEN, text);
	return text || map_remove(&v->sm_config, VDI_WRITTEN);
}

/*
 * *ret: the layer with the content that a disk has in an external snapshot; NULL: it is missing. While the file
 * exists, "missing" is not final: libvirt may be about to switch the guest, or somebody has gone back to the file by
 * hand and leaves it again. *changed: the VDI's record has another text about that now.
 */
static int find_external_content(struct adoption *a, const struct spec_disk *disk, const char *path,
	struct vdi *v, struct node **ret, bool *changed, struct vxe_error *err)
{
	_cleanup_free_ char *text = NULL;
	bool on = overlay_is_on(a->s, a->of, disk->target, path);

	if (on && adopted_frozen_node(a, disk, path, ret, err) < 0)
		return -1;
	bool there = !*ret && content_is_there(a->s, path);

	a->unsure |= there;
	if (on && there)
		text = xasprintf(
			"the VM %s: it writes to %s, while another program makes the snapshot "
			"%s ('virsh domjobinfo %s') or since it went back to that file",
			a->vm->name_label, path, a->of->name, a->vm->libvirt_name);
	*changed = note_writer(v, text);
	return 0;
}

static int make_vdi(struct adoption *a, const struct spec_disk *disk, const char *path,
	enum hv_place place, char **ret, struct vxe_error *err)
{
	const struct vbd *now = vbd_now(a, disk->target);
	_cleanup_(vdi_free_cleanup) struct vdi *original = NULL, *v = NULL;
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_free_ char *rest = NULL;
	bool changed;

	if (now && now->vdi && vdi_find(a->t, now->vdi, &original, err) < 0)
		return -1;
	v = new_snapshot_vdi(a, original, path);
	if (place == HV_EXTERNAL && find_external_content(a, disk, path, v, &n, &changed, err) < 0)
		return -1;
	v->missing = place == HV_EXTERNAL && !n;
	map_set(&v->sm_config, VDI_KEPT, place == HV_INTERNAL ? VDI_KEPT_INSIDE : VDI_KEPT_OUTSIDE);
	if (n) {
		str_replace(&v->node, n->r.uuid);
		str_replace(&v->sr, n->sr);
		v->virtual_size = n->virtual_size;
	} else if (!original && adopt_sr(a->s, a->t, path, false, &v->sr, &rest, err) < 0)
		return -1;
	if (record_add(a->t, &vdi_class, v, err) < 0 ||
		(n && node_sync_base_copy(a->t, n->r.uuid, err) < 0))
		return -1;
	*ret = xstrdup(v->r.uuid);
	return 0;
}

/*
 * The VDI for a disk of a libvirt snapshot: one with the content that the snapshot holds, or that of the VM's disk,
 * which the snapshot only refers to.
 */
static int vdi_of(
	struct adoption *a, const struct spec_disk *disk, char **ret, struct vxe_error *err)
{
	enum hv_place place = place_of(a->of, disk->target);
	_cleanup_free_ char *path = disk_path(a->s, disk);
	const struct vbd *now = vbd_now(a, disk->target);

	if (place != HV_NOWHERE && path)
		return make_vdi(a, disk, path, place, ret, err);
	if (now && now->vdi && disk->device == DISK_DISK) {
		*ret = xstrdup(now->vdi);
		return 0;
	}
	return str_is_empty(disk->path) ? 0 : adopt_disk(a->s, a->t, a->then, disk, ret, err);
}

static int make_disk(struct adoption *a, const struct spec_disk *disk, struct vxe_error *err)
{
	const struct vbd *now = vbd_now(a, disk->target);
	_cleanup_(vbd_free_cleanup) struct vbd *vbd = NULL;
	_cleanup_free_ char *vdi = NULL;

	if (vdi_of(a, disk, &vdi, err) < 0)
		return -1;
	if (!now)
		return adopt_vbd_on(a->t, a->snapshot->r.uuid, a->then, disk, vdi, err);
	vbd = vbd_for_snapshot(
		now, a->snapshot->r.uuid, vdi, place_of(a->of, disk->target) != HV_NOWHERE);
	return record_add(a->t, &vbd_class, vbd, err);
}

/* ---- memory ---------------------------------------------------------------------------------- */

/*
 * The record for the file in which libvirt saved a snapshot's memory. *ret stays NULL if the file does not exist, or
 * if libvirt is still writing it: libvirt lists a snapshot before it is complete.
 */
static int memory_node(struct adoption *a, const char *path, char **ret, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *known = NULL, *n = record_new(&node_class);
	_cleanup_free_ char *name = xasprintf("node:%s", path), *rest = NULL;
	struct content_stat file;

	if (disk_file_stat(content_of(a->s, path), &file, err) < 0)
		return -1;
	if (!file.exists)
		return 0;
	if (node_by_path(a->s, a->t, path, &known, err) < 0)
		return -1;
	if (known) {
		*ret = xstrdup(known->r.uuid);
		return 0;
	}
	if (memory_image_is_begun(content_of(a->s, path))) {
		a->unsure = true;
		return 0;
	}
	if (adopt_uuid(a->t, &node_class, a->s->here->uuid, name, &n->r.uuid, err) < 0 ||
		adopt_sr(a->s, a->t, path, false, &n->sr, &rest, err) < 0)
		return -1;
	str_replace(&n->path, rest);
	str_replace(&n->format, "raw");
	n->origin = NODE_ADOPTED_BASE;
	n->kind = NODE_MEMORY;
	n->state = NODE_FROZEN;
	if (disk_file_size(content_of(a->s, path), "raw", &n->virtual_size, err) < 0 ||
		record_add(a->t, &node_class, n, err) < 0)
		return -1;
	places_note(a->s, path, n->r.uuid);
	*ret = xstrdup(n->r.uuid);
	return 0;
}

/*
 * Makes the VDI for the memory of a libvirt snapshot: libvirt's file becomes the memory image of a checkpoint; if the
 * file does not exist, the VDI is marked as missing.
 */
static int make_memory(struct adoption *a, struct vxe_error *err)
{
	const char *path = a->of->memory_path;
	_cleanup_(vdi_free_cleanup) struct vdi *v = record_new(&vdi_class);
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_free_ char *rest = NULL;

	if (a->of->memory != HV_NOWHERE)
		a->snapshot->power_state = POWER_SUSPENDED;
	if (a->of->memory != HV_EXTERNAL || !path)
		return 0;
	if (memory_node(a, path, &v->node, err) < 0 ||
		adopt_sr(a->s, a->t, path, false, &v->sr, &rest, err) < 0 ||
		(v->node && node_get(a->t, v->node, &n, err) < 0))
		return -1;
	v->r.uuid = uuid_new();
	str_replace(&v->name_label, "Suspend image");
	str_replace(&v->name_description, "Suspend image");
	str_replace(&v->location, v->r.uuid);
	v->type = VDI_SUSPEND;
	v->is_a_snapshot = v->managed = true;
	v->snapshot_time = a->of->time;
	v->missing = !n;
	v->virtual_size = n ? n->virtual_size : 0;
	map_set(&v->sm_config, VDI_KEPT, VDI_KEPT_OUTSIDE);
	str_replace(&a->snapshot->suspend_vdi, v->r.uuid);
	return record_add(a->t, &vdi_class, v, err);
}

/* ---- the snapshot ---------------------------------------------------------------------------- */

static struct vm *new_snapshot(const struct adoption *a, const char *uuid, const char *parent)
{
	_cleanup_(vm_free_cleanup) struct vm *then = record_copy(&vm_class, a->vm);
	enum power_state state = a->of->paused ? POWER_PAUSED
		: a->of->running	       ? POWER_RUNNING
					       : POWER_HALTED;

	(void)vm_from_spec(then, a->then);
	struct vm *v = vm_for_snapshot(then, uuid, a->of->definition, state);

	str_replace(&v->name_label, a->of->name);
	str_replace(&v->name_description, a->of->description ? a->of->description : "");
	str_replace(&v->libvirt_snapshot, a->of->name);
	str_replace(&v->snapshots_seen, "");
	str_replace(&v->parent, parent);
	v->snapshot_time = a->of->time;
	map_set(&v->snapshot_info, VM_KEPT_BY_LIBVIRT,
		is_inside(a->of) ? VM_KEPT_INSIDE : VM_KEPT_OUTSIDE);
	return v;
}

static int make_parts(struct adoption *a, struct vxe_error *err)
{
	if (records_load(a->t, &vbd_class, "vm", a->vm->r.uuid, &a->vbds, err) < 0 ||
		make_memory(a, err) < 0 || record_add(a->t, &vm_class, a->snapshot, err) < 0)
		return -1;
	for (size_t i = 0; i < a->then->n_disks; i++)
		if (make_disk(a, &a->then->disks[i], err) < 0)
			return -1;
	for (size_t i = 0; i < a->then->n_nics; i++)
		if (!str_is_empty(a->then->nics[i].mac) &&
			adopt_vif(a->s, a->t, a->snapshot->r.uuid, a->then, &a->then->nics[i],
				err) < 0)
			return -1;
	return 0;
}

int adopt_snapshot(struct session *s, struct txn *t, const struct vm *vm,
	const struct hv_snapshot *of, const char *parent, struct vm **ret, bool *unsure,
	struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *then = NULL;
	_cleanup_free_ char *name = xasprintf("snapshot:%s:%" PRId64, of->name, of->time);
	_cleanup_free_ char *uuid = NULL;
	struct adoption a = { .s = s, .t = t, .vm = vm, .of = of };

	*ret = NULL;
	if (!of->definition) {
		session_notice(s, "libvirt's snapshot %s of %s is left out: it names no machine",
			of->name, vm->name_label);
		return 0;
	}
	if (spec_read(of->definition, &then, err) < 0 ||
		adopt_uuid(t, &vm_class, vm->r.uuid, name, &uuid, err) < 0)
		return -1;
	a.then = then;
	a.snapshot = new_snapshot(&a, uuid, parent);
	int r = make_parts(&a, err);

	records_clear(&a.vbds);
	*unsure |= a.unsure;
	if (r == 0)
		*ret = TAKE(a.snapshot);
	vm_free(a.snapshot);
	return r;
}

/* ---- a record that says a disk is missing -------------------------------------------------------- */

static int find_again(struct adoption *a, const struct vbd *vbd, struct vxe_error *err)
{
	const struct spec_disk *disk = spec_find_disk(a->then, vbd->target);
	_cleanup_(vdi_free_cleanup) struct vdi *v = NULL;
	_cleanup_(node_free_cleanup) struct node *n = NULL;
	_cleanup_free_ char *path = NULL;
	bool changed;

	if (!disk || !vbd->vdi || vdi_find(a->t, vbd->vdi, &v, err) < 0)
		return disk && vbd->vdi ? -1 : 0;
	if (!v || !v->missing || v->node || !vdi_is_kept(v) || vdi_is_inside(v))
		return 0;
	path = disk_path(a->s, disk);
	if (!path || place_of(a->of, vbd->target) != HV_EXTERNAL)
		return 0;
	if (find_external_content(a, disk, path, v, &n, &changed, err) < 0)
		return -1;
	if (!n)
		return changed ? record_save(a->t, &vdi_class, v, err) : 0;
	str_replace(&v->node, n->r.uuid);
	str_replace(&v->sr, n->sr);
	v->virtual_size = n->virtual_size;
	v->missing = false;
	return record_save(a->t, &vdi_class, v, err) < 0
		? -1
		: node_sync_base_copy(a->t, n->r.uuid, err);
}

static int find_memory_again(struct adoption *a, const char *vdi, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = NULL;
	_cleanup_(node_free_cleanup) struct node *n = NULL;

	if (!vdi || a->of->memory != HV_EXTERNAL || !a->of->memory_path)
		return 0;
	if (vdi_find(a->t, vdi, &v, err) < 0)
		return -1;
	if (!v || !v->missing || v->node || !vdi_is_kept(v))
		return 0;
	if (memory_node(a, a->of->memory_path, &v->node, err) < 0)
		return -1;
	if (!v->node)
		return 0;
	if (node_get(a->t, v->node, &n, err) < 0)
		return -1;
	v->virtual_size = n->virtual_size;
	v->missing = false;
	return record_save(a->t, &vdi_class, v, err);
}

int adopt_again(struct session *s, struct txn *t, const struct vm *vm, const struct vm *snapshot,
	const struct hv_snapshot *of, bool *unsure, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *then = NULL;
	_cleanup_records_ struct records vbds = { 0 };
	struct adoption a = { .s = s, .t = t, .vm = vm, .of = of };

	if (!of->definition)
		return 0;
	if (spec_read(of->definition, &then, err) < 0 ||
		records_load(t, &vbd_class, "vm", snapshot->r.uuid, &vbds, err) < 0)
		return -1;
	a.then = then;
	for (size_t i = 0; i < vbds.n; i++)
		if (find_again(&a, vbds.items[i], err) < 0)
			return -1;
	if (find_memory_again(&a, snapshot->suspend_vdi, err) < 0)
		return -1;
	*unsure |= a.unsure;
	return 0;
}

/* ---- a snapshot that libvirt no longer has --------------------------------------------------- */

static int end_vdi(struct txn *t, const char *uuid, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = NULL;
	_cleanup_records_ struct records above = { 0 };
	bool named = false;
	int adopted = 1;

	if (vdi_find(t, uuid, &v, err) < 0)
		return -1;
	if (!v || !vdi_is_kept(v))
		return 0;
	if (v->node &&
		(node_is_named(t, v->node, uuid, &named, err) < 0 ||
			node_children(t, v->node, &above, err) < 0))
		return -1;
	if (v->node)
		adopted = chain_is_adopted(t, v->node, err);
	if (adopted < 0)
		return -1;
	if (!adopted && !named && !above.n) {
		/*
		 * Keeps the snapshot's VDI, as an ordinary one, if nothing else names a layer that vxe made: without
		 * a name a merge would remove the layer's file.
		 */
		v->is_a_snapshot = v->read_only = false;
		v->snapshot_time = 0;
		str_replace(&v->snapshot_of, NULL);
		map_remove(&v->sm_config, VDI_KEPT);
		return record_save(t, &vdi_class, v, err);
	}
	if (txn_del(t, vdi_class.name, uuid, err) < 0 ||
		(v->node && node_sync_base_copy(t, v->node, err) < 0))
		return -1;
	return v->node ? forget_chain(t, v->node, err) : 0;
}

static int end_parts(struct txn *t, const struct class *c, const char *vm, struct vxe_error *err)
{
	_cleanup_records_ struct records parts = { 0 };

	if (records_load(t, c, "vm", vm, &parts, err) < 0)
		return -1;
	for (size_t i = 0; i < parts.n; i++) {
		const struct vbd *vbd = c == &vbd_class ? parts.items[i] : NULL;

		if (txn_del(t, c->name, ((const struct record *)parts.items[i])->uuid, err) < 0 ||
			(vbd && vbd->vdi && end_vdi(t, vbd->vdi, err) < 0))
			return -1;
	}
	return 0;
}

static void end_parent(struct vm *child, const struct vm *snapshot)
{
	if (child && str_eq(child->parent, snapshot->r.uuid))
		str_replace(&child->parent, snapshot->parent);
}

int forget_snapshot(struct txn *t, const struct vm *snapshot, struct vm *vm,
	const struct records *copies, struct vxe_error *err)
{
	_cleanup_records_ struct records children = { 0 };
	const char *uuid = snapshot->r.uuid;

	if (records_load(t, &vm_class, "parent", uuid, &children, err) < 0)
		return -1;
	for (size_t i = 0; i < children.n; i++) {
		struct vm *child = children.items[i];

		end_parent(child, snapshot);
		if (!(vm && str_eq(child->r.uuid, vm->r.uuid)) &&
			record_save(t, &vm_class, child, err) < 0)
			return -1;
	}
	end_parent(vm, snapshot);
	for (size_t i = 0; copies && i < copies->n; i++)
		end_parent(copies->items[i], snapshot);
	_cleanup_(vdi_free_cleanup) struct vdi *image = NULL;

	if (vm_memory_ending(t, snapshot, NULL, &image, err) < 0 ||
		end_parts(t, &vbd_class, uuid, err) < 0 ||
		end_parts(t, &vif_class, uuid, err) < 0 ||
		(image && end_vdi(t, image->r.uuid, err) < 0))
		return -1;
	return txn_del(t, vm_class.name, uuid, err);
}

/* ---- a snapshot whose domain has gone -------------------------------------------------------- */

static int take_over_vdi(struct txn *t, const char *uuid, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *v = NULL;

	if (!uuid || vdi_find(t, uuid, &v, err) < 0)
		return uuid ? -1 : 0;
	if (!v || !vdi_is_kept(v))
		return 0;
	map_remove(&v->sm_config, VDI_KEPT);
	map_remove(&v->sm_config, VDI_WRITTEN);
	return record_save(t, &vdi_class, v, err);
}

int take_over_snapshot(struct txn *t, struct vm *snapshot, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	if (records_load(t, &vbd_class, "vm", snapshot->r.uuid, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++)
		if (take_over_vdi(t, ((const struct vbd *)vbds.items[i])->vdi, err) < 0)
			return -1;
	if (take_over_vdi(t, snapshot->suspend_vdi, err) < 0)
		return -1;
	str_replace(&snapshot->libvirt_snapshot, "");
	map_remove(&snapshot->snapshot_info, VM_KEPT_BY_LIBVIRT);
	return record_save(t, &vm_class, snapshot, err);
}
