/* SPDX-License-Identifier: MIT */
/* docs/fields.md, written from the field tables. */
#pragma once

#include "objects/queries/list.h"

/* Nonzero from @sink stops the output and is returned. */
int fields_write_doc(sink_fn *sink, void *ctx);
