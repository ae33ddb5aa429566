/* SPDX-License-Identifier: MIT */
/*
 * Parses a command line in the two stages of xe, client and server, and reads typed parameters. Behaviour source:
 * xen-api ocaml/xe-cli/newcli.ml, ocaml/xapi-cli-server/cli_frontend.ml.
 */
#include "xe/args/args.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "objects/model/value.h"

void params_add(struct params *p, const char *key, const char *value)
{
	p->items = xrealloc(p->items, p->n + 1, sizeof(*p->items));
	p->items[p->n++] = (struct word){ .key = xstrdup(key), .value = xstrdup(value) };
}

void params_undash(struct params *p, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < p->n; i++) {
		struct word *w = &p->items[i];

		if (!w->flag || !str_starts(w->key, key) || w->key[len] != '=')
			continue;
		free(w->value);
		w->value = xstrdup(w->key + len + 1);
		w->key[len] = '\0';
		w->flag = false;
	}
}

const char *params_get(const struct params *p, const char *key)
{
	for (size_t i = 0; i < p->n; i++)
		if (str_eq(p->items[i].key, key))
			return p->items[i].value;
	return NULL;
}

void params_clear(struct params *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->items[i].key);
		free(p->items[i].value);
	}
	free(p->items);
	*p = (struct params){ 0 };
}

void client_clear(struct client *c)
{
	strv_clear(&c->notes);
	strv_clear(&c->words);
	free(c->server);
	free(c->password_file);
	*c = (struct client){ 0 };
}

/* ---- the client's stage --------------------------------------------------------------------- */

/* Reads an integer as xe does: 0x, 0o and 0b prefixes, '_' between digits. */
static bool integer_parse(const char *text, long *ret)
{
	static const char prefixes[] = "xob";
	static const int bases[] = { 16, 8, 2 };
	_cleanup_str_ struct str digits = { 0 };
	const char *p = text + (*text == '-');
	const char *prefix =
		*p == '0' && p[1] ? strchr(prefixes, tolower((unsigned char)p[1])) : NULL;
	int base = prefix ? bases[prefix - prefixes] : 10;
	char *end;

	if (prefix)
		p += 2;
	if (!isxdigit((unsigned char)*p))
		return false;
	for (; *p; p++)
		if (*p != '_')
			str_add_bytes(&digits, p, 1);
	errno = 0;
	*ret = strtol(str_text(&digits), &end, base);
	if (*text == '-')
		*ret = -*ret;
	return !*end && errno == 0;
}

static void set_port(struct client *c, const char *value)
{
	_cleanup_free_ char *note = NULL;
	long port;

	if (integer_parse(value, &port) && port >= 0 && port <= 65535)
		return;
	note = xasprintf("'%s' is no port number (0 to 65535).", value);
	strv_add(&c->notes, note);
	c->usage = c->bad_port = true;
}

/*
 * Reads a key that belongs to xe's client (server, port, passwordfile); keys for a login are accepted and have no
 * effect here. False if the client has no such key.
 */
static bool client_key(struct client *c, const char *key, size_t len, const char *value)
{
	static const char *const ignored[] = { "username", "password", "nossl", "debug",
		"debugonfail", "traceparent" };
	_cleanup_free_ char *name = xstrndup(key, len);

	if (str_eq(name, "server"))
		str_replace(&c->server, value);
	else if (str_eq(name, "port"))
		set_port(c, value);
	else if (str_eq(name, "passwordfile"))
		str_replace(&c->password_file, value);
	else {
		for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
			if (str_eq(name, ignored[i]))
				return true;
		return false;
	}
	return true;
}

static const struct {
	const char *word;
	const char *key;
	bool takes_value;
} switches[] = {
	{ "-s", "server", true },
	{ "-h", "server", true },
	{ "-p", "port", true },
	{ "-u", "username", true },
	{ "-pw", "password", true },
	{ "-pwf", "passwordfile", true },
	{ "--nossl", "nossl", false },
	{ "--debug", "debug", false },
	{ "--debug-on-fail", "debugonfail", false },
	{ "--traceparent", "traceparent", true },
};

