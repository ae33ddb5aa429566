/* SPDX-License-Identifier: MIT */
/*
 * Disks: which domains and images use a file, the layers of disks and what becomes of them, and the images in which
 * they lie. Code above objects/disks includes only this header of it (docs/adr/0008-disks.md). What a function returns
 * in a pointer belongs to the caller unless its comment says otherwise.
 */
#pragma once

#include "backends/content/content.h"
#include "objects/classes/storage/node.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/engine/op.h"

/* ---- who uses a file ------------------------------------------------------------------------------- */

/*
 * A user of a file: a domain whose definition or live state names the file, or an image whose header names it. Users
 * are searched for anywhere: in the folders of all SRs and active pools, beside the file, and in the chains of all
 * domains' disks. They may be on record or not. Files are compared by identity, not by name.
 *
 * A search finds out anew what has changed since the last one, in this process or another
 * (docs/adr/0005-users-of-files.md): a file that libvirt or QEMU has written since is read again, and nothing else is.
 * Where that cannot be told, everything is read.
 */
struct file_user {
	char *domain; /* UUID of the domain that uses the file; NULL: an image uses it */
	char *name;   /* name of the domain, or absolute path of the image */
	size_t file;  /* index of the used file in the list of paths that were asked for */
};

struct file_users {
	size_t n;
	struct file_user *items;
	/* "an image in FOLDER, which cannot be searched: WHY": such an image may use any of the files, or none */
	struct strv unsearched;
};
void file_users_clear(struct file_users *u);
#define _cleanup_users_ _cleanup_(file_users_clear)

/*
 * *ret: the users (domains and images) of the files at @paths, which are absolute (others are left out). The last check
 * before one of the files is written or removed.
 */
int users_look(struct session *s, const struct strv *paths, struct file_users *ret,
	struct vxe_error *err) _must_check_;
/*
 * *ret: an image whose header names the file @path as what it lies on, owned; NULL: there is none. On the layer to which a guest
 * writes by the records it may have what the guest has written since those were made.
 */
int file_above(struct session *s, const char *path, char **ret, struct vxe_error *err) _must_check_;
/*
 * Ends the searches for users of files in a command, after its output is written: notes for the next command what this
 * one has changed. May search libvirt's files and wait for some milliseconds (docs/adr/0005-users-of-files.md).
 */
void users_settle(struct session *s);

/*
 * Callback for each user of the file @path that is not on record; @user describes the user. An error ends the search.
 */
typedef int stranger_fn(void *ctx, const char *path, const char *user, struct vxe_error *err);
/*
 * Searches for users of the files at @paths that are not in @known (absolute paths of files, UUIDs of domains that may
 * use them): in the XML of all domains, live and inactive, and in the headers of images in the directories of all SRs
 * and active pools and of the files themselves. Calls @fn for each; without @fn fails with VXE_DEPENDENTS(file, user)
 * for the first. A folder that cannot be searched may have an image that uses any file: a user "perhaps an image in ...".
 */
int strangers_find(struct session *s, const struct strv *paths, const struct strv *known,
	stranger_fn *fn, void *ctx, struct vxe_error *err) _must_check_;
/*
 * Finds the domains with a disk on the file @path, in the live or the inactive XML: halted ones for @ret, others for
 * @running. Fails with VXE_DEPENDENTS if a domain can write to the file though no <disk> of its definition names it.
 */
int domains_on(struct session *s, const char *path, const char *except, struct strv *ret,
	struct strv *running, struct vxe_error *err) _must_check_;

/* A domain that writes to a file, because one of its disks is the file and is not read-only. */
struct leaf {
	/* the domain in the session's listing; NULL: no domain writes to the file */
	const struct hv_domain *domain;
	bool live; /* the domain's live definition names the file */
};

/*
 * *ret: a domain that has the file at @path as a writable disk; ret->domain is NULL if there is none. For the domain
 * @except (may be NULL) only its live definition counts. Borrowed, valid as long as the session's listing of domains.
 */
