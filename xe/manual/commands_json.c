/* SPDX-License-Identifier: MIT */
/* Hidden commands that print the tables of commands, fields and errors, for tests and generated documents. */
#include <ctype.h>
#include <string.h>

#include "objects/base/advice.h"
#include "objects/engine/op_recover.h"
#include "objects/queries/fields_doc.h"
#include "xe/manual/guide.h"
#include "xe/model/select.h"

/* ---- self-test ------------------------------------------------------------------------------ */

static int check_params(const struct command *cmd, struct vxe_error *err)
{
	bool optional_seen = false;

	for (const struct param *p = cmd->params; p->name; p++) {
		/*
		 * Keys such as minimal= and multiple= never reach a command as its parameters, but a command may
		 * declare a force= or an all= of its own.
		 */
		if (key_is_standard(p->name) && !str_eq(p->name, "force") &&
			!str_eq(p->name, "all"))
			return vxe_fail_text(
				err, "%s: %s= never reaches a command", cmd->name, p->name);
		if (p->flags & P_REQUIRED && optional_seen)
			return vxe_fail_text(err, "%s: %s= is required but not listed first",
				cmd->name, p->name);
		if (!param_kind(cmd, p))
			return vxe_fail_text(err, "%s: %s= has no meaning", cmd->name, p->name);
		_cleanup_free_ char *text = guide_default(cmd, p);

		if (!(p->flags & P_HIDDEN || text))
			return vxe_fail_text(err, "%s: %s= has no default", cmd->name, p->name);
		optional_seen |= !(p->flags & P_REQUIRED);
	}
	return 0;
}

static int check_commands(const struct commands *all, struct vxe_error *err)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct command *cmd = &all->items[i];

		if (!cmd->run || str_is_empty(cmd->help))
			return vxe_fail_text(err, "%s has no handler or no help", cmd->name);
		if ((cmd->run == on_uuid || cmd->run == on_snapshot || cmd->run == on_vms ||
			    cmd->run == on_hosts) &&
			!cmd->act == !cmd->one)
			return vxe_fail_text(err, "%s does nothing with its objects", cmd->name);
		if (!(cmd->flags & C_READS) && !command_owns(cmd, "dry-run", false) &&
			!cmd->unplanned)
			return vxe_fail_text(
				err, "%s has neither dry-run= nor a reason", cmd->name);
		if (i > 0 && strcmp(all->items[i - 1].name, cmd->name) >= 0)
			return vxe_fail_text(err, "%s is there twice", cmd->name);
		if (check_params(cmd, err) < 0)
			return -1;
	}
	return 0;
}

static bool has_param(const struct commands *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (command_owns(&all->items[i], name, false))
			return true;
	return false;
}

static int check_kinds(const struct commands *all, struct vxe_error *err)
{
	for (const struct param_kind *kind = param_kinds; kind->name; kind++)
		if (!has_param(all, kind->name))
			return vxe_fail_text(err, "%s= belongs to no command", kind->name);
		else if (kind->view && !view_by_prefix(kind->view))
			return vxe_fail_text(err, "%s= names no class", kind->name);
	return 0;
}

static int check_fields(const struct class *cls, size_t *n, struct vxe_error *err)
{
	if (!str_eq(cls->fields[0].name, "uuid"))
		return vxe_fail_text(err, "%s does not begin with its uuid", cls->name);
	for (const struct field *f = cls->fields; f->name; f++, ++*n) {
		if (!(f->flags & F_INTERNAL) && str_is_empty(f->doc))
			return vxe_fail_text(err, "%s %s is not documented", cls->name, f->name);
		if (f->offset == FIELD_COMPUTED && !f->get)
			return vxe_fail_text(err, "%s %s has no value", cls->name, f->name);
	}
	return 0;
}

static int check_views(struct vxe_error *err)
{
	for (const struct view *v = views; v->prefix; v++)
		for (size_t i = 0; v->columns[i]; i++)
			if (!class_field(v->cls, v->columns[i]))
				return vxe_fail_text(err, "%s-list shows %s, which is no field",
					v->prefix, v->columns[i]);
	return 0;
}

