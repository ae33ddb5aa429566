/* SPDX-License-Identifier: MIT */
/* The objects of an archive's document besides the VM: its disks, its cards, and the objects to which these refer. */
#include "objects/archive/vm_export_objects.h"

#include "objects/disks/disks.h"
#include "objects/archive/ova_members.h"
#include "objects/base/uuid.h"
#include "objects/classes/storage/sr.h"
#include "objects/domain/foreign_snapshots/internal_snapshot.h"
#include "objects/domain/vm_record_copy.h"
#include "objects/guest_state/suspend_image.h"
#include "objects/storage/floppy_file.h"

#include <inttypes.h>
#include <string.h>

#define SECTOR 512

/*
 * The id in the archive's document for the object with that UUID, "Ref:7". Owned. *fresh: the id is new, so the
 * caller must add the object to the document.
 */
char *export_id(struct exporting *e, const char *uuid, bool *fresh)
{
	const char *known = map_get(&e->ids, uuid);

	*fresh = !known;
	if (known)
		return xstrdup(known);
	char *id = xasprintf("Ref:%d", e->n_ids++);

	map_set(&e->ids, uuid, id);
	return id;
}

/*
 * Adds an object of the class, with that id, to the archive's document; returns the struct for the members of its
 * record.
 */
struct ova *export_object(struct exporting *e, const char *class, const char *id)
{
	struct ova *o = ova_add(e->objects, NULL, OVA_STRUCT);

	ova_add_text(o, "class", class);
	ova_add_text(o, "id", id);
	return ova_add(o, "snapshot", OVA_STRUCT);
}

/*
 * Members by which objects of an archive refer to another object, each with the list in that other object that refers
 * back.
 */
static const struct back {
	const char *class, *member, *list;
} backs[] = {
	{ "VBD", "VM", "VBDs" },
	{ "VIF", "VM", "VIFs" },
	{ "VBD", "VDI", "VBDs" },
	{ "VDI", "SR", "VDIs" },
	{ "VIF", "network", "VIFs" },
};

struct ova *export_member(struct ova *record, const char *name)
{
	for (size_t i = 0; i < record->n; i++)
		if (str_eq(record->items[i].name, name))
			return &record->items[i].value;
	return NULL;
}

struct ova *export_record(struct exporting *e, const char *id)
{
	for (size_t i = 0; i < e->objects->n; i++) {
		struct ova *o = &e->objects->items[i].value;

		if (str_eq(export_member(o, "id")->text, id))
			return export_member(o, "snapshot");
	}
	return NULL;
}

void export_backs(struct exporting *e, struct ova *object)
{
	for (size_t i = 0; i < ARRAY_LEN(backs); i++) {
		const struct back *b = &backs[i];

		if (!str_eq(export_member(object, "class")->text, b->class))
			continue;
		struct ova *to = export_record(
			e, export_member(export_member(object, "snapshot"), b->member)->text);
		struct ova *list = to ? export_member(to, b->list) : NULL;

		if (to && !list)
			list = ova_add(to, b->list, OVA_LIST);
		if (to)
			ova_add_text(list, NULL, export_member(object, "id")->text);
	}
}

/* Removes keys from an exported map: those that mean something only on this host, and those that may hold a secret. */
void export_scrub(struct map *m)
{
	static const char *const words[] = { "password", "secret", "take-over",
		"xensource_internal" };

	for (size_t i = m->n; i-- > 0;)
		for (size_t k = 0; k < ARRAY_LEN(words); k++)
			if (i < m->n && strcasestr(m->items[i].key, words[k])) {
				_cleanup_free_ char *key = xstrdup(m->items[i].key);

				(void)map_remove(m, key);
			}
}

static int64_t allocated(struct session *s, const char *path)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	struct content_stat f = { 0 };

	return path && disk_file_stat(content_of(s, path), &f, &ignored) == 0 ? f.allocated : 0;
}

static int add_sr(
	struct exporting *e, struct txn *t, const char *uuid, char **ret, struct vxe_error *err)
{
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;
	bool fresh;

	if (!uuid) { /* only a metadata archive may have a disk without an SR */
		*ret = xstrdup(OVA_NULL);
		return 0;
	}
	if (sr_get(t, uuid, &sr, err) < 0)
		return -1;
	*ret = export_id(e, uuid, &fresh);
	if (!fresh)
		return 0;
	ova_write_rows(ova_sr_rows, &sr_class, sr, export_object(e, "SR", *ret));
	return 0;
}

