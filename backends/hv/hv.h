/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor, as vxe sees it: facts out, neutral specs in. Callers use the hv_*() functions
 * below; they trace, check the contract and load the libvirt module at the first call that needs
 * it. The words here are libvirt's; objects/domain/vm_spec.c translates.
 */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>

struct hv;
struct hv_job;

typedef int hv_pivot_fn(void *ctx, struct vxe_error *err);

enum hv_state { HV_SHUTOFF, HV_RUNNING, HV_PAUSED, HV_SHUTDOWN, HV_CRASHED, HV_SUSPENDED };

struct hv_host {
	char *uuid;
	char *driver; /* "QEMU" */
};
void hv_host_clear(struct hv_host *h);

/* One domain of the bulk listing. */
struct hv_domain {
	char *uuid;
	char *name;
	enum hv_state state;
	bool persistent;
	int id;	      /* -1 when not active */
	char *xml[2]; /* by enum hv_xml; NULL until session_xml() */
};
void hv_domain_clear(struct hv_domain *d);
#define _cleanup_hv_domain_ _cleanup_(hv_domain_clear)

struct hv_domains {
	size_t n;
	struct hv_domain *items; /* sorted by uuid */
};
void hv_domains_clear(struct hv_domains *d);
/* NULL when not there; borrowed. */
const struct hv_domain *hv_domains_find(const struct hv_domains *d, const char *uuid);
static inline bool hv_is_active(enum hv_state s)
{
	return s != HV_SHUTOFF && s != HV_CRASHED;
}

struct hv_network {
	char *uuid, *name, *bridge;
	bool active;
};
struct hv_networks {
	bool unknown; /* this libvirt has no driver for them */
	size_t n;
	struct hv_network *items;
};
void hv_networks_clear(struct hv_networks *v);

/* A storage pool. Which file or device a volume of it is, hv_pool_volume() says. */
struct hv_pool {
	char *uuid, *name, *type;
	char *path; /* its directory: types dir, fs, netfs; NULL: it is none */
	bool active;
	char *names; /* of others: the folder in which its devices have their names; NULL */
	struct map
		volumes; /* and where those are that have them nowhere, as long as it is active */
	/* Only for hv_pool_define(): what is mounted at @path; NULL: nothing. */
	char *device;	     /* "fs": a block device with ext4 */
	char *host, *folder; /* "netfs": an NFS export */
};
struct hv_pools {
	size_t n;
	struct hv_pool *items;
};
void hv_pool_clear(struct hv_pool *p);
void hv_pools_clear(struct hv_pools *v);
/* Absolute path of a pool's volume; NULL: unknown, or not on this machine. Owned. */
char *hv_pool_volume(const struct hv_pool *p, const char *volume);

struct hv_versions {
	char *driver;	  /* "QEMU" */
	char *library;	  /* of the daemon: "9.0.0" */
	char *hypervisor; /* "7.2.22" */
};
void hv_versions_clear(struct hv_versions *v);

/* What a running domain uses now. Sizes are bytes. */
struct hv_device_stat {
	char *name;	 /* the disk's target, the card's host end */
	int64_t in, out; /* read and written; received and sent */
};
struct hv_stat {
	char *uuid;
	int64_t memory;	     /* the guest's share, as the balloon has it; 0: unknown */
	int64_t memory_free; /* inside the guest; -1: its driver does not say */
	int vcpus;	     /* plugged in */
	int64_t *vcpu_ns;    /* time that each has run */
	size_t n_disks, n_nics;
	struct hv_device_stat *disks, *nics;
};
struct hv_stats {
	size_t n;
	struct hv_stat *items; /* active domains, sorted by uuid */
};
void hv_stats_clear(struct hv_stats *s);
/* NULL when not active; borrowed. */
const struct hv_stat *hv_stats_find(const struct hv_stats *s, const char *uuid);

/* What the guest's agent says; without one, what the host knows of the guest: its addresses. */
struct hv_guest {
	bool present;	/* an agent answered */
	char *hostname; /* "" when it does not say */
	struct map os;	/* libvirt's words: "id", "name", "version-id", "kernel-release" ... */
	size_t n_addresses;
	struct hv_address {
		char *mac, *ip;
		bool v6;
	} * addresses;
};
void hv_guest_clear(struct hv_guest *g);