/*
 * Reads a switch of xe's client at the beginning of @words, such as "-s HOST". Returns the number of words that belong
 * to the switch; 0: @words begins with no switch.
 */
static size_t client_switch(struct client *c, const char *const *words, size_t n)
{
	for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
		size_t need = switches[i].takes_value ? 2 : 1;

		if (!str_eq(words[0], switches[i].word) || n < need)
			continue;
		(void)client_key(
			c, switches[i].key, strlen(switches[i].key), need == 2 ? words[1] : "true");
		return need;
	}
	return 0;
}

static bool client_pair(struct client *c, const char *word)
{
	const char *eq = strchr(word, '=');

	return eq && client_key(c, word, (size_t)(eq - word), eq + 1);
}

static void client_words(struct client *c, const char *const *words, size_t n, struct strv *rest)
{
	for (size_t i = 0; i < n;) {
		size_t taken = client_switch(c, words + i, n - i);

		if (taken) {
			i += taken;
			continue;
		}
		if (!client_pair(c, words[i]))
			strv_add(rest, words[i]);
		i++;
	}
}

static void client_rc(struct client *c, const char *text, struct strv *rest)
{
	_cleanup_strv_ struct strv lines = { 0 };

	strv_split(&lines, text, '\n');
	for (size_t i = 0; i < lines.n; i++)
		if (*lines.items[i] && !strchr(lines.items[i], '=')) {
			strv_add(
				&c->notes, "The file ~/.xe is ignored: a line is not 'key=value'.");
			return;
		}
	for (size_t i = 0; i < lines.n; i++)
		if (*lines.items[i] && !client_pair(c, lines.items[i]))
			strv_add(rest, lines.items[i]);
}

static void extra_word(struct strv *words, struct str *word)
{
	if (word->len)
		strv_take(words, str_steal(word));
	str_clear(word);
}

static void add_words(struct client *c, const struct strv *from, bool split)
{
	for (size_t i = 0; i < from->n; i++) {
		_cleanup_strv_ struct strv lines = { 0 };

		if (!split || !*from->items[i]) {
			strv_add(&c->words, from->items[i]);
			continue;
		}
		strv_split(&lines, from->items[i], '\n');
		for (size_t j = 0; j < lines.n; j++) {
			size_t len = strlen(lines.items[j]);

			if (len && lines.items[j][len - 1] == '\r')
				lines.items[j][len - 1] = '\0';
			strv_add(&c->words, lines.items[j]);
		}
	}
}

void client_parse(struct client *c, const char *const *argv, size_t n, const char *rc,
	const char *extra, bool split)
{
	_cleanup_strv_ struct strv extra_words = { 0 }, rc_rest = { 0 }, extra_rest = { 0 },
				   rest = { 0 };

	for (size_t i = 0; i < n; i++) {
		c->version |= str_eq(argv[i], "-version");
		c->usage |= str_eq(argv[i], "-help") || str_eq(argv[i], "--help");
	}
	client_rc(c, rc ? rc : "", &rc_rest);
	/* Splits XE_EXTRA_ARGS at commas; a backslash before a comma keeps the comma in the word and is removed. */
	_cleanup_str_ struct str word = { 0 };

	for (const char *p = (extra ? extra : ""); *p; p++) {
		if (*p == '\\' && p[1] == ',')
			str_add_bytes(&word, ++p, 1);
		else if (*p == ',')
			extra_word(&extra_words, &word);
		else if (*p != '\\')
			str_add_bytes(&word, p, 1);
	}
	extra_word(&extra_words, &word);
	client_words(c, (const char *const *)extra_words.items, extra_words.n, &extra_rest);
	client_words(c, argv, n, &rest);
	add_words(c, &rest, split);
	c->typed = c->words.n;
	add_words(c, &extra_rest, split);
	add_words(c, &rc_rest, split);
}

