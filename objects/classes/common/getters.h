/* SPDX-License-Identifier: MIT */
/* Getters of computed fields that several classes share. */
#pragma once

#include "objects/model/record.h"
#include "objects/session/session.h"

typedef int getter_fn(struct session *s, const void *obj, struct value *ret, struct vxe_error *err);

/* Zero, false, "", null or empty, for features that vxe does not have. */
getter_fn get_nothing;
/* The operations that tasks run on the object. */
getter_fn get_current_operations;
/* For references: the first (usually the only) host. */
getter_fn get_host;

/* For snapshots: sets ret->list to those of @obj, by snapshot-time, then uuid. @c is vm_class or vdi_class. */
int get_snapshots(struct session *s, enum class_id c, const void *obj, struct value *ret,
	struct vxe_error *err) _must_check_;
