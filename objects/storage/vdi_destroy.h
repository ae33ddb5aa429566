/* SPDX-License-Identifier: MIT */
/* Removing a disk. */
#pragma once

#include "objects/session/session.h"

/* Deletes the disk and its VBDs; a file that vxe made is removed as soon as no layer needs it. */
int vdi_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* Deletes only the records: the file stays, and a scan of the SR finds it again. */
int vdi_forget(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
