/* SPDX-License-Identifier: MIT */
#include "xe/model/matches.h"

#include "objects/base/escape.h"
#include "objects/model/record.h"
#include "objects/queries/list.h"

/*
 * Describes an object in a list of matches: "snapshot 'daily' of web, 20260101T02:00:00Z"; "'data' in default, 1024
 * bytes"; for most classes only the name. Owned.
 */
static char *describe_row(struct call *c, const struct rows *rows, const struct row *row)
{
	_cleanup_free_ char *name = NULL, *of = NULL, *time = NULL, *sr = NULL, *size = NULL,
			    *state = NULL;
	bool snapshot = false, template = false;

	for (size_t i = 0; i < rows->n_fields; i++) {
		const struct field *f = rows->fields[i];
		const struct value *v = &row->values[i];

		if (str_eq(f->name, "is-a-snapshot"))
			snapshot = v->integer;
		else if (str_eq(f->name, "is-a-template"))
			template = v->integer;
		else if (str_eq(f->name, "name-label"))
			name = shown(v->string ? v->string : "", SHOWN_TEXT);
		else if (str_eq(f->name, "snapshot-time"))
			time = value_print(c->session, f, v);
		else if (str_eq(f->name, "power-state"))
			state = value_print(c->session, f, v);
		else if (str_eq(f->name, "sr-name-label"))
			sr = value_print(c->session, f, v);
		else if (str_eq(f->name, "virtual-size"))
			size = value_print(c->session, f, v);
		else if (str_eq(f->name, "snapshot-of") && v->string)
			of = resolve_in_session(c->session, "vm", v->string);
	}
	if (!name)
		return xstrdup("");
	if (sr && size)
		return xasprintf(
			"'%s' in %s, %s bytes%s", name, sr, size, snapshot ? ", a snapshot" : "");
	if (rows->n_fields <= 2)
		return xasprintf("'%s'", name);
	_cleanup_free_ char *vm = shown(of ? of : "a VM that is gone", SHOWN_TEXT);

	return snapshot	   ? xasprintf("snapshot '%s' of %s, %s", name, vm, time ? time : "")
		: template ? xasprintf("template '%s'", name)
			   : xasprintf("VM '%s', %s", name, state ? state : "");
}

int list_matches(struct call *c, const struct view *all, const struct strv *found, char **ret,
	struct vxe_error *err)
{
	static const char *const names[] = { "uuid", "name-label", "is-a-template", "is-a-snapshot",
		"snapshot-of", "snapshot-time", "power-state", "sr-name-label", "virtual-size" };
	const struct field *fields[ARRAY_LEN(names) + 1] = { NULL };
	_cleanup_rows_ struct rows rows = { 0 };
	struct view among = *all;
	struct str text = { 0 };

	for (size_t i = 0, n = 0; i < ARRAY_LEN(names); i++)
		if (class_field(all->cls, names[i]))
			fields[n++] = class_field(all->cls, names[i]);
	among.among = found;
	if (list_rows(c->session, &among, NULL, 0, fields, LIST_KNOWN, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n && i < MOST_LISTED; i++) {
		_cleanup_free_ char *what = describe_row(c, &rows, &rows.items[i]);

		str_addf(&text, "%s%s  %s", i ? "\n" : "", rows.items[i].uuid, what);
	}
	if (rows.n > MOST_LISTED)
		str_addf(&text, "\nand %zu more", rows.n - MOST_LISTED);
	*ret = str_steal(&text);
	return 0;
}
