/* SPDX-License-Identifier: MIT */
/*
 * The definitions that this host's libvirt has of VMs of the pool. Some may be of VMs that are at home on another host, or
 * on none: left behind when the host was declared dead, or defined again from a backup. vxe neither adopts nor starts them.
 */
#pragma once

#include "objects/session/session.h"

struct pool_domains {
	struct strv all;  /* UUIDs */
	struct strv here; /* of @all those at home here */
	struct strv
		elsewhere; /* of @all those at home elsewhere; not those that an operation is just moving */
};
void pool_domains_clear(struct pool_domains *d);
#define _cleanup_pool_domains_ _cleanup_(pool_domains_clear)

int pool_domains_find(struct session *s, struct txn *t, struct pool_domains *ret,
	struct vxe_error *err) _must_check_;
