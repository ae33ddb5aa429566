/* SPDX-License-Identifier: MIT */
/*
 * Disks: who uses a file, layers of disks and what becomes of them, and the images in which they lie. This is all that the
 * rooms above know of this room (docs/adr/0008-disks.md); what a function returns in a pointer belongs to the caller unless
 * it says otherwise.
 */
#pragma once

#include "backends/content/content.h"
#include "objects/classes/storage/node.h"
#include "objects/classes/storage/sr.h"
#include "objects/classes/storage/vdi.h"
#include "objects/engine/op.h"

/* ---- who uses a file ------------------------------------------------------------------------------- */

/*
 * Who uses a file: the domains whose definitions or live state name it, and the images whose headers
 * name it, anywhere: in the folders of all SRs and active pools, beside the file, and in the chains
 * of all domains' disks. Users are on record or not; files are compared by identity.
 *
 * A search finds out anew what has changed since the last one, in this process or another
 * (docs/adr/0005-users-of-files.md): a file that libvirt or QEMU has written since is read again, and
 * nothing else is. Where that cannot be told, everything is read.
 */
struct file_user {
	char *domain; /* UUID of the domain that uses the file; NULL: an image uses it */
	char *name;   /* name of the domain, or absolute path of the image */
	size_t file;  /* index of the used file in the list of paths */
};

struct file_users {
	size_t n;
	struct file_user *items;
};
void file_users_clear(struct file_users *u);
#define _cleanup_users_ _cleanup_(file_users_clear)

/*
 * Looks for the users of the files at @paths (absolute; others are left out), for the last check before
 * one of the files is written or removed.
 */
int users_look(struct session *s, const struct strv *paths, struct file_users *ret,
	struct vxe_error *err) _must_check_;
/*
 * At the end of a command, when its output is written: notes for the next command what this one has changed. May search
 * libvirt's files and wait for some milliseconds (docs/adr/0005-users-of-files.md).
 */
void users_settle(struct session *s);

/* Called for every user; its error ends the search. */
typedef int stranger_fn(void *ctx, const char *path, const char *user, struct vxe_error *err);
/*
 * Searches for users of the files at @paths that are not in @known (absolute paths of files, UUIDs
 * of domains that may use them): in the XML of all domains, live and inactive, and in the headers
 * in the directories of all SRs and active pools and of the files themselves. Without @fn the first is
 * VXE_DEPENDENTS(file, user).
 */
int strangers_find(struct session *s, const struct strv *paths, const struct strv *known,
	stranger_fn *fn, void *ctx, struct vxe_error *err) _must_check_;
/*
 * Domains with a disk on the file, in the live or the inactive XML: halted ones in @ret, others in
 * @running. VXE_DEPENDENTS if no <disk> of one names the file, but it is there to write to.
 */
int domains_on(struct session *s, const char *path, const char *except, struct strv *ret,
	struct strv *running, struct vxe_error *err) _must_check_;

/* A domain that writes to a file, because one of its disks is the file and is not read-only. */
struct leaf {
	const struct hv_domain
		*domain; /* in the session's listing; NULL: no domain writes to the file */
	bool live;	 /* the live definition says so */
};

/*
 * A domain that has the file as a writable disk; ret->domain NULL: none. For the domain @except (may be
 * NULL) only its live definition counts. Borrowed, valid as long as the listing.
 */
int leaf_find(struct session *s, const char *path, const char *except, struct leaf *ret,
	struct vxe_error *err) _must_check_;
/* Reads the definitions of all domains, as preparation for questions about many files. */
int leaf_load(struct session *s, struct vxe_error *err) _must_check_;

/*
 * The layer in the file at this absolute path, by the identity of the file: several paths may lead to one. NULL with return
 * 0 when no record has it.
 */
int node_by_path(struct session *s, struct txn *t, const char *path, struct node **ret,
	struct vxe_error *err) _must_check_;
/*
 * Every layer in each of the files, those of the n-th in the n-th of @rets: more than one only in a store written by an
 * older vxe.
 */
int nodes_of_files(struct session *s, struct txn *t, const struct strv *paths, struct strv *rets,
	struct vxe_error *err) _must_check_;
/* Remembers a layer that @t is about to put, so that later questions in the same transaction find it. */
void places_note(struct session *s, const char *path, const char *node);

/* ---- to read a disk, and to put a layer on it ------------------------------------------------------ */

