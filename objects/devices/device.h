/* SPDX-License-Identifier: MIT */
/*
 * Devices of VMs: shared by the operations on VBDs and VIFs. A VBD or VIF of a VM with a domain is in the definition;
 * it is plugged if the live XML has it. If an operation changes both, the live domain changes first and is changed back
 * when the definition cannot change: both or neither.
 */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

/* ---- steps ----------------------------------------------------------------------------------- */

enum device_live { LIVE_NOTHING, LIVE_ATTACH, LIVE_DETACH, LIVE_CHANGE };

/*
 * The plan members that an operation on a device needs, if it has the steps of this header; operations that change the
 * live domain have network_members, too.
 */
extern const struct plan_member device_members[];
/*
 * Puts into the plan which device an operation changes, a "disk" by its target or a "nic" by vif_card(), and what is
 * done in the running domain.
 */
void plan_device(struct plan *p, const char *kind, const char *key, enum device_live live);
/*
 * Puts into the plan the class and UUID of the device's record, for the error if the guest does not release the device.
 */
void plan_device_record(struct plan *p, const char *type, const char *uuid);

/*
 * The step that plugs, unplugs or changes the device in the running domain, as plan_device() has put it into the plan;
 * does nothing if the domain does not run.
 */
int step_live(struct op *op, struct vxe_error *err);
int step_live_before(struct op *op, struct vxe_error *err);  /* its undo */
int device_probe(struct op *op, struct vxe_error *err);	     /* decides by the definition */
int device_live_probe(struct op *op, struct vxe_error *err); /* decides by the live XML */

/*
 * Fills in the common parts of a plan that changes a device: object, domain, commit point, xml_before from the loaded
 * VM @l, and xml_after from @l->spec, which the caller has changed. For a VM without a domain the store transaction is
 * the commit point.
 */
int plan_device_domain(
	struct session *s, struct vm_loaded *l, struct plan *p, struct vxe_error *err) _must_check_;
/* Fails with VM_BAD_POWER_STATE for a Suspended VM, whose memory image fits only its present devices. */
int device_check_vm(const struct vm_loaded *l, struct vxe_error *err) _must_check_;
/* The target or card of the device that plan_device() has put into the plan. Borrowed. */
const char *plan_device_key(const struct plan *p);
/* Fails with VM_BAD_POWER_STATE unless the VM, template or snapshot is halted. */
int device_check_halted(const struct vm_loaded *l, struct vxe_error *err) _must_check_;
/* Fails with VM_BAD_POWER_STATE unless the VM is running or paused. */
int device_check_running(const struct vm_loaded *l, struct vxe_error *err) _must_check_;
