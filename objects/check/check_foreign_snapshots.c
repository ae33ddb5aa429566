/* SPDX-License-Identifier: MIT */
/* `vxe check`: libvirt's own snapshots, where libvirt's list and vxe's records differ. */
#include "objects/check/check_areas.h"

#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/hidden_snapshots/hidden_snapshot.h"
#include "objects/session/disk_path.h"

/* ---- missing disks ----------------------------------------------------------------------------- */

static int check_vbd(
	struct check *c, const struct vm *v, const struct vbd *b, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *then = NULL;
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;

	if (!b->vdi || vdi_find(c->t, b->vdi, &vdi, err) < 0)
		return b->vdi ? -1 : 0;
	if (!vdi || !vdi->missing || vdi->node || !vdi_is_kept(vdi) || vdi_is_inside(vdi))
		return 0;
	if (spec_read(v->domain_xml, &then, err) < 0)
		return -1;
	const struct spec_disk *disk = spec_find_disk(then, b->target);
	_cleanup_free_ char *path = disk ? disk_path(c->s, disk) : NULL;

	if (path && content_is_there(c->s, path))
		check_found(c, "kept", "VM", v->r.uuid,
			"the disk %s of libvirt's snapshot %s is missing, although its file %s is "
			"there: the VM writes to that file, or the one above it names another. It "
			"is known again as soon as 'vxe snapshot-list' finds it frozen; 'virsh "
			"snapshot-delete --metadata' forgets the snapshot",
			b->target, v->libvirt_snapshot, path);
	return 0;
}

/* ---- hidden ones ------------------------------------------------------------------------------- */

/* Returns 1 if libvirt could revert to the snapshot, which vxe has removed from libvirt's list. */
static int is_left(struct check *c, const struct vm *v, const struct hv_snapshots *hidden,
	struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *now = NULL;
	const struct hv_domain *d;
	const char *xml = NULL;

	if (session_domain(c->s->here, v->snapshot_of, &d, err) < 0 ||
		(d && session_xml(c->s->here, d, HV_XML_INACTIVE, &xml, err) < 0))
		return -1;
	if (!xml)
		return 0;
	if (spec_read(xml, &now, err) < 0)
		return -1;
	if (hidden_check_on_top(c->s, v, hidden->items, now, err) == 0)
		return 1;
	if (err->code != VXE_SNAPSHOT_HIDDEN)
		return -1;
	error_clear(err);
	return 0;
}

/*
 * Reports a snapshot that libvirt lists although vxe should have removed it from libvirt's list: somebody has put it
 * back, or an older vxe did not remove it.
 */
static int check_listed(struct check *c, const struct vm *v, struct vxe_error *err)
{
	bool needed = false;

	if (!vm_is_inside_image(v) && hidden_should_be(c->t, v, &needed, err) < 0)
		return -1;
	if (needed)
		check_found(c, "kept", "VM", v->r.uuid,
			"libvirt lists its snapshot %s, and snapshots or clones of vxe need layers "
			"of it or above it: 'virsh snapshot-revert' or 'snapshot-delete' would "
			"remove them. The next vm-snapshot of the VM %s hides it from libvirt",
			v->libvirt_snapshot, v->snapshot_of);
	_cleanup_records_ struct records vbds = { 0 };

	if (records_load(c->t, &vbd_class, "vm", v->r.uuid, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++)
		if (check_vbd(c, v, vbds.items[i], err) < 0)
			return -1;
	return 0;
}

static int check_hidden(struct check *c, const struct vm *v, struct vxe_error *err)
{
	_cleanup_hv_snapshots_ struct hv_snapshots hidden = { 0 };
	_cleanup_free_ char *file = NULL;

	if (!vm_is_inside_image(v)) {
		bool needed;

		if (hidden_is_needed(c->t, v->snapshot_of, &needed, err) < 0)
			return -1;
		if (needed)
			session_notice(c->s,
				"libvirt does not list its snapshot %s of VM %s as long as snapshots or "
				"clones of vxe need layers below or above it: it does again when these "
				"are uninstalled.",
				v->libvirt_snapshot, v->snapshot_of);
		else
			session_notice(c->s,
				"libvirt does not list its snapshot %s of VM %s, although nothing else "
				"needs its layers any more: 'vxe sr-coalesce' gives it back, unless "
				"libvirt has another one of that name.",
				v->libvirt_snapshot, v->snapshot_of);
		return 0;
	}
	if (hidden_read(v, &hidden, err) < 0 || hidden_file(c->s, v, &hidden, &file, err) < 0)
		return -1;
	int left = file ? is_left(c, v, &hidden, err) : 0;

	if (left > 0)
		check_found(c, "kept", "VM", v->r.uuid,
			"libvirt does not list its snapshot %s, although the VM writes to %s, "
			"which holds it: 'vxe sr-coalesce' gives it back, unless libvirt has "
			"another one of that name",
			v->libvirt_snapshot, file);
	else if (left == 0 && file)
		session_notice(c->s,
			"libvirt does not list its snapshot %s of VM %s, which %s holds, as long "
			"as layers of vxe are above that file: it does again when the snapshots of "
			"vxe made since are uninstalled.",
			v->libvirt_snapshot, v->snapshot_of, file);
	return left < 0 ? -1 : 0;
}

int check_kept(struct check *c, struct vxe_error *err)
{
	_cleanup_records_ struct records vms = { 0 };

	if (records_load(c->t, &vm_class, NULL, NULL, &vms, err) < 0)
		return -1;
	for (size_t i = 0; i < vms.n; i++) {
		const struct vm *v = vms.items[i];
		_cleanup_error_ struct vxe_error failed = { 0 };

		if (!v->is_a_snapshot || str_is_empty(v->libvirt_snapshot) || !v->snapshot_of)
			continue;
		if ((vm_is_hidden(v) ? check_hidden(c, v, &failed) : check_listed(c, v, &failed)) <
			0)
			check_failed(c, "kept", "VM", v->r.uuid, &failed);
	}
	return 0;
}
