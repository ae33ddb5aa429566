/* SPDX-License-Identifier: MIT */
/* The end of an SR. */
#pragma once

#include "objects/session/session.h"

/* Only when no disk is left in it; a directory that then is empty goes, too. */
int sr_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* The records go, the files stay. */
int sr_forget(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
