/* SPDX-License-Identifier: MIT */
/* Removes a disk: vdi-destroy and vdi-forget. */
#pragma once

#include "objects/session/session.h"

/* vdi-destroy: deletes the disk and its VBDs. A file that vxe has made is removed as soon as no layer needs it. */
int vdi_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* vdi-forget: deletes only the records. The file stays, and a scan of the SR finds it again. */
int vdi_forget(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
