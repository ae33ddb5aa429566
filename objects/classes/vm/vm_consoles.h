/* SPDX-License-Identifier: MIT */
/* Records of the consoles that a running VM's domain has, and of its TPM. */
#pragma once

#include "objects/base/uuid.h"
#include "objects/session/session.h"

struct vm;

/* UUIDs that are derived from the VM's UUID: of the VM's console number @i, and of its TPM; owned. */
static inline char *console_uuid(const char *vm, size_t i)
{
	_cleanup_free_ char *name = xasprintf("console:%zu", i);

	return uuid_derive(vm, name);
}

static inline char *vtpm_uuid(const char *vm)
{
	return uuid_derive(vm, "vtpm");
}

/*
 * The member `refresh` of two classes brings records up to date: those of consoles (asks libvirt about each running
 * VM), and those of virtual TPMs.
 */
int consoles_refresh(struct session *s, struct vxe_error *err) _must_check_;
int vtpms_refresh(struct session *s, struct vxe_error *err) _must_check_;