/*
 * For callers that read the layer's content or build on it: asks for shared locks on its whole
 * chain. Fails with VXE_LAYER_WRITTEN(file, domain) when a domain, other than the plan's own halted one, has a frozen
 * layer as a writable disk, and else with VXE_LAYER_CHANGED(file, found) when one has changed since it was frozen. With
 * force=true only reports that (ui.notice). Layers without a fingerprint get one with the plan's
 * result.
 */
int node_use_chain(struct session *s, struct txn *t, const char *uuid, struct plan *p,
	struct vxe_error *err) _must_check_;
/*
 * Checks that every layer of @vdi's content from @top down exists and stays; *@layers is their
 * number. Fails: VDI_NOT_AVAILABLE (a file is missing, named in the note), VXE_TRY_AGAIN (one is
 * being removed; a waiting merge further down does not matter).
 */
int chain_check(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *top,
	size_t *layers, struct vxe_error *err) _must_check_;

/* Where a new layer lies. */
struct overlay_place {
	const struct sr *sr; /* an SR that takes disks */
	const struct node *
		given; /* a layer that the user has prepared, on record already; NULL: vxe makes the file */
	const char *path; /* path of @given */
};
/*
 * Plans a new layer on top of @base for @vdi at the place @at (NULL: a new file in overlay_sr()): fills in the
 * disk's new_* and backing members, adds shared locks on the chain to @p, and returns the record. Fails:
 * VDI_NOT_AVAILABLE (a file is missing), VXE_LAYER_CHANGED, SR_BACKEND_FAILURE_109, VXE_FOREIGN_IMAGE,
 * OPERATION_NOT_ALLOWED (the SR is shared, that of @base is not); of a given layer as overlay_check_given().
 */
int plan_overlay(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *base,
	const struct overlay_place *at, struct plan_disk *disk, struct node **ret, struct plan *p,
	struct vxe_error *err) _must_check_;

/* A file that is frozen because an overlay is put on it. */
struct frozen_layer {
	const struct vdi *vdi;	 /* the VDI whose content the file is */
	const struct node *node; /* layer of the file */
	const char *path;	 /* path of the file */
	const char *target;	 /* name of the disk in the plan's domain; NULL: no domain has it */
	const struct overlay_place *at; /* place of the overlay, as of plan_overlay() */
	bool guard; /* the overlay is the guard of a suspended VM's disk: the VDI keeps its layer */
};
/*
 * The VDI goes on in a new overlay, and the file is frozen: adds the disk to the plan, as its last one, both layers' records
 * and vdi_move()'s changes.
 * *@size (may be NULL): the virtual size of the file, which somebody else may have resized; the VDI gets
 * it. Fails as plan_overlay() and vdi_move() do, and with VXE_INTERNAL_SNAPSHOTS when freezing would endanger internal
 * snapshots: those of the file, and those of other programs' layers below (loss_check()).
 */
int plan_frozen_layer(struct session *s, struct txn *t, const struct frozen_layer *f,
	struct plan *p, int64_t *size, struct vxe_error *err) _must_check_;

/*
 * Plans a new file for the plan's next disk: puts the layer's record and the members for
 * DISK(MAKE_IMAGE) into the plan. @source NULL: an empty image.
 */
struct image_plan {
	const struct sr *sr;
	const char *format; /* "qcow2" or "raw" */
	int64_t size;
	const char *source, *source_format;
	int fd; /* descriptor N if the source is /proc/self/fd/N; -1: it is not */
};
/*
 * Plans a new image and returns its layer, which is in the plan, too; the caller owns the copy. Fails:
 * SR_NOT_ATTACHED.
 */
int plan_image(struct session *s, struct plan *p, const struct image_plan *i, struct node **ret,
	struct vxe_error *err) _must_check_;

/*
 * Takes the write bits of a layer whose use another program has changed (*mode: its mode before), or gives it *mode.
 */
int layer_set_mode(struct session *s, const char *path, bool freeze, int64_t *mode,
	struct vxe_error *err) _must_check_;
/* Makes the header of a layer, which nobody has open, name @base (NULL: none) in that format. */
int layer_set_base(struct session *s, const char *path, const char *base, const char *format,
	struct vxe_error *err) _must_check_;

/* ---- what would be lost ---------------------------------------------------------------------------- */

