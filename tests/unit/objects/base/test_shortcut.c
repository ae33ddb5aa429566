/* SPDX-License-Identifier: MIT */
/* VXE_SHORTCUTS: which words it takes, and what each turns off. */
#include "objects/base/shortcut.h"

#include "tests/unit/harness.h"

#include "objects/base/mem.h"
#include "objects/base/str.h"
#include "tests/unit/leak.h"

TestSuite(shortcut, .fini = no_leaks);

static size_t count_on(const char *text)
{
	_cleanup_error_ struct vxe_error err = { 0 };
	size_t n = 0;

	cr_assert_eq(shortcuts_set(text, &err), 0);
	for (int i = 0; i < N_SHORTCUTS; i++)
		n += shortcut_on((enum shortcut)i);
	return n;
}

Test(shortcut, all_are_on_off_or_chosen)
{
	cr_expect_eq(count_on(NULL), N_SHORTCUTS);
	cr_expect_eq(count_on("off"), 0);
	cr_expect_eq(count_on(""), N_SHORTCUTS);
	cr_expect_eq(count_on("-watch,-doc-cache"), N_SHORTCUTS - 2);
	cr_expect(!shortcut_on(SHORTCUT_WATCH) && !shortcut_on(SHORTCUT_DOC_CACHE));
	cr_expect(shortcut_on(SHORTCUT_INDEX_FILE));
}

Test(shortcut, each_has_a_name_that_turns_it_off)
{
	for (int i = 0; i < N_SHORTCUTS; i++) {
		_cleanup_free_ char *text = xasprintf("-%s", shortcut_name((enum shortcut)i));

		cr_expect_eq(count_on(text), N_SHORTCUTS - 1);
		cr_expect(!shortcut_on((enum shortcut)i));
	}
}

Test(shortcut, another_word_is_refused)
{
	static const char *const words[] = { "on", "watch", "-wach", "-watch,", "-watch,x", "-" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		_cleanup_error_ struct vxe_error err = { 0 };

		cr_expect_lt(shortcuts_set(words[i], &err), 0, "%s", words[i]);
		cr_expect_eq(err.code, CLI_USAGE);
	}
}