static bool is_iso(struct txn *t, const char *sr_uuid)
{
	_cleanup_error_ struct vxe_error ignored = { 0 };
	_cleanup_(sr_free_cleanup) struct sr *sr = NULL;

	return sr_uuid && sr_find(t, sr_uuid, &sr, &ignored) == 0 && sr &&
		sr_content_is_cds(sr->content_type);
}

/*
 * True for a medium that does not belong to the VM: a CD, an ISO image, the file of a floppy that the guest cannot
 * write to. An archive has only the name of a medium, not its content.
 */
static bool is_medium(struct txn *t, const struct vm_disk *d)
{
	return d->vbd->type == VBD_CD ||
		(d->vbd->type == VBD_FLOPPY && d->vbd->mode == VBD_RO && !d->node && d->vdi->file &&
			d->vdi->file[0] == '/') ||
		is_iso(t, d->vdi->sr);
}

/* @path: the image whose content the archive has; NULL: it only names the disk. */
static void add_vdi_record(struct session *s, struct exporting *e, const struct vm_disk *d,
	const char *path, const char *id, const char *sr, int64_t size)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = record_copy(&vdi_class, d->vdi);
	struct ova *record = export_object(e, "VDI", id);

	/*
	 * In the archive the snapshot's disk is one of a template or VM: it was read-only only because of the
	 * snapshot.
	 */
	if (vdi->is_a_snapshot)
		vdi->read_only = false;
	vdi->virtual_size = size;
	export_scrub(&vdi->other_config);
	ova_write_rows(ova_vdi_rows, &vdi_class, vdi, record);
	ova_add_text(record, "SR", sr);
	ova_add_int(record, "physical_utilisation", allocated(s, path ? path : d->path));
	ova_add_text(record, "location", path ? vdi->r.uuid : vdi->location);
}

static void stream(struct exporting *e, struct content *of, const char *format,
	const char *snapshot, const char *id, int64_t size)
{
	e->disks = xrealloc(e->disks, e->n_disks + 1, sizeof(*e->disks));
	e->disks[e->n_disks++] = (struct xva_disk){ .id = xstrdup(id),
		.of = of,
		.format = xstrdup(format),
		.size = size,
		.snapshot = xstrdup_null(snapshot) };
	e->total += size;
}

/*
 * Locks all layers of the disk's backing chain for the export. Each layer must exist, or a part of the content would
 * be missing.
 */
static int hold_layers(struct session *s, struct txn *t, const struct vm_disk *d, struct plan *p,
	struct inside *inside, struct vxe_error *err)
{
	size_t layers;

	if (vdi_is_inside(d->vdi))
		return inside_find(s, t, d, p, inside, err);
	if (vm_disk_check_chain(d, err) < 0)
		return -1;
	if (!d->node || str_is_empty(d->node->format))
		return vdi_fail_unmanaged(d->vdi, d->unfit, err);
	if (chain_check(s, t, d->vdi, d->node, &layers, err) < 0)
		return -1;
	return node_use_chain(s, t, d->node->r.uuid, p, err);
}

/* True for a floppy that vxe only refers to, and whose file the guest writes to: an archive has its content. */
static bool is_floppy_file(const struct vm_disk *d)
{
	return d->vbd->type == VBD_FLOPPY && !d->node && d->vdi->file && d->vdi->file[0] == '/';
}

/* What the archive reads of a disk: the image, its format, and the internal snapshot in it; NULL: none. */
struct streamed {
	char *path;
	const char *format;
	struct inside inside;
};

static void streamed_clear(struct streamed *of)
{
	free(of->path);
	inside_clear(&of->inside);
}

static int find_streamed(struct session *s, struct exporting *e, struct txn *t,
	const struct vm_disk *d, struct plan *p, struct streamed *ret, struct vxe_error *err)
{
	if (is_floppy_file(d)) {
		if (floppy_file(s, d, "export", &ret->path, &ret->format, err) < 0)
			return -1;
		if (e->of_snapshot)
			strv_add(&e->floppies, ret->path);
		return 0;
	}
	if (hold_layers(s, t, d, p, &ret->inside, err) < 0)
		return -1;
	const struct node *node = ret->inside.node ? ret->inside.node : d->node;

	ret->path = xstrdup(ret->inside.node ? ret->inside.path : d->path);
	ret->format = node->format;
	return 0;
}

