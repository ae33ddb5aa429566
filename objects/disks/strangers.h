/* SPDX-License-Identifier: MIT */
/* Unknown users of files: files and domains that vxe has no record of. */
#pragma once

#include "objects/session/session.h"

/*
 * Searches for users of the files at @paths that are not in @known (absolute paths of files, UUIDs
 * of domains that may use them): in the XML of all domains, live and inactive, and in the headers
 * in the directories of all SRs and active pools and of the files themselves. VXE_DEPENDENTS(file,
 * user) names the first.
 */
int strangers_check(struct session *s, const struct strv *paths, const struct strv *known,
	struct vxe_error *err) _must_check_;

/* The same search, which reports every user to @fn; an error of @fn ends it. */
typedef int stranger_fn(void *ctx, const char *path, const char *user, struct vxe_error *err);
int strangers_find(struct session *s, const struct strv *paths, const struct strv *known,
	stranger_fn *fn, void *ctx, struct vxe_error *err) _must_check_;
