/* SPDX-License-Identifier: MIT */
/*
 * Devices of VMs: what the operations on VBDs and VIFs share. A VBD or VIF of a VM with a domain
 * stands in the definition; plugged is what the live XML has. Where both change, the live one
 * changes first and is put back when the definition cannot follow: both or neither.
 */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

/* ---- steps ----------------------------------------------------------------------------------- */

enum device_live { LIVE_NOTHING, LIVE_ATTACH, LIVE_DETACH, LIVE_CHANGE };

/* Says in the plan which device it is: "disk" by its target or "nic" by vif_card(). */
void plan_device(struct plan *p, const char *kind, const char *key, enum device_live live);
/* The record's class and UUID, for the error of a guest that keeps the device. */
void plan_device_record(struct plan *p, const char *type, const char *uuid);

/* Only the definition; only the live domain; the live domain, then the definition. */
extern const struct step device_define_steps[], device_live_steps[], device_both_steps[];
int device_probe(struct op *op, struct vxe_error *err);	     /* by the definition */
int device_live_probe(struct op *op, struct vxe_error *err); /* by the live XML */

/*
 * Fills in what all device plans have: object, domain, commit point, xml_before from @l, and
 * xml_after from its spec as the caller changed it. A VM without domain commits in the store.
 */
int plan_device_domain(
	struct session *s, struct vm_loaded *l, struct plan *p, struct vxe_error *err) _must_check_;
/* VM_BAD_POWER_STATE for a Suspended VM: what its memory image knows must stay. */
int device_check_vm(const struct vm_loaded *l, struct vxe_error *err) _must_check_;
/* VM_BAD_POWER_STATE unless it runs (or is paused). */
int device_check_running(const struct vm_loaded *l, struct vxe_error *err) _must_check_;
