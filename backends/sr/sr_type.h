/* SPDX-License-Identifier: MIT */
/*
 * The types of SRs (xe's type=). Each type has a file of its own; sr_type.c has the list. Code that
 * depends on what an SR can do asks the members here and never compares the type's name.
 */
#pragma once

#include "backends/hv/hv.h"

/* Where the storage of an SR is, by the SR's device-config. */
struct sr_place {
	/* folder with the images; it is a mount point if @device or @host is set */
	char *path;
	char *device;		/* block device whose file system is mounted; NULL: none */
	char *host, *folder;	/* server and folder of an NFS export; NULL: none */
	char *pool_name, *uuid; /* name and UUID of libvirt's pool */
};
void sr_place_clear(struct sr_place *p);
#define _cleanup_sr_place_ _cleanup_(sr_place_clear)

enum sr_content {
	SR_DISKS,   /* images that vxe makes and writes, and on which overlays may be put */
	SR_CDS,	    /* CD images, which are only read; their folder may be read-only */
	SR_DEVICES, /* block devices of the host, which vxe neither makes nor searches for */
};

/* A key that the device-config of sr-create must have for an SR of a certain type. */
struct sr_key {
	const char *name, *doc;
};

struct sr_type {
	const char *name; /* xe's word for the type */
	/* another word for the type that sr-create accepts; NULL: none */
	const char *other_name;
	/* label and description of the type's SM object; the label is NULL if sr-create cannot make such an SR */
	const char *label, *description;
	const struct sr_key keys[2]; /* keys of its device-config */
	const char *formats;	     /* formats of the SR's images, separated by blanks */
	enum sr_content content;
	const char *content_type; /* content-type of an SR that vxe has found, not made */
	const char *found_label;  /* label of an SR that vxe has found; its folder is appended */
	const char *pool;	  /* libvirt's type of the SR's storage pool; NULL: no pool */
	/*
	 * Reads a device-config into @ret; @mount is the folder in which mount points are made. Fails with
	 * CLI_PARAM_MISSING for a missing key, INVALID_VALUE for a bad path.
	 */
	int (*read_config)(const struct map *config, const char *mount, struct sr_place *ret,
		struct vxe_error *err);
	/* Refuses storage that has other data; called before make(). NULL: any storage is accepted. */
	int (*check_place)(const struct sr_place *place, struct vxe_error *err);
	/*
	 * Makes on the storage what must exist before the libvirt pool is started; unmake() removes that again. NULL:
	 * nothing is needed.
	 */
	int (*make)(const struct sr_place *place, const char *sr, struct vxe_error *err);
	/* Undoes make(). *left: the storage still has something that may be somebody else's data. */
	int (*unmake)(
		const struct sr_place *place, const char *sr, bool *left, struct vxe_error *err);
	/* The format of the image in a file of that name; NULL: such a file is no image. */
	const char *(*image_format)(const char *name);
	/*
	 * Adds to @names the images of an SR that are not files of its folder @path (the folder exists nevertheless,
	 * for the marker file and for memory images). NULL: all images are files of the folder. Fails:
	 * VXE_IMAGE_FAILED(path, reason).
	 */
	int (*list)(const char *path, struct strv *names, struct vxe_error *err);
};

/* All types of SRs, sorted by name, ended by NULL. */
extern const struct sr_type *const sr_types[];
/*
 * An additional SR type at the end of the list, which only test programs define; in vxe the address of this weak
 * symbol is NULL.
 */
extern const struct sr_type sr_type_more __attribute__((weak));
/*
 * The SR type of this name ("nfs"). An unknown name, which another version of vxe has recorded, gives the type for
 * files in a folder.
 */
const struct sr_type *sr_type_of(const char *name);
/*
 * The SR type that sr-create means by this word, either the type's name or its other name; NULL: sr-create cannot
 * make such an SR.
 */
const struct sr_type *sr_type_find(const char *word);
/*
 * The type of an SR that vxe adds for storage that exists already: for the folder of a domain's disk, or for a
 * libvirt pool.
 */
const struct sr_type *sr_type_found(enum sr_content content, const struct hv_pool *pool);
/* True if an SR with this content-type has CDs. */
bool sr_content_is_cds(const char *content_type);

/* The path of the image with this name in the SR with this folder; owned. */
char *sr_place_in(const char *folder, const char *name);
/* True if a device or an export must be mounted for the SR. */
static inline bool sr_place_is_mounted(const struct sr_place *p)
{
	return p->device || p->host;
}
/*
 * Makes the SR's mount point, and defines and starts the libvirt storage pool by which other programs see the SR. May
 * be called again when all this exists.
 */
int sr_attach(struct hv *hv, const struct sr_place *place, struct vxe_error *err) _must_check_;
