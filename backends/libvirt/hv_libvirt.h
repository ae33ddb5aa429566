/* SPDX-License-Identifier: MIT */
/* Shared between the files of the libvirt module. */
#pragma once

#include "backends/hv/hv_impl.h"

#include <string.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

struct hv_libvirt {
	struct hv hv;
	virConnectPtr conn;
	virDomainPtr *known; /* handles met in this connection, sorted by UUID */
	size_t n_known;
};

static inline virConnectPtr conn_of(struct hv *h)
{
	return ((struct hv_libvirt *)h)->conn;
}

DEFINE_CLEANUP(virDomainPtr, virDomainFree)
#define _cleanup_domain_ _cleanup_(virDomainFree_cleanup)

/*
 * VXE_HYPERVISOR_FAILED(operation, libvirt's own words @said). VXE_TRY_AGAIN where QEMU still holds a
 * node that a libvirtd made and did not live to note: libvirt gives the next try other names.
 */
static inline int libvirt_said(struct vxe_error *err, const char *operation, const char *said)
{
	if (said && strstr(said, "Duplicate nodes with node-name"))
		return vxe_fail(err, VXE_TRY_AGAIN, operation);
	return vxe_fail(err, VXE_HYPERVISOR_FAILED, operation, said);
}

static inline int libvirt_fail(struct vxe_error *err, const char *operation)
{
	return libvirt_said(err, operation, virGetLastErrorMessage());
}
bool libvirt_last_error_is(int code);

/* 1 and the domain, 0 when there is none of this UUID, -1. */
int libvirt_lookup(struct hv *h, const char *uuid, const char *operation, virDomainPtr *ret,
	struct vxe_error *err) _must_check_;
/*
 * The same where the domain must be there. One that was listed or looked up before costs no round
 * trip: when it has gone, the call that follows says so. Its id may be that of an earlier run.
 */
int libvirt_domain(struct hv *h, const char *uuid, const char *operation, virDomainPtr *ret,
	struct vxe_error *err) _must_check_;

/* The handles of a listing are those that are known from now on. */
void libvirt_know(struct hv *h, const virDomainStatsRecordPtr *records, size_t n);

/* hv_libvirt_qemu.c */
int libvirt_disk_files(
	struct hv *h, const char *uuid, struct strv *ret, struct vxe_error *err) _must_check_;

int libvirt_close_file(
	struct hv *h, const char *uuid, const char *path, struct vxe_error *err) _must_check_;

/* hv_libvirt_pool.c */
int libvirt_networks(struct hv *h, struct hv_networks *ret, struct vxe_error *err) _must_check_;
int libvirt_pools(struct hv *h, struct hv_pools *ret, struct vxe_error *err) _must_check_;
int libvirt_pool_define(
	struct hv *h, const struct hv_pool *pool, struct vxe_error *err) _must_check_;

/* hv_libvirt_memory.c */
int libvirt_switch_start(struct hv *h, const char *uuid, const struct hv_switch *disks, size_t n,
	const char *memory, struct hv_job **ret, struct vxe_error *err) _must_check_;
int libvirt_save_start(struct hv *h, const char *uuid, const char *path, struct hv_job **ret,
	struct vxe_error *err) _must_check_;
int libvirt_restore_start(struct hv *h, const char *path, const char *xml, bool paused,
	struct hv_job **ret, struct vxe_error *err) _must_check_;
int libvirt_saved_xml(
	struct hv *h, const char *path, char **ret, struct vxe_error *err) _must_check_;

/* hv_libvirt_merge.c */
int libvirt_merge_start(struct hv *h, const char *uuid, const char *target, const char *base,
	const char *top, struct hv_job **ret, struct vxe_error *err) _must_check_;

/* hv_libvirt_job.c */
int libvirt_poll(struct hv_job *j, struct hv_progress *ret, struct vxe_error *err) _must_check_;
int libvirt_cancel(struct hv_job *j, struct vxe_error *err) _must_check_;
void libvirt_job_free(struct hv_job *j);

/* hv_libvirt_stats.c */
int libvirt_versions(struct hv *h, struct hv_versions *ret, struct vxe_error *err) _must_check_;
int libvirt_stats(struct hv *h, struct hv_stats *ret, struct vxe_error *err) _must_check_;
int libvirt_guest(
	struct hv *h, const char *uuid, struct hv_guest *ret, struct vxe_error *err) _must_check_;
int libvirt_set_memory(
	struct hv *h, const char *uuid, int64_t bytes, struct vxe_error *err) _must_check_;
int libvirt_set_vcpus(struct hv *h, const char *uuid, int n, struct vxe_error *err) _must_check_;
/* hv_libvirt_machine.c */
int libvirt_new_machine(struct hv *h, char **ret, struct vxe_error *err) _must_check_;

/* hv_libvirt_settle.c */
/*
 * Stops a save or a snapshot that is at work on the domain; a migration, say, is somebody else's.
 * True when there is a job of whatever kind.
 */
bool libvirt_abort_memory_job(virDomainPtr dom);
int libvirt_settle(
	struct hv *h, const char *uuid, int64_t timeout_ms, struct vxe_error *err) _must_check_;

/* hv_libvirt_device.c, hv_libvirt_pool.c */
int libvirt_attach_disk(struct hv *h, const char *uuid, const struct spec_disk *disk,
	struct vxe_error *err) _must_check_;
int libvirt_detach_disk(
	struct hv *h, const char *uuid, const char *target, struct vxe_error *err) _must_check_;
int libvirt_change_media(struct hv *h, const char *uuid, const struct spec_disk *disk,
	struct vxe_error *err) _must_check_;
int libvirt_resize_disk(struct hv *h, const char *uuid, const char *target, int64_t size,
	struct vxe_error *err) _must_check_;
int libvirt_attach_nic(struct hv *h, const char *uuid, const char *definition, const char *card,
	struct vxe_error *err) _must_check_;
int libvirt_detach_nic(
	struct hv *h, const char *uuid, const char *mac, struct vxe_error *err) _must_check_;
int libvirt_update_nic(struct hv *h, const char *uuid, const char *card, const struct spec_nic *nic,
	struct vxe_error *err) _must_check_;
int libvirt_pool_stop(
	struct hv *h, const char *name, bool undefine, struct vxe_error *err) _must_check_;
int libvirt_network_define(
	struct hv *h, const struct hv_network *net, struct vxe_error *err) _must_check_;
int libvirt_network_undefine(struct hv *h, const char *uuid, struct vxe_error *err) _must_check_;