int leaf_find(struct session *s, const char *path, const char *except, struct leaf *ret,
	struct vxe_error *err) _must_check_;
/* Reads the definitions of all domains, as preparation for calls of leaf_find() for many files. */
int leaf_load(struct session *s, struct vxe_error *err) _must_check_;

/*
 * *ret: the layer whose file is at this absolute path; NULL with return 0 when no record has the file. Files are
 * compared by identity, because several paths may lead to one file.
 */
int node_by_path(struct session *s, struct txn *t, const char *path, struct node **ret,
	struct vxe_error *err) _must_check_;
/*
 * @rets[n] gets the UUIDs of all layers in the file @paths[n]: more than one only in a store written by an older vxe.
 */
int nodes_of_files(struct session *s, struct txn *t, const struct strv *paths, struct strv *rets,
	struct vxe_error *err) _must_check_;
/*
 * Remembers the file of a layer that the running transaction is about to write, so that later searches in the same
 * transaction find the layer.
 */
void places_note(struct session *s, const char *path, const char *node);

/* ---- to read a disk, and to put a layer on it ------------------------------------------------------ */

/*
 * For callers that read the content of the layer @uuid or build on it: adds shared locks on its whole chain to @p.
 * Fails with VXE_LAYER_WRITTEN(file, domain) when a domain, other than the plan's own halted one, has a frozen layer of
 * the chain as a writable disk, and with VXE_LAYER_CHANGED(file, found) when a layer has changed since it was frozen.
 * With force=true only reports that (ui.notice). Layers without a fingerprint get one with the plan's result.
 */
int node_use_chain(struct session *s, struct txn *t, const char *uuid, struct plan *p,
	struct vxe_error *err) _must_check_;
/*
 * Checks that every layer of @vdi's content from @top down exists and stays; *@layers is their number. Fails:
 * VDI_NOT_AVAILABLE (a file is missing, named in the note), VXE_TRY_AGAIN (@top is being merged, or a layer is being
 * removed; a waiting merge further down does not matter).
 */
int chain_check(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *top,
	size_t *layers, struct vxe_error *err) _must_check_;

/* Where a new layer lies. */
struct overlay_place {
	const struct sr *sr; /* an SR that takes disks */
	const struct node
		*given; /* record of a layer that the user has prepared; NULL: vxe makes the file */
	const char *path; /* path of @given */
};
/*
 * Plans a new layer on top of @base for @vdi at the place @at (NULL: a new file in overlay_sr()): fills in the new_*
 * and backing members of the plan's @disk, adds shared locks on the chain to @p, and returns the new layer's record.
 * Fails: VDI_NOT_AVAILABLE (a file is missing), VXE_LAYER_CHANGED, SR_BACKEND_FAILURE_109, VXE_FOREIGN_IMAGE,
 * OPERATION_NOT_ALLOWED (the SR is shared, that of @base is not); for a layer that the user has prepared also as
 * overlay_check_given().
 */
int plan_overlay(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *base,
	const struct overlay_place *at, struct plan_disk *disk, struct node **ret, struct plan *p,
	struct vxe_error *err) _must_check_;

/* A file that plan_frozen_layer() freezes because it puts an overlay on it. */
struct frozen_layer {
	const struct vdi *vdi;	 /* the VDI whose content is in the file */
	const struct node *node; /* layer of the file */
	const char *path;	 /* path of the file */
	/* target name of the disk in the plan's domain; NULL: no domain has the disk */
	const char *target;
	const struct overlay_place *at; /* place of the overlay, as for plan_overlay() */
	/* the overlay is a temporary one, for the disk of a Suspended VM: the VDI keeps its layer */
	bool guard;
};
/*
 * Plans that a VDI goes on in a new overlay and that its present file is frozen: adds to the plan the disk, as its last
 * one, the records of both layers and the changes of vdi_move(). *@size (may be NULL): the virtual size of the file,
 * which another program may have resized, and which the VDI gets. Fails as plan_overlay() and vdi_move() do, and with
 * VXE_INTERNAL_SNAPSHOTS when freezing would endanger internal snapshots: those of the file, and those of other
 * programs' layers below (loss_check()).
 */
