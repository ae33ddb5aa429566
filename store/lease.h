/* SPDX-License-Identifier: MIT */
/* Leases by flock on files of the lock directory, for the engines whose users are all on one machine. */
#pragma once

#include "store/store.h"

int flock_lease(struct store *s, const char *key, enum lease_mode mode, bool wait,
	struct lease **ret, struct vxe_error *err) _must_check_;
void flock_release(struct lease *l);
