/* SPDX-License-Identifier: MIT */
/* Archives made by hand, like those of other programs and malformed ones. */
#pragma once

#include "backends/xva/xva_private.h"

#include <stdio.h>
#include <string.h>

/* So many octal digits, and a zero byte. */
static inline void put_octal(char *to, int digits, size_t n)
{
	for (to[digits] = '\0'; digits--; n >>= 3)
		to[digits] = (char)('0' + (n & 7));
}

#define HEADER 512

static inline void seal_header(char h[HEADER])
{
	unsigned sum = 0;

	memset(h + 148, ' ', 8);
	for (size_t i = 0; i < HEADER; i++)
		sum += (unsigned char)h[i];
	put_octal(h + 148, 7, sum);
}

/* A header as xapi writes it: without a magic number, and empty after the link's name. */
static inline void make_header(char h[HEADER], const char *name, size_t size, char type)
{
	memset(h, 0, HEADER);
	snprintf(h, 100, "%s", name);
	memcpy(h + 100,
		"0000400\0"
		"0000000\0"
		"0000000",
		24);
	put_octal(h + 124, 11, size);
	memcpy(h + 136, "00000000000", 12);
	h[156] = type;
	seal_header(h);
}

static inline void put_header(struct str *s, const char *name, size_t size, char type)
{
	char h[HEADER];

	make_header(h, name, size, type);
	str_add_bytes(s, h, sizeof(h));
}

/* The header of a file with other bytes at @offset, and the right sum. */
static inline void put_odd_header(
	struct str *s, const char *name, size_t size, size_t offset, const void *bytes, size_t n)
{
	char h[HEADER];

	make_header(h, name, size, '0');
	memcpy(h + offset, bytes, n);
	seal_header(h);
	str_add_bytes(s, h, sizeof(h));
}

/* Zero bytes up to the end of the record. */
static inline void put_fill(struct str *s)
{
	static const char zeros[HEADER];

	str_add_bytes(s, zeros, -s->len % HEADER);
}

static inline void put_file(struct str *s, const char *name, const void *data, size_t n)
{
	put_header(s, name, n, '\0');
	str_add_bytes(s, data, n);
	put_fill(s);
}

static inline void put_end(struct str *s)
{
	static const char zeros[1024];

	str_add_bytes(s, zeros, sizeof(zeros));
}

/* The text of ova.xml; a test may put another one here. */
static const char *document_text = "<value><struct></struct></value>";

static inline void put_document(struct str *s)
{
	put_file(s, "ova.xml", document_text, strlen(document_text));
}

/* Puts @n bytes of value @byte as block @number of @id, and the checksum that @suffix names. */
static inline void put_block_of(
	struct str *s, const char *id, int number, int byte, size_t n, const char *suffix)
{
	_cleanup_free_ char *data = xcalloc(n + 1, 1);
	_cleanup_free_ char *name = xasprintf("%s/%08d", id, number);
	_cleanup_free_ char *sum_name = xasprintf("%s%s", name, suffix);
	char sum[SUM_TEXT_MAX + 1];

	memset(data, byte, n);
	sum_by_suffix(suffix)->text(data, n, sum);
	put_file(s, name, data, n);
	put_file(s, sum_name, sum, strlen(sum));
}

static inline void put_block(struct str *s, int number, int byte, size_t n, const char *suffix)
{
	put_block_of(s, "Ref:2", number, byte, n, suffix);
}

static inline void good(struct str *s)
{
	put_document(s);
	put_block(s, 0, 1, 1 << 20, ".xxhash");
	put_block(s, 1, 2, 1 << 20, ".xxhash");
	put_end(s);
}
