/* SPDX-License-Identifier: MIT */
/* Values as JSON in documents; for JSON output see records/rows_json.h. */
#pragma once

#include "objects/model/class.h"

/* Lossless: json_to_stored() gives the same value back. Null references are null. */
struct json_object *json_of_stored(const struct field *f, const struct value *v);
/* -1 when @json does not have the field's type. @ret is zeroed before; the caller clears it. */
int json_to_stored(const struct field *f, struct json_object *json, struct value *ret);
