/* SPDX-License-Identifier: MIT */
/*
 * Hidden snapshots (VM_KEPT_HIDDEN): libvirt kept them inside an image that vxe has frozen since. While layers are above
 * the image libvirt does not know them; when the VM writes to it again, libvirt gets the document back and can do what
 * is asked for. External ones (VM_KEPT_APART) come back when nothing of vxe's needs their layers any more.
 */
#pragma once

#include "backends/hv/hv_facts.h"
#include "objects/classes/vm/vm.h"
#include "objects/session/session.h"

/* What libvirt's document of the hidden snapshot says, as a list of one item. */
int hidden_read(
	const struct vm *snapshot, struct hv_snapshots *ret, struct vxe_error *err) _must_check_;
/* True if all images can be read and none holds the snapshot any more. */
bool hidden_has_gone(struct session *s, const struct vm *snapshot);
/* The first image that still holds the snapshot, owned; NULL: none does, so only the record is left. */
int hidden_file(struct session *s, const struct vm *snapshot, const struct hv_snapshots *hidden,
	char **ret, struct vxe_error *err) _must_check_;
/*
 * The XML document by which libvirt gets a hidden snapshot back; @found: the snapshots that libvirt lists now. If its
 * parent is not one of them, the document names no parent. Owned. OPERATION_NOT_ALLOWED when one of @found has its name.
 */
int hidden_document(const struct vm *snapshot, const struct hv_snapshots *hidden,
	const struct hv_snapshots *found, char **ret, struct vxe_error *err) _must_check_;
/*
 * Fails with VXE_SNAPSHOT_HIDDEN(snapshot, file) unless each image that holds the snapshot is the file of that disk
 * in @now: libvirt looks for it only there.
 */
int hidden_check_on_top(struct session *s, const struct vm *snapshot, const struct hv_snapshot *of,
	const struct domain_spec *now, struct vxe_error *err) _must_check_;
/*
 * The VM may write again to images that hold hidden snapshots: libvirt gets the documents of those that it can go back to,
 * and their records say so. Can be repeated. What libvirt does not take stays hidden, and is reported (ui.notice). The caller
 * holds the VM's lock.
 */
int hidden_give_back(struct session *s, const char *vm, struct vxe_error *err) _must_check_;
/* As hidden_give_back(), unless another command works on the VM. Never fails. */
void hidden_give_back_quietly(struct session *s, const char *vm);
/* As hidden_give_back_quietly(), for all VMs. */
void hidden_give_all_back(struct session *s);
/* *ret: some object of vxe's, other than the VM's own disks, needs layers of this external snapshot. */
int hidden_should_be(
	struct txn *t, const struct vm *snapshot, bool *ret, struct vxe_error *err) _must_check_;
/* As hidden_should_be(), for any of the VM's hidden external snapshots (VM_KEPT_APART). */
int hidden_is_needed(struct txn *t, const char *vm, bool *ret, struct vxe_error *err) _must_check_;
/*
 * Records that libvirt lists the snapshot again. Its document stays in the record: by now the user knows that vxe
 * hides it.
 */
int hidden_show(struct txn *t, struct vm *snapshot, struct vxe_error *err) _must_check_;
/* Fails with VXE_SNAPSHOT_HIDDEN(snapshot, file) if the VM, which is about to be destroyed, has a hidden snapshot. */
int hidden_check(struct session *s, const struct vm *vm, struct vxe_error *err) _must_check_;
