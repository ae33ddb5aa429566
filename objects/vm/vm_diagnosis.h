/* SPDX-License-Identifier: MIT */
/* Why a VM cannot start, or could not start on another host, as sentences. */
#pragma once

#include "objects/session/session.h"

/* Why the VM cannot start, owned; NULL: no reason is known. */
int vm_start_obstacle(
	struct session *s, const char *vm, char **ret, struct vxe_error *err) _must_check_;
/* Why the VM could not start on any host of a pool: it needs storage that only this host has. */
int vm_move_obstacle(
	struct session *s, const char *vm, char **ret, struct vxe_error *err) _must_check_;
/*
 * Fails with VM_REQUIRES_SR(vm, sr) if @host has not plugged an SR in which a disk, a layer of a disk, a CD or the memory
 * image of the VM lies: then the VM cannot run there. Never in a store of one host.
 */
int vm_check_srs(struct session *s, struct txn *t, const char *vm, const char *host,
	struct vxe_error *err) _must_check_;
/*
 * The same, and fails with VM_REQUIRES_NETWORK(vm, network) if @host lacks a network of libvirt's to which a card of the VM
 * is connected. libvirt itself looks for a bridge of the host that is no network of its own.
 */
int vm_check_host(struct session *s, struct txn *t, const char *vm, const char *host,
	struct vxe_error *err) _must_check_;
/*
 * Fails with SR_NOT_ATTACHED, as sr_check_storage(), if on this host what lies in the folder of one of those SRs is not its
 * storage. Never in a store of one host.
 */
int vm_check_storage(
	struct store *store, struct txn *t, const char *vm, struct vxe_error *err) _must_check_;
/*
 * Fails with VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION if the hypervisor @hv of @host lacks the machine type of
 * the VM's definition @xml: that of a later QEMU, or one that a later QEMU has no more.
 */
int vm_check_machine(struct hv *hv, const char *host, const char *vm, const char *xml,
	struct vxe_error *err) _must_check_;
/*
 * After libvirt has refused to start the VM or to restore its memory: replaces libvirt's error by what is the matter with a
 * disk, if something is. SR_BACKEND_FAILURE_109 (depth_explain()), VDI_NOT_AVAILABLE (its file is gone), VXE_IMAGE_DAMAGED,
 * VXE_IMAGE_FAILED (no write bit). Returns -1.
 */
int vm_start_explain(struct session *s, const char *vm, struct vxe_error *err);
