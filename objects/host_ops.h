/* SPDX-License-Identifier: MIT */
/* What can be done with the host. */
#pragma once

#include "objects/session.h"

/* host-enable, host-disable: while it is disabled no VM starts on it. */
int host_set_enabled(
	struct session *s, const char *uuid, bool enabled, struct vxe_error *err) _must_check_;
/* NO_HOSTS_AVAILABLE while the host is disabled. */
int host_check_enabled(struct session *s, struct vxe_error *err) _must_check_;
