/* SPDX-License-Identifier: MIT */
/* Makes and destroys networks: isolated libvirt networks, or records of bridges of the host. */
#pragma once

#include "objects/base/error.h"
#include "objects/base/mem.h"
#include "objects/session/session.h"

struct network_new {
	const char *name_label, *name_description, *bridge; /* the last two may be NULL */
	int64_t mtu;
	bool managed;
};
int network_create(struct session *s, const struct network_new *args, char **ret,
	struct vxe_error *err) _must_check_;
/* Also deletes the cards on it; NETWORK_CONTAINS_VIF while a VM has one. */
int network_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
