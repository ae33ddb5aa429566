/* SPDX-License-Identifier: MIT */
/*
 * Reads the disks, drives and network cards of a VM from an archive's document, and finds out which disks have their
 * content in the archive.
 */
#include "objects/archive/vm_imported_devices.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "backends/sr/sr_type.h"
#include "objects/archive/ova_members.h"
#include "objects/base/uuid.h"

#define SIZE_MAX_DISK (INT64_C(1) << 53)
#define SECTOR 512

/* ---- what is streamed ------------------------------------------------------------------------- */

static int add_stream(
	struct imported *i, const struct ova *vdi, const char *what, struct vxe_error *err)
{
	const char *id = imported_text(vdi, "id");
	int64_t size = 0;

	if (ova_int(ova_get(ova_get(vdi, "snapshot"), "virtual_size"), "virtual_size", &size, err) <
		0)
		return -1;
	if (size < 1 || size > SIZE_MAX_DISK)
		return ova_fail(err, "%s: a size that no %s has", id, what);
	i->streams = xrealloc(i->streams, i->n_streams + 1, sizeof(*i->streams));
	i->streams[i->n_streams++] = (struct xva_disk){ .id = id, .size = size };
	return 0;
}

void imported_sort_streams(struct imported *i)
{
	size_t n = 0;

	xva_sort(i->streams, i->n_streams);
	for (size_t k = 0; k < i->n_streams; k++)
		if (!n || !str_eq(i->streams[n - 1].id, i->streams[k].id))
			i->streams[n++] = i->streams[k];
	i->n_streams = n;
}

int imported_add_memory(struct imported *i, const struct ova *vdi, struct vxe_error *err)
{
	bool memory = strcasecmp(imported_text(ova_get(vdi, "snapshot"), "type"), "suspend") == 0;

	return memory && !i->metadata ? add_stream(i, vdi, "memory", err) : 0;
}

/*
 * True for a medium whose content is not in the archive, so that it is found by its name: an ISO image, or a floppy
 * that the guest cannot write to; of an archive of records any floppy. (A floppy whose content is in the archive has its
 * own UUID as location.)
 */
static bool is_found_by_name(const struct imported *i, const struct ova *vbd, const struct ova *vdi,
	const struct ova *sr)
{
	bool floppy = strcasecmp(imported_text(vbd, "type"), "Floppy") == 0 &&
		(i->metadata || strcasecmp(imported_text(vbd, "mode"), "RO") == 0) &&
		strcasecmp(imported_text(vdi, "location"), imported_text(vdi, "uuid")) != 0;

	return !sr || floppy ||
		sr_content_is_cds(imported_text(ova_get(sr, "snapshot"), "content_type"));
}

/*
 * Adds a disk to the list of contents in the archive, even if it belongs to a snapshot that is not imported: the
 * archive has its content anyway, which must be read over.
 */
static int add_disk_stream(struct imported *i, const struct ova *vbd, struct vxe_error *err)
{
	const struct ova *vdi = imported_ref(i, vbd, "VDI", "VDI");
	const struct ova *sr = imported_ref(i, ova_get(vdi, "snapshot"), "SR", "SR");

	if (i->metadata || !vdi || strcasecmp(imported_text(vbd, "type"), "CD") == 0 ||
		is_found_by_name(i, vbd, ova_get(vdi, "snapshot"), sr))
		return 0;
	return add_stream(i, vdi, "disk", err);
}

/* ---- disks ------------------------------------------------------------------------------------ */

/*
 * The VM or imported snapshot that is the object @owner of the document, and so has the device; NULL: the device
 * belongs to neither.
 */
static struct imported *owner_of(struct imported *i, const struct ova *owner)
{
	if (owner == i->object)
		return i;
	for (size_t k = 0; k < i->n_snapshots; k++)
		if (owner == i->snapshots[k].object)
			return &i->snapshots[k];
	return NULL;
}

static bool has_name(const struct imported *of, const struct imported_disk *d)
{
	for (size_t k = 0; k < of->n_disks; k++)
		if (&of->disks[k] != d && str_eq(of->disks[k].vbd->userdevice, d->vbd->userdevice))
			return true;
	return false;
}

/*
 * Gives a disk that has no position of its own a free one. In an archive of vxe's any text may stand, because older ones
 * let users set it; in another's a text that is no position, or stands twice, is damage, and xapi refuses it.
 */
static int place_disk(struct imported *i, struct imported *of, struct imported_disk *d,
	struct vbd_positions *taken, struct vxe_error *err)
{
	_cleanup_free_ char *was = xstrdup(d->vbd->userdevice);
	const char *id = imported_text(d->object, "id");
	bool any = !*was || str_eq(was, "autodetect");

