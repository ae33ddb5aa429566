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
};

RECORD_TYPE(console)

/*
 * Opens the first serial line of a running VM that can be talked to; *ret is a descriptor, -1 with
 * return 0 when there is none.
 */
struct session;
