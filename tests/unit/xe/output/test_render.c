/* SPDX-License-Identifier: MIT */
/* Records, --minimal, JSON and tables, byte for byte. */
#include "xe/output/render.h"

#include <errno.h>

#include "objects/model/record.h"
#include "tests/unit/io_buffer.h"
#include "tests/unit/leak.h"
#include "xe/output/terminal_text.h"

TestSuite(render, .fini = no_leaks);

static const struct field fields[] = {
	{ .name = "uuid", .doc = "u", .type = FIELD_STRING, .offset = FIELD_COMPUTED },
	{ .name = "name-label",
		.doc = "n",
		.type = FIELD_STRING,
		.flags = F_SET,
		.offset = FIELD_COMPUTED },
	{ .name = "power-state", .doc = "p", .type = FIELD_STRING, .offset = FIELD_COMPUTED },
};
static const struct field *const columns[] = { &fields[0], &fields[1], &fields[2] };

static void row_set(struct row *row, const char *uuid, const char *name, const char *state)
{
	row->uuid = xstrdup(uuid);
	row->values = xcalloc(ARRAY_LEN(columns), sizeof(*row->values));
	row->values[0].string = xstrdup(uuid);
	row->values[1].string = xstrdup(name);
	row->values[2].string = xstrdup(state);
}

/* Two records with the first @n_fields columns. */
static void rows_make(struct rows *r, size_t n_fields)
{
	const struct field **copy = xcalloc(n_fields + 1, sizeof(*copy));

	for (size_t i = 0; i < n_fields; i++)
		copy[i] = columns[i];
	r->n_fields = n_fields;
	r->fields = copy;
	r->n = 2;
	r->items = xcalloc(2, sizeof(*r->items));
	row_set(&r->items[0], "00000002-0000-4000-8000-000000000002", "web", "halted");
	row_set(&r->items[1], "00000003-0000-4000-8000-000000000003", "a,b\\c", "running");
}

/* rows_clear() frees as many values as there are columns. */
static void rows_unmake(struct rows *r)
{
	for (size_t i = 0; i < r->n; i++)
		for (size_t j = r->n_fields; j < ARRAY_LEN(columns); j++)
			value_clear(&r->items[i].values[j]);
	rows_clear(r);
}

/* The rows as printed in @format. */
static char *printed(enum render_format format, size_t n_fields, const struct strv *spelled)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };
	const struct io io = io_buffered(&b);
	_cleanup_render_ struct render r = { .io = &io, .format = format };
	_cleanup_error_ struct vxe_error err = { 0 };
	struct rows rows = { 0 };

	rows_make(&rows, n_fields);
	cr_assert_eq(render_rows(&r, NULL, &rows, spelled, &err), 0);
	cr_assert_eq(render_finish(&r), 0);
	rows_unmake(&rows);
	return str_steal(&b.out);
}

static void expect(char *got, const char *wanted)
{
	cr_expect_str_eq(got, wanted);
	free(got);
}

Test(render, records_are_padded_as_xe_does)
{
	expect(printed(RENDER_XE, 3, NULL),
		"uuid ( RO)           : 00000002-0000-4000-8000-000000000002\n"
		"     name-label ( RW): web\n"
		"    power-state ( RO): halted\n"
		"\n\n"
		"uuid ( RO)           : 00000003-0000-4000-8000-000000000003\n"
		"     name-label ( RW): a,b\\c\n"
		"    power-state ( RO): running\n"
		"\n\n");
}

Test(render, records_without_fields_are_three_newlines)
{
	expect(printed(RENDER_XE, 0, NULL), "\n\n\n\n\n\n");
}

Test(render, spelling_as_asked)
{
	_cleanup_strv_ struct strv spelled = { 0 };

	strv_add(&spelled, "name_label");
	strv_add(&spelled, "uuid");
	expect(printed(RENDER_XE, 2, &spelled),
		"uuid ( RO)          : 00000002-0000-4000-8000-000000000002\n"
		"    name_label ( RW): web\n\n\n"
		"uuid ( RO)          : 00000003-0000-4000-8000-000000000003\n"
		"    name_label ( RW): a,b\\c\n\n\n");
}

Test(render, minimal_is_the_first_field)
{
	expect(printed(RENDER_MINIMAL, 2, NULL),
		"00000002-0000-4000-8000-000000000002,00000003-0000-4000-8000-000000000003\n");
	expect(printed(RENDER_MINIMAL, 0, NULL), "\n");
}

Test(render, table_has_a_header)
{
	expect(printed(RENDER_TABLE, 2, NULL),
		"uuid                                  name-label\n"
		"00000002-0000-4000-8000-000000000002  web\n"
		"00000003-0000-4000-8000-000000000003  a,b\\c\n");
}

