/* SPDX-License-Identifier: MIT */
/* UUIDs as lower-case text of 36 bytes. */
#pragma once

#include "objects/base/mem.h"

#include <stdbool.h>

#define UUID_TEXT_LEN 36

/* A fresh random UUID, owned by the caller. */
char *uuid_new(void);
/*
 * The UUID (version 5) of @name in the namespace @space (a UUID), always the same. Objects that
 * mirror something of libvirt's have such UUIDs, so that they are the same after a lost store is
 * made again.
 */
char *uuid_derive(const char *space, const char *name);
/* True if the text is a UUID in the canonical form, in upper or lower case. */
bool uuid_is_valid(const char *s);
/* True if the text is the beginning of a UUID, of 8 to 35 characters. */
bool uuid_is_beginning(const char *s);
/* Makes @s lower case, the only spelling that vxe stores; returns @s; accepts NULL. */
char *uuid_lower(char *s);
