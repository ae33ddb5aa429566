/* SPDX-License-Identifier: MIT */
/*
 * What a host tells the others of its pool: that it is up, how wrong its clock is, and which of its VMs run. They ask
 * neither the host nor its libvirt. It is told after each command that acts on this host, and by vxe-heartbeat.timer. A
 * host that was declared dead and is back has its VMs again, or removes its definitions of those that others have by now.
 */
#pragma once

#include "objects/session/session.h"

/*
 * Tells them, if the pool has another host, and adopts unknown domains unless a command has acted before. What is as the last one has
 * left it is not compared (quiet.h). If libvirt cannot be reached, tells that the host is up, and fails. Keeps the
 * hook in place by which libvirt asks whether a guest may start (start_hook.h), and the note of pool_member.h.
 */
int heartbeat(struct session *s, struct vxe_error *err) _must_check_;
