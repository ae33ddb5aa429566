/* SPDX-License-Identifier: MIT */
/*
 * Reads the declarations of commands: their parameters, their views, and whether they exist as `xe`. Sorts and finds
 * commands.
 */
#include "xe/model/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xe/model/fields.h"

bool field_can_set(const struct field *f)
{
	return f->flags & F_SET && f->type != FIELD_MAP;
}

bool field_can_set_key(const struct field *f)
{
	return f->type == FIELD_MAP && f->flags & (F_SET | F_ADD | F_NO_SUFFIX_ADD);
}

bool command_exists(const struct command *cmd, bool as_xe)
{
	return !(as_xe && cmd->flags & C_OURS);
}

bool command_own_field(const struct field *f)
{
	return (f->flags & (F_OURS | F_SET | F_INTERNAL)) == (F_OURS | F_SET);
}

/* ---- the list ------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct command *)a)->name, ((const struct command *)b)->name);
}

void commands_sort(struct commands *c)
{
	qsort(c->items, c->n, sizeof(*c->items), by_name);
}

const struct command *commands_find(const struct commands *c, const char *name)
{
	struct command key = { .name = name };

	return c->n ? bsearch(&key, c->items, c->n, sizeof(*c->items), by_name) : NULL;
}

/* ---- parameters ----------------------------------------------------------------------------- */

int command_check(
	const struct command *cmd, const struct params *params, bool as_xe, struct vxe_error *err)
{
	bool force = false;

	for (const struct param *p = cmd->params; p->name; p++)
		if (p->flags & P_REQUIRED && !params_get(params, p->name))
			return vxe_fail(err, CLI_PARAM_MISSING, p->name);
	for (const struct param *p = cmd->params; p->name; p++)
		if (!(p->flags & (as_xe ? P_OURS : P_XE)) &&
			param_check(param_kind(cmd, p), params, as_xe, err) < 0)
			return -1;
	if (!(cmd->flags & C_FORCE))
		return 0;
	if (params_flag(params, "force", &force, err) < 0)
		return -1;
	return force ? 0 : vxe_fail_text(err, "dangerous operation, needs --force");
}

const struct output_key output_keys[] = {
	{ "bytes", "With --table: sizes in bytes." },
	{ "json", "One JSON document with typed values." },
	{ "null", "With --minimal: each value ends in a NUL byte." },
	{ "quiet", "Neither progress nor remarks nor hints on the error stream." },
	{ "table", "A table for people." },
	{ "tsv", "A line for each record, with tabs between the values." },
	{ "utc", "With --table: times as without it." },
	{ "verbose", "Of a dry run also records and steps, with UUIDs and exact bytes." },
	{ 0 },
};

bool key_is_output(const char *key, bool as_xe)
{
	for (const struct output_key *k = output_keys; k->name; k++)
		if (str_eq(key, k->name))
			return !as_xe;
	return false;
}

const char *command_selector(const struct command *cmd)
{
	return cmd->flags & C_SELECTS	      ? "vm"
		: cmd->flags & C_SELECTS_HOST ? "host"
		: cmd->flags & C_SELECTS_SR   ? "sr"
					      : NULL;
}

const struct param *command_param(const struct command *cmd, const char *key, bool as_xe)
{
	for (const struct param *p = cmd->params; p->name; p++)
		if (str_eq(p->name, key) && !(p->flags & (as_xe ? P_OURS : P_XE)))
			return p;
	return NULL;
}

bool command_owns(const struct command *cmd, const char *key, bool as_xe)
{
	return command_param(cmd, key, as_xe) != NULL;
}

const struct param_kind *param_kind(const struct command *cmd, const struct param *p)
{
	return param_kind_find(cmd->kinds, p->name);
}

const struct view *param_view(const struct command *cmd, const struct param *p)
{
	const struct param_kind *kind = param_kind(cmd, p);

	return kind->view ? view_by_prefix(kind->view) : command_view(cmd);
}

bool param_is_named(const struct command *cmd, const struct param *p)
{
	enum param_type type = param_kind(cmd, p)->type;
	const struct view *v = param_view(cmd, p);

	return (type == PARAM_UUID || type == PARAM_UUIDS) && v &&
		class_field(v->cls, "name-label");
}

const struct view *command_view(const struct command *cmd)
{
	const struct view *best = cmd->view;

	for (const struct view *v = views; !cmd->view && v->prefix; v++) {
		size_t len = strlen(v->prefix);

		if (str_starts(cmd->name, v->prefix) && cmd->name[len] == '-' &&
			(!best || len > strlen(best->prefix)))
			best = v;
	}
	return best;
}

void command_required(const struct command *cmd, struct strv *ret)
{
	for (const struct param *p = cmd->params; p->name; p++)
		if (p->flags & P_REQUIRED)
			strv_add(ret, p->name);
}

static void add_settings(const struct view *v, bool as_xe, struct strv *ret)
{
	for (const struct field *f = v->cls->fields; f->name; f++)
		if (field_is_visible(f, as_xe) && field_can_set(f))
			strv_add(ret, f->name);
	for (const struct field *f = v->cls->fields; f->name; f++)
		if (field_is_visible(f, as_xe) && field_can_set_key(f))
			strv_take(ret, xasprintf("%s:", f->name));
}

void command_optional(const struct command *cmd, bool as_xe, struct strv *ret)
{
	for (const struct param *p = cmd->params; p->name; p++)
		if (!(p->flags & (P_REQUIRED | P_HIDDEN)) && !(as_xe && p->flags & P_OURS))
			strv_add(ret, p->name);
	if (cmd->flags & C_FILTERS) {
		for (const struct field *f = cmd->view->cls->fields; f->name; f++)
			if (field_is_visible(f, as_xe))
				strv_add(ret, f->name);
		for (const struct field *f = cmd->view->cls->fields; f->name; f++)
			if (field_is_visible(f, as_xe) && field_is_set(f))
				strv_take(ret, xasprintf("%s:contains", f->name));
	}
	if (cmd->flags & C_SETTINGS)
		add_settings(cmd->view, as_xe, ret);
	if (cmd->flags & C_SELECTS)
		strv_add(ret, "<vm-selectors>");
	if (cmd->flags & C_SELECTS_HOST)
		strv_add(ret, "<host-selectors>");
	if (cmd->flags & C_SELECTS_SR)
		strv_add(ret, "<sr-selectors>");
}

int file_failed(const char *path, struct vxe_error *err)
{
	_cleanup_free_ char *text = xasprintf(XE_FILE_FAILED "%s: %s", path, strerror(errno));

	return vxe_fail(err, CLI_PLAIN, text);
}

int file_unread(const char *path, struct vxe_error *err)
{
	_cleanup_free_ char *text = xasprintf(XE_FILE_FAILED "file '%s' does not exist", path);

	return errno == ENOENT ? vxe_fail(err, CLI_PLAIN, text) : file_failed(path, err);
}
