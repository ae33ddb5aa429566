/* SPDX-License-Identifier: MIT */
/* Both parsing stages, and the readers of flags and sizes. */
#include "xe/args/args.h"

#include "tests/unit/leak.h"

TestSuite(args, .fini = no_leaks);

/* Words separated by blanks, joined again by '|'. */
static char *client_words(
	const char *words, const char *rc, const char *extra, bool split, struct client *c)
{
	_cleanup_strv_ struct strv argv = { 0 };

	strv_split(&argv, words, ' ');
	client_parse(c, (const char *const *)argv.items, argv.n, rc, extra, split);
	return strv_join(&c->words, "|");
}

static const struct {
	const char *words, *rc, *extra, *left, *server;
} client_cases[] = {
	{ "vm-list", NULL, NULL, "vm-list", NULL },
	{ "-s h vm-list -u root -pw x a=b", NULL, NULL, "vm-list|a=b", "h" },
	{ "vm-list server=h username=u password=p nossl=true debug=true", NULL, NULL, "vm-list",
		"h" },
	{ "--nossl --debug --debug-on-fail --traceparent t vm-list", NULL, NULL, "vm-list", NULL },
	/* Only the part before the first '=' counts. */
	{ "x device-config:server=h", NULL, NULL, "x|device-config:server=h", NULL },
	/* A switch without its value is a word for the server. */
	{ "vm-list -s", NULL, NULL, "vm-list|-s", NULL },
	/* The rest: command line, then XE_EXTRA_ARGS, then the rc file. */
	{ "vm-list a=1", "b=2\n\nc=3\n", "d=4,e=5", "vm-list|a=1|d=4|e=5|b=2|c=3", NULL },
	/* The command line wins, then XE_EXTRA_ARGS, then the file. */
	{ "vm-list server=one", "server=three", "server=two", "vm-list", "one" },
	{ "vm-list", "server=three", "server=two", "vm-list", "two" },
	{ "vm-list", "server=three", NULL, "vm-list", "three" },
	{ "vm-list", NULL, "a=1\\,2,,b=\\x,", "vm-list|a=1,2|b=x", NULL },
};

Test(args, client_takes_its_own_words)
{
	for (size_t i = 0; i < ARRAY_LEN(client_cases); i++) {
		_cleanup_client_ struct client c = { 0 };
		_cleanup_free_ char *left = client_words(
			client_cases[i].words, client_cases[i].rc, client_cases[i].extra, true, &c);

		cr_expect_str_eq(left, client_cases[i].left);
		cr_expect(str_eq(c.server, client_cases[i].server), "case %zu: %s", i, c.server);
		cr_expect_not(c.usage || c.version);
	}
}

Test(args, rc_file_with_a_comment_is_ignored_with_a_note)
{
	_cleanup_client_ struct client c = { 0 };
	_cleanup_free_ char *left = client_words("vm-list", "a=1\n# no\n", NULL, true, &c);

	cr_expect_str_eq(left, "vm-list");
	cr_expect_eq(c.notes.n, 1);
}

Test(args, version_and_help_count_anywhere_on_the_command_line)
{
	_cleanup_client_ struct client version = { 0 }, help = { 0 }, extra = { 0 };
	_cleanup_free_ char *a = client_words("vm-list -version", NULL, NULL, true, &version);
	_cleanup_free_ char *b = client_words("vm-list --help", NULL, NULL, true, &help);
	_cleanup_free_ char *c = client_words("vm-list", NULL, "--help", true, &extra);

	cr_expect(version.version);
	cr_expect(help.usage);
	cr_expect_not(extra.usage);
}

Test(args, bad_ports_end_in_the_usage_text)
{
	static const struct {
		const char *words;
		bool bad;
	} cases[] = { { "x port=443", false }, { "x port=0x1bb", false }, { "x port=4_43", false },
		{ "x port=65536", true }, { "x port=-1", true }, { "x port=abc", true },
		{ "x port=", true }, { "x -p 1x", true } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_client_ struct client c = { 0 };
		_cleanup_free_ char *left = client_words(cases[i].words, NULL, NULL, true, &c);

		cr_expect_eq(c.usage && c.bad_port, cases[i].bad, "%s", cases[i].words);
		cr_expect_eq(c.notes.n, cases[i].bad ? 1 : 0);
	}
}

Test(args, a_newline_splits_a_word_only_on_xe_s_wire)
{
	_cleanup_client_ struct client wire = { 0 }, whole = { 0 };
	_cleanup_free_ char *a = client_words("x a=b\r\nc", NULL, NULL, true, &wire);
	_cleanup_free_ char *b = client_words("x a=b\nc", NULL, NULL, false, &whole);

	cr_expect_str_eq(a, "x|a=b|c");
	cr_expect_str_eq(b, "x|a=b\nc");
}

