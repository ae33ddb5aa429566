/* SPDX-License-Identifier: MIT */
/* Finds out whether -s and server= name this machine. */
#pragma once

#include <stdbool.h>

/*
 * True when @server names this machine: "" and names of the loopback, the host's name (also its
 * first part), an address of one of its interfaces. Asks no name server.
 */
bool server_is_here(const char *server);
