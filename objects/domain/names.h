/* SPDX-License-Identifier: MIT */
/* libvirt names: chosen once from the name-label, and kept. */
#pragma once

#include "objects/session/session.h"

/*
 * The label as libvirt takes it: '/', control bytes and a leading '.' become '_', cut to 200 bytes
 * at the end of a character; "" stays "". Owned.
 */
char *name_clean(const char *label);
/* A name that no domain has yet: the clean label, "-2", "-3" ... behind it; else the UUID. Owned.
 */
int name_choose(struct session *s, const char *label, const char *uuid, char **ret,
	struct vxe_error *err) _must_check_;
