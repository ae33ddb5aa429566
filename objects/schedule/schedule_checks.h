/* SPDX-License-Identifier: MIT */
/* Checks of new and changed schedules, besides those of single fields. */
#pragma once

#include "objects/queries/list.h"

/*
 * Splits the text "FIELD=VALUE" of a schedule's vm-filter; ret->key is in *@key, which the caller owns. Errors are
 * those of a filter of vm-list.
 */
int schedule_filter(
	const char *text, char **key, struct filter *ret, struct vxe_error *err) _must_check_;
/*
 * Checks a new schedule (@before NULL) or a changed one. Of what differs from @before, vm-filter must be a filter of
 * VMs, and each command a plugin; the schedule must run at some time. @before and @after are struct vmss.
 */
int schedule_check(struct session *s, const void *before, const void *after,
	struct vxe_error *err) _must_check_;
