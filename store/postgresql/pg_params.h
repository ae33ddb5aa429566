/* SPDX-License-Identifier: MIT */
/* The parameters of connections: those of the URI, and vxe's own. */
#pragma once

#include "objects/base/error.h"
#include "objects/base/str.h"

#include <signal.h>

/* Keywords and values as PQconnectdbParams() takes them, each list closed by NULL. */
struct pg_params {
	struct strv keywords;
	struct strv values;
	volatile sig_atomic_t *answered; /* as in struct store_config */
};

/*
 * Reads a URI. Fails with VXE_STORE_UNUSABLE, which names the store @where and nothing of the URI, if libpq cannot read
 * it, or if a part of a password would count as something else.
 */
int pg_params_read(struct pg_params *ret, const char *uri, const char *where,
	struct vxe_error *err) _must_check_;
void pg_params_clear(struct pg_params *p);
