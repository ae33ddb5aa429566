/* SPDX-License-Identifier: MIT */
/* Suspend images (files with a guest's memory): chooses their SR, makes their records and files. */
#include "objects/guest_state/suspend_image.h"

#include "backends/content/content.h"
#include "backends/hv/memory_image.h"
#include "objects/base/uuid.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/pbd.h"
#include "objects/classes/storage/sr_place.h"
#include "objects/classes/vm/vm_memory.h"
#include "objects/engine/plan_space.h"
#include "objects/disks/images/image_make.h"

#include <json-c/json.h>
#include <string.h>

/* bytes that a memory image takes beyond the guest's memory */
#define SLACK (16 * INT64_C(1024) * 1024)

/* ---- planning -------------------------------------------------------------------------------- */

/*
 * *ret: the SR that the VM names for its memory images; if it names none, or a forgotten one, the SR that the pool
 * names.
 */
static int suspend_sr(struct session *s, struct txn *t, const struct vm *vm, struct sr **ret,
	struct vxe_error *err)
{
	_cleanup_(pool_free_cleanup) struct pool *pool = NULL;

	if (pool_get(t, s->store_uuid, &pool, err) < 0)
		return -1;
	if (!str_is_empty(vm->suspend_sr) && sr_find(t, vm->suspend_sr, ret, err) < 0)
		return -1;
	if (!*ret && !str_is_empty(pool->suspend_image_sr) &&
		sr_default_here(s, t, pool->suspend_image_sr, ret, err) < 0)
		return -1;
	if (!*ret || str_is_empty((*ret)->path))
		return vxe_fail(err, VM_NO_SUSPEND_SR, vm->r.uuid);
	return 0;
}

int image_check_devices(const struct vm_loaded *l, struct vxe_error *err)
{
	if (l->live->host_devices)
		return vxe_fail(err, VM_HAS_PCI_ATTACHED, l->vm->r.uuid);
	if (l->live->file_systems)
		return vxe_fail(err, VM_NON_SUSPENDABLE, l->vm->r.uuid,
			"it shares a file system of the host");
	if (l->live->memory_peer)
		return vxe_fail(err, VM_NON_SUSPENDABLE, l->vm->r.uuid,
			"it shares memory with other guests (<shmem>) and is not the master of it");
	if (l->live->unnamed.n) {
		_cleanup_free_ char *all = strv_join(&l->live->unnamed, ", ");
		_cleanup_free_ char *why = xasprintf(
			"it keeps data where no <disk> of its definition says so: %s", all);

		return vxe_fail(err, VM_NON_SUSPENDABLE, l->vm->r.uuid, why);
	}
	for (size_t i = 0; i < l->live->n_disks; i++) {
		const struct spec_disk *d = &l->live->disks[i];

		if (!spec_is_extra(l->spec, d))
			continue;
		_cleanup_free_ char *why =
			xasprintf("its definition does not have the disk %s (%s)", d->target,
				spec_disk_at(d));

		return vxe_fail(err, VM_NON_SUSPENDABLE, l->vm->r.uuid, why);
	}
	return 0;
}

static struct vdi *image_vdi(const char *sr, const char *node, bool snapshot)
{
	struct vdi *v = record_new(&vdi_class);

	v->r.uuid = uuid_new();
	str_replace(&v->name_label, "Suspend image");
	str_replace(&v->name_description, "Suspend image");
	str_replace(&v->location, v->r.uuid);
	str_replace(&v->sr, sr);
	str_replace(&v->node, node);
	v->type = VDI_SUSPEND;
	v->is_a_snapshot = snapshot;
	v->managed = true;
	return v;
}

void image_plan_records(const struct sr *sr, int64_t bytes, bool snapshot, struct plan *p)
{
	_cleanup_(node_free_cleanup) struct node *n = record_new(&node_class);
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	_cleanup_free_ char *path = NULL;

	n->r.uuid = uuid_new();
	str_replace(&n->sr, sr->r.uuid);
	free(n->path);
	n->path = xasprintf("%s.mem", n->r.uuid);
	str_replace(&n->format, "raw");
	n->origin = NODE_MADE;
	n->kind = NODE_MEMORY;
	n->state = NODE_FROZEN;
	n->old_mode = 0600;
	plan_add(p, &node_class, n);
	vdi = image_vdi(sr->r.uuid, n->r.uuid, snapshot);
	plan_add(p, &vdi_class, vdi);
	if (snapshot)
		plan_set_now(p, &vdi_class, vdi->r.uuid, "snapshot-time");
	path = sr_image_place(sr, n->path);
	plan_need_memory(p, path, bytes, sr->r.uuid);
	plan_keep(p, "memory-path", path);
	plan_keep(p, "memory-sr", sr->r.uuid);
	plan_keep(p, "memory", n->r.uuid);
	plan_keep(p, "image", vdi->r.uuid);
}

