/* SPDX-License-Identifier: MIT */
/* SR: a place for disks; each is a storage pool of libvirt. */
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
	bool adopted;	       /* made for disks that were there before vxe */
	struct strv forgotten; /* files of ours that vdi-forget left: no news to `vxe check` */
	bool detached; /* its PBD is unplugged, or it has none: nothing works on its files */
};

RECORD_TYPE(sr)

/* What its type can do, and holds. */
static inline const struct sr_type *sr_type(const struct sr *sr)
{
	return sr_type_of(sr->type);
}
static inline enum sr_content sr_content(const struct sr *sr)
{
	return sr_type(sr)->content;
}
