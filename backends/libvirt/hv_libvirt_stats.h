/* SPDX-License-Identifier: MIT */
/* The host, and statistics, agents, memory and VCPUs of running domains. */
#pragma once

#include "backends/hv/hv_ops.h"

#include <libvirt/libvirt.h>

int libvirt_host(struct hv *h, struct hv_host *ret, struct vxe_error *err) _must_check_;
int libvirt_versions(struct hv *h, struct hv_versions *ret, struct vxe_error *err) _must_check_;
int libvirt_stats(
	struct hv *h, const char *uuid, struct hv_stats *ret, struct vxe_error *err) _must_check_;
int libvirt_guest(
	struct hv *h, const char *uuid, struct hv_guest *ret, struct vxe_error *err) _must_check_;
int libvirt_set_memory(
	struct hv *h, const char *uuid, int64_t bytes, struct vxe_error *err) _must_check_;
int libvirt_set_vcpus(struct hv *h, const char *uuid, int n, struct vxe_error *err) _must_check_;
