/* SPDX-License-Identifier: MIT */
/*
 * Plugins: executables of one directory that only root can have put there. A plugin gets
 *
 *	{"host": UUID, "function": NAME, "args": {KEY: TEXT, ...}}
 *
 * as one line of JSON on its standard input; its standard output is the result.
 */
#pragma once

#include "objects/session/session.h"

/*
 * What the plugin prints, without a newline at its end; owned. Fails: UUID_INVALID(host),
 * XENAPI_MISSING_PLUGIN(name), OPERATION_NOT_ALLOWED when others than root could change it,
 * XENAPI_PLUGIN_FAILURE(status, stdout, stderr) when it does not end with 0.
 */
int plugin_call(struct session *s, const char *host, const char *name, const char *function,
	const struct map *args, char **ret, struct vxe_error *err) _must_check_;
