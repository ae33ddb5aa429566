/* SPDX-License-Identifier: MIT */
/* Calls that save a guest's memory, or restore it. */
#pragma once

#include "backends/libvirt/hv_libvirt_job.h"

int libvirt_switch_start(struct hv *h, const char *uuid, const struct hv_switch *disks, size_t n,
	const struct hv_switch_how *how, struct hv_job **ret, struct vxe_error *err) _must_check_;
int libvirt_has_disk(struct hv *h, const char *uuid, const char *path, bool *ret,
	struct vxe_error *err) _must_check_;
int libvirt_save_start(struct hv *h, const char *uuid, const char *path, unsigned how,
	struct hv_job **ret, struct vxe_error *err) _must_check_;
int libvirt_restore_start(struct hv *h, const char *path, const char *xml, unsigned how,
	struct hv_job **ret, struct vxe_error *err) _must_check_;
int libvirt_migrate_start(struct hv *h, const char *uuid, const struct hv_migration *how,
	struct hv_job **ret, struct vxe_error *err) _must_check_;
int libvirt_saved_xml(
	struct hv *h, const char *path, char **ret, struct vxe_error *err) _must_check_;

/*
 * Stops the guest during a save of its memory, of @total bytes, if the guest changes the memory too fast for vxe's
 * limit: a longer stop is better than a job that never ends, or that writes the memory many times.
 */
void libvirt_end_passes(struct libvirt_job *j, const struct pass_look *now, int64_t total);
/* In hv_libvirt_settle.c: aborts a save or a snapshot that is at work, and no other job, such as a migration. */
void libvirt_abort_memory_job(virDomainPtr dom);
/*
 * In hv_libvirt_settle.c: aborts a migration to another host that began at most @ms ago (0: at any time), and no other job.
 */
void libvirt_abort_migration(virDomainPtr dom, int64_t ms);
/* Sets the domain's own downtime limit again, if a vxe that was killed has left another one. */
void libvirt_forget_silence(virDomainPtr dom);
