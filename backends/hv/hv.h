/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor, as vxe sees it. Callers use the hv_*() functions below; they log each call, check that a failure
 * has an error, and load the libvirt module at the first call that needs it. The terms here are libvirt's;
 * objects/domain/vm_spec.c translates them to those of xe. A call that the hypervisor does not implement (hv_ops.h)
 * fails: VXE_HYPERVISOR_FAILED(call, reason).
 */
#pragma once

#include "backends/hv/hv_facts.h"
#include "backends/hv/domain_spec.h"

struct hv;
struct hv_job;
struct hv_ops;

typedef int hv_pivot_fn(void *ctx, struct vxe_error *err);

/* How a guest is started, or its memory is saved or restored. */
enum hv_how {
	HV_STAY_PAUSED = 1 << 0, /* the guest's processors stay stopped; not for a save */
	/* The memory image is written or read past the host's cache; fails if the file system cannot do that. */
	HV_BYPASS_CACHE = 1 << 1,
	HV_RESET_NVRAM =
		1 << 2, /* for a start: the UEFI variables become those of the template file */
};

/*
 * Which files of a domain (UEFI variables, TPM state) the hypervisor removes together with its definition, as bits.
 */
enum hv_undefine {
	HV_UNDEFINE_KEEP_STATE = 0,
	HV_UNDEFINE_DROP_NVRAM = 1 << 0,
	HV_UNDEFINE_DROP_TPM = 1 << 1,
	HV_UNDEFINE_DROP_STATE = HV_UNDEFINE_DROP_NVRAM | HV_UNDEFINE_DROP_TPM,
};

/*
 * One disk of hv_switch_start(), which moves several disks to overlays at once: the domain writes to @overlay
 * afterwards.
 */
struct hv_switch {
	const char *target; /* name of the disk, "vda" */
	/* absolute path of the overlay; the file exists, is checked and synced */
	const char *overlay;
	const char *format; /* "qcow2" */
	const char *from;   /* the file that the disk has now; NULL: any */
	/* size in bytes of QEMU's cache for the overlay's qcow2 tables, as in struct spec_disk */
	const char *cache;
};

/* What hv_switch_start() does and checks besides moving disks to overlays. */
struct hv_switch_how {
	/* absolute path of the file for the guest's memory, which must not exist; NULL: switch only disks */
	const char *memory;
	/*
	 * seconds within which the guest agent must give each answer; 0: do not freeze file systems; not with
	 * @memory
	 */
	int quiesce_s;
	bool halt;
	/*
	 * The targets of all disks that the caller knows; the switch fails if the domain has others. NULL: the
	 * domain may have others.
	 */
	const struct strv *known;
};

/* Where a running domain goes, and how. */
struct hv_migration {
	const char *to; /* URI by which this host's libvirt reaches that of the other host */
	const char *
		memory; /* URI to which the guest's memory is sent, "tcp://ADDRESS"; NULL: libvirt's choice */
	bool compress;
};

/* How far a running job is. */
struct hv_progress {
	int64_t done, total; /* in bytes; 0: unknown */
};

/*
 * Connects to the hypervisor. @ops NULL means libvirt: the module is loaded by the first call. Fails:
 * VXE_HYPERVISOR_UNREACHABLE(uri, message); VXE_DRIVER_NOT_QEMU(uri, driver), VXE_REMOTE_URI(uri) if the connection
 * that libvirt makes of @uri, which may be an alias of libvirt.conf, is remote. Another host's socket that a tunnel
 * brings here is not noticed: see hv_sees().
 */
int hv_open(struct hv **ret, const struct hv_ops *ops, const char *uri,
	struct vxe_error *err) _must_check_;
/*
 * Connects to the hypervisor of another host, by a URI that leads there: for what a migration asks of its target. Fails as
 * hv_open(), but not with VXE_REMOTE_URI.
 */
int hv_open_other(struct hv **ret, const struct hv_ops *ops, const char *uri,
	struct vxe_error *err) _must_check_;
void hv_close(struct hv *h); /* accepts NULL */
/*
 * Begins or ends a dry run on this connection: while @on, every call that would change something fails with
 * VXE_DRY_RUN.
 */
