/* SPDX-License-Identifier: MIT */
/* Removes an SR: sr-destroy and sr-forget. */
#pragma once

#include "objects/session/session.h"

/* sr-destroy: only if the SR has no disk; removes its directory, too, if that is empty then. */
int sr_destroy(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
/* sr-forget: deletes the records; the files stay. */
int sr_forget(struct session *s, const char *uuid, struct vxe_error *err) _must_check_;