enum loss {
	LOSS_FROZEN, /* the layer is about to be frozen */
	LOSS_GONE,   /* the layer is about to be left or removed */
	LOSS_LAST, /* as LOSS_GONE, if only one VDI names the layer and vxe has made it; other layers stay */
};
/*
 * VXE_INTERNAL_SNAPSHOTS(file, snapshots) when the layer has any; with force=true reports them
 * instead (ui.notice, once), and the layer may be removed. When it has none, the operation of @p (may be NULL) looks
 * again before it commits. A layer that is not on record loses nothing.
 */
int loss_check(struct session *s, struct txn *t, const char *node, enum loss how, struct plan *p,
	struct vxe_error *err) _must_check_;
/*
 * The names and times of its internal snapshots as text; NULL: none, or it is no image. An unreadable table counts as
 * one snapshot.
 */
int node_internal(const struct session *s, const struct node *n, const char *path, char **ret,
	struct vxe_error *err) _must_check_;

/* ---- to move a disk -------------------------------------------------------------------------------- */

/*
 * The only function that moves a VDI to another layer's file: plans the record's change, and adds to
 * the plan every domain beside p->domain whose definition names the old file; DISK(DEFINE_OTHERS)
 * patches them by the plan's disks (old_path, new_path), which the caller adds. VDI_IN_USE(vdi,
 * operation) when one of those domains runs; as vbd_check_once().
 */
int vdi_move(struct session *s, struct txn *t, const struct vdi *vdi, const struct node *to,
	struct plan *p, struct vxe_error *err) _must_check_;
/* The plan's member with the UUIDs of those domains. */
#define PLAN_OTHERS "other-domains"
/*
 * When libvirt moves a disk of a running guest to another layer, it drops from the definition how much of the tables
 * QEMU may cache (<metadata_cache>). So the plan's disks keep it as @defined says, the definition, which is read if that
 * is NULL. Does nothing for a guest that is off.
 */
int switch_keep_caches(struct session *s, struct plan *p, const struct domain_spec *defined,
	struct vxe_error *err) _must_check_;

/* ---- merges ---------------------------------------------------------------------------------------- */

/* Merges that the user asks for (vdi-merge), also of layers that vxe did not make. */
struct merge_ask {
	const char *vdi;	   /* UUID of the disk */
	const struct strv *layers; /* layers that are to be merged into the layer below each */
	bool all;      /* if one of them has to stay, nothing is done and that is an error */
	int64_t speed; /* speed limit in bytes per second; 0: none */
};

/* A question about trees of layers, as they are now or will be after a plan. */
struct layer_trees {
	const struct strv *seeds; /* layers: the trees to which they belong; NULL: all trees */
	/*
	 * The VDIs, VBDs and VMs that are deleted by then; what goes with them may lose internal snapshots.
	 * NULL: the trees are as now.
	 */
	const struct strv *dropped;
	const struct merge_ask *ask; /* the layers that the user wants to be merged; NULL: none */
};

/* What merges would do with a layer. */
struct layer_fate {
	char *node; /* UUID of the layer */
	char *file; /* path of the layer */
	char *text; /* line for the user: "merge: FILE into FILE (N bytes)", "later: FILE (why)" */
	/* "FILE (why)", if that has not been done yet; NULL: the file stays, and nothing is to be done */
	char *waits;
	char *stays; /* why a layer that the user asks for is not merged; NULL: it is, or nobody asks for it */
	char *into; /* file that gets the content of a layer that the user asks for; NULL: none does */
	int64_t growth; /* bytes by which the file @into grows at most */
};
/* The layers, in the order in which merges would come to them. */
struct layer_fates {
	size_t n;
	struct layer_fate *items;
	struct strv lost; /* lines for the user about internal snapshots that would be lost */
};
void layer_fates_clear(struct layer_fates *f);
#define _cleanup_fates_ _cleanup_(layer_fates_clear)

/*
 * What can be merged and removed in the trees by now, including a search for users that are not on record; nothing is
 * locked or changed.
 */
int layers_foresee(struct session *s, const struct layer_trees *of, struct layer_fates *ret,
	struct vxe_error *err) _must_check_;
/*
 * VXE_INTERNAL_SNAPSHOTS(file, snapshots) if some would be lost with the files that go; with force=true reports them
 * instead. The operation of @p (may be NULL) looks again before it commits at those that have none.
 */
int layers_check_lost(struct session *s, const struct layer_trees *of, struct plan *p,
	struct vxe_error *err) _must_check_;
/*
 * The bytes that become free when @of->dropped has gone, besides those that become free anyway. Searches for no
 * unknown users.
 */
int layers_free(struct session *s, const struct layer_trees *of, int64_t *ret,
	struct vxe_error *err) _must_check_;
