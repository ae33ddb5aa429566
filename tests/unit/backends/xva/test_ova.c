/* SPDX-License-Identifier: MIT */
/* The document of an archive: written and read, also those of other programs and invalid ones. */
#include "tests/unit/xva_fixture.h"

TestSuite(ova, .init = start, .fini = stop);

static int parse(const char *text, struct ova **ret)
{
	return ova_parse(text, strlen(text), NULL, ret, &E);
}

Test(ova, documents_there_and_back)
{
	static const char hard[] = " <&>\"' \t\n\r \xc3\xa9 \x01 \xff ";
	_cleanup_ova_ struct ova *doc = ova_new(OVA_STRUCT), *back = NULL;
	_cleanup_map_ struct map m = { 0 }, got = { 0 };
	const char *text;
	int64_t n;
	bool on;
	size_t length;

	map_set(&m, "k<", "v&");
	ova_add_text(doc, "text", hard);
	ova_add_text(doc, "blank", "  ");
	ova_add_int(doc, "int", INT64_MIN);
	ova_add_bool(doc, "bool", true);
	ova_add_date(doc, "date", 1700000000);
	ova_add_map(doc, "map", &m);
	ova_add(doc, "list", OVA_LIST);
	_cleanup_free_ char *xml = ova_write(doc, &length);
	OK(parse(xml, &back));
	OK(ova_text(ova_get(back, "text"), "text", &text, &E));
	cr_assert_str_eq(text, " <&>\"' \t\n\r \xc3\xa9  \xef\xbf\xbd ");
	OK(ova_text(ova_get(back, "blank"), "blank", &text, &E));
	cr_assert_str_eq(text, "  ");
	OK(ova_int(ova_get(back, "int"), "int", &n, &E));
	cr_assert_eq(n, INT64_MIN);
	OK(ova_bool(ova_get(back, "bool"), "bool", &on, &E));
	cr_assert(on);
	OK(ova_date(ova_get(back, "date"), "date", &n, &E));
	cr_assert_eq(n, 1700000000);
	OK(ova_map(ova_get(back, "map"), "map", &got, &E));
	cr_assert_str_eq(map_get(&got, "k<"), "v&");
	FAILS(IMPORT_ERROR, ova_int(ova_get(back, "text"), "text", &n, &E));
	FAILS(IMPORT_ERROR, ova_bool(ova_get(back, "int"), "int", &on, &E));
}

Test(ova, documents_of_others)
{
	static const char text[] =
		"<?xml version='1.0'?>\n<value>\n <struct>\n  <member><name>a</name> "
		"<value><int> 5 </int></value></member>\n"
		"<member><name>b</name><value><string> x </string></value></member>"
		"<member><name>c</name><value/></member><!-- c -->"
		"<member><name>d</name><value><array><data/></array></value></member>"
		"<member><name>e</name><value><dateTime.iso8601>2024-01-31T09:30:00.5Z"
		"</dateTime.iso8601></value></member></struct></value>";
	_cleanup_ova_ struct ova *doc = NULL;
	const char *s;
	int64_t n;

	OK(parse(text, &doc));
	OK(ova_int(ova_get(doc, "a"), "a", &n, &E));
	cr_assert_eq(n, 5);
	OK(ova_text(ova_get(doc, "b"), "b", &s, &E));
	cr_assert_str_eq(s, " x ");
	OK(ova_text(ova_get(doc, "c"), "c", &s, &E));
	cr_assert_str_eq(s, "");
	OK(ova_date(ova_get(doc, "e"), "e", &n, &E));
	cr_assert_eq(n, 1706693400);
}

Test(ova, documents_that_are_refused)
{
	static const char *const bad[] = {
		"",
		"x",
		"<value>",
		"<struct/>",
		"<value><struct></value>",
		"<!DOCTYPE value [<!ENTITY a 'b'>]><value>&a;</value>",
		"<!DOCTYPE value SYSTEM 'file:///etc/passwd'><value/>",
		"<value>&a;</value>",
		"<value>\x01</value>",
		"<value>\xff</value>",
		"<value>&#0;</value>",
		"<value><boolean>true</boolean></value>",
		"<value>x<int>1</int></value>",
		"<value><int>1</int><int>2</int></value>",
		"<value><struct><member><name></name><value/></member></struct></value>",
		"<value><struct><member><name>a</name></member></struct></value>",
		("<value><struct><member><name>a</name><value/></member>"
		 "<member><name>a</name><value/></member></struct></value>"),
		"<value><array><value/></array></value>",
		"<methodCall/>",
		"<?xml version='1.0' encoding='ISO-8859-1'?><value>\xe9</value>",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct ova *doc = NULL;

		cr_assert_eq(parse(bad[i], &doc), -1, "%s", bad[i]);
		cr_assert_eq(E.code, IMPORT_ERROR);
		error_clear(&E);
	}
}

Test(ova, documents_are_not_deep)
{
	_cleanup_str_ struct str s = { 0 };
	struct ova *doc = NULL;

	for (int i = 0; i < 100000; i++)
		str_add(&s, "<value><array><data>");
	FAILS(IMPORT_ERROR, parse(str_text(&s), &doc));
}

/* ---- large documents -------------------------------------------------------------------------- */

#define MANY 300000

static char *many_members(size_t n, bool twice)
{
	struct str s = { 0 };

	str_add(&s, "<value><struct>");
	for (size_t i = 0; i < n; i++)
		str_addf(&s, "<member><name>k%zu</name><value>v</value></member>", i);
	if (twice)
		str_add(&s, "<member><name>k7</name><value>v</value></member>");
	str_add(&s, "</struct></value>");
	return str_steal(&s);
}

/*
 * The time grows with the length of the document; comparing each name with all others would take
 * hours.
 */
Test(ova, many_members, .timeout = 600)
{
	_cleanup_free_ char *text = many_members(MANY, false), *twice = many_members(MANY, true);
	_cleanup_ova_ struct ova *v = NULL;
	_cleanup_map_ struct map m = { 0 };
	struct ova *none;

	OK(parse(text, &v));
	cr_assert_eq(v->n, MANY);
	OK(ova_map(v, "many", &m, &E));
	cr_assert_eq(m.n, MANY);
	cr_assert_str_eq(m.items[MANY - 1].key, "k299999");
	FAILS(IMPORT_ERROR, parse(twice, &none));
}

static int stop_at_third(void *ctx, int64_t done, struct vxe_error *err)
{
	int *n = ctx;

	cr_assert_eq(done, XVA_WAITS);
	return ++*n == 3 ? vxe_fail(err, TASK_CANCELLED, "") : 0;
}

Test(ova, parsing_can_be_stopped)
{
	_cleanup_free_ char *text = many_members(MANY, false);
	int n = 0;
	const struct xva_watch watch = { stop_at_third, &n };
	struct ova *none;

	FAILS(TASK_CANCELLED, ova_parse(text, strlen(text), &watch, &none, &E));
	cr_assert_eq(n, 3);
}
