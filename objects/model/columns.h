/* SPDX-License-Identifier: MIT */
/* Objects made from the store's columns alone, for lists that need no document. */
#pragma once

#include "objects/model/record.h"

/* All columns of the class, for txn_scan(), terminated by NULL. */
const char *const *class_columns(const struct class *c);
/* The name of the store's column for a member of the class: "vm_uuid" for @member "vm" as well as for "vm_uuid". */
const char *class_column(const struct class *c, const char *member);
/*
 * An object with only its uuid and the members of F_COLUMN fields set; all others are zero, strings
 * NULL. @values: from txn_scan() with class_columns().
 */
int record_from_columns(const struct class *c, const char *uuid, const char *const *values,
	void **ret, struct vxe_error *err) _must_check_;
