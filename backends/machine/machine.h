/* SPDX-License-Identifier: MIT */
/*
 * The kernel's facts about the machine: processors, memory, network interfaces. Read from /proc and
 * /sys below a root that tests choose; a missing file gives an empty value, never an error.
 */
#pragma once

#include "objects/base/str.h"

#include <stdint.h>

struct machine_cpu {
	int number;
	char *vendor, *modelname, *stepping, *flags;
	int64_t family, model;
	int64_t mhz;
};

enum nic_kind { NIC_PHYSICAL, NIC_VLAN, NIC_BOND, NIC_BRIDGE, NIC_OTHER };

struct machine_nic {
	char *name;
	enum nic_kind kind;
	char *mac;
	char *master; /* the bridge or bond that it belongs to; NULL: none */
	char *parent; /* of a VLAN: the interface that carries it */
	int64_t vlan; /* tag; -1: no VLAN */
	int64_t mtu;
	bool up, carrier;
	int64_t speed;				/* Mbit/s; 0: unknown */
	char *duplex;				/* "full", "half", "unknown" */
	char *vendor_id, *device_id, *pci_path; /* "" when it is not a PCI device */
	char *bond_mode;			/* for a bond, the kernel's word; else "" */
	char *ip, *netmask;			/* the first IPv4 address; "" */
	struct strv ipv6;			/* "address/prefix" */
	bool snooping;				/* bridges: IGMP snooping */
};

struct machine_facts {
	char *hostname, *kernel; /* kernel: its release */
	char *arch;		 /* "x86_64" */
	char *timezone;		 /* "Europe/Berlin"; "UTC" when not set */
	int64_t memory_total;	 /* bytes */
	int sockets, threads_per_core;
	bool kvm, iommu, secure_boot;
	char *dns;		     /* name servers joined by ',' */
	char *default_nic, *gateway; /* of the default route; "" */
	size_t n_cpus, n_nics;
	struct machine_cpu *cpus; /* by number */
	struct machine_nic *nics; /* by name */
};
/* @root NULL or "": the real root. */
void machine_read(const char *root, struct machine_facts *ret);
void machine_unknown(struct machine_facts *ret); /* fills in empty values */
void machine_clear(struct machine_facts *m);
#define _cleanup_machine_ _cleanup_(machine_clear)
/* NULL when there is no such interface; borrowed. */
const struct machine_nic *machine_nic(const struct machine_facts *m, const char *name);

/* The loop devices that have a file, "/dev/loop0", and their files, in the same order. */
void machine_loops(const char *root, struct strv *devices, struct strv *files);
/* Names of the machine's bridges. */
void machine_bridges(const char *root, struct strv *ret);
/* IPv4 addresses that the kernel has lately found behind the card @mac of some machine. */
void machine_neighbours(const char *root, const char *mac, struct strv *ret);
/* The UUID of the domain whose QEMU the process @pid is; NULL: it is none, or has ended. Owned. */
char *machine_guest_of(const char *root, const char *pid);
/*
 * Start time of each domain's QEMU, by UUID: seconds since 1970. Leaves out processes that this
 * user may not see.
 */
void machine_guests(const char *root, struct map *ret);
/* Memory that programs can still get, in bytes. */
int64_t machine_memory_free(const char *root);
/* Running and waiting processes, averaged over the last minute; 0 when unknown. */
double machine_load_average(const char *root);
/* Load of processors and interfaces, in the order of struct machine_facts; -1: unknown. */
struct machine_load {
	size_t n_cpus, n_nics;
	double *cpus;	  /* 0 to 1 */
	double *in, *out; /* KiB/s of each interface */
};
/* Takes two samples, @ms apart. */
void machine_measure(
	const char *root, const struct machine_facts *m, int64_t ms, struct machine_load *ret);
void machine_load_clear(struct machine_load *l);
/* The kernel's log as text, owned; NULL with errno when this user may not read it. */
char *machine_dmesg(void);

/* The content of a file of the machine, owned; NULL: no such file. */
char *machine_text(const char *root, const char *path);

/* Shared by the files of this room. */
char *machine_word(const char *root, const char *path); /* without its end of line; "": none */
int64_t machine_int(const char *root, const char *path, int64_t otherwise);
void machine_read_nics(const char *root, struct machine_facts *ret);
