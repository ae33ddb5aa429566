/* SPDX-License-Identifier: MIT */
/* host: this machine; its UUID is libvirt's host UUID. */
#pragma once

#include "objects/record.h"

struct host {
	struct record r;
	char         *name_label;
	char         *name_description;
	bool          enabled;
	char         *suspend_image_sr;
	char         *crash_dump_sr;
	struct map    software_version;
	struct map    other_config;
	struct map    cpu_info;
	char         *hostname;
	char         *address;
	int64_t       memory_total; /* bytes */
	struct strv   tags;
	char         *control_domain;

	char *driver; /* the hypervisor's, "QEMU": recorded at first contact */
};

RECORD_TYPE(host)
