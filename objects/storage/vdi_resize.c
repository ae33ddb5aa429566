/* SPDX-License-Identifier: MIT */
/*
 * vdi-resize: grows an image in place, with qemu-img or in the QEMU that has it open. The size in
 * its header (or of the raw file) is the commit point.
 */
#include "objects/storage/vdi_resize.h"

#include "objects/classes/storage/node.h"
#include "objects/session/disk_path.h"
#include "objects/storage/vdi_loaded.h"
#include "objects/disks/disks.h"

#include <inttypes.h>

static const struct step vdi_resize_steps[] = {
	{ "grow", DISK(GROW_IMAGE), true },
	{ 0 },
};

const struct op_type vdi_resize_op = { "vdi-resize", "resize", vdi_resize_steps, NULL, NULL };

/* ---- plan ------------------------------------------------------------------------------------ */

struct resize {
	const char *uuid;
	int64_t size;
	bool online;
};

static int check_no_shrink(const struct vdi_loaded *u, int64_t size, struct vxe_error *err)
{
	if (size >= u->vdi->virtual_size)
		return 0;
	_cleanup_free_ char *text = xasprintf("%" PRId64, u->vdi->virtual_size);

	return vxe_fail(err, VDI_TOO_SMALL, u->vdi->r.uuid, text);
}

static int check_resized_disk(struct session *s, const struct vdi_loaded *u, const struct resize *w,
	struct vxe_error *err)
{
	if (vdi_check_managed(u, err) < 0 || check_no_shrink(u, w->size, err) < 0 ||
		vdi_check_allowed(s, u, w->online ? "resize_online" : "resize", err) < 0)
		return -1;
	return vdi_check_saved(s, u, err);
}

/* Finds the running domain whose QEMU has the image open. */
static int plan_domain(
	struct session *s, const struct vdi_loaded *u, struct plan *p, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;

	if (!u->running.n)
		return 0;
	if (session_spec(s->here, u->running.items[0], HV_XML_LIVE, &spec, err) < 0)
		return -1;
	struct spec_disk *disk;

	if (disk_on(s, spec, u->path, &disk, err) < 0)
		return -1;
	if (disk) {
		p->domain = xstrdup(u->running.items[0]);
		p->disks[0].target = xstrdup(disk->target);
		p->commit = COMMIT_REPEAT;
	}
	return 0;
}

static int plan_resize(struct session *s, void *ctx, struct plan *p, struct vxe_error *err)
{
	const struct resize *w = ctx;
	_cleanup_vdi_loaded_ struct vdi_loaded u = { 0 };

	locks_add(&p->locks, LOCK_RECORD, w->uuid, LEASE_EXCLUSIVE);
	if (p->draft)
		return 0;
	if (vdi_load_now(s, w->uuid, LEASE_EXCLUSIVE, p, &u, err) < 0 ||
		check_resized_disk(s, &u, w, err) < 0)
		return -1;
	struct plan_disk *disk = plan_add_disk(p);

	disk->old_path = xstrdup(u.path);
	disk->old_format = xstrdup(u.node->format);
	disk->virtual_size = w->size;
	p->object = xstrdup(w->uuid);
	p->commit = COMMIT_STORE;
	if (plan_domain(s, &u, p, err) < 0)
		return -1;
	u.vdi->virtual_size = u.node->virtual_size = w->size;
	plan_set_field(p, &vdi_class, u.vdi, "virtual-size");
	plan_set_field(p, &node_class, u.node, "virtual_size");
	return 0;
}

int vdi_resize(
	struct session *s, const char *uuid, int64_t size, bool online, struct vxe_error *err)
{
	struct resize w = { uuid, size, online };

	if (vdi_round(&w.size, "disk-size", err) < 0)
		return -1;
	return op_run(s, &vdi_resize_op, plan_resize, &w, NULL, err);
}
