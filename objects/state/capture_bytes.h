/* SPDX-License-Identifier: MIT */
/* UEFI variables and TPM state as bytes, in and out of archives. */
#pragma once

#include "objects/state/capture.h"

/* What a machine has, as bytes; by the rows of the table. */
struct captures {
	struct captured {
		char *format; /* NULL: there is none */
		char *bytes;
		size_t n;
	} items[CAPTURE_KINDS];
};
void captures_clear(struct captures *c);
#define _cleanup_captures_ _cleanup_(captures_clear)
/* Of a VM (@spec: its definition), a template or a snapshot; VXE_IMAGE_FAILED where it is too much. */
int captures_read(struct session *s, struct txn *t, const struct vm *vm,
	const struct domain_spec *spec, struct captures *ret, struct vxe_error *err) _must_check_;
/* The plan of a new VM that has these; as capture_plan_new(). */
int captures_plan(struct session *s, struct txn *t, const struct captures *c, struct vm *vm,
	const struct domain_spec *spec, struct plan *p, struct vxe_error *err) _must_check_;
/* The step for that: before the commit point; its undo is step_drop_captured(). */
int captures_write(struct op *op, const struct captures *c, struct vxe_error *err) _must_check_;
