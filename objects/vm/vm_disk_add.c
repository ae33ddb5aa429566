/* SPDX-License-Identifier: MIT */
/*
 * vm-disk-add: adds an empty disk to the definition and, when the VM runs, plugs it at once. The
 * commit point is the definition; if plugging fails, the VM gets the disk at its next start, as in
 * xe.
 */
#include "objects/base/log.h"
#include "objects/base/uuid.h"
#include "objects/classes/host/pool.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/sr_place.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/devices/device_choose.h"
#include "objects/domain/vm_load.h"
#include "objects/disks/disks.h"
#include "objects/engine/op.h"
#include "objects/session/disk_chain.h"
#include "objects/vm/vm_ops.h"

#include <inttypes.h>
#include <string.h>

#define SECTOR 512

/* ---- steps ----------------------------------------------------------------------------------- */

static int plug(struct op *op, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error refused = { 0 };
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;
	struct hv *hv;

	if (!op->plan.running)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0 || spec_read(op->plan.xml_after, &spec, err) < 0)
		return -1;
	const struct spec_disk *disk = spec_find_disk(spec, op->plan.disks[0].target);

	if (disk && hv_attach_disk(hv, op->plan.domain, disk, &refused) < 0)
		log_warn("the guest gets the disk at its next start: %s",
			refused.n_params ? refused.params[refused.n_params - 1] : "");
	return 0;
}

static const struct step disk_add_steps[] = {
	{ "make-disk", DISK(MAKE_OVERLAYS), false },
	{ "define", DISK(DEFINE), true },
	{ "plug", DO(plug, NULL), false },
	{ 0 },
};

const struct op_type vm_disk_add_op = { "vm-disk-add", "create_vdi", disk_add_steps, NULL, NULL };

/* ---- plan ------------------------------------------------------------------------------------ */

struct wish {
	const char *vm, *device, *sr;
	int64_t size;
};

static int find_new_disk_sr(
	struct session *s, struct txn *t, const char *uuid, struct sr **ret, struct vxe_error *err)
{
	if ((uuid ? sr_get(t, uuid, ret, err) : sr_default(s, t, ret, err)) < 0)
		return -1;
	return *ret ? 0
		    : vxe_fail_text(err,
			      "No default Pool SR set; you must specify an SR on the commandline");
}

static void plan_records(const struct wish *w, const struct sr *sr,
	const struct device_place *place, struct plan *p, const char *node_uuid)
{
	_cleanup_(node_free_cleanup) struct node *node = record_new(&node_class);
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = record_new(&vdi_class);
	_cleanup_(vbd_free_cleanup) struct vbd *vbd = record_new(&vbd_class);

	node->r.uuid = xstrdup(node_uuid);
	str_replace(&node->sr, sr->r.uuid);
	free(node->path);
	node->path = xasprintf("%s.qcow2", node_uuid);
	str_replace(&node->format, "qcow2");
	node->origin = NODE_MADE;
	node->state = NODE_WRITABLE;
	node->virtual_size = w->size;
	plan_add(p, &node_class, node);

	vdi->r.uuid = uuid_new();
	str_replace(&vdi->name_label, "Created by xe");
	str_replace(&vdi->name_description, "Created by xe");
	str_replace(&vdi->sr, sr->r.uuid);
	str_replace(&vdi->location, vdi->r.uuid);
	str_replace(&vdi->node, node_uuid);
	vdi->virtual_size = w->size;
	vdi->type = VDI_USER;
	vdi->managed = true;
	plan_add(p, &vdi_class, vdi);
	p->disks[0].vdi = xstrdup(vdi->r.uuid);

	vbd->r.uuid = uuid_new();
	str_replace(&vbd->vm, w->vm);
	str_replace(&vbd->vdi, vdi->r.uuid);
	str_replace(&vbd->userdevice, place->userdevice);
	str_replace(&vbd->device, place->target);
	str_replace(&vbd->target, place->target);
	vbd->mode = VBD_RW;
	vbd->type = VBD_DISK;
	vbd->unpluggable = true;
	map_set(&vbd->other_config, "owner", "");
	plan_add(p, &vbd_class, vbd);
}

static int plan_disk_definition(struct session *s, struct vm_loaded *l,
	const struct device_place *place, struct plan *p, struct vxe_error *err)
{
	struct spec_disk *disk = spec_add_disk(l->spec);

	disk->target = xstrdup(place->target);
	disk->bus = xstrdup(place->bus);
	disk->device = DISK_DISK;
	plan_disk_put(&p->disks[0], true, disk);
	str_replace(&l->spec->store, s->store_uuid);
	p->xml_before = xstrdup(l->xml);
	return definition_patch(s, l->xml, l->spec, &p->xml_after, err);
}

static int check_new_disk(
	struct session *s, const struct sr *sr, int64_t size, struct vxe_error *err)
{
	if (size <= 0) {
		_cleanup_free_ char *text = xasprintf("%" PRId64, size);

		return vxe_fail(err, INVALID_VALUE, "disk-size", text);
	}
	return sr_check_takes_files(s, sr, err);
}

static int plan_disk_add(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct wish *w = ctx;
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	_cleanup_place_ struct device_place place = { 0 };
	_cleanup_free_ char *node = uuid_new();
	_cleanup_txn_ struct txn *t = NULL;

	locks_add(&p->locks, LOCK_RECORD, w->vm, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vm_load(s, w->vm, VM_LOAD_ACT, &l, err) < 0)
		return -1;
	/* the memory of a Suspended VM fits only its present devices */
	if (vm_power(l) == POWER_SUSPENDED)
		return vxe_fail(
			err, VM_BAD_POWER_STATE, w->vm, "halted, paused, running", "suspended");
	if (!l->spec)
		return vxe_fail(err, OPERATION_NOT_ALLOWED, "the VM has no domain");
	if (device_choose(l, w->device, false, &place, err) < 0 ||
		txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		find_new_disk_sr(s, t, w->sr, &sr, err) < 0 ||
		check_new_disk(s, sr, w->size, err) < 0)
		return -1;
	p->object = xstrdup(w->vm);
	p->domain = xstrdup(w->vm);
	p->commit = COMMIT_DEFINE;
	p->running = l->live != NULL;

	_cleanup_free_ char *file = xasprintf("%s.qcow2", node);
	struct plan_disk *disk = plan_add_disk(p);

	disk->target = xstrdup(place.target);
	disk->new_node = xstrdup(node);
	disk->new_path = sr_image_place(sr, file);
	disk->virtual_size = w->size;
	disk->make = true;
	plan_records(w, sr, &place, p, node);
	return plan_disk_definition(s, l, &place, p, err);
}

int vm_disk_add(struct session *s, const char *uuid, const char *device, int64_t size,
	const char *sr, struct vxe_error *err)
{
	/* The size is rounded up to whole sectors, as in every SR. */
	struct wish w = { uuid, device, sr, (size + SECTOR - 1) / SECTOR * SECTOR };

	return op_run(s, &vm_disk_add_op, plan_disk_add, &w, NULL, err);
}
