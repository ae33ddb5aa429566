/* SPDX-License-Identifier: MIT */
#include "xe/words/object_names.h"

#include <string.h>

#include "objects/base/escape.h"
#include "objects/base/uuid.h"
#include "objects/queries/uuid_prefix.h"
#include "objects/queries/filter.h"
#include "objects/queries/object_labels.h"
#include "xe/model/matches.h"
#include "xe/model/select.h"
#include "xe/words/similar_word.h"
#include "xe/words/word_check.h"

/* ---- other words for a parameter ------------------------------------------------------------- */

/* The command's parameter for which @p is an alias; @p itself if it is no alias. */
static const struct param *main_of(const struct command *cmd, const struct param *p)
{
	const char *instead = param_kind(cmd, p)->instead;
	const struct param *other = instead ? command_param(cmd, instead, false) : NULL;

	return other ? main_of(cmd, other) : p;
}

/*
 * The name under which the handler of a command knows the parameter or field that the word @key means; NULL: @key
 * itself.
 */
static const char *main_name(
	const struct command *cmd, const struct params *params, const char *key)
{
	const struct param *p = command_param(cmd, key, false);
	const char *name = p ? NULL : words_by_class(cmd, params, key);

	if (name)
		p = command_param(cmd, name, false);
	return p ? main_of(cmd, p)->name : name;
}

int named_unify(const struct command *cmd, struct params *params, struct vxe_error *err)
{
	for (size_t i = 0; i < params->n; i++) {
		struct word *w = &params->items[i];
		const char *name = main_name(cmd, params, w->key);
		const struct param *to = name ? command_param(cmd, name, false) : NULL;

		if (!name || str_eq(name, w->key))
			continue;
		for (size_t k = 0; to && k < params->n; k++) {
			const struct word *o = &params->items[k];

			if (k != i && str_eq(main_name(cmd, params, o->key), name) &&
				!str_eq(o->value, w->value)) {
				const struct view *v = param_view(cmd, to);
				_cleanup_free_ char *text =
					xasprintf("Parameters %s= and %s= name different %s.",
						o->key, w->key, v ? v->doc : "objects");

				return vxe_fail(err, CLI_USAGE, text);
			}
		}
		free(w->key);
		w->key = xstrdup(name);
	}
	return 0;
}

/* ---- what a word refers to ------------------------------------------------------------------- */

struct reference {
	/* the view of all objects of the class: the beginning of a UUID must fit only one of them */
	struct view all;
	struct view called; /* the view of those objects that a name-label may mean */
	/* name-labels are replaced by UUIDs, too; if false, the handler looks up names, or the objects have none */
	bool names;
	bool list; /* the value is a list of UUIDs or names, separated by commas */
	/*
	 * The field whose values are meant, UUIDs of objects that may be gone; NULL: the objects of the view are meant.
	 */
	const struct field *in;
};

static const struct view *view_of_class(const struct class *cls)
{
	const struct view *v = views;

	while (v->prefix && v->cls != cls)
		v++;
	return v->prefix ? v : NULL;
}

/*
 * Sets the views of the objects to which the value of a word may refer. @kind: the kind of the parameter; NULL: the
 * word is a filter or setting or, with @selects, the selector (vm=).
 */
static void refer(
	struct reference *ret, const struct view *v, const struct param_kind *kind, bool selects)
{
	ret->all = ret->called = *v;
	memset(&ret->all.filter, 0, sizeof(ret->all.filter));
	if (selects || !class_field(v->cls, "name-label"))
		return;
	/* Names of PARAM_OBJECT are looked up by the handler, except names of snapshots and templates. */
	ret->names = !kind || kind->type == PARAM_UUID || kind->type == PARAM_UUIDS ||
		(kind->type == PARAM_OBJECT &&
			(str_eq(v->prefix, "snapshot") || str_eq(v->prefix, "template")));
	ret->list = kind && kind->type == PARAM_UUIDS;
	/* Snapshots of a disk have the name-label of the disk; a name means the disk. */
	if (str_eq(v->prefix, "vdi")) {
		ret->called.filter[0].field = "is-a-snapshot";
		ret->called.filter[0].value = "false";
	}
	if (kind && kind->snapshots)
		memset(&ret->called.filter[1], 0, sizeof(ret->called.filter[1]));
}

