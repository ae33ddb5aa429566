/* SPDX-License-Identifier: MIT */
#pragma once

#include "objects/session/session.h"

/*
 * Gives a new store its pool, host, control domain, networks, templates and the SR "Local storage",
 * in one transaction. The session must be connected.
 */
int first_use(struct session *s, struct vxe_error *err) _must_check_;
