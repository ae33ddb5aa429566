/* SPDX-License-Identifier: MIT */
/* Records of the consoles that a running VM's domain has, and of its TPM. */
#pragma once

#include "objects/base/uuid.h"
#include "objects/session/session.h"

struct vm;

/* The UUIDs of console number @i of the VM, and of its TPM; owned. */
static inline char *console_uuid(const char *vm, size_t i)
{
	_cleanup_free_ char *name = xasprintf("console:%zu", i);

	return uuid_derive(vm, name);
}

static inline char *vtpm_uuid(const char *vm)
{
	return uuid_derive(vm, "vtpm");
}

/* Functions for the member refresh: of consoles (asks libvirt about each running VM) and of TPMs. */
int consoles_refresh(struct session *s, struct vxe_error *err) _must_check_;
int vtpms_refresh(struct session *s, struct vxe_error *err) _must_check_;
