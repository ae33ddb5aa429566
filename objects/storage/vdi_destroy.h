/* SPDX-License-Identifier: MIT */
/* The end of a disk. */
#pragma once

#include "objects/session/session.h"

/* The disk and what refers to it; a file that vxe made goes as soon as no layer needs it. */
int vdi_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* The records alone: the file stays, and a scan of the SR finds it again. */
int vdi_forget(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
