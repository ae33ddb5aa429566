/* SPDX-License-Identifier: MIT */
/* What backends/content finds out about a disk image, as plain data for code that reads no images itself. */
#pragma once

#include "objects/base/str.h"

#include <stdint.h>
#include <sys/stat.h>

struct content_stat {
	bool exists;
	bool device;		 /* it is a block device */
	int64_t size, allocated; /* in bytes */
	mode_t type;		 /* file type bits of st_mode, for S_ISREG() and the like */
	mode_t mode;		 /* permission bits */
	uid_t uid;
	gid_t gid;
	/* dev and ino identify the file; for a block device dev is the device's number and ino is 0 */
	dev_t dev;
	ino_t ino;
	int64_t written; /* time of the last change in nanoseconds, for comparing with other files */
};
/* The write permissions of a file; the file of a read-only ("frozen") layer has none of them. */
#define WRITE_BITS (S_IWUSR | S_IWGRP | S_IWOTH)

/* The state of a qcow2 image by its header; if several apply, the worst. */
enum content_state {
	CONTENT_SOUND,
	/*
	 * The image is marked as dirty: the QEMU that wrote to it has died, or still writes to it, and has not
	 * updated the reference counts of clusters. Its content reads correctly. QEMU repairs the image when it opens
	 * it for writing, but not when it opens it for reading and writes to it later (as the target of a commit):
	 * then it puts new data into clusters that are in use.
	 */
	CONTENT_DIRTY,
	CONTENT_CORRUPT, /* QEMU has found damage in the image, and refuses to write to it */
	CONTENT_FOREIGN, /* vxe cannot use it at all */
};
struct content_header {
	enum content_state state; /* what backends/content has decided about it */
	/* why the image is not sound, as a text that follows the file's name; NULL when it is sound; constant */
	const char *reason;
	int64_t virtual_size; /* bytes */
	char *backing; /* backing file as the header writes it, usually relative; NULL: none */
	/* Absolute path of the backing file; NULL: there is none, or its name begins with a protocol ("nbd:"). */
	char *backing_path;
	char *backing_format; /* format of the backing file; NULL: the header does not say */
	char *data_file;      /* name of an external data file; NULL: none */
	bool encrypted;
	bool dirty, corrupt;	 /* bits of the header's incompatible features */
	bool unknown;		 /* the image needs qcow2 features that vxe does not know */
	int snapshots;		 /* number of internal snapshots */
	uint64_t snapshot_table; /* offset of qcow2's snapshot table; see content_snapshots() */
	int bitmaps;		 /* number of consistent dirty bitmaps: QEMU drops the others */
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
	/* the snapshot's name in the file, cut to 255 bytes; may hold any bytes */
	char *name;
	int64_t time;	/* seconds since 1970 */
	int64_t memory; /* bytes of saved guest memory; 0: the snapshot has only the disk */
	int64_t size;	/* bytes of the disk when the snapshot was made; 0: not recorded */
	/* identifies this snapshot in its image: its number in the file, and a checksum of its table entry */
	char *key;
	char *option; /* text with which qemu-img and qemu-nbd (-l) read this snapshot */
};
struct content_snapshots {
	size_t n;
	struct content_snapshot *items;
	uint64_t sum; /* checksum of the whole snapshot table: changes with any snapshot */
};
void content_snapshots_clear(struct content_snapshots *s);
#define _cleanup_snapshots_ _cleanup_(content_snapshots_clear)

/* The name of a file, block device or network disk, as QEMU and libvirt want it. */
struct content_name {
	/* A path or a URI: the name as argument of QEMU's programs, and as backing file in the header of an image. */
	char *text;
	/*
	 * For a disk that is no file, the parts of its name in libvirt's <source> and QEMU's options: the protocol
	 * ("nbd"), the name that the server knows the disk by, and the Unix socket of the server. NULL: a file or a
	 * block device, which the path names.
	 */
	char *protocol, *name, *socket;
};
void content_name_clear(struct content_name *n);
#define _cleanup_content_name_ _cleanup_(content_name_clear)
