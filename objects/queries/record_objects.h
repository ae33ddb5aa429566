/* SPDX-License-Identifier: MIT */
/* Objects that are nothing but records: made and deleted in one transaction. */
#pragma once

#include "objects/model/record.h"
#include "objects/session/session.h"

/* Gives @obj a new UUID and saves it; *ret is that UUID, owned. */
int object_create(struct session *s, const struct class *c, void *obj, char **ret,
	struct vxe_error *err) _must_check_;
/* Deletes the record. UUID_INVALID if there is none; or the error with which the class's drop() refuses. */
int object_destroy(struct session *s, const struct class *c, const char *uuid,
	struct vxe_error *err) _must_check_;
/* task-cancel: the process that runs the task ends its work as soon as it can. A finished task does not change. */
int task_cancel(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
