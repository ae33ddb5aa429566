/* SPDX-License-Identifier: MIT */
#include "xe/words/word_check.h"

#include <ctype.h>
#include <string.h>

#include "objects/base/uuid.h"
#include "objects/queries/filter.h"
#include "xe/model/fields.h"
#include "xe/words/similar_word.h"
#include "xe/words/unknown_word.h"

/* ---- what a row knows ------------------------------------------------------------------------ */

static bool list_has_name(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (str_eq(*names, name))
			return true;
	return false;
}

/* True for a key that every command takes. */
static bool is_for_all(const char *key)
{
	return str_eq(key, "minimal") || str_eq(key, "trace") || key_is_output(key, false);
}

static bool is_map(const struct param *p)
{
	return str_ends(p->name, ":") || str_ends(p->name, "-");
}

/* True if @key belongs to the map parameter @p: "sm-config:type" and "sm-config-type" belong to "sm-config:". */
static bool is_map_key(const struct param *p, const char *key)
{
	size_t stem = strlen(p->name) - 1;

	return is_map(p) && strncmp(p->name, key, stem) == 0 &&
		(key[stem] == ':' || key[stem] == '-') && key[stem + 1];
}

const struct param *words_param(const struct command *cmd, const char *key)
{
	for (const struct param *p = cmd->params; p->name; p++)
		if (!(p->flags & P_XE) && (is_map(p) ? is_map_key(p, key) : str_eq(p->name, key)))
			return p;
	return NULL;
}

static bool is_param(const struct command *cmd, const char *key)
{
	return words_param(cmd, key) != NULL;
}

/* True for keys that select objects (vm=, multiple ...), or that ask for all objects of a class. */
static bool is_selecting(const struct command *cmd, const char *key)
{
	const char *selector = command_selector(cmd);

	if (selector && (str_eq(key, selector) || str_eq(key, "multiple")))
		return true;
	if (str_eq(key, "message-priority"))
		return str_eq(selector, "vm");
	return str_eq(key, "all") && cmd->flags & (C_FILTERS | C_WORDS);
}

const struct view *words_view(const struct command *cmd, const struct params *params)
{
	const char *selector = command_selector(cmd);
	const char *cls = cmd->flags & C_CONDITIONS ? params_get(params, "class") : NULL;

	if (cmd->flags & (C_FILTERS | C_SETTINGS))
		return cmd->view;
	return selector ? view_by_prefix(selector) : cls ? view_by_prefix(cls) : NULL;
}

static bool is_field(const struct command *cmd, const struct params *params, const char *key)
{
	const struct view *v = words_view(cmd, params);
	_cleanup_error_ struct vxe_error unknown = { 0 };
	struct field_name name;

	return v && field_resolve(v->cls, key, true, &name, &unknown) == 0;
}

/* True for the keys that X-param-add puts into a map, which the caller chooses. */
static bool is_key_of_map(
	const struct command *cmd, const struct params *params, const struct word *word)
{
	const char *name = cmd->flags & C_KEYS ? params_get(params, "param-name") : NULL;
	const struct field *f = name ? class_field_loose(cmd->view->cls, name) : NULL;

	return f && f->type == FIELD_MAP && !word->flag && !word->bare;
}

/* True if the parameter takes the UUID of an object. */
static bool takes_object(const struct command *cmd, const char *name)
{
	const struct param *p = command_param(cmd, name, false);
	enum param_type type = p ? param_kind(cmd, p)->type : PARAM_TEXT;

	return type == PARAM_UUID || type == PARAM_OBJECT;
}

const char *words_by_class(const struct command *cmd, const struct params *params, const char *key)
{
	const struct view *v = view_by_prefix(key), *of = words_view(cmd, params);
	const struct param *uuid = command_param(cmd, "uuid", false);
	_cleanup_free_ char *name = xasprintf("%s-uuid", key);

	if (!v || is_param(cmd, key) || is_selecting(cmd, key) || is_field(cmd, params, key))
		return NULL;
	if (uuid && takes_object(cmd, "uuid") && param_view(cmd, uuid) == v)
		return uuid->name;
	if (takes_object(cmd, name))
		return command_param(cmd, name, false)->name;
	if (!of || !(cmd->flags & C_FILTERS))
		return NULL;
	const struct field *f = class_field(of->cls, of == v ? "uuid" : name);

	return f						      ? f->name
		: str_eq(of->prefix, "snapshot") && str_eq(key, "vm") ? "snapshot-of"
								      : NULL;
}

