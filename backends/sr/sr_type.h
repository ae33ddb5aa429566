/* SPDX-License-Identifier: MIT */
/*
 * The types of SRs: what xe's word in type= means. One file beside this for each type; the list is
 * in sr_type.c. Whoever asks what an SR can do asks the members here, never the word.
 */
#pragma once

#include "backends/hv/hv.h"

/* Where a device-config says that the storage is. */
struct sr_place {
	char *path;   /* the folder with the images; below @mount where something is mounted */
	char *device; /* a block device with a file system; NULL: none */
	char *host, *folder;	/* an NFS export; NULL: none */
	char *pool_name, *uuid; /* of libvirt's pool */
};
void sr_place_clear(struct sr_place *p);
#define _cleanup_sr_place_ _cleanup_(sr_place_clear)

enum sr_content {
	SR_DISKS,   /* images that vxe makes and writes: overlays can stand on them */
	SR_CDS,	    /* images that are only read; nobody need be allowed to write there */
	SR_DEVICES, /* block devices of the host: none can be made, and none is looked for */
};

/* A key of device-config; all are required. */
struct sr_key {
	const char *name, *doc;
};

struct sr_type {
	const char *name;	/* xe's word */
	const char *other_name; /* another word for sr-create; NULL: none */
	const char *label,
		*description;	     /* of its SM object; label NULL: sr-create cannot make it */
	const struct sr_key keys[2]; /* of device-config */
	const char *formats;	     /* of images, separated by blanks */
	enum sr_content content;
	const char *content_type; /* of an SR that is found, not made */
	const char *found_label;  /* its label, which the folder follows */
	const char *pool;	  /* libvirt's type of such a pool; NULL: there is none */
	/*
	 * Reads a device-config; @mount is the folder for what has to be mounted. CLI_PARAM_MISSING for a
	 * key that is not there, INVALID_VALUE for a path that is no path.
	 */
	int (*read_config)(const struct map *config, const char *mount, struct sr_place *ret,
		struct vxe_error *err);
	/* Refuses a place that holds something else, before make(); NULL: every place will do. */
	int (*check_place)(const struct sr_place *place, struct vxe_error *err);
	/* Makes what has to be there before the pool starts, and removes it again. NULL: nothing. */
	int (*make)(const struct sr_place *place, const char *sr, struct vxe_error *err);
	/* *left: something is on the place that nobody can tell from the data of others. */
	int (*unmake)(
		const struct sr_place *place, const char *sr, bool *left, struct vxe_error *err);
	/* The format of the image of that file name; NULL: it is no image. */
	const char *(*image_format)(const char *name);
	/* Free bytes for images below the folder. */
	int (*room_left)(const char *path, int64_t *ret, struct vxe_error *err);
};

/* All types, closed by NULL, in the order of their names. */
extern const struct sr_type *const sr_types[];
/* By xe's word. One that this version does not know is a folder with files. */
const struct sr_type *sr_type_of(const char *name);
/* By a word for sr-create, which may be the other name; NULL: sr-create cannot make it. */
const struct sr_type *sr_type_find(const char *word);
/* The type that an SR gets which is found, not made: around what a domain uses, or around a pool. */
const struct sr_type *sr_type_found(enum sr_content content, const struct hv_pool *pool);
/* Whether an SR of that content-type holds CDs. */
bool sr_content_is_cds(const char *content_type);

/* Something is mounted for it: a device or an export, not a folder of this machine. */
static inline bool sr_place_is_mounted(const struct sr_place *p)
{
	return p->device || p->host;
}
/* The pool of libvirt by which other tools see the place; makes the mount point. Once is enough. */
int sr_attach(struct hv *hv, const struct sr_place *place, struct vxe_error *err) _must_check_;
/* Stops the pool, which unmounts; @forget: its definition goes, too. */
int sr_detach(
	struct hv *hv, const char *pool_name, bool forget, struct vxe_error *err) _must_check_;
