/* SPDX-License-Identifier: MIT */
/* Which machine -s and server= mean. */
#pragma once

#include <stdbool.h>

/*
 * True when @server names this machine: "" and the names of the loopback, the host's name (also its
 * first part), an address of one of its interfaces. No name server is asked.
 */
bool server_is_here(const char *server);
