/* SPDX-License-Identifier: MIT */
/* Malformed archives: each is refused, and nothing after the fault is read. */
#include "tests/unit/xva_fixture.h"

TestSuite(xva_refused, .init = start, .fini = stop);

static void no_document(struct str *s)
{
	put_block(s, 0, 1, 1 << 20, ".xxhash");
}

static void two_documents(struct str *s)
{
	put_document(s);
	put_document(s);
}

static void a_link(struct str *s)
{
	put_document(s);
	put_header(s, "Ref:2/00000000", 0, '2');
}

static void a_path(struct str *s)
{
	put_document(s);
	put_file(s, "../../etc/passwd", "x", 1);
}

static void first_missing(struct str *s)
{
	put_document(s);
	put_block(s, 1, 1, 1 << 20, ".xxhash");
}

static void first_empty(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 0, ".xxhash");
}

static void last_missing(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 1 << 20, ".xxhash");
	put_end(s);
}

static void too_large_block(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, (1 << 20) + 512, ".xxhash");
}

static void short_block(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 1 << 20, ".xxhash");
	put_block(s, 1, 1, 512, ".xxhash");
}

static void grown_block(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 512, ".xxhash");
	put_block(s, 1, 1, 1024, ".xxhash");
}

static void past_the_end(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 1 << 20, ".xxhash");
	put_block(s, 2, 1, 1 << 20, ".xxhash");
}

static void far_past_the_end(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 1 << 20, ".xxhash");
	put_block(s, 99999999, 1, 1 << 20, ".xxhash");
}

static void repeated(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 1 << 20, ".xxhash");
	put_block(s, 0, 1, 1 << 20, ".xxhash");
}

static void no_sum(struct str *s)
{
	put_document(s);
	put_file(s, "Ref:2/00000000", "x", 1);
	put_file(s, "Ref:2/00000001", "x", 1);
}

static void lower_case_sum(struct str *s)
{
	static const char block[1 << 20];

	put_document(s);
	put_file(s, "Ref:2/00000000", block, sizeof(block));
	put_file(s, "Ref:2/00000000.xxhash", "87d2a1b6e1163ef1", 16);
}

static void sum_with_newline(struct str *s)
{
	static const char block[1 << 20];

	put_document(s);
	put_file(s, "Ref:2/00000000", block, sizeof(block));
	put_file(s, "Ref:2/00000000.xxhash", "87D2A1B6E1163EF1\n", 17);
}

static void another_disk(struct str *s)
{
	put_document(s);
	put_file(s, "Ref:3/00000000", "x", 1);
}

static void odd_number(struct str *s)
{
	put_document(s);
	put_file(s, "Ref:2/0000000x", "x", 1);
}

static void more_than_expected(struct str *s)
{
	good(s);
	s->len -= 1024;
	put_file(s, "README", "x", 1);
	put_end(s);
}

static void zero_then_data(struct str *s)
{
	put_document(s);
	put_end(s);
	s->len -= 512;
	put_block(s, 0, 1, 1 << 20, ".xxhash");
}

static void huge_document(struct str *s)
{
	put_header(s, "ova.xml", (size_t)8 << 30, '0');
}

static void bad_header(struct str *s)
{
	good(s);
	s->data[600 + 512] ^= 1;
}

static void cut_header(struct str *s)
{
	good(s);
	s->len = 512 + 512 + 100;
}

static void cut_data(struct str *s)
{
	good(s);
	s->len = 512 + 512 + 512 + 5000;
}

static void no_more_blocks(struct str *s)
{
	good(s);
	s->len = 512 + 512 + 512 + (1 << 20) + 1024;
}

static void nothing(struct str *s)
{
	str_add(s, "");
}

static const struct {
	const char *name;
	void (*make)(struct str *s);
	enum vxe_code code;
} refused[] = {
	{ "no document", no_document, IMPORT_ERROR_UNEXPECTED_FILE },
	{ "two documents", two_documents, IMPORT_ERROR },
	{ "a link", a_link, IMPORT_ERROR },
	{ "a path", a_path, IMPORT_ERROR },
	{ "first missing", first_missing, IMPORT_ERROR },
	{ "first empty", first_empty, IMPORT_ERROR },
	{ "last missing", last_missing, IMPORT_ERROR_PREMATURE_EOF },
	{ "too large", too_large_block, IMPORT_ERROR },
	{ "too short", short_block, IMPORT_ERROR },
	{ "grown", grown_block, IMPORT_ERROR },
	{ "past the end", past_the_end, IMPORT_ERROR },
	{ "far past the end", far_past_the_end, IMPORT_ERROR },
	{ "repeated", repeated, IMPORT_ERROR },
	{ "no sum", no_sum, IMPORT_ERROR },
	{ "lower case", lower_case_sum, IMPORT_ERROR },
	{ "newline", sum_with_newline, IMPORT_ERROR },
	{ "another disk", another_disk, IMPORT_ERROR },
	{ "odd number", odd_number, IMPORT_ERROR },
	{ "more than expected", more_than_expected, IMPORT_ERROR },
	{ "zero, then data", zero_then_data, IMPORT_ERROR },
	{ "huge document", huge_document, IMPORT_ERROR },
	{ "bad header", bad_header, IMPORT_ERROR },
	{ "cut header", cut_header, IMPORT_ERROR_PREMATURE_EOF },
	{ "cut data", cut_data, IMPORT_ERROR_PREMATURE_EOF },
	{ "no more blocks", no_more_blocks, IMPORT_ERROR_PREMATURE_EOF },
	{ "nothing", nothing, IMPORT_ERROR_PREMATURE_EOF },
};

Test(xva_refused, what_is_refused)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		_cleanup_str_ struct str s = { 0 };

		refused[i].make(&s);
		int r = take(&s, 2 * MIB, NULL, 0);
		cr_assert_eq(r, -1, "%s", refused[i].name);
		cr_assert_eq(E.code, refused[i].code, "%s: %s", refused[i].name,
			code_info(E.code)->name);
		error_clear(&E);
	}
}

Test(xva_refused, a_wrong_sum_can_be_forced)
{
	_cleanup_str_ struct str s = { 0 };
	_cleanup_free_ char *raw = NULL;

	good(&s);
	s.data[512 + 512 + 512 + 99] ^= 1;
	FAILS(IMPORT_ERROR, take(&s, 2 * MIB, NULL, 0));
	OK(take(&s, 2 * MIB, &raw, XVA_FORCE));
	cr_assert_eq(notices.n, 1);
	cr_assert(strstr(notices.items[0], "Ref:2/00000000: the checksum is wrong"));
	cr_assert_eq(byte_at(raw, 99), 0);
}

Test(xva_refused, ends_that_are_accepted)
{
	static const char junk[20000] = "junk";
	_cleanup_str_ struct str s = { 0 };

	good(&s);
	str_add_bytes(&s, junk, sizeof(junk));
	OK(take(&s, 2 * MIB, NULL, 0));
	s.len -= sizeof(junk) + 1024;
	OK(take(&s, 2 * MIB, NULL, 0));
	cr_assert_eq(notices.n, 1, "the missing mark is told about");
}