int plan_frozen_layer(struct session *s, struct txn *t, const struct frozen_layer *f,
	struct plan *p, int64_t *size, struct vxe_error *err) _must_check_;

/* The new image that plan_image() adds to a plan: an empty one if @source is NULL, else a copy of the image @source. */
struct image_plan {
	const struct sr *sr;
	const char *format; /* "qcow2" or "raw" */
	int64_t size;
	const char *source, *source_format;
	int fd; /* file descriptor N if @source is /proc/self/fd/N; -1: it is not */
};
/*
 * Plans a new image as the plan's next disk: adds the record of its layer, and the data for the step DISK(MAKE_IMAGE).
 * *ret is a copy of the record, owned by the caller. Fails: SR_NOT_ATTACHED.
 */
int plan_image(struct session *s, struct plan *p, const struct image_plan *i, struct node **ret,
	struct vxe_error *err) _must_check_;

/*
 * With @freeze takes the write bits of a layer's file, and sets *mode to its mode before; else gives the file *mode.
 * For layers that another program has begun or ceased to use.
 */
int layer_set_mode(struct session *s, const char *path, bool freeze, int64_t *mode,
	struct vxe_error *err) _must_check_;
/*
 * Changes the header of a layer's image, which nobody has open, so that it names the backing file @base (NULL: none) of
 * the format @format.
 */
int layer_set_base(struct session *s, const char *path, const char *base, const char *format,
	struct vxe_error *err) _must_check_;

/* ---- what would be lost ---------------------------------------------------------------------------- */

enum loss {
	LOSS_FROZEN, /* the layer is about to be frozen */
	LOSS_GONE,   /* the layer is about to be removed, or is no longer used by its disk */
	/* as LOSS_GONE, but only for a layer that vxe has made and only one VDI names; other layers stay */
	LOSS_LAST,
};
/*
 * Fails with VXE_INTERNAL_SNAPSHOTS(file, snapshots) when the layer's image has internal snapshots, which @how would
 * endanger; with force=true reports them instead (ui.notice, once), and the layer may be removed. When there are none,
 * the operation of @p (may be NULL) looks again before it commits. A layer that is not on record loses nothing.
 */
int loss_check(struct session *s, struct txn *t, const char *node, enum loss how, struct plan *p,
	struct vxe_error *err) _must_check_;
/*
 * *ret: the names and times of the internal snapshots in the layer's image as text; NULL: there are none, or the file
 * is no image. An unreadable table of snapshots counts as one snapshot.
 */
int node_internal(const struct session *s, const struct node *n, const char *path, char **ret,
	struct vxe_error *err) _must_check_;

/* ---- to move a disk -------------------------------------------------------------------------------- */

/*
 * The only function that moves a VDI to another layer's file: plans the record's change, and adds to the plan every
 * domain beside p->domain whose definition names the old file; DISK(DEFINE_OTHERS) patches these domains by the plan's
 * disks (old_path, new_path), which the caller adds. Fails with VDI_IN_USE(vdi, operation) when one of the domains
 * runs, and as vbd_check_once().
 */
int vdi_move(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *to,
	struct plan *p, struct vxe_error *err) _must_check_;
/* The plan member with the UUIDs of other halted domains whose definitions name a file that a VDI leaves. */
#define PLAN_OTHERS "other-domains"
/*
 * Remembers in the plan's disks the <metadata_cache> of the definition, which says how much of an image's tables QEMU
 * may cache: libvirt drops it when it moves a disk of a running guest to another layer. @defined: the definition; NULL:
 * it is read. Does nothing for a guest that is off.
 */
int switch_keep_caches(struct session *s, struct plan *p, const struct domain_spec *defined,
	struct vxe_error *err) _must_check_;

