/* SPDX-License-Identifier: MIT */
/*
 * Cells: the declared columns of a row in one piece. For each column, in the order of the
 * declaration, there is a byte 0 (no value), or a byte 1 and the text with its NUL.
 */
#pragma once

#include "objects/base/error.h"

struct str;

/* Appends a cell for the next column; NULL: the column has no value. */
void cells_add(struct str *cells, const char *value);
/*
 * Sets the @n members of @values to the texts in @bytes, or to NULL where a column has no value. Fails with
 * VXE_RECORD_DAMAGED if @bytes are not the cells of @n columns.
 */
int cells_split(const char *where, const char *cls, const char *uuid, const void *bytes, size_t len,
	size_t n, const char **values, struct vxe_error *err) _must_check_;
