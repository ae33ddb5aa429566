/* SPDX-License-Identifier: MIT */
/* Opens a session: the store at once, the hypervisor when it is first needed. */
#pragma once

#include "objects/session/session.h"

/*
 * Opens the store, and makes a new one only if the hypervisor can be reached. The first session_hv() connects to the
 * hypervisor, and compares it with the host record or fills a new store (first_use.c needs the hypervisor's host
 * UUID). Of a host whose records were moved to a pool, the pool's store is opened (objects/start/pool_mark.h).
 */
int session_open(struct session **ret, const struct session_config *config,
	struct vxe_error *err) _must_check_;
/*
 * Opens the store at @where, a folder or the URI of a database, with the engine for it and the other settings of @c. It
 * is not looked at whose records it has.
 */
int store_open_at(struct store **ret, const struct session_config *c, const char *where,
	bool readonly, struct vxe_error *err) _must_check_;
/* The functions bind and former_stores of struct session_above. */
int session_bind(struct session *s, struct vxe_error *err) _must_check_;
void session_former_stores(const struct session *s, struct strv *ret);