/*
 * Refuses to write a disk into a metadata archive that an import could not find again: such an archive is imported
 * onto the disks that are on the host, and vxe must be able to attach them.
 */
static int check_found_again(struct txn *t, const struct vm_disk *d, struct vxe_error *err)
{
	bool found = is_medium(t, d) || is_floppy_file(d) ||
		(d->vdi->sr &&
			(vdi_is_inside(d->vdi) ||
				(d->node && !str_is_empty(d->node->format) && !d->unfit)));

	return found ? 0 : vdi_fail_unmanaged(d->vdi, d->unfit, err);
}

/* Adds the VDI of a disk to the archive's document, unless it is there already; *ret is the VDI's id. */
static int add_vdi(struct session *s, struct exporting *e, struct txn *t, const struct vm_disk *d,
	struct plan *p, char **ret, struct vxe_error *err)
{
	_cleanup_(streamed_clear) struct streamed of = { 0 };
	_cleanup_free_ char *sr = NULL;
	bool fresh, streamed = !e->args->metadata && !is_medium(t, d);
	int64_t size = d->vdi->virtual_size;

	*ret = export_id(e, d->vdi->r.uuid, &fresh);
	if (!fresh)
		return 0;
	if (streamed && find_streamed(s, e, t, d, p, &of, err) < 0)
		return -1;
	if (!streamed && check_found_again(t, d, err) < 0)
		return -1;
	if (streamed && disk_file_size(content_of(s, of.path), of.format, &size, err) < 0)
		return -1;
	if (add_sr(e, t, d->vdi->sr, &sr, err) < 0)
		return -1;
	add_vdi_record(s, e, d, of.path, *ret, sr, size);
	if (streamed)
		stream(e, content_of(s, of.path), of.format, of.inside.key, *ret, size);
	return 0;
}

int export_vbd(struct session *s, struct exporting *e, struct txn *t, const struct vm_disk *d,
	const char *vm, struct plan *p, struct vxe_error *err)
{
	_cleanup_(vbd_free_cleanup) struct vbd *vbd = record_copy(&vbd_class, d->vbd);
	bool fresh;
	_cleanup_free_ char *vdi = NULL, *id = export_id(e, vbd->r.uuid, &fresh);

	if (d->vdi && add_vdi(s, e, t, d, p, &vdi, err) < 0)
		return -1;
	vbd->empty = !d->vdi;
	export_scrub(&vbd->other_config);
	struct ova *record = export_object(e, "VBD", id);

	ova_write_rows(ova_vbd_rows, &vbd_class, vbd, record);
	ova_add_bool(record, "currently_attached", e->attached);
	ova_add_text(record, "VM", vm);
	ova_add_text(record, "VDI", vdi ? vdi : OVA_NULL);
	return 0;
}

/*
 * The label of the archive's network for a card that has no network in xe: the name of its libvirt network, or a
 * fixed name. An importer may connect only a card in user mode as it was here; for other kinds of cards the name is
 * one that no network has.
 */
static char *network_label(const struct domain_spec *spec, const struct vif *vif)
{
	_cleanup_free_ char *card = vif_card(vif);
	const struct spec_nic *nic = spec ? spec_find_nic(spec, card) : NULL;
	const char *type = nic && nic->type ? nic->type : "none";

	if (str_eq(type, "network") && !str_is_empty(nic->source))
		return xstrdup(nic->source);
	return str_eq(type, "user") ? xstrdup(OVA_USER_NETWORK)
				    : xasprintf(OVA_OTHER_NETWORK " (%s)", type);
}

static struct network *network_like(const struct exporting *e, const char *label)
{
	struct network *net = record_new(&network_class);

	net->r.uuid = uuid_derive(e->vm, label);
	str_replace(&net->name_label, label);
	net->mtu = 1500;
	return net;
}

static int add_network(struct exporting *e, struct txn *t, const struct vif *vif,
	const struct domain_spec *spec, char **ret, struct vxe_error *err)
{
	_cleanup_(network_free_cleanup) struct network *net = NULL;
	bool fresh;

	if (vif->network && network_get(t, vif->network, &net, err) < 0)
		return -1;
	if (!net) {
		_cleanup_free_ char *label = network_label(spec, vif);

		net = network_like(e, label);
	}
	*ret = export_id(e, net->r.uuid, &fresh);
	if (!fresh)
		return 0;
	ova_write_rows(ova_network_rows, &network_class, net, export_object(e, "network", *ret));
	return 0;
}

