/* SPDX-License-Identifier: MIT */
/*
 * Prints errors in the shape that the catalogue gives for each code. Behaviour source: xen-api
 * ocaml/xapi-cli-server/cli_util.ml, xapi_cli.ml.
 */
#include "xe/model/error_report.h"

#include "objects/base/log.h"
#include "objects/base/advice.h"
#include "objects/base/escape.h"
#include "objects/base/uuid.h"
#include "objects/queries/object_labels.h"
#include "objects/queries/param.h"
#include "objects/session/session.h"
#include "xe/model/command.h"
#include "xe/output/terminal_text.h"

#include <string.h>

#define WORD_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=@+,"

/* The parameters of error codes whose values are UUIDs, each with the prefix of the view of its class ("vm"). */
static const struct {
	const char *param;
	const char *view;
} param_views[] = {
	{ "vm", "vm" },
	{ "snapshot", "vm" },
	{ "vdi", "vdi" },
	{ "sr", "sr" },
	{ "network", "network" },
	{ "host", "host" },
	{ "schedule", "vmss" },
};

static char *resolve_as(struct session *s, const char *prefix, const char *uuid)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	const struct view *v = view_by_prefix(prefix);
	_cleanup_free_ char *name = NULL;

	if (!v || param_get(s, v, uuid, "name-label", NULL, &name, &err) < 0)
		return NULL;
	return xasprintf("%s (%s)", uuid, name);
}

char *resolve_in_session(void *ctx, const char *param, const char *value)
{
	const struct session *s = ctx;

	if (!ctx || !uuid_is_valid(value))
		return NULL;
	if (!s->wishes->as_xe) {
		_cleanup_free_ char *name = naming_object(ctx, value, NULL);

		return name ? xasprintf("%s (%s)", value, name) : NULL;
	}
	for (size_t i = 0; i < ARRAY_LEN(param_views); i++)
		if (str_eq(param, param_views[i].param))
			return resolve_as(ctx, param_views[i].view, value);
	/*
	 * OPERATION_BLOCKED and OPERATION_PARTIALLY_FAILED do not name the class of the object in their parameters: it
	 * is looked up as a VM.
	 */
	return str_eq(param, "ref") || str_eq(param, "<extra>") ? resolve_as(ctx, "vm", value)
								: NULL;
}

char *describe_in_session(void *ctx, const char *value)
{
	const char *kind = NULL;
	_cleanup_free_ char *disk = ctx && *value == '/' ? naming_disk(ctx, value) : NULL;
	const char *uuid = disk ? disk : value;
	_cleanup_free_ char *name =
		ctx && uuid_is_valid(uuid) ? naming_object(ctx, uuid, &kind) : NULL;

	return name ? xasprintf("%s: %s (%s)", kind, uuid, name) : NULL;
}

/*
 * The number of bytes that are printed of the value of an error's parameter: more of messages, whose parts have been
 * cut before, and of names of files on this host.
 */
static size_t most_of(const char *param, const char *value)
{
	static const char *const whole[] = { "message", "msg", "reason", "error", "stdout",
		"stderr", "last-error", "text", "user", "file", "found", "store", "uri", "vifs" };

	for (size_t i = 0; i < ARRAY_LEN(whole); i++)
		if (str_eq(param, whole[i]))
			return SHOWN_PATH;
	return *value == '/' ? SHOWN_PATH : SHOWN_TEXT;
}

/*
 * The value of an error's parameter as text for a user: one line, without effect on the terminal, and with the name of
 * the object if the value is a UUID.
 */
static char *value_text(
	const struct report *r, enum vxe_code code, const char *param, const char *value)
{
	/* The error of a plugin has lines of output of a program of this host, and scripts read them. */
	if (code == XENAPI_PLUGIN_FAILURE)
		return shown_lines(value);

	_cleanup_free_ char *resolved = r->resolve ? r->resolve(r->ctx, param, value) : NULL;

	return resolved ? shown(resolved, SHOWN_TEXT) : shown(value, most_of(param, value));
}

/* True if a user needs the detail of the error besides its parameters. */
static bool shows_detail(const struct report *r, const struct vxe_error *err)
{
	static const enum vxe_code codes[] = { VDI_NOT_AVAILABLE, VDI_IN_USE, VDI_NOT_MANAGED,
		SR_NOT_ATTACHED, HOST_OFFLINE, SR_ATTACH_FAILED, VDI_LOCATION_MISSING,
		VDI_CONTENT_ID_MISSING, SR_SUSPEND_SPACE_INSUFFICIENT,
		VM_SNAPSHOT_WITH_QUIESCE_TIMEOUT, VM_SNAPSHOT_WITH_QUIESCE_FAILED, VXE_REMOTE_URI,
		HOST_OFFLINE, CLI_SYNTAX, CLI_UNKNOWN_COMMAND, CLI_AMBIGUOUS };
	bool shows = err->code == INTERNAL_ERROR;

	for (size_t i = 0; i < ARRAY_LEN(codes) && !r->as_xe; i++)
		shows = shows || err->code == codes[i];
	return err->detail && shows;
}

