/* SPDX-License-Identifier: MIT */
/*
 * Finds a plugin and runs it. The directory and the file belong to root and nobody else may write
 * to them, so the file that is checked is the file that is run.
 */
#include "objects/host/plugin.h"

#include "backends/child/child_filter.h"
#include "objects/base/clock.h"
#include "objects/classes/host/host_identity.h"

#include <json-c/json_object.h>
#include <string.h>
#include <sys/stat.h>

#define OTHERS_WRITE 022

/* Refuses with OPERATION_NOT_ALLOWED a file that another user could have changed. */
static int check_owner(
	const struct session *s, const char *path, const struct stat *st, struct vxe_error *err)
{
	_cleanup_free_ char *why = NULL;

	if (st->st_uid == s->config.plugin_owner && !(st->st_mode & OTHERS_WRITE))
		return 0;
	why = xasprintf("%s must belong to root, and nobody else may write to it", path);
	return vxe_fail(err, OPERATION_NOT_ALLOWED, why);
}

static bool is_plain_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

/* The path of the plugin, if it may be run; owned. */
static int find_plugin(const struct session *s, const char *name, char **ret, struct vxe_error *err)
{
	const char *dir = s->config.plugin_dir;
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (!dir || !is_plain_name(name) || lstat(dir, &st) < 0)
		return vxe_fail(err, XENAPI_MISSING_PLUGIN, name);
	if (check_owner(s, dir, &st, err) < 0)
		return -1;
	path = xasprintf("%s/%s", dir, name);
	/* A plugin must not be a symbolic link: it could lead to a folder in which others may write. */
	if (!S_ISDIR(st.st_mode) || lstat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
		!(st.st_mode & S_IXUSR))
		return vxe_fail(err, XENAPI_MISSING_PLUGIN, name);
	if (check_owner(s, path, &st, err) < 0)
		return -1;
	*ret = TAKE(path);
	return 0;
}

int plugin_check(const struct session *s, const char *name, struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL;

	return find_plugin(s, name, &path, err);
}

/* The line that the plugin reads from its input; owned. */
static char *request(const char *host, const char *function, const struct map *args)
{
	struct json_object *call = json_object_new_object(), *all = json_object_new_object();
	char *text;

	for (size_t i = 0; i < args->n; i++)
		json_object_object_add(
			all, args->items[i].key, json_object_new_string(args->items[i].value));
	json_object_object_add(call, "host", json_object_new_string(host));
	json_object_object_add(call, "function", json_object_new_string(function));
	json_object_object_add(call, "args", all);
	text = xasprintf("%s\n", json_object_to_json_string_ext(call, JSON_C_TO_STRING_PLAIN));
	json_object_put(call);
	return text;
}

static int check_host(struct session *s, const char *uuid, struct vxe_error *err)
{
	_cleanup_(host_free_cleanup) struct host *host = NULL;
	_cleanup_txn_ struct txn *t = NULL;

	if (session_prepare(s, err) < 0 || txn_begin(s->store, TXN_READ, &t, err) < 0)
		return -1;
	if (host_get(t, uuid, &host, err) < 0)
		return -1;
	struct session_host *here;

	return session_host(s, uuid, &here, err);
}

static int check_output(struct child_output *output, struct vxe_error *err)
{
	_cleanup_free_ char *status = NULL;

	if (output->too_large)
		return vxe_fail(
			err, XENAPI_PLUGIN_FAILURE, "output", "", "it wrote more than 16 MiB");
	if (!output->status && !output->signal)
		return 0;
	status = output->signal ? xasprintf("signal: %s", strsignal(output->signal))
				: xasprintf("non-zero exit: %d", output->status);
	return vxe_fail(err, XENAPI_PLUGIN_FAILURE, status, output->out, output->error);
}

int plugin_call(struct session *s, const char *host, const char *name, const char *function,
	const struct map *args, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL, *input = NULL;
	_cleanup_child_output_ struct child_output output = { 0 };
	const struct child_watch watch = { s->ui.cancelled, s->ui.ctx, NULL };

	if (check_host(s, host, err) < 0 || host_check_here(s, err) < 0 ||
		find_plugin(s, name, &path, err) < 0)
		return -1;
	const char *const argv[] = { path, NULL };

	input = request(host, function, args);
	if (child_filter(argv, input, &watch, &output, err) < 0 || check_output(&output, err) < 0)
		return -1;
	size_t len = strlen(output.out);

	if (len && output.out[len - 1] == '\n')
		output.out[len - 1] = '\0';
	*ret = TAKE(output.out);
	return 0;
}

/* ---- without a request ----------------------------------------------------------------------- */

struct patience {
	struct session *s;
	int64_t until;
	bool over;
};

static bool plugin_is_over(void *ctx)
{
	struct patience *p = ctx;

	p->over = clock_ms() > p->until;
	return p->over || session_cancelled(p->s);
}

int plugin_run(struct session *s, const char *name, const char *const *env, int64_t seconds,
	struct vxe_error *err)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_child_output_ struct child_output output = { 0 };
	struct patience patience = { s, clock_ms() + seconds * 1000, false };
	const struct child_watch watch = { plugin_is_over, &patience, env };

	if (find_plugin(s, name, &path, err) < 0)
		return -1;
	const char *const argv[] = { path, NULL };

	if (child_filter(argv, "", &watch, &output, err) == 0)
		return check_output(&output, err);
	if (!patience.over)
		return -1;
	error_clear(err);
	return vxe_fail(err, XENAPI_PLUGIN_FAILURE, "timeout", name, "it did not end in time");
}