	if (!any && !i->ours && vbd_position(was) < 0)
		return ova_fail(err, "%s: %s is not a position of a disk", id, was);
	if (!any && !i->ours && has_name(of, d))
		return ova_fail(err, "%s: two disks at position %s", id, was);
	if (!vbd_positions_give(taken, d->vbd))
		return ova_fail(err, "%s: there are too many disks", id);
	if (any)
		return 0;
	_cleanup_free_ char *text =
		xasprintf("A disk was at position %s, which %s; here it is at %s.", was,
			vbd_position(was) < 0 ? "is none" : "another one has", d->vbd->userdevice);

	imported_notice(i, text);
	return 0;
}

int imported_place_disks(struct imported *i, struct imported *of, struct vxe_error *err)
{
	struct vbd_positions taken = { 0 };

	for (size_t k = 0; k < of->n_disks; k++)
		of->disks[k].placed = vbd_positions_take(&taken, of->disks[k].vbd);
	for (size_t k = 0; k < of->n_disks; k++)
		if (!of->disks[k].placed && place_disk(i, of, &of->disks[k], &taken, err) < 0)
			return -1;
	return 0;
}

/*
 * Clears on-boot=reset of an imported disk: whoever sees that setting would expect that the disk is reset at each
 * start, and vxe does not do that.
 */
static void keep_content(struct imported *i, struct vdi *vdi)
{
	if (vdi->on_boot != ON_BOOT_RESET)
		return;
	_cleanup_free_ char *text = xasprintf(
		"The disk %s was reset at each start of its VM (on-boot=reset); here it keeps what "
		"is written to it.",
		vdi->name_label);

	vdi->on_boot = ON_BOOT_PERSIST;
	imported_notice(i, text);
}

/* Tells the user that a disk's size is rounded up: images, and so the disks of guests, have whole sectors. */
static void tell_sectors(struct imported *i, const struct vdi *vdi)
{
	if (vdi->virtual_size % SECTOR == 0)
		return;
	_cleanup_free_ char *text =
		xasprintf("The disk %s has %" PRId64
			  " bytes; here it gets whole sectors, with zeros at the end.",
			vdi->name_label, vdi->virtual_size);

	imported_notice(i, text);
}

static int read_vdi(struct imported *i, const struct ova *vbd, const struct ova *object,
	struct imported_disk *d, struct vxe_error *err)
{
	const struct ova *record = ova_get(object, "snapshot"), *sr;
	const char *id = imported_text(object, "id");
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = record_new(&vdi_class);

	if (ova_read_rows(ova_vdi_rows, &vdi_class, record, id, vdi, err) < 0)
		return -1;
	keep_content(i, vdi);
	sr = imported_ref(i, record, "SR", "SR");
	/* Only a disk must have an SR: the medium of a drive may be in a device, or come from a server. */
	if (!sr && d->vbd->type == VBD_DISK)
		return imported_fail_to_find(imported_text(record, "SR"), err);
	bool iso = is_found_by_name(i, vbd, record, sr);

	d->streamed = !iso && d->vbd->type != VBD_CD && !i->metadata;
	d->here = !iso && d->vbd->type != VBD_CD && i->metadata;
	d->vdi_uuid = imported_text(record, "uuid");
	d->sr_uuid = imported_text(ova_get(sr, "snapshot"), "uuid");
	d->place = imported_text(record, "location");
	d->location = iso ? xstrdup(imported_text(record, "location")) : NULL;
	if (d->streamed)
		tell_sectors(i, vdi);
	if (vdi->type > VDI_EPHEMERAL)
		vdi->type = VDI_USER;
	d->vdi_id = id;
	if (d->streamed || d->here || iso)
		d->vdi = TAKE(vdi);
	return 0;
}

