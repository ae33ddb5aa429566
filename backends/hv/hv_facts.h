/* SPDX-License-Identifier: MIT */
/* Facts from a hypervisor: about itself, its domains, networks and pools. */
#pragma once

#include "objects/base/error.h"

#include <stdint.h>

enum hv_xml {
	HV_XML_INACTIVE,
	HV_XML_LIVE,
	HV_XML_SAVED, /* the XML in the managed-save image */
	N_HV_XML
};

enum hv_state { HV_SHUTOFF, HV_RUNNING, HV_PAUSED, HV_SHUTDOWN, HV_CRASHED, HV_SUSPENDED };

struct hv_host {
	char *uuid;
	char *driver; /* name of the driver, "QEMU" */
	/* whose processes QEMU's are, where libvirt starts them as another user than its own; 0: it does not */
	uid_t uid;
	gid_t gid;
};
void hv_host_clear(struct hv_host *h);

/* A domain in the listing. */
struct hv_domain {
	char *uuid;
	char *name;
	enum hv_state state;
	bool persistent;
	bool saved; /* the domain is not active, and its next start restores a managed save */
	/*
	 * only hv_find() sets this: the domain is off because its guest has ended, not because it was saved; false
	 * also if the hypervisor does not know any more
	 */
	bool ended;
	/*
	 * only hv_find() sets this: the domain is paused because it was going to another host, where it may run by now; only
	 * that host can tell
	 */
	bool moving;
	bool by_user; /* only hv_find() sets this: the domain is paused because somebody has paused it */
	int id;	      /* -1 when not active */
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
	bool unknown; /* libvirt has no driver for networks, or could not list them */
	size_t n;
	struct hv_network *items;
};
void hv_networks_clear(struct hv_networks *v);

/* A storage pool. hv_pool_volume() gives the path of a volume. */
struct hv_pool {
	char *uuid, *name, *type;
	char *path; /* directory of a pool of type dir, fs or netfs; NULL: another type */
	bool active;
	/* for pools of other types: folder that has the devices of the volumes by name; NULL: none */
	char *names;
	/* paths of the volumes by name, for a pool without such a folder; only while the pool is active */
	struct map volumes;
	/* What is mounted at @path; NULL: nothing. */
	char *device;	     /* for type "fs": block device with ext4 */
	char *host, *folder; /* for type "netfs": server and folder of an NFS export */
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
	char *name;	 /* target of the disk, or name of the network interface on the host */
	int64_t in, out; /* bytes read and written, or received and sent */
};
struct hv_stat {
	char *uuid;
	int64_t memory; /* memory of the guest, as its balloon driver has it; 0: unknown */
	/* memory that is free in the guest; -1: the guest's balloon driver does not tell */
	int64_t memory_free;
	int vcpus;	  /* number of VCPUs that are plugged in */
	int64_t *vcpu_ns; /* for each VCPU the time that it has run, in nanoseconds */
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
	HV_NOWHERE,  /* the snapshot does not contain the disk or the memory */
	HV_INTERNAL, /* inside the image to which the domain wrote when the snapshot was taken */
	/*
	 * of a disk: the image to which the domain wrote when the snapshot was taken; of the memory: a file of its
	 * own
	 */
	HV_EXTERNAL,
};
/* A snapshot that libvirt keeps of a domain. */
struct hv_snapshot {
	/* name of the snapshot, and name of its parent; parent is NULL if there is none */
	char *name, *parent;
	char *description; /* NULL: none */
	int64_t time;	   /* seconds since 1970 */
	bool running;	   /* the domain was active when the snapshot was taken */
	/* with @running: the guest's processors were stopped when the snapshot was taken */
	bool paused;
	/* the snapshot on which, for libvirt, the domain's present content is based */
	bool current;
	enum hv_place memory;
	char *memory_path; /* path of the file with the memory, if @memory is HV_EXTERNAL */
	/* the domain's inactive XML when the snapshot was taken; NULL: libvirt has none */
	char *definition;
	char *xml; /* the whole document, for hv_snapshot_put() */
	size_t n_disks;
	struct hv_snapshot_disk {
		char *target; /* name of the disk, "vda" */
		enum hv_place place;
		/*
		 * if @place is HV_EXTERNAL: file to which the domain wrote after the snapshot; NULL: libvirt does
		 * not say
		 */
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
	/*
	 * facts of the guest's system; keys as libvirt names them: "id", "name", "version-id", "kernel-release" and
	 * so on
	 */
	struct map os;
	size_t n_addresses;
	struct hv_address {
		char *mac, *ip;
		bool v6;
	} * addresses;
};
void hv_guest_clear(struct hv_guest *g);
