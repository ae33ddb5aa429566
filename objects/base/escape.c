/* SPDX-License-Identifier: MIT */
/* Makes foreign text safe to print, character by character, and in each conversion of a format. */
#include "objects/base/escape.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define CUT "..."
#define ESCAPED 4 /* bytes of the text "\xNN" */
#define SPEC_MAX 48

bool shown_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c || code == 0x200e ||
		code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
		(code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

/* ---- characters ------------------------------------------------------------------------------ */

/*
 * Looks at the UTF-8 character (or invalid byte) at @p: returns its length; *as is the number of bytes that it takes
 * when printed.
 */
static size_t piece(const char *p, bool lines, size_t *as)
{
	uint32_t code = 0;
	size_t len = utf8_character(p, &code);
	bool plain = len && (!shown_is_control(code) || (lines && code == '\n'));

	*as = plain ? len : (len ? len : 1) * ESCAPED;
	return len ? len : 1;
}

static void add_piece(struct str *to, const char *p, size_t len, size_t as)
{
	if (as == len) {
		str_add_bytes(to, p, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		str_addf(to, "\\x%02X", (unsigned char)p[i]);
}

/*
 * Returns where to cut the text so that the "..." still fits; the whole length when nothing is cut.
 */
static size_t bytes_that_fit(const char *text, bool lines, size_t max)
{
	size_t used = 0, cut = 0, at = 0;

	while (text[at]) {
		size_t as, len = piece(text + at, lines, &as);

		if (used + as > max)
			return cut;
		used += as;
		at += len;
		if (used + strlen(CUT) <= max)
			cut = at;
	}
	return at;
}

static void add_escaped(struct str *to, const char *text, bool lines, size_t max)
{
	size_t end = bytes_that_fit(text, lines, max), at = 0;

	while (at < end) {
		size_t as, len = piece(text + at, lines, &as);

		add_piece(to, text + at, len, as);
		at += len;
	}
	if (text[end])
		str_add(to, CUT);
}

char *shown(const char *text, size_t max)
{
	struct str s = { 0 };

	add_escaped(&s, text ? text : "", false, max);
	return str_steal(&s);
}

char *shown_lines(const char *text)
{
	struct str s = { 0 };

	add_escaped(&s, text, true, SIZE_MAX);
	return str_steal(&s);
}

/* ---- formats --------------------------------------------------------------------------------- */

/* A conversion of a printf format, in which each * is replaced by its number. */
struct conversion {
	char spec[SPEC_MAX]; /* "%-5.3l", without the letter */
	size_t len;
	/* number of 'l' modifiers; 2 also for j, z and t, which have the size of long long */
	int longs;
	int precision; /* -1: none */
	char letter;
};

static void put_spec(struct conversion *c, char letter)
{
	assert(c->len + 1 < sizeof(c->spec));
	c->spec[c->len++] = letter;
	c->spec[c->len] = '\0';
}

static int put_number(struct conversion *c, const char **p, va_list *ap)
{
	char digits[16];
	int n = 0;

	if (**p == '*') {
		++*p;
		n = va_arg(*ap, int);
	} else {
		for (; **p >= '0' && **p <= '9'; ++*p)
			n = n * 10 + (**p - '0');
	}
	snprintf(digits, sizeof(digits), "%d", n);
	for (const char *d = digits; *d; d++)
		put_spec(c, *d);
	return n;
}

/* Reads the printf conversion after the '%' at @p; returns the conversion's end. */
static const char *read_conversion(struct conversion *c, const char *p, va_list *ap)
{
	*c = (struct conversion){ .precision = -1 };
	put_spec(c, *p++);
	for (; *p && strchr("-+ #0'", *p); p++)
		put_spec(c, *p);
	if (*p == '*' || (*p >= '1' && *p <= '9'))
		(void)put_number(c, &p, ap);
	if (*p == '.') {
		put_spec(c, *p++);
		c->precision = put_number(c, &p, ap);
	}
	for (; *p && strchr("hljzt", *p); p++) {
		c->longs += *p == 'l' ? 1 : *p == 'h' ? 0 : 2;
		if (*p == 'h')
			put_spec(c, *p);
	}
	c->letter = *p;
	return p + 1;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void add_integer(struct str *to, struct conversion *c, va_list *ap)
{
	bool is_signed = c->letter == 'd' || c->letter == 'i';

	if (c->longs) {
		put_spec(c, 'l');
		put_spec(c, 'l');
		put_spec(c, c->letter);
		_Static_assert(sizeof(long) == sizeof(long long), "they are fetched alike");
		str_addf(to, c->spec, va_arg(*ap, long long));
		return;
	}
	put_spec(c, c->letter);
	if (is_signed)
		str_addf(to, c->spec, va_arg(*ap, int));
	else
		str_addf(to, c->spec, va_arg(*ap, unsigned));
}

static void add_other(struct str *to, struct conversion *c, va_list *ap)
{
	put_spec(c, c->letter);
	if (c->letter == 'p')
		str_addf(to, c->spec, va_arg(*ap, void *));
	else
		str_addf(to, c->spec, va_arg(*ap, double));
}
#pragma GCC diagnostic pop

/*
 * Adds the string argument of a %s conversion, made safe. The width is ignored: nobody prints columns with these
 * functions.
 */
static void add_string(struct str *to, const struct conversion *c, size_t max, va_list *ap)
{
	const char *text = va_arg(*ap, const char *);
	_cleanup_free_ char *part =
		text && c->precision >= 0 ? xstrndup(text, (size_t)c->precision) : NULL;

	text = part ? part : text ? text : "(null)";
	add_escaped(to, text, false, *text == '/' && max < SHOWN_PATH ? SHOWN_PATH : max);
}

static void add_conversion(struct str *to, struct conversion *c, size_t max, va_list *ap)
{
	char one[2] = { 0 };

	switch (c->letter) {
	case '%':
		str_add(to, "%");
		return;
	case 's':
		add_string(to, c, max, ap);
		return;
	case 'c':
		one[0] = (char)va_arg(*ap, int);
		add_escaped(to, one, false, max);
		return;
	default:
		if (strchr("diuxXo", c->letter))
			add_integer(to, c, ap);
		else
			add_other(to, c, ap);
	}
}

char *shown_vprintf(size_t max, const char *fmt, va_list ap)
{
	struct str s = { 0 };
	va_list args;

	va_copy(args, ap);
	while (*fmt) {
		size_t plain = strcspn(fmt, "%");
		struct conversion c;

		str_add_bytes(&s, fmt, plain);
		fmt += plain;
		if (!*fmt)
			break;
		fmt = read_conversion(&c, fmt, &args);
		add_conversion(&s, &c, max, &args);
	}
	va_end(args);
	return str_steal(&s);
}