/*
 * Merges what the user asks for, and what is possible beside it. A failure of that is one of this function, and the rest
 * stays: VXE_LAYER_STAYS(file, reason), and those of the operation of a merge.
 */
int layers_merge(struct session *s, const struct strv *seeds, const struct merge_ask *ask,
	struct vxe_error *err) _must_check_;

/* What coalesce() has done. */
struct coalesce_result {
	int merged, removed, waiting; /* numbers of layers */
	int64_t bytes;		      /* bytes that were freed */
};
/*
 * Merges and removes what can be after a command's own work: a failure is logged and does not fail the command. @waits
 * gets a line for each layer that has to wait; NULL: a notice says where the user has ended it.
 */
void coalesce_quietly(struct session *s, const struct strv *seeds, struct strv *waits);

/*
 * As op_run(), and merges and removes what can be in the trees of plan.freed: the list that a dry run shows is that of the
 * plan that was run. @then (may be NULL) is called between the two.
 */
int op_run_freeing(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	void (*then)(struct session *s, void *ctx), struct vxe_error *err) _must_check_;
/*
 * As op_run(), for an operation whose planner asks depth_check_limit(): if a disk has too many layers (reports.deep), merges
 * what can be merged there, and runs it again.
 */
int op_run_merging(struct session *s, const struct op_type *type, plan_fn *plan, void *ctx,
	struct vxe_error *err) _must_check_;

/*
 * Recovers every intent whose owner is dead, then merges and removes what nothing needs. @sr NULL:
 * all. @waits (may be NULL) gets for each waiting layer: "FILE (why)".
 */
int sr_coalesce(struct session *s, const char *sr, struct coalesce_result *ret, struct strv *waits,
	struct vxe_error *err) _must_check_;

/* ---- the engine ------------------------------------------------------------------------------------ */

/* The answers to the questions of the engine (op_disks); objects/registry.c passes them on. */
extern const struct op_disks disk_answers;
/*
 * vdi-merge is a coalesce-commit for which the user asks; objects/storage/vdi_flatten.c makes the plan of
 * vdi-flatten.
 */
extern const struct op_type coalesce_commit_op, coalesce_pull_op, vdi_merge_op, vdi_flatten_op;
/* Members by which the plan of vdi-flatten tells its steps what to do: */
#define FLATTEN_SOURCE "source"
#define FLATTEN_SOURCE_FORMAT "source-format"
#define FLATTEN_FROZEN "frozen"
#define FLATTEN_KEPT "kept"
#define FLATTEN_SPEED "speed"

/* ---- images ------------------------------------------------------------------------------------ */

/*
 * What may be asked of the file of a disk, whose handle content_of() gives. Rooms above this one ask here: what writes to
 * a file, or knows where it lies, stays below. Unless something else is said, functions return 0, or -1 with
 * VXE_IMAGE_FAILED(place, message); formats are those on record ("raw", "qcow2"), and are never probed.
 */
/* What the file system says of the image. It is no failure if nothing lies there. */
int disk_file_stat(struct content *c, struct content_stat *ret, struct vxe_error *err) _must_check_;
/* The size that a guest sees, in bytes; also of a "vpc" image, which an import reads. */
int disk_file_size(
	struct content *c, const char *format, int64_t *ret, struct vxe_error *err) _must_check_;
/*
 * Reads the header of a qcow2 image into a struct that the caller clears. Returns 1: read, 0: it is no qcow2 image,
 * -1: failure.
 */
int disk_file_header(
	struct content *c, struct content_header *ret, struct vxe_error *err) _must_check_;
/*
 * The internal snapshots of the image, to be cleared; with @key only the one that has it. Returns 1; 0: not a qcow2 image;
 * -1, also when the image has no such snapshot any more.
 */
int disk_file_snapshots(struct content *c, const char *key, struct content_snapshots *ret,
	struct vxe_error *err) _must_check_;
/* Refuses an image with which vxe cannot do what @what says; content.h lists the errors. Raw images pass. */
int disk_file_vet(struct content *c, const char *format, enum content_vet what,
	struct vxe_error *err) _must_check_;
/* *ret: a process has the image open for writing, so that its content may not be in the file yet. */
int disk_file_is_written(struct content *c, bool *ret, struct vxe_error *err) _must_check_;

