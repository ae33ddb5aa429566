/* SPDX-License-Identifier: MIT */
#include "xe/remote/remote_words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void forwarded_clear(struct forwarded *f)
{
	free(f->host);
	free(f->only);
	*f = (struct forwarded){ 0 };
}

static bool parse_part(const char *text, struct forwarded *ret)
{
	if (str_eq(text, "input"))
		ret->input = true;
	else if (str_eq(text, "part"))
		ret->part = true;
	else if (str_starts(text, "only="))
		str_replace(&ret->only, strchr(text, '=') + 1);
	else if (str_starts(text, "usual="))
		ret->usual = strtoul(strchr(text, '=') + 1, NULL, 10);
	else if (str_starts(text, "bytes="))
		ret->bytes = strtoll(strchr(text, '=') + 1, NULL, 10);
	else
		return false;
	return true;
}

bool forwarded_parse(const char *word, struct forwarded *ret)
{
	_cleanup_strv_ struct strv parts = { 0 };
	_cleanup_forwarded_ struct forwarded f = { 0 };

	if (!str_starts(word, FORWARDED_WORD))
		return false;
	strv_split(&parts, word + strlen(FORWARDED_WORD), ',');
	for (size_t i = 1; i < parts.n; i++)
		if (!parse_part(parts.items[i], &f))
			return false;
	f.host = xstrdup(parts.n ? parts.items[0] : "");
	*ret = f;
	f = (struct forwarded){ 0 };
	return true;
}

char *forwarded_print(const struct forwarded *f)
{
	struct str word = { 0 };

	str_addf(&word, FORWARDED_WORD "%s", f->host);
	if (f->usual)
		str_addf(&word, ",usual=%zu", f->usual);
	if (f->input)
		str_add(&word, ",input");
	if (f->part)
		str_add(&word, ",part");
	if (f->bytes)
		str_addf(&word, ",bytes=%lld", (long long)f->bytes);
	if (f->only)
		str_addf(&word, ",only=%s", f->only);
	return str_steal(&word);
}

/* ---- one word -------------------------------------------------------------------------------------- */

/* What no shell changes, in whatever place of a word. */
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.,:/=@"

static void add_encoded(struct str *to, const char *text)
{
	for (const char *p = text; *p; p++)
		if (strchr(PLAIN, *p))
			str_add_bytes(to, p, 1);
		else
			str_addf(to, "%%%02X", (unsigned char)*p);
}

static bool add_decoded(struct str *to, const char *text)
{
	for (const char *p = text; *p; p++) {
		unsigned byte = (unsigned char)*p;

		if (byte == '%') {
			if (!isxdigit((unsigned char)p[1]) || !isxdigit((unsigned char)p[2]) ||
				sscanf(p + 1, "%2x", &byte) != 1 || !byte)
				return false;
			p += 2;
		} else if (!strchr(PLAIN, *p)) {
			return false;
		}
		str_add_bytes(to, &(char){ (char)byte }, 1);
	}
	return true;
}

char *remote_word(const struct forwarded *f, const struct strv *words)
{
	_cleanup_free_ char *first = forwarded_print(f);
	struct str word = { 0 };

	str_add(&word, FORWARDED_WORD "+");
	add_encoded(&word, first + strlen(FORWARDED_WORD));
	for (size_t i = 0; i < words->n; i++) {
		str_add(&word, "+");
		add_encoded(&word, words->items[i]);
	}
	return str_steal(&word);
}

bool remote_word_read(const char *word, struct strv *ret)
{
	_cleanup_strv_ struct strv parts = { 0 };

	if (!str_starts(word, FORWARDED_WORD "+"))
		return false;
	strv_split(&parts, word + strlen(FORWARDED_WORD "+"), '+');
	for (size_t i = 0; i < parts.n; i++) {
		_cleanup_str_ struct str text = { 0 };

		if (i == 0)
			str_add(&text, FORWARDED_WORD);
		if (!add_decoded(&text, parts.items[i]))
			return false;
		strv_add(ret, str_text(&text));
	}
	return true;
}

/* ---- the words of a shell -------------------------------------------------------------------------- */

static bool remote_words_read(const char *text, struct strv *ret)
{
	const char *p = text;

	while (*p == '\'') {
		struct str word = { 0 };
		bool again;

		do {
			size_t n = strcspn(++p, "'");

			str_add_bytes(&word, p, n);
			p += n;
			again = str_starts(p, "'\\''");
			if (again) {
				str_add(&word, "'");
				p += strlen("'\\'");
			}
		} while (again);
		strv_take(ret, str_steal(&word));
		if (*p != '\'')
			return false;
		p += p[1] == ' ' ? 2 : 1;
	}
	return ret->n && !*p;
}

bool remote_asked(const char *text, struct strv *ret)
{
	const char *blank = strchr(text, ' ');

	if (*text == '\'')
		return remote_words_read(text, ret);
	if (!blank)
		return false;
	strv_take(ret, xstrndup(text, (size_t)(blank - text)));
	return remote_word_read(blank + 1, ret);
}

void remote_argv(const struct strv *way, const char *address, const char *program,
	const struct forwarded *f, const struct strv *words, struct strv *ret)
{
	/* It asks nobody, and sees within 15 seconds that the other side is cut off. */
	static const char *const usual[] = { "ssh", "-T", "-o", "BatchMode=yes", "-o",
		"ConnectTimeout=10", "-o", "ServerAliveInterval=5", NULL };

	for (size_t i = 0; i < way->n; i++)
		strv_add(ret, way->items[i]);
	if (!ret->n) {
		for (size_t i = 0; usual[i]; i++)
			strv_add(ret, usual[i]);
		strv_add(ret, address);
	}
	strv_add(ret, program);
	strv_take(ret, remote_word(f, words));
}