int image_plan(struct session *s, struct txn *t, const struct vm_loaded *l, bool snapshot,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	if (suspend_sr(s, t, l->vm, &sr, err) < 0 || sr_check_takes_files(s, sr, err) < 0)
		return -1;
	image_plan_records(sr, l->live->memory + SLACK, snapshot, p);
	return 0;
}

void image_plan_copy(const struct vdi *of, bool snapshot, struct plan *p, char **ret)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = image_vdi(of->sr, of->node, snapshot);

	vdi->virtual_size = of->virtual_size;
	if (snapshot)
		str_replace(&vdi->snapshot_of, of->r.uuid);
	plan_add(p, &vdi_class, vdi);
	if (snapshot)
		plan_set_now(p, &vdi_class, vdi->r.uuid, "snapshot-time");
	*ret = xstrdup(vdi->r.uuid);
}

int image_find(
	struct session *s, struct txn *t, const struct vm *vm, char **path, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *image = NULL;
	_cleanup_(node_free_cleanup) struct node *node = NULL;
	_cleanup_free_ char *found = NULL;

	if (vm_memory_find(t, vm, &image, err) < 0)
		return -1;
	if (!image)
		return vxe_fail(err, VM_HAS_NO_SUSPEND_VDI, vm->r.uuid);
	if (image->node && node_find(t, image->node, &node, err) < 0)
		return -1;
	if (!node)
		return vxe_fail(err, SUSPEND_IMAGE_NOT_ACCESSIBLE, image->r.uuid);
	if (node_path(t, node, &found, err) < 0)
		return -1;
	int whole = memory_image_complete(content_of(s, found), err);
	if (whole < 0)
		return -1;
	if (!whole)
		return vxe_fail(err, SUSPEND_IMAGE_NOT_ACCESSIBLE, image->r.uuid);
	*path = TAKE(found);
	return 0;
}

/* ---- steps ----------------------------------------------------------------------------------- */

int memory_make(struct op *op, const char *path, int64_t bytes, struct vxe_error *err)
{
	return image_make_raw(content_of(op->s, path), bytes, err);
}

int memory_bind(struct op *op, const char *path, const char *xml, struct vxe_error *err)
{
	return memory_image_set_xml(content_of(op->s, path), xml, err);
}

int image_is_complete(struct op *op, struct vxe_error *err)
{
	return memory_image_complete(content_of(op->s, plan_string(&op->plan, "memory-path")), err);
}

int image_seal(struct op *op, struct vxe_error *err)
{
	struct plan *p = &op->plan;
	const char *path = plan_string(p, "memory-path");
	int64_t size;
	mode_t mode;

	if (memory_image_correct(content_of(op->s, path), err) < 0 ||
		content_freeze(content_of(op->s, path), &mode, err) < 0 ||
		content_sync(content_of(op->s, path), err) < 0 ||
		content_size(content_of(op->s, path), "raw", &size, err) < 0)
		return -1;
	plan_set(p, &node_class, plan_string(p, "memory"), "virtual_size",
		json_object_new_int64(size));
	plan_set(p, &vdi_class, plan_string(p, "image"), "virtual-size",
		json_object_new_int64(size));
	return 0;
}

int image_drop(struct op *op, struct vxe_error *err)
{
	const char *path = plan_string(&op->plan, "memory-path");

	return path ? content_remove(content_of(op->s, path), err) : 0;
}

unsigned image_how(const struct op *op)
{
	return plan_bool(&op->plan, "bypass-cache") ? HV_BYPASS_CACHE : 0;
}

static const char *message_of(const struct vxe_error *err)
{
	return err->code == VXE_HYPERVISOR_FAILED && err->n_params > 1 ? err->params[1] : "";
}

void image_explain(struct op *op, struct vxe_error *err)
{
	const char *sr = plan_string(&op->plan, "memory-sr");
	const char *path = plan_string(&op->plan, "memory-path");
	bool full = strstr(message_of(err), "No space left") != NULL;
	bool direct = path && strstr(message_of(err), path) &&
		/* libvirt's message when a file could not be opened with O_DIRECT */
		strstr(message_of(err), "Invalid argument");

	if (full && sr) {
		error_clear(err);
		(void)vxe_fail(err, SR_SUSPEND_SPACE_INSUFFICIENT, sr);
	} else if (direct && image_how(op) & HV_BYPASS_CACHE) {
		error_clear(err);
		(void)vxe_fail(err, VXE_IMAGE_FAILED, path,
			"its file system cannot bypass the host's cache: leave bypass-cache=true "
			"out");
	}
}