int export_vif(struct exporting *e, struct txn *t, const struct vif *from,
	const struct domain_spec *spec, const char *vm, struct vxe_error *err)
{
	_cleanup_(vif_free_cleanup) struct vif *vif = record_copy(&vif_class, from);
	_cleanup_free_ char *network = NULL, *id = NULL;
	bool fresh;

	id = export_id(e, vif->r.uuid, &fresh);
	if (add_network(e, t, vif, spec, &network, err) < 0)
		return -1;
	export_scrub(&vif->other_config);
	struct ova *record = export_object(e, "VIF", id);

	ova_write_rows(ova_vif_rows, &vif_class, vif, record);
	ova_add_bool(record, "currently_attached", e->attached);
	ova_add_text(record, "VM", vm);
	ova_add_text(record, "network", network);
	return 0;
}

/* ---- memory ----------------------------------------------------------------------------------- */

/* *ret: the memory can be restored on another host, because it needs no device of this one. */
static int can_travel(
	struct session *s, struct exporting *e, const char *path, bool *ret, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL, *portable = NULL;
	_cleanup_strv_ struct strv lost = { 0 };
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0 || hv_saved_xml(hv, path, &xml, err) < 0 ||
		xml_portable(xml, false, &portable, &lost, err) < 0)
		return -1;
	*ret = !lost.n;
	for (size_t i = 0; i < lost.n; i++)
		if (!strv_has(&e->lost, lost.items[i]))
			strv_add(&e->lost, lost.items[i]);
	return 0;
}

/*
 * Adds the VDI of the memory image to the archive's document. The content has whole sectors in the archive, so a key
 * of other_config says how many bytes the image file has.
 */
static void add_memory_record(struct session *s, struct exporting *e, const struct vdi *from,
	const char *sr, const char *path, const struct content_stat *f)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = record_copy(&vdi_class, from);
	_cleanup_free_ char *bytes = xasprintf("%" PRId64, f->size);
	struct ova *record = export_object(e, "VDI", e->memory_id);

	vdi->virtual_size = (f->size + SECTOR - 1) / SECTOR * SECTOR;
	vdi->type = VDI_SUSPEND;
	vdi->read_only = false;
	export_scrub(&vdi->other_config);
	map_set(&vdi->other_config, OVA_FORMAT, OVA_FORMAT_MEMORY);
	map_set(&vdi->other_config, OVA_BYTES, bytes);
	ova_write_rows(ova_vdi_rows, &vdi_class, vdi, record);
	ova_add_text(record, "SR", sr);
	ova_add_int(record, "physical_utilisation", f->allocated);
	ova_add_text(record, "location", vdi->r.uuid);
	stream(e, content_of(s, path), "raw", NULL, e->memory_id, vdi->virtual_size);
}

int export_memory(struct session *s, struct exporting *e, struct txn *t, const struct vm *vm,
	struct plan *p, struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL, *sr = NULL;
	_cleanup_(vdi_free_cleanup) struct vdi *image = NULL;
	struct content_stat f;
	bool fresh, can = false;

	if (image_find(s, t, vm, &path, err) < 0 || vdi_get(t, vm->suspend_vdi, &image, err) < 0 ||
		can_travel(s, e, path, &can, err) < 0 ||
		disk_file_stat(content_of(s, path), &f, err) < 0)
		return -1;
	if (!can)
		return 0;
	locks_add(&p->locks, LOCK_NODE, image->node, LEASE_SHARED);
	if (add_sr(e, t, image->sr, &sr, err) < 0)
		return -1;
	e->memory_id = export_id(e, image->r.uuid, &fresh);
	e->attached = true;
	add_memory_record(s, e, image, sr, path, &f);
	return 0;
}

int export_memory_record(
	struct exporting *e, struct txn *t, const struct vm *vm, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *image = NULL;
	_cleanup_free_ char *sr = NULL;
	bool fresh;

	if (vdi_get(t, vm->suspend_vdi, &image, err) < 0 || add_sr(e, t, image->sr, &sr, err) < 0)
		return -1;
	free(e->memory_id);
	e->memory_id = export_id(e, image->r.uuid, &fresh);
	struct ova *record = export_object(e, "VDI", e->memory_id);

	export_scrub(&image->other_config);
	ova_write_rows(ova_vdi_rows, &vdi_class, image, record);
	ova_add_text(record, "SR", sr);
	ova_add_int(record, "physical_utilisation", 0);
	ova_add_text(record, "location", image->location);
	return 0;
}