void hv_hold(struct hv *h, bool on);
/*
 * Loads libvirt in another thread, for a command that will connect in any case: loading takes longer than opening
 * vxe's store (its database). hv_open() waits for the thread; so does hv_preload_end(), which a process calls before
 * its end.
 */
void hv_preload(void);
/*
 * Opens a connection to @uri in another thread, which hv_open() with the same @uri then gets: for a caller that can
 * stop waiting for libvirt, and undo what it has begun.
 */
void hv_open_ahead(const char *uri);
void hv_preload_end(void);

/* The kinds of definitions that libvirt keeps, as bits. */
enum hv_kind {
	HV_DOMAINS = 1,
	HV_NETWORKS = 2,
	HV_POOLS = 4,
	HV_AUTOSTARTS = 8, /* the list of domains that start with the host */
	HV_ALL_KINDS = 15,
	HV_DEFINED = 16, /* not a kind: says that a domain was defined for sure */
};
/* The kinds of definitions (enum hv_kind) that calls on this connection may have changed; none if @h is NULL. */
unsigned hv_changed(const struct hv *h);

/*
 * *ret: the hypervisor's host, too, has the file @path, which exists on this host. True also if the hypervisor
 * cannot tell.
 */
int hv_sees(struct hv *h, const char *path, bool *ret, struct vxe_error *err) _must_check_;
int hv_host(struct hv *h, struct hv_host *ret, struct vxe_error *err) _must_check_;
/* All domains, persistent and transient, with their states, by a fixed number of calls. */
int hv_list(struct hv *h, struct hv_domains *ret, struct vxe_error *err) _must_check_;
/* Finds one domain by its UUID; ret->uuid is NULL with return 0 if libvirt has no such domain. */
int hv_find(
	struct hv *h, const char *uuid, struct hv_domain *ret, struct vxe_error *err) _must_check_;
/* After a failed call about a listed domain: true, with @err cleared, if the domain does not exist any more. */
bool hv_has_gone(struct hv *h, const char *uuid, struct vxe_error *err);
/* *ret: the domain exists and has a QEMU process. */
int hv_is_up(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err) _must_check_;
/*
 * Adds the UUIDs of domains whose guests were reset since the last call on this connection while their QEMU went on. The
 * first call begins to listen, as does one after the connection was lost: nobody knows of a reboot to which nobody listened.
 */
int hv_reboots(struct hv *h, struct strv *ret, struct vxe_error *err) _must_check_;
/* The UUID of the domain called @name; *ret is NULL if there is none. */
int hv_find_name(
	struct hv *h, const char *name, char **ret_uuid, struct vxe_error *err) _must_check_;
/* Adds all UUIDs of domains that begin with @digits (in lower case), by one call. */
int hv_begun(
	struct hv *h, const char *digits, struct strv *ret, struct vxe_error *err) _must_check_;
/*
 * The domain's XML with security information; HV_XML_LIVE of an inactive domain is its inactive XML. HV_XML_SAVED
 * fails if there is no managed-save image, or if it cannot be read.
 */
int hv_xml(struct hv *h, const char *uuid, enum hv_xml which, char **ret,
	struct vxe_error *err) _must_check_;
/* A domain's XML that the caller wants from hv_xml_many(). */
struct hv_xml_wish {
	const char *uuid;
	enum hv_xml which;
	/* result: the XML, owned by the caller; NULL: it could not be read, and hv_xml() says why */
	char *xml;
};
/*
 * Reads the XML of many domains of the last hv_list(), several at a time, like hv_xml(). An XML that cannot be read
 * stays NULL.
 */
int hv_xml_many(
	struct hv *h, struct hv_xml_wish *wishes, size_t n, struct vxe_error *err) _must_check_;
/*
 * Defines a persistent domain, or replaces its definition. If the guest runs, waits until another program's snapshot is
 * made, and gives a disk that is below the guest's layer by then that layer.
 */
int hv_define(struct hv *h, const char *xml, struct vxe_error *err) _must_check_;
/*
 * Removes the domain's definition, and never a disk; fails if there is a managed save. It is no error if there is no
 * domain.
 */
