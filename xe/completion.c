/* SPDX-License-Identifier: MIT */
/* Completion for shells: offers candidates for the word that the user is typing. */
#include "xe/completion.h"

#include <string.h>

#include "objects/base/uri.h"
#include "objects/base/uuid.h"
#include "objects/file_index/definition_files.h"
#include "objects/start/session_open.h"
#include "objects/queries/list.h"
#include "xe/model/command.h"
#include "xe/all_commands.h"
#include "xe/args/environment.h"
#include "xe/model/fields.h"

struct completion {
	const struct program *p;
	/* the words of the typed command line, first the command, without the unfinished last word */
	const char *const *words;
	size_t n;
	const char *typed;
	bool as_xe;
	struct commands all;
	const struct command *command;
	struct environment env;
	struct session *opened;
	struct session_config
		config; /* of that session, with the connection that it does not use */
	/* as files_names() lists them: domains, and networks */
	struct strv names[2];
	bool looked[2]; /* they are listed */
	struct str out;
};

static void completion_clear(struct completion *c)
{
	commands_clear(&c->all);
	session_close(c->opened);
	environment_clear(&c->env);
	for (size_t i = 0; i < ARRAY_LEN(c->names); i++)
		strv_clear(&c->names[i]);
	str_clear(&c->out);
}

/* ---- output --------------------------------------------------------------------------------- */

/*
 * Offers the word @before + @text + @after if that begins with what was typed. The shell expects a line
 * "WORD\tDESCRIPTION".
 */
static void offer(struct completion *c, const char *before, const char *text, const char *after,
	const char *description)
{
	_cleanup_free_ char *word = xasprintf("%s%s%s", before, text, after);

	if (str_starts(word, c->typed) && !strpbrk(word, "\t\n") && *word)
		str_addf(&c->out, "%s\t%.*s\n", word, (int)strcspn(description, "\t\n"),
			description);
}

static void offer_words(struct completion *c, const char *before, const char *const *words)
{
	for (; *words; words++)
		offer(c, before, *words, "", "");
}

/* ---- the store ------------------------------------------------------------------------------ */

/*
 * The session that reads the store; NULL if there is no store that can be read. The session has no connection URI, so
 * libvirt is never asked.
 */
static struct session *session_of(struct completion *c)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct session_config config = { 0 };

	if (c->opened)
		return c->opened;
	if (c->p->config)
		config = *c->p->config;
	else if (environment_load(&c->env, settings_of(c->p), geteuid() == 0, &err) == 0)
		config = c->env.config;
	c->config = config;
	config.connect = NULL;
	config.hypervisor = NULL;
	config.readonly = uri_is_database(config.store);
	if (!config.store || (!config.readonly && access(config.store, R_OK | X_OK) < 0) ||
		session_open(&c->opened, &config, &err) < 0)
		return NULL;
	return c->opened;
}

/* Reads the given fields of the objects of a view into @ret; after a failure @ret has no rows. */
static void read_rows(struct completion *c, const struct view *v, const struct filter *filter,
	const struct field *const *fields, struct rows *ret)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	struct session *s = session_of(c);

	if (s && list_rows(s, v, filter, filter ? 1 : 0, fields, 0, ret, &err) < 0)
		rows_clear(ret);
}

enum { WITH_UUIDS = 1 << 0, WITH_NAMES = 1 << 1 };

/* The value that a word before the unfinished one gives to @key; NULL: there is none. */
static const char *given(const struct completion *c, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 1; i < c->n; i++)
		if (str_starts(c->words[i], key) && c->words[i][len] == '=')
			return c->words[i] + len + 1;
	return NULL;
}

/* The field of VMs and networks that has libvirt's name on record, and that no list shows; NULL: the class has none. */
static const struct field *name_on_record(const struct class *cls)
{
	const struct field *f = cls->fields;

	while (f->name && !str_eq(f->name, "libvirt_name"))
		f++;
	return f->name ? f : NULL;
}

static int compare_line(const void *uuid, const void *line)
{
	return strncmp(uuid, *(char *const *)line, UUID_TEXT_LEN);
}

/*
 * The name of a VM or network: its name-label, but libvirt's name if that is another one by now than on record. @label and
 * @known: the numbers of the columns name-label and libvirt_name. Borrowed.
 */
static const char *name_now(
	struct completion *c, bool network, const struct row *row, size_t label, size_t known)
{
	const char *then = row->values[known].string;
	struct strv *names = &c->names[network];

	if (!c->looked[network])
		files_names(&c->config, network, names);
	c->looked[network] = true;
	char **line = names->n
		? bsearch(row->uuid, names->items, names->n, sizeof(*names->items), compare_line)
		: NULL;
	const char *now = line ? *line + UUID_TEXT_LEN + 1 : NULL;

