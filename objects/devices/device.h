/* SPDX-License-Identifier: MIT */
/*
 * Devices of VMs: what the operations on VBDs and VIFs share. A VBD or VIF of a VM with a domain
 * stands in the definition; plugged is what the live XML has. Where both change, the live one
 * changes first and is put back when the definition cannot follow: both or neither.
 */
#pragma once

#include "objects/domain/vm_load.h"
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
/* The record, and the locks of its VM and disk in @p. */
int vbd_load_for(struct session *s, const char *uuid, struct plan *p, struct vbd **ret,
	struct vxe_error *err) _must_check_;
/* ---- choosing a device's place (device_choose.c) --------------------------------------------- */

/*
 * @device ("3", "vdd", "xvdd", "autodetect") to a free number and libvirt's target and bus for it;
 * for templates and snapshots the records alone decide. INVALID_DEVICE, DEVICE_ALREADY_EXISTS.
 */
struct device_place {
	int number;
	char *target;
	const char *bus;
};
void device_place_clear(struct device_place *p);
#define _cleanup_place_ _cleanup_(device_place_clear)
int device_choose(const struct vm_loaded *l, const char *device, bool cd, struct device_place *ret,
	struct vxe_error *err) _must_check_;

/* ---- what the commands do -------------------------------------------------------------------- */

struct vbd_new {
	const char *vm, *device, *vdi; /* vdi NULL: an empty drive */
	bool bootable, unpluggable;
	int mode, type; /* enum vbd_mode, vbd_type */
	bool owner;
};
int vbd_create(struct session *s, const struct vbd_new *args, char **ret,
	struct vxe_error *err) _must_check_;
int vbd_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int vbd_plug(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int vbd_unplug(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int vbd_insert(
	struct session *s, const char *uuid, const char *vdi, struct vxe_error *err) _must_check_;
int vbd_eject(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* Unplugs, and destroys the VBD and its disk. */
int vm_disk_remove(
	struct session *s, const char *vm, const char *device, struct vxe_error *err) _must_check_;

/* @mac NULL or "": made up; "random" as well. */
int vif_create(struct session *s, const char *vm, const char *device, const char *network,
	const char *mac, char **ret, struct vxe_error *err) _must_check_;
int vif_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int vif_plug(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int vif_unplug(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
int vif_move(struct session *s, const char *uuid, const char *network,
	struct vxe_error *err) _must_check_;
