/* SPDX-License-Identifier: MIT */
/*
 * Content: the image file or block device at a place, which is an absolute path or a name for an export of a server.
 * Only the functions of this header open, examine, lock, write-protect or remove an image by its path. What an image
 * holds for a guest (layers, merges, copies) is made in objects/disks/images, by these functions and qemu-img.
 *
 * One run of the program has one table of contents. An image is opened once and stays open, so that whatever is
 * asked of it is asked of the same file, and it costs one open() however many functions use it. Each function checks
 * whether the file at the path is still the same, and opens it again if it has been replaced. Nothing that was read
 * is remembered: a header is read anew each time, through the same descriptor.
 *
 * One thread at a time uses a table. Unless something else is said, functions return 0, or -1 with
 * VXE_IMAGE_FAILED(place, message). Formats are "raw" and "qcow2", are given by the caller, and are never probed.
 */
#pragma once

#include "objects/base/content_facts.h"
#include "objects/base/error.h"

#include <stdint.h>

/* ---- the table ------------------------------------------------------------------------------- */

struct content;
/*
 * Makes a new table of images (struct content), and returns its entry for "/", which stands for the table in
 * content_at().
 */
struct content *contents_new(void);
/* Numbers for chown(), at first those that change nothing. */
struct content_owner {
	uid_t uid;
	gid_t gid;
};
/* The owner of new images of the table that are like no other, to be set where this user may give files away; borrowed. */
struct content_owner *contents_owner(const struct content *any);
/* Closes all images in the table to which @any belongs, and frees the table; accepts NULL. */
void contents_free(struct content *any);
DEFINE_CLEANUP(struct content *, contents_free)
#define _cleanup_contents_ _cleanup_(contents_free_cleanup)
/*
 * Closes all descriptors in the table to which @any belongs, as is needed before a file system is unmounted or a
 * device is given up. An image that is used afterwards is opened again.
 */
void contents_close(struct content *any);
/*
 * The entry for the image at @place, which need not exist yet, in the table to which @any belongs. A place is an
 * absolute path, or a text of that form by which another kind of image (an export of a server) is known. Opens
 * nothing and does not fail: the functions below report a place that is empty or cannot be opened. Valid as long as
 * the table.
 */
struct content *content_at(const struct content *any, const char *place);
const char *content_place(const struct content *c);

/* ---- names ----------------------------------------------------------------------------------- */

/*
 * How QEMU and libvirt name the image at @place, which need not exist: as a path, or as an export by protocol and
 * name. Decided by the text of @place alone. content_name_clear() frees the result.
 */
void content_name(const char *place, struct content_name *ret);
/*
 * The place of the image (a path, or a name for an export) that QEMU or libvirt calls @name; NULL: none that vxe
 * knows. Goes by @name->protocol, or, without one, by @name->text, as the header of the image @at has it: a relative
 * path begins at the folder of @at. Owned.
 */
char *content_named(const char *at, const struct content_name *name);
/*
 * How a program of QEMU opens the image without probing its format: the JSON of the "file" in a blockdev's options.
 * With @held QEMU takes no locks, because the caller has them (content_hold()). Owned.
 */
char *content_qemu_file(struct content *c, bool held);

/* ---- facts ----------------------------------------------------------------------------------- */

/*
 * Reads size, owner, mode and the like of the image, as stat(2) does. It is no failure if the image does not exist.
 */
int content_stat(struct content *c, struct content_stat *ret, struct vxe_error *err) _must_check_;
/* Reads up to @n bytes at @offset, fewer at the end. Returns the number of bytes, or -1. */
ssize_t content_pread(
	struct content *c, void *buf, size_t n, int64_t offset, struct vxe_error *err) _must_check_;
/* The size that a guest sees: for "qcow2" and "vpc" that in the header, for "raw" that of the file or device. */
int content_size(
	struct content *c, const char *format, int64_t *ret, struct vxe_error *err) _must_check_;

/* Reads the image's qcow2 header. Returns 1: read, 0: it is no qcow2 image, -1: failure. Takes no lock. */
int content_read(struct content *c, struct content_header *ret, struct vxe_error *err) _must_check_;

enum content_vet {
	VET_USE, /* the image is one that vxe can use; else VXE_FOREIGN_IMAGE(file, reason) */
	/* as VET_USE, and the image needs no other file; also for "vpc" images (VHD) */
	VET_ALONE,
	/*
	 * As VET_USE, and the image may be made read-only and get an overlay: it is not marked as corrupt
	 * (VXE_IMAGE_DAMAGED), and its header says the format of its backing file (VXE_FORMAT_MISSING). A dirty
	 * image passes.
	 */
	VET_BASE,
	/*
	 * As VET_USE, and the image is neither dirty nor corrupt (VXE_IMAGE_DAMAGED): QEMU would write to such an
	 * image without a repair.
	 */
	VET_SOUND,
	/*
	 * qemu-img or qemu-nbd may open the image with its whole backing chain; everything that runs one of them on
	 * an image asks for this first. QEMU then opens exactly these files in these formats; it would probe a file
	 * whose format the header above does not say (VXE_FORMAT_MISSING(file, backing)).
	 */
	VET_CHAIN,
	/*
	 * Each header in the backing chain says the format of its backing file (else VXE_FORMAT_MISSING). Unlike in
	 * VET_CHAIN, the chain may have files in formats that vxe does not read.
	 */
	VET_FORMATS,
};
/* Checks whether an image may be used as @what says; no other function decides that. Raw images pass. */
int content_vet(struct content *c, const char *format, enum content_vet what,
	struct vxe_error *err) _must_check_;