/* ---- the server's stage --------------------------------------------------------------------- */

/*
 * True for a switch with a value, such as "-u NAME". Behind the name of the command only these switches are accepted;
 * they belong to xe's client and have no effect here.
 */
static bool server_switch(const char *word)
{
	static const char *const known[] = { "-u", "-pw", "-s", "-h", "-p" };

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_eq(word, known[i]))
			return true;
	return false;
}

/*
 * Fails with CLI_SYNTAX. xe prints nothing but the error code; `vxe` also prints @detail, which the error owns from now
 * on.
 */
static int fail_syntax(struct vxe_error *err, char *detail)
{
	vxe_fail(err, CLI_SYNTAX, "");
	err->detail = detail;
	return -1;
}

int server_parse(const struct strv *words, size_t typed, char **command, struct params *ret,
	struct vxe_error *err)
{
	_cleanup_params_ struct params params = { 0 };

	if (strchr(words->items[0], '='))
		return fail_syntax(err,
			xasprintf("The first word is the command, and '%s' is a parameter.",
				words->items[0]));
	for (size_t i = 1; i < words->n; i++) {
		const char *word = words->items[i];

		if (*word == '-' && word[1] != '-') {
			if (!server_switch(word))
				return fail_syntax(err,
					xasprintf(
						"'%s' is no option: each word is key=value or --flag.",
						word));
			if (++i == words->n)
				return fail_syntax(err, xasprintf("'%s' needs a value.", word));
			continue;
		}
		if (*word == '-') {
			params_add(&params, word + 2, "true");
			params.items[params.n - 1].flag = true;
		} else {
			const char *eq = strchr(word, '=');
			_cleanup_free_ char *key =
				eq ? xstrndup(word, (size_t)(eq - word)) : xstrdup(word);

			params_add(&params, key, eq ? eq + 1 : "");
			params.items[params.n - 1].bare = !eq;
		}
		params.items[params.n - 1].usual = i >= typed;
	}
	*command = xstrdup(words->items[0]);
	*ret = params;
	params = (struct params){ 0 };
	return 0;
}

void params_map(const struct params *p, const char *name, struct map *ret)
{
	size_t len = strlen(name) + 1;

	for (size_t i = 0; i < p->n; i++)
		if (str_starts(p->items[i].key, name) && strlen(p->items[i].key) > len)
			map_set(ret, p->items[i].key + len, p->items[i].value);
}

bool key_is_standard(const char *key)
{
	static const char *const standard[] = { "server", "password", "port", "username", "minimal",
		"force", "multiple", "all", "message-priority", "trace" };

	for (size_t i = 0; i < ARRAY_LEN(standard); i++)
		if (str_eq(key, standard[i]))
			return true;
	return false;
}

/* ---- typed parameters ----------------------------------------------------------------------- */

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcasecmp(text, *words) == 0)
			return true;
	return false;
}

int params_flag(const struct params *p, const char *key, bool *ret, struct vxe_error *err)
{
	static const char *const yes[] = { "true", "t", "yes", "y", "1", NULL };
	static const char *const no[] = { "false", "f", "no", "n", "0", NULL };
	const char *value = params_get(p, key);
	_cleanup_free_ char *text = NULL;

	if (!value)
		return 0;
	if (is_one_of(value, yes) || is_one_of(value, no)) {
		*ret = is_one_of(value, yes);
		return 0;
	}
	text = xasprintf("Failed to parse parameter '%s': Expected 'true','t','yes','y','1',"
			 "'false','f','no','n','0' got %s",
		key, value);
	return vxe_fail(err, CLI_USAGE, text);
}

int params_size(const struct params *p, const char *key, int64_t *ret, struct vxe_error *err)
{
	const char *value = params_get(p, key);
	_cleanup_free_ char *text = NULL;

	if (size_parse(value, ret) == 0)
		return 0;
	text = xasprintf(SIZE_EXPECTED, key, value);
	return vxe_fail(err, CLI_USAGE, text);
}