/* ---- as vxe ---------------------------------------------------------------------------------- */

static char *describe_object(const struct report *r, const char *value)
{
	_cleanup_free_ char *line = r->describe ? r->describe(r->ctx, value) : NULL;

	return line ? shown(line, SHOWN_TEXT) : NULL;
}

static void add_once(struct strv *lines, char *line)
{
	if (line && !strv_has(lines, line))
		strv_add(lines, line);
	free(line);
}

/*
 * Adds a line for each disk to which a file in the parameters of the error belongs, and one for the object on which the
 * command was to act.
 */
static void add_objects(const struct report *r, const struct vxe_error *err, struct strv *lines)
{
	for (size_t i = 0; i < err->n_params; i++)
		if (*err->params[i] == '/')
			add_once(lines, describe_object(r, err->params[i]));
	for (size_t i = 0; err->about && i < err->n_params; i++)
		/* the object has a line already, as a parameter of the error */
		if (str_eq(err->params[i], err->about))
			return;
	if (err->about)
		add_once(lines, describe_object(r, err->about));
}

/* Adds a value, in quotes if necessary, so that the text can be pasted into a command of a shell. */
static void add_word(struct str *to, const char *value)
{
	_cleanup_free_ char *safe = shown(value, SHOWN_PATH);
	bool quoted = !*safe || safe[strspn(safe, WORD_CHARACTERS)];

	str_addf(to, quoted ? "\"%s\"" : "%s", safe);
}

static const char *param_value_of(const struct vxe_error *err, const char *name, size_t len)
{
	const struct code_info *info = code_info(err->code);

	for (size_t i = 0; i < code_param_count(err->code) && i < err->n_params; i++)
		if (strlen(info->params[i]) == len && strncmp(info->params[i], name, len) == 0)
			return err->params[i];
	return "";
}

static bool command_takes(const struct report *r, const char *name, size_t len)
{
	const struct param *p = r->command ? r->command->params : NULL;

	for (; p && p->name; p++)
		if (strlen(p->name) == len && strncmp(p->name, name, len) == 0)
			return true;
	return false;
}

/*
 * The command that brings a VM from its state towards the one that an operation expects, without a loss: a paused VM
 * goes on first, a suspended one is resumed.
 */
static const char *power_command(const struct vxe_error *err)
{
	static const struct {
		const char *actual, *expected, *command;
	} ways[] = { { "running", "halted", "vm-shutdown" },
		{ "running", "suspended", "vm-suspend" }, { "running", "paused", "vm-pause" },
		{ "halted", "", "vm-start" }, { "paused", "", "vm-unpause" },
		{ "suspended", "", "vm-resume" } };

	for (size_t i = 0; err->n_params > 2 && i < ARRAY_LEN(ways); i++)
		if (str_eq(err->params[2], ways[i].actual) &&
			str_starts(err->params[1], ways[i].expected))
			return ways[i].command;
	return NULL;
}

/*
 * The advice about a VM that is in another power state than an operation expects; owned. NULL: it is that of the
 * catalogue. The failed command may have nothing to do, because the VM is where the command brings VMs.
 */
static char *power_advice(const struct report *r, const struct vxe_error *err)
{
	const char *command = power_command(err);

	if (err->code != VM_BAD_POWER_STATE || !command)
		return NULL;
	return r->command && r->command->reaches && str_eq(err->params[2], r->command->reaches)
		? xstrdup("Nothing is to be done: the VM is {actual} already. With if-needed=true "
			  "that is no error.")
		: xasprintf("'vxe %s uuid={vm}' brings it nearer to the expected state; then the "
			    "command again.{live? Or with live=true, as it is.}",
			  command);
}

/*
 * Adds what {NAME} or {NAME?TEXT} in the advice of an error stands for: the value of the error's parameter NAME, or
 * TEXT if the failed command has a parameter NAME.
 */
static void add_braced(
	const struct report *r, const struct vxe_error *err, const char *word, struct str *to)
{
	size_t len = strcspn(word, "?}");

	if (word[len] == '}')
		add_word(to, param_value_of(err, word, len));
	else if (command_takes(r, word, len))
		str_add_bytes(to, word + len + 1, strcspn(word + len + 1, "}"));
}

