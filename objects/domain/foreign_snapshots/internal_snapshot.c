/* SPDX-License-Identifier: MIT */
#include "objects/domain/foreign_snapshots/internal_snapshot.h"

#include "objects/disks/disks.h"
#include "objects/session/disk_path.h"

void inside_clear(struct inside *i)
{
	node_free(i->node);
	free(i->path);
	free(i->key);
	*i = (struct inside){ 0 };
}

static int fail_image(const char *path, const char *what, const char *name, struct vxe_error *err)
{
	_cleanup_free_ char *reason = xasprintf("it holds %s named '%s'", what, name);

	return vxe_fail(err, VXE_FOREIGN_IMAGE, path, reason);
}

/* Finds the key of an internal snapshot in the image by the snapshot's name, as libvirt does. */
static int find_key(
	struct session *s, const char *path, const char *name, char **ret, struct vxe_error *err)
{
	struct content *c = content_of(s, path);
	_cleanup_snapshots_ struct content_snapshots found = { 0 };
	const struct content_snapshot *it = NULL;
	int64_t size;

	if (disk_file_snapshots(c, NULL, &found, err) < 0 ||
		disk_file_size(c, "qcow2", &size, err) < 0)
		return -1;
	for (size_t i = 0; i < found.n; i++) {
		if (!str_eq(found.items[i].name, name))
			continue;
		if (it)
			return fail_image(path, "two internal snapshots", name, err);
		it = &found.items[i];
	}
	if (!it)
		return fail_image(path, "no internal snapshot", name, err);
	if (it->size && it->size != size)
		return fail_image(path, "an internal snapshot of another size", name, err);
	*ret = xstrdup(it->key);
	return 0;
}

/*
 * Asks for shared locks on the layer of the image and on the layers below it, from which both the guest's disk and
 * the internal snapshot read what the image does not hold.
 */
static int use_layers(struct session *s, struct txn *t, const struct node *n, struct plan *p,
	struct vxe_error *err)
{
	locks_add(&p->locks, LOCK_NODE, n->r.uuid, LEASE_SHARED);
	return n->parent ? node_use_chain(s, t, n->parent, p, err) : 0;
}

int inside_find(struct session *s, struct txn *t, const struct vm_disk *d, struct plan *p,
	struct inside *ret, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *snapshot = NULL;
	_cleanup_spec_ struct domain_spec *then = NULL;
	_cleanup_inside_ struct inside i = { 0 };

	if (vm_get(t, d->vbd->vm, &snapshot, err) < 0 ||
		spec_read(snapshot->domain_xml, &then, err) < 0 ||
		disk_paths_know(s, then, err) < 0)
		return -1;
	const struct spec_disk *disk = spec_find_disk(then, d->vbd->target);

	i.path = disk ? disk_path(s, disk) : NULL;
	if (i.path && node_by_path(s, t, i.path, &i.node, err) < 0)
		return -1;
	if (!i.node)
		return vxe_fail(err, VDI_NOT_AVAILABLE, d->vdi->r.uuid);
	if (find_key(s, i.path, snapshot->libvirt_snapshot, &i.key, err) < 0 ||
		use_layers(s, t, i.node, p, err) < 0)
		return -1;
	*ret = i;
	i = (struct inside){ 0 };
	return 0;
}
