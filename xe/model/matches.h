/* SPDX-License-Identifier: MIT */
/* Lists of objects in the message about a text or filter that several objects match. */
#pragma once

#include "xe/model/call.h"

/* So many objects at most are listed. */
#define MOST_LISTED 20

/*
 * Makes a list of the objects @found of the view for a message: a line for each, with the UUID and what tells the object
 * apart from others of its name. *ret is owned.
 */
int list_matches(struct call *c, const struct view *all, const struct strv *found, char **ret,
	struct vxe_error *err) _must_check_;
