/* SPDX-License-Identifier: MIT */
/* Reads and writes UEFI variables and TPM state as bytes, for archives. */
#pragma once

#include "objects/guest_state/firmware_state.h"

/* UEFI variables and TPM state of a VM as bytes, one item for each row of the table in firmware_state.c. */
struct captures {
	struct captured {
		char *format; /* format of the file; NULL: the VM has no such file */
		char *bytes;
		size_t n;
	} items[CAPTURE_KINDS];
};
void captures_clear(struct captures *c);
#define _cleanup_captures_ _cleanup_(captures_clear)
/*
 * Reads the UEFI variables and TPM state of a VM (@spec: its definition), a template or a snapshot; VXE_IMAGE_FAILED
 * if a file is too large.
 */
int captures_read(struct session *s, struct txn *t, const struct vm *vm,
	const struct domain_spec *spec, struct captures *ret, struct vxe_error *err) _must_check_;
/* Plans that a new VM gets these UEFI variables and this TPM state, as capture_plan_new() does. */
int captures_plan(struct session *s, struct txn *t, const struct captures *c, struct vm *vm,
	const struct domain_spec *spec, struct plan *p, struct vxe_error *err) _must_check_;
/*
 * The step of captures_plan(), before the commit point: writes the bytes of UEFI variables and TPM state into the new
 * files that the plan names. step_drop_captured() undoes it.
 */
int captures_write(struct op *op, const struct captures *c, struct vxe_error *err) _must_check_;
