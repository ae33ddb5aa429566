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

/* The groups that fill files of their own. */
extern const struct hv_job_ops libvirt_job_ops;
extern const struct hv_device_ops libvirt_device_ops;
extern const struct hv_pool_ops libvirt_pool_ops;
extern const struct hv_network_ops libvirt_network_ops;
