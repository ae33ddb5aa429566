/* SPDX-License-Identifier: MIT */
/* The SR type "udev": block devices of this machine, which guests use as they are. */
#include "backends/sr/sr_config.h"

const struct sr_type sr_type_udev = {
	.name = "udev",
	.formats = "raw",
	.content = SR_DEVICES,
	.content_type = "disk",
	.found_label = "Block devices in",
};
