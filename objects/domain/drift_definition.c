/* SPDX-License-Identifier: MIT */
/*
 * Compares a VM's records with its definition: settings, disks (by target name), network cards (by spec_nic_card()).
 */
#include "objects/domain/drift_definition.h"

#include "objects/base/file_key.h"
#include "objects/classes/network/network_records.h"
#include "objects/classes/storage/node_names.h"
#include "objects/domain/adopt_disk.h"
#include "objects/domain/adopt_vm.h"
#include "objects/domain/drift.h"
#include "objects/domain/vm_spec.h"
#include "objects/domain/guard_overlay.h"
#include "objects/session/disk_path.h"

/* ---- settings -------------------------------------------------------------------------------- */

static int drift_settings(struct drift *d, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;

	if (vm_get(d->t, d->vm, &vm, err) < 0)
		return -1;
	_cleanup_free_ char *label = xstrdup(vm->name_label);

	if (!vm_from_spec(vm, d->spec))
		return 0;
	d->changed = true;
	d->relabelled = !str_eq(vm->name_label, label);
	return d->write ? record_save(d->t, &vm_class, vm, err) : 0;
}

/* ---- disks ----------------------------------------------------------------------------------- */

static int refuse_drift(const struct drift *d, const char *file, const char *found,
	const char *ways, struct vxe_error *err)
{
	_cleanup_free_ char *text = xasprintf("%s; %s", found ? found : "no file", ways);

	return vxe_fail(err, VXE_DISK_CHANGED, d->vm, file, text);
}

int drift_refuse(const struct drift *d, const char *file, const char *found, struct vxe_error *err)
{
	_cleanup_free_ char *ways = xasprintf(
		"vxe has the first on record, the definition names the second. " CHANGED_WAY
		"=records goes back to the first, keep=definition continues with the second; "
		"snapshot-revert replaces both",
		d->vm);

	return refuse_drift(d, file, found, ways, err);
}

int drift_refuse_below(
	const struct drift *d, const char *file, const char *found, struct vxe_error *err)
{
	return refuse_drift(d, file, found,
		"the headers of the disk's files say another file than the records; if 'vxe check' "
		"names no way to accept that, put it back with 'qemu-img rebase -u', or "
		"snapshot-revert",
		err);
}

/*
 * Updates the VBD of a drive with another medium, or of a disk whose VDI has no layer and which is another file now.
 */
static int drift_medium(struct drift *d, struct vbd *vbd, const struct vdi *vdi,
	const struct spec_disk *disk, struct vxe_error *err)
{
	_cleanup_free_ char *path = disk_path(d->s, disk), *fresh = NULL;
	const char *now = path ? path : disk->path;
	const char *then = vdi ? map_get(&vdi->sm_config, "file") : NULL;

	if (str_is_empty(now) ? vbd->empty : file_is_same(now, then))
		return 0;
	d->changed = true;
	if (!d->write)
		return 0;
	if (!str_is_empty(now) && adopt_disk(d->s, d->t, d->spec, disk, &fresh, err) < 0)
		return -1;
	str_replace(&vbd->vdi, fresh);
	vbd->empty = !fresh;
	return record_save(d->t, &vbd_class, vbd, err);
}

/*
 * The empty overlay (guard) on a Suspended VM's disk is not a layer of the disk: if the definition does not name it,
 * somebody has changed the definition, which is refused.
 */
static int drift_guard(
	struct drift *d, const struct vbd *vbd, const struct spec_disk *disk, struct vxe_error *err)
{
	_cleanup_(node_free_cleanup) struct node *guard = NULL;
	_cleanup_free_ char *path = disk ? disk_path(d->s, disk) : NULL, *have = NULL;
	bool touched = false;

	if (node_get(d->t, vbd->guard, &guard, err) < 0 || node_path(d->t, guard, &have, err) < 0)
		return -1;
	if (path && file_is_same(path, have))
		return 0;
	if (guard &&
		guard_is_touched(content_of(d->s, have), guard->virtual_size, &touched, err) < 0)
		return -1;
	return refuse_drift(d, have, path, guard_ways_out(d->s, have, disk, touched), err);
}

/*
 * Updates the disk's record when the guest writes to the disk now; else it would count as read-only, and snapshots
 * would leave it out.
 */
static int drift_use(
	struct drift *d, struct vdi *vdi, const struct spec_disk *disk, struct vxe_error *err)
{
	if (!vdi_take_use(vdi, disk))
		return 0;
	d->changed = true;
	return d->write ? record_save(d->t, &vdi_class, vdi, err) : 0;
}

