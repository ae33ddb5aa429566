/* SPDX-License-Identifier: MIT */
/* Text from outside on its way to people: one line, nothing that moves the cursor. And base64. */
#include "tests/fuzz/fuzz.h"

#include "objects/archive/base64.h"
#include "objects/base/escape.h"

static void is_safe(const char *text, bool lines)
{
	for (size_t len; *text; text += len) {
		uint32_t code = 0;

		len = utf8_character(text, &code);
		assert(len && (!shown_is_control(code) || (lines && code == '\n')));
	}
}

static void back_and_forth(const char *text, const uint8_t *data, size_t size)
{
	_cleanup_free_ char *encoded = base64_encode(data, size), *same = NULL, *bytes = NULL;
	size_t n = 0;
	bool good = base64_decode(encoded, &same, &n);

	assert(good && n == size && (!n || memcmp(same, data, n) == 0));
	if (!base64_decode(text, &bytes, &n))
		return;
	/* Bits behind the last byte may be lost. */
	_cleanup_free_ char *again = base64_encode(bytes, n);

	assert(strlen(again) == strlen(text));
}

void fuzz_shown(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size), *lines = shown_lines(text);

	is_safe(lines, true);
	for (size_t max = 0; max <= SHOWN_TEXT; max += 50) {
		_cleanup_free_ char *once = shown(text, max), *twice = shown(once, max);

		is_safe(once, false);
		assert(strcmp(once, twice) == 0);
		assert(strlen(once) <= (max < 3 ? 3 : max));
	}
	back_and_forth(text, data, size);
}
