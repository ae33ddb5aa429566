/* SPDX-License-Identifier: MIT */
#pragma once

#include "backends/hv/hv_ops.h"

/*
 * The functions of the libvirt module, which is loaded at the first call. Returns NULL with
 * VXE_HYPERVISOR_UNREACHABLE(@uri, message) on failure.
 */
const struct hv_ops *hv_module(const char *uri, struct vxe_error *err);
/*
 * Waits for the connection of hv_open_ahead(): 1, and it belongs to the caller; 0: none was opened to @uri; -1 as hv_open().
 * VXE_HYPERVISOR_SILENT or TASK_CANCELLED where the watch would end the process for a call: a caller that has begun
 * something can undo it. The connection is left to itself then.
 */
int hv_module_opened(
	const char *uri, struct hv **ret, const struct hv_ops **ops, struct vxe_error *err);
