/* SPDX-License-Identifier: MIT */
#include "xe/report/html.h"

#include "tests/unit/harness.h"

#include "tests/unit/leak.h"

TestSuite(html, .fini = no_leaks);

Test(html, text_cannot_become_an_element)
{
	_cleanup_str_ struct str html = { 0 };

	html_text(&html, "<b>\"R&D\" 'x'</b>");
	cr_assert_str_eq(html.data, "&#60;b&#62;&#34;R&#38;D&#34; &#39;x&#39;&#60;/b&#62;");
}

Test(html, control_characters_and_bad_bytes_are_shown)
{
	_cleanup_str_ struct str html = { 0 };

	html_text(&html, "a\033[2J\xff");
	cr_assert_str_eq(html.data, "a\\x1B[2J\\xFF");
}

Test(html, each_dollar_stands_for_a_text)
{
	_cleanup_str_ struct str html = { 0 };

	html_add(&html, "<p>$ of $</p>", "1 $", "<2>", NULL);
	cr_assert_str_eq(html.data, "<p>1 $ of &#60;2&#62;</p>");
}

Test(html, a_text_that_is_missing_is_empty)
{
	_cleanup_str_ struct str html = { 0 };

	html_text(&html, NULL);
	str_add(&html, "|");
	cr_assert_str_eq(html.data, "|");
}