static struct str table_of(
	size_t limit, bool colour, const struct column *names, const char *const *cells)
{
	struct io_buffer b = { 0 };
	struct io io = io_buffered(&b);
	_cleanup_render_ struct render r = { .io = &io, .format = RENDER_TABLE };

	io.columns = limit;
	r.colour = colour;
	r.safe = limit > 0;
	render_cells(&r, names, cells, 1);
	cr_assert_eq(render_finish(&r), 0);
	cr_expect_eq(b.error.len, 0);
	return b.out;
}

static const struct column wide_names[] = { { "name", CELL_TEXT }, { "long", CELL_TEXT },
	{ "x", CELL_TEXT }, { 0 } };
static const char *const wide[] = { ("b\xc3\xbc"
				     "cher und mehr"),
	"0123456789012345678901234567890123456789", "y\nz" };

Test(render, tables_are_cut_on_terminals_only)
{
	_cleanup_str_ struct str whole = table_of(0, false, wide_names, wide);
	_cleanup_str_ struct str cut = table_of(30, false, wide_names, wide);
	_cleanup_str_ struct str narrow = table_of(1, false, wide_names, wide);

	cr_expect_str_eq(str_text(&whole),
		"name             long                                      x\n"
		"b\xc3\xbc"
		"cher und mehr  0123456789012345678901234567890123456789  y z\n");
	cr_expect_str_eq(str_text(&cut),
		"name             long      x\n"
		"b\xc3\xbc"
		"cher und mehr  0123456\xe2\x80\xa6  y z\n");
	cr_expect_str_eq(str_text(&narrow),
		"name             long      x\n"
		"b\xc3\xbc"
		"cher und mehr  0123456\xe2\x80\xa6  y z\n");
}

/* Of a UUID the first 8 characters are enough, also as a word; they are cut before any other text. */
Test(render, tables_cut_uuids_first)
{
	static const struct column names[] = { { "uuid", CELL_TEXT }, { "name", CELL_TEXT },
		{ "of", CELL_TEXT }, { 0 } };
	static const char *const cells[] = { "01234567-89ab-4cde-8f01-23456789abcd",
		"a rather long name of an object", "76543210-89ab-4cde-8f01-23456789abcd" };
	_cleanup_str_ struct str wide_table = table_of(120, false, names, cells);
	_cleanup_str_ struct str cut = table_of(60, false, names, cells);
	_cleanup_str_ struct str narrow = table_of(40, false, names, cells);

	cr_expect(strstr(str_text(&wide_table), cells[0]));
	cr_expect_str_eq(str_text(&cut),
		"uuid      name                             of\n"
		"01234567  a rather long name of an object  76543210\n");
	cr_expect_str_eq(str_text(&narrow),
		"uuid      name                  of\n"
		"01234567  a rather long name \xe2\x80\xa6  76543210\n");
}

Test(render, heads_are_bold_where_colour_is_wanted)
{
	static const struct column names[] = { { "a", CELL_TEXT }, { 0 } };
	static const char *const cells[] = { "b" };
	_cleanup_str_ struct str plain = table_of(80, false, names, cells);
	_cleanup_str_ struct str bold = table_of(80, true, names, cells);

	cr_expect_str_eq(str_text(&plain), "a\nb\n");
	cr_expect_str_eq(str_text(&bold), "\033[1ma\033[0m\nb\n");
}

/* The rows of printed(), in @format on a terminal. */
static char *coloured(enum render_format format, bool colour)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };
	const struct io io = io_buffered(&b);
	_cleanup_render_ struct render r = {
		.io = &io, .format = format, .safe = true, .colour = colour
	};
	_cleanup_error_ struct vxe_error err = { 0 };
	struct rows rows = { 0 };

	rows_make(&rows, 3);
	free(rows.items[0].values[1].string);
	rows.items[0].values[1].string = xstrdup("\033[2Jgone");
	cr_assert_eq(render_rows(&r, NULL, &rows, NULL, &err), 0);
	cr_assert_eq(render_finish(&r), 0);
	rows_unmake(&rows);
	return str_steal(&b.out);
}

Test(render, states_have_their_colour_and_names_none)
{
	expect(coloured(RENDER_TABLE, true),
		"\033[1muuid                                  name-label   power-state\033[0m\n"
		"00000002-0000-4000-8000-000000000002  \\x1B[2Jgone  \033[2mhalted\033[0m\n"
		"00000003-0000-4000-8000-000000000003  a,b\\c        \033[32mrunning\033[0m\n");
	expect(coloured(RENDER_XE, true),
		"uuid ( RO)           : 00000002-0000-4000-8000-000000000002\n"
		"     name-label ( RW): \\x1B[2Jgone\n"
		"    power-state ( RO): \033[2mhalted\033[0m\n"
		"\n\n"
		"uuid ( RO)           : 00000003-0000-4000-8000-000000000003\n"
		"     name-label ( RW): a,b\\c\n"
		"    power-state ( RO): \033[32mrunning\033[0m\n"
		"\n\n");
	expect(coloured(RENDER_MINIMAL, true),
		"00000002-0000-4000-8000-000000000002,00000003-0000-4000-8000-000000000003\n");

	_cleanup_free_ char *json = coloured(RENDER_JSON, true);
	_cleanup_free_ char *table = coloured(RENDER_TABLE, false);

	cr_expect_not(strchr(json, '\033'));
	cr_expect_not(strchr(table, '\033'));
}

