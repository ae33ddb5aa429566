/* SPDX-License-Identifier: MIT */
/* Finds objects by the first digits of their UUIDs. */
#pragma once

#include "objects/model/class.h"

/*
 * The UUIDs of all objects of the view's class that begin with @digits, in either case; the store finds them by its
 * key. @surely, for a command that changes something: libvirt is asked whether another domain, which is not on record,
 * begins so or is called so. Else it is asked only if not exactly one on record begins so.
 */
int begun_uuids(struct session *s, const struct view *v, const char *digits, bool surely,
	struct strv *ret, struct vxe_error *err) _must_check_;
