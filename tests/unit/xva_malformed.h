/* SPDX-License-Identifier: MIT */
/* Malformed archives with one disk Ref:2 of 2 MiB, and the error of each. */
#pragma once

#include "tests/unit/xva_hand.h"

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

/* ---- tar ---- */

static void random_bytes(struct str *s)
{
	uint32_t n = 1;

	for (int i = 0; i < 4096; i++) {
		n = n * 1664525 + 1013904223;
		str_add_bytes(s, &(char){ (char)(n >> 24) }, 1);
	}
}

static void gzip_of_nothing(struct str *s)
{
	str_add(s, "\x1f\x8b");
	random_bytes(s);
}

static void zstd_of_nothing(struct str *s)
{
	str_add(s, "\x28\xb5\x2f\xfd");
	random_bytes(s);
}

static void no_digits(struct str *s)
{
	put_document(s);
	put_odd_header(s, "Ref:2/00000000", 1 << 20, 124, "0000400000x", 11);
}

static void negative_size(struct str *s)
{
	put_document(s);
	put_odd_header(s, "Ref:2/00000000", 1 << 20, 124,
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);
}

static void size_in_binary(struct str *s)
{
	put_document(s);
	put_odd_header(s, "Ref:2/00000000", 1 << 20, 124, "\x80\0\0\0\0\4\0\0\0\0\0\0", 12);
}

static void document_size_in_binary(struct str *s)
{
	put_odd_header(s, "ova.xml", 1 << 20, 124, "\x80\0\0\0\0\4\0\0\0\0\0\0", 12);
}

/* Some old programs sum up signed bytes. */
static void signed_sum(struct str *s)
{
	char h[HEADER];
	int sum = 0;

	put_document(s);
	make_header(h, "Ref:2/00000000", 1 << 20, '0');
	h[265] = '\xe9'; /* in the owner's name, which is ignored */
	memset(h + 148, ' ', 8);
	for (size_t i = 0; i < HEADER; i++)
		sum += (signed char)h[i];
	put_octal(h + 148, 7, (size_t)sum);
	str_add_bytes(s, h, sizeof(h));
}

static void a_zero_in_the_name(struct str *s)
{
	put_document(s);
	put_odd_header(s, "Ref:2/00000000", 1 << 20, 90, "x", 1);
}

static void a_document_that_is_a_link(struct str *s)
{
	put_header(s, "ova.xml", 0, '2');
}

static void a_file_between(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 1 << 20, ".xxhash");
	put_file(s, "README", "x", 1);
	put_block(s, 1, 1, 1 << 20, ".xxhash");
	put_end(s);
}

/* ---- headers before headers ---- */

static void pax_of(struct str *s, const char *text, size_t n)
{
	put_document(s);
	put_header(s, "PaxHeader", n, 'x');
	str_add_bytes(s, text, n);
	put_fill(s);
	put_block(s, 0, 1, 1 << 20, ".xxhash");
	put_block(s, 1, 1, 1 << 20, ".xxhash");
	put_end(s);
}

static void pax_that_is_too_large(struct str *s)
{
	put_document(s);
	put_header(s, "PaxHeader", (64 << 10) + 1, 'x');
}

static void pax_without_records(struct str *s)
{
	pax_of(s, "nothing", 7);
}

static void pax_of_a_false_length(struct str *s)
{
	pax_of(s, "99 path=x\n", 10);
}

static void pax_of_no_size(struct str *s)
{
	pax_of(s, "12 size=-12\n", 12);
}

static void pax_of_another_size(struct str *s)
{
	pax_of(s, "16 size=1048575\n", 16);
}

static void pax_of_a_path(struct str *s)
{
	pax_of(s, "22 path=../etc/passwd\n", 22);
}

static void pax_of_a_zero(struct str *s)
{
	pax_of(s, "25 path=Ref:2/00000000\0x\n", 25);
}

static void long_name_that_is_too_large(struct str *s)
{
	put_document(s);
	put_header(s, "././@LongLink", (64 << 10) + 1, 'L');
}

static void long_name_of_a_path(struct str *s)
{
	static const char name[HEADER] = "/etc/passwd";

	put_document(s);
	put_header(s, "././@LongLink", strlen(name) + 1, 'L');
	str_add_bytes(s, name, sizeof(name));
	put_block(s, 0, 1, 1 << 20, ".xxhash");
}

