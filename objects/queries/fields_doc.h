/* SPDX-License-Identifier: MIT */
/* Writes docs/fields.md from the tables of fields. */
#pragma once

#include "objects/queries/list.h"

/* Writes the page piece by piece; if @sink returns another value than 0, stops and returns it. */
int fields_write_doc(sink_fn *sink, void *ctx);