static struct str tsv_of(
	bool safe, const struct column *names, const char *const *cells, size_t n_records)
{
	struct io_buffer b = { 0 };
	const struct io io = io_buffered(&b);
	_cleanup_render_ struct render r = { .io = &io, .format = RENDER_TSV, .safe = safe };

	render_message(&r, "for people");
	render_cells(&r, names, cells, n_records);
	cr_assert_eq(render_finish(&r), 0);
	return b.out;
}

Test(render, tsv_escapes_what_would_end_a_value)
{
	static const struct column names[] = { { "a", CELL_TEXT }, { "b", CELL_TEXT },
		{ "c", CELL_TEXT }, { 0 } };
	static const char *const cells[] = { "tab\there", "line\nline\r", "\\t\033" };
	_cleanup_str_ struct str text = tsv_of(false, names, cells, 1);
	_cleanup_str_ struct str shown = tsv_of(true, names, cells, 1);
	_cleanup_str_ struct str none = tsv_of(false, names, cells, 0);

	cr_expect_str_eq(str_text(&text), "a\tb\tc\ntab\\there\tline\\nline\\r\t\\\\t\033\n");
	cr_expect_str_eq(str_text(&shown), "a\tb\tc\ntab\\there\tline\\nline\\r\t\\\\t\\x1B\n");
	cr_expect_eq(none.len, 0);
}

Test(render, tsv_has_the_order_that_was_asked_for)
{
	_cleanup_strv_ struct strv spelled = { 0 };

	strv_add(&spelled, "name_label");
	strv_add(&spelled, "uuid");
	expect(printed(RENDER_TSV, 2, &spelled),
		"name_label\tuuid\n"
		"web\t00000002-0000-4000-8000-000000000002\n"
		"a,b\\\\c\t00000003-0000-4000-8000-000000000003\n");
}

Test(render, a_fault_is_red)
{
	static const struct column names[] = { { "kind", CELL_FAULT }, { "problem", CELL_TEXT },
		{ 0 } };
	static const char *const cells[] = { "lost", "it is gone" };
	_cleanup_str_ struct str plain = table_of(80, false, names, cells);
	_cleanup_str_ struct str red = table_of(80, true, names, cells);

	cr_expect_str_eq(str_text(&plain), "kind  problem\nlost  it is gone\n");
	cr_expect_str_eq(
		str_text(&red), "\033[1mkind  problem\033[0m\n\033[31mlost\033[0m  it is gone\n");
}

Test(render, json_is_typed_and_one_document)
{
	_cleanup_free_ char *json = printed(RENDER_JSON, 2, NULL);

	cr_expect_neq(strstr(json, "\"name-label\""), NULL);
	cr_expect_neq(strstr(json, "\"a,b\\\\c\""), NULL);
	cr_expect_eq(json[0], '[');
}

static char *lists(enum render_format format, bool null, size_t *len)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };
	const struct io io = io_buffered(&b);
	_cleanup_render_ struct render r = { .io = &io, .format = format, .null = null };
	_cleanup_strv_ struct strv one = { 0 }, two = { 0 };

	strv_add(&one, "a,b");
	strv_add(&one, "c\\d");
	strv_add(&two, "e");
	render_message(&r, "for people");
	render_list(&r, &one);
	render_list(&r, &two);
	cr_assert_eq(render_finish(&r), 0);
	*len = b.out.len;
	return str_steal(&b.out);
}

Test(render, calls_come_out_last_first_in_minimal)
{
	size_t len;

	expect(lists(RENDER_XE, false, &len), "for people\na,b\nc\\d\ne\n");
	expect(lists(RENDER_MINIMAL, false, &len), "e,a\\,b,c\\\\d\n");
	expect(lists(RENDER_JSON, false, &len), "[\"a,b\",\"c\\\\d\",\"e\"]\n");
}

Test(render, null_ends_each_value)
{
	size_t len;
	_cleanup_free_ char *text = lists(RENDER_MINIMAL, true, &len);

	cr_assert_eq(len, sizeof("e\0a,b\0c\\d"));
	cr_expect_arr_eq(text, "e\0a,b\0c\\d", len);
}