/* ---- the neutral spec of a domain ---------------------------------------------------------- */

enum disk_source { DISK_NONE, DISK_FILE, DISK_BLOCK, DISK_NETWORK, DISK_VOLUME, DISK_OTHER };
enum disk_device { DISK_DISK, DISK_CDROM, DISK_FLOPPY, DISK_LUN };

struct spec_disk {
	char *target; /* "vda": the key of the disk */
	char *bus;    /* "virtio" */
	enum disk_device device;
	enum disk_source source;
	/* File or block device; a volume: "pool/name"; else "type:name", network: "protocol:name".
	 * NULL when empty. */
	char *path;
	char *format; /* as the XML says; NULL when it does not */
	char *serial;
	char *alias; /* user alias ("ua-...") or NULL */
	bool readonly, shareable, transient;
	int boot;    /* per-device boot order, 0: none */
	bool opaque; /* only read: encrypted, or a part of the file; not what the format says */
};
/* Two cards of a domain may have one address (a team, a device passed through and its stand-in). */
struct spec_nic {
	char *mac;     /* lower case */
	char *mac_was; /* hv_spec_patch: that in the document, where it changes */
	int place;     /* among the cards of the document that it was read from, from 1; 0: new */
	char *alias;   /* user alias ("ua-...") or NULL; only read */
	char *address; /* on the bus, a word; NULL: none; only read */
	int queues;    /* 0: as the driver has it */
	char *type;    /* "network", "bridge", "user", ... */
	char *source;  /* name of the network or bridge; NULL for others */
	char *model;
	int boot; /* as of disks */
};
/* A screen or serial line; only read. */
struct spec_console {
	char *kind;	/* "vnc", "spice", "serial" */
	char *location; /* "" when the domain does not run */
};
/* Every member but autostart is a row of the table in backends/libvirt/domain_xml.c. */
struct domain_spec {
	char *uuid, *name, *title, *description;
	int64_t memory_max, memory; /* bytes */
	int vcpus_max, vcpus;
	char *arch, *machine, *type; /* type: "kvm", "qemu" */
	char *firmware;		     /* "efi" or "bios" or NULL */
	char *loader, *nvram;	     /* paths; nvram: the variables' file */
	char *boot;		     /* os/boot devices in order, joined by ',' ("hd,cdrom") */
	char *on_poweroff, *on_reboot, *on_crash; /* "destroy", "restart", ... */
	bool acpi, apic, pae;
	bool hyperv; /* enlightenments for Windows */
	int cores;   /* of a socket; 0: the definition has no topology */
	bool tpm;
	bool tpm_files;	   /* only read: an emulated one, whose state libvirt keeps in files */
	bool host_devices; /* has passed-through devices */
	bool file_systems; /* has shared file systems */
	char *store;	   /* UUID of the vxe store that marks the domain; NULL */
	char *mark_extra;  /* free for vxe, kept in the same metadata element; NULL */
	bool autostart;	   /* no part of the XML: whoever needs it asks hv_autostart() */
	size_t n_disks;
	struct spec_disk *disks;
	size_t n_nics;
	struct spec_nic *nics;
	size_t n_consoles;
	struct spec_console *consoles;
};
struct domain_spec *domain_spec_new(void);
void domain_spec_free(struct domain_spec *s);
DEFINE_CLEANUP(struct domain_spec *, domain_spec_free)
#define _cleanup_spec_ _cleanup_(domain_spec_free_cleanup)
/* NULL when there is no such target; borrowed. */
struct spec_disk *spec_find_disk(const struct domain_spec *s, const char *target);
/*
 * Puts the file or block device @path into the disk, with the format of what lies there; which of
 * the two it is, is asked of the place (image_is_device()). The only writer of a disk's source.
 */
void spec_put_file(struct spec_disk *d, const char *path, const char *format);
/* Empties the drive; its format says nothing then and stays. */
void spec_put_nothing(struct spec_disk *d);
/* Appends a zeroed disk (or NIC) and returns it. */
struct spec_disk *spec_add_disk(struct domain_spec *s);
struct spec_nic *spec_add_nic(struct domain_spec *s);
void spec_remove_disk(struct domain_spec *s, const char *target);
/*
 * What tells a card from all others of its domain, also in another document of it: its MAC address;
 * where several have that, "MAC|alias|address|n", of which the first counts that both sides know.
 * Owned.
 */
