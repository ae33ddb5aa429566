/* SPDX-License-Identifier: MIT */
/* `vxe check`: what a person can do about a file that is missing, or is another than on record. */
#include "objects/check/check_areas.h"

#include "backends/hv/domain_spec.h"
#include "objects/base/file_key.h"
#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/disks/disks.h"
#include "objects/session/disk_path.h"
#include "objects/storage/vdi_update.h"

/*
 * What goes before a revert if the file of a VDI is missing: the VM's definition may name another file, with what its guest has
 * written since, as after older records; or no VM has the disk; or a snapshot has it. NULL: its definition names the missing one. Owned.
 */
static char *without_vdi(struct check *c, const struct vdi *vdi, const char *missing)
{
	_cleanup_records_ struct records vbds = { 0 };
	_cleanup_error_ struct vxe_error failed = { 0 };
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;

	if (records_load(c->t, &vbd_class, "vdi", vdi->r.uuid, &vbds, &failed) < 0)
		return NULL;
	if (!vbds.n)
		return xasprintf(
			"or 'vxe vdi-forget uuid=%s' ends the record of this disk, which no VM has",
			vdi->r.uuid);
	const struct vbd *vbd = vbds.items[0];

	if (vbd->guard || vm_find(c->t, vbd->vm, &vm, &failed) < 0 || !vm)
		return NULL;
	if (vm->is_a_snapshot)
		return xasprintf("or 'vxe snapshot-destroy uuid=%s' ends the snapshot %s, and then "
				 "'vxe vdi-forget' its disk",
			vm->r.uuid, vm->name_label);
	if (!vm_has_domain(vm))
		return NULL;
	if (!vm_is_here(c->s, vm))
		return xasprintf("or see 'vxe check' on the host of its VM %s", vm->r.uuid);
	if (hv_xml(c->hv, vm->r.uuid, HV_XML_INACTIVE, &xml, &failed) < 0 ||
		spec_read(xml, &spec, &failed) < 0)
		return NULL;
	const struct spec_disk *disk = spec_find_disk(spec, vbd->target);
	_cleanup_free_ char *now = disk ? disk_path(c->s, disk) : NULL;

	return now && !file_is_same(now, missing) && content_is_there(c->s, now)
		? xasprintf("or 'vxe vm-adopt-disks uuid=%s keep=definition' takes %s, which the "
			    "VM's definition names",
			  vm->r.uuid, now)
		: NULL;
}

char *check_other_chain(struct check *c, const struct node *n)
{
	_cleanup_error_ struct vxe_error failed = { 0 };
	_cleanup_(node_free_cleanup) struct node *below = NULL;
	_cleanup_free_ char *disk = NULL;

	if (vdi_layer_below(c->s, c->t, n, &below, &failed) == 0 && below)
		disk = check_accepted(c, n);
	return disk
		? xasprintf(
			  "the layers below it on record have no file, as they were merged since; if "
			  "the disk is right as it is, 'vxe vdi-update uuid=%s force=true' accepts "
			  "it; its header names ",
			  disk)
		: xstrdup("its header names another backing file than the record: ");
}

/* The UUID of a disk on the layer, if no VM and no snapshot has one; owned. */
static char *disk_of_nobody(struct check *c, const struct node *n)
{
	_cleanup_error_ struct vxe_error failed = { 0 };
	_cleanup_records_ struct records vdis = { 0 };

	if (records_load(c->t, &vdi_class, "node", n->r.uuid, &vdis, &failed) < 0)
		return NULL;
	for (size_t i = 0; i < vdis.n; i++) {
		_cleanup_records_ struct records vbds = { 0 };

		if (records_load(c->t, &vbd_class, "vdi",
			    ((const struct record *)vdis.items[i])->uuid, &vbds, &failed) < 0 ||
			vbds.n)
			return NULL;
	}
	return vdis.n ? xstrdup(((const struct record *)vdis.items[0])->uuid) : NULL;
}

char *check_unwritable(struct check *c, const struct node *n, const char *above)
{
	_cleanup_free_ char *disk = above ? disk_of_nobody(c, n) : NULL;

	if (!above)
		return xstrdup("a guest needs to write to it, but its mode forbids it; 'chmod u+w' "
			       "permits it: ");
	if (disk)
		return xasprintf(
			"by the records it is a disk that is written to, but %s lies on it, and no "
			"VM has it: 'vxe vdi-forget uuid=%s' ends the record of this disk, and "
			"keeps both files: ",
			above, disk);
	return xasprintf("a guest would write to it by the records, but %s lies on it, which may "
			 "have what the guest has written since: keep both; a definition with that "
			 "file goes on with it ('virsh edit'): ",
		above);
}

char *check_without_file(struct check *c, const struct node *n, const char *missing)
{
	_cleanup_records_ struct records vdis = { 0 }, above = { 0 };
	_cleanup_error_ struct vxe_error failed = { 0 };
	_cleanup_(node_free_cleanup) struct node *below = NULL;
	char *path = NULL;

	/* what is below a guard is older than what its VM has by now; layers above a layer need it */
	if (n->kind != NODE_DISK || node_children(c->t, n->r.uuid, &above, &failed) < 0 ||
		above.n || records_load(c->t, &vdi_class, "node", n->r.uuid, &vdis, &failed) < 0)
		return NULL;
	for (size_t i = 0; i < vdis.n; i++) {
		_cleanup_records_ struct records snapshots = { 0 };
		const struct vdi *vdi = vdis.items[i];
		const char *uuid = vdi->r.uuid;

		if (vdi_is_base_copy(uuid, n->r.uuid, vdi->managed))
			return xstrdup("or 'vxe sr-coalesce' ends its record, as nothing needs it");
		char *other = without_vdi(c, vdi, missing);

		if (other)
			return other;
		if (records_load(c->t, &vdi_class, "snapshot_of", uuid, &snapshots, &failed) == 0 &&
			snapshots.n)
			return xstrdup("or 'vxe snapshot-revert' makes the disk new, as of a "
				       "snapshot");
	}
	if (n->state != NODE_WRITABLE || !n->parent ||
		node_find(c->t, n->parent, &below, &failed) < 0 || !below ||
		node_path(c->t, below, &path, &failed) < 0)
		return NULL;
	char *text = xasprintf("or, without what it held, 'virsh edit' of its VM names %s", path);

	free(path);
	return text;
}

char *check_accepted(struct check *c, const struct node *n)
{
	_cleanup_error_ struct vxe_error failed = { 0 };
	_cleanup_records_ struct records vdis = { 0 };

	/* of the disks on it, and on the layers above it, one of a VM rather than of a snapshot */
	if (records_load(c->t, &vdi_class, NULL, NULL, &vdis, &failed) < 0)
		return NULL;
	for (int snapshots = 0; snapshots < 2; snapshots++)
		for (size_t i = 0; i < vdis.n; i++) {
			const struct vdi *vdi = vdis.items[i];
			_cleanup_records_ struct records chain = { 0 };

			if (vdi->is_a_snapshot != snapshots || !vdi->node || !vdi->managed ||
				node_chain(c->t, vdi->node, &chain, &failed) < 0)
				continue;
			if (records_have(&chain, n->r.uuid))
				return xstrdup(vdi->r.uuid);
		}
	return NULL;
}
