/* SPDX-License-Identifier: MIT */
/* Both writers walk the text in the same pieces: one UTF-8 character, or one byte that is none. */
#include "xe/text.h"

#include <stdint.h>
#include <string.h>

/* Length of the UTF-8 character at @p and its code point; 0: not one. */
static size_t utf8_char(const char *p, uint32_t *ret)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *b = (const unsigned char *)p;
	size_t len = b[0] < 0x80 ? 1 : (b[0] & 0xe0) == 0xc0 ? 2 : (b[0] & 0xf0) == 0xe0 ? 3 : 4;
	uint32_t code = len == 1 ? b[0] : b[0] & (0xffU >> (len + 1));

	if (len == 4 && (b[0] & 0xf8) != 0xf0)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (b[i] & 0x3f);
	}
	if (code < smallest[len] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret = code;
	return len;
}

static bool is_control(uint32_t code)
{
	return (code < 0x20 && code != '\n') || (code >= 0x7f && code < 0xa0);
}

char *text_safe(const char *text)
{
	struct str safe = { 0 };

	for (const char *p = text; *p;) {
		uint32_t code = 0;
		size_t len = utf8_char(p, &code);

		if (len && !is_control(code)) {
			str_add_bytes(&safe, p, len);
			p += len;
			continue;
		}
		for (size_t n = len ? len : 1; n > 0; n--)
			str_addf(&safe, "\\x%02X", (unsigned char)*p++);
	}
	return str_steal(&safe);
}

size_t text_bytes(const char *text, size_t width)
{
	const char *p = text;

	for (; *p && width; width--) {
		uint32_t code;
		size_t len = utf8_char(p, &code);

		p += len ? len : 1;
	}
	return (size_t)(p - text);
}

size_t text_width(const char *text)
{
	size_t width = 0;

	for (; *text; width++)
		text += text_bytes(text, 1);
	return width;
}

void text_json(struct str *to, const char *text)
{
	str_add(to, "\"");
	for (const char *p = text; *p;) {
		uint32_t code = 0xfffd;
		size_t len = utf8_char(p, &code);

		if (code == '"' || code == '\\')
			str_addf(to, "\\%c", (char)code);
		else if (code == '\n' || is_control(code))
			str_addf(to, "\\u%04x", (unsigned)code);
		else if (len)
			str_add_bytes(to, p, len);
		else
			str_add(to, "\xef\xbf\xbd");
		p += len ? len : 1;
	}
	str_add(to, "\"");
}
