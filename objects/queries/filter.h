/* SPDX-License-Identifier: MIT */
/* Parses a key of the command line: a field, a key of a map, a member of a set. */
#pragma once

#include "objects/base/error.h"
#include "objects/base/mem.h"
#include "objects/model/class.h"
#include "objects/session/session.h"

struct field_name {
	const struct field *field;
	/* the part of a key behind ':' (or behind '-', the old form); NULL: the key names the whole field */
	const char *key;
	bool loose; /* the name was resolved as `vxe` does it */
};

/*
 * Finds the field that a key of the command line names: "name-label", "other-config:owner", "tags:contains", and the
 * old "other-config-owner". A whole field name is tried first, then the longest name of a map with which the text
 * begins, then that of a set. @loose (called as `vxe`): '_' may replace '-', and vxe's own fields exist. Fails:
 * Unknown field. The result is borrowed from @c and @text.
 */
int field_resolve(const struct class *c, const char *text, bool loose, struct field_name *ret,
	struct vxe_error *err) _must_check_;

/*
 * Checks that a list can be filtered by the field with this key: any key of a map, ":contains" of a set; as `vxe` also
 * ":contains" (a part of the text) and ":glob" (a pattern of a shell, for the whole text) of a text.
 */
int filter_check(const struct field_name *name, struct vxe_error *err) _must_check_;
/* Returns 1 if the field of @obj matches @value, as a filter of a list; 0 if not. */
int filter_match(struct session *s, const struct field_name *name, const char *value,
	const void *obj, struct vxe_error *err) _must_check_;