Test(render, minimal_without_results_is_an_empty_line)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };
	const struct io io = io_buffered(&b);
	_cleanup_render_ struct render r = { .io = &io, .format = RENDER_MINIMAL };

	cr_assert_eq(render_finish(&r), 0);
	cr_expect_str_eq(str_text(&b.out), "\n");
}

Test(render, cells_share_the_shape_of_records)
{
	static const struct column names[] = { { "object  ", CELL_TEXT }, { "none", CELL_TEXT },
		{ "n", CELL_NUMBER }, { "of", CELL_NUMBER }, { 0 } };
	static const char *const cells[] = { "VM x", NULL, "1", "" };
	_cleanup_io_buffer_ struct io_buffer text = { 0 }, json = { 0 };
	const struct io text_io = io_buffered(&text), json_io = io_buffered(&json);
	_cleanup_render_ struct render r = { .io = &text_io };
	_cleanup_render_ struct render j = { .io = &json_io, .format = RENDER_JSON };

	render_cells(&r, names, cells, 1);
	render_cells(&r, names, cells, 0);
	render_cells(&j, names, cells, 1);
	cr_assert_eq(render_finish(&r), 0);
	cr_assert_eq(render_finish(&j), 0);
	cr_expect_str_eq(
		str_text(&text.out), "object      : VM x\n           n: 1\n          of: \n\n\n");
	cr_expect_str_eq(str_text(&json.out), "[{\"object\":\"VM x\",\"n\":1,\"of\":null}]\n");
}

Test(render, lines_of_a_cell_are_an_array)
{
	static const struct column names[] = { { "none", CELL_LINES }, { "two", CELL_LINES },
		{ 0 } };
	static const char *const cells[] = { "", "VM \"a\"\nVM b" };
	_cleanup_io_buffer_ struct io_buffer text = { 0 }, json = { 0 };
	const struct io text_io = io_buffered(&text), json_io = io_buffered(&json);
	_cleanup_render_ struct render r = { .io = &text_io };
	_cleanup_render_ struct render j = { .io = &json_io, .format = RENDER_JSON };

	render_cells(&r, names, cells, 1);
	render_cells(&j, names, cells, 1);
	cr_assert_eq(render_finish(&r), 0);
	cr_assert_eq(render_finish(&j), 0);
	cr_expect_str_eq(str_text(&text.out), "none    : \n     two: VM \"a\"; VM b\n\n\n");
	cr_expect_str_eq(
		str_text(&json.out), "[{\"none\":[],\"two\":[\"VM \\\"a\\\"\",\"VM b\"]}]\n");
}

Test(render, first_failure_of_the_output_is_kept)
{
	_cleanup_io_buffer_ struct io_buffer b = { .out_errno = ENOSPC };
	const struct io io = io_buffered(&b);
	_cleanup_render_ struct render r = { .io = &io };

	render_line(&r, "x");
	b.out_errno = EPIPE;
	render_line(&r, "y");
	cr_expect_eq(render_finish(&r), -1);
	cr_expect_eq(r.failed, ENOSPC);
}

static const struct {
	const char *text, *safe, *json;
} texts[] = {
	{ "web", "web", "\"web\"" },
	{ "a\nb", "a\nb", "\"a\\u000ab\"" },
	{ "\x1b[2J", "\\x1B[2J", "\"\\u001b[2J\"" },
	{ "a\tb\r\x7f", "a\\x09b\\x0D\\x7F", "\"a\\u0009b\\u000d\\u007f\"" },
	{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\"" },
	{ "\xf0\x9f\x90\xa7", "\xf0\x9f\x90\xa7", "\"\xf0\x9f\x90\xa7\"" },
	/* C1 control, overlong, surrogate, cut off, stray continuation */
	{ "\xc2\x9b", "\\xC2\\x9B", "\"\\u009b\"" },
	{ "\xc0\xaf", "\\xC0\\xAF", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xed\xa0\x80", "\\xED\\xA0\\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "x\xe2\x82", "x\\xE2\\x82", "\"x\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xff\x80", "\\xFF\\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\"\\", "\"\\", "\"\\\"\\\\\"" },
};

Test(render, text_for_terminals_and_json)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		_cleanup_free_ char *safe = text_safe(texts[i].text);
		_cleanup_str_ struct str json = { 0 };

		text_json(&json, texts[i].text);
		cr_expect_str_eq(safe, texts[i].safe);
		cr_expect_str_eq(str_text(&json), texts[i].json);
	}
}

Test(render, terminals_get_no_control_characters)
{
	_cleanup_io_buffer_ struct io_buffer b = { 0 };
	const struct io io = io_buffered(&b);
	_cleanup_render_ struct render r = { .io = &io, .safe = true };

	render_line(&r, "a\x1b[0m");
	cr_assert_eq(render_finish(&r), 0);
	cr_expect_str_eq(str_text(&b.out), "a\\x1B[0m\n");
}
