/* SPDX-License-Identifier: MIT */
/* Values as JSON, as documents keep them; for users: records/rows_json.h. */
#pragma once

#include "objects/model/class.h"

/* Exact: json_to_stored() gives the same value back. Null references are null. */
struct json_object *json_of_stored(const struct field *f, const struct value *v);
/* -1 when @json is not of the field's type. @ret is zeroed before, cleared by the caller. */
int json_to_stored(const struct field *f, struct json_object *json, struct value *ret);
