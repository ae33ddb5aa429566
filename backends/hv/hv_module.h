/* SPDX-License-Identifier: MIT */
#pragma once

#include "backends/hv/hv_ops.h"

/*
 * The functions of the libvirt module, which is loaded at the first call. Returns NULL with
 * VXE_HYPERVISOR_UNREACHABLE(@uri, message) on failure.
 */
const struct hv_ops *hv_module(const char *uri, struct vxe_error *err);
/*
 * Waits for the connection that hv_open_ahead() opens to @uri. Returns 1, and the connection belongs to the caller;
 * 0: none was opened to @uri; -1 as hv_open(). Where the timeout or a signal would end the process during another
 * call, fails with VXE_HYPERVISOR_SILENT or TASK_CANCELLED, so that a caller can undo what it has begun; the
 * connection is then left to itself.
 */
int hv_module_opened(
	const char *uri, struct hv **ret, const struct hv_ops **ops, struct vxe_error *err);
