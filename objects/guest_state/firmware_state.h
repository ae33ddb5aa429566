/* SPDX-License-Identifier: MIT */
/*
 * The state of a VM beside its disks and its memory: UEFI variables and TPM state, each a small file that libvirt
 * keeps. A snapshot has copies of these files, as frozen nodes named by its record; a revert or a clone puts copies
 * where the VM's domain expects them. One table (objects/guest_state/firmware_state.c) knows the paths. The files of
 * a running guest are copied just before its disks switch. If the guest runs or is Suspended and a file cannot be
 * found, each planning function below fails with VXE_FIRMWARE_MISSING, unless the session has ignore_firmware.
 */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

/* The plan members of all operations that copy UEFI variables or TPM state. */
extern const struct plan_member capture_members[];

/* Suffixes, after the domain's name, of the names of a new domain's files of UEFI variables. */
#define NVRAM_SUFFIX "_VARS.fd"
#define VARSTORE_SUFFIX ".json"

/* The rows of the table. */
enum { CAPTURE_NVRAM, CAPTURE_TPM, CAPTURE_KINDS };

/*
 * Plans for a snapshot a copy of each file of UEFI variables or TPM state that the VM has, as a node named by the
 * record @snapshot, which must be in the plan already. Fails: SR_NOT_ATTACHED.
 */
int capture_plan(struct session *s, struct txn *t, const struct vm_loaded *l, const char *snapshot,
	struct plan *p, struct vxe_error *err) _must_check_;
/*
 * Plans for a revert that the snapshot's UEFI variables and TPM state are copied over the files of the domain @spec,
 * as it will be defined. If the snapshot lacks a file (its VM had never been started), the domain's file stays.
 * Fails: VXE_FIRMWARE_SHARED (state_file_users.h).
 */
int capture_plan_revert(struct session *s, struct txn *t, const struct vm *snapshot,
	const struct domain_spec *spec, struct plan *p, struct vxe_error *err) _must_check_;
/*
 * Plans the UEFI variables and TPM state of a new VM: @vm is its record, made from @source, whose definition is
 * @source_spec. @spec is the definition of the new domain, which gets copies of its own. A template (@spec NULL) has
 * no domain and so no files: its record names nodes, those of the source, or new ones.
 */
int capture_plan_new(struct session *s, struct txn *t, const struct vm *source,
	const struct domain_spec *source_spec, struct vm *vm, const struct domain_spec *spec,
	struct plan *p, struct vxe_error *err) _must_check_;
/*
 * Chooses the path of a new domain's UEFI variables: another than the usual one if a file is there already, or if
 * another definition names that path.
 */
int capture_own_place(
	struct session *s, struct domain_spec *spec, struct vxe_error *err) _must_check_;

/*
 * Steps that copy UEFI variables and TPM state. step_capture_files(), before the commit point, copies into the
 * planned nodes or to the paths of a new domain; step_drop_captured() undoes that. step_place_files(), after the
 * commit point, copies over the files of an existing domain.
 */
int step_capture_files(struct op *op, struct vxe_error *err);
int step_drop_captured(struct op *op, struct vxe_error *err);
int step_place_files(struct op *op, struct vxe_error *err);

/*
 * For a VM whose host has died and which comes to this one with the definition @spec: fails with VXE_FIRMWARE_MISSING if
 * its UEFI variables or TPM state are not in a shared SR, because then only the dead host has them as they are. If the
 * session ignores that, tells the user; libvirt goes on with an older file on this host, or makes a new one.
 */
int capture_check_reach(struct session *s, struct txn *t, const struct vm *vm,
	const struct domain_spec *spec, struct vxe_error *err) _must_check_;

/* True if the domain's firmware keeps UEFI variables. */
bool capture_has_nvram(const struct domain_spec *spec);
/*
 * The nodes with UEFI variables and TPM state that the record names, for callers that delete the record and then
 * merge layers.
 */
void capture_nodes(const struct vm *vm, struct strv *ret);
