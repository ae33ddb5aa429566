/* SPDX-License-Identifier: MIT */
/* SR: a place for disks, which is also a libvirt storage pool. */
#pragma once

#include "backends/sr/sr_type.h"
#include "objects/model/record.h"

struct sr {
	struct record r;
	char *name_label;
	char *name_description;
	char *type; /* xe's word for the type, see sr_type() */
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
	char *pool_name; /* libvirt's name of the pool */
	bool adopted;	 /* vxe made the record for disks that are older than vxe */
	struct strv
		forgotten; /* names of files that vdi-forget has left; `vxe check` ignores them */
	bool detached;	   /* its PBD is unplugged, or there is none: its files must not be used */
};

RECORD_TYPE(sr)

/* The place of the image, or of another file, that has this name in the SR. Owned. */
char *sr_image_place(const struct sr *sr, const char *name);

/* What SRs of its type can do and hold. */
static inline const struct sr_type *sr_type(const struct sr *sr)
{
	return sr_type_of(sr->type);
}
static inline enum sr_content sr_content(const struct sr *sr)
{
	return sr_type(sr)->content;
}
