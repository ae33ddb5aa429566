/* SPDX-License-Identifier: MIT */
/* SR: a place for disks, which is also a libvirt storage pool. */
#pragma once

#include "backends/sr/sr_type.h"
#include "objects/model/record.h"

struct sr {
	struct record r;
	char *name_label;
	char *name_description;
	char *type; /* xe's word, see sr_type() */
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

	char *path;	       /* absolute directory */
	char *pool_name;       /* libvirt's name of the pool */
	bool adopted;	       /* made for disks that are older than vxe */
	struct strv forgotten; /* vxe's files that vdi-forget left; `vxe check` ignores them */
	bool detached; /* its PBD is unplugged, or it has none: its files must not be used */
};

RECORD_TYPE(sr)

/* The place of the image (or of another file) that the SR has by that name. Owned. */
char *sr_image_place(const struct sr *sr, const char *name);

/* The abilities and contents of its type. */
static inline const struct sr_type *sr_type(const struct sr *sr)
{
	return sr_type_of(sr->type);
}
static inline enum sr_content sr_content(const struct sr *sr)
{
	return sr_type(sr)->content;
}