int hv_undefine(struct hv *h, const char *uuid, unsigned how, struct vxe_error *err) _must_check_;
/* Starts the domain. If it has a managed save, restores the guest from that, and removes it. */
int hv_start(struct hv *h, const char *uuid, unsigned how, struct vxe_error *err) _must_check_;
/* Presses the guest's power button (ACPI), and does not wait. */
int hv_shutdown(struct hv *h, const char *uuid, struct vxe_error *err) _must_check_;
/* Stops the domain at once, like pulling its plug. It is no error if the domain does not run. */
int hv_destroy(struct hv *h, const char *uuid, struct vxe_error *err) _must_check_;
/*
 * Stops (hv_pause()) or continues (hv_unpause()) the guest's processors. It is no error if they are stopped, or run,
 * already.
 */
int hv_pause(struct hv *h, const char *uuid, struct vxe_error *err) _must_check_;
int hv_unpause(struct hv *h, const char *uuid, struct vxe_error *err) _must_check_;
/* *ret: libvirt starts this persistent domain when the host starts. */
int hv_autostart(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err) _must_check_;
int hv_set_autostart(struct hv *h, const char *uuid, bool on, struct vxe_error *err) _must_check_;
/* *ret: libvirt has an image of the domain's memory (a managed save), from which hv_start() goes on. */
int hv_managed_save(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err) _must_check_;
/* Removes the managed save. It is no error if there is none, or no domain. */
int hv_managed_drop(struct hv *h, const char *uuid, struct vxe_error *err) _must_check_;
/* Adds the UUIDs of all domains that have a managed save. */
int hv_saved(struct hv *h, struct strv *ret, struct vxe_error *err) _must_check_;
/* The numbers of active and of inactive domains (@inactive NULL: not asked); libvirt takes 0.5 us for each domain. */
int hv_count(struct hv *h, int *active, int *inactive, struct vxe_error *err) _must_check_;
/* The number of snapshots that libvirt keeps of the domain. */
int hv_own_snapshots(struct hv *h, const char *uuid, int *ret, struct vxe_error *err) _must_check_;
/* The snapshots that libvirt keeps of the domain, each with its XML. */
int hv_snapshots(struct hv *h, const char *uuid, struct hv_snapshots *ret,
	struct vxe_error *err) _must_check_;
/* Adds the UUIDs of all domains of which libvirt keeps snapshots, by one call. */
int hv_with_snapshots(struct hv *h, struct strv *ret, struct vxe_error *err) _must_check_;
/*
 * Adds the names of the domain's checkpoints (none if there is no such domain), from which other programs make
 * incremental backups; each disk of a checkpoint has a dirty bitmap of that name.
 */
int hv_checkpoints(
	struct hv *h, const char *uuid, struct strv *ret, struct vxe_error *err) _must_check_;
/*
 * Defines a snapshot in libvirt by its XML (hv_snapshot.xml), in place of one of the same name. No disk changes.
 * @current: the snapshot becomes the current one of the domain.
 */
int hv_snapshot_put(struct hv *h, const char *uuid, const char *xml, bool current,
	struct vxe_error *err) _must_check_;
/*
 * Removes a snapshot from libvirt: the snapshot's data stay where they are, and its children get its parent. No
 * error when there is no such snapshot.
 */
int hv_snapshot_forget(
	struct hv *h, const char *uuid, const char *name, struct vxe_error *err) _must_check_;
/* Removes a snapshot, which must exist, from libvirt, and its data from the disk images if it is internal. */
int hv_snapshot_delete(
	struct hv *h, const char *uuid, const char *name, struct vxe_error *err) _must_check_;
/*
 * Reverts the domain to an internal snapshot: to its disks, its definition, and its memory if it has any. Then the
 * domain runs, is paused or off, as it was when the snapshot was taken. An active domain is stopped first where that
 * is needed.
 */
int hv_snapshot_revert(
	struct hv *h, const char *uuid, const char *name, struct vxe_error *err) _must_check_;
/*
 * Adds the path of the top image of each disk, as the domain's QEMU process has it; adds nothing when the domain is
 * not active. Only for cases of doubt: libvirt then marks the domain as tainted.
 */
int hv_disk_files(
	struct hv *h, const char *uuid, struct strv *ret, struct vxe_error *err) _must_check_;
/*
 * *ret: the domain is running, and the top image of one of its disks is the file @path. Waits first until the
 * hypervisor has finished what it is doing to the domain, for this program or for another one.
 */
int hv_has_disk(struct hv *h, const char *uuid, const char *path, bool *ret,
	struct vxe_error *err) _must_check_;
