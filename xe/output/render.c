/* SPDX-License-Identifier: MIT */
/*
 * Prints results in the formats of xe. Widths count bytes; the first line of a record is padded on the right, the
 * others on the left; a record ends in two empty lines: scripts rely on these columns. Behaviour source: xen-api
 * ocaml/xapi-cli-server/cli_printer.ml.
 */
#include "xe/output/render.h"

#include <errno.h>
#include <string.h>

#include "objects/base/clock.h"
#include "objects/model/read_txn.h"
#include "objects/model/record.h"
#include "objects/queries/object_labels.h"
#include "objects/queries/rows_json.h"
#include "xe/output/colour.h"
#include "objects/model/human.h"
#include "xe/output/table.h"
#include "xe/output/terminal_text.h"

void render_clear(struct render *r)
{
	strv_clear(&r->collected);
}

static void emit_bytes(struct render *r, const char *data, size_t n)
{
	if (r->failed)
		return;
	r->wrote = true;
	if (r->io->out(r->io->ctx, data, n) < 0)
		r->failed = errno ? errno : EIO;
}

static void emit(struct render *r, const char *text)
{
	_cleanup_free_ char *safe = r->safe ? text_safe(text) : NULL;

	if (safe)
		text = safe;
	emit_bytes(r, text, strlen(text));
}

void render_line(struct render *r, const char *text)
{
	emit(r, text);
	emit_bytes(r, "\n", 1);
}

void render_marked(struct render *r, const char *text)
{
	if (r->colour)
		emit_bytes(r, MARK_HEAD, strlen(MARK_HEAD));
	emit(r, text);
	if (r->colour)
		emit_bytes(r, UNMARK, strlen(UNMARK));
	emit_bytes(r, "\n", 1);
}

void render_message(struct render *r, const char *text)
{
	if (r->format == RENDER_XE || r->format == RENDER_TABLE)
		render_line(r, text);
}

/*
 * Collects texts for --minimal in the order in which xe prints them: the texts of later calls come first, those of one
 * call in their order.
 */
static void collect_texts(struct render *r, const struct strv *texts)
{
	struct strv all = { 0 };

	strv_copy(&all, texts);
	for (size_t i = 0; i < r->collected.n; i++)
		strv_take(&all, TAKE(r->collected.items[i]));
	strv_clear(&r->collected);
	r->collected = all;
}

void render_json(struct render *r, struct str *json)
{
	strv_take(&r->collected, str_steal(json));
}

void render_list(struct render *r, const struct strv *texts)
{
	_cleanup_str_ struct str json = { 0 };

	switch (r->format) {
	case RENDER_MINIMAL:
		collect_texts(r, texts);
		return;
	case RENDER_JSON:
		text_json_array(&json, texts);
		render_json(r, &json);
		return;
	case RENDER_XE:
	case RENDER_TABLE:
	case RENDER_TSV:
		for (size_t i = 0; i < texts->n; i++)
			render_line(r, texts->items[i]);
	}
}

static void list_one(struct render *r, const char *text)
{
	_cleanup_strv_ struct strv one = { 0 };

	strv_add(&one, text);
	render_list(r, &one);
}

void render_said(struct render *r, const char *text)
{
	if (r->format != RENDER_MINIMAL)
		list_one(r, text);
}

void render_direct(struct render *r, const char *text)
{
	if (r->format == RENDER_MINIMAL)
		render_line(r, text);
	else
		list_one(r, text);
}

/* ---- records -------------------------------------------------------------------------------- */

static int longest(const struct strv *texts)
{
	size_t max = 0;

	for (size_t i = 0; i < texts->n; i++)
		if (strlen(texts->items[i]) > max)
			max = strlen(texts->items[i]);
	return (int)max;
}

static void render_records(struct render *r, const struct grid *g)
{
	int width = longest(&g->names) + 4;
	_cleanup_strv_ struct strv names = { 0 };

	for (size_t j = 0; j < g->names.n; j++)
		strv_take(&names,
			xasprintf("%s%*s: ", j ? "\n" : "", j ? width : -width, g->names.items[j]));
	for (size_t i = 0; i < g->n_records; i++) {
		_cleanup_str_ struct str text = { 0 };

		for (size_t j = 0; j < names.n; j++) {
			str_add(&text, names.items[j]);
			grid_add(g, i, j, grid_value(g, i, j), &text);
		}
		str_add(&text, "\n\n\n");
		emit_bytes(r, str_text(&text), text.len);
	}
}

