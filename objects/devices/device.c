/* SPDX-License-Identifier: MIT */
/*
 * Steps that the operations on VBDs and VIFs share, and the functions by which recovery finds out how far such an
 * operation got.
 */
#include "objects/devices/device.h"

#include "objects/classes/vm/plugged.h"
#include "objects/domain/vm_load.h"
#include "objects/domain/vm_networks.h"
#include "objects/domain/vm_spec.h"
#include "objects/session/disk_chain.h"
#include "objects/session/disk_path.h"

#define KIND "device-kind"
#define KEY "device-key"
#define LIVE "device-live"
#define TYPE "device-type"
#define RECORD "device-record"

const struct plan_member device_members[] = {
	{ KIND, PLAN_STRING, "disk or nic" },
	{ KEY, PLAN_STRING, "the disk's target, or the card as in vif_card()" },
	{ LIVE, PLAN_STRING, "change in the running guest: attach, detach, change, or empty" },
	{ TYPE, PLAN_STRING, "class of its record, for an error" },
	{ RECORD, PLAN_UUID, "its record, for an error" },
	{ 0 },
};

static const char *const live_words[] = { "", "attach", "detach", "change" };

/* ---- planning -------------------------------------------------------------------------------- */

void plan_device(struct plan *p, const char *kind, const char *key, enum device_live live)
{
	plan_keep(p, KIND, kind);
	plan_keep(p, KEY, key);
	plan_keep(p, LIVE, live_words[live]);
}

void plan_device_record(struct plan *p, const char *type, const char *uuid)
{
	plan_keep(p, TYPE, type);
	plan_keep(p, RECORD, uuid);
}

const char *plan_device_key(const struct plan *p)
{
	return plan_string(p, KEY);
}

int plan_device_domain(
	struct session *s, struct vm_loaded *l, struct plan *p, struct vxe_error *err)
{
	p->object = xstrdup(l->vm->r.uuid);
	p->commit = COMMIT_STORE;
	if (!l->spec)
		return 0;
	p->domain = xstrdup(l->vm->r.uuid);
	p->commit = COMMIT_DEFINE;
	p->running = l->live != NULL;
	p->xml_before = xstrdup(l->xml);
	str_replace(&l->spec->store, s->store_uuid);
	if (vm_from_spec(
		    l->vm, l->spec)) /* the definition's boot order has changed HVM-boot-params */
		plan_set_field(p, &vm_class, l->vm, "HVM-boot-params");
	return definition_patch(s, l->xml, l->spec, &p->xml_after, err);
}

static int bad_state(const struct vm_loaded *l, const char *expected, struct vxe_error *err)
{
	static const char *const words[] = { [POWER_HALTED] = "halted",
		[POWER_PAUSED] = "paused",
		[POWER_RUNNING] = "running",
		[POWER_SUSPENDED] = "suspended" };

	return vxe_fail(err, VM_BAD_POWER_STATE, l->vm->r.uuid, expected, words[vm_power(l)]);
}

int device_check_vm(const struct vm_loaded *l, struct vxe_error *err)
{
	if (l->vm->is_control_domain)
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"The control domain is the host itself and has no virtual devices.");
	if (!l->vm->is_a_template && vm_power(l) == POWER_SUSPENDED)
		return bad_state(l, "halted, running", err);
	return 0;
}

int device_check_halted(const struct vm_loaded *l, struct vxe_error *err)
{
	return vm_power(l) == POWER_HALTED ? 0 : bad_state(l, "halted", err);
}

int device_check_running(const struct vm_loaded *l, struct vxe_error *err)
{
	return l->live ? 0 : bad_state(l, "running", err);
}

/* ---- live ------------------------------------------------------------------------------------ */

static bool is_disk(const struct op *op)
{
	return str_eq(plan_string(&op->plan, KIND), "disk");
}

static bool has_device(const struct op *op, const struct domain_spec *spec)
{
	const char *key = plan_string(&op->plan, KEY);

	return is_disk(op) ? spec_find_disk(spec, key) != NULL : spec_find_nic(spec, key) != NULL;
}

/*
 * Turns libvirt's error about unplugging a device into xe's DEVICE_DETACH_REJECTED; libvirt does not say whether the
 * guest refused or the call failed.
 */
static int rejected(struct op *op, struct vxe_error *why, struct vxe_error *err)
{
	const char *type = plan_string(&op->plan, TYPE), *record = plan_string(&op->plan, RECORD);

	if (why->code != VXE_HYPERVISOR_FAILED || !type) {
		error_move(err, why);
		return -1;
	}
	return vxe_fail(err, DEVICE_DETACH_REJECTED, type, record,
		why->n_params ? why->params[why->n_params - 1] : "");
}