/*
 * Has QEMU close a file that it has open but that no disk uses. While the file is open, QEMU cannot release its
 * disks, so no memory can be saved until the domain has been stopped.
 */
int hv_close_file(
	struct hv *h, const char *uuid, const char *path, struct vxe_error *err) _must_check_;
/* Plugs a disk into a running domain; the definition is changed by the caller. */
int hv_attach_disk(struct hv *h, const char *uuid, const struct spec_disk *disk,
	struct vxe_error *err) _must_check_;
int hv_networks(struct hv *h, struct hv_networks *ret, struct vxe_error *err) _must_check_;
int hv_pools(struct hv *h, struct hv_pools *ret, struct vxe_error *err) _must_check_;
/*
 * Defines a storage pool (a directory, a file system or an NFS export), starts it and marks it for autostart; no
 * error when the same pool exists. A pool of this name and UUID that is not active is defined anew if its folder has
 * gone, or if it has another source.
 */
int hv_pool_define(struct hv *h, const struct hv_pool *pool, struct vxe_error *err) _must_check_;

/*
 * Moves the disks of a running domain to their overlays in one atomic step: an external snapshot without libvirt's
 * metadata. Disks that are not in @disks stay; disks that are only in the definition are left out. The move is final
 * when the job ends; after a crash the live XML says whether it was made. Fails with VXE_TRY_AGAIN before it when
 * the domain has another disk than the caller knows of, or a disk on another file than its @from, also if that came
 * about while the call waited. @disks and @how are borrowed until the job is freed.
 *
 * With how->memory the memory of the same instant is written to that file while the guest runs; the caller syncs the
 * file. hv_cancel() stops such a job if the disks have not been moved yet: then no disk is moved and no file left.
 *
 * With how->quiesce_s the agent in the guest keeps the guest's file systems frozen meanwhile. The hypervisor thaws
 * them in the same call, so they do not stay frozen if vxe dies. The job fails, and the disks stay:
 * VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED without an agent, VM_SNAPSHOT_WITH_QUIESCE_TIMEOUT when it does not answer,
 * VM_SNAPSHOT_WITH_QUIESCE_FAILED when it cannot freeze them.
 *
 * With how->halt the domain is off when the job ends, and the hypervisor sees to that even if vxe dies meanwhile.
 * With how->memory or how->quiesce_s the guest writes nothing after the move; else it may write a little into the
 * overlays.
 */
int hv_switch_start(struct hv *h, const char *uuid, const struct hv_switch *disks, size_t n,
	const struct hv_switch_how *how, struct hv_job **ret, struct vxe_error *err) _must_check_;
/*
 * Saves the memory of a running or paused domain to @path, at which no file may exist; then the
 * domain is off. The caller syncs the file. If the job is cancelled or fails, the guest runs on and
 * no file is left.
 */
int hv_save_start(struct hv *h, const char *uuid, const char *path, unsigned how,
	struct hv_job **ret, struct vxe_error *err) _must_check_;
/*
 * Restores the memory image @path as the domain that @xml describes: the image's own XML
 * (hv_saved_xml()) with other files, title or metadata; libvirt refuses a changed name, UUID or
 * hardware. The persistent definition stays as it is; without one the domain becomes transient. The
 * image stays. Nothing stops such a job: hv_cancel() waits for its end.
 */
int hv_restore_start(struct hv *h, const char *path, const char *xml, unsigned how,
	struct hv_job **ret, struct vxe_error *err) _must_check_;
/*
 * Moves a running or paused domain to another host, with its definition: afterwards that host has it, with the same state,
 * and this one has not; what libvirt has of its UEFI variables stays here, too. Both hosts must have its disks under the
 * same paths. If the job fails or is cancelled the guest runs on here, and the other host has nothing of it. But if a
 * hypervisor or the network fails at the moment at which the guest changes hosts, both may have it: here it is paused then
 * (hv_domain.moving), and only the other host can tell whether it runs there. The hypervisor goes on with the job if vxe
 * dies.
 */
int hv_migrate_start(struct hv *h, const char *uuid, const struct hv_migration *how,
	struct hv_job **ret, struct vxe_error *err) _must_check_;
