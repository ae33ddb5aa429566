/* SPDX-License-Identifier: MIT */
/* What backends/content says of an image, as plain data: rooms that are only told of an image need no more. */
#pragma once

#include "objects/base/str.h"

#include <stdint.h>
#include <sys/stat.h>

struct content_stat {
	bool exists;
	bool device;		 /* it is a block device */
	int64_t size, allocated; /* in bytes */
	mode_t type;		 /* file type, for S_ISREG() and its kin */
	mode_t mode;		 /* permission bits */
	uid_t uid;
	gid_t gid;
	dev_t dev; /* with ino the identity of what exists: of a device dev is its number and ino is 0 */
	ino_t ino;
	int64_t written; /* time of the last change in nanoseconds, for comparing with other files */
};
/* A frozen file has none of these. */
#define WRITE_BITS (S_IWUSR | S_IWGRP | S_IWOTH)

/* The state that the header of a qcow2 image describes; if several hold, the worst. */
enum content_state {
	CONTENT_SOUND,
	/*
	 * The QEMU that wrote to it has died, or writes to it now, and counts the clusters in use later. It reads as it
	 * should. What QEMU opens for writing it repairs first; but a file that it has opened for reading and then
	 * writes to (the target of a merge) it does not, and puts new data where others are.
	 */
	CONTENT_DIRTY,
	CONTENT_CORRUPT, /* QEMU has found damage, and refuses to write to it */
	CONTENT_FOREIGN, /* vxe cannot use it at all */
};
struct content_header {
	enum content_state state; /* what backends/content has decided about it */
	/* why it is not sound, as a text that follows the file's name; NULL when it is sound; constant */
	const char *reason;
	int64_t virtual_size; /* bytes */
	char *backing; /* backing file as the header writes it, usually relative; NULL: none */
	/* absolute path of the backing file; NULL: none, or it has the name of a protocol */
	char *backing_path;
	char *backing_format; /* format of the backing file; NULL: the header does not say */
	char *data_file;      /* name of an external data file; NULL: none */
	bool encrypted;
	bool dirty, corrupt;	 /* bits of the header's incompatible features */
	bool unknown;		 /* it needs features that vxe does not know */
	int snapshots;		 /* number of internal snapshots */
	uint64_t snapshot_table; /* offset of the table of snapshots; see content_snapshots() */
	int bitmaps;		 /* number of consistent bitmaps: QEMU drops the others */
	int version;
	int64_t cluster_size; /* bytes */
};
void content_header_clear(struct content_header *h);
#define _cleanup_header_ _cleanup_(content_header_clear)

/*
 * An internal snapshot: old content inside the image's own file. virsh and virt-manager make such
 * snapshots by default.
 */
struct content_snapshot {
	char *name;	/* as in the file, cut to 255 bytes; may hold any bytes */
	int64_t time;	/* seconds since 1970 */
	int64_t memory; /* bytes of the guest's memory; 0: only the disk */
	int64_t size;	/* of the disk in bytes; 0: not recorded */
	char *key; /* identifies this snapshot alone: its number in the file, and a checksum of its entry */
	char *option; /* text with which qemu-img and qemu-nbd (-l) read this snapshot */
};
struct content_snapshots {
	size_t n;
	struct content_snapshot *items;
	uint64_t sum; /* checksum of the whole table: changes with any member */
};
void content_snapshots_clear(struct content_snapshots *s);
#define _cleanup_snapshots_ _cleanup_(content_snapshots_clear)

/* How QEMU and libvirt name what lies at a place. */
struct content_name {
	/* As a program of QEMU's is told it, and as the header of an image above names it: a path, or a URI. */
	char *text;
	/*
	 * As libvirt's <source> and QEMU's options name what is no file: the protocol ("nbd"), the name that the server
	 * knows it by, and the Unix socket of the server. NULL: a file or a block device, which its path names.
	 */
	char *protocol, *name, *socket;
};
void content_name_clear(struct content_name *n);
#define _cleanup_content_name_ _cleanup_(content_name_clear)