bool words_know(const struct command *cmd, const struct params *params, const struct word *word)
{
	return is_for_all(word->key) || is_param(cmd, word->key) || is_selecting(cmd, word->key) ||
		is_field(cmd, params, word->key) || words_by_class(cmd, params, word->key) ||
		is_key_of_map(cmd, params, word) || (cmd->flags & C_WORDS && word->bare) ||
		(cmd->flags & C_CONDITIONS && !words_view(cmd, params));
}

/* ---- the nearest ----------------------------------------------------------------------------- */

/*
 * The parameter for whose value a flag was probably typed: "--running" means start=running, "--children-only"
 * children=only. Owned; NULL: there is none.
 */
static char *meant_value(const struct command *cmd, const char *key)
{
	for (const struct param *p = cmd->params; p->name; p++) {
		const struct param_kind *kind = param_kind(cmd, p);

		for (const struct enum_name *e = kind->words ? kind->words->names : NULL;
			e && e->print; e++) {
			const char *word = e->input ? e->input : e->print;
			_cleanup_free_ char *whole = xasprintf("%s-%s", p->name, word);

			if (str_eq(key, whole) ||
				(str_eq(key, word) && !str_eq(word, "true") &&
					!str_eq(word, "false")))
				return xasprintf("%s=%s", p->name, word);
		}
	}
	return NULL;
}

static void try_all(const struct command *cmd, const struct params *params, struct nearest *n)
{
	static const char *const selecting[] = { "multiple", "all", NULL };
	const struct view *v = words_view(cmd, params);

	for (const struct param *p = cmd->params; p->name; p++)
		if (!(p->flags & P_XE))
			nearest_try(n, p->name);
	for (size_t i = 0; selecting[i]; i++)
		if (is_selecting(cmd, selecting[i]))
			nearest_try(n, selecting[i]);
	if (command_selector(cmd))
		nearest_try(n, command_selector(cmd));
	if (v) {
		bool sets = cmd->flags & C_SETTINGS;

		for (const struct field *f = v->cls->fields; f->name; f++)
			if (field_is_visible(f, false) &&
				(!sets || field_can_set(f) || field_can_set_key(f)))
				nearest_try(n, f->name);
	}
	nearest_try(n, "minimal");
	nearest_try(n, "trace");
	for (const struct output_key *k = output_keys; k->name; k++)
		nearest_try(n, k->name);
}

/* ---- refusals -------------------------------------------------------------------------------- */

/* True for dry-run in any spelling: --dry-run=true, --dryrun, dry_run=true. */
static bool means_dry_run(const char *key)
{
	_cleanup_str_ struct str plain = { 0 };

	for (; *key && *key != '='; key++)
		if (*key != '-' && *key != '_') {
			char lower = (char)tolower((unsigned char)*key);

			str_add_bytes(&plain, &lower, 1);
		}
	return str_eq(str_text(&plain), "dryrun");
}

static int refuse_dry_run(const struct command *cmd, struct vxe_error *err)
{
	_cleanup_free_ char *text = command_owns(cmd, "dry-run", false)
		? xstrdup("Write --dry-run or dry-run=true. Nothing was done.")
		: cmd->unplanned
		? xasprintf("%s does not know --dry-run: %s. Nothing was done.", cmd->name,
			  cmd->unplanned)
		: xasprintf("%s does not know --dry-run: it only reads. Nothing was done.",
			  cmd->name);

	return vxe_fail(err, CLI_USAGE, text);
}

/* Refuses a flag with a value, --KEY=VALUE: xe would take all of that for the name of the flag. */
static int refuse_flag_value(const struct word *word, struct vxe_error *err)
{
	_cleanup_free_ char *text =
		xasprintf("A flag has no value: write %s and not --%s. Nothing was done.",
			word->key, word->key);

	return vxe_fail(err, CLI_USAGE, text);
}

/*
 * True for a word of ~/.xe or XE_EXTRA_ARGS, whose words are for every command, that this command does not know and may
 * ignore.
 */
static bool is_left_out(const struct word *word)
{
	return word->usual && (key_is_standard(word->key) || key_is_output(word->key, false));
}

/* The end of the message about an unknown word: what may have been meant. Owned. */
static char *hint_for(
	const struct command *cmd, const struct params *params, const struct word *word)
{
	_cleanup_free_ char *stem = xstrndup(word->key, strcspn(word->key, ":"));
	_cleanup_nearest_ struct nearest n = { .word = stem };
	_cleanup_free_ char *value = meant_value(cmd, word->key), *names = NULL;
	_cleanup_free_ char *object = word->bare ? meant_word(cmd, word->key) : NULL;

	try_all(cmd, params, &n);
	names = nearest_text(&n);
	if (value)
		return xasprintf("; the nearest that it knows is '%s'.", value);
	if (nearest_is_near(&n))
		return xasprintf("; the nearest that it knows is %s.", names);
	return object ? xasprintf("; did you mean %s?", object) : xstrdup(".");
}