/* The domain's XML in the memory image @path, with passwords. */
int hv_saved_xml(struct hv *h, const char *path, char **ret, struct vxe_error *err) _must_check_;
/*
 * Merges a layer of a running domain's disk down into its parent @base; paths are absolute. With @top, merges @top;
 * the layer above then names @base, relative if the headers did so. With @top NULL, merges the active layer, and the
 * domain then pivots to @base. The caller removes the files. A job that ends has not necessarily succeeded: the
 * caller reads the headers. @from: the disk's active layer, as in hv_copy_start(). @speed: bytes per second at most,
 * 0: as fast as possible.
 */
int hv_merge_start(struct hv *h, const char *uuid, const char *target, const char *from,
	const char *base, const char *top, int64_t speed, struct hv_job **ret,
	struct vxe_error *err) _must_check_;
/*
 * Moves a running domain's disk from its active layer to @image, a qcow2 image that reads as the layers below the
 * active one do: copies what is in the active layer into it; the guest's writes go to both. Then the domain pivots
 * to @image, live and in its definition; by then all data are on the storage. @from: the active layer;
 * VXE_TRY_AGAIN(from) when another program has moved the disk to another one; NULL: any. @speed: bytes per second at
 * most, 0: as fast as possible.
 */
int hv_copy_start(struct hv *h, const char *uuid, const char *target, const char *from,
	const char *image, int64_t speed, struct hv_job **ret, struct vxe_error *err) _must_check_;
/*
 * For a copy, and a merge of the active layer: hv_poll() calls @fn when all data are copied, before the domain
 * pivots; if @fn returns -1, the domain does not pivot.
 */
void hv_before_pivot(struct hv_job *j, hv_pivot_fn *fn, void *ctx);
/*
 * Asks a job how far it is: returns 1 while it runs, 0 when it has succeeded, -1 when it has failed. @ret may be
 * NULL.
 */
int hv_poll(struct hv_job *j, struct hv_progress *ret, struct vxe_error *err) _must_check_;
/*
 * Asks the job to stop and waits until it has stopped. Returns 0 even if the job had ended before,
 * or succeeded in the meantime: the state of the domain tells.
 */
int hv_cancel(struct hv_job *j, struct vxe_error *err) _must_check_;
/* accepts NULL; stops a job that runs, or waits for its end */
void hv_job_free(struct hv_job *j);
DEFINE_CLEANUP(struct hv_job *, hv_job_free)
#define _cleanup_job_ _cleanup_(hv_job_free_cleanup)

/*
 * A disk whose layers libvirt may still merge or copy for a vxe that has died; the block job is recognized by its
 * files.
 */
struct hv_left_disk {
	const char *target;
	const char *from; /* layer that is merged down */
	const char *into; /* file that gets the content */
};

/* Jobs that may still be at work on a domain for a vxe that has died. Other jobs are those of other programs. */
struct hv_left {
	/* file to which a save or a snapshot writes the guest's memory; NULL: there is no such call */
	const char *memory;
	const struct hv_left_disk *disks;
	size_t n;
	bool migration; /* the domain may be on its way to another host: that is stopped */
	bool others;	/* result: what is still at work belongs to another program */
};

/*
 * Makes sure that no call of a dead vxe is still at work on the domain: stops or waits for the jobs that @left names
 * (NULL: none), then makes modifying calls, which queue behind any job. Jobs of other programs go on: those that let
 * nothing queue are waited for during two seconds. Fails with VXE_BUSY after that, or after @timeout_ms. XML and headers
 * may be judged only after success.
 */
int hv_settle(struct hv *h, const char *uuid, struct hv_left *left, int64_t timeout_ms,
	struct vxe_error *err) _must_check_;
/*
 * Fails with VXE_BUSY(uuid, what) while another program's long job on the whole domain (a save, a backup, a migration) is at
 * work, which a switch or a save would have to wait for: one round trip. With @target (NULL: none) only if the job lets
 * nothing be done to that disk, or the disk has a job of its own: then no merge, copy or save can begin.
 */
int hv_check_free(
	struct hv *h, const char *uuid, const char *target, struct vxe_error *err) _must_check_;

/*
 * Whether the agent in a guest says that the guest's file systems are frozen. With @thaw the agent is told to thaw
 * them first, which does no harm if they are not frozen. HV_FREEZE_UNKNOWN: there is no agent, or it does not answer
 * in time; HV_THAWED also when there is no running domain.
 */
