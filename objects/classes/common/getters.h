/* SPDX-License-Identifier: MIT */
/* Getters of computed fields that several classes share. */
#pragma once

#include "objects/model/record.h"
#include "objects/session/session.h"

typedef int getter_fn(struct session *s, const void *obj, struct value *ret, struct vxe_error *err);

/* For features that vxe does not have: gives zero, false, "", null or an empty list. */
getter_fn get_nothing;
/* The operations that tasks run on the object. */
getter_fn get_current_operations;
/* For references to a host: gives the first, usually the only, host. */
getter_fn get_host;

/*
 * For the field "snapshots": sets ret->list to the snapshots of @obj, by snapshot-time, then UUID. @c is vm_class or
 * vdi_class.
 */
int get_snapshots(struct session *s, enum class_id c, const void *obj, struct value *ret,
	struct vxe_error *err) _must_check_;
