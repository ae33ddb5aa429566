/* SPDX-License-Identifier: MIT */
/*
 * Domains of this host's libvirt whose VMs are not at home here: left by a host that was declared dead and is back, or by
 * one that died while it took a VM, brought by another program, or by records that are older than they.
 */
#pragma once

#include "objects/session/session.h"

/*
 * For each of these VMs: takes it back if no host has taken it since this one was declared dead. Else the libvirt of its
 * home is asked. If that has the VM, too, the domain here is undefined if it does not run, and its definition kept in a
 * file; its UEFI variables, TPM state and disks are left. If it has it not, this host becomes the VM's home. If it does not
 * answer, nothing is done, nor with a domain that runs, or on which an operation works: 'vxe check' names it. A failure is
 * logged: the next call tries again.
 */
void stale_domains_end(struct session *s, const struct strv *vms);
/* Adds the files with the definitions that were removed here, the oldest first; the folder has a hundred of 90 days at most. */
void stale_domains_kept(const struct session *s, struct strv *ret);

/* The host that was asked last. */
struct asked_home {
	char *host;
	struct hv *hv; /* NULL: its libvirt does not answer */
};
void asked_home_clear(struct asked_home *h);
#define _cleanup_asked_home_ _cleanup_(asked_home_clear)
/* *ret: the libvirt of the host @home has, now, a definition of the VM. Fails if it cannot be asked. */
int asked_home_has(struct session *s, struct asked_home *h, const char *home, const char *uuid,
	bool *ret, struct vxe_error *err) _must_check_;