enum hv_freeze { HV_FREEZE_UNKNOWN, HV_FROZEN, HV_THAWED };
#define HV_MAY_BE_FROZEN                                                                           \
	"the file systems of the guest may still be frozen: 'virsh domfsthaw %s' lets them go, "   \
	"as soon as its agent answers"
int hv_frozen(struct hv *h, const char *uuid, bool thaw, enum hv_freeze *ret,
	struct vxe_error *err) _must_check_;

int hv_versions(struct hv *h, struct hv_versions *ret, struct vxe_error *err) _must_check_;
/*
 * Statistics of the domain @uuid, if it is active; NULL: of all active domains, by one call, which waits for the QEMU of each
 * of them.
 */
int hv_stats(
	struct hv *h, const char *uuid, struct hv_stats *ret, struct vxe_error *err) _must_check_;
/*
 * What the guest agent tells. ret->present is false when there is no agent, or it does not answer within a second or
 * two: then only addresses are known, those that libvirt's networks have leased to the domain, or else those in the
 * host's ARP table.
 */
int hv_guest(
	struct hv *h, const char *uuid, struct hv_guest *ret, struct vxe_error *err) _must_check_;
/* Change the memory or the number of VCPUs of a running domain; the definition stays as it is. */
int hv_set_memory(
	struct hv *h, const char *uuid, int64_t bytes, struct vxe_error *err) _must_check_;
int hv_set_vcpus(struct hv *h, const char *uuid, int n, struct vxe_error *err) _must_check_;
/*
 * The XML of a bare machine with this host's best settings: KVM if possible, else emulated; the
 * default machine type, a VNC console, a serial port on a pty. No name, UUID, disk or card:
 * spec_patch() adds them.
 */
int hv_new_machine(struct hv *h, char **ret, struct vxe_error *err) _must_check_;
/*
 * The machine type in the domain's XML, if its emulator on this host does not have that type, owned; NULL: the emulator has
 * it. *newest (owned; @newest may be NULL): then the newest type of the same kind (pc or q35) that it has.
 */
int hv_machine_gone(struct hv *h, const char *xml, char **ret, char **newest,
	struct vxe_error *err) _must_check_;
/* ---- devices of a running domain, pools, networks --------------------------------------------- */

/*
 * Unplugs a disk from a running domain; the definition is changed by the caller. Fails if the guest does not release
 * the disk within some seconds; the guest may still release it later. No error when the domain has no such disk.
 */
int hv_detach_disk(
	struct hv *h, const char *uuid, const char *target, struct vxe_error *err) _must_check_;
/* Puts @disk's path into the drive of the running domain (NULL: empties it). */
int hv_change_media(struct hv *h, const char *uuid, const struct spec_disk *disk,
	struct vxe_error *err) _must_check_;
/* Makes a disk of a running domain, and its image, @size bytes large. */
int hv_resize_disk(struct hv *h, const char *uuid, const char *target, int64_t size,
	struct vxe_error *err) _must_check_;
/*
 * Plugs a network interface into a running domain, or unplugs one. @card is its text of spec_nic_card(); @definition
 * is the domain's XML, which describes the interface to be plugged in.
 */
int hv_attach_nic(struct hv *h, const char *uuid, const char *definition, const char *card,
	struct vxe_error *err) _must_check_;
int hv_detach_nic(
	struct hv *h, const char *uuid, const char *card, struct vxe_error *err) _must_check_;
/*
 * Connects a network interface of a running domain, given as a text of spec_nic_card(), to the network that @nic
 * names.
 */
int hv_update_nic(struct hv *h, const char *uuid, const char *card, const struct spec_nic *nic,
	struct vxe_error *err) _must_check_;
/* Stops (unmounts) a storage pool; with @undefine removes its definition, too. Files stay. */
int hv_pool_stop(struct hv *h, const char *name, bool undefine, struct vxe_error *err) _must_check_;
/*
 * Defines an isolated network, starts it, and has it started with the host. An existing network of this UUID keeps its
 * definition, is started if it is inactive, and is started with the host, too.
 */
int hv_network_define(
	struct hv *h, const struct hv_network *net, struct vxe_error *err) _must_check_;
/* Removes the network; it is no error if there is none. */
int hv_network_undefine(struct hv *h, const char *uuid, struct vxe_error *err) _must_check_;
