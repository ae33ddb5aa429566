/* SPDX-License-Identifier: MIT */
/*
 * vbd-param-set mode=: the definition of the halted VM says whether its guest may write to the disk, so the record changes
 * together with it.
 */
#include "objects/devices/vbd_mode.h"

#include "objects/devices/device.h"
#include "objects/devices/vbd_plug.h"
#include "objects/disks/disks.h"
#include "objects/domain/vm_load.h"
#include "objects/model/json.h"
#include "objects/storage/vdi_loaded.h"

struct mode_change {
	const struct vbd *before, *after;
};

/* Recovery's question: 1 if the inactive definition has the mode that was planned. */
static int mode_probe(struct op *op, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *now = NULL, *after = NULL;

	if (!op->plan.domain)
		return 0;
	if (session_spec(op->s->here, op->plan.domain, HV_XML_INACTIVE, &now, err) < 0 ||
		spec_read(op->plan.xml_after, &after, err) < 0)
		return -1;
	const char *target = plan_device_key(&op->plan);
	const struct spec_disk *is = spec_find_disk(now, target);
	const struct spec_disk *wanted = spec_find_disk(after, target);

	return is && wanted && is->readonly == wanted->readonly;
}

static const struct step vbd_mode_steps[] = {
	{ "define", DISK(DEFINE), true },
	{ 0 },
};
const struct op_type vbd_mode_op = { "vbd-param-set", NULL, vbd_mode_steps,
	PLAN_MEMBERS(device_members), mode_probe };

/* Refuses to let the guest write to what must not change, as vbd-create does. */
static int check_writable(struct session *s, const struct vbd *after, struct vxe_error *err)
{
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };

	if (after->mode == VBD_RO)
		return 0;
	if (after->type == VBD_CD)
		return vxe_fail(err, VBD_CDS_MUST_BE_READONLY);
	if (!after->vdi)
		return 0;
	return vdi_load(s, after->vdi, LEASE_EXCLUSIVE, NULL, &u, err) < 0
		? -1
		: vdi_check_attach(&u, VBD_RW, err);
}

/* Plans the fields that the caller has changed; others may change meanwhile. */
static void plan_fields(const struct mode_change *c, struct plan *p)
{
	_cleanup_json_ struct json_object *before = record_encode(&vbd_class, c->before);
	_cleanup_json_ struct json_object *after = record_encode(&vbd_class, c->after);
	struct json_object_iterator i = json_object_iter_begin(after);
	struct json_object_iterator end = json_object_iter_end(after);

	for (; !json_object_iter_equal(&i, &end); json_object_iter_next(&i)) {
		const char *key = json_object_iter_peek_name(&i);
		struct json_object *value = json_object_iter_peek_value(&i), *was = NULL;

		json_object_object_get_ex(before, key, &was);
		if (!json_object_equal(value, was))
			plan_set(p, &vbd_class, c->after->r.uuid, key, json_object_get(value));
	}
}

static int plan_mode(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct mode_change *c = ctx;
	_cleanup_(vbd_free_cleanup) struct vbd *vbd = NULL;
	_cleanup_loaded_ struct vm_loaded *l = NULL;
	struct spec_disk *disk;

	if (vbd_load_for(s, c->after->r.uuid, p, &vbd, err) < 0)
		return -1;
	if (p->draft)
		return 0;
	if (vm_load(s, vbd->vm, VM_LOAD_ACT, &l, err) < 0 || device_check_halted(l, err) < 0 ||
		vm_check_saved(l, err) < 0 || (l->spec && check_writable(s, c->after, err) < 0))
		return -1;
	disk = l->spec ? spec_find_disk(l->spec, vbd->target) : NULL;
	if (disk)
		disk->readonly = c->after->mode == VBD_RO;
	plan_fields(c, p);
	plan_device(p, "disk", vbd->target, LIVE_NOTHING);
	return plan_device_domain(s, l, p, err);
}

int vbd_set_mode(
	struct session *s, const struct vbd *before, const struct vbd *after, struct vxe_error *err)
{
	struct mode_change c = { before, after };

	return op_run(s, &vbd_mode_op, plan_mode, &c, NULL, err);
}
