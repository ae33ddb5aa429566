/* SPDX-License-Identifier: MIT */
#include "objects/users/users_xml.h"

#include "backends/image/image_key.h"

#include <string.h>

/* The text of an attribute or element without entities. Owned. */
static char *unescape(const char *from, size_t n)
{
	static const struct {
		const char *entity, *text;
	} entities[] = { { "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&apos;", "'" },
		{ "&quot;", "\"" } };
	struct str to = { 0 };

	for (const char *end = from + n; from < end;) {
		size_t i = 0;

		while (i < ARRAY_LEN(entities) && !str_starts(from, entities[i].entity))
			i++;
		str_add_bytes(&to, i < ARRAY_LEN(entities) ? entities[i].text : from, 1);
		from += i < ARRAY_LEN(entities) ? strlen(entities[i].entity) : 1;
	}
	return str_steal(&to);
}

void xml_paths(const char *xml, struct strv *ret)
{
	static const char quotes[] = "'\"<>";

	for (const char *p = strpbrk(xml, quotes); p; p = strpbrk(p + 1, quotes)) {
		if (p[1] != '/' || *p == '<') /* </element> */
			continue;
		char *path = unescape(p + 1, strcspn(p + 1, quotes));

		if (strv_has(ret, path))
			free(path);
		else
			strv_take(ret, path);
	}
}

bool xml_names_path(const char *xml, const char *path)
{
	_cleanup_strv_ struct strv paths = { 0 };
	bool named = false;

	xml_paths(xml, &paths);
	for (size_t i = 0; i < paths.n && !named; i++)
		named = image_is_same(paths.items[i], path);
	return named;
}

char *xml_first(const char *xml, const char *name)
{
	_cleanup_free_ char *start = xasprintf("<%s>", name);
	const char *at = strstr(xml, start);

	if (!at)
		return NULL;
	at += strlen(start);
	return xstrndup(at, strcspn(at, "<"));
}
