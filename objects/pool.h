/* SPDX-License-Identifier: MIT */
/* pool: the one record that stands for the whole store; its UUID marks our domains. */
#pragma once

#include "objects/record.h"

struct pool {
	struct record r;
	char         *name_label;
	char         *name_description;
	char         *master;
	char         *default_sr;
	char         *crash_dump_sr;
	char         *suspend_image_sr;
	struct map    other_config;
	bool          ha_enabled;
	struct strv   tags;
};

RECORD_TYPE(pool)
