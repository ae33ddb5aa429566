/* SPDX-License-Identifier: MIT */
/* The names of domains in libvirt: chosen once from the name-label, then fixed. */
#pragma once

#include "objects/session/session.h"

/*
 * The label in a form that libvirt accepts: '/', control bytes and a leading '.' become '_'; cut to
 * 200 bytes at the end of a character; "" stays "". Owned.
 */
char *name_clean(const char *label);
/*
 * *ret: a name for a new domain that no other domain has: the name-label without characters that libvirt refuses, if
 * necessary with "-2" or "-3" behind it; for an empty label the UUID. Owned.
 */
int name_choose(struct session *s, const char *label, const char *uuid, char **ret,
	struct vxe_error *err) _must_check_;
