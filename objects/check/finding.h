/* SPDX-License-Identifier: MIT */
/* The findings of `vxe check`. */
#pragma once

#include "objects/base/error.h"

struct check;
struct node;

/* One inconsistency that `vxe check` found. */
struct finding {
	/*
	 * what is inconsistent: "record", "reference", "uuid", "chain", "file", "folder", "write-bits", "internal",
	 * "changed", "kept", "domain", "guard", "intent", "node", "place", "schedule", "setting", "clock"
	 */
	char *kind;
	char *object; /* "VM UUID", or a file */
	char *text;   /* what is wrong, and what the user can do */
};
struct findings {
	size_t n;
	struct finding *items;
};
void findings_clear(struct findings *f);
#define _cleanup_findings_ _cleanup_(findings_clear)
void finding_add(struct findings *f, const char *kind, const char *object, const char *fmt, ...)
	_printf_(4, 5);

/* Adds a finding about an object, unless a running operation is changing the object. */
void check_found(struct check *c, const char *kind, const char *cls, const char *uuid,
	const char *fmt, ...) _printf_(5, 6);
/* Adds a finding that a check itself could not be made, with the text of the error @failed, which is cleared. */
void check_failed(struct check *c, const char *kind, const char *cls, const char *uuid,
	struct vxe_error *failed);
const struct node *check_node(const struct check *c, const char *uuid, const char **path);
