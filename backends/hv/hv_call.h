/* SPDX-License-Identifier: MIT */
/* How hv.c and hv_devices.c call the hypervisor: each call is watched for a timeout, and its error is checked. */
#pragma once

#include "backends/hv/hv_ops.h"
#include "objects/base/call_watch.h"
#include "objects/base/log.h"

/*
 * Ends the timeout of a call, and returns the call's result @rc. Checks that @err is filled exactly if the call
 * failed; logs a failure with libvirt's message.
 */
int hv_checked(const char *call, int rc, const struct vxe_error *err) _must_check_;
/*
 * hv_absent() makes the error of a call that the hypervisor does not implement, hv_held() that of a call that is not
 * made because of a dry run.
 */
int hv_absent(const char *call, struct vxe_error *err) _must_check_;
int hv_held(const char *call, struct vxe_error *err) _must_check_;

/* For the log. */
static inline const char *hv_or_none(const char *s)
{
	return s ? s : "-";
}

#define CALL_AS(kind, h, group, slot, ...)                                                         \
	((h)->ops->group ? (watch_begin(#slot, (kind)),                                            \
				   hv_checked(#slot, (h)->ops->group->slot(__VA_ARGS__), err))     \
			 : hv_absent(#slot, err))
/* CALL() is for calls that only read; CHANGE() is for calls that change a definition, and may take longer. */
#define CALL(h, group, slot, ...) CALL_AS(WATCH_ASKS, h, group, slot, __VA_ARGS__)
#define CHANGE_OF(kind, h, group, slot, ...)                                                       \
	((h)->changed |= (kind), RUN(h, group, slot, __VA_ARGS__))
#define CHANGE(h, group, slot, ...) CHANGE_OF(HV_DOMAINS, h, group, slot, __VA_ARGS__)
/* RUN() is for calls that change running domains, but no definition. */
#define RUN(h, group, slot, ...)                                                                   \
	((h)->held ? hv_held(#slot, err) : CALL_AS(WATCH_CHANGES, h, group, slot, __VA_ARGS__))