/* ---- merges ---------------------------------------------------------------------------------------- */

/* Layers whose merge the user asks for (vdi-merge), also ones that vxe did not make. */
struct merge_ask {
	const char *vdi; /* UUID of the disk */
	/* UUIDs of layers, each of which is to be merged into the layer below it */
	const struct strv *layers;
	/* if one of the layers has to stay, nothing is merged and that is an error */
	bool all;
	int64_t speed; /* speed limit of the merges in bytes per second; 0: none */
};

/* Which trees of layers a question is about, as they are now or will be after a plan. */
struct layer_trees {
	const struct strv *seeds; /* UUIDs of layers, whose trees are meant; NULL: all trees */
	/*
	 * UUIDs of VDIs, VBDs and VMs that count as deleted; layers that go with them may lose internal snapshots.
	 * NULL: the trees are as they are now.
	 */
	const struct strv *dropped;
	const struct merge_ask *ask; /* the layers that the user wants to be merged; NULL: none */
};

/* What merges would do with a layer. */
struct layer_fate {
	char *node; /* UUID of the layer */
	/* for the user: "merge: FILE into FILE (N bytes)", "later: FILE (why)"; it has the path of the layer, too */
	struct planned line;
	/*
	 * "FILE (why)" for a layer that still waits to be merged or removed; NULL: the file stays, and nothing is to be
	 * done
	 */
	char *waits;
	/* why a layer that the user wants to be merged is not; NULL: it is, or nobody asks for it */
	char *stays;
	char *into;	/* file into which a layer that the user asks for is merged; NULL: none */
	int64_t growth; /* bytes by which the file @into grows at most */
	bool lacking;	/* it waits because of one of layer_fates.lacking */
};
/* What merges would do with each layer, in the order in which the merges would run. */
struct layer_fates {
	size_t n;
	struct layer_fate *items;
	struct strv
		lost; /* lines for the user about internal snapshots and bitmaps that would be lost */
	/*
	 * "domain b names pool p, which libvirt does not have": domains with a volume whose file nobody knows, so that it may
	 * be an overlay on any layer that was there before
	 */
	struct strv lacking;
};
void layer_fates_clear(struct layer_fates *f);
#define _cleanup_fates_ _cleanup_(layer_fates_clear)

/*
 * *ret: what can be merged and removed in the trees now, after a search for users that are not on record; nothing is
 * locked or changed.
 */
int layers_foresee(struct session *s, const struct layer_trees *of, struct layer_fates *ret,
	struct vxe_error *err) _must_check_;
/*
 * Fails with VXE_INTERNAL_SNAPSHOTS(file, snapshots) if internal snapshots would be lost with files that are removed
 * from the trees; with force=true reports them instead. Images without internal snapshots are looked at again before
 * the operation of @p (may be NULL) commits.
 */
int layers_check_lost(struct session *s, const struct layer_trees *of, struct plan *p,
	struct vxe_error *err) _must_check_;
/*
 * *ret: the bytes that become free when the objects of @of->dropped, which are of snapshots and name the layers
 * @of->seeds, are deleted, besides those that become free anyway. Does not search for users that are not on record. In a
 * list (reader_begin()) the trees are read once, for all of its snapshots.
 */
int layers_free(struct session *s, const struct layer_trees *of, int64_t *ret,
	struct vxe_error *err) _must_check_;
/*
 * Merges the layers that the user asks for, and what else can be merged in the trees of @seeds. If one that the user
 * asks for cannot be merged, fails and leaves the rest as it is: VXE_LAYER_STAYS(file, reason), or the error of the
 * merge.
 */
int layers_merge(struct session *s, const struct strv *seeds, const struct merge_ask *ask,
	struct vxe_error *err) _must_check_;

/* What coalesce() has done. */
struct coalesce_result {
	int merged, removed, waiting; /* numbers of layers */
	int64_t bytes;		      /* bytes that were freed */
};
/*
 * After a command's own work, merges and removes what can be in the trees of @seeds: a failure is logged and does not
 * fail the command. @waits gets a line for each layer that has to wait; NULL: if the user has ended the merges, a
 * notice says that layers are left.
 */
