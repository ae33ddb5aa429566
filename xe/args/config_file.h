/* SPDX-License-Identifier: MIT */
/*
 * Settings from files, with the names of the environment's variables, a line NAME=VALUE for each: $XDG_CONFIG_HOME/vxe/
 * config (else ~/.config/vxe/config) of the user, then /etc/vxe/config. A variable of the environment counts before both.
 */
#pragma once

#include "objects/base/error.h"
#include "objects/base/str.h"

struct config_files {
	struct map values; /* of both files, the user's first */
};
/*
 * Reads the files that exist. A file of another user than root and the one who runs the program, or one that others may
 * write to, is not read. Fails with CLI_USAGE for a line that is no setting, and for a file that cannot be read.
 */
int config_files_read(struct config_files *ret, struct vxe_error *err) _must_check_;
/* The function get of struct settings; @ctx: struct config_files. */
const char *config_files_get(void *ctx, const char *name);
void config_files_clear(struct config_files *c);
#define _cleanup_config_files_ _cleanup_(config_files_clear)
