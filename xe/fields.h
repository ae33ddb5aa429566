/* SPDX-License-Identifier: MIT */
/* From the names of fields as typed to fields. */
#pragma once

#include "objects/model/class.h"

/*
 * The visible fields that @names has, closed by NULL; "all" alone means all of them. Names that
 * are no field are passed over, as in xe. @underscore: '_' may stand for '-'. Owned array.
 */
const struct field **fields_named(
	const struct class *cls, const struct strv *names, bool underscore);

/* @name as xe spells the field, itself when it is none; owned. */
char *field_spelling(const struct class *cls, const char *name, bool underscore);
