/* SPDX-License-Identifier: MIT */
/*
 * Content: what lies at a place, an image file or a block device. This header is the only door to it: no other room opens,
 * looks at, locks, freezes or removes an image by its path. What an image holds for a guest (layers, merges, copies) is
 * made in objects/disks/images, by these functions and qemu-img.
 *
 * A call of the program has one table of contents. What is read is opened once and stays open, so that whatever is asked
 * of an image is asked of the same file, and an image costs one open however many functions look at it. What lies at a
 * place may be replaced by something else; each function looks whether it is still the same, and opens it again if not.
 * Nothing is remembered of what was read: a header is read anew each time, through the same descriptor.
 *
 * One thread at a time uses a table. Unless something else is said, functions return 0, or -1 with
 * VXE_IMAGE_FAILED(place, message). Formats are "raw" and "qcow2", are given by the caller, and are never probed.
 */
#pragma once

#include "objects/base/error.h"
#include "objects/base/str.h"

#include <stdint.h>
#include <sys/stat.h>

/* ---- the table ------------------------------------------------------------------------------- */

struct content;
/* The content of "/", with a table of its own. */
struct content *contents_new(void);
/* Closes all, and frees the table of @any; accepts NULL. */
void contents_free(struct content *any);
DEFINE_CLEANUP(struct content *, contents_free)
#define _cleanup_contents_ _cleanup_(contents_free_cleanup)
/*
 * Closes all descriptors in the table of @any, as before a file system is unmounted or a device is given up. What is
 * asked of next is opened again.
 */
void contents_close(struct content *any);
/*
 * What lies at @place, an absolute path, or will lie there; in the table of @any. Opens nothing and does not fail: that a
 * place is empty or cannot be opened is an error of the functions below. Valid as long as the table.
 */
struct content *content_at(const struct content *any, const char *place);
const char *content_place(const struct content *c);
/* Closes its descriptor: of a file that was removed it would keep the disk space. */
void content_close(struct content *c);

/* ---- facts ----------------------------------------------------------------------------------- */

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
/* That nothing lies there is no failure. */
int content_stat(struct content *c, struct content_stat *ret, struct vxe_error *err) _must_check_;
/* Reads up to @n bytes at @offset; fewer at the end. Returns how many, or -1. */
ssize_t content_pread(
	struct content *c, void *buf, size_t n, int64_t offset, struct vxe_error *err) _must_check_;
/* The size that a guest sees: of the header for "qcow2" and "vpc", of the file or device for "raw". */
int content_size(
	struct content *c, const char *format, int64_t *ret, struct vxe_error *err) _must_check_;

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
/* 1: read; 0: not a qcow2 image; -1. Takes no lock. */
int content_read(struct content *c, struct content_header *ret, struct vxe_error *err) _must_check_;
void content_header_clear(struct content_header *h);
#define _cleanup_header_ _cleanup_(content_header_clear)

enum content_vet {
	VET_USE,   /* vxe can use it: VXE_FOREIGN_IMAGE(file, reason) */
	VET_ALONE, /* ... and it needs no other file; "vpc" has its rule, too */
	/*
	 * ... and it may be frozen, or get a layer on it: not marked as corrupt (VXE_IMAGE_DAMAGED), and its header says
	 * the format of the file below (VXE_FORMAT_MISSING). Dirty passes.
	 */
	VET_BASE,
	VET_SOUND, /* ... neither dirty nor corrupt: QEMU would write to it without a repair. VXE_IMAGE_DAMAGED */
	/*
	 * A child may open it with all that lies below it: everything that has qemu-img or qemu-nbd read an image asks
	 * for this first. QEMU then opens exactly these files in these formats; it would look into a file whose format a
	 * header does not say (VXE_FORMAT_MISSING(file, backing)).
	 */
	VET_CHAIN,
	VET_FORMATS, /* of VET_CHAIN only VXE_FORMAT_MISSING: the chain may have files of kinds that vxe does not read */
};
/* The one judge of what may be done with an image. Raw images pass. */
int content_vet(struct content *c, const char *format, enum content_vet what,
	struct vxe_error *err) _must_check_;

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
/*
 * 1: read (n may be 0); 0: not a qcow2 image; -1. Takes no lock. With @key only the snapshot that has it, and a failure
 * when the image has it no more. Whoever reads its content asks again afterwards: as long as the entry is there, QEMU
 * changes no cluster of the snapshot, also under a running guest; but another program may delete it meanwhile.
 */
int content_snapshots(struct content *c, const char *key, struct content_snapshots *ret,
	struct vxe_error *err) _must_check_;
void content_snapshots_clear(struct content_snapshots *s);
#define _cleanup_snapshots_ _cleanup_(content_snapshots_clear)

/*
 * Reads the header, and adds the absolute paths of the files that it names: the backing file and the external data file of a
 * qcow2 image, the backing file of a QED image, the parent and the extents of a VMDK image. None if it is no such image,
 * or nothing lies there any more. In doubt a file counts as named. *ret_next: the backing file if the header says that it
 * is a qcow2 image in turn, else NULL; owned.
 */
int content_names(
	struct content *c, struct strv *names, char **ret_next, struct vxe_error *err) _must_check_;
/* Free bytes for an unprivileged user where it lies; of a folder: in its file system. */
int content_free_space(struct content *c, int64_t *ret, struct vxe_error *err) _must_check_;

/* ---- who uses it ----------------------------------------------------------------------------- */

enum content_use {
	USE_ANY, /* a process holds one of QEMU's locks on it */
	/*
	 * A process has it open for writing. This can be a QEMU whose guest has no disk on it: the image was added to
	 * QEMU and never used, or was the target of a cancelled merge.
	 */
	USE_WRITER,
};
int content_in_use(
	struct content *c, enum content_use what, bool *ret, struct vxe_error *err) _must_check_;
/*
 * A descriptor; until it is closed no QEMU can open the image for writing, but one that asks for no locks. Fails when
 * somebody has it open for writing, or the file system has no such locks.
 */
int content_hold(struct content *c, struct vxe_error *err) _must_check_;
/*
 * How a program of QEMU opens what lies there, without a look at its format: the JSON of the "file" of a blockdev's
 * options. With @held without locks, because the caller has them (content_hold()). Owned.
 */
char *content_qemu_file(struct content *c, bool held);

/* ---- changes --------------------------------------------------------------------------------- */

/* A frozen file has none of these. */
#define WRITE_BITS (S_IWUSR | S_IWGRP | S_IWOTH)

/* Makes an empty file that only its owner can use; nothing may lie there. A descriptor for writing, the caller's. */
int content_create(struct content *c, struct vxe_error *err) _must_check_;
/*
 * Makes sure that writing the first @end bytes again, which exist, needs no more disk space. Changes no byte.
 */
int content_reserve(struct content *c, int64_t end, struct vxe_error *err) _must_check_;
/*
 * Removes all write bits; *old_mode: the mode before. Synced. Does nothing on devices. With @old_mode NULL only asks
 * whether it could: the file may be somebody else's (root is nobody on an export with root_squash); that changes
 * nothing but the time of the inode.
 */
int content_freeze(struct content *c, mode_t *old_mode, struct vxe_error *err) _must_check_;
/* Sets @mode; synced. Does nothing on devices. */
int content_thaw(struct content *c, mode_t mode, struct vxe_error *err) _must_check_;
/* Syncs the file, then its directory. */
int content_sync(struct content *c, struct vxe_error *err) _must_check_;
/* Removes the file, and drafts of it (draft.h), and syncs the directory; that nothing lies there is no failure. */
int content_remove(struct content *c, struct vxe_error *err) _must_check_;
