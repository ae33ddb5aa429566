/* SPDX-License-Identifier: MIT */
#pragma once

#include "objects/session/session.h"

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
/* Recovers dead intents first unless @read_only. Returns 0 also when there are findings. */
int check_all(struct session *s, bool read_only, struct findings *ret,
	struct vxe_error *err) _must_check_;
