/* SPDX-License-Identifier: MIT */
/* message-priority=: prints the messages that a command leaves about the selected VMs, on the error stream. */
#pragma once

#include "xe/model/command.h"

/*
 * Finds the messages about @vms with a priority below message-priority= that are not in @seen, adds them to @seen and,
 * with @show, prints them. Does nothing if message-priority= was not given, because its default is 5, and the messages
 * of vxe have that priority. A read error does not fail the command.
 */
void messages_look(struct call *c, const struct strv *vms, struct strv *seen, bool show);
