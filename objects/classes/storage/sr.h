/* SPDX-License-Identifier: MIT */
/* SR, a storage repository: a place for disks, which is also a libvirt storage pool. */
#pragma once

#include "backends/sr/sr_type.h"
#include "objects/model/record.h"

struct sr {
	struct record r;
	char *name_label;
	char *name_description;
	char *type; /* xe's name of the SR's type, see sr_type() */
	char *content_type;
	bool shared;
	char *introduced_by;
	bool is_tools_sr;
	struct map other_config;
	struct map sm_config;
	struct map blobs;
	bool local_cache_enabled;
	struct strv tags;
	bool clustered;

	char *path;	 /* absolute path of its directory */
	char *pool_name; /* libvirt's name of the pool; "": it has none */
	bool pool_due;	 /* the pool is defined with the first image: see sr_pool.h */
	bool adopted;	 /* vxe made this SR for disks that are older than vxe */
	/* names of files in the SR that vdi-forget has left there; `vxe check` ignores the files */
	struct strv forgotten;
	bool detached; /* the SR's PBD is unplugged or missing: its files must not be used */
	/* physical-size and physical-utilisation at the last scan, for hosts that do not have the SR; 0: none noted */
	int64_t noted_size, noted_used;
	/* the word of its marker, and the one that is just being written; "": none (objects/storage/marker/sr_word.h) */
	char *word, *word_next;
};

RECORD_TYPE(sr)

/* Sets noted_size and noted_used to what the file system of the SR's directory says; false if it is missing. */
bool sr_note_sizes(struct sr *sr);

/* The full path of the image, or of another file, that has the name @name in the SR. Owned. */
char *sr_image_place(const struct sr *sr, const char *name);

/* The properties of the SR's type: what such SRs can do, and what they hold. */
static inline const struct sr_type *sr_type(const struct sr *sr)
{
	return sr_type_of(sr->type);
}
static inline enum sr_content sr_content(const struct sr *sr)
{
	return sr_type(sr)->content;
}
