/* SPDX-License-Identifier: MIT */
/*
 * Jobs that are at work on a domain, of any program: on the whole domain (a save, a backup), one at a time, or on a disk
 * (a block job).
 */
#pragma once

#include "backends/libvirt/hv_libvirt.h"

/* The operation (VIR_DOMAIN_JOB_OPERATION_*) of a job on the whole domain; 0: there is none, or it has ended. */
int libvirt_job_at_work(virDomainPtr dom);
/* True if other calls can change a domain while a job of this operation is at work on it. */
bool libvirt_job_lets_change(int operation);
/* What a job on the whole domain is, and which command shows it, as text; owned. */
char *libvirt_job_text(virDomainPtr dom, int operation);

int libvirt_check_free(
	struct hv *h, const char *uuid, const char *target, struct vxe_error *err) _must_check_;
/*
 * Finds a domain like libvirt_domain(), for a call that changes a running domain: fails with VXE_BUSY while a job
 * that does not allow such a change is at work on the domain.
 */
int libvirt_free_domain(struct hv *h, const char *uuid, const char *operation, virDomainPtr *ret,
	struct vxe_error *err) _must_check_;
/*
 * For a call that libvirt has refused with @code: true, and VXE_BUSY, if a block job on a disk is the reason, or a job
 * that did not end while libvirt waited.
 */
bool libvirt_was_busy(virDomainPtr dom, int code, struct vxe_error *err);
