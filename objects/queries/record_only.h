/* SPDX-License-Identifier: MIT */
/* Objects that are only records: made and deleted in one transaction. */
#pragma once

#include "objects/model/record.h"
#include "objects/session/session.h"

/* Saves @obj with a new UUID, which is set in it; *ret is owned. */
int object_create(struct session *s, const struct class *c, void *obj, char **ret,
	struct vxe_error *err) _must_check_;
/* UUID_INVALID when there is no such object; or the error of the class's drop hook. */
int object_destroy(struct session *s, const struct class *c, const char *uuid,
	struct vxe_error *err) _must_check_;
/*
 * task-cancel: the process that runs the task stops as soon as it can. A finished task does not
 * change.
 */
int task_cancel(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