/*
 * True if values of this kind may be UUIDs of objects: a text or a value of a map may be one only if the kind has a
 * view.
 */
static bool refers(const struct param_kind *kind)
{
	return kind->type == PARAM_UUID || kind->type == PARAM_OBJECT ||
		kind->type == PARAM_UUIDS ||
		(kind->view && (kind->type == PARAM_TEXT || kind->type == PARAM_MAP));
}

/*
 * The view of the objects to which the value of a filter or setting refers; NULL: the value is no reference. In a
 * setting, the field uuid refers to nothing.
 */
static const struct view *view_of_field(const struct command *cmd, const struct params *params,
	const char *key, const struct field **in)
{
	const struct view *v = words_view(cmd, params);
	_cleanup_error_ struct vxe_error unknown = { 0 };
	struct field_name name;

	if (!v || field_resolve(v->cls, key, true, &name, &unknown) < 0 || name.key)
		return NULL;
	if (str_eq(name.field->name, "uuid"))
		return cmd->flags & C_SETTINGS ? NULL : v;
	if (name.field->flags & F_UUID) {
		*in = name.field;
		return v;
	}
	if (name.field->type != FIELD_REF || name.field->flags & F_NAME)
		return NULL;
	return v->cls == field_class(name.field) && str_eq(name.field->name, "parent")
		? view_by_prefix("snapshot")
		: view_of_class(field_class(name.field));
}

/* ---- the objects ----------------------------------------------------------------------------- */

/* Adds the values of the field ref->in that begin with @text. */
static int add_held(struct call *c, const struct reference *ref, const char *text, struct strv *ret,
	struct vxe_error *err)
{
	const struct field *const fields[] = { ref->in, NULL };
	_cleanup_rows_ struct rows rows = { 0 };

	if (list_rows(c->session, &ref->all, NULL, 0, fields, 0, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		const char *uuid = rows.items[i].values[0].string;

		if (uuid && strncasecmp(uuid, text, strlen(text)) == 0 && !strv_has(ret, uuid))
			strv_add(ret, uuid);
	}
	return 0;
}

/*
 * Adds the objects with the name-label @name. @flags: LIST_KNOWN if begun_uuids() has already looked for domains
 * without records.
 */
static int add_called(struct call *c, const struct view *called, const char *name, unsigned flags,
	struct strv *ret, struct vxe_error *err)
{
	const struct field *const fields[] = { class_field(called->cls, "uuid"), NULL };
	const struct filter filter = { "name-label", name };
	_cleanup_rows_ struct rows rows = { 0 };

	if (!class_field(called->cls, "name-label"))
		return 0;
	if (list_rows(c->session, called, &filter, 1, fields, flags, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++)
		if (!strv_has(ret, rows.items[i].uuid))
			strv_add(ret, rows.items[i].uuid);
	return 0;
}

/* Removes all objects from @found except the snapshots of @vms. */
static int keep_of(struct call *c, const struct reference *ref, const struct strv *vms,
	struct strv *found, struct vxe_error *err)
{
	struct view among = ref->all;
	const struct field *const fields[] = { class_field(among.cls, "snapshot-of"), NULL };
	_cleanup_strv_ struct strv before = *found;
	_cleanup_rows_ struct rows rows = { 0 };

	*found = (struct strv){ 0 };
	among.among = &before;
	if (list_rows(c->session, &among, NULL, 0, fields, LIST_KNOWN, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++)
		if (rows.items[i].values[0].string && strv_has(vms, rows.items[i].values[0].string))
			strv_add(found, rows.items[i].uuid);
	return 0;
}

/* ---- refusals -------------------------------------------------------------------------------- */

/*
 * Makes a list of objects for a message, a line with UUID, class and name for each; the objects may be of any class,
 * and may be gone. Owned.
 */
static char *list_held(struct call *c, const struct strv *found)
{
	struct str text = { 0 };

	for (size_t i = 0; i < found->n && i < MOST_LISTED; i++) {
		const char *kind = NULL;
		_cleanup_free_ char *name = naming_object(c->session, found->items[i], &kind);
		_cleanup_free_ char *safe = name ? shown(name, SHOWN_TEXT) : NULL;

		str_addf(&text, "%s%s  %s%s%s%s", i ? "\n" : "", found->items[i],
			kind ? kind : "an object that is gone", safe ? " '" : "", safe ? safe : "",
			safe ? "'" : "");
	}
	if (found->n > MOST_LISTED)
		str_addf(&text, "\nand %zu more", found->n - MOST_LISTED);
	return str_steal(&text);
}

static int near_names(
	struct call *c, const struct reference *ref, struct nearest *n, struct vxe_error *err)
{
	const struct field *const fields[] = { class_field(ref->called.cls, "name-label"), NULL };
	_cleanup_rows_ struct rows rows = { 0 };

