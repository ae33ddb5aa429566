/* SPDX-License-Identifier: MIT */
/* text_bytes() and text_width() split a text into the same pieces: UTF-8 characters, and invalid bytes. */
#include "xe/output/terminal_text.h"

#include "objects/base/escape.h"

char *text_safe(const char *text)
{
	return shown_lines(text);
}

size_t text_bytes(const char *text, size_t width)
{
	const char *p = text;

	for (; *p && width; width--) {
		uint32_t code;
		size_t len = utf8_character(p, &code);

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
		size_t len = utf8_character(p, &code);

		if (code == '"' || code == '\\')
			str_addf(to, "\\%c", (char)code);
		else if (shown_is_control(code))
			str_addf(to, "\\u%04x", (unsigned)code);
		else if (len)
			str_add_bytes(to, p, len);
		else
			str_add(to, "\xef\xbf\xbd");
		p += len ? len : 1;
	}
	str_add(to, "\"");
}

void text_json_member(struct str *to, const char *name, const char *value)
{
	if (to->len && to->data[to->len - 1] != '{')
		str_add(to, ",");
	text_json(to, name);
	str_add(to, ":");
	if (value)
		text_json(to, value);
	else
		str_add(to, "null");
}

void text_json_array(struct str *to, const struct strv *texts)
{
	str_add(to, "[");
	for (size_t i = 0; i < texts->n; i++) {
		str_add(to, i ? "," : "");
		text_json(to, texts->items[i]);
	}
	str_add(to, "]");
}