int imported_read_vbd(struct imported *i, const struct ova *object, struct vxe_error *err)
{
	const struct ova *record = ova_get(object, "snapshot"), *owner, *vdi;
	const char *id = imported_text(object, "id");
	_cleanup_(vbd_free_cleanup) struct vbd *vbd = record_new(&vbd_class);

	if (ova_read_rows(ova_vbd_rows, &vbd_class, record, id, vbd, err) < 0 ||
		imported_need_ref(i, record, "VM", "VM", &owner, err) < 0 ||
		add_disk_stream(i, record, err) < 0)
		return -1;
	struct imported *of = owner_of(i, owner);

	if (!of)
		return 0;
	str_replace(&vbd->r.uuid, imported_text(record, "uuid"));
	uuid_lower(vbd->r.uuid);
	str_replace(&vbd->device, imported_text(record, "device"));
	if (vbd->type == VBD_CD)
		vbd->mode = VBD_RO;
	of->disks = xrealloc(of->disks, of->n_disks + 1, sizeof(*of->disks));
	struct imported_disk *d = &of->disks[of->n_disks++];

	*d = (struct imported_disk){ .object = object, .vbd = TAKE(vbd) };
	vdi = imported_ref(i, record, "VDI", "VDI");
	if (!vdi && d->vbd->type == VBD_DISK)
		return imported_fail_to_find(imported_text(record, "VDI"), err);
	return vdi ? read_vdi(i, record, vdi, d, err) : 0;
}

/*
 * The id of the VM's VDI from which a snapshot's disk was taken: the one that the archive names, or, because xapi
 * does not always name one, the VM's disk at the same position.
 */
static const char *origin_of(const struct imported *i, const struct imported_disk *d)
{
	const struct ova *vdi = imported_ref(i, ova_get(d->object, "snapshot"), "VDI", "VDI");
	const struct ova *of = imported_ref(i, ova_get(vdi, "snapshot"), "snapshot_of", "VDI");
	const char *id = of ? imported_text(of, "id") : NULL, *found = NULL;

	for (size_t k = 0; k < i->n_disks; k++) {
		const struct imported_disk *now = &i->disks[k];

		if (!now->streamed || now->vbd->type != d->vbd->type)
			continue;
		if (str_eq(now->vdi_id, id))
			return id;
		if (!id && str_eq(now->vbd->userdevice, d->vbd->userdevice))
			found = now->vdi_id;
	}
	return found;
}

void imported_find_origins(struct imported *i)
{
	for (size_t k = 0; k < i->n_snapshots; k++)
		for (size_t n = 0; n < i->snapshots[k].n_disks; n++) {
			struct imported_disk *d = &i->snapshots[k].disks[n];

			d->origin = d->streamed ? origin_of(i, d) : NULL;
		}
}

/* ---- cards ------------------------------------------------------------------------------------ */

/* True for the number of a card, as vif-create takes it. */
static bool is_card_number(const char *text)
{
	size_t n = strlen(text);

	return n >= 1 && n <= 3 && strspn(text, "0123456789") == n && strtol(text, NULL, 10) <= 255;
}

static bool is_mac(const char *mac)
{
	for (int k = 0; k < 17; k++)
		if (k % 3 == 2 ? mac[k] != ':'
			       : !strchr("0123456789abcdefABCDEF", mac[k]) || !mac[k])
			return false;
	return !mac[17];
}

int imported_read_vif(struct imported *i, const struct ova *object, struct vxe_error *err)
{
	const struct ova *record = ova_get(object, "snapshot"), *owner, *network;
	const char *id = imported_text(object, "id");
	_cleanup_(vif_free_cleanup) struct vif *vif = record_new(&vif_class);
	_cleanup_(network_free_cleanup) struct network *net = record_new(&network_class);

	if (ova_read_rows(ova_vif_rows, &vif_class, record, id, vif, err) < 0 ||
		imported_need_ref(i, record, "VM", "VM", &owner, err) < 0 ||
		imported_need_ref(i, record, "network", "network", &network, err) < 0 ||
		ova_read_rows(ova_network_rows, &network_class, ova_get(network, "snapshot"),
			imported_text(network, "id"), net, err) < 0)
		return -1;
	struct imported *of = owner_of(i, owner);

	if (!of)
		return 0;
	if (!is_card_number(vif->device))
		return ova_fail(err, "%s: %s is not a position of a card", id, vif->device);
	for (size_t k = 0; k < of->n_vifs; k++)
		if (str_eq(of->vifs[k].vif->device, vif->device))
			return ova_fail(err, "%s: two cards at position %s", id, vif->device);
	if (*vif->mac && !is_mac(vif->mac))
		return ova_fail(err, "%s: %s is not a MAC address", id, vif->mac);
	uuid_lower(vif->mac); /* vxe stores MAC addresses in lower case */
	str_replace(&vif->r.uuid, imported_text(record, "uuid"));
	uuid_lower(vif->r.uuid);
	of->vifs = xrealloc(of->vifs, of->n_vifs + 1, sizeof(*of->vifs));
	of->vifs[of->n_vifs++] = (struct imported_vif){ TAKE(vif), TAKE(net),
		imported_text(ova_get(network, "snapshot"), "uuid") };
	return 0;
}
