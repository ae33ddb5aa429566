/* SPDX-License-Identifier: MIT */
/* `vxe check`: compares VMs with libvirt's domains, and their disks. */
#include "objects/check/check_areas.h"

#include "objects/classes/network/network_records.h"
#include "objects/classes/vm/vbd.h"
#include "objects/classes/vm/vif.h"
#include "objects/classes/vm/vm.h"
#include "objects/classes/vm/vm_power.h"
#include "objects/vm/vm_from_dead.h"
#include "objects/domain/guard_overlay.h"
#include "objects/session/disk_chain.h"
#include "objects/session/disk_path.h"
#include "objects/guest_state/suspend_image.h"
#include "objects/base/file_key.h"

struct machine {
	struct check *c;
	const struct vm *vm;
	const struct hv_domain *domain;
	struct records vbds;
};

static const struct vbd *find_vbd(const struct machine *m, const char *target)
{
	for (size_t i = 0; i < m->vbds.n; i++)
		if (str_eq(((const struct vbd *)m->vbds.items[i])->target, target))
			return m->vbds.items[i];
	return NULL;
}

/*
 * Finds the layer that a VM's device should have: the guard overlay of a suspended VM, else the layer of the VDI.
 * *ret is NULL if vxe does not manage the file.
 */
static int node_of_vbd(const struct machine *m, const struct vbd *b, const struct node **ret,
	const char **path, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;

	*ret = NULL;
	if (b->guard) {
		*ret = check_node(m->c, b->guard, path);
		return 0;
	}
	if (!b->vdi)
		return 0;
	if (vdi_find(m->c->t, b->vdi, &vdi, err) < 0)
		return -1;
	if (vdi)
		*ret = check_node(m->c, vdi->node, path);
	return 0;
}

static int check_vbd(const struct machine *m, const struct domain_spec *spec, const struct vbd *b,
	const char *which, struct vxe_error *err)
{
	const struct spec_disk *disk = spec_find_disk(spec, b->target);
	const struct node *n;
	const char *path = NULL;

	if (node_of_vbd(m, b, &n, &path, err) < 0)
		return -1;
	if (!n)
		return 0;
	int there = disk ? disk_is_on(m->c->s, disk, path, err) : 0;

	if (there < 0)
		return -1;
	/* An unplugged disk is in the domain's inactive definition and not in its live XML. */
	if (!disk && b->unplugged && str_eq(which, "live"))
		return 0;
	if (!disk)
		check_found(m->c, "domain", "VM", m->vm->r.uuid, "its %s XML has no disk %s", which,
			b->target);
	else if (!there)
		check_found(m->c, "domain", "VM", m->vm->r.uuid,
			"disk %s is on %s in its %s XML, the record says %s; with the VM off 'vxe "
			"vm-adopt-disks uuid=%s' with keep=records or keep=definition chooses",
			b->target, disk->path ? disk->path : "nothing", which, path, m->vm->r.uuid);
	else if (!str_eq(disk->format, n->format))
		check_found(m->c, "domain", "VM", m->vm->r.uuid,
			"disk %s is %s in its %s XML, the record says %s", b->target,
			disk->format ? disk->format : "of no format", which, n->format);
	else if ((disk->source == DISK_FILE || disk->source == DISK_BLOCK) &&
		(disk->source == DISK_BLOCK) != file_is_device(disk->path))
		check_found(m->c, "domain", "VM", m->vm->r.uuid,
			"disk %s is defined as a %s in its %s XML, but %s is not one: 'virsh edit' "
			"can correct this",
			b->target, disk->source == DISK_BLOCK ? "block device" : "file", which,
			path);
	if (b->mode == VBD_RW && n->state != NODE_WRITABLE && disk && !disk->readonly)
		check_found(m->c, "node", "VM", m->vm->r.uuid,
			"disk %s would write to %s, whose content must not change", b->target,
			path);
	return 0;
}

static void check_card(const struct machine *m, const struct spec_nic *nic)
{
	const struct hv_networks *networks = m->c->s->here->networks;

	if (!str_eq(nic->type, "network") || networks->unknown ||
		networks_by_name(m->c->s, nic->source))
		return;
	check_found(m->c, "domain", "VM", m->vm->r.uuid,
		"card %s is on the network %s, which libvirt does not have: the VM cannot start; "
		"'virsh net-define' brings that back, vif-move puts the card into another one",
		nic->mac, nic->source);
}

/*
 * Reports a disk for which the domain's XML has another backing chain than the headers of the images, by which vxe
 * goes, and a plain disk above an encrypted image.
 */
