/* SPDX-License-Identifier: MIT */
/* UUIDs as lower-case text of 36 bytes. */
#pragma once

#include "objects/base/mem.h"

#include <stdbool.h>

#define UUID_TEXT_LEN 36

/* A fresh random UUID, owned by the caller. */
char *uuid_new(void);
/*
 * The UUID (version 5) that @name always has below @space (a UUID): for objects that mirror
 * something of libvirt's, so that a lost store comes back with the same ones.
 */
char *uuid_derive(const char *space, const char *name);
/* True for the canonical text form, either case. */
bool uuid_is_valid(const char *s);
/* The one spelling that vxe stores. @s becomes lower case; returns it; accepts NULL. */
char *uuid_lower(char *s);
