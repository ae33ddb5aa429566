/* SPDX-License-Identifier: MIT */
/* Calls that write a guest's memory, or bring it back. */
#pragma once

#include "backends/libvirt/hv_libvirt_job.h"

int libvirt_switch_start(struct hv *h, const char *uuid, const struct hv_switch *disks, size_t n,
	const char *memory, struct hv_job **ret, struct vxe_error *err) _must_check_;
int libvirt_save_start(struct hv *h, const char *uuid, const char *path, struct hv_job **ret,
	struct vxe_error *err) _must_check_;
int libvirt_restore_start(struct hv *h, const char *path, const char *xml, bool paused,
	struct hv_job **ret, struct vxe_error *err) _must_check_;
int libvirt_saved_xml(
	struct hv *h, const char *path, char **ret, struct vxe_error *err) _must_check_;

/*
 * @written times its memory were written and the guest still changes it too quickly for our limit:
 * better a longer silence than no end.
 */
void libvirt_let_silence_grow(struct libvirt_job *j, double written);
/* A limit that a killed vxe has left goes. */
void libvirt_forget_silence(virDomainPtr dom);
