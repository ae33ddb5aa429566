/* SPDX-License-Identifier: MIT */
/*
 * Domains of this host's libvirt whose VMs are not at home here: left by a host that was declared dead and is back, or by
 * one that died while it took a VM.
 */
#pragma once

#include "objects/session/session.h"

/*
 * For each of these VMs: takes it back if no host has taken it since this one was declared dead. Else undefines the domain
 * if it does not run, and leaves its UEFI variables, TPM state and disks; one that runs is only logged, and 'vxe check'
 * names it. What an operation works on is left alone. A failure is logged: the next call tries again.
 */
void stale_domains_end(struct session *s, const struct strv *vms);