static void check_below(const struct machine *m, const struct spec_disk *disk, const char *which)
{
	_cleanup_chain_odd_ struct chain_odd odd = { 0 };
	bool live = str_eq(which, "live");
	const char *encrypted = spec_encrypted(disk);

	if (!live && encrypted && !disk->encrypted)
		check_found(m->c, "domain", "VM", m->vm->r.uuid,
			"disk %s: %s below it is encrypted, and what the guest writes to %s is "
			"plain text: merge that down with 'virsh blockcommit', or see that only "
			"you can read it",
			disk->target, encrypted, spec_disk_at(disk));
	if (disk_chain_is_odd(m->c->s, disk, live, &odd))
		check_found(m->c, "domain", "VM", m->vm->r.uuid,
			"disk %s: below %s it has %s in its %s XML, its header says %s: "
			"'vm-adopt-disks keep=definition' puts the header right, keep=records "
			"goes by the header",
			disk->target, odd.file, odd.defined, which, odd.header);
}

/*
 * Reports cards that an older vxe has imported wrongly: the record names a network that exists only as a record, but
 * the definition has user mode networking. The user has never asked for this way out of the guest.
 */
static int check_user_cards(
	const struct machine *m, const struct domain_spec *spec, struct vxe_error *err)
{
	_cleanup_records_ struct records vifs = { 0 };

	if (records_load(m->c->t, &vif_class, "vm", m->vm->r.uuid, &vifs, err) < 0)
		return -1;
	for (size_t i = 0; i < vifs.n; i++) {
		const struct vif *vif = vifs.items[i];
		_cleanup_(network_free_cleanup) struct network *net = NULL;
		_cleanup_free_ char *card = vif_card(vif);
		const struct spec_nic *nic = spec_find_nic(spec, card);

		if (!nic || !str_eq(nic->type, "user") || nic->link_down || !vif->network)
			continue;
		if (network_find(m->c->t, vif->network, &net, err) < 0)
			return -1;
		if (net && !net->mirrors && !net->made && str_is_empty(net->bridge))
			check_found(m->c, "domain", "VM", m->vm->r.uuid,
				"card %s is in user mode networking, which reaches this host, and "
				"not in the network %s; vif-move puts it into a network",
				nic->mac, net->name_label);
	}
	return 0;
}

/*
 * Reports a machine type that this QEMU does not have, after an upgrade or on another host: the VM does not start,
 * and saved memory of it cannot be restored.
 */
static int check_machine_type(const struct machine *m, const char *xml, struct vxe_error *err)
{
	_cleanup_free_ char *gone = NULL;

	if (hv_machine_gone(m->c->hv, xml, &gone, NULL, err) < 0)
		return -1;
	if (gone)
		check_found(m->c, "domain", "VM", m->vm->r.uuid,
			"its QEMU has no machine type %s any more, so it does not start; 'virsh "
			"edit' gives it another (pc or q35 is the newest of its kind)",
			gone);
	return 0;
}

static int check_xml(const struct machine *m, enum hv_xml which, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;
	const char *name = which == HV_XML_LIVE ? "live" : "inactive";

	if (hv_xml(m->c->hv, m->vm->r.uuid, which, &xml, err) < 0 ||
		spec_read(xml, &spec, err) < 0 || disk_paths_know(m->c->s, spec, err) < 0)
		return -1;
	if (!session_is_own_store(m->c->s, spec->store))
		/* a domain that belongs to another store of vxe is listed and never checked */
		return 0;
	if (which == HV_XML_INACTIVE &&
		(check_note_files(m->c, spec, err) < 0 || check_machine_type(m, xml, err) < 0))
		return -1;
	for (size_t i = 0; i < m->vbds.n; i++)
		if (check_vbd(m, spec, m->vbds.items[i], name, err) < 0)
			return -1;
	for (size_t i = 0; i < spec->n_disks; i++)
		check_below(m, &spec->disks[i], name);
	for (size_t i = 0; i < spec->n_disks; i++)
		if (!find_vbd(m, spec->disks[i].target))
			check_found(m->c, "domain", "VM", m->vm->r.uuid,
				"its %s XML has a disk %s that has no record; %s", name,
				spec->disks[i].target,
				which == HV_XML_LIVE
					? "'virsh attach-device --config' makes it a part of the "
					  "definition, 'virsh detach-disk' takes it away"
					: "'vxe vm-adopt-disks keep=definition' takes it over");
	for (size_t i = 0; which == HV_XML_INACTIVE && i < spec->n_nics; i++)
		check_card(m, &spec->nics[i]);
	return which == HV_XML_INACTIVE ? check_user_cards(m, spec, err) : 0;
}

