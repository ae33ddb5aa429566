/* SPDX-License-Identifier: MIT */
/* What the files of SR types share: reading a device-config, and SRs whose images are files. */
#pragma once

#include "backends/sr/sr_type.h"

/* The value of a key, owned. CLI_PARAM_MISSING("device-config:KEY") if it is not given. */
int sr_config_key(
	const struct map *config, const char *key, char **ret, struct vxe_error *err) _must_check_;
/* As sr_config_key(), for an absolute path, without slashes at its end. INVALID_VALUE(key, path). */
int sr_config_path(
	const struct map *config, const char *key, char **ret, struct vxe_error *err) _must_check_;

/* The format by the end of a name: "disk.qcow2", "disk.raw", "disk.img". */
const char *sr_disk_format(const char *name);

extern const struct sr_type sr_type_ext, sr_type_file, sr_type_iso, sr_type_nfs, sr_type_udev;