/*
 * Updates in the VBD what kind of device a disk is: a disk recorded as a drive, or as read-only, would be in no
 * snapshot.
 */
static int drift_device(
	struct drift *d, struct vbd *vbd, const struct spec_disk *disk, struct vxe_error *err)
{
	if (!vbd_from_spec(vbd, disk))
		return 0;
	d->changed = true;
	return d->write ? record_save(d->t, &vbd_class, vbd, err) : 0;
}

static int drift_disk(struct drift *d, const struct records *vbds, const struct spec_disk *disk,
	struct vxe_error *err)
{
	struct vbd *vbd = NULL;

	for (size_t i = 0; !vbd && i < vbds->n; i++)
		if (str_eq(((struct vbd *)vbds->items[i])->target, disk->target))
			vbd = vbds->items[i];
	if (!vbd) {
		d->changed = true;
		return d->write ? adopt_vbd(d->s, d->t, d->vm, d->spec, disk, err) : 0;
	}
	if (drift_device(d, vbd, disk, err) < 0)
		return -1;
	if (vbd->guard)
		return drift_guard(d, vbd, disk, err);
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	_cleanup_(node_free_cleanup) struct node *node = NULL;
	_cleanup_free_ char *path = disk_path(d->s, disk), *have = NULL;

	if (vbd->vdi && vdi_find(d->t, vbd->vdi, &vdi, err) < 0)
		return -1;
	if (!vdi || !vdi->node)
		return drift_medium(d, vbd, vdi, disk, err);
	if (drift_use(d, vdi, disk, err) < 0)
		return -1;
	if (path)
		return drift_layers(d, vdi, disk, path, err);
	if (disk->source == DISK_VOLUME && !d->s->here->pools) {
		d->needs_facts = true;
		return 0;
	}
	if (node_get(d->t, vdi->node, &node, err) < 0)
		return -1;
	if (node_path(d->t, node, &have, err) < 0)
		return -1;
	return drift_refuse(d, have, disk->path, err);
}

static int drift_disks(struct drift *d, struct vxe_error *err)
{
	_cleanup_records_ struct records vbds = { 0 };

	if (records_load(d->t, &vbd_class, "vm", d->vm, &vbds, err) < 0)
		return -1;
	for (size_t i = 0; i < vbds.n; i++) {
		const struct vbd *vbd = vbds.items[i];

		if (str_is_empty(vbd->target) || spec_find_disk(d->spec, vbd->target))
			continue;
		if (vbd->guard)
			return drift_guard(d, vbd, NULL, err);
		/* another program has detached the disk: its VDI keeps its record */
		d->changed = true;
		if (d->write && txn_del(d->t, vbd_class.name, vbd->r.uuid, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < d->spec->n_disks; i++)
		if (drift_disk(d, &vbds, &d->spec->disks[i], err) < 0)
			return -1;
	return 0;
}

/* ---- cards ----------------------------------------------------------------------------------- */

/* The VIF records of a VM in xe's order, each with its network card in the definition, or NULL. */
struct cards {
	struct vif **vifs;
	const struct spec_nic **nics;
	size_t n;
};

static int by_device(const void *a, const void *b)
{
	const struct vif *x = *(struct vif *const *)a, *y = *(struct vif *const *)b;

	return (int)(strtol(x->device, NULL, 10) - strtol(y->device, NULL, 10));
}

static bool is_taken(const struct cards *c, const struct spec_nic *nic)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->nics[i] == nic)
			return true;
	return false;
}

/*
 * A network card with the VIF's MAC address that belongs to no other VIF: what distinguished cards with one address
 * has changed.
 */
static const struct spec_nic *left_over(
	const struct cards *c, const struct domain_spec *spec, const struct vif *vif)
{
	for (size_t i = 0; i < spec->n_nics; i++)
		if (str_eq(spec->nics[i].mac, vif->mac) && !is_taken(c, &spec->nics[i]))
			return &spec->nics[i];
	return NULL;
}

static void match_cards(struct cards *c, const struct domain_spec *spec)
{
	for (size_t i = 0; i < c->n; i++) {
		_cleanup_free_ char *card = vif_card(c->vifs[i]);
		const struct spec_nic *nic = spec_find_nic(spec, card);

		if (nic && !is_taken(c, nic))
			c->nics[i] = nic;
	}
	for (size_t i = 0; i < c->n; i++)
		if (!c->nics[i])
			c->nics[i] = left_over(c, spec, c->vifs[i]);
}

/*
 * True if a network card has not moved to another network: libvirt lacks the network that the card's definition
 * names, or the definition names none. The VIF's record keeps the network that libvirt has lost.
 */
