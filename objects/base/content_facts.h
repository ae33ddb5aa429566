/* SPDX-License-Identifier: MIT */
/* What backends/content says of an image, as plain data: rooms that are only told of an image need no more. */
#pragma once

#include "objects/base/str.h"

#include <stdint.h>
#include <sys/stat.h>

struct content_stat {
	bool exists;
	bool device;		 /* a block device */
	int64_t size, allocated; /* bytes */
	mode_t type;		 /* as S_ISREG() takes it */
	mode_t mode;		 /* permissions */
	uid_t uid;
	gid_t gid;
	dev_t dev; /* identity of what exists; of a device: its number, and 0 */
	ino_t ino;
	int64_t written; /* time of the last change, ns, for comparing with other files */
};
/* A frozen file has none of these. */
#define WRITE_BITS (S_IWUSR | S_IWGRP | S_IWOTH)

/* What the header of a qcow2 image says of its state, the worst that it says. */
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
	enum content_state state; /* the one judgement of it */
	const char *reason; /* text that follows the file's name; NULL when it is sound; constant */
	int64_t virtual_size; /* bytes */
	char *backing;	      /* as written, usually relative; NULL: none */
	char *backing_path;   /* absolute; NULL: none, or the name of a protocol */
	char *backing_format; /* NULL: not recorded */
	char *data_file;      /* external data file's name; NULL: none */
	bool encrypted;
	bool dirty, corrupt;	 /* incompatible feature bits */
	bool unknown;		 /* it needs features that vxe does not know */
	int snapshots;		 /* internal ones */
	uint64_t snapshot_table; /* offset; see content_snapshots() */
	int bitmaps;		 /* consistent ones: QEMU drops the others */
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
	int64_t size;	/* of the disk, bytes; 0: not recorded */
	char *key; /* of this snapshot alone: its number in the file, and a checksum of its entry */
	char *option; /* with which qemu-img and qemu-nbd (-l) read it */
};
struct content_snapshots {
	size_t n;
	struct content_snapshot *items;
	uint64_t sum; /* checksum of the whole table: changes with any member */
};
void content_snapshots_clear(struct content_snapshots *s);
#define _cleanup_snapshots_ _cleanup_(content_snapshots_clear)

/* How others name what lies at a place. */
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
