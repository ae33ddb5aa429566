/* SPDX-License-Identifier: MIT */
/* Who has called the program: its user, and the one who logged in or used sudo to become that user. */
#pragma once

#include "objects/base/str.h"

#include <stdint.h>

struct caller {
	int64_t uid;
	char *user; /* the name of uid; the number where it has no name */
	char *sudo; /* SUDO_USER; "" without */
	int64_t login; /* the uid that logged in, which the kernel keeps through su and sudo; -1: none did */
	char *address; /* from where, of a caller on another machine; NULL: from here */
	char *person;  /* the name of the one who logged in, else sudo, else user */
};

/* @sudo is SUDO_USER, which counts for root alone; NULL: not set. @root as in machine_read(). */
void caller_read(const char *root, const char *sudo, struct caller *ret);
void caller_clear(struct caller *c);
#define _cleanup_caller_ _cleanup_(caller_clear)