static void make_texts_safe(struct strv *texts)
{
	for (size_t i = 0; i < texts->n; i++) {
		char *safe = text_safe(texts->items[i]);

		free(texts->items[i]);
		texts->items[i] = safe;
	}
}

static void render_table(struct render *r, struct grid *g)
{
	_cleanup_free_ size_t *widths = table_widths(g, r->io->columns);

	for (ssize_t i = -1; i < (ssize_t)g->n_records; i++) {
		_cleanup_free_ char *line = table_line(g, widths, i);

		if (i < 0) {
			render_marked(r, line);
			continue;
		}
		emit_bytes(r, line, strlen(line));
		emit_bytes(r, "\n", 1);
	}
}

/* Adds a value of TSV, in which a backslash and a letter stand for a tab, a newline, a return and a backslash. */
static void add_tsv(const struct render *r, const char *text, struct str *to)
{
	static const char signs[] = "\t\n\r\\", letters[] = "tnr\\";
	_cleanup_str_ struct str value = { 0 };

	for (const char *at; *text; text++)
		if ((at = strchr(signs, *text)))
			str_addf(&value, "\\%c", letters[at - signs]);
		else
			str_add_bytes(&value, text, 1);
	_cleanup_free_ char *safe = r->safe ? text_safe(str_text(&value)) : NULL;

	str_add(to, safe ? safe : str_text(&value));
}

/* Prints lines of values with tabs between them, the first one with the names of the columns. */
static void render_tsv(struct render *r, const struct grid *g)
{
	for (size_t i = 0; g->names.n && i <= g->n_records; i++) {
		_cleanup_str_ struct str line = { 0 };

		for (size_t j = 0; j < g->names.n; j++) {
			str_add(&line, j ? "\t" : "");
			add_tsv(r, i ? grid_value(g, i - 1, j) : g->names.items[j], &line);
		}
		str_add(&line, "\n");
		emit_bytes(r, str_text(&line), line.len);
	}
}

static void render_grid(struct render *r, struct grid *g)
{
	if (r->format == RENDER_MINIMAL) {
		_cleanup_strv_ struct strv firsts = { 0 };

		for (size_t i = 0; i < g->n_records && g->names.n; i++)
			strv_add(&firsts, grid_value(g, i, 0));
		collect_texts(r, &firsts);
		return;
	}
	if (r->format == RENDER_TSV) {
		render_tsv(r, g);
		return;
	}
	/* Escaping makes texts longer: it comes before the widths of columns are computed, and before colours. */
	if (r->safe) {
		make_texts_safe(&g->names);
		make_texts_safe(&g->values);
	}
	if (r->format == RENDER_TABLE)
		render_table(r, g);
	else
		render_records(r, g);
}

static char *cell_text(const struct column *c, const char *value)
{
	_cleanup_strv_ struct strv lines = { 0 };

	if (c->kind != CELL_LINES)
		return xstrdup(value);
	strv_split(&lines, value, '\n');
	return strv_join(&lines, "; ");
}

static void time_json(struct str *json, const char *text)
{
	char iso[CLOCK_ISO_LEN + 1];
	int64_t seconds = 0;

	if (clock_parse(text, &seconds) < 0 || !seconds) {
		str_add(json, "null");
		return;
	}
	clock_format_iso(seconds, iso);
	text_json(json, iso);
}

static void cell_json(struct str *json, enum column_kind kind, const char *value)
{
	_cleanup_strv_ struct strv texts = { 0 };

	switch (kind) {
	case CELL_LINES:
		if (*value)
			strv_split(&texts, value, '\n');
		text_json_array(json, &texts);
		return;
	case CELL_TIME:
		time_json(json, value);
		return;
	case CELL_NUMBER:
		str_add(json, *value ? value : "null");
		return;
	case CELL_TEXT:
	case CELL_FAULT:
		text_json(json, value);
	}
}

