/* SPDX-License-Identifier: MIT */
#include "xe/remote/remote_words.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\n\r\f\v"

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

/* The text as one word of a POSIX shell; owned. */
static char *shell_word(const char *text)
{
	struct str word = { 0 };

	str_add(&word, "'");
	for (const char *p = text; *p; p++)
		if (*p == '\'')
			str_add(&word, "'\\''");
		else
			str_add_bytes(&word, p, 1);
	str_add(&word, "'");
	return str_steal(&word);
}

bool remote_words_read(const char *text, struct strv *ret)
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

static void split_blanks(const char *text, struct strv *ret)
{
	for (const char *p = text + strspn(text, BLANKS); *p; p += strspn(p, BLANKS)) {
		size_t n = strcspn(p, BLANKS);

		strv_take(ret, xstrndup(p, n));
		p += n;
	}
}

static bool is_ssh(const struct strv *words)
{
	const char *slash = words->n ? strrchr(words->items[0], '/') : NULL;

	return words->n && str_eq(slash ? slash + 1 : words->items[0], "ssh");
}

void remote_argv(const char *remote, const char *address, const char *program,
	const struct forwarded *f, const struct strv *words, struct strv *ret)
{
	/* It asks nobody, and sees within 15 seconds that the other side is cut off. */
	static const char *const usual[] = { "ssh", "-T", "-o", "BatchMode=yes", "-o",
		"ConnectTimeout=10", "-o", "ServerAliveInterval=5", NULL };
	_cleanup_strv_ struct strv there = { 0 };

	split_blanks(remote ? remote : "", ret);
	if (!ret->n) {
		for (size_t i = 0; usual[i]; i++)
			strv_add(ret, usual[i]);
		strv_add(ret, address);
	}
	strv_add(&there, program);
	strv_take(&there, forwarded_print(f));
	for (size_t i = 0; i < words->n; i++)
		strv_add(&there, words->items[i]);

	bool quoted = is_ssh(ret);

	for (size_t i = 0; i < there.n; i++)
		strv_take(ret, quoted ? shell_word(there.items[i]) : xstrdup(there.items[i]));
}