void coalesce_quietly(struct session *s, const struct strv *seeds, struct strv *waits);

/*
 * Runs an operation as op_run() does, then merges and removes what can be in the trees of plan.freed; a dry run shows
 * both, by the plan that would be run. @then (may be NULL) is called between the two.
 */
int op_run_freeing(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	void (*then)(struct session *s, void *ctx), struct vxe_error *err) _must_check_;
/*
 * Runs an operation as op_run() does, if its planner asks depth_check_limit(): if a disk has too many layers
 * (reports.deep), merges what can be merged in its chain, and runs the operation again.
 */
int op_run_merging(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	struct vxe_error *err) _must_check_;

/*
 * Finishes or undoes every operation whose process has died, then merges and removes the layers that nothing needs, in
 * the SR @sr (NULL: in all). @waits (may be NULL) gets "FILE (why)" for each layer that has to wait.
 */
int sr_coalesce(struct session *s, const char *sr, struct coalesce_result *ret, struct strv *waits,
	struct vxe_error *err) _must_check_;

/* ---- the engine ------------------------------------------------------------------------------------ */

/* The callbacks (op_disks) by which the engine of operations asks about disks; objects/registry.c passes them on. */
extern const struct op_disks disk_answers;
/*
 * The operations that change layers. vdi-merge is a coalesce-commit for which the user asks;
 * objects/storage/vdi_flatten.c makes the plan of vdi-flatten.
 */
extern const struct op_type coalesce_commit_op, coalesce_pull_op, vdi_merge_op, vdi_flatten_op;
/* Names of plan members, by which the plan of vdi-flatten tells its steps what to do: */
#define FLATTEN_SOURCE "source"
#define FLATTEN_SOURCE_FORMAT "source-format"
#define FLATTEN_FROZEN "frozen"
#define FLATTEN_KEPT "kept"
#define FLATTEN_SPEED "speed"

/* ---- images ------------------------------------------------------------------------------------ */

/*
 * Functions on the image file of a disk, by its handle from content_of(), for code above objects/disks, which reads
 * images only here and neither writes to them nor knows where they lie. Unless something else is said, functions return
 * 0, or -1 with VXE_IMAGE_FAILED(place, message); formats are those on record ("raw", "qcow2"), and are never probed.
 */
/* Reads what the file system says of an image. It is no failure if there is no file. */
int disk_file_stat(struct content *c, struct content_stat *ret, struct vxe_error *err) _must_check_;
/* *ret: the virtual size of an image, as a guest sees it, in bytes; also of a "vpc" image, which an import reads. */
int disk_file_size(
	struct content *c, const char *format, int64_t *ret, struct vxe_error *err) _must_check_;
/*
 * Reads the header of a qcow2 image into a struct that the caller clears. Returns 1: read, 0: it is no qcow2 image,
 * -1: failure.
 */
int disk_file_header(
	struct content *c, struct content_header *ret, struct vxe_error *err) _must_check_;
/*
 * Reads the list of an image's internal snapshots, which the caller clears; with @key only the snapshot with this key.
 * Returns 1; 0: not a qcow2 image; -1: failure, also when the image has no snapshot with @key any more.
 */
int disk_file_snapshots(struct content *c, const char *key, struct content_snapshots *ret,
	struct vxe_error *err) _must_check_;
/* Refuses an image that vxe cannot use for the purpose @what; content.h lists the errors. Raw images pass. */
int disk_file_vet(struct content *c, const char *format, enum content_vet what,
	struct vxe_error *err) _must_check_;
/* *ret: a process has the image open for writing, so that its content may not be in the file yet. */
int disk_file_is_written(struct content *c, bool *ret, struct vxe_error *err) _must_check_;

