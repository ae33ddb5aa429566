/* SPDX-License-Identifier: MIT */
/*
 * The types of SRs (xe's type=). Each type has a file of its own; sr_type.c has the list. Code that
 * depends on what an SR can do asks the members here and never compares the type's name.
 */
#pragma once

#include "backends/hv/hv.h"

/* The place of the storage, from a device-config. */
struct sr_place {
	char *path;	     /* the folder with the images; below @mount if something is mounted */
	char *device;	     /* a block device with a file system; NULL: none */
	char *host, *folder; /* an NFS export; NULL: none */
	char *pool_name, *uuid; /* of libvirt's pool */
};
void sr_place_clear(struct sr_place *p);
#define _cleanup_sr_place_ _cleanup_(sr_place_clear)

enum sr_content {
	SR_DISKS,   /* images that vxe makes and writes; overlays may be put on them */
	SR_CDS,	    /* images that are only read; the folder may be read-only */
	SR_DEVICES, /* block devices of the host: vxe makes none and looks for none */
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
	const char *content_type; /* of an SR that vxe found and did not make */
	const char *found_label;  /* its label, followed by the folder */
	const char *pool;	  /* libvirt's type of the pool; NULL: no pool */
	/*
	 * Reads a device-config; @mount is the folder for mount points. CLI_PARAM_MISSING for a
	 * missing key, INVALID_VALUE for a bad path.
	 */
	int (*read_config)(const struct map *config, const char *mount, struct sr_place *ret,
		struct vxe_error *err);
	/* Before make(): refuses a place that holds other data; NULL: every place is accepted. */
	int (*check_place)(const struct sr_place *place, struct vxe_error *err);
	/* Makes what the pool needs before it starts, and removes it again. NULL: nothing. */
	int (*make)(const struct sr_place *place, const char *sr, struct vxe_error *err);
	/* *left: the place holds something that cannot be told from somebody else's data. */
	int (*unmake)(
		const struct sr_place *place, const char *sr, bool *left, struct vxe_error *err);
	/* The format of the image with that file name; NULL: not an image. */
	const char *(*image_format)(const char *name);
	/*
	 * Adds the names of the images in it that are no files of its folder (a folder it has: for its marker, and for
	 * memory images). NULL: all are files. VXE_IMAGE_FAILED(path, reason).
	 */
	int (*list)(const char *path, struct strv *names, struct vxe_error *err);
};

/* All types, terminated by NULL, in the order of their names. */
extern const struct sr_type *const sr_types[];
/* A further one, the last: vxe has none, but a program of tests that is linked with one. */
extern const struct sr_type sr_type_more __attribute__((weak));
/* By xe's word. An unknown word (of another version) counts as a folder with files. */
const struct sr_type *sr_type_of(const char *name);
/* By a word for sr-create, which may be the other name; NULL: sr-create cannot make this type. */
const struct sr_type *sr_type_find(const char *word);
/* The type of an SR that vxe finds and does not make: around a domain's disk, or around a pool. */
const struct sr_type *sr_type_found(enum sr_content content, const struct hv_pool *pool);
/* True if an SR with this content-type holds CDs. */
bool sr_content_is_cds(const char *content_type);

/* The place of the image by that name in the SR with this folder; owned. */
char *sr_place_in(const char *folder, const char *name);
/* True if the SR needs a mount: of a device or an export, not a folder of this machine. */
static inline bool sr_place_is_mounted(const struct sr_place *p)
{
	return p->device || p->host;
}
/*
 * Defines and starts the libvirt pool through which other tools see the place; makes the mount
 * point. Calling it again changes nothing.
 */
int sr_attach(struct hv *hv, const struct sr_place *place, struct vxe_error *err) _must_check_;
/* Stops the pool, which unmounts it; @forget: also removes its definition. */
int sr_detach(
	struct hv *hv, const char *pool_name, bool forget, struct vxe_error *err) _must_check_;
