/* SPDX-License-Identifier: MIT */
/*
 * The hook by which this host's libvirt asks vxe before it starts a guest (start_rule.h): the file qemu.d/vxe in libvirt's
 * folder of hooks, on hosts of a pool. libvirt's daemon looks when it starts whether there are hooks, and again when it
 * is told to reload, which vxe does.
 *
 * The file is a script of a shell, not a link to vxe, because libvirt kills a running guest if a hook fails when its
 * daemon is restarted: what is not refused must not depend on vxe's libraries.
 */
#pragma once

#include "objects/session/session.h"

/*
 * Puts the file in place unless it is there, and tells a daemon that is older. The session is connected to libvirt. What
 * fails is only logged: start_hook_lack() says it, and the next heartbeat tries again.
 */
void start_hook_keep(struct session *s);
/* Removes the file: the host has left its pool. */
void start_hook_remove(const struct session_config *c);
/* Says why libvirt does not ask vxe, and what to do, owned; NULL: it asks, or has no hooks. */
char *start_hook_lack(const struct session_config *c);