char *spec_nic_card(const struct domain_spec *s, const struct spec_nic *nic);
/* Whether two such words, also of two moments, surely mean one card. */
bool spec_same_card(const char *a, const char *b);
/* NULL when there is none; borrowed. */
struct spec_nic *spec_find_nic(const struct domain_spec *s, const char *card);
void spec_remove_nic(struct domain_spec *s, const char *card);

/* ---- calls ---------------------------------------------------------------------------------- */

enum hv_xml { HV_XML_INACTIVE, HV_XML_LIVE };

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

/* What a template's other-config:disks asks for: one row per disk to make. */
struct provision_disk {
	char *device; /* position, "0" */
	int64_t size; /* bytes */
	char *sr;     /* UUID; "" means: choose one */
	char *type;   /* of the VDI: "system", "user" ... */
	bool bootable;
};
struct provision {
	size_t n;
	struct provision_disk *items;
};
void provision_clear(struct provision *p);
#define _cleanup_provision_ _cleanup_(provision_clear)

struct hv_ops {
	const char *name; /* "libvirt", "mock" */
	int (*open)(struct hv **ret, const char *uri, struct vxe_error *err);
	void (*close)(struct hv *h);
	int (*host)(struct hv *h, struct hv_host *ret, struct vxe_error *err);
	int (*list)(struct hv *h, struct hv_domains *ret, struct vxe_error *err);
	int (*find)(struct hv *h, const char *uuid, struct hv_domain *ret, struct vxe_error *err);
	int (*find_name)(struct hv *h, const char *name, char **ret_uuid, struct vxe_error *err);
	int (*xml)(struct hv *h, const char *uuid, enum hv_xml which, char **ret,
		struct vxe_error *err);
	int (*define)(struct hv *h, const char *xml, struct vxe_error *err);
	int (*undefine)(
		struct hv *h, const char *uuid, enum hv_undefine how, struct vxe_error *err);
	int (*start)(struct hv *h, const char *uuid, bool paused, struct vxe_error *err);
	int (*shutdown)(struct hv *h, const char *uuid, struct vxe_error *err);
	int (*destroy)(struct hv *h, const char *uuid, struct vxe_error *err);
	int (*pause)(struct hv *h, const char *uuid, struct vxe_error *err);
	int (*unpause)(struct hv *h, const char *uuid, struct vxe_error *err);
	int (*autostart)(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err);
	int (*set_autostart)(struct hv *h, const char *uuid, bool on, struct vxe_error *err);
	int (*managed_save)(struct hv *h, const char *uuid, bool *ret, struct vxe_error *err);
	int (*own_snapshots)(struct hv *h, const char *uuid, int *ret, struct vxe_error *err);
	int (*disk_files)(struct hv *h, const char *uuid, struct strv *ret, struct vxe_error *err);
	int (*close_file)(struct hv *h, const char *uuid, const char *path, struct vxe_error *err);
	int (*attach_disk)(struct hv *h, const char *uuid, const struct spec_disk *disk,
		struct vxe_error *err);
	int (*networks)(struct hv *h, struct hv_networks *ret, struct vxe_error *err);
	int (*pools)(struct hv *h, struct hv_pools *ret, struct vxe_error *err);
	int (*pool_define)(struct hv *h, const struct hv_pool *pool, struct vxe_error *err);
	int (*switch_start)(struct hv *h, const char *uuid, const struct hv_switch *disks, size_t n,
		const char *memory, struct hv_job **ret, struct vxe_error *err);
	int (*save_start)(struct hv *h, const char *uuid, const char *path, struct hv_job **ret,
		struct vxe_error *err);
	int (*restore_start)(struct hv *h, const char *path, const char *xml, bool paused,
		struct hv_job **ret, struct vxe_error *err);
	int (*saved_xml)(struct hv *h, const char *path, char **ret, struct vxe_error *err);
	int (*merge_start)(struct hv *h, const char *uuid, const char *target, const char *base,
		const char *top, struct hv_job **ret, struct vxe_error *err);
	int (*poll)(struct hv_job *j, struct hv_progress *ret, struct vxe_error *err);
	int (*cancel)(struct hv_job *j, struct vxe_error *err);
	void (*job_free)(struct hv_job *j);
	int (*settle)(struct hv *h, const char *uuid, int64_t timeout_ms, struct vxe_error *err);
	int (*spec_read)(const char *xml, struct domain_spec **ret, struct vxe_error *err);
	int (*spec_patch)(
		const char *xml, const struct domain_spec *want, char **ret, struct vxe_error *err);
	int (*versions)(struct hv *h, struct hv_versions *ret, struct vxe_error *err);
	int (*stats)(struct hv *h, struct hv_stats *ret, struct vxe_error *err);
	int (*guest)(struct hv *h, const char *uuid, struct hv_guest *ret, struct vxe_error *err);
	int (*set_memory)(struct hv *h, const char *uuid, int64_t bytes, struct vxe_error *err);
	int (*set_vcpus)(struct hv *h, const char *uuid, int n, struct vxe_error *err);
	int (*new_machine)(struct hv *h, char **ret, struct vxe_error *err);
	int (*xml_unshare)(const char *xml, const char *name, char **ret, struct vxe_error *err);
	int (*xml_portable)(const char *xml, bool emulated, char **ret, struct strv *lost,
		struct vxe_error *err);
	int (*provision_read)(const char *xml, struct provision *ret, struct vxe_error *err);
	/* devices of a running domain, pools, networks */
	int (*detach_disk)(
		struct hv *h, const char *uuid, const char *target, struct vxe_error *err);
	int (*change_media)(struct hv *h, const char *uuid, const struct spec_disk *disk,
		struct vxe_error *err);
	int (*resize_disk)(struct hv *h, const char *uuid, const char *target, int64_t size,
		struct vxe_error *err);
	int (*attach_nic)(struct hv *h, const char *uuid, const char *definition, const char *card,
		struct vxe_error *err);
	int (*detach_nic)(struct hv *h, const char *uuid, const char *card, struct vxe_error *err);
	int (*update_nic)(struct hv *h, const char *uuid, const char *card,
		const struct spec_nic *nic, struct vxe_error *err);
	int (*pool_stop)(struct hv *h, const char *name, bool undefine, struct vxe_error *err);
	int (*network_define)(struct hv *h, const struct hv_network *net, struct vxe_error *err);
	int (*network_undefine)(struct hv *h, const char *uuid, struct vxe_error *err);
};
/* The symbol that the module exports, of type const struct hv_ops. */
#define HV_MODULE_SYMBOL "hv_libvirt_ops"

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

