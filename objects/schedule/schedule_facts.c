/* SPDX-License-Identifier: MIT */
/* The VMs of a schedule, and the snapshots of each that the schedule has taken. */
#include "backends/machine/time_zone.h"
#include "objects/classes/host/host_machine.h"
#include "objects/classes/storage/node.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vmss_due.h"
#include "objects/base/clock.h"
#include "objects/schedule/retention.h"
#include "objects/schedule/schedule_run.h"
#include "objects/schedule/schedule_checks.h"

#include <string.h>
#include <time.h>

#define DAY INT64_C(86400)

/* ---- the VMs --------------------------------------------------------------------------------- */

static int add_matching(
	struct session *s, const char *filter, struct strv *ret, struct vxe_error *err)
{
	static const struct field *const none[] = { NULL };
	struct filter filters[] = { { "is-control-domain", "false" }, { 0 } };
	_cleanup_free_ char *key = NULL;
	_cleanup_rows_ struct rows rows = { 0 };

	if (schedule_filter(filter, &key, &filters[1], err) < 0 ||
		list_rows(s, view_by_prefix("vm"), filters, ARRAY_LEN(filters), none,
			LIST_UNDERSCORE, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++)
		if (!strv_has(ret, rows.items[i].uuid))
			strv_add(ret, rows.items[i].uuid);
	return 0;
}

int schedule_members(
	struct session *s, const struct vmss *v, struct strv *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records vms = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vm_class, "snapshot_schedule", v->r.uuid, &vms, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	for (size_t i = 0; i < vms.n; i++) {
		const struct vm *vm = vms.items[i];

		if (!vm->is_a_template)
			strv_add(ret, vm->r.uuid);
	}
	if (!str_is_empty(v->vm_filter) && add_matching(s, v->vm_filter, ret, err) < 0)
		return -1;
	strv_sort(ret);
	return 0;
}

/* ---- times ----------------------------------------------------------------------------------- */

static int64_t offset_in(const struct session *s, const char *zone, int64_t at)
{
	_cleanup_zone_ struct zone before = zone_enter(s->config.root, zone);

	return zone_offset(at);
}

const char *schedule_zone_here(struct session *s)
{
	const char *name = host_facts(s->here)->timezone;
	const int64_t now = clock_wall();

	if (!zone_is_known(name))
		return "";
	/* The name is that of a link, and the machine may have a file of its own in its place. */
	for (int month = 0; month < 12; month++) {
		const int64_t at = now + month * 30 * DAY;

		if (offset_in(s, NULL, at) != offset_in(s, name, at))
			return "";
	}
	return name;
}

size_t schedule_next_runs(const struct session *s, const struct vmss *v, int64_t *ret, size_t count)
{
	_cleanup_zone_ struct zone before = zone_enter(s->config.root, v->timezone);
	struct due_rule rule;
	int64_t at = clock_wall();
	size_t n = 0;

	due_rule_of(v, &rule);
	while (n < count && (at = due_next(&rule, at)) != DUE_NEVER)
		ret[n++] = at;
	return n;
}

/* ---- names ----------------------------------------------------------------------------------- */

char *schedule_snapshot_name(
	const struct session *s, const struct vmss *v, const char *vm, int64_t at)
{
	_cleanup_str_ struct str name = { 0 };
	_cleanup_zone_ struct zone before = zone_enter(s->config.root, v->timezone);
	const time_t t = at;
	struct tm tm = { 0 };
	char date[16], time[8];
	const char *const texts[VMSS_WORDS] = { v->name_label, vm, date, time };

	localtime_r(&t, &tm);
	strftime(date, sizeof(date), "%Y%m%d", &tm);
	strftime(time, sizeof(time), "%H%M", &tm);
	for (const char *p = v->name_template; *p;) {
		const enum vmss_word word = vmss_word_at(p);

		if (word == VMSS_WORDS) {
			str_add_bytes(&name, p++, 1);
			continue;
		}
		str_add(&name, texts[word]);
		p += strlen(vmss_words[word]);
	}
	return xstrdup(str_text(&name));
}

/* ---- the snapshots --------------------------------------------------------------------------- */

void schedule_items_clear(struct schedule_items *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free(all->items[i].uuid);
		free(all->items[i].name);
	}
	free(all->items);
	*all = (struct schedule_items){ 0 };
}

