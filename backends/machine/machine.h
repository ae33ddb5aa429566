/* SPDX-License-Identifier: MIT */
/*
 * The kernel's facts about the machine: processors, memory, network interfaces. Read from /proc and
 * /sys below a root that tests choose; a missing file gives an empty value, never an error.
 */
#pragma once

#include "objects/base/str.h"

#include <stdint.h>
#include <sys/types.h>

struct stat;

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
	char *master; /* bridge or bond to which the interface belongs; NULL: none */
	char *parent; /* of a VLAN: interface that carries the VLAN */
	int64_t vlan; /* tag of a VLAN; -1: the interface is none */
	int64_t mtu;
	bool up, carrier;
	int64_t speed;				/* in Mbit/s; 0: unknown */
	char *duplex;				/* "full", "half", "unknown" */
	char *vendor_id, *device_id, *pci_path; /* "": it is no PCI device */
	char *bond_mode;    /* of a bond: the kernel's word for its mode; else "" */
	char *ip, *netmask; /* first IPv4 address; "": none */
	struct strv ipv6;   /* as "ADDRESS/PREFIX" */
	bool snooping;	    /* of a bridge: the bridge has IGMP snooping */
};

struct machine_facts {
	char *hostname, *kernel; /* kernel is its release */
	char *arch;		 /* "x86_64" */
	char *timezone;		 /* "Europe/Berlin"; "UTC" if none is set */
	int64_t memory_total;	 /* in bytes */
	int sockets, threads_per_core;
	bool kvm, iommu, secure_boot;
	char *dns; /* addresses of name servers, separated by ',' */
	char *default_nic,
		*gateway; /* interface and gateway of the default route; "": there is none */
	size_t n_cpus, n_nics;
	struct machine_cpu *cpus; /* sorted by number */
	struct machine_nic *nics; /* sorted by name */
};
/* Reads all facts about the machine. @root: the folder with its /proc and /sys; NULL or "": of the real machine. */
void machine_read(const char *root, struct machine_facts *ret);
void machine_unknown(struct machine_facts *ret); /* fills in empty values */
void machine_clear(struct machine_facts *m);
#define _cleanup_machine_ _cleanup_(machine_clear)
/* The interface of that name, borrowed; NULL: there is none. */
const struct machine_nic *machine_nic(const struct machine_facts *m, const char *name);

/* The loop devices that have a file, as "/dev/loop0", and their files, in the same order. */
void machine_loops(const char *root, struct strv *devices, struct strv *files);
/* The names of the machine's bridges. */
void machine_bridges(const char *root, struct strv *ret);
/* IPv4 addresses that the kernel has recently seen behind a card with the address @mac. */
void machine_neighbours(const char *root, const char *mac, struct strv *ret);
/* The UUID of the domain to whose QEMU the process @pid belongs, owned; NULL: to none, or it has ended. */
char *machine_guest_of(const char *root, const char *pid);
/* The process of the domain's QEMU; 0: there is none, or this user may not see it. */
pid_t machine_guest_pid(const char *root, const char *uuid);
/* True if a thread of the process is in uninterruptible sleep (D): the kernel waits for it, and no signal ends that. */
bool machine_sleeps(const char *root, pid_t pid);
/*
 * For each domain's UUID the start time of its QEMU, seconds since 1970; without processes that this user may not
 * see.
 */
void machine_guests(const char *root, struct map *ret);
/*
 * For each process of root's with this name on this machine, not in a container: "PID-TICKS", which no other process has
 * until the next boot, and its start time in seconds since 1970. Without those that this user may not see.
 */
void machine_daemons(const char *root, const char *name, struct map *ret);
/*
 * The process that listens at the Unix socket called @name to which this process is connected. 0: there is no such
 * connection, or the process belongs to another PID namespace.
 */
pid_t machine_peer(const char *name);
/*
 * stat(2) of @path as the process @pid sees it, in its mount namespace and below its root. Returns 1, 0 if there is nothing
 * at @path for it, -1 if that cannot be told: the process has ended, or this user may not look.
 */
int machine_look(const char *root, pid_t pid, const char *path, struct stat *ret) _must_check_;
/*
 * Another process of this machine that has the file open, as this user may see: "process 4711 (rsync), which has it open",
 * owned; NULL: none. A file that is open by another hard link of it does not
 * count.
 */
char *machine_opener(const char *root, const char *path);
/*
 * Adds to *ret the paths that the QEMU of the domain @uuid has open for writing, by what the kernel knows of it: QEMU, which may
 * hang, is not asked, and no path is followed. Returns how many processes there are for that domain of which this user may
 * see this: only of one alone the paths say something.
 */
int machine_guest_writes(const char *root, const char *uuid, struct strv *ret);
/* Memory in bytes that programs can still get. */
int64_t machine_memory_free(const char *root);
/* The number of processes that run or wait, as a mean of the last minute; 0: unknown. */
double machine_load_average(const char *root);
/* The load of processors and interfaces, in the order of struct machine_facts; -1: unknown. */
struct machine_load {
	size_t n_cpus, n_nics;
	double *cpus;	  /* from 0 to 1 */
	double *in, *out; /* for each interface in KiB/s */
};
/* Reads the counters twice, @ms apart. */
void machine_measure(
	const char *root, const struct machine_facts *m, int64_t ms, struct machine_load *ret);
void machine_load_clear(struct machine_load *l);
/* The kernel's log as text, owned; NULL with errno if this user may not read it. */
char *machine_dmesg(void);

/* The content of a file of the machine, owned; NULL: there is no such file. */
char *machine_text(const char *root, const char *path);

/*
 * For the files in backends/machine: machine_word() reads a file's first line, machine_int() a file's number, or
 * @otherwise.
 */
/* first line of the file @path below @root, owned; "": there is no such file */
char *machine_word(const char *root, const char *path);
int64_t machine_int(const char *root, const char *path, int64_t otherwise);
void machine_read_nics(const char *root, struct machine_facts *ret);
