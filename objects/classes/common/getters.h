/* SPDX-License-Identifier: MIT */
/* Getters of computed fields that several classes share. */
#pragma once

#include "objects/model/record.h"
#include "objects/session/session.h"

typedef int getter_fn(struct session *s, const void *obj, struct value *ret, struct vxe_error *err);

/* Zero, false, "", null or empty: what xe shows where vxe has nothing of the kind. */
getter_fn get_nothing;
getter_fn get_true;
/* "<not in database>": what xe shows where a metrics object does not exist. */
getter_fn get_absent;
/* "<unknown>": what xe shows where a data source fails. */
getter_fn get_unknown;
/* The operations that tasks run on the object. */
getter_fn get_current_operations;
/* For references: the first (as a rule the only) host. */
getter_fn get_host;

/* One field of a "VBD of the VM" kind: sets ret->list to the users of @obj, sorted by uuid. */
int get_users(struct session *s, enum class_id c, const char *column, const void *obj,
	struct value *ret, struct vxe_error *err) _must_check_;
/* The same for snapshots: by snapshot-time, then uuid. @c is vm_class or vdi_class. */
int get_snapshots(struct session *s, enum class_id c, const void *obj, struct value *ret,
	struct vxe_error *err) _must_check_;
