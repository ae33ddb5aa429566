/* SPDX-License-Identifier: MIT */
/* Objects made from the store's columns alone, for lists that need no document. */
#pragma once

#include "objects/model/record.h"

/* All columns of the class, for txn_scan(), terminated by NULL. */
const char *const *class_columns(const struct class *c);
/* The name of the store's column for a member of the class: "vm_uuid" for @member "vm" as well as for "vm_uuid". */
const char *class_column(const struct class *c, const char *member);
/*
 * Those of class_columns(), in their order, that the fields need (@fields ends with NULL): all, if the value of one of them is
 * more than its own column. The array is owned, its members are not.
 */
const char **class_columns_for(const struct class *c, const struct field *const *fields);
/*
 * An object with only its uuid and the members of the F_COLUMN fields in @columns set; all others are zero, strings
 * NULL. @columns: class_columns() or class_columns_for(); @values: from txn_scan() with these.
 */
int record_from_columns(const struct class *c, const char *const *columns, const char *uuid,
	const char *const *values, void **ret, struct vxe_error *err) _must_check_;
