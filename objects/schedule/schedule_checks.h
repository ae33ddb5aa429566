/* SPDX-License-Identifier: MIT */
/* Checks of new and changed schedules, besides those of single fields. */
#pragma once

#include "objects/queries/list.h"

/*
 * Splits "FIELD=VALUE" of vm-filter; ret->key is in *@key, which the caller owns. Errors are those of a filter of
 * vm-list.
 */
int schedule_filter(
	const char *text, char **key, struct filter *ret, struct vxe_error *err) _must_check_;
/*
 * Of what differs from @before (NULL: a new schedule): vm-filter must be a filter of VMs, each command a plugin. The
 * schedule must run at some time. Both are struct vmss.
 */
int schedule_check(struct session *s, const void *before, const void *after,
	struct vxe_error *err) _must_check_;
