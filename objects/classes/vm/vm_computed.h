/* SPDX-License-Identifier: MIT */
/* Computed fields and checks of VM, for the table in vm.c. */
#pragma once

#include "objects/classes/common/getters.h"

getter_fn vm_get_snapshots;
getter_fn vm_get_power_state;
getter_fn vm_get_memory_actual;
getter_fn vm_get_memory_target;
getter_fn vm_get_vcpus_load;
getter_fn vm_get_vcpus_number;
getter_fn vm_get_hvm;
getter_fn vm_get_domain_type;
getter_fn vm_get_allowed_operations;
getter_fn vm_get_free_vbd_devices;
getter_fn vm_get_free_vif_devices;
getter_fn vm_get_possible_hosts;
getter_fn vm_get_resident_on;
getter_fn vm_get_dom_id;
getter_fn vm_get_ha_always_run;
getter_fn vm_get_start_time;
getter_fn vm_get_consoles;
getter_fn vm_get_vtpms;

int vm_check_vcpus_params(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err);
int vm_check_blocked_operations(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err);
/* As xapi, they refuse a word that is no priority, and numbers below 0 (of the multiplier: below 1). */
int vm_check_ha_priority(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err);
/* As xapi, the old field ha-always-run is another name of the priority. */
void vm_put_ha_always_run(void *obj, const struct value *value);
int vm_check_order(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err);
int vm_check_start_delay(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err);
int vm_check_shutdown_delay(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err);
int vm_check_shadow(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err);
int vm_check_appliance(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err);
int vm_check_schedule(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err);
/*
 * Refuses an actions-after-crash that libvirt would refuse as soon as the VM gets a domain; if the user wants xe's
 * behaviour, refuses nothing.
 */
int vm_check_crash(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err);
/*
 * The check of suspend-VDI-uuid. Only a suspended VM or a checkpoint takes a value, and only one with the same memory:
 * another VDI of the same image.
 * Behaviour source: xen-api ocaml/xapi/xapi_vm.ml, set_suspend_VDI.
 */
int vm_check_suspend_vdi(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err);
int vm_check_vcpus(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err);
int vm_check_memory(
	struct session *s, const void *obj, const struct value *value, struct vxe_error *err);
bool vm_in_domain(const void *before, const void *after, unsigned touched);
/* Checks a changed VM: the order of the memory limits, and VCPUs-at-startup against VCPUs-max. */
int vm_check_change(
	struct session *s, const void *before, const void *after, struct vxe_error *err);
void vm_defaults(void *obj);
void vm_adjust(const void *before, void *after);