char *column_key(const struct column *c)
{
	size_t len = strlen(c->name);

	while (len && c->name[len - 1] == ' ')
		len--;
	return xstrndup(c->name, len);
}

static void record_json(struct str *json, const struct column *columns, const char *const *values)
{
	bool any = false;

	str_add(json, "{");
	for (size_t i = 0; columns[i].name; i++) {
		_cleanup_free_ char *key = column_key(&columns[i]);

		if (!values[i])
			continue;
		str_add(json, any ? "," : "");
		text_json(json, key);
		str_add(json, ":");
		cell_json(json, columns[i].kind, values[i]);
		any = true;
	}
	str_add(json, "}");
}

void render_cells(
	struct render *r, const struct column *columns, const char *const *values, size_t n_records)
{
	_cleanup_(grid_clear) struct grid g = { .n_records = n_records };
	_cleanup_str_ struct str json = { 0 };
	size_t n = 0;

	while (columns[n].name)
		n++;
	str_add(&json, "[");
	for (size_t i = 0; r->format == RENDER_JSON && i < n_records; i++) {
		str_add(&json, i ? "," : "");
		record_json(&json, columns, values + i * n);
	}
	str_add(&json, "]");
	if (r->format == RENDER_JSON) {
		render_json(r, &json);
		return;
	}
	for (size_t i = 0; n_records && i < n; i++)
		if (values[i])
			strv_add(&g.names, columns[i].name);
	g.marks = r->colour ? xcalloc(n * n_records + 1, sizeof(*g.marks)) : NULL;
	for (size_t i = 0; i < n * n_records; i++) {
		const struct column *c = &columns[i % n];

		if (!values[i])
			continue;
		if (g.marks)
			g.marks[g.values.n] = c->kind == CELL_FAULT ? MARK_FAULT : "";
		strv_take(&g.values, cell_text(c, values[i]));
	}
	render_grid(r, &g);
}

/* ---- objects -------------------------------------------------------------------------------- */

bool spelled_as(const char *name, const char *word)
{
	for (; *name && *word; name++, word++)
		if (*name != *word && !(strchr("-_", *name) && strchr("-_", *word)))
			return false;
	return *name == *word;
}

static const char *spelling(const struct field *f, const struct strv *spelled)
{
	for (size_t i = 0; spelled && i < spelled->n; i++)
		if (spelled_as(f->name, spelled->items[i]))
			return spelled->items[i];
	return f->name;
}

static bool has_number(const size_t *list, size_t n, size_t number)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == number)
			return true;
	return false;
}

static int sink_str(void *ctx, const char *data, size_t len)
{
	str_add_bytes(ctx, data, len);
	return 0;
}

/* The numbers of the columns in the order of @names (may be NULL), then those that it does not name. Owned. */
static size_t *column_order(const struct rows *rows, const struct strv *names)
{
	size_t *order = xcalloc(rows->n_fields + 1, sizeof(*order)), n = 0;

	for (size_t i = 0; i < (names ? names->n : 0); i++)
		for (size_t j = 0; j < rows->n_fields; j++)
			if (spelled_as(rows->fields[j]->name, names->items[i]) &&
				!has_number(order, n, j))
				order[n++] = j;
	for (size_t j = 0; j < rows->n_fields; j++)
		if (!has_number(order, n, j))
			order[n++] = j;
	return order;
}

/* A value as people read it. Owned. */
static char *table_text(
	const struct render *r, struct session *s, const struct field *f, const struct value *v)
{
	char *name = NULL;

	if (v->literal)
		return xstrdup(str_eq(v->literal, NOT_IN_DATABASE) ? "" : v->literal);
	if (f->type == FIELD_REF && !v->string)
		return xstrdup("");
	if (f->type == FIELD_REF && !(f->flags & F_NAME))
		name = naming_reference(s, f, v->string);
	else if (f->type == FIELD_INT && f->flags & F_SIZE && !r->bytes)
		name = human_size(v->integer);
	else if (f->type == FIELD_DATE && !r->utc)
		name = human_time(v->integer);
	return name ? name : value_print(s, f, v);
}

