/* SPDX-License-Identifier: MIT */
/* console: a screen or serial line of a running VM. */
#pragma once

#include "objects/model/record.h"

enum console_protocol { CONSOLE_RFB, CONSOLE_VT100, CONSOLE_RDP };

struct console {
	struct record r;
	char *vm;
	int protocol; /* enum console_protocol */
	char *location;
	struct map other_config;

	char *host; /* UUID of the host */
};

RECORD_TYPE(console)

/*
 * console_open() of objects/host/console_open.h opens the first usable serial line of a running VM; its *ret is the
 * descriptor, or -1 if there is no such line.
 */
struct session;
