/* SPDX-License-Identifier: MIT */
/* SM: a type of SRs. */
#pragma once

#include "objects/model/record.h"

struct sm {
	struct record r;
	char *name_label;
	char *name_description;
	char *type;
	char *vendor;
	char *copyright;
	char *required_api_version;
	struct strv capabilities;
	struct map features;
	struct map configuration;
	char *driver_filename;
	struct strv required_cluster_stack;
	struct strv supported_image_formats;
};

RECORD_TYPE(sm)

/* Adds to a new store the SM records: one for each SR type of this version of vxe. */
int sms_put(struct txn *t, const char *host_uuid, struct vxe_error *err) _must_check_;