	return now && !str_is_empty(then) && !str_eq(now, then) ? now : row->values[label].string;
}

/* Collects the UUIDs of the VMs that @word may mean: by name, or by the beginning of the UUID. */
static void find_vms(struct completion *c, const char *word, struct strv *ret)
{
	const struct view *v = view_by_prefix("vm");
	const struct field *const fields[] = { class_field(v->cls, "name-label"),
		name_on_record(v->cls), NULL };
	_cleanup_rows_ struct rows rows = { 0 };

	read_rows(c, v, NULL, fields, &rows);
	for (size_t i = 0; i < rows.n; i++)
		if (str_eq(name_now(c, false, &rows.items[i], 0, 1), word) ||
			(*word && str_starts(rows.items[i].uuid, word)))
			strv_add(ret, rows.items[i].uuid);
}

/* Takes the rows of snapshots of other VMs than those of @vm out, a word for a VM; column 2 is snapshot-of. */
static void keep_snapshots_of(struct completion *c, const char *vm, struct rows *rows, bool *keep)
{
	_cleanup_strv_ struct strv vms = { 0 };

	find_vms(c, vm, &vms);
	for (size_t i = 0; i < rows->n; i++) {
		const char *of = rows->items[i].values[2].string;

		keep[i] = of && strv_has(&vms, of);
	}
}

static void offer_objects(struct completion *c, const char *key, const struct view *v, int what)
{
	/* where the words before have named a VM, its snapshots alone are meant */
	const char *vm = !c->as_xe && str_eq(v->prefix, "snapshot") ? given(c, "vm") : NULL;
	const bool vms = v->cls == view_by_prefix("vm")->cls;
	const struct field *known = name_on_record(v->cls);
	const struct field *const fields[] = { class_field(v->cls, "uuid"),
		class_field(v->cls, "name-label"), vms ? class_field(v->cls, "snapshot-of") : known,
		vms ? known : NULL, NULL };
	/* as `vxe` the names of all come first, because people know those */
	const int first = c->as_xe ? what : what & WITH_NAMES;
	_cleanup_free_ char *before = xasprintf("%s=", key);
	_cleanup_free_ bool *keep = NULL;
	_cleanup_rows_ struct rows rows = { 0 };

	read_rows(c, v, NULL, fields, &rows);
	keep = xcalloc(rows.n + 1, sizeof(*keep));
	for (size_t i = 0; i < rows.n; i++)
		keep[i] = true;
	if (vm)
		keep_snapshots_of(c, vm, &rows, keep);
	for (int pass = first, left = what & ~first; pass || left; pass = left, left = 0)
		for (size_t i = 0; i < rows.n; i++) {
			const struct row *row = &rows.items[i];
			const char *name = known    ? name_now(c, !vms, row, 1, vms ? 3 : 2)
				: rows.n_fields > 1 ? row->values[1].string
						    : "";

			if (keep[i] && pass & WITH_UUIDS)
				offer(c, before, rows.items[i].uuid, "", name ? name : "");
			if (keep[i] && pass & WITH_NAMES && !str_is_empty(name))
				offer(c, before, name, "", rows.items[i].uuid);
		}
}

/* ---- the objects of a key -------------------------------------------------------------------- */

static const struct view *view_of_class(const struct class *cls)
{
	for (const struct view *v = views; v->prefix; v++)
		if (v->cls == cls)
			return v;
	return NULL;
}

/*
 * The kind of the command's parameter or selector with the name @key; NULL: the command has none, so @key may be a
 * field.
 */
static const struct param_kind *param_kind_of(const struct completion *c, const char *key)
{
	static const struct {
		unsigned flag;
		struct param_kind kind;
	} selectors[] = {
		{ C_SELECTS, { "vm", PARAM_OBJECT, .meaning = "The VM.", .view = "vm" } },
		{ C_SELECTS_HOST,
			{ "host", PARAM_OBJECT, .meaning = "The host.", .view = "host" } },
		{ C_SELECTS_SR,
			{ "sr", PARAM_OBJECT, .meaning = "The storage repository.",
				.view = "sr" } },
	};
	const struct param *p = command_param(c->command, key, c->as_xe);

	for (size_t i = 0; !p && i < ARRAY_LEN(selectors); i++)
		if (c->command->flags & selectors[i].flag && str_eq(key, selectors[i].kind.name))
			return &selectors[i].kind;
	return p ? param_kind(c->command, p) : NULL;
}

/* ---- values --------------------------------------------------------------------------------- */

