/* SPDX-License-Identifier: MIT */
/*
 * Converts values of fields to and from the JSON in the store's documents; for JSON that users see, see
 * objects/queries/rows_json.h.
 */
#pragma once

#include "objects/model/class.h"

#include <json-c/json.h>

DEFINE_CLEANUP(struct json_object *, json_object_put)
#define _cleanup_json_ _cleanup_(json_object_put_cleanup)

/* The value as documents store it: json_to_stored() gives the same value back. A null reference is JSON's null. */
struct json_object *json_of_stored(const struct field *f, const struct value *v);
/* Returns -1 when @json has not the type of the field. @ret is zeroed before; the caller clears it. */
int json_to_stored(const struct field *f, struct json_object *json, struct value *ret);
