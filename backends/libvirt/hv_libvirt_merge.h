/* SPDX-License-Identifier: MIT */
/* Merges and copies layers under a running guest: block jobs of QEMU. */
#pragma once

#include "backends/libvirt/hv_libvirt_job.h"

int libvirt_merge_start(struct hv *h, const char *uuid, const char *target, const char *from,
	const char *base, const char *top, int64_t speed, struct hv_job **ret,
	struct vxe_error *err) _must_check_;
int libvirt_copy_start(struct hv *h, const char *uuid, const char *target, const char *from,
	const char *image, int64_t speed, struct hv_job **ret, struct vxe_error *err) _must_check_;
/* libvirt_merge_ask() polls a merge or copy, libvirt_merge_stop() stops it. */
void libvirt_merge_ask(struct libvirt_job *j, struct hv_progress *progress);
int libvirt_merge_stop(struct libvirt_job *j, struct vxe_error *err) _must_check_;
