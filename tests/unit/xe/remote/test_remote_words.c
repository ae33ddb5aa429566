/* SPDX-License-Identifier: MIT */
/* The words that have a command run on another host. */
#include "xe/remote/remote_words.h"

#include "tests/unit/harness.h"

#include "tests/unit/leak.h"

TestSuite(remote_words, .fini = no_leaks);

static char *argv_of(const char *remote, const char *program, const struct forwarded *f,
	const struct strv *words)
{
	_cleanup_strv_ struct strv argv = { 0 };

	remote_argv(remote, "10.9.0.2", program, f, words, &argv);
	return strv_join(&argv, "|");
}

Test(remote_words, are_given_as_they_are_to_a_program)
{
	const struct forwarded f = { .host = (char *)(uintptr_t) "H" };
	_cleanup_strv_ struct strv words = { 0 };

	strv_add(&words, "vm-start");
	strv_add(&words, "vm=it's\n\"a b\" $x \\");
	_cleanup_free_ char *own = argv_of("  /opt/remote\t-v \n10.9.0.2 ", "vxe", &f, &words);
	cr_expect_str_eq(
		own, "/opt/remote|-v|10.9.0.2|vxe|--forwarded=H|vm-start|vm=it's\n\"a b\" $x \\");
	_cleanup_free_ char *sshd = argv_of("sshd x", "vxe", &f, &words);
	cr_expect(strstr(sshd, "|vm-start|"));
}

Test(remote_words, are_quoted_for_the_shell_behind_ssh)
{
	const struct forwarded f = { .host = (char *)(uintptr_t) "H" };
	_cleanup_strv_ struct strv words = { 0 };

	strv_add(&words, "vm-start");
	strv_add(&words, "vm=it's\n\"a b\" $x \\");
	strv_add(&words, "");
#define QUOTED "|'vxe'|'--forwarded=H'|'vm-start'|'vm=it'\\''s\n\"a b\" $x \\'|''"
	_cleanup_free_ char *own = argv_of("/usr/bin/ssh -p 22 h2", "vxe", &f, &words);
	cr_expect_str_eq(own, "/usr/bin/ssh|-p|22|h2" QUOTED);
	for (int i = 0; i < 2; i++) {
		_cleanup_free_ char *usual = argv_of(i ? " " : NULL, "vxe", &f, &words);

		cr_expect_str_eq(usual,
			"ssh|-T|-o|BatchMode=yes|-o|ConnectTimeout=10|-o|ServerAliveInterval=5|"
			"10.9.0.2" QUOTED);
	}
	_cleanup_free_ char *xe = argv_of("ssh h2", "xe", &f, &words);
	cr_expect(strstr(xe, "|'xe'|"));
}

Test(remote_words, are_read_back_without_a_shell)
{
	const struct forwarded f = { .host = (char *)(uintptr_t) "H" };
	static const char *const odd[] = { "vm-start", "vm=it's\n\"a b\" $x \\", "", "'", "''a'",
		"a ' b" };
	_cleanup_strv_ struct strv words = { 0 }, argv = { 0 }, back = { 0 };
	struct str text = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		strv_add(&words, odd[i]);
	remote_argv("ssh h2", "", "vxe", &f, &words, &argv);
	for (size_t i = 2; i < argv.n; i++) /* as ssh joins them */
		str_addf(&text, "%s%s", i > 2 ? " " : "", argv.items[i]);
	cr_assert(remote_words_read(str_text(&text), &back));
	cr_assert_eq(back.n, ARRAY_LEN(odd) + 2);
	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		cr_expect_str_eq(back.items[i + 2], odd[i]);
	str_clear(&text);

	static const char *const wrong[] = { "", "vxe", "'vxe", "'vxe';", "'vxe' ; rm", "'vxe'$x",
		"'vxe' vm-list", "'vxe'  'a'", "'a'\\''b" };
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		_cleanup_strv_ struct strv none = { 0 };

		cr_expect(!remote_words_read(wrong[i], &none), "%s", wrong[i]);
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
