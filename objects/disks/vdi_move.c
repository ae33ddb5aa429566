/* SPDX-License-Identifier: MIT */
/*
 * Moves a VDI to another layer. The plan's disks change the plan's own domain, running or halted; all other domains
 * that name the old file are listed in the plan, and a separate step after the commit point patches their definitions
 * while they are halted.
 */
#include "objects/disks/vdi_move.h"

#include "objects/classes/storage/node_names.h"
#include "objects/classes/vm/vbd.h"
#include "objects/disks/disks.h"
#include "objects/session/disk_chain.h"
#include "objects/session/disk_path.h"

#include <json-c/json.h>
#include <string.h>

const struct plan_member other_domains_members[] = {
	{ PLAN_OTHERS, PLAN_STRINGS, "the other domains whose definitions name the old file" },
	{ 0 },
};

void plan_domains(const struct plan *p, struct strv *ret)
{
	plan_strings(p, PLAN_OTHERS, ret);
}

/* ---- planning -------------------------------------------------------------------------------- */

/*
 * Refuses with VXE_MANAGED_SAVE a domain with a managed save, from which the guest would go on with the file that its
 * VDI leaves.
 */
static int check_saved(struct session *s, const char *domain, struct vxe_error *err)
{
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0 || hv_find(hv, domain, &d, err) < 0)
		return -1;
	return d.saved ? vxe_fail(err, VXE_MANAGED_SAVE, domain) : 0;
}

int vdi_move(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *to,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *from = NULL;
	_cleanup_(vdi_free_cleanup) struct vdi *moved = record_copy(&vdi_class, vdi);
	_cleanup_free_ char *old_path = NULL;

	if (vbd_check_once(t, vdi->r.uuid, err) < 0)
		return -1;
	str_replace(&moved->node, to->r.uuid);
	str_replace(&moved->sr, to->sr);
	plan_set_field(p, &vdi_class, moved, "node");
	if (!str_eq(vdi->sr, to->sr))
		plan_set_field(p, &vdi_class, moved, "sr-uuid");
	plan_touch_node(p, vdi->node);
	plan_touch_node(p, to->r.uuid);
	if (*vdi->file) {
		str_replace(&moved->file, "");
		plan_set_field(p, &vdi_class, moved, "file");
	}
	if (!vdi->node)
		return 0;
	if (node_get(t, vdi->node, &from, err) < 0)
		return -1;
	if (node_path(t, from, &old_path, err) < 0)
		return -1;
	_cleanup_strv_ struct strv halted = { 0 }, running = { 0 };

	if (domains_on(s, old_path, p->domain, &halted, &running, err) < 0)
		return -1;
	if (running.n)
		return vxe_fail(err, VDI_IN_USE, vdi->r.uuid, "move");
	if (p->domain && !p->running && check_saved(s, p->domain, err) < 0)
		return -1;
	for (size_t i = 0; i < halted.n; i++) {
		if (check_saved(s, halted.items[i], err) < 0)
			return -1;
		plan_keep_one_more(p, PLAN_OTHERS, halted.items[i]);
	}
	return 0;
}

/* ---- the step -------------------------------------------------------------------------------- */

/*
 * Puts the size of QEMU's metadata cache back into the definition of a disk, after libvirt has moved the running guest
 * to a new file and dropped it.
 */
static int give_cache(
	struct session *s, const struct plan_disk *d, struct spec_disk *disk, struct vxe_error *err)
{
	int moved = d->cache ? disk_is_on(s, disk, d->new_path, err) : 0;

	if (moved > 0)
		str_replace(&disk->cache, d->cache);
	return moved < 0 ? -1 : 0;
}

/*
 * Makes the disks in a definition use the new files of the plan's disks (without @forward the old ones); returns 1 if
 * that has changed the definition.
 */
static int patch(struct session *s, const struct plan *p, struct domain_spec *spec, bool forward,
	struct vxe_error *err)
{
	bool moves = forward && str_eq(spec->uuid, p->domain);
	int changed = 0;

	for (size_t i = 0; i < p->n_disks; i++) {
		const struct plan_disk *d = &p->disks[i];
		const char *from = forward ? d->old_path : d->new_path;

		for (size_t k = 0; from && k < spec->n_disks; k++) {
			struct spec_disk *disk = &spec->disks[k];

			int r = disk_is_on(s, disk, from, err);

			if (r < 0 || (!r && moves && give_cache(s, d, disk, err) < 0))
				return -1;
			if (!r)
				continue;
			plan_disk_put(d, forward, disk);
			changed = 1;
		}
	}
	return changed;
}

int domain_move_disks(struct op *op, const char *uuid, bool forward, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL, *patched = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_hv_domain_ struct hv_domain d = { 0 };
	struct hv *hv;

	if (session_hv(op->s->here, &hv, err) < 0 || hv_find(hv, uuid, &d, err) < 0)
		return -1;
	if (!d.uuid || !d.persistent)
		return 0;
	if (hv_xml(hv, uuid, HV_XML_INACTIVE, &xml, err) < 0 || spec_read(xml, &spec, err) < 0)
		return -1;
	if (!session_is_own_store(op->s, spec->store))
		return vxe_fail(err, VXE_STORE_MISMATCH, uuid, spec->store);
	int changed = patch(op->s, &op->plan, spec, forward, err);

	if (changed < 0)
		return -1;
	if (changed)
		str_replace(&spec->store, op->s->store_uuid);
	if (definition_patch(op->s, xml, spec, &patched, err) < 0)
		return -1;
	return str_eq(xml, patched) ? 0 : hv_define(hv, patched, err);
}

int step_define_others(struct op *op, struct vxe_error *err)
{
	_cleanup_strv_ struct strv domains = { 0 };

	plan_domains(&op->plan, &domains);
	for (size_t i = 0; i < domains.n; i++)
		if (domain_move_disks(op, domains.items[i], true, err) < 0)
			return -1;
	return 0;
}
