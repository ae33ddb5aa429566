/* SPDX-License-Identifier: MIT */
/*
 * The types of SRs (xe's type=). Each type has a file of its own; sr_type.c has the list. Code that
 * depends on what an SR can do asks the members here and never compares the type's name.
 */
#pragma once

#include "backends/hv/hv.h"

/* Where the storage is, as a device-config says. */
struct sr_place {
	char *path;		/* folder with the images; below @mount if something is mounted */
	char *device;		/* block device with a file system; NULL: none */
	char *host, *folder;	/* server and folder of an NFS export; NULL: none */
	char *pool_name, *uuid; /* name and UUID of libvirt's pool */
};
void sr_place_clear(struct sr_place *p);
#define _cleanup_sr_place_ _cleanup_(sr_place_clear)

enum sr_content {
	SR_DISKS,   /* images that vxe makes and writes, and on which overlays may be put */
	SR_CDS,	    /* images that are only read, in a folder that may be read-only */
	SR_DEVICES, /* block devices of the host, which vxe neither makes nor searches for */
};

/* A key of device-config, which must be given. */
struct sr_key {
	const char *name, *doc;
};

struct sr_type {
	const char *name;	/* xe's word for the type */
	const char *other_name; /* another word that sr-create accepts; NULL: none */
	const char *label,
		/* label and description of its SM; the label is NULL if sr-create cannot make such an SR */
		*description;
	const struct sr_key keys[2]; /* keys of its device-config */
	const char *formats;	     /* formats of its images, separated by blanks */
	enum sr_content content;
	const char *content_type; /* content-type of an SR that vxe has found, not made */
	const char *found_label;  /* label of such an SR; its folder follows */
	const char *pool;	  /* libvirt's type of its pool; NULL: it has none */
	/*
	 * Reads a device-config; @mount is the folder for mount points. CLI_PARAM_MISSING for a missing key,
	 * INVALID_VALUE for a bad path.
	 */
	int (*read_config)(const struct map *config, const char *mount, struct sr_place *ret,
		struct vxe_error *err);
	/* Called before make(): refuses a place that has other data. NULL: every place is accepted. */
	int (*check_place)(const struct sr_place *place, struct vxe_error *err);
	/* Makes what the pool needs before it is started; unmake() removes it. NULL: nothing. */
	int (*make)(const struct sr_place *place, const char *sr, struct vxe_error *err);
	/* *left: the place has something that may be somebody else's data. */
	int (*unmake)(
		const struct sr_place *place, const char *sr, bool *left, struct vxe_error *err);
	/* The format of an image with that file name; NULL: it is no image. */
	const char *(*image_format)(const char *name);
	/*
	 * Adds the names of the images in it that are no files of its folder (a folder it has: for its marker, and for
	 * memory images). NULL: all are files. VXE_IMAGE_FAILED(path, reason).
	 */
	int (*list)(const char *path, struct strv *names, struct vxe_error *err);
};

/* All types, sorted by name, ended by NULL. */
extern const struct sr_type *const sr_types[];
/* One more type, the last, which vxe does not have: programs of tests are linked with one. */
extern const struct sr_type sr_type_more __attribute__((weak));
/* The type by xe's word. An unknown word, of another version, counts as a folder with files. */
const struct sr_type *sr_type_of(const char *name);
/* The type by a word of sr-create, which may be the other name; NULL: sr-create cannot make such an SR. */
const struct sr_type *sr_type_find(const char *word);
/* The type of an SR that vxe finds and does not make: around a domain's disk, or around a pool. */
const struct sr_type *sr_type_found(enum sr_content content, const struct hv_pool *pool);
/* True if an SR with this content-type has CDs. */
bool sr_content_is_cds(const char *content_type);

/* The place of the image with that name in the SR with this folder; owned. */
char *sr_place_in(const char *folder, const char *name);
/* True if a device or an export must be mounted for the SR. */
static inline bool sr_place_is_mounted(const struct sr_place *p)
{
	return p->device || p->host;
}
/*
 * Defines and starts the libvirt pool by which other tools see the place, and makes the mount point. It may be called
 * again.
 */
int sr_attach(struct hv *hv, const struct sr_place *place, struct vxe_error *err) _must_check_;