static int check_known(
	const struct command *cmd, const struct params *params, struct vxe_error *err)
{
	for (size_t i = 0; i < params->n; i++) {
		const struct word *word = &params->items[i];

		if (!words_know(cmd, params, word) && !is_left_out(word)) {
			if (means_dry_run(word->key))
				return refuse_dry_run(cmd, err);
			_cleanup_free_ char *stem = xstrndup(word->key, strcspn(word->key, "="));
			const struct word alone = { .key = stem, .value = stem };

			if (word->flag && strchr(word->key, '=') && words_know(cmd, params, &alone))
				return refuse_flag_value(word, err);
			_cleanup_free_ char *hint = hint_for(cmd, params, word);
			_cleanup_free_ char *text = xasprintf(
				"%s does not know '%s%s'%s Nothing was done. 'vxe help %s' lists all.",
				cmd->name, word->flag ? "--" : "", word->key, hint, cmd->name);

			return vxe_fail(err, CLI_USAGE, text);
		}
	}
	return 0;
}

/*
 * Refuses a parameter that is given twice with different values, since only the first would count. Filters may be given
 * twice: an object has to match all of them.
 */
static int check_once(const struct command *cmd, const struct params *params, struct vxe_error *err)
{
	for (size_t i = 0; i < params->n; i++)
		for (size_t k = i + 1; k < params->n; k++) {
			const struct word *one = &params->items[i], *other = &params->items[k];

			if (other->usual || !str_eq(one->key, other->key) ||
				str_eq(one->value, other->value) ||
				!(is_param(cmd, one->key) || is_selecting(cmd, one->key)))
				continue;
			_cleanup_free_ char *text =
				xasprintf("%s= is given twice. Nothing was done.", one->key);

			return vxe_fail(err, CLI_USAGE, text);
		}
	return 0;
}

/* ---- names of fields, values of filters ------------------------------------------------------ */

static int check_column(
	const struct view *v, const char *key, const char *name, struct vxe_error *err)
{
	const struct field *f = class_field_loose(v->cls, name);
	_cleanup_nearest_ struct nearest n = { .word = name };
	_cleanup_free_ char *names = NULL, *text = NULL;

	if (f && (field_is_visible(f, false) || str_eq(key, "param-name")))
		return 0;
	for (f = v->cls->fields; f->name; f++)
		if (field_is_visible(f, false))
			nearest_try(&n, f->name);
	names = nearest_text(&n);
	text = xasprintf("%s=: there is no field '%s'%s%s.", key, name,
		nearest_is_near(&n) ? "; the nearest is " : "", nearest_is_near(&n) ? names : "");
	return vxe_fail(err, CLI_USAGE, text);
}

/* Checks the name of a column, for a list that shows no class of objects and has columns of its own. */
static int check_own_column(
	const char *const *columns, const char *key, const char *name, struct vxe_error *err)
{
	_cleanup_nearest_ struct nearest n = { .word = name };
	_cleanup_free_ char *names = NULL, *text = NULL;

	if (list_has_name(columns, name))
		return 0;
	for (; *columns; columns++)
		nearest_try(&n, *columns);
	names = nearest_text(&n);
	text = xasprintf("%s=: there is no column '%s'%s%s.", key, name,
		nearest_is_near(&n) ? "; the nearest is " : "", nearest_is_near(&n) ? names : "");
	return vxe_fail(err, CLI_USAGE, text);
}

static int check_columns(const struct command *cmd, const struct param *p,
	const struct params *params, struct vxe_error *err)
{
	const struct param_kind *kind = param_kind(cmd, p);
	const struct view *v = param_view(cmd, p);
	const char *given = params_get(params, p->name);
	_cleanup_strv_ struct strv names = { 0 };

	if (given && kind->columns)
		return check_own_column(kind->columns, p->name, given + (*given == '-'), err);
	if (!given || !v ||
		(kind->type != PARAM_FIELD && kind->type != PARAM_FIELDS &&
			kind->type != PARAM_ORDER))
		return 0;
	if (kind->type != PARAM_FIELDS)
		return check_column(
			v, p->name, given + (kind->type == PARAM_ORDER && *given == '-'), err);
	if (str_eq(given, "all"))
		return 0;
	strv_split(&names, given, ',');
	for (size_t i = 0; i < names.n; i++)
		if (check_column(v, p->name, names.items[i], err) < 0)
			return -1;
	return 0;
}

