/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor, as vxe sees it: facts out, neutral specs in. Callers use the hv_*() functions
 * below; they trace, check the contract and load the libvirt module at the first call that needs
 * it. The words here are libvirt's; objects/domain/vm_spec.c translates. A call that the hypervisor
 * does not have (hv_impl.h) fails: VXE_HYPERVISOR_FAILED(call, reason).
 */
#pragma once

#include "backends/hv/hv_facts.h"
#include "backends/hv/spec.h"

struct hv;
struct hv_job;
struct hv_ops;

typedef int hv_pivot_fn(void *ctx, struct vxe_error *err);

enum hv_undefine { HV_UNDEFINE_KEEP_STATE, HV_UNDEFINE_DROP_STATE }; /* NVRAM and TPM state */

/* One disk of an atomic switch: from then on the domain writes into @overlay. */
struct hv_switch {
	const char *target;  /* "vda" */
	const char *overlay; /* absolute path; exists, checked and synced */
	const char *format;  /* "qcow2" */
};

/* What a running job says of itself. */
struct hv_progress {
	int64_t done, total; /* bytes, 0 when unknown */
};

/*
 * Connects. @ops NULL means libvirt: the module is loaded by the first call. Fails:
 * VXE_HYPERVISOR_UNREACHABLE(uri, message).
 */
int hv_open(struct hv **ret, const struct hv_ops *ops, const char *uri,
	struct vxe_error *err) _must_check_;
void hv_close(struct hv *h); /* accepts NULL */

/* Of what it keeps definitions. */
enum hv_kind {
	HV_DOMAINS = 1,
	HV_NETWORKS = 2,
	HV_POOLS = 4,
	HV_AUTOSTARTS = 8, /* which domains start with the host */
};
/* Those that a call by this connection may have changed. */
unsigned hv_changed(const struct hv *h); /* NULL: none */

int hv_host(struct hv *h, struct hv_host *ret, struct vxe_error *err) _must_check_;
/* Every domain, persistent and transient, with its state: a fixed number of round trips. */
int hv_list(struct hv *h, struct hv_domains *ret, struct vxe_error *err) _must_check_;
/* One domain; ret->uuid is NULL with return 0 when libvirt has none of this UUID. */
int hv_find(
	struct hv *h, const char *uuid, struct hv_domain *ret, struct vxe_error *err) _must_check_;
/* After a call about a listed domain failed: whether it went meanwhile. Then @err is cleared. */
bool hv_has_gone(struct hv *h, const char *uuid, struct vxe_error *err);
/* Whether there is such a domain and it has a QEMU. */
int hv_is_up(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err) _must_check_;
/* The UUID of the domain called @name, NULL when there is none. */
int hv_find_name(
	struct hv *h, const char *name, char **ret_uuid, struct vxe_error *err) _must_check_;
/* The XML with security information; HV_XML_LIVE of an inactive domain is its inactive XML. */
int hv_xml(struct hv *h, const char *uuid, enum hv_xml which, char **ret,
	struct vxe_error *err) _must_check_;
int hv_define(struct hv *h, const char *xml, struct vxe_error *err) _must_check_;
/* Never touches disks; a managed-save image makes it fail. No error when there is no domain. */
int hv_undefine(
	struct hv *h, const char *uuid, enum hv_undefine how, struct vxe_error *err) _must_check_;
int hv_start(struct hv *h, const char *uuid, bool paused, struct vxe_error *err) _must_check_;
/* Presses the ACPI button and returns at once. */
int hv_shutdown(struct hv *h, const char *uuid, struct vxe_error *err) _must_check_;
/* Pulls the plug. No error when the domain is not active. */
int hv_destroy(struct hv *h, const char *uuid, struct vxe_error *err) _must_check_;
/* Stops and continues the CPUs of an active domain. No error when it is so already. */
int hv_pause(struct hv *h, const char *uuid, struct vxe_error *err) _must_check_;
int hv_unpause(struct hv *h, const char *uuid, struct vxe_error *err) _must_check_;
/* Whether libvirt starts the (persistent) domain when the host boots. */
int hv_autostart(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err) _must_check_;
int hv_set_autostart(struct hv *h, const char *uuid, bool on, struct vxe_error *err) _must_check_;
int hv_managed_save(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err) _must_check_;
/* How many snapshots with libvirt's own metadata the domain has. */
int hv_own_snapshots(struct hv *h, const char *uuid, int *ret, struct vxe_error *err) _must_check_;
/*
 * Adds the file that each disk of a domain reads and writes on top, as the process that runs it has
 * it; nothing when it is not active. For doubt only: libvirt marks a domain that was asked past it.
 */
