/* SPDX-License-Identifier: MIT */
/* UUIDs, made and parsed by libuuid. */
#include "objects/base/uuid.h"

#include <ctype.h>
#include <string.h>
#include <uuid/uuid.h>

char *uuid_new(void)
{
	uuid_t raw;
	char *text = xmalloc(UUID_TEXT_LEN + 1);

	uuid_generate_random(raw);
	uuid_unparse_lower(raw, text);
	return text;
}

char *uuid_derive(const char *space, const char *name)
{
	uuid_t ns = { 0 }, raw;
	char *text = xmalloc(UUID_TEXT_LEN + 1);

	(void)uuid_parse(space, ns); /* a @space that is no UUID counts as the nil UUID */
	uuid_generate_sha1(raw, ns, name, strlen(name));
	uuid_unparse_lower(raw, text);
	return text;
}

char *uuid_lower(char *s)
{
	for (char *c = s; c && *c; c++)
		if (*c >= 'A' && *c <= 'F')
			*c = (char)(*c - 'A' + 'a');
	return s;
}

bool uuid_is_valid(const char *s)
{
	uuid_t raw;

	return s && strlen(s) == UUID_TEXT_LEN && uuid_parse(s, raw) == 0;
}

/* fewest characters that count as the beginning of a UUID: fewer may well be a word */
#define BEGINNING 8

bool uuid_is_beginning(const char *s)
{
	size_t len = s ? strlen(s) : 0;

	for (size_t i = 0; i < len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s[i] != '-' : !isxdigit((unsigned char)s[i]))
			return false;
	}
	return len >= BEGINNING && len < UUID_TEXT_LEN;
}
