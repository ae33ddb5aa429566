/* SPDX-License-Identifier: MIT */
#pragma once

#include "backends/hv/hv_impl.h"

/* The functions of the libvirt module, which the first call loads. NULL: VXE_HYPERVISOR_UNREACHABLE(@uri, message). */
const struct hv_ops *hv_module(const char *uri, struct vxe_error *err);