struct image_source {
	/* the image to read, possibly /proc/self/fd/N of an open file; the files below it are read, too */
	struct content *of;
	const char *format; /* "raw", "qcow2", "vpc" */
	/*
	 * Key of the internal snapshot (content_snapshots()) whose content is measured or written. NULL: the content of the
	 * image itself.
	 */
	const char *snapshot;
	/* file descriptor N if @of is /proc/self/fd/N, inherited by the child process; -1: it is not */
	int fd;
	/* QEMU's lock keeps others from opening the image for writing during the work */
	bool alone;
	/* for merges: the caller keeps others from opening the image, with content_hold() */
	bool held;
	int64_t speed; /* speed limit of writing in bytes per second; 0: none */
	/* path of the file whose owner, permissions and ACL a new image gets; NULL: it is its maker's alone */
	const char *like;
	mode_t old_mode; /* mode of that file before it was frozen; 0: not known */
	/* Called during the work on the image; if it returns true, the work ends with TASK_CANCELLED. May be NULL. */
	bool (*cancelled)(void *ctx);
	/* Called after @cancelled with the number of bytes written so far. May be NULL. */
	void (*progress)(void *ctx, int64_t done);
	void *ctx;
};
/* The disk space that a qcow2 image with the source's content takes at most. */
int image_measure(
	const struct image_source *from, int64_t *ret, struct vxe_error *err) _must_check_;
/* Empties the open file and writes the source's content into it, with holes; the caller syncs it. */
int image_write_to(const struct image_source *from, int fd, const char *format,
	struct vxe_error *err) _must_check_;
/* True if the image itself has an allocated cluster (data, zero or discard), so that somebody has written to it. */
int image_touched(
	struct content *c, const char *format, bool *ret, struct vxe_error *err) _must_check_;

/* ---- acts -------------------------------------------------------------------------------------- */

/*
 * Acts on disks, of which operations make their steps: { "switch", DISK(SWITCH), true }. Each act has its functions and
 * its data in the plan in objects/disks, and nothing outside names these. The plan says what an act works on: the
 * plan's disks (objects/engine/plan.h) and its domain. Acts after the commit point, and all undos, can be repeated; an
 * act that makes a file refuses one that exists. A step of an operation that does more than one act calls
 * DISK(SWITCH)->run(op, err) from a function of its own.
 */
