/* SPDX-License-Identifier: MIT */
#include "objects/classes/vm/plugged.h"

#include "objects/classes/vm/vm_power.h"
#include "objects/model/read_txn.h"
#include "objects/session/guest_stats.h"

/* *ret: as vm_is_up(). *here: the VM's domain is one of this host's libvirt. */
static int look_at_vm(
	struct session *s, const char *uuid, bool *ret, bool *here, struct vxe_error *err)
{
	_cleanup_(vm_free_cleanup) struct vm *vm = NULL;
	enum power_state state;

	*ret = *here = false;
	if (uuid && vm_find(s->read_txn, uuid, &vm, err) < 0)
		return -1;
	if (!vm)
		return 0;
	if (vm_power_state(s, vm, &state, err) < 0)
		return -1;
	*ret = state != POWER_HALTED;
	*here = vm_is_here(s, vm);
	return 0;
}

int vm_is_up(struct session *s, const char *uuid, bool *ret, struct vxe_error *err)
{
	bool here;

	return look_at_vm(s, uuid, ret, &here, err);
}

/*
 * *ret: the VBD or VIF is plugged into the running VM. The live XML is read only if the device was unplugged at some
 * time; that of a VM on another host (*here is false) cannot be read.
 */
static int is_attached(struct session *s, const char *vm, const char *target, const char *card,
	bool unplugged, bool *ret, bool *here, struct vxe_error *err)
{
	_cleanup_spec_ struct domain_spec *spec = NULL;

	if (look_at_vm(s, vm, ret, here, err) < 0)
		return -1;
	if (!*ret || !unplugged)
		return 0;
	if (!*here) {
		*ret = false;
		return 0;
	}
	if (session_spec(s->here, vm, HV_XML_LIVE, &spec, err) < 0) {
		*ret = false;
		return s->here->hv && hv_has_gone(s->here->hv, vm, err) ? 0 : -1;
	}
	*ret = target ? spec_find_disk(spec, target) != NULL : spec_find_nic(spec, card) != NULL;
	return 0;
}

int vbd_shows_attached(struct session *s, const struct vbd *vbd, bool *ret, struct vxe_error *err)
{
	const struct hv_stat *stat;
	bool here;

	if (is_attached(s, vbd->vm, vbd->target, NULL, vbd->unplugged, ret, &here, err) < 0)
		return -1;
	if (!*ret || !here)
		return 0;
	if (live_stat(s, vbd->vm, &stat, err) < 0)
		return -1;
	/*
	 * If libvirt's statistics contain no disks at all, perhaps libvirt could not ask QEMU in time: then nothing
	 * follows from them.
	 */
	if (!stat || !stat->n_disks)
		return 0;
	for (size_t i = 0; i < stat->n_disks; i++)
		if (str_eq(stat->disks[i].name, vbd->target))
			return 0;
	*ret = false;
	return 0;
}

/*
 * *ret: the VIF is plugged into the running VM. libvirt's statistics say only how many network cards there are; if that
 * is not the number of the VM's VIFs, the live XML is read.
 */
int vif_shows_attached(struct session *s, const struct vif *vif, bool *ret, struct vxe_error *err)
{
	_cleanup_strv_ struct strv cards = { 0 };
	_cleanup_free_ char *card = vif_card(vif);
	const struct hv_stat *stat;
	bool here;

	if (is_attached(s, vif->vm, NULL, card, vif->unplugged, ret, &here, err) < 0)
		return -1;
	if (!*ret || !here || vif->unplugged)
		return 0;
	if (live_stat(s, vif->vm, &stat, err) < 0 ||
		reader_users(s, &vif_class, "vm_uuid", vif->vm, &cards, err) < 0)
		return -1;
	if (!stat || stat->n_nics == cards.n)
		return 0;
	return is_attached(s, vif->vm, NULL, card, true, ret, &here, err);
}