/* Completes the last name in a list of names of fields that are separated by commas. */
static void offer_fields(struct completion *c, const char *key, const struct view *v)
{
	size_t head = strlen(key) + 1;
	const char *comma = strrchr(c->typed, ',');

	if (c->typed[head] == '-') /* '-' before a name, in sort= */
		head++;
	if (comma)
		head = (size_t)(comma + 1 - c->typed);
	_cleanup_free_ char *before = xstrndup(c->typed, head);

	for (const struct field *f = v->cls->fields; f->name; f++)
		if (field_is_visible(f, c->as_xe))
			offer(c, before, f->name, "", f->doc);
}

/* Offers the members of the set, or keys of the map, that the named field of the object has now. */
static void offer_members(struct completion *c, const struct view *v)
{
	const char *name = given(c, "param-name"), *uuid = given(c, "uuid");
	const struct field *const fields[] = { name ? class_field(v->cls, name) : NULL, NULL };
	const struct view all = { .prefix = v->prefix, .cls = v->cls, .prepare = v->prepare };
	const struct filter filter = { "uuid", uuid };
	_cleanup_rows_ struct rows rows = { 0 };

	if (!fields[0] || !uuid)
		return;
	read_rows(c, &all, &filter, fields, &rows);
	for (size_t i = 0; i < rows.n; i++) {
		const struct value *value = &rows.items[i].values[0];

		for (size_t j = 0; j < value->map.n; j++)
			offer(c, "param-key=", value->map.items[j].key, "",
				value->map.items[j].value);
		for (size_t j = 0; j < value->list.n; j++)
			offer(c, "param-key=", value->list.items[j], "", "");
	}
}

/* What stands for an object where xe takes a UUID: as `vxe` also its name. */
static int ids_of(const struct completion *c)
{
	return c->as_xe ? WITH_UUIDS : WITH_UUIDS | WITH_NAMES;
}

/* Offers the possible values of a field. */
static void offer_field_values(struct completion *c, const char *key, const struct view *v)
{
	static const char *const booleans[] = { "false", "true", NULL };
	const struct field *f =
		c->as_xe ? class_field(v->cls, key) : class_field_loose(v->cls, key);
	const struct view *other = f && f->type == FIELD_REF ? view_of_class(field_class(f)) : NULL;
	_cleanup_free_ char *before = xasprintf("%s=", key);

	if (f && f->type == FIELD_BOOL)
		offer_words(c, before, booleans);
	else if (f && f->type == FIELD_ENUM) {
		const struct enum_table *table = f->arg;
		bool sets = c->command->flags & C_SETTINGS;

		for (const struct enum_name *e = table->names; e->print; e++)
			offer(c, before, sets && e->input ? e->input : e->print, "", "");
	} else if (other)
		offer_objects(c, key, other, ids_of(c));
	else if (str_eq(key, "uuid"))
		offer_objects(c, key, v, ids_of(c));
	else if (str_eq(key, "name-label"))
		offer_objects(c, key, v, WITH_NAMES);
}

static void offer_words_of(struct completion *c, const struct param_kind *kind)
{
	static const char *const booleans[] = { "false", "true", NULL };
	_cleanup_free_ char *before = xasprintf("%s=", kind->name);

	if (kind->type == PARAM_FLAG || kind->type == PARAM_GIVEN)
		offer_words(c, before, booleans);
	for (const struct enum_name *e = kind->words ? kind->words->names : NULL; e && e->print;
		e++)
		offer(c, before, e->input ? e->input : e->print, "", "");
}

/* The kind of the parameter whose key was typed as @key: "--sort" means "sort". */
static const struct param_kind *kind_typed(const struct completion *c, const char *key)
{
	const struct param_kind *kind = str_starts(key, "--") ? param_kind_of(c, key + 2) : NULL;

	return kind && kind->dashed ? kind : param_kind_of(c, key);
}

static void offer_values(struct completion *c, const char *key)
{
	const struct param_kind *kind = kind_typed(c, key);
	const struct view *own = command_view(c->command);
	const struct view *v = kind && kind->view ? view_by_prefix(kind->view) : own;
	const int named = WITH_UUIDS | WITH_NAMES, ids = ids_of(c);

	if (!kind && v && (c->command->flags & (C_FILTERS | C_SETTINGS | C_SELECTS)))
		offer_field_values(c, key, v);
	if (!kind)
		return;
	switch (kind->type) {
	case PARAM_UUID:
	case PARAM_OBJECT:
		if (v)
			offer_objects(c, key, v, kind->type == PARAM_OBJECT ? named : ids);
		break;
	case PARAM_FIELD:
	case PARAM_FIELDS:
	case PARAM_ORDER:
		if (kind->columns) {
			/* sort= of a list that shows no class of objects: offers the columns of that list. */
			size_t head = strlen(key) + 1;
			_cleanup_free_ char *before =
				xstrndup(c->typed, head + (c->typed[head] == '-'));

			offer_words(c, before, kind->columns);
		} else if (v)
			offer_fields(c, key, v);
		break;
	case PARAM_KEY:
		offer_members(c, v);
		break;
	default:
		offer_words_of(c, kind);
	}
}

