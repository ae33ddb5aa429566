/* SPDX-License-Identifier: MIT */
/* Has the guest's agent freeze file systems for a switch, asks about them, and lets them go. */
#pragma once

#include "backends/libvirt/hv_libvirt_job.h"

/* Makes the call of a switch that freezes file systems: calls @run when the agent has answered a question. */
int libvirt_run_quiesced(struct libvirt_job *j, int (*run)(struct libvirt_job *j));
/* When the call has ended: sees to it that they are not frozen, and notes in the job if it does not know. */
void libvirt_after_quiesced(struct libvirt_job *j);
/* Makes the error of such a call; by @explain if the agent is not the reason. Returns -1. */
int libvirt_explain_quiesced(const struct libvirt_job *j,
	int (*explain)(const struct libvirt_job *j, struct vxe_error *err), struct vxe_error *err);
/* Gives the agent libvirt's default time for an answer again. */
void libvirt_forget_agent(virDomainPtr dom);
int libvirt_frozen(struct hv *h, const char *uuid, bool thaw, enum hv_freeze *ret,
	struct vxe_error *err) _must_check_;