struct image_source {
	/* the image, possibly /proc/self/fd/N of an open file; the files below it are read, too */
	struct content *of;
	const char *format; /* "raw", "qcow2", "vpc" */
	/*
	 * Key of an internal snapshot (content_snapshots()), whose content is then measured. NULL: the image itself.
	 */
	const char *snapshot;
	int fd;	       /* descriptor N of such a name, which the child inherits; -1: none */
	bool alone;    /* QEMU's lock keeps others from opening the image for writing meanwhile */
	bool held;     /* for merges: the caller keeps others away with content_hold() */
	int64_t speed; /* speed limit of writing in bytes per second; 0: none */
	/* Called during the work; if it returns true, the work ends with TASK_CANCELLED. May be NULL. */
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
/* True if the image itself has an allocated cluster (data, zero or discard): somebody has written to it. */
int image_touched(
	struct content *c, const char *format, bool *ret, struct vxe_error *err) _must_check_;

/* ---- acts -------------------------------------------------------------------------------------- */

/*
 * What operations do with disks, as acts of which they make their steps: { "switch", DISK(SWITCH), true }. An act has its
 * functions and its data in the plan here; no other room names them. What an act works on is in the plan: its disks
 * (objects/engine/plan.h) and its domain. All can be repeated, but DISK_MAKE_IMAGE. A step of an operation that does
 * more calls DISK(SWITCH)->run(op, err) from a function of its own.
 */
enum disk_act {
	/*
	 * Makes the new, empty images and overlays; of those that the user has made it checks that they are empty still.
	 * Under a running guest, asks first whether the files below can be frozen. The undo removes what nobody uses.
	 */
	DISK_MAKE_OVERLAYS,
	/*
	 * As DISK_MAKE_OVERLAYS, for images that a later step fills: its undo removes them even if they were written
	 * to, because nobody else uses them yet.
	 */
	DISK_MAKE_TO_FILL,
	/* Makes the image of plan_image(). The step can be repeated, except for a copy of an open file. */
	DISK_MAKE_IMAGE,
	/* Copies each disk that has a source (old_path) and no backing file. */
	DISK_COPY,
	/*
	 * Grows the plan's first disk to its virtual size: with qemu-img, or in the QEMU that has it open. That
	 * size is the commit point.
	 */
	DISK_GROW_IMAGE,
	/* Takes the write bits of files that get a layer on top, and repairs them if nobody uses them. */
	DISK_FREEZE,
	/* As DISK_FREEZE, for images that the operation itself has made: there is nothing to undo. */
	DISK_FREEZE_MADE,
	/* As DISK_FREEZE, before the new definition, and only if the VM does not run. */
	DISK_FREEZE_HALTED,
	/*
	 * After the guest has moved: takes the write bits of the old layers, and of other programs' layers below
	 * them, whose modes it notes in their records first. There is nothing to undo: the guest has left them.
	 */
	DISK_FREEZE_SWITCHED,
	/*
	 * Moves the running guest to the new files, and saves its memory if the plan has a memory image; or defines
	 * the halted domain with them. If libvirt refuses, a guest that it has left paused is made to go on. The undo
	 * defines the halted domain with its old files; a guest that has moved is not moved back.
	 */
	DISK_SWITCH,
	/* For then=halt: ends the guest; no error if DISK_SWITCH has ended it. */
	DISK_HALT,
	/* Defines the domain without what libvirt leaves in its definition when a running guest moves: old <backingStore>. */
	DISK_REDEFINE,
	/* Defines xml_after, or the plan's disks; VXE_TRY_AGAIN if the VM was started on its old files meanwhile. */
	DISK_DEFINE,
	/* Patches the present inactive XML: the plan's disks get the new files; the undo gives them the old ones. */
	DISK_DEFINE_DISKS,
	/*
	 * Defines the plan's domain as xml_after, or undefines it where there is none, and keeps its state.
	 * VXE_TRY_AGAIN(vm) if it is up, before and after: a VM that was started meanwhile runs on its old
	 * disks, and would disappear when its guest stops; it gets xml_before back.
	 */
	DISK_DEFINE_HALTED,
	/* Replaces old_path by new_path in all other domains that vdi_move() has put into the plan. */
	DISK_DEFINE_OTHERS,
	/* Ends a running guest at once. */
	DISK_STOP,
	/* Undefines the domain; if the plan has "drop-state", its UEFI variables and TPM state are removed, too. */
	DISK_UNDEFINE,
	DISK_ACTS,
};

extern const struct step_act disk_acts[DISK_ACTS];
#define DISK(act_) (&disk_acts[DISK_##act_])