int hv_disk_files(
	struct hv *h, const char *uuid, struct strv *ret, struct vxe_error *err) _must_check_;
/*
 * Has that process close a file that it was given and no disk is on. Left open, QEMU cannot give its
 * disks away, so no memory could be saved until the domain has been stopped.
 */
int hv_close_file(
	struct hv *h, const char *uuid, const char *path, struct vxe_error *err) _must_check_;
/* Plugs a disk into a running domain (live only; the inactive XML is patched by the caller). */
int hv_attach_disk(struct hv *h, const char *uuid, const struct spec_disk *disk,
	struct vxe_error *err) _must_check_;
int hv_networks(struct hv *h, struct hv_networks *ret, struct vxe_error *err) _must_check_;
int hv_pools(struct hv *h, struct hv_pools *ret, struct vxe_error *err) _must_check_;
/* Defines, starts and marks for autostart a directory pool; no error when it exists so. */
int hv_pool_define(struct hv *h, const struct hv_pool *pool, struct vxe_error *err) _must_check_;

/*
 * All disks of a running domain switch to their overlays in one atomic act, without libvirt's
 * metadata; disks not named stay, those that are only in the definition are left out. The job's end
 * is the commit point: live XML decides.
 *
 * With @memory, an absolute path at which nothing may be, the memory of the same instant goes
 * there while the guest runs on; the caller syncs it. Such a job is stopped by hv_cancel() if the
 * switch has not come yet: then no disk is switched and no file left. NULL: disks only.
 */
int hv_switch_start(struct hv *h, const char *uuid, const struct hv_switch *disks, size_t n,
	const char *memory, struct hv_job **ret, struct vxe_error *err) _must_check_;
/*
 * Memory of a running or paused domain goes to @path, at which nothing may be; then the domain is
 * off. The caller syncs the file. Cancelled or failed, the guest runs on and no file is left.
 */
int hv_save_start(struct hv *h, const char *uuid, const char *path, struct hv_job **ret,
	struct vxe_error *err) _must_check_;
/*
 * Brings the memory image @path to life as the domain that @xml describes: the image's own XML
 * (hv_saved_xml()) with other files, title or metadata; libvirt refuses a changed name, UUID or
 * hardware. The persistent definition stays as it is; without one the domain becomes transient.
 * The image stays. Nothing stops such a job: hv_cancel() waits for its end.
 */
int hv_restore_start(struct hv *h, const char *path, const char *xml, bool paused,
	struct hv_job **ret, struct vxe_error *err) _must_check_;
/* The XML in a memory image, with security information. */
int hv_saved_xml(struct hv *h, const char *path, char **ret, struct vxe_error *err) _must_check_;
/*
 * Merges a layer of a running domain's disk into its parent @base; paths are absolute. @top goes
 * down and the header of the layer above is rewritten with a relative name; NULL: the active layer
 * goes down, then the domain pivots to @base. The files are left for the caller. The end of a job
 * says nothing about success: the caller reads the headers.
 */
int hv_merge_start(struct hv *h, const char *uuid, const char *target, const char *base,
	const char *top, struct hv_job **ret, struct vxe_error *err) _must_check_;
/*
 * Of a merge of the active layer: @fn is called from hv_poll() when all is below, before the domain
 * pivots; -1 keeps it from that.
 */
