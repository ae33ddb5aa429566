/* SPDX-License-Identifier: MIT */
/* Records of other parts of a VM's domain: consoles while it runs, a TPM. */
#pragma once

#include "objects/base/uuid.h"
#include "objects/session/session.h"

struct vm;

/* UUIDs of the VM's console number @i, and of its TPM; owned. */
static inline char *console_uuid(const char *vm, size_t i)
{
	_cleanup_free_ char *name = xasprintf("console:%zu", i);

	return uuid_derive(vm, name);
}

static inline char *vtpm_uuid(const char *vm)
{
	return uuid_derive(vm, "vtpm");
}

/* The refresh functions of consoles (asks libvirt about each running VM) and of TPMs. */
int consoles_refresh(struct session *s, struct vxe_error *err) _must_check_;
int vtpms_refresh(struct session *s, struct vxe_error *err) _must_check_;
