/* SPDX-License-Identifier: MIT */
/*
 * patch and update: records of software updates of XenServer hosts. A KVM host is updated in other ways, so vxe has no
 * such records.
 */
#pragma once

#include "objects/model/record.h"

struct patch {
	struct record r;
	char *name_label;
	char *name_description;
	int64_t size;
	struct strv hosts;
	struct strv after_apply_guidance;
	char *update;
};

RECORD_TYPE(patch)

struct update {
	struct record r;
	char *name_label;
	char *name_description;
	char *version;
	int64_t installation_size;
	struct strv hosts;
	struct strv after_apply_guidance;
	bool enforce_homogeneity;
};

RECORD_TYPE(update)