void hv_before_pivot(struct hv_job *j, hv_pivot_fn *fn, void *ctx);
/* 1 while it runs, 0 when it has ended well, -1 when it failed. @ret may be NULL. */
int hv_poll(struct hv_job *j, struct hv_progress *ret, struct vxe_error *err) _must_check_;
/*
 * Asks the job to stop and waits until it has. 0 also when it had ended already, or ended well in
 * the meantime: the domain says which.
 */
int hv_cancel(struct hv_job *j, struct vxe_error *err) _must_check_;
void hv_job_free(struct hv_job *j); /* accepts NULL; waits for a job that still runs */
DEFINE_CLEANUP(struct hv_job *, hv_job_free)
#define _cleanup_job_ _cleanup_(hv_job_free_cleanup)

/*
 * After it no call that a dead vxe made is still at work on the domain: aborts or waits for block
 * and memory jobs, then makes modifying calls that queue behind any job. Fails with VXE_BUSY when
 * @timeout_ms is over; only then XML and headers may not be judged yet.
 */
int hv_settle(
	struct hv *h, const char *uuid, int64_t timeout_ms, struct vxe_error *err) _must_check_;

int hv_versions(struct hv *h, struct hv_versions *ret, struct vxe_error *err) _must_check_;
/* Every active domain: one round trip, however many there are. */
int hv_stats(struct hv *h, struct hv_stats *ret, struct vxe_error *err) _must_check_;
/*
 * ret->present is false when there is no agent or it does not answer within a second or two. The
 * addresses are then those that libvirt's networks have leased to its cards.
 */
int hv_guest(
	struct hv *h, const char *uuid, struct hv_guest *ret, struct vxe_error *err) _must_check_;
/* A running domain's share of memory or number of VCPUs; the definition stays as it is. */
int hv_set_memory(
	struct hv *h, const char *uuid, int64_t bytes, struct vxe_error *err) _must_check_;
int hv_set_vcpus(struct hv *h, const char *uuid, int n, struct vxe_error *err) _must_check_;
/*
 * The XML of a bare machine as this host makes them best: KVM where it can be used, else emulated;
 * the host's default machine type, a VNC console, a serial port on a pty. No name, UUID, disk or
 * card: spec_patch() puts them in.
 */
int hv_new_machine(struct hv *h, char **ret, struct vxe_error *err) _must_check_;
/* ---- devices of a running domain, pools, networks --------------------------------------------- */

/*
 * Live only, as hv_attach_disk(). A disk that the guest does not let go within some seconds is a
 * failure, and may still go later. No error when the domain has no such device.
 */
int hv_detach_disk(
	struct hv *h, const char *uuid, const char *target, struct vxe_error *err) _must_check_;
/* The drive's medium is @disk's path (NULL: none) from now on; live only. */
int hv_change_media(struct hv *h, const char *uuid, const struct spec_disk *disk,
	struct vxe_error *err) _must_check_;
/* A disk of a running domain grows to @size bytes; its image with it. */
int hv_resize_disk(struct hv *h, const char *uuid, const char *target, int64_t size,
	struct vxe_error *err) _must_check_;
/* Cards by spec_nic_card(). One is plugged as @definition has it. */
int hv_attach_nic(struct hv *h, const char *uuid, const char *definition, const char *card,
	struct vxe_error *err) _must_check_;
int hv_detach_nic(
	struct hv *h, const char *uuid, const char *card, struct vxe_error *err) _must_check_;
/* The card is plugged into the network that @nic names, live only. */
int hv_update_nic(struct hv *h, const char *uuid, const char *card, const struct spec_nic *nic,
	struct vxe_error *err) _must_check_;
/* Stops (unmounts) the pool and forgets its definition when @undefine. Files stay. */
int hv_pool_stop(struct hv *h, const char *name, bool undefine, struct vxe_error *err) _must_check_;
/* Defines, starts and marks for autostart an isolated network; no error when it exists so. */
int hv_network_define(
	struct hv *h, const struct hv_network *net, struct vxe_error *err) _must_check_;
/* No error when there is none. */
int hv_network_undefine(struct hv *h, const char *uuid, struct vxe_error *err) _must_check_;
