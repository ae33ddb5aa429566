/* SPDX-License-Identifier: MIT */
/* snapshot-dumpxml: makes libvirt's domainsnapshot document of a snapshot from vxe's records. */
#include "objects/domain/foreign_snapshots/snapshot_document.h"

#include <string.h>

#include "objects/classes/storage/node_names.h"
#include "objects/classes/storage/vdi.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/domain/foreign_snapshots/foreign_snapshot.h"
#include "objects/guest_state/suspend_image.h"

struct dump {
	struct session *s;
	struct txn *t;
	struct vm *snapshot;
	struct records vbds;
	struct domain_spec *spec;
	struct snapshot_document doc;
};

/* ---- names ----------------------------------------------------------------------------------- */

static bool libvirt_takes(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/') && !strchr(name, '\n');
}

/* The name that the snapshot gets in its domainsnapshot document; owned. */
static int snapshot_name_of(
	struct txn *t, const struct vm *snapshot, char **ret, struct vxe_error *err)
{
	_cleanup_records_ struct records all = { 0 };
	size_t alike = 0;

	if (records_load(t, &vm_class, "snapshot_of", snapshot->snapshot_of, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		alike +=
			str_eq(((const struct vm *)all.items[i])->name_label, snapshot->name_label);
	*ret = xstrdup(libvirt_takes(snapshot->name_label) && alike <= 1 ? snapshot->name_label
									 : snapshot->r.uuid);
	return 0;
}

static int name_of_parent(struct dump *d, char **ret, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *parent = NULL;

	if (d->snapshot->parent && vm_find(d->t, d->snapshot->parent, &parent, err) < 0)
		return -1;
	return parent ? snapshot_name_of(d->t, parent, ret, err) : 0;
}

/* ---- disks ----------------------------------------------------------------------------------- */

/*
 * *ret: the layer to which the VM wrote after the snapshot: one of the VM's disk now, or else any layer whose backing
 * file is the snapshot's layer.
 */
static int layer_above(struct dump *d, const struct vdi *kept, char **ret, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *now = NULL;
	_cleanup_records_ struct records chain = { 0 }, above = { 0 };
	const struct node *found = NULL;

	if ((kept->snapshot_of && vdi_find(d->t, kept->snapshot_of, &now, err) < 0) ||
		(now && now->node && node_chain(d->t, now->node, &chain, err) < 0) ||
		records_load(d->t, &node_class, "parent", kept->node, &above, err) < 0)
		return -1;
	for (size_t i = 0; !found && i < chain.n; i++)
		if (str_eq(((const struct node *)chain.items[i])->parent, kept->node))
			found = chain.items[i];
	if (!found && above.n)
		found = above.items[0];
	return found ? node_path(d->t, found, ret, err) : 0;
}

static const struct vbd *vbd_at(const struct dump *d, const char *target)
{
	for (size_t i = 0; i < d->vbds.n; i++)
		if (str_eq(((const struct vbd *)d->vbds.items[i])->target, target))
			return d->vbds.items[i];
	return NULL;
}

static int add_document_disk(struct dump *d, struct spec_disk *disk, struct vxe_error *err)
{
	const struct vbd *vbd = vbd_at(d, disk->target);
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	_cleanup_(node_free_cleanup) struct node *node = NULL;
	_cleanup_free_ char *path = NULL, *overlay = NULL;

	if (vbd && vbd->vdi && vdi_find(d->t, vbd->vdi, &vdi, err) < 0)
		return -1;
	if (vdi && vdi->is_a_snapshot && vdi->node) {
		if (node_get(d->t, vdi->node, &node, err) < 0 ||
			node_path(d->t, node, &path, err) < 0 ||
			layer_above(d, vdi, &overlay, err) < 0)
			return -1;
		spec_put_file(disk, path, node->format);
	}
	d->doc.disks = xrealloc(d->doc.disks, d->doc.n_disks + 1, sizeof(*d->doc.disks));
	d->doc.disks[d->doc.n_disks++] =
		(struct snapshot_disk){ disk->target, TAKE(overlay), "qcow2" };
	return 0;
}

/* ---- the document ---------------------------------------------------------------------------- */

static const char *state_of(const struct vm *snapshot)
{
	if (snapshot->power_state == POWER_SUSPENDED)
		return "running";
	return str_eq(map_get(&snapshot->snapshot_info, "power-state-at-snapshot"), "Halted")
		? "shutoff"
		: "disk-snapshot";
}

static int load_snapshot_records(
	struct session *s, const char *uuid, struct dump *d, struct vxe_error *err)
{
	if (txn_begin(s->store, TXN_READ, &d->t, err) < 0 ||
		vm_get(d->t, uuid, &d->snapshot, err) < 0 ||
		records_load(d->t, &vbd_class, "vm_uuid", uuid, &d->vbds, err) < 0)
		return -1;
	return 0;
}

static int read_definition(struct dump *d, struct vxe_error *err)
{
	if (str_is_empty(d->snapshot->domain_xml))
		return vxe_fail_internal(err, "the snapshot has no definition");
	return spec_read(d->snapshot->domain_xml, &d->spec, err);
}

/* ---- one that libvirt keeps ------------------------------------------------------------------ */

static int dump_kept(struct session *s, const struct dump *d, char **ret, struct vxe_error *err)
{
	_cleanup_hv_snapshots_ struct hv_snapshots found = { 0 };
	const struct vm *snapshot = d->snapshot;
	struct hv *hv;

	if (vm_is_hidden(snapshot))
		return snapshot_without(snapshot->libvirt_document,
			d->doc.secrets ? 0 : SNAPSHOT_SECRETS, ret, err);
	if (session_hv(s->here, &hv, err) < 0 ||
		hv_snapshots(hv, snapshot->snapshot_of, &found, err) < 0)
		return -1;
	const struct hv_snapshot *of = kept_find(&found, snapshot);

	if (!of)
		return vxe_fail(err, UUID_INVALID, "VM", snapshot->r.uuid);
	return snapshot_without(of->xml, d->doc.secrets ? 0 : SNAPSHOT_SECRETS, ret, err);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int dump_own(struct dump *d, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *name = NULL, *parent = NULL, *memory = NULL, *domain = NULL;

	if (read_definition(d, err) < 0 || snapshot_name_of(d->t, d->snapshot, &name, err) < 0 ||
		name_of_parent(d, &parent, err) < 0 ||
		(d->snapshot->suspend_vdi && image_find(d->s, d->t, d->snapshot, &memory, err) < 0))
		return -1;
	for (size_t i = 0; i < d->spec->n_disks; i++)
		if (add_document_disk(d, &d->spec->disks[i], err) < 0)
			return -1;
	if (spec_patch(d->snapshot->domain_xml, d->spec, &domain, err) < 0)
		return -1;
	d->doc.name = name;
	d->doc.description = d->snapshot->name_description;
	d->doc.parent = parent;
	d->doc.state = state_of(d->snapshot);
	d->doc.memory = memory;
	d->doc.created = d->snapshot->snapshot_time;
	d->doc.domain = domain;
	return snapshot_write(&d->doc, ret, err);
}

int snapshot_dump(struct session *s, const char *uuid, const struct snapshot_dump_args *args,
	char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *all = NULL;

	struct dump d = { .s = s, .doc = { .secrets = args->secrets } };
	int r = load_snapshot_records(s, uuid, &d, err);

	if (r == 0)
		r = str_is_empty(d.snapshot->libvirt_snapshot) ? dump_own(&d, &all, err)
							       : dump_kept(s, &d, &all, err);

	for (size_t i = 0; i < d.doc.n_disks; i++)
		free(d.doc.disks[i].overlay);
	free(d.doc.disks);
	domain_spec_free(d.spec);
	records_clear(&d.vbds);
	vm_free(d.snapshot);
	txn_abort(d.t);

	if (r < 0)
		return -1;
	if (args->xpath)
		return xml_select(all, args->xpath, args->wrap, ret, err);
	*ret = TAKE(all);
	return 0;
}
