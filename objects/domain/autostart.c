/* SPDX-License-Identifier: MIT */
/* libvirt's autostart flag of a domain, in plans and as a step. */
#include "objects/domain/autostart.h"

#include "objects/classes/vm/vm_platform.h"

const struct plan_member autostart_members[] = {
	{ "autostart-before", PLAN_BOOL, "libvirt started the domain at boot" },
	{ "autostart-after", PLAN_BOOL, "libvirt shall start the domain at boot" },
	{ 0 },
};

int autostart_plan(struct session *s, struct plan *p, bool after, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;
	bool before = false;

	if (session_hv(s->here, &hv, err) < 0 || hv_find(hv, p->domain, &d, err) < 0 ||
		(d.uuid && hv_autostart(hv, p->domain, &before, err) < 0))
		return -1;
	plan_keep_bool(p, "autostart-before", before);
	plan_keep_bool(p, "autostart-after", after);
	return 0;
}

void autostart_plan_back(const struct vm_loaded *l, struct plan *p)
{
	plan_keep_bool(p, "autostart-before", l->spec && l->spec->autostart);
}

void autostart_plan_new(const struct vm *vm, struct plan *p, bool *later)
{
	bool on = vm_autostarts(vm), suspended = vm->power_state == POWER_SUSPENDED;

	if (on && !suspended)
		plan_keep_bool(p, "autostart-after", true);
	*later = on && suspended;
}

/*
 * Sets libvirt's autostart flag of the plan's domain to the plan's member @wish, if the plan has it and the domain is
 * persistent.
 */
static int set_autostart(struct op *op, const char *wish, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;
	bool now = false;

	if (!plan_has(&op->plan, wish))
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0 || hv_find(hv, op->plan.domain, &d, err) < 0)
		return -1;
	if (!d.uuid || !d.persistent)
		return 0;
	if (hv_autostart(hv, op->plan.domain, &now, err) < 0)
		return -1;
	bool on = plan_bool(&op->plan, wish);

	return now == on ? 0 : hv_set_autostart(hv, op->plan.domain, on, err);
}

int step_autostart(struct op *op, struct vxe_error *err)
{
	return set_autostart(op, "autostart-after", err);
}

int step_autostart_before(struct op *op, struct vxe_error *err)
{
	return set_autostart(op, "autostart-before", err);
}
