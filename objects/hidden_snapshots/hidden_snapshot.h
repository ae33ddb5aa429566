/* SPDX-License-Identifier: MIT */
/*
 * Hidden snapshots are snapshots that libvirt managed and does not list at present; vxe keeps their XML. An internal
 * one (VM_KEPT_HIDDEN) is inside an image that is read-only since vxe put a layer on it; when the VM writes to the
 * image again, vxe defines the snapshot in libvirt again, and libvirt can revert to it. An external one
 * (VM_KEPT_APART) is defined again when none of vxe's disks and snapshots needs its layers any more.
 */
#pragma once

#include "backends/hv/hv_facts.h"
#include "objects/classes/vm/vm.h"
#include "objects/session/session.h"

/* Parses the libvirt XML of the hidden snapshot, which is on record, into a list of one item. */
int hidden_read(
	const struct vm *snapshot, struct hv_snapshots *ret, struct vxe_error *err) _must_check_;
/* True if a hidden internal snapshot is lost: all images of its disks can be read, and none holds it any more. */
bool hidden_has_gone(struct session *s, const struct vm *snapshot);
/* The first disk image that still holds the hidden snapshot, owned; NULL: none does, so only the record is left. */
int hidden_file(struct session *s, const struct vm *snapshot, const struct hv_snapshots *hidden,
	char **ret, struct vxe_error *err) _must_check_;
/*
 * The XML by which a hidden snapshot can be defined in libvirt again; @found: the snapshots that libvirt lists now.
 * If the snapshot's parent is not one of them, the XML names no parent. Owned. OPERATION_NOT_ALLOWED if libvirt lists
 * another snapshot of the same name.
 */
int hidden_document(const struct vm *snapshot, const struct hv_snapshots *hidden,
	const struct hv_snapshots *found, char **ret, struct vxe_error *err) _must_check_;
/*
 * Fails with VXE_SNAPSHOT_HIDDEN(snapshot, file) unless each image that holds the internal snapshot is what the VM's
 * disk writes to by the definition @now: libvirt looks for internal snapshots only there.
 */
int hidden_check_on_top(struct session *s, const struct vm *snapshot, const struct hv_snapshot *of,
	const struct domain_spec *now, struct vxe_error *err) _must_check_;
/*
 * For a VM that may write again to images with hidden snapshots: those to which libvirt can revert are defined in
 * libvirt again, and their records say so. Can be repeated. A snapshot that libvirt does not accept stays hidden, and
 * is reported (ui.notice). The caller holds the VM's lock.
 */
int hidden_give_back(struct session *s, const char *vm, struct vxe_error *err) _must_check_;
/* As hidden_give_back(), but does nothing if another command works on the VM. Never fails. */
void hidden_give_back_quietly(struct session *s, const char *vm);
/* As hidden_give_back_quietly(), for all VMs. */
void hidden_give_all_back(struct session *s);
/*
 * Sets *ret if one of vxe's disks or snapshots, other than the VM's own disks, needs layers of this external snapshot
 * of libvirt's, which has to be hidden from libvirt therefore.
 */
int hidden_should_be(
	struct txn *t, const struct vm *snapshot, bool *ret, struct vxe_error *err) _must_check_;
/* As hidden_should_be(), for any of the VM's hidden external snapshots (VM_KEPT_APART). */
int hidden_is_needed(struct txn *t, const char *vm, bool *ret, struct vxe_error *err) _must_check_;
/*
 * Marks the snapshot's record as not hidden, because libvirt lists the snapshot again. The record keeps the XML,
 * which shows that the user has been told that vxe hides the snapshot.
 */
int hidden_show(struct txn *t, struct vm *snapshot, struct vxe_error *err) _must_check_;
/*
 * Fails with VXE_SNAPSHOT_HIDDEN(snapshot, file) if an image still holds a hidden internal snapshot of the VM, which
 * is about to be destroyed.
 */
int hidden_check(struct session *s, const struct vm *vm, struct vxe_error *err) _must_check_;
