/* SPDX-License-Identifier: MIT */
/* Has the guest's agent freeze file systems for a switch, asks about them, and lets them go. */
#pragma once

#include "backends/libvirt/hv_libvirt_job.h"

/*
 * Makes the snapshot call @run, for which the agent freezes the guest's file systems, when the agent has answered a
 * question before.
 */
int libvirt_run_quiesced(struct libvirt_job *j, int (*run)(struct libvirt_job *j));
/*
 * When a snapshot call with frozen file systems has ended: sees to it that they are thawed, and notes in the job if
 * that is not known.
 */
void libvirt_after_quiesced(struct libvirt_job *j);
/*
 * Makes the error of a snapshot call for which the agent was to freeze file systems; by @explain if the agent is not
 * the reason. Returns -1.
 */
int libvirt_explain_quiesced(const struct libvirt_job *j,
	int (*explain)(const struct libvirt_job *j, struct vxe_error *err), struct vxe_error *err);
/* Sets the time that the guest agent has for an answer back to libvirt's default. */
void libvirt_forget_agent(virDomainPtr dom);
int libvirt_frozen(struct hv *h, const char *uuid, bool thaw, enum hv_freeze *ret,
	struct vxe_error *err) _must_check_;