/* The spec that a domain's XML describes. Formats come from the XML, never from probing. */
int hv_spec_read(struct hv *h, const char *xml, struct domain_spec **ret,
	struct vxe_error *err) _must_check_;
/*
 * The same document made to say what @want says: members that differ are changed, disks are
 * matched by target (changed, added, removed), NICs by place and MAC, every <backingStore> is stripped;
 * everything else survives byte for byte as far as libxml2 lets it.
 */
int hv_spec_patch(struct hv *h, const char *xml, const struct domain_spec *want, char **ret,
	struct vxe_error *err) _must_check_;

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
 * card: hv_spec_patch() puts them in.
 */
int hv_new_machine(struct hv *h, char **ret, struct vxe_error *err) _must_check_;
/*
 * The document for another machine, called @name, beside the one that it describes: what only one
 * machine of a host can have is renamed with it (files and sockets of character devices, that bear
 * the old name) or left to libvirt to choose (console ports, tap devices, identities). UUID, name,
 * disks and MAC addresses are the caller's, by hv_spec_patch().
 */
int hv_xml_unshare(struct hv *h, const char *xml, const char *name, char **ret,
	struct vxe_error *err) _must_check_;
/*
 * The document with what a guest sees of its machine, and nothing else: no file, socket, device or
 * network of a host, no word for QEMU, no secret. It may come from a stranger: elements and attributes
 * stay by a list. Cards are on user-mode networking, disks without source, lines on a pty.
 * @emulated: for a host without KVM. @lost (may be NULL) learns what the guest would miss.
 */
int hv_xml_portable(struct hv *h, const char *xml, bool emulated, char **ret, struct strv *lost,
	struct vxe_error *err) _must_check_;
/* The disks that a template's provision document asks for. INVALID_VALUE("disks", reason). */
int hv_provision_read(
	struct hv *h, const char *xml, struct provision *ret, struct vxe_error *err) _must_check_;
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