/* ---- commands and keys ---------------------------------------------------------------------- */

static void offer_flags(struct completion *c)
{
	for (const struct param *p = c->command->params; p->name; p++) {
		const struct param_kind *kind = param_kind(c->command, p);

		if ((kind->type == PARAM_FLAG || kind->type == PARAM_GIVEN) &&
			!(c->as_xe && p->flags & P_OURS))
			offer(c, "--", p->name, "", kind->meaning);
		if (kind->dashed && !(c->as_xe && p->flags & P_OURS))
			offer(c, "--", p->name, "=", kind->meaning);
	}
	if (c->command->flags & C_SELECTS)
		offer(c, "--", "multiple", "", "Act on all that match.");
	if (c->command->flags & C_FILTERS)
		offer(c, "--", "all", "", "All of the class, filters or not.");
	offer(c, "--", "minimal", "", "The first column alone, joined with commas.");
	for (const struct output_key *k = output_keys; !c->as_xe && k->name; k++)
		offer(c, "--", k->name, "", k->meaning);
}

/* The text that explains the parameter or field @key. */
static const char *meaning_of(const struct completion *c, const char *key)
{
	const struct param_kind *kind = param_kind_of(c, key);
	const struct view *v = command_view(c->command);
	_cleanup_free_ char *name = xstrndup(key, strcspn(key, ":"));
	const struct field *f = v ? class_field(v->cls, name) : NULL;

	return kind ? kind->meaning : f ? f->doc : "";
}

/* Offers the key of a parameter. After "other-config:" the user types a key of the map, after "sr-uuid=" a value. */
static void offer_key(struct completion *c, const char *key)
{
	const char *after = str_ends(key, ":") || str_ends(key, "-") ? "" : "=";

	if (*key != '<' && !given(c, key))
		offer(c, "", key, after, meaning_of(c, key));
}

static void offer_keys(struct completion *c)
{
	_cleanup_strv_ struct strv keys = { 0 };
	const struct view *v = view_by_prefix("vm");

	command_required(c->command, &keys);
	command_optional(c->command, c->as_xe, &keys);
	for (size_t i = 0; i < keys.n; i++)
		offer_key(c, keys.items[i]);
	if (!(c->command->flags & C_SELECTS))
		return;
	offer_key(c, "vm");
	for (const struct field *f = v->cls->fields; f->name; f++)
		if (field_is_visible(f, c->as_xe))
			offer_key(c, f->name);
}

/* Offers the commands that have one of the flags @with, if it is not 0, and none of @without. */
static void offer_commands(struct completion *c, unsigned with, unsigned without)
{
	for (size_t i = 0; i < c->all.n; i++) {
		const struct command *cmd = &c->all.items[i];

		if (!(cmd->flags & without) && (!with || cmd->flags & with))
			offer(c, "", cmd->name, "", cmd->help);
	}
}

static void offer_all(struct completion *c)
{
	const char *eq = strchr(c->typed, '=');
	_cleanup_free_ char *key = eq ? xstrndup(c->typed, (size_t)(eq - c->typed)) : NULL;

	if (!c->n || str_eq(c->words[0], "help")) {
		const unsigned often = c->as_xe ? 0 : C_STANDARD | C_EVERYDAY;

		if (often)
			offer_commands(c, often, C_HIDDEN);
		offer_commands(c, 0, C_HIDDEN | often);
		offer(c, "", "help", "", "Describe commands.");
		return;
	}
	c->command = commands_find(&c->all, c->words[0]);
	if (!c->command)
		return;
	if (key)
		offer_values(c, key);
	else if (str_starts(c->typed, "-"))
		offer_flags(c);
	else
		offer_keys(c);
}

int complete_words(const struct program *p, const char *const *words, size_t n)
{
	_cleanup_(completion_clear) struct completion c = { .p = p };

	if (n < 2)
		return 0;
	c.as_xe = str_eq(words[0], "xe");
	c.words = words + 1;
	c.n = n - 2;
	c.typed = words[n - 1];
	commands_init(&c.all, c.as_xe);
	offer_all(&c);
	(void)p->io->out(p->io->ctx, str_text(&c.out), c.out.len);
	(void)p->io->flush(p->io->ctx);
	return 0;
}
