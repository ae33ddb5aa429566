/* SPDX-License-Identifier: MIT */
/*
 * What the source files of the SR types share: functions that read values of a device-config, and the formats of
 * image files.
 */
#pragma once

#include "backends/sr/sr_type.h"

/*
 * Reads the value of a key of the device-config; *ret is owned. Fails with CLI_PARAM_MISSING("device-config:KEY") if
 * the key is not given.
 */
int sr_config_key(
	const struct map *config, const char *key, char **ret, struct vxe_error *err) _must_check_;
/*
 * Reads the value of a device-config's key that must be an absolute path, without slashes at its end; *ret is owned.
 * Fails with CLI_PARAM_MISSING, or INVALID_VALUE(key, path).
 */
int sr_config_path(
	const struct map *config, const char *key, char **ret, struct vxe_error *err) _must_check_;

/*
 * The format of a disk image by the end of its file name: "qcow2" for "disk.qcow2", "raw" for "disk.raw" and
 * "disk.img"; NULL for other names and for names that begin with a dot.
 */
const char *sr_disk_format(const char *name);

extern const struct sr_type sr_type_ext, sr_type_file, sr_type_iso, sr_type_nfs, sr_type_udev;
