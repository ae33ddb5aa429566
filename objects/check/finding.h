/* SPDX-License-Identifier: MIT */
/* What `vxe check` finds. */
#pragma once

#include "objects/base/error.h"

struct check;
struct node;

/* One inconsistency that `vxe check` found. */
struct finding {
	char *kind; /* "record", "reference", "chain", "file", "write-bits", "internal", "changed", "kept", "domain", "intent", "node" */
	char *object; /* "VM uuid", a file ... */
	char *text;   /* what is wrong, what to do */
};
struct findings {
	size_t n;
	struct finding *items;
};
void findings_clear(struct findings *f);
#define _cleanup_findings_ _cleanup_(findings_clear)
void finding_add(struct findings *f, const char *kind, const char *object, const char *fmt, ...)
	_printf_(4, 5);

/* Adds a finding about an object, unless a running operation changes it. */
void check_found(struct check *c, const char *kind, const char *cls, const char *uuid,
	const char *fmt, ...) _printf_(5, 6);
/* The same for a failed check: the error becomes a finding and is cleared. */
void check_failed(struct check *c, const char *kind, const char *cls, const char *uuid,
	struct vxe_error *failed);
const struct node *check_node(const struct check *c, const char *uuid, const char **path);
