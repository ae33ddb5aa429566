/* SPDX-License-Identifier: MIT */
/* Removing an SR. */
#pragma once

#include "objects/session/session.h"

/* Only when no disk is left in it; also removes the directory if it is empty then. */
int sr_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* Deletes the records; the files stay. */
int sr_forget(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
