/* SPDX-License-Identifier: MIT */
/*
 * The note about a guest that vxe destroys before an operation on it, which a dead vxe has begun, is judged: its QEMU may
 * hang, and cannot be asked then, and nobody can ask it afterwards.
 */
#pragma once

#include "objects/base/error.h"
#include "objects/base/str.h"

struct op;
struct session;

struct guest_note {
	int64_t at; /* when it was made, in ms since 1970, by this machine's clock; 0: there is none */
	struct strv writes; /* paths that the QEMU had open for writing, as the kernel told them */
	struct strv names;  /* files of the disks in libvirt's live XML */
};

void guest_note_clear(struct guest_note *n);
/* Reads op->note from the operation's intent; at = 0 if there is none. */
int guest_note_load(struct op *op, struct vxe_error *err) _must_check_;
/*
 * If the guest of the operation's domain runs: notes what it writes to in the intents of all operations on that domain, then
 * destroys it, neither of which needs QEMU's answer. *ret: that was done. It is not if nobody can see what the QEMU writes to:
 * then nothing is destroyed.
 */
int guest_note_and_stop(struct op *op, bool *ret, struct vxe_error *err) _must_check_;
/*
 * For commands that end a guest by force: gives another command on the VM, which has been asked to stop, some seconds for
 * that. If it holds the VM's lock then, its call may wait for a QEMU that hangs: the guest is noted and destroyed at once
 * (session.reports.stopped), so that the call ends.
 */
int guest_stop_held(struct session *s, const char *vm, struct vxe_error *err) _must_check_;