int render_rows(struct render *r, struct session *s, const struct rows *rows,
	const struct strv *spelled, struct vxe_error *err)
{
	_cleanup_(grid_clear) struct grid g = { .n_records = rows->n };
	bool suffixes = r->format == RENDER_XE;

	if (r->format == RENDER_JSON) {
		_cleanup_str_ struct str json = { 0 };

		if (rows_write_json(rows, sink_str, &json) < 0)
			return vxe_fail_internal(err, "the records cannot be written as JSON");
		/* render_finish() adds the line end. */
		while (json.len && json.data[json.len - 1] == '\n')
			json.data[--json.len] = '\0';
		render_json(r, &json);
		return 0;
	}
	_cleanup_reader_ struct reader reader = { 0 };
	_cleanup_free_ size_t *order =
		column_order(rows, suffixes || r->format == RENDER_MINIMAL ? NULL : spelled);

	/* A table reads the names of other objects. */
	if (s && r->format == RENDER_TABLE && reader_begin(s, NULL, &reader, err) < 0)
		return -1;
	for (size_t j = 0; j < rows->n_fields; j++) {
		const struct field *f = rows->fields[order[j]];

		strv_take(&g.names,
			xasprintf("%s%s", spelling(f, spelled), suffixes ? field_suffix(f) : ""));
	}
	g.marks = r->colour ? xcalloc(rows->n * rows->n_fields + 1, sizeof(*g.marks)) : NULL;
	for (size_t i = 0; i < rows->n; i++)
		for (size_t j = 0; j < rows->n_fields; j++) {
			const struct field *f = rows->fields[order[j]];
			const struct value *v = &rows->items[i].values[order[j]];
			char *text = r->format == RENDER_TABLE ? table_text(r, s, f, v)
							       : value_print(s, f, v);

			if (g.marks)
				g.marks[g.values.n] = mark_of(f->name, text);
			strv_take(&g.values, text);
		}
	render_grid(r, &g);
	return 0;
}

/* ---- the end -------------------------------------------------------------------------------- */

static void finish_minimal(struct render *r)
{
	for (size_t i = 0; i < r->collected.n; i++) {
		_cleanup_str_ struct str escaped = { 0 };

		if (r->null) {
			emit_bytes(r, r->collected.items[i], strlen(r->collected.items[i]) + 1);
			continue;
		}
		str_add(&escaped, i ? "," : "");
		for (const char *p = r->collected.items[i]; *p;) {
			size_t n = strcspn(p, "\\,");

			str_add_bytes(&escaped, p, n);
			p += n;
			if (*p)
				str_addf(&escaped, "\\%c", *p++);
		}
		emit(r, str_text(&escaped));
	}
	if (!r->null)
		emit_bytes(r, "\n", 1);
}

/* Appends a document as elements of an array: those of the document if it is an array, else the document itself. */
static void add_elements(struct str *to, const char *document)
{
	static const char blanks[] = " \n";
	size_t len = strlen(document);

	if (*document == '[') {
		document += 1 + strspn(document + 1, blanks);
		len = strlen(document) - 1;
		while (len && strchr(blanks, document[len - 1]))
			len--;
	}
	str_add(to, to->len && len ? "," : "");
	str_add_bytes(to, document, len);
}

/* Prints the collected JSON as one document: that of the only render call, or an array of what all calls have given. */
static void finish_json(struct render *r)
{
	_cleanup_str_ struct str all = { 0 };

	for (size_t i = 0; i < r->collected.n; i++)
		add_elements(&all, r->collected.items[i]);
	_cleanup_free_ char *text = r->collected.n == 1 ? xasprintf("%s\n", r->collected.items[0])
							: xasprintf("[%s]\n", str_text(&all));

	if (r->collected.n)
		emit_bytes(r, text, strlen(text));
	else if (!r->wrote)
		emit_bytes(r, "{}\n", strlen("{}\n"));
}

int render_finish(struct render *r)
{
	if (r->format == RENDER_MINIMAL)
		finish_minimal(r);
	if (r->format == RENDER_JSON)
		finish_json(r);
	if (!r->failed && r->io->flush(r->io->ctx) < 0)
		r->failed = errno ? errno : EIO;
	return r->failed ? -1 : 0;
}