	if (list_rows(c->session, &ref->called, NULL, 0, fields, 0, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		_cleanup_free_ char *name = shown(rows.items[i].values[0].string, SHOWN_TEXT);

		nearest_try(n, name);
	}
	return 0;
}

static int refuse_none(struct call *c, const struct reference *ref, const char *text, bool of_vm,
	struct vxe_error *err)
{
	_cleanup_free_ char *safe = shown(text, SHOWN_TEXT), *near = NULL, *message = NULL;
	_cleanup_nearest_ struct nearest n = { .word = safe };

	if (ref->names && near_names(c, ref, &n, err) < 0)
		return -1;
	bool others = of_vm && strv_has(&n.names, safe);

	near = nearest_is_near(&n) && !others ? nearest_text(&n) : NULL;
	message = ref->names ? xasprintf("None of the %s%s has the name or the UUID '%s'%s%s.",
				       ref->called.doc, of_vm ? " of that VM" : "", safe,
				       others	      ? "; one of another VM has"
					       : near ? "; the nearest name is "
						      : "",
				       near ? near : "")
		: ref->in ? xasprintf("In none of the %s does %s begin with '%s'.", ref->called.doc,
				    ref->in->name, safe)
			  : xasprintf("None of the %s has a UUID that begins with '%s'.",
				    ref->called.doc, safe);
	return vxe_fail(err, CLI_NO_MATCH, message);
}

/* ---- one text -------------------------------------------------------------------------------- */

/*
 * Finds the UUIDs of the objects that a text may mean, by the beginning of a UUID or by name. @vms: only snapshots of
 * these VMs; NULL: any.
 */
static int find_meant_objects(struct call *c, const struct reference *ref, const char *text,
	const struct strv *vms, struct strv *ret, struct vxe_error *err)
{
	bool begins = uuid_is_beginning(text), acts = !(c->command->flags & C_READS);

	if (uuid_is_valid(text))
		strv_add(ret, text);
	else if (begins &&
		(ref->in ? add_held(c, ref, text, ret, err)
			 : begun_uuids(c->session, &ref->all, text, acts, ret, err)) < 0)
		return -1;
	if (!ref->in && (ref->names || ret->n) && !uuid_is_valid(text) &&
		add_called(c, ref->names ? &ref->called : &ref->all, text,
			ref->names && !ret->n ? 0 : LIST_KNOWN, ret, err) < 0)
		return -1;
	return vms && ret->n ? keep_of(c, ref, vms, ret, err) : 0;
}

/*
 * Replaces a text by the UUID of the object that it means; *ret stays NULL if the text stays as it is. @may_be_called:
 * the handler itself looks up names, so a text without a match is no error. @vms: only snapshots of these VMs; NULL:
 * all.
 */
static int resolve_text(struct call *c, const struct reference *ref, const char *text,
	bool may_be_called, const struct strv *vms, char **ret, struct vxe_error *err)
{
	_cleanup_strv_ struct strv found = { 0 };

	/* "<not in database>" and "OpaqueRef:NULL" are texts that lists print, and that xe takes for no object. */
	if (!*text || *text == '<' || str_starts(text, "OpaqueRef:") ||
		(uuid_is_valid(text) && !vms) || !(ref->names || uuid_is_beginning(text) || vms))
		return 0;
	/* for commands that only read, the records in the store are enough, and libvirt is not asked */
	if (!(c->command->flags & C_READS))
		call_asks_libvirt(c);
	if (call_session(c, err) < 0 || find_meant_objects(c, ref, text, vms, &found, err) < 0)
		return -1;
	if (found.n > 1) {
		_cleanup_free_ char *lines = NULL, *safe = shown(text, SHOWN_TEXT);
		bool of_vm = command_owns(c->command, "snapshot", false);

		if (ref->in)
			lines = list_held(c, &found);
		else if (list_matches(c, &ref->all, &found, &lines, err) < 0)
			return -1;
		_cleanup_free_ char *message = xasprintf(
			"'%s' can mean each of %zu objects; name one by its whole UUID%s. "
			"Nothing was done.",
			safe, found.n, of_vm ? ", or with vm=" : "");

		vxe_fail(err, CLI_AMBIGUOUS, message);
		err->detail = TAKE(lines);
		return -1;
	}
	if (!found.n)
		return may_be_called ? 0 : refuse_none(c, ref, text, vms != NULL, err);
	*ret = xstrdup(found.items[0]);
	return 0;
}

static int resolve_list(
	struct call *c, const struct reference *ref, struct word *w, struct vxe_error *err)
{
	_cleanup_strv_ struct strv texts = { 0 };

