/* SPDX-License-Identifier: MIT */
/* Getters of computed fields that several classes share. */
#pragma once

#include "objects/model/record.h"
#include "objects/session/session.h"

typedef int getter_fn(struct session *s, const void *obj, struct value *ret, struct vxe_error *err);

/* The getter of fields for XenServer features that vxe does not have: gives zero, false, "", null or an empty list. */
getter_fn get_nothing;
/* The getter of the field current-operations: the operations that running tasks perform on the object. */
getter_fn get_current_operations;

/*
 * The getter of the field snapshots: sets ret->list to the UUIDs of the snapshots of @obj, sorted by snapshot-time,
 * then UUID. @c is the class of @obj, VM or VDI.
 */
int get_snapshots(struct session *s, enum class_id c, const void *obj, struct value *ret,
	struct vxe_error *err) _must_check_;