enum disk_act {
	/*
	 * Makes the plan's new, empty images and overlays, and checks that those which the user has made are still
	 * empty. Under a running guest, asks first whether the files below can be frozen. The undo removes the new
	 * files, but leaves those which the user has made; if one is named, open or written to, it fails and the intent
	 * stays.
	 */
	DISK_MAKE_OVERLAYS,
	/*
	 * Makes the plan's new, empty images, which a later step fills, and the overlays on them. The undo removes
	 * these files even if they were written to, because nobody else uses them yet.
	 */
	DISK_MAKE_TO_FILL,
	/* Makes the new image that plan_image() has planned; the undo removes it. */
	DISK_MAKE_IMAGE,
	/*
	 * Copies the content of each of the plan's disks that has a source (old_path) and no backing file into its new
	 * file.
	 */
	DISK_COPY,
	/*
	 * Grows the image of the plan's first disk to its new virtual size: with qemu-img, or in the QEMU that has the
	 * image open. The operation is committed when the image has that size.
	 */
	DISK_GROW_IMAGE,
	/*
	 * Fails if a process writes to an image although libvirt does not run the VM, or has no domain of it. Takes
	 * the write bits of old_path of each of the plan's disks with plan_disk.freeze, and repairs the dirty images
	 * that get a layer on top, except one that a guest has open. The undo gives the old modes back.
	 */
	DISK_FREEZE,
	/*
	 * Takes the write bits of images that this operation has made: of the plan's disks with plan_disk.freeze, whose
	 * old_path is new_path. Also checks and repairs the images below the plan's overlays, as DISK_FREEZE does. No
	 * undo, because the undo of DISK_MAKE_TO_FILL removes the images.
	 */
	DISK_FREEZE_MADE,
	/*
	 * Does what DISK_FREEZE does, before the new definition is set, but only if the plan does not switch a running
	 * guest (plan.running). The undo gives the old modes back in any case: a power cut may lose the switch after
	 * DISK_FREEZE_WITH_BELOW has taken the write bits.
	 */
	DISK_FREEZE_HALTED,
	/*
	 * After the commit point, whether the VM runs or not: takes the write bits of the plan's old layers, as
	 * DISK_FREEZE does, and of other programs' layers below them, whose modes it notes in their records first. If
	 * no disk moves (the VM is Suspended), only those of other programs' layers in and below plan.nodes. No undo:
	 * the modes that were noted stay, and so do the layers without write bits.
	 */
	DISK_FREEZE_WITH_BELOW,
	/*
	 * Moves the running guest (plan.running) to the new files of the plan's disks, and saves its memory if the plan
	 * has a memory image; or defines a halted domain as DISK_DEFINE does. Does nothing if the plan has neither a
	 * disk nor a memory image, or no domain. If libvirt refuses, a guest that it has left paused is made to go on.
	 * The undo defines the halted domain with its old files; a guest that has moved is not moved back.
	 */
	DISK_SWITCH,
	/*
	 * Ends the guest after a snapshot that is to leave the VM halted (then=halt); no error if DISK_SWITCH has ended
	 * it. Does nothing in recovery: a guest that runs then was started since.
	 */
	DISK_HALT,
	/*
	 * Defines the domain again without the <backingStore> of the old files, which libvirt leaves in the definition
	 * when it moves a running guest.
	 */
	DISK_REDEFINE,
	/*
	 * Defines the plan's domain as xml_after, or, without xml_after, with the new files of the plan's disks. Fails
	 * with VXE_TRY_AGAIN if the VM was started on its old files meanwhile, or an internal snapshot was made in a
	 * file that the operation leaves or freezes; then the old definition is put back. The undo defines xml_before
	 * again, or undefines a domain that had none; without xml_after, it gives the disks their old files. Does
	 * nothing without a domain.
	 */
	DISK_DEFINE,
	/*
	 * Patches the present inactive XML of the plan's domain: its disks get the new files; the undo gives them the
	 * old ones.
	 */
	DISK_DEFINE_DISKS,
	/*
	 * Defines the plan's domain as xml_after, or, without xml_after, undefines it and keeps its UEFI variables and
	 * TPM state. Fails with VXE_TRY_AGAIN(vm) if the domain runs before or after that: a VM that was started
	 * meanwhile runs on its old disks, and would disappear when its guest stops; so it gets xml_before back.
	 */
	DISK_DEFINE_HALTED,
	/*
	 * Replaces old_path by new_path in the definitions of all other domains that vdi_move() has put into the plan.
	 */
	DISK_DEFINE_OTHERS,
	/*
	 * Lets the plan's paused guest go on, also one whose QEMU opens frozen layers for writing again: it is a writer of them
	 * since an active commit into each was given up (docs/beside-virsh.md, "Jobs that go on"). Their files have a write bit
	 * for the moment.
	 */
	DISK_UNPAUSE,
	/*
	 * After a checkpoint that has failed, or whose vxe has died: does what DISK_UNPAUSE does if libvirt has paused the guest
	 * for its memory and could not let it go on. Does nothing if somebody has paused it. Says so (ui.notice) if the
	 * guest cannot go on. In recovery also takes the write bits that a vxe which died meanwhile has left.
	 */
	DISK_WAKE,
	/* Ends a running guest at once; no error if none runs. No undo: the guest stays off. */
	DISK_STOP,
	/*
	 * Undefines the plan's domain; if the plan has "drop-state", its UEFI variables and TPM state are removed, too.
	 */
	DISK_UNDEFINE,
	DISK_ACTS,
};

extern const struct step_act disk_acts[DISK_ACTS];
#define DISK(act_) (&disk_acts[DISK_##act_])