/*
 * Reads the internal snapshots of a qcow2 image. Returns 1: read (n may be 0), 0: not a qcow2 image, -1: failure.
 * Takes no lock. With @key reads only the snapshot that has this key, and fails if the image no longer has it.
 * Whoever reads the data of a snapshot asks again afterwards: as long as the snapshot's entry is there, QEMU changes
 * none of its clusters, also under a running guest; but another program may delete the snapshot meanwhile.
 */
int content_snapshots(struct content *c, const char *key, struct content_snapshots *ret,
	struct vxe_error *err) _must_check_;

/*
 * Reads the image's header, and adds the absolute paths of the files that it names: the backing file and the
 * external data file of a qcow2 image, the backing file of a QED image, the parent and the extents of a VMDK image.
 * Adds none for other formats, or if the image no longer exists. In doubt a file counts as named. *ret_next: the
 * backing file if the header says that its format is qcow2, else NULL; owned.
 */
int content_names(
	struct content *c, struct strv *names, char **ret_next, struct vxe_error *err) _must_check_;
/*
 * The number of bytes that an ordinary user can still write on the storage of the image; if its path is a folder, in
 * that folder's file system.
 */
int content_free_space(struct content *c, int64_t *ret, struct vxe_error *err) _must_check_;

/* ---- who uses it ----------------------------------------------------------------------------- */

enum content_use {
	USE_ANY, /* a process has any of QEMU's locks on the image */
	/*
	 * A process has the image open for writing. This can be a QEMU whose guest has no disk on it: the image was
	 * added to QEMU and never used, or was the target of a cancelled merge.
	 */
	USE_WRITER,
	/*
	 * Somebody else may have the file open, with or without such a lock. False means that nobody has; true that the
	 * kernel does not say so, or that this process itself has it open twice.
	 */
	USE_OPEN,
};
int content_in_use(
	struct content *c, enum content_use what, bool *ret, struct vxe_error *err) _must_check_;
/*
 * Locks the image against writers. Returns a descriptor; until it is closed no QEMU can open the image for writing,
 * but one that asks for no locks. Fails when another process has the image open for writing, or the file system has
 * no such locks.
 */
int content_hold(struct content *c, struct vxe_error *err) _must_check_;

/* ---- changes --------------------------------------------------------------------------------- */

/*
 * Makes an image file that only its owner can use, usually under a temporary name (file_draft.h); no file may have
 * that name. The file begins with the @n @bytes and has at least @size bytes; both may be 0. Not synced. Returns a
 * descriptor of the file for writing, which the caller closes. On failure no file is left.
 */
int content_create(struct content *c, const void *bytes, size_t n, int64_t size,
	struct vxe_error *err) _must_check_;
/* A new image that is complete, has a temporary name (that of a draft), and is to get its final one. */
struct content_draft {
	struct content *at; /* final path of the image; draft_path() gives its temporary name */
	int fd; /* descriptor of content_create(); -1: content_finish() opens the new file */
	/*
	 * The image, in the same table, whose owner, permissions and ACL the new one gets, but its owner may read and
	 * write it in any case; NULL: all stay as they are. While libvirt has given a file to QEMU's user, its owner is
	 * the one that libvirt remembers.
	 */
	struct content *like;
	/* the mode of @like before it was frozen, if it is; 0: not known */
	mode_t old_mode;
	/* result: the image has got its final name. If it is set before, the image only gets its rights, and is synced. */
	bool placed;
};
/*
 * Completes @n new images: gives all of them their owners, syncs them, renames each to its final name, which no file
 * may have yet, and syncs the folders. On failure some may have their final names.
 */
int content_finish(struct content_draft *d, size_t n, struct vxe_error *err) _must_check_;
/* A user of this machine, with all groups. */
struct content_user {
	uid_t uid;
	size_t n;
	gid_t *gids;
};
/*
 * *ret: false if @user could open the image @d->like for writing, but not what content_finish() makes like it at @d->at. Nothing is
 * changed. Only root can give files away: of an ordinary user the new one has another owner, and perhaps another group.
 */
int content_stays_open(const struct content_draft *d, const struct content_user *user, bool *ret,
	struct vxe_error *err) _must_check_;
enum content_room {
	/* the first @end bytes of an image, which exist, can be overwritten without more disk space */
	ROOM_AGAIN,
	/*
	 * A raw image can become @end bytes long. QEMU makes a file longer itself, but not an image that it reaches
	 * through a server, so such an image is made longer and synced. It is no failure if the image is longer
	 * already.
	 */
	ROOM_LENGTH,
};
/* Reserves disk space for an image, as @what says, before QEMU needs it. Changes no byte of the image. */
int content_reserve(
	struct content *c, enum content_room what, int64_t end, struct vxe_error *err) _must_check_;
/*
 * Removes all write bits from the image's mode, and syncs that; *old_mode: the mode before. Does nothing on devices.
 * With @old_mode NULL only asks whether the mode could be changed: the file may be somebody else's (root is nobody
 * on an NFS export with root_squash); the question changes nothing but the time of the inode.
 */
int content_freeze(struct content *c, mode_t *old_mode, struct vxe_error *err) _must_check_;
/* Gives the image the mode @mode, such as the one before content_freeze(), and syncs it. Does nothing on devices. */
int content_thaw(struct content *c, mode_t mode, struct vxe_error *err) _must_check_;
/* Syncs the image's data, then the folder that has its name. */
int content_sync(struct content *c, struct vxe_error *err) _must_check_;
/*
 * Removes the image and what is left under its temporary names (file_draft.h), and syncs the folder; it is no
 * failure if none of these exists.
 */
int content_remove(struct content *c, struct vxe_error *err) _must_check_;
