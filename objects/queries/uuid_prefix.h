/* SPDX-License-Identifier: MIT */
/* Finds objects by the first digits of their UUIDs. */
#pragma once

#include "objects/model/class.h"

/*
 * The UUIDs of all objects of the view's class that begin with @digits, in upper or lower case; the store finds them
 * by its key. @surely, for a command that changes something: libvirt is asked whether a domain without a record has
 * such a UUID, or has @digits as its name. Without @surely, libvirt is asked only if the number of such UUIDs on
 * record is not one.
 */
int begun_uuids(struct session *s, const struct view *v, const char *digits, bool surely,
	struct strv *ret, struct vxe_error *err) _must_check_;
