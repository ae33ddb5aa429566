/* SPDX-License-Identifier: MIT */
/*
 * Plugins: executables in a directory to which only root can write. A plugin gets
 *
 *	{"host": UUID, "function": NAME, "args": {KEY: TEXT, ...}}
 *
 * as one line of JSON on its standard input; its standard output is the result.
 */
#pragma once

#include "objects/session/session.h"

/*
 * The output of the plugin without its last newline; owned. Fails: UUID_INVALID(host),
 * XENAPI_MISSING_PLUGIN(name), OPERATION_NOT_ALLOWED if another user than root could change it,
 * XENAPI_PLUGIN_FAILURE(status, stdout, stderr) if its exit status is not 0.
 */
int plugin_call(struct session *s, const char *host, const char *name, const char *function,
	const struct map *args, char **ret, struct vxe_error *err) _must_check_;

/* Checks that there is such a plugin and that it may be run; fails as plugin_call(). */
int plugin_check(const struct session *s, const char *name, struct vxe_error *err) _must_check_;
/*
 * Runs the plugin without input, for at most @seconds. @env: texts "NAME=value" that are added to its environment,
 * closed by NULL. Fails as plugin_call(); if the time is over, with XENAPI_PLUGIN_FAILURE.
 */
int plugin_run(struct session *s, const char *name, const char *const *env, int64_t seconds,
	struct vxe_error *err) _must_check_;
