/* SPDX-License-Identifier: MIT */
#pragma once

#include "objects/queries/list.h"

/* Writes rows as a JSON array of objects, typed, with xe's field names as keys. */
int rows_write_json(const struct rows *r, sink_fn *sink, void *ctx);