/* Returns 1 if the disk is attached to a VM or template other than the VM of the snapshot and that VM's snapshots. */
static int has_other_vm(
	struct txn *t, const struct vm *snapshot, const char *vdi, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	if (records_load(t, &vbd_class, "vdi_uuid", vdi, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++) {
		const struct vbd *b = vbds.items[i];
		_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

		if (vm_find(t, b->vm, &vm, err) < 0)
			return -1;
		if (vm && !str_eq(vm->r.uuid, snapshot->snapshot_of) &&
			!str_eq(vm->snapshot_of, snapshot->snapshot_of))
			return 1;
	}
	return 0;
}

static int has_other_disk(
	struct txn *t, const struct vm *snapshot, const char *node, struct vxe_error *err)
{
	_cleanup_records_ struct records vdis = { 0 };

	if (records_load(t, &vdi_class, "node", node, &vdis, err) < 0)
		return -1;
	for (size_t i = 0; i < vdis.n; i++) {
		const struct vdi *vdi = vdis.items[i];
		int other = has_other_vm(t, snapshot, vdi->r.uuid, err);

		if (other)
			return other;
	}
	return 0;
}

/* Returns 1 if VMs or templates were made of the snapshot, so that their disks lie on its layers. */
static int is_needed(struct txn *t, const struct vm *snapshot, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };
	_cleanup_strv_ struct strv nodes = { 0 };

	if (records_load(t, &vbd_class, "vm_uuid", snapshot->r.uuid, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++) {
		const struct vbd *b = vbds.items[i];
		_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;

		if (b->vdi && vdi_find(t, b->vdi, &vdi, err) < 0)
			return -1;
		if (vdi && vdi->node)
			strv_add(&nodes, vdi->node);
	}
	for (size_t i = 0; i < nodes.n; i++) {
		_cleanup_records_ struct records above = { 0 };
		int other = has_other_disk(t, snapshot, nodes.items[i], err);

		if (other)
			return other;
		if (records_load(t, &node_class, "parent", nodes.items[i], &above, err) < 0)
			return -1;
		for (size_t k = 0; k < above.n; k++)
			strv_add(&nodes, ((const struct node *)above.items[k])->r.uuid);
	}
	return 0;
}

static bool is_its_own(const struct vmss *v, const struct vm *snapshot)
{
	/* A snapshot that was turned into a VM belongs to its user. */
	return snapshot->is_vmss_snapshot && snapshot->is_a_template &&
		str_eq(snapshot->taken_by, v->r.uuid);
}

/* The time by which a snapshot is judged: a time a little in the future counts as now, because clocks differ. */
static int64_t judged_at(int64_t at, int64_t now)
{
	return at > now && at <= now + SNAPSHOT_AHEAD ? now : at;
}

/* Sorts a schedule's snapshots by time, and decides for each whether the schedule keeps it. */
static void judge_items(
	const struct session *s, const struct vmss *v, int64_t now, struct schedule_items *all)
{
	const struct retain_rule rule = { v->retained_snapshots, v->keep_hourly, v->keep_daily,
		v->keep_weekly, v->keep_monthly, v->keep_days * DAY };
	const size_t n = all->n + (now ? 1 : 0);
	const int64_t at_last = now ? now : clock_wall();
	_cleanup_free_ struct retain_item *times = xcalloc(n + 1, sizeof(*times));
	_cleanup_zone_ struct zone before = zone_enter(s->config.root, v->timezone);
	struct schedule_item *sorted = xcalloc(all->n + 1, sizeof(*sorted));
	size_t k = 0;

	for (size_t i = 0; i < all->n; i++)
		times[i] = (struct retain_item){ judged_at(all->items[i].at, at_last), i, false };
	if (now)
		times[all->n] = (struct retain_item){ now, all->n, false };
	retain(&rule, at_last, times, n);
	for (size_t i = 0; i < n; i++) {
		if (times[i].id == all->n)
			continue;
		sorted[k] = all->items[times[i].id];
		sorted[k].ahead = times[i].at > at_last;
		sorted[k++].stays = times[i].stays;
	}
	free(all->items);
	all->items = sorted;
}

int schedule_items(struct session *s, const struct vmss *v, const char *vm, int64_t now,
	struct schedule_items *ret, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };
	_cleanup_items_ struct schedule_items items = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vm_class, "snapshot_of", vm, &all, err) < 0)
		return -1;
	items.items = xcalloc(all.n + 1, sizeof(*items.items));
	for (size_t i = 0; i < all.n; i++) {
		const struct vm *snapshot = all.items[i];

		if (!is_its_own(v, snapshot))
			continue;
		items.items[items.n++] = (struct schedule_item){ .uuid = xstrdup(snapshot->r.uuid),
			.name = xstrdup(snapshot->name_label),
			.at = snapshot->snapshot_time };
	}
	judge_items(s, v, now, &items);
	for (size_t i = 0; i < items.n; i++) {
		_cleanup_(vm_free_cleanup) struct vm *snapshot = NULL;

		if (items.items[i].stays)
			continue;
		int needed = vm_get(t, items.items[i].uuid, &snapshot, err) < 0
			? -1
			: is_needed(t, snapshot, err);

		if (needed < 0)
			return -1;
		/* A snapshot that this run has just taken always stays, even if the clock was wrong. */
		items.items[i].needed =
			needed || (v->open_slot && snapshot->taken_slot == v->open_slot);
	}
	*ret = items;
	items = (struct schedule_items){ 0 };
	return 0;
}
