/* SPDX-License-Identifier: MIT */
/*
 * The snapshots of a VM in an archive. In the archive each snapshot is a machine of its own: settings, cards, and
 * disks whose contents are in the stream. The import makes snapshots of them as vm-snapshot does, but with full
 * copies as disks. The definition of a snapshot is that of the VM with the snapshot's disks, cards and settings, so a
 * revert finds the same machine.
 */
#include "objects/archive/vm_import_devices.h"

#include "objects/base/uuid.h"
#include "objects/domain/vif_mac.h"

static const char *imported_parent_of(const struct importing *i, const struct imported *of)
{
	return of->parent == NO_SNAPSHOT ? NULL : i->in.snapshots[of->parent].vm->r.uuid;
}

const char *import_parent(const struct importing *i)
{
	return imported_parent_of(i, &i->in);
}

int import_name_snapshots(struct importing *i, struct vxe_error *err)
{
	for (size_t k = 0; k < i->in.n_snapshots; k++) {
		struct vm *vm = i->in.snapshots[k].vm;

		if (i->args->preserve && !uuid_is_valid(vm->r.uuid))
			return ova_fail(err, "%s is no UUID", vm->r.uuid);
		if (i->args->preserve)
			continue;
		free(vm->r.uuid);
		vm->r.uuid = uuid_new();
	}
	return 0;
}

static void plan_records(
	const struct making *then, const struct imported *of, const char *parent, const char *xml)
{
	_cleanup_(vm_free_cleanup) struct vm *v =
		vm_for_snapshot(then->vm, of->vm->r.uuid, xml, POWER_HALTED);

	str_replace(&v->name_label, of->vm->name_label);
	str_replace(&v->name_description, of->vm->name_description);
	str_replace(&v->parent, parent);
	v->snapshot_time = of->vm->snapshot_time;
	for (size_t k = 0; k < of->vm->snapshot_info.n; k++)
		map_set(&v->snapshot_info, of->vm->snapshot_info.items[k].key,
			of->vm->snapshot_info.items[k].value);
	plan_add(then->p, &vm_class, v);
	for (size_t k = 0; k < then->vbds.n; k++)
		plan_add(then->p, &vbd_class, then->vbds.items[k]);
	for (size_t k = 0; k < then->vifs.n; k++)
		plan_add(then->p, &vif_class, then->vifs.items[k]);
}

static int plan_snapshot(
	struct making *m, struct importing *i, size_t k, const struct sr *sr, struct vxe_error *err)
{
	const struct imported *of = &i->in.snapshots[k];
	struct importing part = *i;
	struct making then = { .s = m->s, .t = m->t, .p = m->p, .base = m->p->xml_after };
	_cleanup_free_ char *xml = NULL;

	part.in = *of;
	part.in.ours = i->in.ours;
	part.uuid = of->vm->r.uuid;
	part.macs = (struct strv){ 0 };
	part.resumes = false;
	part.told = true; /* the user is told about the VM, not about each snapshot */
	part.whole = m;
	/*
	 * The record that the VM had when the snapshot was taken, as far as the archive has it; names are the present
	 * ones of the VM, because the archive has no others.
	 */
	struct vm *v = import_settings(i, of->vm, map_get(&m->vm->other_config, MAC_SEED));

	str_replace(&v->name_label, m->vm->name_label);
	str_replace(&v->name_description, m->vm->name_description);
	str_replace(&v->libvirt_name, m->vm->libvirt_name);
	str_replace(&v->domain_xml, "");
	v->is_a_template = false;
	v->has_tpm = m->vm->has_tpm;
	v->snapshot_time = 0;
	map_clear(&v->snapshot_info);

	then.vm = v;
	int r = import_keep_places(m->t, v, err);

	if (r == 0)
		r = import_plan_devices(&then, &part, sr, err);
	if (r == 0)
		r = making_xml(&then, m->vm->libvirt_name, &xml, err);
	if (r == 0)
		plan_records(&then, of, imported_parent_of(i, of), xml);
	strv_clear(&part.macs);
	then.t = NULL; /* the transaction belongs to the plan of the VM, which still uses it */
	making_clear(&then);
	return r;
}

int import_plan_snapshots(
	struct making *m, struct importing *i, const struct sr *sr, struct vxe_error *err)
{
	for (size_t k = 0; k < i->in.n_snapshots; k++)
		if (plan_snapshot(m, i, k, sr, err) < 0)
			return -1;
	return 0;
}
