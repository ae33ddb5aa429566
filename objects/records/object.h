/* SPDX-License-Identifier: MIT */
/* Objects that are records alone: made and removed in one transaction. */
#pragma once

#include "objects/model/record.h"
#include "objects/session/session.h"

/* Saves @obj under a new UUID, which is set in it; owned in *ret. */
int object_create(struct session *s, const struct class *c, void *obj, char **ret,
	struct vxe_error *err) _must_check_;
/* UUID_INVALID when there is none; what the class's drop hook says against it. */
int object_destroy(struct session *s, const struct class *c, const char *uuid,
	struct vxe_error *err) _must_check_;
/* task-cancel: whoever works on the task stops as soon as it can. A finished one stays so. */
int task_cancel(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