/* ---- Suspended machines ---------------------------------------------------------------------- */

static int report_touched(
	const struct machine *m, const struct vbd *b, const char *guard, struct vxe_error *err)
{
	_cleanup_free_ char *xml = NULL;
	_cleanup_spec_ struct domain_spec *spec = NULL;

	if (m->domain && m->domain->persistent &&
		(hv_xml(m->c->hv, m->vm->r.uuid, HV_XML_INACTIVE, &xml, err) < 0 ||
			spec_read(xml, &spec, err) < 0 || disk_paths_know(m->c->s, spec, err) < 0))
		return -1;
	check_found(m->c, "guard", "VM", m->vm->r.uuid,
		"%s was written to while the VM was suspended; %s", guard,
		guard_ways_out(
			m->c->s, guard, spec ? spec_find_disk(spec, b->target) : NULL, true));
	return 0;
}

static int check_guard(const struct machine *m, const struct vbd *b, struct vxe_error *err)
{
	_cleanup_(vdi_free_cleanup) struct vdi *vdi = NULL;
	const char *path = NULL;
	const struct node *guard = check_node(m->c, b->guard, &path), *below = NULL;
	bool touched;

	if (!guard) /* check_references() reports it */
		return 0;
	if (b->vdi && vdi_find(m->c->t, b->vdi, &vdi, err) < 0)
		return -1;
	if (vdi)
		below = check_node(m->c, vdi->node, NULL);
	if (guard->kind != NODE_GUARD || !below || !str_eq(guard->parent, below->r.uuid) ||
		below->state != NODE_FROZEN)
		check_found(m->c, "guard", "VBD", b->r.uuid,
			"%s is not a guard of the suspended VM's disk", path);
	if (guard_is_touched(content_of(m->c->s, path), guard->virtual_size, &touched, err) < 0)
		return -1;
	return touched ? report_touched(m, b, path, err) : 0;
}

static int check_autostart(const struct machine *m, struct vxe_error *err)
{
	bool on = false;

	if (m->domain && m->domain->persistent &&
		hv_autostart(m->c->hv, m->vm->r.uuid, &on, err) < 0)
		return -1;
	if (on)
		check_found(m->c, "guard", "VM", m->vm->r.uuid,
			"libvirt would start the suspended VM with the host");
	return 0;
}

static int check_image(const struct machine *m, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error failed = { 0 };
	_cleanup_free_ char *path = NULL;

	(void)err;
	if (image_find(m->c->s, m->c->t, m->vm, &path, &failed) == 0)
		return 0;
	if (failed.code == SUSPEND_IMAGE_NOT_ACCESSIBLE)
		check_found(m->c, "guard", "VM", m->vm->r.uuid,
			"the memory image of the suspended VM cannot be read; put it back, or 'vxe "
			"vm-shutdown uuid=%s --force' gives the memory up",
			m->vm->r.uuid);
	else
		check_failed(m->c, "guard", "VM", m->vm->r.uuid, &failed);
	return 0;
}

static int check_suspended(const struct machine *m, struct vxe_error *err)
{
	bool suspended = m->vm->power_state == POWER_SUSPENDED;
	bool runs = m->domain && hv_is_active(m->domain->state);

	if (suspended && runs)
		check_found(m->c, "guard", "VM", m->vm->r.uuid,
			"the suspended VM was started outside vxe; 'vm-resume "
			"discard-changes=true' goes back to its memory image, 'vm-shutdown "
			"--force' drops the image");
	for (size_t i = 0; i < m->vbds.n; i++) {
		const struct vbd *b = m->vbds.items[i];

		if (!b->guard)
			continue;
		if (!suspended)
			check_found(m->c, "guard", "VBD", b->r.uuid,
				"the disk of a VM that is not suspended has a guard");
		else if (!runs && check_guard(m, b, err) < 0)
			return -1;
	}
	if (!suspended)
		return 0;
	return check_image(m, err) < 0 ? -1 : check_autostart(m, err);
}

static void check_once(const struct machine *m)
{
	for (size_t i = 0; i < m->vbds.n; i++) {
		const struct vbd *b = m->vbds.items[i];
		_cleanup_error_ struct vxe_error failed = { 0 };

		if (!b->vdi || b->type != VBD_DISK || vbd_check_once(m->c->t, b->vdi, &failed) == 0)
			continue;
		check_failed(m->c, "domain", "VM", m->vm->r.uuid, &failed);
		return;
	}
}

