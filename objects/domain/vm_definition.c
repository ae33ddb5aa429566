/* SPDX-License-Identifier: MIT */
/* Makes a domain's XML from a base document and the records of VM, VBDs and VIFs. */
#include "objects/domain/vm_definition.h"

#include "objects/classes/network/network_records.h"
#include "objects/domain/vm_spec.h"
#include "objects/session/disk_chain.h"
#include "objects/session/disk_path.h"
#include "objects/guest_state/firmware_state.h"

#include <string.h>

void definition_add_disk(struct definition *d, const struct vbd *vbd, const struct vdi *vdi,
	const char *path, const char *format)
{
	d->disks = xrealloc(d->disks, d->n_disks + 1, sizeof(*d->disks));
	d->disks[d->n_disks++] = (struct definition_disk){ vbd, vdi, path, format };
}

void definition_add_vif(struct definition *d, const struct vif *vif, const char *card,
	const char *type, const char *source)
{
	d->vifs = xrealloc(d->vifs, d->n_vifs + 1, sizeof(*d->vifs));
	d->vifs[d->n_vifs++] = (struct definition_vif){ vif, card, type, source };
}

void definition_clear(struct definition *d)
{
	free(d->disks);
	free(d->vifs);
	*d = (struct definition){ 0 };
}

/* ---- disks ----------------------------------------------------------------------------------- */

char *definition_target(enum vbd_type type, const char *userdevice)
{
	static const char *const prefixes[] = {
		[VBD_DISK] = "vd", [VBD_CD] = "hd", [VBD_FLOPPY] = "fd"
	};
	int n = vbd_position(userdevice);

	if (n < 0)
		n = 0;
	if (n < 26)
		return xasprintf("%s%c", prefixes[type], (char)('a' + n));
	return xasprintf(
		"%s%c%c", prefixes[type], (char)('a' + n / 26 % 26 - 1), (char)('a' + n % 26));
}

static const char *bus_of(const struct domain_spec *spec, const struct vbd *vbd)
{
	if (vbd->type == VBD_DISK)
		return "virtio";
	if (vbd->type == VBD_FLOPPY)
		return "fdc";
	/* Machines with PCI Express have no IDE controller. */
	return spec->machine &&
			(str_eq(spec->machine, "pc") || str_starts(spec->machine, "pc-i440"))
		? "ide"
		: "sata";
}

static struct spec_disk *disk_place(struct domain_spec *spec, const struct vbd *vbd)
{
	struct spec_disk *d = spec_find_disk(spec, vbd->target);

	if (d)
		return d;
	d = spec_add_disk(spec);
	d->target = xstrdup(vbd->target);
	d->bus = xstrdup(bus_of(spec, vbd));
	d->device = vbd->type == VBD_CD	  ? DISK_CDROM
		: vbd->type == VBD_FLOPPY ? DISK_FLOPPY
					  : DISK_DISK;
	d->readonly = vbd->mode == VBD_RO;
	return d;
}

static int place_disk(struct session *s, struct domain_spec *spec,
	const struct definition_disk *disk, struct vxe_error *err)
{
	struct spec_disk *d = disk_place(spec, disk->vbd);
	const char *file = disk->vdi ? map_get(&disk->vdi->sm_config, "file") : NULL;

	if (disk->vdi)
		d->shareable = disk->vdi->sharable;
	if (disk->path)
		return disk_put_file(s, d, disk->path, disk->format, err);
	if (!disk->vdi)
		spec_put_nothing(d);
	else if (file && file[0] == '/')
		return disk_put_file(s, d, file, vdi_reference_format(disk->vdi), err);
	return 0;
}

static bool has_target(const struct definition *d, const char *target)
{
	for (size_t i = 0; i < d->n_disks; i++)
		if (str_eq(d->disks[i].vbd->target, target))
			return true;
	return false;
}

static int place_disks(struct session *s, const struct definition *d, struct domain_spec *spec,
	struct vxe_error *err)
{
	_cleanup_strv_ struct strv gone = { 0 };

	for (size_t i = 0; i < spec->n_disks; i++)
		if (!has_target(d, spec->disks[i].target))
			strv_add(&gone, spec->disks[i].target);
	for (size_t i = 0; i < gone.n; i++)
		spec_remove_disk(spec, gone.items[i]);
	for (size_t i = 0; i < d->n_disks; i++)
		if (place_disk(s, spec, &d->disks[i], err) < 0)
			return -1;
	return 0;
}

/* ---- cards ----------------------------------------------------------------------------------- */

/*
 * Connects a network card of the definition to the VIF's network. A network that libvirt has lost stays in the
 * definition by its name, and without it the domain does not start.
 */
static int plug(struct session *s, struct txn *t, const struct vif *vif, struct spec_nic *nic,
	struct vxe_error *err)
{
	_cleanup_(network_free_cleanup) struct network *net = NULL;
	const char *type, *source;

	if (session_facts(s->here, err) < 0 ||
		(vif->network && network_find(t, vif->network, &net, err) < 0))
		return -1;
	if (!net || (!network_source(s, net, &type, &source) && !net->mirrors && !net->made)) {
		/*
		 * Leaves a network card without a network unconnected: its link is down, because an interface of type
		 * 'user' would have a way out.
		 */
		nic->type = xstrdup("user");
		nic->queues = 0; /* an interface of type 'user' has only one queue */
		nic->link_down = true;
		return 0;
	}
	if (!network_source(s, net, &type, &source))
		type = "network", source = network_libvirt_name(net);
	nic->type = xstrdup(type);
	nic->source = xstrdup(source);
	return 0;
}

