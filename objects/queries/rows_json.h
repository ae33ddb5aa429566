/* SPDX-License-Identifier: MIT */
#pragma once

#include "objects/queries/list.h"

/* Writes rows as a JSON array of objects, typed, with xe's field names as keys. */
int rows_write_json(const struct rows *r, sink_fn *sink, void *ctx);
/*
 * Appends the first row of @r as a JSON object that also has a member @name: the first row of @inner as an object, or
 * null if @inner has no row.
 */
void row_write_json_with(
	const struct rows *r, const char *name, const struct rows *inner, struct str *to);
