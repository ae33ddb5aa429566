/* SPDX-License-Identifier: MIT */
/* Finds fields by the names that users type. */
#pragma once

#include "objects/model/class.h"

/* True if help, completion and params= know the field. */
bool field_is_visible(const struct field *f, bool as_xe);
/*
 * The visible fields in @names, terminated by NULL; "all" alone means all of them. As in xe, names
 * that are not fields are ignored. @underscore, as `vxe`: '_' may replace '-', and vxe's own fields
 * exist. Owned array.
 */
const struct field **fields_named(
	const struct class *cls, const struct strv *names, bool underscore);

/* The field's name in xe's spelling; @name itself if it is no field; owned. */
char *field_spelling(const struct class *cls, const char *name, bool underscore);
