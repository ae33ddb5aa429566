/* SPDX-License-Identifier: MIT */
/*
 * vm-import preserve=true when a VM of that UUID exists: the archive's VM replaces it at the end of
 * the import. The old VM's disks stay as unattached VDIs; its domain keeps its name, and gets the
 * new definition.
 */
#include "objects/archive/vm_import_replace.h"

#include "objects/archive/vm_import_devices.h"
#include "objects/classes/vm/vm_operations.h"
#include "objects/hidden_snapshots/hidden_snapshot.h"
#include "objects/domain/vif_mac.h"
#include "objects/domain/vm_load.h"
#include "objects/engine/op_recover.h"
#include "objects/disks/disks.h"
#include "objects/engine/op_recover.h"
#include "objects/model/enums.h"

#include <inttypes.h>

/* ---- checks ---------------------------------------------------------------------------------- */

static int check_replaceable(const struct vm_loaded *l, struct vxe_error *err)
{
	if (l->vm->is_a_snapshot)
		return vxe_fail(err, VM_IS_SNAPSHOT, l->vm->r.uuid, "import");
	if (l->vm->is_control_domain)
		return vxe_fail(
			err, OPERATION_NOT_ALLOWED, "the UUID is that of the control domain");
	if (vm_power(l) == POWER_HALTED)
		return 0;
	return vxe_fail(err, VM_BAD_POWER_STATE, l->vm->r.uuid, "halted",
		enum_print(&power_state_table, (int)vm_power(l)));
}

static int check_version(
	const struct importing *i, const struct vm_loaded *l, struct vxe_error *err)
{
	if (i->args->force || l->vm->version < i->in.vm->version)
		return 0;
	_cleanup_free_ char *have = xasprintf("%" PRId64, l->vm->version);
	_cleanup_free_ char *want = xasprintf("%" PRId64, i->in.vm->version);

	return vxe_fail(err, VM_TO_IMPORT_IS_NOT_NEWER_VERSION, l->vm->r.uuid, have, want);
}

/* Refuses to replace a VM whose state could not be restored if the import fails, and to replace a VM by a template. */
static int check_kind(struct session *s, const struct importing *i, const struct vm_loaded *l,
	struct vxe_error *err)
{
	struct hv *hv;
	int own = 0;

	if (!l->domain.uuid)
		return 0;
	if (vm_check_saved(l, err) < 0 || session_hv(s->here, &hv, err) < 0 ||
		hv_own_snapshots(hv, l->domain.uuid, &own, err) < 0 ||
		hidden_check(s, l->vm, err) < 0)
		return -1;
	if (own)
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"libvirt keeps snapshots of its own for this domain; see "
			"'virsh snapshot-list'");
	if (i->in.vm->is_a_template)
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"the archive holds a template, and a VM has its UUID: destroy that first");
	if (i->in.state.items[CAPTURE_TPM].format && l->spec && l->spec->tpm)
		return vxe_fail(err, OPERATION_NOT_ALLOWED,
			"the VM of this UUID has a TPM, whose state would be lost: destroy the "
			"VM first");
	return 0;
}

int import_find_old(struct session *s, struct importing *i, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error none = { 0 };

	i->old = vm_loaded_free(i->old);
	if (!i->args->preserve)
		return 0;
	if (vm_load(s, i->uuid, VM_LOAD_ACT | VM_LOAD_GUARDED, &i->old, &none) < 0 &&
		none.code != UUID_INVALID) {
		error_move(err, &none);
		return -1;
	}
	if (i->old &&
		(check_replaceable(i->old, err) < 0 ||
			vm_check_operation(s, i->old->vm, "destroy", err) < 0 ||
			check_version(i, i->old, err) < 0 || check_kind(s, i, i->old, err) < 0))
		return -1;
	/*
	 * Refuses a seed of MAC addresses that another VM has; only the snapshots of the replaced VM may have it,
	 * too.
	 */
	const char *seed = map_get(&i->in.vm->other_config, MAC_SEED);
	_cleanup_records_ struct records vms = { 0 };
	_cleanup_txn_ struct txn *t = NULL;

	if (txn_begin(s->store, TXN_READ, &t, err) < 0 ||
		records_load(t, &vm_class, NULL, NULL, &vms, err) < 0)
		return -1;
	for (size_t k = 0; seed && k < vms.n; k++) {
		const struct vm *other = vms.items[k];

		if (str_eq(map_get(&other->other_config, MAC_SEED), seed) &&
			!str_eq(other->r.uuid, i->uuid) && !str_eq(other->snapshot_of, i->uuid))
			return vxe_fail(err, DUPLICATE_MAC_SEED, seed);
	}
	return 0;
}

/* ---- the old VM ------------------------------------------------------------------------------ */

/*
 * Plans that the records of the replaced VM and of its devices are removed, even where imported objects have the same
 * UUIDs.
 */
void import_plan_old_end(struct making *m, const struct importing *i)
{
	const struct vm_loaded *l = i->old;

	if (!l)
		return;
	plan_del(m->p, &vm_class, l->vm->r.uuid);
	for (size_t k = 0; k < l->n_disks; k++)
		plan_del(m->p, &vbd_class, l->disks[k].vbd->r.uuid);
	for (size_t k = 0; k < l->n_vifs; k++)
		plan_del(m->p, &vif_class, l->vifs[k]->r.uuid);
	if (!l->domain.uuid)
		return;
	m->p->xml_before = xstrdup(l->xml);
	m->libvirt_name = l->domain.name;
}

/* ---- steps ------------------------------------------------------------------------------------ */

int step_define_imported(struct op *op, struct vxe_error *err)
{
	struct hv *hv;

	if (!op->plan.domain)
		return 0;
	if (session_hv(op->s->here, &hv, err) < 0)
		return -1;
	if (op->plan.xml_before)
		return DISK(DEFINE_HALTED)->run(op, err);
	return plan_has(&op->plan, "memory") ? hv_define(hv, op->plan.xml_after, err)
					     : step_make_domain(op, err);
}

int step_undefine_imported(struct op *op, struct vxe_error *err)
{
	struct hv *hv;

	if (!op->plan.xml_before)
		return step_unmake_domain(op, err);
	return session_hv(op->s->here, &hv, err) < 0 ? -1 : hv_define(hv, op->plan.xml_before, err);
}

int probe_imported(struct op *op, struct vxe_error *err)
{
	return op->plan.xml_before ? op_disks_moved(op, false, err) : probe_made_domain(op, err);
}
