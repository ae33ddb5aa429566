/* SPDX-License-Identifier: MIT */
/* Who has called the program: the user, and who logged in or used sudo to become that user. */
#pragma once

#include "objects/base/str.h"

#include <stdint.h>

struct caller {
	int64_t uid;
	char *user; /* name of uid; the number if it has no name */
	char *sudo; /* SUDO_USER; "": not set */
	int64_t login; /* uid that logged in, which the kernel keeps through su and sudo; -1: nobody did */
	char *address; /* address of a caller on another machine; NULL: this machine */
	char *person;  /* name of who logged in, else of who used sudo, else of the user */
};

/*
 * Finds out who has called the program. @sudo is SUDO_USER, which counts only for root; NULL: not set. @root as for
 * machine_read().
 */
void caller_read(const char *root, const char *sudo, struct caller *ret);
void caller_clear(struct caller *c);
#define _cleanup_caller_ _cleanup_(caller_clear)