/*
 * Refuses a filter on a reference with a value that is no UUID, nor the beginning of one, if the objects have no names.
 * "" is allowed, and the texts in angle brackets that lists print. A name is looked up later (named_resolve()).
 */
static int check_reference(
	const struct field *f, const char *key, const char *value, struct vxe_error *err)
{
	const struct class *cls = field_class(f);
	const struct view *v = views;

	if (!*value || *value == '<' || str_starts(value, "OpaqueRef:") || uuid_is_valid(value) ||
		uuid_is_beginning(value))
		return 0;
	while (v->prefix && v->cls != cls)
		v++;
	if (v->prefix && class_field(cls, "name-label"))
		return 0;
	_cleanup_free_ char *text = xasprintf("%s= takes a UUID, and '%s' is none.", key, value);

	return vxe_fail(err, CLI_USAGE, text);
}

static int check_one_of(const char *key, const char *value, bool loose,
	const struct enum_name *names, struct vxe_error *err)
{
	_cleanup_nearest_ struct nearest n = { .word = value };

	for (; names->print; names++) {
		if (str_eq(names->print, value) ||
			(loose && word_distance(names->print, value) == 0))
			return 0;
		nearest_try(&n, names->print);
	}
	if (!*value || *value == '<')
		return 0;
	_cleanup_free_ char *near = nearest_text(&n);
	_cleanup_free_ char *text =
		xasprintf("%s= is never '%s'; the nearest value is %s.", key, value, near);

	return vxe_fail(err, CLI_USAGE, text);
}

static const struct enum_name booleans[] = { { "true", NULL }, { "false", NULL }, { NULL, NULL } };

/* Refuses a filter that no object can match. */
static int check_filter(const struct view *v, const struct word *word, struct vxe_error *err)
{
	_cleanup_error_ struct vxe_error wrong = { 0 };
	bool differs = str_starts(word->value, "/=");
	const char *value = word->value + (differs ? 2 : 0);
	struct field_name name;

	if (field_resolve(v->cls, word->key, true, &name, &wrong) < 0)
		return 0;
	if (filter_check(&name, &wrong) < 0)
		return vxe_fail(err, CLI_USAGE, wrong.params[0]);
	if (name.key)
		return 0;
	switch (name.field->type) {
	case FIELD_REF:
		return name.field->flags & F_NAME
			? 0
			: check_reference(name.field, word->key, value, err);
	case FIELD_BOOL:
		return check_one_of(word->key, value, name.field->flags & F_NOCASE, booleans, err);
	case FIELD_ENUM:
		return check_one_of(word->key, value, name.field->flags & F_NOCASE,
			((const struct enum_table *)name.field->arg)->names, err);
	default:
		return 0;
	}
}

int words_check(const struct command *cmd, const struct params *params, struct vxe_error *err)
{
	return check_known(cmd, params, err) < 0 ? -1 : check_once(cmd, params, err);
}

int words_fail_unnamed(const char *word, struct vxe_error *err)
{
	_cleanup_free_ char *text =
		xasprintf("%s= is empty, but it is the name by which the object is found.", word);

	return vxe_fail(err, CLI_USAGE, text);
}

static int check_name(const struct command *cmd, const struct param *p, const struct params *params,
	struct vxe_error *err)
{
	const char *value = params_get(params, p->name);

	return value && !*value && param_kind(cmd, p)->named ? words_fail_unnamed(p->name, err) : 0;
}

int words_check_values(
	const struct command *cmd, const struct params *params, struct vxe_error *err)
{
	for (const struct param *p = cmd->params; p->name; p++)
		if (!(p->flags & P_XE) &&
			(check_columns(cmd, p, params, err) < 0 ||
				check_name(cmd, p, params, err) < 0))
			return -1;
	const struct view *v = cmd->flags & C_SETTINGS ? NULL : words_view(cmd, params);

	for (size_t i = 0; v && i < params->n; i++) {
		const struct word *word = &params->items[i];

		if (!is_param(cmd, word->key) && !is_selecting(cmd, word->key) &&
			!is_for_all(word->key) && check_filter(v, word, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_given(const struct param *p, const struct params *params)
{
	for (size_t i = 0; i < params->n; i++)
		if (is_map(p) ? is_map_key(p, params->items[i].key)
			      : str_eq(p->name, params->items[i].key) && !params->items[i].usual)
			return true;
	return false;
}

void words_idle(const struct command *cmd, const struct params *params, struct strv *lines)
{
	for (const struct param *p = cmd->params; p->name; p++)
		if (p->flags & P_IDLE && is_given(p, params))
			strv_take(lines,
				xasprintf("%s%s %s", p->name, is_map(p) ? "" : "=",
					param_kind(cmd, p)->meaning));
}
