/* SPDX-License-Identifier: MIT */
/* `vxe check`: schedules that take no snapshots, although somebody relies on them. */
#include "objects/check/check_areas.h"

#include "objects/base/clock.h"
#include "objects/classes/vm/vm.h"
#include "objects/schedule/schedule_run.h"

static int check_late(struct check *c, struct vxe_error *err)
{
	_cleanup_records_ struct records late = { 0 };
	_cleanup_free_ char *why = NULL;

	if (schedule_late(c->s, &late, &why, err) < 0)
		return -1;
	for (size_t i = 0; i < late.n; i++) {
		const struct vmss *v = late.items[i];

		check_found(c, "schedule", "VMSS", v->r.uuid, "the run of '%s' is late: %s; end it",
			v->name_label, why);
	}
	return 0;
}

static int check_empty(struct check *c, struct vxe_error *err)
{
	_cleanup_records_ struct records empty = { 0 };

	if (schedule_empty(c->s, &empty, err) < 0)
		return -1;
	for (size_t i = 0; i < empty.n; i++) {
		const struct vmss *v = empty.items[i];

		check_found(c, "schedule", "VMSS", v->r.uuid,
			"'%s' is enabled, but " SCHEDULE_EMPTY
			": 'vxe vm-param-set uuid=VM snapshot-schedule=%s', or enabled=false",
			v->name_label, v->r.uuid);
	}
	return 0;
}

static int check_ahead(struct check *c, struct vxe_error *err)
{
	_cleanup_records_ struct records vms = { 0 };

	if (records_load(c->t, &vm_class, NULL, NULL, &vms, err) < 0)
		return -1;
	for (size_t i = 0; i < vms.n; i++) {
		const struct vm *vm = vms.items[i];
		char at[CLOCK_TEXT_LEN + 1];

		if (!vm->is_vmss_snapshot || !vm->is_a_template ||
			vm->snapshot_time <= clock_wall() + SNAPSHOT_AHEAD)
			continue;
		clock_format(vm->snapshot_time, at);
		check_found(c, "schedule", "VM", vm->r.uuid,
			"this snapshot of a schedule is of the future (%s): the clock was wrong, "
			"and its schedule neither counts nor deletes it until then; delete it if "
			"nobody needs it",
			at);
	}
	return 0;
}

/* Hosts with different zones would find in turn that the zone has changed, and slots would be lost. */
static int check_zones(struct check *c, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };

	if (c->s->pool_size < 2)
		return 0;
	if (records_load(c->t, &vmss_class, NULL, NULL, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct vmss *v = all.items[i];

		if (str_is_empty(v->timezone))
			check_found(c, "schedule", "VMSS", v->r.uuid,
				"'%s' names no time zone, and those of the hosts may differ: 'vxe "
				"vmss-param-set uuid=%s timezone=Europe/Berlin', or another one",
				v->name_label, v->r.uuid);
	}
	return 0;
}

int check_schedules(struct check *c, struct vxe_error *err)
{
	int64_t n;

	if (txn_count(c->t, vmss_class.name, &n, err) < 0)
		return -1;
	if (!n)
		return 0;
	return check_late(c, err) < 0 || check_empty(c, err) < 0 || check_zones(c, err) < 0
		? -1
		: check_ahead(c, err);
}