	strv_split(&texts, w->value, ',');
	for (size_t i = 0; i < texts.n; i++) {
		char *uuid = NULL;

		if (resolve_text(c, ref, texts.items[i], false, NULL, &uuid, err) < 0)
			return -1;
		if (uuid) {
			free(texts.items[i]);
			texts.items[i] = uuid;
		}
	}
	free(w->value);
	w->value = strv_join(&texts, ",");
	return 0;
}

/* ---- all words of a call --------------------------------------------------------------------- */

/* True for selectors (vm=), and for parameters whose handlers look up names themselves. */
static bool handler_knows_names(
	const struct command *cmd, const struct reference *ref, const char *key)
{
	const struct param *p = command_param(cmd, key, false);

	return !ref->names &&
		(p ? param_kind(cmd, p)->type == PARAM_OBJECT : str_eq(key, command_selector(cmd)));
}

static int resolve_word(
	struct call *c, struct word *w, const struct strv *vms, struct vxe_error *err)
{
	struct reference ref = { 0 };
	char *uuid = NULL;

	const struct param *p = words_param(c->command, w->key);
	const struct param_kind *kind = p ? param_kind(c->command, p) : NULL;
	const char *selector = command_selector(c->command);
	bool selects = !kind && str_eq(w->key, selector);
	const struct field *in = NULL;
	const struct view *v = kind ? refers(kind) ? param_view(c->command, p) : NULL
		: selects	    ? view_by_prefix(selector)
				    : view_of_field(c->command, c->params, w->key, &in);

	if (!v)
		return 0;
	refer(&ref, v, kind, selects || in);
	ref.in = in;
	if (ref.list)
		return resolve_list(c, &ref, w, err);
	/* A filter FIELD=/=NAME matches the objects that do not refer to NAME. */
	size_t skip = !kind && !selects && str_starts(w->value, "/=") ? 2 : 0;

	if (resolve_text(c, &ref, w->value + skip, handler_knows_names(c->command, &ref, w->key),
		    str_eq(ref.called.prefix, "snapshot") && ref.names ? vms : NULL, &uuid,
		    err) < 0)
		return -1;
	if (uuid) {
		char *value = xasprintf("%.*s%s", (int)skip, w->value, uuid);

		free(w->value);
		free(uuid);
		w->value = value;
	}
	return 0;
}

/* Finds the VMs that vm= may mean, for a command on one snapshot. */
static int resolve_vm(
	struct call *c, struct params *params, struct strv *ret, struct vxe_error *err)
{
	for (size_t i = 0; i < params->n; i++)
		if (str_eq(params->items[i].key, "vm"))
			return resolve_word(c, &params->items[i], NULL, err) < 0
				? -1
				: select_vms_named(c, params->items[i].value, ret, err);
	return 0;
}

int named_resolve(struct call *c, struct params *params, struct vxe_error *err)
{
	_cleanup_strv_ struct strv vms = { 0 };
	const struct param *vm = command_param(c->command, "vm", false);
	bool of_vm = vm && refers(param_kind(c->command, vm));

	if (of_vm && params_get(params, "vm") && resolve_vm(c, params, &vms, err) < 0)
		return -1;
	for (size_t i = 0; i < params->n; i++)
		if (!(of_vm && str_eq(params->items[i].key, "vm")) &&
			resolve_word(c, &params->items[i], vms.n ? &vms : NULL, err) < 0)
			return -1;
	return 0;
}
