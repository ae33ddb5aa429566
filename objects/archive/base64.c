/* SPDX-License-Identifier: MIT */
#include "objects/archive/base64.h"

#include <stdint.h>
#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *data, size_t n)
{
	const unsigned char *in = data;
	char *text = xmalloc((n + 2) / 3 * 4 + 1), *out = text;

	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t bits = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
			(left > 2 ? in[i + 2] : 0);

		*out++ = letters[bits >> 18];
		*out++ = letters[bits >> 12 & 63];
		*out++ = left > 1 ? letters[bits >> 6 & 63] : '=';
		*out++ = left > 2 ? letters[bits & 63] : '=';
	}
	*out = '\0';
	return text;
}

static int value_of(char c)
{
	const char *at = c ? strchr(letters, c) : NULL;

	return at ? (int)(at - letters) : -1;
}

bool base64_decode(const char *text, char **ret, size_t *n)
{
	size_t len = strlen(text), pad = len && text[len - 1] == '=' ? 1 : 0;

	if (len % 4)
		return false;
	pad += pad && text[len - 2] == '=';
	_cleanup_free_ char *data = xmalloc(len / 4 * 3 + 1);
	size_t have = 0;

	for (size_t i = 0; i < len; i += 4) {
		uint32_t bits = 0;

		for (size_t k = 0; k < 4; k++) {
			int value = i + k >= len - pad ? 0 : value_of(text[i + k]);

			if (value < 0)
				return false;
			bits = bits << 6 | (uint32_t)value;
		}
		data[have++] = (char)(bits >> 16);
		data[have++] = (char)(bits >> 8);
		data[have++] = (char)bits;
	}
	have -= pad;
	data[have] = '\0';
	*n = have;
	*ret = TAKE(data);
	return true;
}
