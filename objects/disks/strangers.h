/* SPDX-License-Identifier: MIT */
/* Unknown users of files: files and domains that vxe has no record of. */
#pragma once

#include "objects/session/session.h"

/* Gets every user; an error of it ends the search. */
typedef int stranger_fn(void *ctx, const char *path, const char *user, struct vxe_error *err);
/*
 * Searches for users of the files at @paths that are not in @known (absolute paths of files, UUIDs
 * of domains that may use them): in the XML of all domains, live and inactive, and in the headers
 * in the directories of all SRs and active pools and of the files themselves. Without @fn the first is
 * VXE_DEPENDENTS(file, user).
 */
int strangers_find(struct session *s, const struct strv *paths, const struct strv *known,
	stranger_fn *fn, void *ctx, struct vxe_error *err) _must_check_;
