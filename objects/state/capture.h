/* SPDX-License-Identifier: MIT */
/*
 * What belongs to a VM beside its disks and its memory: UEFI variables and TPM state, each a small
 * file that libvirt keeps. Snapshots have copies of them, frozen nodes that the snapshot's record
 * names; a revert and a clone put them where the VM's domain looks for them. One table
 * (objects/state/capture.c) says for each where that is.
 *
 * A running guest's files are copied as they are just before its disks switch. Where one cannot be
 * found, though the guest runs or is Suspended, each plan below fails with VXE_FIRMWARE_MISSING, unless
 * the session says ignore_firmware.
 */
#pragma once

#include "objects/classes/vm/vm_loaded.h"
#include "objects/engine/op.h"

/* The rows of the table. */
enum { CAPTURE_NVRAM, CAPTURE_TPM, CAPTURE_KINDS };

/*
 * A snapshot's plan: a node for each file that the VM has, named by the record @snapshot, which the
 * plan has put before. Fails: SR_NOT_ATTACHED, SR_BACKEND_FAILURE_44.
 */
int capture_plan(struct session *s, struct txn *t, const struct vm_loaded *l, const char *snapshot,
	struct plan *p, struct vxe_error *err) _must_check_;
/*
 * A revert's plan: what the snapshot has goes where the domain @spec, as it will be defined, looks
 * for it. What the snapshot has not (its VM had never been started) stays as it is.
 */
int capture_plan_revert(struct session *s, struct txn *t, const struct vm *snapshot,
	const struct domain_spec *spec, struct plan *p, struct vxe_error *err) _must_check_;
/*
 * A new VM's plan. @vm is the record to be, made from @source, @source_spec its definition. With
 * @spec, the definition of the new domain, that gets copies of its own. A template (@spec NULL) has
 * no place for files of its own yet: it names nodes, those of the source, or new ones.
 */
int capture_plan_new(struct session *s, struct txn *t, const struct vm *source,
	const struct domain_spec *source_spec, struct vm *vm, const struct domain_spec *spec,
	struct plan *p, struct vxe_error *err) _must_check_;
/*
 * The place for UEFI variables that a new domain is going to have: another one than the usual when
 * there is a file already.
 */
int capture_own_place(
	const struct session *s, struct domain_spec *spec, struct vxe_error *err) _must_check_;

/*
 * Steps. Before the commit point: into the planned nodes, or to the places of a new domain; its undo.
 * After it: to the places of a domain, over what is there.
 */
int step_capture_files(struct op *op, struct vxe_error *err);
int step_drop_captured(struct op *op, struct vxe_error *err);
int step_place_files(struct op *op, struct vxe_error *err);

/* The nodes that the record names, for whoever takes it away and then coalesces. */
void capture_nodes(const struct vm *vm, struct strv *ret);
/* Files of a template that goes, which no domain's end takes along; failures are logged. */
void capture_drop_files(struct session *s, const struct vm *vm);