/* ---- blocks ---- */

static void a_block_repeated_later(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 1 << 19, ".xxhash");
	put_block(s, 2, 1, 1 << 19, ".xxhash");
	put_block(s, 1, 1, 1 << 19, ".xxhash");
}

static void md5(struct str *s)
{
	static const char block[1 << 20];

	put_document(s);
	put_file(s, "Ref:2/00000000", block, sizeof(block));
	put_file(s, "Ref:2/00000000.md5", "b6d81b360a5672d80c27430f39153e2c", 32);
}

static void upper_case_sha1(struct str *s)
{
	static const char block[1 << 20];

	put_document(s);
	put_file(s, "Ref:2/00000000", block, sizeof(block));
	put_file(s, "Ref:2/00000000.checksum", "3B71F43FF30F4B15B5CD85DD9E95EBC7E84EB5A3", 40);
}

static void another_sum(struct str *s)
{
	static const char block[1 << 20];

	put_document(s);
	put_file(s, "Ref:2/00000000", block, sizeof(block));
	put_file(s, "Ref:2/00000000.xxhash", "87D2A1B6E1163EF2", 16);
}

static void a_sum_of_another_block(struct str *s)
{
	static const char block[1 << 20];

	put_document(s);
	put_file(s, "Ref:2/00000000", block, sizeof(block));
	put_file(s, "Ref:2/00000001.xxhash", "87D2A1B6E1163EF1", 16);
}

static void a_sum_without_block(struct str *s)
{
	put_document(s);
	put_file(s, "Ref:2/00000000.xxhash", "87D2A1B6E1163EF1", 16);
}

static void a_block_at_the_end(struct str *s)
{
	static const char block[1 << 20];

	put_document(s);
	put_file(s, "Ref:2/00000000", block, sizeof(block));
	put_end(s);
}

static void twice_the_disk(struct str *s)
{
	good(s);
	s->len -= 1024;
	put_block(s, 2, 1, 1 << 20, ".xxhash");
	put_end(s);
}

static const struct malformed {
	const char *name;
	void (*make)(struct str *s);
	enum vxe_code code;
} malformed[] = {
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
	{ "random bytes", random_bytes, IMPORT_ERROR },
	{ "gzip of nothing", gzip_of_nothing, IMPORT_ERROR },
	{ "zstd of nothing", zstd_of_nothing, IMPORT_ERROR },
	{ "no digits", no_digits, IMPORT_ERROR },
	{ "a negative size", negative_size, IMPORT_ERROR },
	{ "a size in binary", size_in_binary, IMPORT_ERROR },
	{ "the document's size in binary", document_size_in_binary, IMPORT_ERROR },
	{ "a sum of signed bytes", signed_sum, IMPORT_ERROR },
	{ "a zero in the name", a_zero_in_the_name, IMPORT_ERROR },
	{ "a link to the document", a_document_that_is_a_link, IMPORT_ERROR },
	{ "a file between", a_file_between, IMPORT_ERROR },
	{ "pax: too large", pax_that_is_too_large, IMPORT_ERROR },
	{ "pax: no records", pax_without_records, IMPORT_ERROR },
	{ "pax: a false length", pax_of_a_false_length, IMPORT_ERROR },
	{ "pax: no size", pax_of_no_size, IMPORT_ERROR },
	{ "pax: another size", pax_of_another_size, IMPORT_ERROR },
	{ "pax: a path", pax_of_a_path, IMPORT_ERROR },
	{ "pax: a zero in the name", pax_of_a_zero, IMPORT_ERROR },
	{ "long name: too large", long_name_that_is_too_large, IMPORT_ERROR },
	{ "long name: a path", long_name_of_a_path, IMPORT_ERROR },
	{ "an earlier block", a_block_repeated_later, IMPORT_ERROR },
	{ "md5", md5, IMPORT_ERROR },
	{ "upper case", upper_case_sha1, IMPORT_ERROR },
	{ "another sum", another_sum, IMPORT_ERROR },
	{ "a sum of another block", a_sum_of_another_block, IMPORT_ERROR },
	{ "a sum without block", a_sum_without_block, IMPORT_ERROR },
	{ "a block without sum", a_block_at_the_end, IMPORT_ERROR_PREMATURE_EOF },
	{ "twice the disk", twice_the_disk, IMPORT_ERROR },
};
