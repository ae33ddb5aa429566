/* SPDX-License-Identifier: MIT */
/* Writes docs/fields.md from the tables of fields. */
#pragma once

#include "objects/queries/list.h"

/*
 * Writes the text of docs/fields.md to @sink, piece by piece; if @sink returns another value than 0, stops and
 * returns that value.
 */
int fields_write_doc(sink_fn *sink, void *ctx);