static bool stays_in_lost(
	const struct session *s, const struct network *net, const struct spec_nic *nic)
{
	const char *type, *source;

	if (str_eq(nic->type, "network"))
		return s->here->networks->unknown ||
			(!networks_by_name(s, nic->source) &&
				!network_source(s, net, &type, &source));
	return str_eq(nic->type, "user") && !net->mirrors && !net->made &&
		str_is_empty(net->bridge);
}

/*
 * True if the definition names the network of the VIF's record: if the names are equal, libvirt need not be asked for its
 * networks. But an equal name may be that of a network which was made later, or renamed.
 */
static bool stays_named(
	const struct session *s, const struct network *net, const struct spec_nic *nic)
{
	if (str_eq(nic->type, "bridge"))
		return str_eq(net->bridge, nic->source);
	if (!str_eq(network_libvirt_name(net), nic->source))
		return false;
	const struct hv_network *named =
		s->here->networks ? networks_by_name(s, nic->source) : NULL;

	return !named || !str_eq(nic->type, "network") || named == network_here(s, net);
}

/* Returns 1 if the definition connects the network card to another network than its VIF's record. */
static int network_moved(
	struct drift *d, const struct vif *vif, const struct spec_nic *nic, struct vxe_error *err)
{
	_cleanup_(network_free_cleanup) struct network *net = NULL;
	_cleanup_free_ char *now = NULL;
	bool libvirts = str_eq(nic->type, "network");

	if (vif->network && network_find(d->t, vif->network, &net, err) < 0)
		return -1;
	if (net && stays_named(d->s, net, nic))
		return 0;
	if (libvirts && !d->s->here->networks) {
		d->needs_facts = true;
		return 0;
	}
	if (net && stays_in_lost(d->s, net, nic))
		return 0;
	if (network_uuid_of_nic(d->s, d->t, nic, &now, err) < 0)
		return -1;
	/* a record that libvirt's network has left behind by a new name: the names count (networks_follow()) */
	bool behind = libvirts && net && !str_is_empty(net->libvirt_name) &&
		!str_eq(net->libvirt_name, nic->source);

	return behind || !str_eq(now, vif->network);
}

static int drift_vif(
	struct drift *d, struct vif *vif, const struct spec_nic *nic, struct vxe_error *err)
{
	if (!nic) {
		d->changed = true;
		return d->write ? txn_del(d->t, vif_class.name, vif->r.uuid, err) : 0;
	}
	_cleanup_free_ char *card = vif_card(vif);
	int r = network_moved(d, vif, nic, err);

	if (r < 0 ||
		(r == 0 && str_eq(vif->model, nic->model ? nic->model : "") &&
			spec_find_nic(d->spec, card) == nic))
		return r;
	d->changed = true;
	if (!d->write)
		return 0;
	str_replace(&vif->model, nic->model ? nic->model : "");
	vif_set_card(vif, d->spec, nic);
	if (r > 0) {
		free(TAKE(vif->network));
		if (network_of_nic(d->s, d->t, nic, &vif->network, err) < 0)
			return -1;
	}
	return record_save(d->t, &vif_class, vif, err);
}

static int drift_cards(struct drift *d, const struct cards *c, struct vxe_error *err)
{
	for (size_t i = 0; i < c->n; i++)
		if (drift_vif(d, c->vifs[i], c->nics[i], err) < 0)
			return -1;
	for (size_t i = 0; i < d->spec->n_nics; i++) {
		const struct spec_nic *nic = &d->spec->nics[i];

		if (str_is_empty(nic->mac) || is_taken(c, nic))
			continue;
		d->changed = true;
		if (d->write && adopt_vif(d->s, d->t, d->vm, d->spec, nic, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- all of it ------------------------------------------------------------------------------ */

int drift_compare(struct drift *d, struct vxe_error *err)
{
	if (drift_settings(d, err) < 0 || drift_disks(d, err) < 0)
		return -1;
	_cleanup_records_ struct records vifs = { 0 };

	if (records_load(d->t, &vif_class, "vm", d->vm, &vifs, err) < 0)
		return -1;
	_cleanup_free_ struct vif **sorted = xcalloc(vifs.n + 1, sizeof(*sorted));
	_cleanup_free_ const struct spec_nic **nics = xcalloc(vifs.n + 1, sizeof(*nics));
	struct cards c = { sorted, nics, vifs.n };

	for (size_t i = 0; i < vifs.n; i++)
		sorted[i] = vifs.items[i];
	qsort(sorted, vifs.n, sizeof(*sorted), by_device);
	match_cards(&c, d->spec);
	return drift_cards(d, &c, err);
}