static int place_vif(struct session *s, struct txn *t, const struct definition *d,
	const struct definition_vif *v, const struct domain_spec *base, struct domain_spec *spec,
	struct vxe_error *err)
{
	_cleanup_free_ char *own = vif_card(v->vif);
	const struct spec_nic *was = spec_find_nic(base, v->card ? v->card : own);
	struct spec_nic *nic = spec_add_nic(spec);

	nic->mac = xstrdup(v->vif->mac);
	if (was) { /* the base document has this card: it is changed where it stands */
		nic->place = was->place;
		if (!str_eq(was->mac, nic->mac))
			nic->mac_was = xstrdup_null(was->mac);
		nic->model = xstrdup_null(was->model);
		nic->boot = was->boot;
		nic->queues = was->queues;
		nic->link_down = was->link_down;
	} else
		nic->model = xstrdup(str_is_empty(v->vif->model) ? "virtio" : v->vif->model);
	if (v->type) {
		nic->type = xstrdup(v->type);
		nic->source = xstrdup_null(v->source);
		nic->queues = str_eq(v->type, "user") ? 0 : nic->queues;
		return 0;
	}
	if (!was || d->abroad)
		return plug(s, t, v->vif, nic, err);
	nic->type = xstrdup_null(was->type);
	nic->source = xstrdup_null(was->source);
	return 0;
}

/* Gives the definition the network cards of the VIF records instead of those of the base document. */
static int place_vifs(struct session *s, struct txn *t, const struct definition *d,
	struct domain_spec *spec, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *base = domain_spec_new();

	base->nics = TAKE(spec->nics);
	base->n_nics = spec->n_nics;
	spec->n_nics = 0;
	for (size_t i = 0; i < d->n_vifs; i++)
		if (place_vif(s, t, d, &d->vifs[i], base, spec, err) < 0)
			return -1;
	return 0;
}

/* ---- the whole definition -------------------------------------------------------------------- */

/*
 * Changes the path of a state file to the one that libvirt would choose, in the same folder, for a domain of this
 * name.
 */
static void own_place(char **path, const char *name, const char *suffix)
{
	const char *slash = *path ? strrchr(*path, '/') : NULL;

	if (!slash)
		return;
	_cleanup_free_ char *own =
		xasprintf("%.*s/%s%s", (int)(slash - *path), *path, name, suffix);

	str_replace(path, own);
}

static int set_uefi(char **xml, struct domain_spec **spec, struct vxe_error *err)
{
	_cleanup_free_ char *patched = NULL;

	str_replace(&(*spec)->firmware, "efi");
	if (spec_patch(*xml, *spec, &patched, err) < 0)
		return -1;
	free(*xml);
	*xml = TAKE(patched);
	return 0;
}

/* Refuses a base document with a data source that no <disk> names: two machines would write to the same data. */
static int check_unnamed(const struct domain_spec *spec, struct vxe_error *err)
{
	if (!spec->unnamed.n)
		return 0;
	_cleanup_free_ char *all = strv_join(&spec->unnamed, ", ");
	_cleanup_free_ char *why = xasprintf(
		"the new VM would write to the same data, because no <disk> of the definition "
		"names it: %s; make it a <disk> with 'virsh edit', or take it out",
		all);

	return vxe_fail(err, OPERATION_NOT_ALLOWED, why);
}

/*
 * Reads the base document of the new definition. If it describes another machine, it is changed into one of this VM.
 */
static int read_base(struct session *s, struct hv *hv, const struct definition *d, char **xml,
	struct domain_spec **spec, struct vxe_error *err)
{
	_cleanup_free_ char *base = str_is_empty(d->base) ? NULL : xstrdup(d->base);
	_cleanup_spec_ struct domain_spec *first = NULL;

	if (!base && hv_new_machine(hv, &base, err) < 0)
		return -1;
	if (spec_read(base, &first, err) < 0)
		return -1;
	/* The firmware must be set before the place of UEFI variables is chosen (below). */
	if (d->abroad && str_eq(map_get(&d->vm->hvm_boot_params, "firmware"), "uefi") &&
		!str_eq(first->firmware, "efi") && set_uefi(&base, &first, err) < 0)
		return -1;
	if (str_eq(first->uuid, d->vm->r.uuid)) {
		*xml = TAKE(base);
		*spec = TAKE(first);
		str_replace(&(*spec)->name, d->name);
		/*
		 * A VM that never had a domain has no file of UEFI variables; an existing file belongs to another VM.
		 */
		return str_is_empty(d->vm->libvirt_name) || d->abroad
			? capture_own_place(s, *spec, err)
			: 0;
	}
	if (check_unnamed(first, err) < 0 || xml_unshare(base, d->name, xml, err) < 0 ||
		spec_read(*xml, spec, err) < 0)
		return -1;
	own_place(&(*spec)->nvram, d->name, NVRAM_SUFFIX);
	own_place(&(*spec)->varstore, d->name, VARSTORE_SUFFIX);
	str_replace(&(*spec)->uuid, d->vm->r.uuid);
	str_replace(&(*spec)->name, d->name);
	return capture_own_place(s, *spec, err);
}

int definition_xml(struct session *s, struct txn *t, const struct definition *d, char **ret,
	struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;
	_cleanup_free_ char *xml = NULL;
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0 || read_base(s, hv, d, &xml, &spec, err) < 0)
		return -1;
	str_replace(&spec->uuid, d->vm->r.uuid);
	str_replace(&spec->name, d->name);
	vm_to_spec(d->vm, spec, s->store_uuid);
	if (place_disks(s, d, spec, err) < 0 || place_vifs(s, t, d, spec, err) < 0)
		return -1;
	return definition_patch(s, xml, spec, ret, err);
}