/* The advice of an error, what the user can do next, with values of the error filled in; "" if there is none. Owned. */
static char *next_text(const struct report *r, const struct vxe_error *err)
{
	/* the message says already how to name one of the objects that it lists */
	bool listed = err->code == CLI_AMBIGUOUS && err->detail && strstr(err->params[0], "UUID");
	_cleanup_free_ char *power = r->as_xe ? NULL : power_advice(r, err);
	bool left = err->code == TASK_CANCELLED && r->begun && *r->begun;
	const char *text = r->as_xe || listed ? ""
		: power			      ? power
		: left			      ? next_of_cut_short
					      : code_next(err->code);
	const char *open;
	struct str s = { 0 };

	for (; (open = strchr(text, '{')); text = strchr(open, '}') + 1) {
		str_add_bytes(&s, text, (size_t)(open - text));
		add_braced(r, err, open + 1, &s);
	}
	str_add(&s, text);
	return s.data ? str_steal(&s) : xstrdup("");
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void api_params(const struct report *r, const struct vxe_error *err, struct strv *lines)
{
	const struct code_info *info = code_info(err->code);
	size_t declared = code_param_count(err->code);

	if (!r->as_xe && err->code == TASK_CANCELLED) {
		/*
		 * Says which command or object was cancelled. xe calls everything a task, and the UUID of a task that
		 * has ended tells a user nothing.
		 */
		const char *what = err->n_params ? err->params[0] : "";
		char *line = describe_object(r, what);

		if (line)
			add_once(lines, line);
		else if (*what && !uuid_is_valid(what))
			strv_take(lines, xasprintf("command: %s", what));
		return;
	}
	for (size_t i = 0; i < declared || i < err->n_params; i++) {
		const char *name = i < declared ? info->params[i] : "<extra>";
		_cleanup_free_ char *value = i < err->n_params
			? value_text(r, err->code, name, err->params[i])
			: xstrdup("<unknown>");

		strv_take(lines, xasprintf("%s: %s", name, value));
	}
	_cleanup_free_ char *detail = err->detail ? shown(err->detail, SHOWN_PATH) : NULL;

	/*
	 * Adds the detail of the error, such as the path of a missing file, which the disk's UUID in the parameters
	 * does not tell.
	 */
	if (shows_detail(r, err))
		strv_take(lines, xasprintf("detail: %s", detail));
}

static char *raw_params(const struct report *r, const struct vxe_error *err)
{
	const struct code_info *info = code_info(err->code);
	size_t declared = code_param_count(err->code);
	_cleanup_strv_ struct strv values = { 0 };

	for (size_t i = 0; i < err->n_params; i++)
		strv_take(&values,
			value_text(
				r, err->code, i < declared ? info->params[i] : "", err->params[i]));
	return strv_join(&values, ", ");
}

static void raw_lines(const struct report *r, const struct vxe_error *err, struct strv *lines)
{
	_cleanup_free_ char *params = raw_params(r, err);

	const struct code_info *info = code_info(err->code);

	strv_take(lines,
		xasprintf("Error code: %s", info->shape == SHAPE_RAW ? info->name : info->text));
	strv_take(lines, xasprintf("Error parameters: %s", params));
}

/* The first parameter of the error as one line, without effect on the terminal. Owned. */
static char *first_param(const struct vxe_error *err)
{
	return shown(err->n_params ? err->params[0] : "", SHOWN_PATH);
}

/* As `vxe` a syntax error is its detail, and the hint names the command. */
static void usage_lines(const struct report *r, const struct vxe_error *err, struct strv *lines)
{
	_cleanup_free_ char *first = first_param(err);
	_cleanup_free_ char *detail = shows_detail(r, err) ? shown(err->detail, SHOWN_PATH) : NULL;
	bool named = !r->as_xe && r->command && !str_eq(r->command->name, "help");

	strv_take(lines,
		detail && !*first ? xasprintf(ERROR_MARK "%s", detail)
				  : xasprintf("%s%s", code_info(err->code)->text, first));
	if (detail && *first)
		strv_add(lines, detail);
	if (r->quiet)
		return;
	strv_take(lines,
		xasprintf("For usage run: '%s help%s%s'", r->program, named ? " " : "",
			named ? r->command->name : ""));
}

static void shape_lines(const struct report *r, const struct vxe_error *err, struct strv *lines)
{
	const struct code_info *info = code_info(err->code);
	_cleanup_free_ char *first = first_param(err);

	if (r->as_xe && (info->shape == SHAPE_RAW || info->shape == SHAPE_WORDS)) {
		raw_lines(r, err, lines);
		return;
	}
	switch (info->shape) {
	case SHAPE_RAW:
	case SHAPE_WORDS:
	case SHAPE_API:
		strv_add(lines, info->text);
		api_params(r, err, lines);
		if (!r->as_xe)
			add_objects(r, err, lines);
		return;
	case SHAPE_TEXT:
		strv_take(lines, xasprintf(ERROR_MARK "%s", first));
		if (shows_detail(r, err))
			strv_take(lines, shown_lines(err->detail));
		return;
	case SHAPE_USAGE:
		usage_lines(r, err, lines);
		return;
	case SHAPE_PLAIN:
		strv_add(lines, first);
	}
}

static void error_lines(const struct report *r, const struct vxe_error *err, struct strv *lines)
{
	shape_lines(r, err, lines);
	_cleanup_free_ char *next = next_text(r, err);

	if (*next && !r->quiet)
		strv_take(lines, xasprintf("next: %s", next));
}

static void report_line(const struct report *r, const char *line)
{
	io_error_line(r->io, line);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static bool is_api(enum code_shape shape)
{
	return shape == SHAPE_API || shape == SHAPE_RAW || shape == SHAPE_WORDS;
}

static const char *first_value(const struct vxe_error *err)
{
	return err->n_params ? err->params[0] : "";
}

static char *message(const struct report *r, const struct vxe_error *err)
{
	const struct code_info *info = code_info(err->code);
	bool raw = is_api(info->shape);
	struct str text = { 0 };

	/* of a syntax error the detail says all */
	if (info->shape != SHAPE_USAGE || *first_value(err) || !shows_detail(r, err))
		str_add(&text, info->text);
	if (!raw)
		str_add(&text, first_value(err));
	if (shows_detail(r, err))
		str_addf(&text, "%s%s", text.len ? " " : "", err->detail);
	return str_steal(&text);
}

static void report_json(const struct report *r, const char *object, const struct vxe_error *err)
{
	_cleanup_free_ char *text = message(r, err), *next = next_text(r, err);
	_cleanup_str_ struct str json = { 0 };

	str_add(&json, "{\"error\": ");
	text_json(&json, code_info(err->code)->name);
	str_add(&json, ", \"params\": [");
	for (size_t i = 0; i < err->n_params; i++) {
		str_add(&json, i ? ", " : "");
		text_json(&json, err->params[i]);
	}
	str_add(&json, "], \"message\": ");
	text_json(&json, text ? text : "");
	if (*next) {
		str_add(&json, ", \"next\": ");
		text_json(&json, next);
	}
	if (object) {
		str_add(&json, ", \"object\": ");
		text_json(&json, object);
	}
	str_add(&json, "}");
	report_line(r, str_text(&json));
}

void report_error_of(const struct report *r, const char *object, const struct vxe_error *err)
{
	report_json(r, object, err);
	log_error("%s: %s", code_info(err->code)->name, object);
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* The first line of an error as `vxe` prints it, with the mark that some lines have as `xe`, too. Owned. */
static char *marked(const char *line)
{
	if (str_starts(line, XE_FILE_FAILED))
		line += strlen(XE_FILE_FAILED);
	else if (str_starts(line, ERROR_MARK))
		line += strlen(ERROR_MARK);
	return xasprintf(ERROR_MARK "%s", line);
}

void report_text(const struct io *io, bool as_xe, const char *text)
{
	_cleanup_free_ char *line = as_xe ? xstrdup(text) : marked(text);

	io_error_line(io, line);
}

void report_error(const struct report *r, const struct vxe_error *err)
{
	_cleanup_strv_ struct strv lines = { 0 };

	if (r->json)
		report_json(r, NULL, err);
	else
		error_lines(r, err, &lines);
	for (size_t i = 0; i < lines.n; i++)
		if (i)
			report_line(r, lines.items[i]);
		else
			report_text(r->io, r->as_xe, lines.items[i]);
	log_error("%s%s%s", code_info(err->code)->name, err->detail ? ": " : "",
		err->detail ? err->detail : "");
}

/* In the place of the backtrace that xe's server prints, prints the detail of the error, which C code has instead. */
void report_trace(const struct report *r, const struct vxe_error *err)
{
	/* xe's own code for a value that it cannot read */
	enum vxe_code code = r->as_xe && err->code == CLI_VALUE ? CLI_FAILURE : err->code;
	_cleanup_free_ char *raised = xasprintf("Raised %s", code_info(code)->name);
	_cleanup_free_ char *detail = err->detail ? shown(err->detail, SHOWN_PATH) : NULL;

	if (code_info(err->code)->shape == SHAPE_USAGE || r->json)
		return;
	report_line(r, raised);
	report_line(r, "Backtrace:");
	if (detail)
		report_line(r, detail);
}

void report_failure(const struct report *r, const struct vxe_error *err, struct strv *lines)
{
	if (is_api(code_info(err->code)->shape))
		error_lines(r, err, lines);
	else
		strv_take(lines, first_param(err));
}

int report_status(const struct vxe_error *err, bool as_xe)
{
	return as_xe ? EXIT_FAILED : (int)code_info(err->code)->exit;
}
