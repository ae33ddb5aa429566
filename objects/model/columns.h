/* SPDX-License-Identifier: MIT */
/* Objects made from the store's columns alone, for lists that need no document. */
#pragma once

#include "objects/model/record.h"

/* What txn_scan() is asked for: all columns of the class, closed by NULL. */
const char *const *class_columns(const struct class *c);
/*
 * An object of which only the uuid and the members behind F_COLUMN fields are set, all others are
 * zero, strings NULL; @values as txn_scan() gives them for class_columns().
 */
int record_from_columns(const struct class *c, const char *uuid, const char *const *values,
	void **ret, struct vxe_error *err) _must_check_;
