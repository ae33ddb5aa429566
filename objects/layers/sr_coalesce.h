/* SPDX-License-Identifier: MIT */
#pragma once

#include "objects/layers/coalesce.h"

void coalesce_result_clear(struct coalesce_result *r);
#define _cleanup_coalesce_ _cleanup_(coalesce_result_clear)
/* Called after a command's own work: a failure is logged and does not fail the command. */
void coalesce_quietly(struct session *s, const struct strv *seeds);
/* The same; appends a line for each layer that has to wait. */
void coalesce_telling(struct session *s, const struct strv *seeds, struct strv *waits);

/*
 * Recovers every intent whose owner is dead, then merges and removes what nothing needs. @sr NULL:
 * all.
 */
int sr_coalesce(struct session *s, const char *sr, struct coalesce_result *ret,
	struct vxe_error *err) _must_check_;
