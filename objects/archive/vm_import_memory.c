/* SPDX-License-Identifier: MIT */
/*
 * The memory of an imported suspended VM. The image contains the XML of the saved machine; it is
 * rewritten for the new VM, with this host's files, networks and MAC addresses. Of the rest only
 * what a guest can see is kept, because the image may be hostile.
 */
#include "objects/archive/vm_import_memory.h"

#include "backends/hv/memory_image.h"
#include "objects/archive/vm_import_devices.h"
#include "objects/guest_state/suspend_image.h"

#include <string.h>

/* ---- plan ------------------------------------------------------------------------------------- */

void import_plan_memory(struct making *m, const struct importing *i, const struct sr *sr)
{
	image_plan_records(sr, i->in.memory_bytes, false, m->p);
	m->vm->power_state = POWER_SUSPENDED;
	str_replace(&m->vm->suspend_vdi, plan_string(m->p, "image"));
}

const char *import_memory_path(const struct op *op, const struct importing *i, const char *id)
{
	return i->resumes && str_eq(id, i->in.memory_id) ? plan_string(&op->plan, "memory-path")
							 : NULL;
}

/* ---- steps ------------------------------------------------------------------------------------ */

int step_make_memory(struct op *op, struct vxe_error *err)
{
	const struct importing *i = op->ctx;
	const char *path = plan_string(&op->plan, "memory-path");

	for (size_t k = 0; path && k < i->in.n_streams; k++)
		if (str_eq(i->in.streams[k].id, i->in.memory_id))
			return memory_make(op, path, i->in.streams[k].size, err);
	return 0;
}

int step_drop_memory(struct op *op, struct vxe_error *err)
{
	return image_drop(op, err);
}

/* ---- another machine's image ------------------------------------------------------------------ */

static int fail_memory(struct vxe_error *err, const char *why)
{
	return ova_fail(err, "the memory image: %s", why);
}

/* Reads the XML in the memory image, and keeps what a guest can see. */
static int read_image(
	struct content *image, char **xml, struct domain_spec **spec, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error bad = { 0 };
	_cleanup_strv_ struct strv lost = { 0 };
	_cleanup_free_ char *there = NULL;

	if (memory_image_xml(image, &there, &bad) < 0 ||
		xml_portable(there, false, xml, &lost, &bad) < 0 || spec_read(*xml, spec, &bad) < 0)
		return fail_memory(err, bad.n_params > 1 ? bad.params[1] : "it cannot be read");
	if (!lost.n)
		return 0;
	_cleanup_free_ char *names = strv_join(&lost, ", ");
	_cleanup_free_ char *why = xasprintf("it needs parts of another host: %s", names);

	return fail_memory(err, why);
}

/*
 * Gives the saved machine the disk files of the VM's new definition. A drive that the definition lacks becomes empty;
 * a disk that it lacks is an error.
 */
static int place_disks(
	struct domain_spec *spec, const struct domain_spec *here, struct vxe_error *err)
{
	for (size_t k = 0; k < spec->n_disks; k++) {
		struct spec_disk *d = &spec->disks[k];
		const struct spec_disk *to = d->target ? spec_find_disk(here, d->target) : NULL;

		if (!to && d->device != DISK_CDROM && d->device != DISK_FLOPPY)
			return fail_memory(err, "it has a disk that the VM has not");
		if (to && to->path)
			spec_put_file(d, to->path, to->format ? to->format : "raw");
		else
			spec_put_nothing(d);
	}
	return 0;
}

/* The MAC address on this host of the card that has the address @mac in the archive; NULL: there is no such card. */
static const char *address_of(const struct importing *i, const char *mac)
{
	for (size_t k = 0; mac && k < i->in.n_vifs; k++)
		if (str_eq(i->in.vifs[k].vif->mac, mac))
			return i->macs.items[k];
	return NULL;
}

static int place_card(const struct importing *i, const char *card, struct spec_nic *nic,
	const struct domain_spec *here, struct vxe_error *err)
{
	const char *mac = address_of(i, nic->mac);
	/* Finds the card in the VM's new definition by its new MAC address. */
	const char *rest = strchr(card, '|');
	_cleanup_free_ char *there = xasprintf("%s%s", mac ? mac : "", rest ? rest : "");
	const struct spec_nic *to = mac ? spec_find_nic(here, there) : NULL;

	if (!to)
		return fail_memory(err, "it has a card that the VM has not");
	free(nic->mac_was);
	nic->mac_was = TAKE(nic->mac);
	nic->mac = xstrdup(mac);
	nic->queues = to->queues;
	nic->link_down = to->link_down;
	str_replace(&nic->type, to->type);
	str_replace(&nic->source, to->source);
	return 0;
}

static int place_cards(const struct importing *i, struct domain_spec *spec,
	const struct domain_spec *here, struct vxe_error *err)
{
	_cleanup_strv_ struct strv cards = { 0 };

	for (size_t k = 0; k < spec->n_nics; k++)
		strv_take(&cards, spec_nic_card(spec, &spec->nics[k]));
	for (size_t k = 0; k < spec->n_nics; k++)
		if (place_card(i, cards.items[k], &spec->nics[k], here, err) < 0)
			return -1;
	return 0;
}

/*
 * The image's XML with the disks, cards, name and UUID of the new VM; of the rest only what a guest can see. Owned.
 */
static int xml_for_new_vm(struct op *op, const char *path, char **ret, struct vxe_error *err)
{
	const struct importing *i = op->ctx;
	_cleanup_spec_ struct domain_spec *spec = NULL, *here = NULL;
	_cleanup_free_ char *xml = NULL;

	if (spec_read(i->definition, &here, err) < 0 ||
		read_image(content_of(op->s, path), &xml, &spec, err) < 0 ||
		place_disks(spec, here, err) < 0 || place_cards(i, spec, here, err) < 0)
		return -1;
	spec_drop_layers(spec);
	str_replace(&spec->uuid, here->uuid);
	str_replace(&spec->name, here->name);
	str_replace(&spec->nvram, here->nvram);
	str_replace(&spec->varstore, here->varstore);
	str_replace(&spec->store, op->s->store_uuid);
	return spec_patch(xml, spec, ret, err);
}

int step_seal_memory(struct op *op, struct vxe_error *err)
{
	return plan_has(&op->plan, "memory-path") ? image_seal(op, err) : 0;
}

int step_bind_memory(struct op *op, struct vxe_error *err)
{
	const struct importing *i = op->ctx;
	const char *path = plan_string(&op->plan, "memory-path");
	_cleanup_free_ char *xml = NULL;

	if (!path)
		return 0;
	/* Cuts off the padding behind the memory image, which has whole sectors in the archive. */
	if (truncate(path, i->in.memory_bytes) < 0)
		return vxe_fail_errno(err, "the size of %s", path);
	if (xml_for_new_vm(op, path, &xml, err) < 0)
		return -1;
	_cleanup_error_ struct vxe_error bad = { 0 };

	if (memory_bind(op, path, xml, &bad) < 0)
		return fail_memory(err, bad.n_params > 1 ? bad.params[1] : "it cannot be written");
	return step_seal_memory(op, err);
}
