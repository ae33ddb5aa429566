/* SPDX-License-Identifier: MIT */
/* Finds fields by the names that users type. */
#pragma once

#include "objects/model/class.h"

/* True if help, completion and params= know the field. */
bool field_is_visible(const struct field *f, bool as_xe);
/*
 * The visible fields in @names; the result is an owned array that ends with NULL. "all" alone means all fields. As in
 * xe, names that are not fields are ignored. @underscore, as `vxe`: '_' may replace '-', and vxe's own fields exist.
 */
const struct field **fields_named(
	const struct class *cls, const struct strv *names, bool underscore);

/* The name of a field in xe's spelling; a copy of @name if there is no such field. Owned. */
char *field_spelling(const struct class *cls, const char *name, bool underscore);