/* "key=value" pairs joined by '|'; NULL: CLI_SYNTAX. */
static char *server_pairs(const char *words)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	_cleanup_params_ struct params p = { 0 };
	_cleanup_strv_ struct strv list = { 0 }, pairs = { 0 };
	_cleanup_free_ char *command = NULL;

	strv_split(&list, words, ' ');
	if (server_parse(&list, list.n, &command, &p, &err) < 0) {
		cr_expect_eq(err.code, CLI_SYNTAX);
		return NULL;
	}
	strv_add(&pairs, command);
	for (size_t i = 0; i < p.n; i++)
		strv_take(&pairs, xasprintf("%s=%s", p.items[i].key, p.items[i].value));
	return strv_join(&pairs, "|");
}

Test(args, server_stage)
{
	static const struct {
		const char *words, *pairs;
	} cases[] = {
		{ "vm-list", "vm-list" },
		{ "--minimal vm-list", "--minimal|vm-list=" },
		{ "name-label=web vm-list", NULL },
		{ "vm-list --minimal a=b=c d", "vm-list|minimal=true|a=b=c|d=" },
		{ "vm-start --force=x", "vm-start|force=x=true" },
		{ "vm-list -x 1", NULL },
		{ "vm-list -u", NULL },
		{ "vm-list -u root a=1", "vm-list|a=1" },
		{ "vm-list a=1 a=2", "vm-list|a=1|a=2" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ char *pairs = server_pairs(cases[i].words);

		cr_expect(str_eq(pairs, cases[i].pairs), "%s: %s", cases[i].words, pairs);
	}
}

Test(args, first_of_two_equal_keys_is_looked_up)
{
	_cleanup_params_ struct params p = { 0 };

	params_add(&p, "a", "1");
	params_add(&p, "a", "2");
	cr_expect_str_eq(params_get(&p, "a"), "1");
	cr_expect_null(params_get(&p, "A"));
}

Test(args, flags_in_all_spellings)
{
	static const char *const yes[] = { "true", "T", "Yes", "y", "1" };
	static const char *const no[] = { "false", "F", "NO", "n", "0" };
	static const char *const bad[] = { "", "maybe", "tru", "2", "on" };

	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_params_ struct params p = { 0 };
		bool value = false;

		params_add(&p, "yes", yes[i]);
		params_add(&p, "no", no[i]);
		params_add(&p, "bad", bad[i]);
		cr_expect_eq(params_flag(&p, "yes", &value, &err), 0);
		cr_expect(value);
		cr_expect_eq(params_flag(&p, "absent", &value, &err), 0);
		cr_expect(value);
		cr_expect_eq(params_flag(&p, "no", &value, &err), 0);
		cr_expect_not(value);
		cr_expect_eq(params_flag(&p, "bad", &value, &err), -1);
		cr_expect_eq(err.code, CLI_USAGE);
		cr_expect(str_starts(err.params[0], "Failed to parse parameter 'bad': Expected"));
	}
}

static const struct {
	const char *text;
	int64_t bytes; /* -1: refused */
} sizes[] = {
	{ "0", 0 },
	{ "512", 512 },
	{ "7b", 7 },
	{ "7 bytes", 7 },
	{ "2K", 2048 },
	{ "2kb", 2048 },
	{ " 2 KiB and more", 2048 },
	{ "1GiB", 1LL << 30 },
	{ "3TB", 3LL << 40 },
	{ "8388607TiB", 8388607LL << 40 },
	{ "8388608TiB", -1 },
	{ "99999999999999999999", -1 },
	{ "", -1 },
	{ "GiB", -1 },
	{ "-1", -1 },
	{ "1.5GiB", -1 },
	{ "2x", -1 },
	{ "0x10", -1 },
};

Test(args, sizes_with_units)
{
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		_cleanup_error_ struct vxe_error err = { 0 };
		_cleanup_params_ struct params p = { 0 };
		int64_t bytes = -1;

		params_add(&p, "disk-size", sizes[i].text);
		cr_expect_eq(
			params_size(&p, "disk-size", &bytes, &err), sizes[i].bytes < 0 ? -1 : 0);
		cr_expect_eq(
			bytes, sizes[i].bytes, "'%s' gave %lld", sizes[i].text, (long long)bytes);
		if (sizes[i].bytes < 0)
			cr_expect_eq(err.code, CLI_USAGE);
	}
}
