/* SPDX-License-Identifier: MIT */
/* Facts from a hypervisor: about itself, its domains, networks and pools. */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>

enum hv_xml {
	HV_XML_INACTIVE,
	HV_XML_LIVE,
	HV_XML_SAVED, /* in the managed-save image */
	N_HV_XML
};

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
	bool saved; /* not active, and its next start goes on from a managed-save image */
	bool ended; /* of hv_find() alone: off since its guest has ended, and not since it was saved;
			      * false: the hypervisor does not know any more */
	int id;	    /* -1 when not active */
	char *xml[N_HV_XML]; /* NULL until session_xml() */
};
void hv_domain_clear(struct hv_domain *d);
#define _cleanup_hv_domain_ _cleanup_(hv_domain_clear)

struct hv_domains {
	size_t n;
	struct hv_domain *items; /* sorted by uuid */
};
void hv_domains_clear(struct hv_domains *d);
/* NULL when there is no such domain; borrowed. */
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

/* A storage pool. hv_pool_volume() gives the file or device of a volume. */
struct hv_pool {
	char *uuid, *name, *type;
	char *path; /* its directory: types dir, fs, netfs; NULL: other types */
	bool active;
	char *names;	    /* other types: the folder with the names of its devices; NULL */
	struct map volumes; /* the paths of volumes without such names, while the pool is active */
	/* What is mounted at @path; NULL: nothing. */
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

/* Resources that a running domain uses now. Sizes are bytes. */
struct hv_device_stat {
	char *name;	 /* the disk's target, or the card's interface on the host */
	int64_t in, out; /* read and written; received and sent */
};
struct hv_stat {
	char *uuid;
	int64_t memory;	     /* the guest's memory as the balloon driver has it; 0: unknown */
	int64_t memory_free; /* free in the guest; -1: its driver does not report it */
	int vcpus;	     /* plugged in */
	int64_t *vcpu_ns;    /* time that each VCPU has run */
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

/* Where a snapshot that libvirt keeps has its content. */
enum hv_place {
	HV_NOWHERE,  /* left out */
	HV_INTERNAL, /* inside the image that was the top one then */
	HV_EXTERNAL, /* a disk: the image that was the top one then; the memory: a file of its own */
};
/* A snapshot that libvirt keeps of a domain. */
struct hv_snapshot {
	char *name, *parent; /* parent: its name; NULL: a root */
	char *description;   /* NULL: none */
	int64_t time;	     /* seconds since 1970 */
	bool running;	     /* the domain was active then */
	bool paused;	     /* with @running: its CPUs were stopped */
	bool current;	     /* what the domain has now is based on it, as far as libvirt knows */
	enum hv_place memory;
	char *memory_path; /* HV_EXTERNAL */
	char *definition;  /* the inactive XML of then; NULL: libvirt has none */
	char *xml;	   /* the whole document, for hv_snapshot_put() */
	size_t n_disks;
	struct hv_snapshot_disk {
		char *target; /* "vda" */
		enum hv_place place;
		char *overlay; /* HV_EXTERNAL: the file that was written to afterwards; NULL: not said */
	} * disks;
};
void hv_snapshot_clear(struct hv_snapshot *s);
struct hv_snapshots {
	size_t n;
	struct hv_snapshot *items; /* a parent before its children */
};
void hv_snapshots_clear(struct hv_snapshots *v);
#define _cleanup_hv_snapshots_ _cleanup_(hv_snapshots_clear)
/* NULL when there is none; borrowed. */
const struct hv_snapshot *hv_snapshots_find(const struct hv_snapshots *v, const char *name);

/* Data from the guest's agent; without an agent, what the host knows: the guest's addresses. */
struct hv_guest {
	bool present;	/* an agent answered */
	char *hostname; /* "" when unknown */
	struct map os;	/* libvirt's names: "id", "name", "version-id", "kernel-release" ... */
	size_t n_addresses;
	struct hv_address {
		char *mac, *ip;
		bool v6;
	} * addresses;
};
void hv_guest_clear(struct hv_guest *g);
