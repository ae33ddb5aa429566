/* SPDX-License-Identifier: MIT */
/* Both stages of the command line. The input: the rc file, XE_EXTRA_ARGS and the words, NUL between. */
#include "tests/fuzz/fuzz.h"

#include "objects/base/str.h"
#include "xe/args/args.h"

#define WORDS_MAX 64

/* One parameter as a word that says it again. */
static char *word_of(const struct word *p)
{
	return str_eq(p->value, "true") ? xasprintf("--%s", p->key)
					: xasprintf("%s=%s", p->key, p->value);
}

static void same_params(const struct params *a, const struct params *b)
{
	assert(a->n == b->n);
	for (size_t i = 0; i < a->n; i++)
		assert(str_eq(a->items[i].key, b->items[i].key) &&
			str_eq(a->items[i].value, b->items[i].value));
}

static void typed(const struct params *p)
{
	for (size_t i = 0; i < p->n; i++) {
		_cleanup_error_ struct vxe_error err = { 0 }, other = { 0 };
		_cleanup_map_ struct map map = { 0 };
		bool flag = false;
		int64_t size = 0;

		fuzz_outcome(params_flag(p, p->items[i].key, &flag, &err), &err);
		fuzz_outcome(params_size(p, p->items[i].key, &size, &other), &other);
		params_map(p, p->items[i].key, &map);
	}
}

/* What was parsed says the same when it is written as words again. */
static void server(const struct strv *words)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_params_ struct params params = { 0 }, again = { 0 };
	_cleanup_strv_ struct strv said = { 0 };
	_cleanup_free_ char *command = NULL, *same = NULL;
	int r = server_parse(words, words->n, &command, &params, &err);

	fuzz_outcome(r, &err);
	if (r < 0)
		return;
	assert(!strchr(command, '='));
	typed(&params);
	strv_add(&said, command);
	for (size_t i = 0; i < params.n; i++)
		strv_take(&said, word_of(&params.items[i]));
	r = server_parse(&said, said.n, &same, &again, &err);
	assert(r == 0 && str_eq(command, same));
	same_params(&params, &again);
}

void fuzz_args(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xmalloc(size + 1);
	const char *words[WORDS_MAX];
	size_t n = 0;

	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	for (char *at = text; at <= text + size && n < WORDS_MAX; at += strlen(at) + 1)
		words[n++] = at;
	for (int split = 0; split < 2; split++) {
		_cleanup_client_ struct client c = { 0 };

		client_parse(&c, words + (n > 2 ? 2 : n), n > 2 ? n - 2 : 0, words[0],
			n > 1 ? words[1] : NULL, split);
		for (size_t i = 0; split && i < c.words.n; i++)
			assert(!strchr(c.words.items[i], '\n'));
		if (c.words.n)
			server(&c.words);
	}
}
