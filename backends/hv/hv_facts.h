/* SPDX-License-Identifier: MIT */
/* Facts from a hypervisor: about itself, its domains, networks and pools. */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>

enum hv_xml {
	HV_XML_INACTIVE,
	HV_XML_LIVE,
	HV_XML_SAVED, /* that in the managed save */
	N_HV_XML
};

enum hv_state { HV_SHUTOFF, HV_RUNNING, HV_PAUSED, HV_SHUTDOWN, HV_CRASHED, HV_SUSPENDED };

struct hv_host {
	char *uuid;
	char *driver; /* name of the driver, "QEMU" */
};
void hv_host_clear(struct hv_host *h);

/* A domain in the listing. */
struct hv_domain {
	char *uuid;
	char *name;
	enum hv_state state;
	bool persistent;
	bool saved; /* it is not active, and its next start goes on from a managed save */
	bool ended; /* of hv_find() alone: off since its guest has ended, and not since it was saved;
			      * false: the hypervisor does not know any more */
	int id;	    /* -1 when not active */
	char *xml[N_HV_XML]; /* definitions; NULL until session_xml() */
};
void hv_domain_clear(struct hv_domain *d);
#define _cleanup_hv_domain_ _cleanup_(hv_domain_clear)

struct hv_domains {
	size_t n;
	struct hv_domain *items; /* sorted by uuid */
};
void hv_domains_clear(struct hv_domains *d);
/* The domain with that UUID, borrowed; NULL: there is none. */
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
	bool unknown; /* libvirt has no driver for pools */
	size_t n;
	struct hv_network *items;
};
void hv_networks_clear(struct hv_networks *v);

/* A storage pool. hv_pool_volume() gives the path of a volume. */
struct hv_pool {
	char *uuid, *name, *type;
	char *path; /* directory of a pool of type dir, fs or netfs; NULL: another type */
	bool active;
	char *names;	    /* other types: folder with the names of its devices; NULL: none */
	struct map volumes; /* while the pool is active: paths of volumes without such names */
	/* What is mounted at @path; NULL: nothing. */
	char *device;	     /* of type "fs": block device with ext4 */
	char *host, *folder; /* of type "netfs": server and folder of an NFS export */
};
struct hv_pools {
	size_t n;
	struct hv_pool *items;
};
void hv_pool_clear(struct hv_pool *p);
void hv_pools_clear(struct hv_pools *v);
/* The absolute path of a volume of the pool, owned; NULL: unknown, or not on this machine. */
char *hv_pool_volume(const struct hv_pool *p, const char *volume);

struct hv_versions {
	char *driver;	  /* name of the driver, "QEMU" */
	char *library;	  /* version of the libvirt daemon, "9.0.0" */
	char *hypervisor; /* version of the hypervisor, "7.2.22" */
};
void hv_versions_clear(struct hv_versions *v);

/* What a running domain uses at present. Sizes are in bytes. */
struct hv_device_stat {
	char *name;	 /* target of the disk, or the card's interface on the host */
	int64_t in, out; /* bytes read and written, or received and sent */
};
struct hv_stat {
	char *uuid;
	int64_t memory;	     /* memory of the guest, as its balloon driver has it; 0: unknown */
	int64_t memory_free; /* memory that is free in the guest; -1: its driver does not tell */
	int vcpus;	     /* number of VCPUs that are plugged in */
	int64_t *vcpu_ns;    /* for each VCPU the time that it has run, in nanoseconds */
	size_t n_disks, n_nics;
	struct hv_device_stat *disks, *nics;
};
struct hv_stats {
	size_t n;
	struct hv_stat *items; /* active domains, sorted by uuid */
};
void hv_stats_clear(struct hv_stats *s);
/* The statistics of that domain, borrowed; NULL: it is not active. */
const struct hv_stat *hv_stats_find(const struct hv_stats *s, const char *uuid);

/* Where the content of a snapshot that libvirt keeps is. */
enum hv_place {
	HV_NOWHERE,  /* the snapshot does not have it */
	HV_INTERNAL, /* inside the image to which the domain wrote then */
	HV_EXTERNAL, /* of a disk: the image to which the domain wrote then; of the memory: a file of its own */
};
/* A snapshot that libvirt keeps of a domain. */
struct hv_snapshot {
	char *name, *parent; /* names; parent is NULL if it has none */
	char *description;   /* NULL: none */
	int64_t time;	     /* seconds since 1970 */
	bool running;	     /* the domain was active when it was taken */
	bool paused;	     /* with @running: the guest's processors were stopped */
	bool current;	     /* libvirt takes the domain's present content as based on it */
	enum hv_place memory;
	char *memory_path; /* path of the memory's file, if it is HV_EXTERNAL */
	char *definition;  /* inactive XML when it was taken; NULL: libvirt has none */
	char *xml;	   /* the whole document, for hv_snapshot_put() */
	size_t n_disks;
	struct hv_snapshot_disk {
		char *target; /* name of the disk, "vda" */
		enum hv_place place;
		/* if HV_EXTERNAL, the file to which the domain wrote afterwards; NULL: not said */
		char *overlay;
	} * disks;
};
void hv_snapshot_clear(struct hv_snapshot *s);
struct hv_snapshots {
	size_t n;
	struct hv_snapshot *items; /* each parent stands before its children */
};
void hv_snapshots_clear(struct hv_snapshots *v);
#define _cleanup_hv_snapshots_ _cleanup_(hv_snapshots_clear)
/* The snapshot with that name, borrowed; NULL: there is none. */
const struct hv_snapshot *hv_snapshots_find(const struct hv_snapshots *v, const char *name);

/* What the guest's agent tells; without an agent, what the host knows: the guest's addresses. */
struct hv_guest {
	bool present;	/* an agent answered */
	char *hostname; /* "" if unknown */
	struct map
		os; /* keys as libvirt names them: "id", "name", "version-id", "kernel-release" and so on */
	size_t n_addresses;
	struct hv_address {
		char *mac, *ip;
		bool v6;
	} * addresses;
};
void hv_guest_clear(struct hv_guest *g);