/* Reports a guest whose file systems are frozen, if its guest agent says so; most guests have no agent. */
static int check_frozen(const struct machine *m, struct vxe_error *err)
{
	enum hv_freeze state = HV_THAWED;

	if (m->domain->state == HV_RUNNING &&
		hv_frozen(m->c->hv, m->vm->r.uuid, false, &state, err) < 0)
		return -1;
	if (state == HV_FROZEN)
		check_found(m->c, "domain", "VM", m->vm->r.uuid,
			"the file systems of its guest are frozen; unless a backup is at work just "
			"now, 'virsh domfsthaw %s' lets them go",
			m->vm->r.uuid);
	return 0;
}

/* Another program has undefined a domain whose guest runs. One that a vxe is just at work on may be of its making. */
static void check_transient(const struct machine *m)
{
	const char *uuid = m->vm->r.uuid;

	if (!strv_has(&m->c->busy, uuid))
		check_found(m->c, "domain", "VM", uuid,
			"its definition is gone from libvirt, which forgets the VM when the guest ends: "
			"'virsh dumpxml %s > vm.xml && virsh define vm.xml'",
			uuid);
}

static int check_machine(struct machine *m, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error failed = { 0 };
	int r = 0;

	if (records_load(m->c->t, &vbd_class, "vm", m->vm->r.uuid, &m->vbds, err) < 0)
		return -1;
	if (check_suspended(m, &failed) < 0)
		check_failed(m->c, "guard", "VM", m->vm->r.uuid, &failed);
	check_once(m);
	if (!m->domain) {
		check_found(m->c, "domain", "VM", m->vm->r.uuid,
			"%s has no domain in libvirt; 'vxe snapshot-revert' to a snapshot of it "
			"defines it again, 'vxe vm-destroy uuid=%s' ends its record and keeps its "
			"disks",
			m->vm->name_label, m->vm->r.uuid);
		return 0;
	}
	if (m->domain->persistent)
		r = check_xml(m, HV_XML_INACTIVE, &failed);
	else
		check_transient(m);
	if (r == 0 && hv_is_active(m->domain->state))
		r = check_xml(m, HV_XML_LIVE, &failed);
	if (r == 0)
		r = check_frozen(m, &failed);
	if (r < 0)
		check_failed(m->c, "domain", "VM", m->vm->r.uuid, &failed);
	return 0;
}

/* Notes for check_lost() a VM that is not at home here, because its host has died. */
static void check_elsewhere(const struct machine *m)
{
	const char *uuid = m->vm->r.uuid;

	if (!strv_has(&m->c->busy, uuid) && vm_has_domain(m->vm) &&
		!(m->domain && hv_is_active(m->domain->state)) && str_eq(m->vm->home, HOME_NONE) &&
		!str_is_empty(m->vm->last_home))
		strv_add(&m->c->lost, uuid);
}

static int check_lost_one(struct check *c, const char *uuid, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error why = { 0 };
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(c->s->store, TXN_READ, &t, err) < 0 || vm_find(t, uuid, &vm, err) < 0)
		return -1;
	txn_abort(TAKE(t));
	if (vm && vm_check_from_dead(c->s, vm, &why) < 0 && why.code != VM_REQUIRES_SR &&
		why.code != SR_NOT_ATTACHED && why.code != HOST_OFFLINE)
		check_failed(c, "home", "VM", uuid, &why);
	return 0;
}

int check_lost(struct check *c, struct vxe_error *err)
{
	txn_abort(TAKE(c->t));
	for (size_t i = 0; i < c->lost.n; i++)
		if (check_lost_one(c, c->lost.items[i], err) < 0)
			return -1;
	return 0;
}

int check_domains(struct check *c, struct vxe_error *err)
{
	_cleanup_records_ struct records vms = { 0 };
	const struct hv_domains *domains;

	if (records_load(c->t, &vm_class, NULL, NULL, &vms, err) < 0 ||
		session_domains(c->s->here, &domains, err) < 0 ||
		session_networks(c->s->here, err) < 0)
		return -1;
	for (size_t i = 0; i < vms.n; i++) {
		struct machine m = { .c = c, .vm = vms.items[i] };

		m.domain = hv_domains_find(domains, m.vm->r.uuid);
		if (!vm_is_here(c->s, m.vm)) {
			check_elsewhere(&m);
			continue;
		}
		int r = check_machine(&m, err);

		records_clear(&m.vbds);
		if (r < 0)
			return -1;
	}
	for (size_t i = 0; i < domains->n; i++)
		if (domains->items[i].persistent && !records_have(&vms, domains->items[i].uuid))
			check_found(c, "domain", "domain", domains->items[i].uuid,
				"%s has no record; 'vxe vm-list' makes one",
				domains->items[i].name);
	return 0;
}