static int cmd_self_test(struct call *c, struct vxe_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t n_fields = 0;

	if (check_commands(c->all, err) < 0 || check_kinds(c->all, err) < 0 || check_views(err) < 0)
		return -1;
	for (size_t i = 0; classes[i]; i++)
		if (check_fields(classes[i], &n_fields, err) < 0)
			return -1;
	for (const struct view *v = views; v->prefix; v++)
		if (v->cls->absent && check_fields(v->cls, &n_fields, err) < 0)
			return -1;
	text = xasprintf("%zu commands, %zu fields", c->all->n, n_fields);
	call_print(c, text);
	return 0;
}

/* ---- generated documents -------------------------------------------------------------------- */

static int sink_str(void *ctx, const char *data, size_t len)
{
	str_add_bytes(ctx, data, len);
	return 0;
}

static int cmd_fields_doc(struct call *c, struct vxe_error *err)
{
	_cleanup_str_ struct str doc = { 0 };

	(void)err;
	(void)fields_write_doc(sink_str, &doc);
	/* call_print() adds the last newline. */
	if (doc.len && doc.data[doc.len - 1] == '\n')
		doc.data[--doc.len] = '\0';
	call_print(c, str_text(&doc));
	return 0;
}

/*
 * Adds the advice of an error code to the document: {NAME}, which stands for a parameter of the error, becomes NAME in
 * capitals; of {NAME?TEXT} only TEXT is left.
 */
static void doc_next(const char *text, struct str *doc)
{
	bool inside = false;

	if (str_is_empty(text))
		return;
	str_add(doc, "What to do: ");
	for (; *text; text++)
		if (*text == '{' && text[strcspn(text, "?}")] == '?')
			text += strcspn(text, "?");
		else if (*text == '{' || *text == '}')
			inside = *text == '{';
		else
			str_addf(doc, "%c", inside ? toupper((unsigned char)*text) : *text);
	str_add(doc, "\n\n");
}

static void doc_code(const struct code_info *code, const char *next, struct str *doc)
{
	str_addf(doc, "\n### %s\n\n%s", code->name,
		str_is_empty(code->text) ? "The message says what happened." : code->text);
	if (str_ends(code->text, ": "))
		str_addf(doc, "`%s`.", code->params[0]);
	else if (!str_is_empty(code->text) && !str_ends(code->text, "."))
		str_add(doc, ".");
	str_add(doc, "\n\n");
	doc_next(next, doc);
	for (size_t i = 0; i < VXE_MAX_PARAMS && code->params[i]; i++)
		str_addf(doc, "%s`%s`", i ? ", " : "With ", code->params[i]);
	str_addf(doc, "%s %d.\n", code->params[0] ? "; exit status" : "Exit status", code->exit);
}

static int cmd_errors_doc(struct call *c, struct vxe_error *err)
{
	_cleanup_str_ struct str doc = { 0 };

	(void)err;
	for (int code = VXE_OK + 1; code < VXE_N_CODES; code++)
		doc_code(code_info(code), code_next(code), &doc);
	doc.data[--doc.len] = '\0';
	call_print(c, str_text(&doc));
	return 0;
}

/* ---- failpoints ----------------------------------------------------------------------------- */

#if VXE_FAILPOINTS
static void print_name(void *ctx, const char *name)
{
	call_print(ctx, name);
}

static int cmd_failpoints(struct call *c, struct vxe_error *err)
{
	(void)err;
	op_failpoints(print_name, c);
	return 0;
}
#endif

const struct command meta_commands[] = {
	{ "errors-doc", cmd_errors_doc, C_OURS | C_HIDDEN | C_READS,
		"Write the reference of all error codes as Markdown.", NO_PARAMS,
		PRINTS(PRINTS_TEXTS) },
#if VXE_FAILPOINTS
	{ "failpoints", cmd_failpoints, C_OURS | C_HIDDEN | C_READS,
		"List the failpoints of all operations.", NO_PARAMS, PRINTS(PRINTS_TEXTS) },
#endif
	{ "fields-doc", cmd_fields_doc, C_OURS | C_HIDDEN | C_READS,
		"Write the reference of all fields as Markdown.", NO_PARAMS, PRINTS(PRINTS_TEXTS) },
	{ "self-test", cmd_self_test, C_OURS | C_HIDDEN | C_READS,
		"Check that the tables of commands and fields are complete.", NO_PARAMS,
		PRINTS(PRINTS_TEXTS) },
	{ 0 },
};
