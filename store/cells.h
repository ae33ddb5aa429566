/* SPDX-License-Identifier: MIT */
/*
 * Cells: the declared columns of a row in one piece. For each column, in the order of the
 * declaration, there is a byte 0 (no value), or a byte 1 and the text with its NUL.
 */
#pragma once

#include "objects/base/error.h"

struct str;

/* Appends the next column; NULL: no value. */
void cells_add(struct str *cells, const char *value);
/*
 * Points @values, which has room for @n columns, into @bytes; NULL where there is no value. If the
 * bytes are not the cells of @n columns: VXE_RECORD_DAMAGED.
 */
int cells_split(const char *where, const char *cls, const char *uuid, const void *bytes, size_t len,
	size_t n, const char **values, struct vxe_error *err) _must_check_;