static int detach(struct op *op, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error why = { 0 };
	const char *key = plan_string(&op->plan, KEY);
	struct hv *hv;
	bool up;

	if (session_hv(op->s->here, &hv, err) < 0 || hv_is_up(hv, op->plan.domain, &up, err) < 0)
		return -1;
	if (!up)
		return 0;
	int r = is_disk(op) ? hv_detach_disk(hv, op->plan.domain, key, &why)
			    : hv_detach_nic(hv, op->plan.domain, key, &why);

	return r < 0 ? rejected(op, &why, err) : 0;
}

/*
 * Makes the device in the running domain as it is in @definition: plugs it, or (@is_there) changes its medium or
 * network. Does nothing when the domain is off or the device is right already.
 */
static int follow(struct op *op, const char *definition, bool is_there, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *live = NULL, *want = NULL;
	const char *vm = op->plan.domain, *key = plan_string(&op->plan, KEY);
	struct hv *hv;
	bool up;

	if (session_hv(op->s->here, &hv, err) < 0 || hv_is_up(hv, vm, &up, err) < 0)
		return -1;
	if (!up)
		return 0;
	if (session_spec(op->s->here, vm, HV_XML_LIVE, &live, err) < 0 ||
		spec_read(definition, &want, err) < 0)
		return -1;
	if (has_device(op, live) != is_there || !has_device(op, want))
		return 0;
	const struct spec_disk *disk = is_disk(op) ? spec_find_disk(want, key) : NULL;

	if (disk)
		return is_there ? hv_change_media(hv, vm, disk, err)
				: hv_attach_disk(hv, vm, disk, err);
	if (networks_start(op, err) < 0)
		return -1;
	return is_there ? hv_update_nic(hv, vm, key, spec_find_nic(want, key), err)
			: hv_attach_nic(hv, vm, definition, key, err);
}

static enum device_live wish(const struct op *op)
{
	const char *word = plan_string(&op->plan, LIVE);

	for (size_t i = 0; i < ARRAY_LEN(live_words); i++)
		if (str_eq(word, live_words[i]))
			return (enum device_live)i;
	return LIVE_NOTHING;
}

int step_live(struct op *op, struct vxe_error *err)
{
	if (!op->plan.domain || !op->plan.running)
		return 0;
	switch (wish(op)) {
	case LIVE_ATTACH:
		return follow(op, op->plan.xml_after, false, err);
	case LIVE_DETACH:
		return detach(op, err);
	case LIVE_CHANGE:
		return follow(op, op->plan.xml_after, true, err);
	case LIVE_NOTHING:
		break;
	}
	return 0;
}

int step_live_before(struct op *op, struct vxe_error *err)
{
	if (!op->plan.domain || !op->plan.running)
		return 0;
	switch (wish(op)) {
	case LIVE_ATTACH:
		return detach(op, err);
	case LIVE_DETACH:
		return follow(op, op->plan.xml_before, false, err);
	case LIVE_CHANGE:
		return follow(op, op->plan.xml_before, true, err);
	case LIVE_NOTHING:
		break;
	}
	return 0;
}

/* ---- recovery -------------------------------------------------------------------------------- */

int device_probe(struct op *op, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *now = NULL, *after = NULL;

	if (!op->plan.domain)
		return 0;
	if (session_spec(op->s->here, op->plan.domain, HV_XML_INACTIVE, &now, err) < 0 ||
		spec_read(op->plan.xml_after, &after, err) < 0)
		return -1;
	/*
	 * Returns 1 if the present definition and the planned one both have the device, with the same file or network,
	 * or neither has it.
	 */
	const char *key = plan_string(&op->plan, KEY);

	if (!has_device(op, now) || !has_device(op, after))
		return has_device(op, now) == has_device(op, after);
	if (is_disk(op))
		return disk_is_same(
			op->s, spec_find_disk(now, key), spec_find_disk(after, key), err);
	return str_eq(spec_find_nic(now, key)->type, spec_find_nic(after, key)->type) &&
		str_eq(spec_find_nic(now, key)->source, spec_find_nic(after, key)->source);
}

/*
 * Recovery's question whether a plug or unplug took effect: 1 if the live XML is as planned. A domain that is off has
 * no live devices, so only the record has to change: 1, too.
 */
int device_live_probe(struct op *op, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *live = NULL;
	struct hv *hv;
	bool up;

	if (session_hv(op->s->here, &hv, err) < 0 || hv_is_up(hv, op->plan.domain, &up, err) < 0)
		return -1;
	if (!up)
		return 1;
	if (session_spec(op->s->here, op->plan.domain, HV_XML_LIVE, &live, err) < 0)
		return -1;
	return has_device(op, live) == (wish(op) == LIVE_ATTACH);
}
