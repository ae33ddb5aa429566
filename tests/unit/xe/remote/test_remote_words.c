/* SPDX-License-Identifier: MIT */
/* The words that have a command run on another host. */
#include "xe/remote/remote_words.h"

#include <string.h>

#include "tests/unit/harness.h"

#include "tests/unit/leak.h"

TestSuite(remote_words, .fini = no_leaks);

static const struct forwarded forwarded = { .host = (char *)(uintptr_t) "H" };

static char *argv_of(const char *way, const char *program, const struct strv *words)
{
	_cleanup_strv_ struct strv argv = { 0 }, before = { 0 };

	strv_split(&before, way, ' ');
	remote_argv(&before, "10.9.0.2", program, &forwarded, words, &argv);
	return strv_join(&argv, "|");
}

static const char *const odd[] = { "vm-start", "vm=it's\n\"a b\" $x \\", "", "'", "''a'",
	"a ' b+c%41", "$(id)", "`id`", ";id;", "&&id", "~", "*?[a]{b,c}!#|<>^\t",
	"\xc3\xa4\x01\xff" };

static void add_odd(struct strv *words)
{
	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		strv_add(words, odd[i]);
}

Test(remote_words, are_one_word_whatever_the_program_is)
{
	_cleanup_strv_ struct strv words = { 0 };

	strv_add(&words, "vm-start");
	strv_add(&words, "vm=it's \"a\"\n+%");
#define WORD "--forwarded=+H+vm-start+vm=it%27s%20%22a%22%0A%2B%25"
	_cleanup_free_ char *own = argv_of("timeout 60 ssh h2", "vxe", &words);
	cr_expect_str_eq(own, "timeout|60|ssh|h2|vxe|" WORD);
	_cleanup_free_ char *usual = argv_of("", "xe", &words);
	cr_expect_str_eq(usual,
		"ssh|-T|-o|BatchMode=yes|-o|ConnectTimeout=10|-o|ServerAliveInterval=5|"
		"10.9.0.2|xe|" WORD);
}

/* No byte of the word is one that a shell reads. */
Test(remote_words, have_no_byte_for_a_shell)
{
	_cleanup_strv_ struct strv words = { 0 }, back = { 0 };

	add_odd(&words);
	_cleanup_free_ char *word = remote_word(&forwarded, &words);
	cr_expect_eq(
		strspn(word,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.,:/=@%+"),
		strlen(word));
	_cleanup_free_ char *asked = xasprintf("vxe %s", word);
	cr_assert(remote_asked(asked, &back));
	cr_assert_eq(back.n, ARRAY_LEN(odd) + 2);
	cr_expect_str_eq(back.items[0], "vxe");
	cr_expect_str_eq(back.items[1], "--forwarded=H");
	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		cr_expect_str_eq(back.items[i + 2], odd[i]);

	static const char *const wrong[] = { "--forwarded=", "--forwarded=H", "--forwarded=+H+%",
		"--forwarded=+H+%4", "--forwarded=+H+%0", "--forwarded=+H+%00",
		"--forwarded=+H+a b", "--forwarded=+H+%zz", "--forwarded=+H+$x",
		"--forwarded=+H+%+1" };
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		_cleanup_strv_ struct strv none = { 0 };

		cr_expect(!remote_word_read(wrong[i], &none), "%s", wrong[i]);
	}
}

/* What an older vxe asks ssh for: each word quoted for a shell. */
Test(remote_words, of_an_older_vxe_are_read_without_a_shell)
{
	_cleanup_strv_ struct strv back = { 0 };

	cr_assert(remote_asked("'vxe' '--forwarded=H' 'vm=it'\\''s \"a\" $x' ''", &back));
	_cleanup_free_ char *words = strv_join(&back, "|");
	cr_expect_str_eq(words, "vxe|--forwarded=H|vm=it's \"a\" $x|");

	static const char *const wrong[] = { "", "vxe", "'vxe", "'vxe';", "'vxe' ; rm", "'vxe'$x",
		"'vxe' vm-list", "'vxe'  'a'", "'a'\\''b", "vxe --forwarded=+H+a;id",
		"vxe --forwarded=+H+a --forwarded=+H+b" };
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		_cleanup_strv_ struct strv none = { 0 };

		cr_expect(!remote_asked(wrong[i], &none), "%s", wrong[i]);
	}
}

Test(remote_words, the_word_between_two_vxe_is_read_as_it_was_written)
{
	const struct forwarded some[] = {
		{ .host = (char *)(uintptr_t) "H" },
		{ .host = (char *)(uintptr_t) "H",
			.input = true,
			.part = true,
			.usual = 3,
			.only = (char *)(uintptr_t) "V" },
	};

	for (size_t i = 0; i < ARRAY_LEN(some); i++) {
		_cleanup_forwarded_ struct forwarded back = { 0 };
		_cleanup_free_ char *word = forwarded_print(&some[i]), *again = NULL;

		cr_assert(forwarded_parse(word, &back), "%s", word);
		again = forwarded_print(&back);
		cr_expect_str_eq(again, word);
		cr_expect_str_eq(back.host, "H");
	}
	struct forwarded none = { 0 };

	cr_expect(!forwarded_parse("--forwarded=H,what", &none));
	cr_expect(!forwarded_parse("vm-list", &none));
}
