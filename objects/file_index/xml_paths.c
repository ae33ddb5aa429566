/* SPDX-License-Identifier: MIT */
#include "objects/file_index/xml_paths.h"

#include "backends/content/content.h"
#include "backends/hv/domain_spec.h"
#include "objects/base/file_key.h"

#include <string.h>

/* A copy of the text of an attribute or element, with its entities replaced. Owned. */
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

/* The value of the first attribute called @name between @at and @end. Owned; NULL: none. */
static char *attribute(const char *at, const char *end, const char *name)
{
	_cleanup_free_ char *before = xasprintf(" %s=", name);
	const char *found = memmem(at, (size_t)(end - at), before, strlen(before));

	if (!found)
		return NULL;
	found += strlen(before) + 1; /* moves behind the quote */
	return unescape(found, strcspn(found, "'\"<>"));
}

/*
 * Adds the names by which vxe knows network disks of the definition: content that a server exports (<source
 * protocol=...>) and that has no path in the XML.
 */
static void add_exports(const char *xml, struct strv *ret)
{
	static const char start[] = "<source protocol=";

	for (const char *at = xml; (at = strstr(at, start)); at += sizeof(start)) {
		const char *end = strstr(at, "</source>");
		_cleanup_content_name_ struct content_name n = { 0 };

		if (!end)
			return;
		n.protocol = attribute(at, end, "protocol");
		n.name = attribute(at, end, "name");
		n.socket = attribute(at, end, "socket");
		char *place = n.protocol && n.name ? content_named("/", &n) : NULL;

		if (place && !strv_has(ret, place))
			strv_take(ret, place);
		else
			free(place);
	}
}

void xml_paths(const char *xml, struct strv *ret)
{
	static const char quotes[] = "'\"<>";

	for (const char *p = strpbrk(xml, quotes); p; p = strpbrk(p + 1, quotes)) {
		if (p[1] != '/' || *p == '<') /* this is </element> */
			continue;
		char *path = unescape(p + 1, strcspn(p + 1, quotes));

		if (strv_has(ret, path))
			free(path);
		else
			strv_take(ret, path);
	}
	add_exports(xml, ret);
}

/*
 * The text behind the first @before, such as "<name>", up to the end of the attribute or element. Owned; NULL: none.
 */
static char *text_after(const char *xml, const char *before)
{
	const char *at = strstr(xml, before);

	return at ? unescape(at + strlen(before), strcspn(at + strlen(before), "'\"<")) : NULL;
}

/* True if the domain boots by UEFI and its definition names no file for the UEFI variables. */
static bool lacks_nvram(const char *xml)
{
	const char *os = strstr(xml, "<os"), *end = os ? strstr(os, "</os>") : NULL;
	const char *nvram = strstr(xml, "<nvram"), *json = strstr(xml, "<varstore"),
		   *flash = strstr(xml, "pflash"), *efi = os ? strstr(os, "firmware='efi'") : NULL;

	if (!end || !((efi && efi < end) || (flash && flash < end)))
		return false;
	if (json && json < end) /* the element has JSON options */
		return false;
	nvram = nvram && nvram < end ? strchr(nvram, '>') : NULL;
	return !nvram || nvram[-1] == '/';
}

void xml_arg_paths(const char *xml, struct strv *ret, struct strv *images)
{
	static const char start[] = "qemu:arg value=";

	for (const char *at = strstr(xml, start); at; at = strstr(at, start)) {
		at += sizeof(start); /* moves behind the quote */
		_cleanup_free_ char *arg = unescape(at, strcspn(at, "'\"<"));

		qemu_arg_paths(arg, ret);
		if (images && !strstr(arg, "format=raw"))
			qemu_arg_paths(arg, images);
	}
}

void xml_own_files(const char *xml, const char *nvram_dir, const char *tpm_dir, struct strv *ret)
{
	_cleanup_free_ char *name = text_after(xml, "<name>"), *uuid = text_after(xml, "<uuid>");

	if (name && nvram_dir && lacks_nvram(xml))
		strv_take(ret, xasprintf("%s/%s_VARS.fd", nvram_dir, name));
	if (uuid && tpm_dir && strstr(xml, "<tpm "))
		strv_take(ret, xasprintf("%s/%s", tpm_dir, uuid));
}

bool xml_names_path(const char *xml, const char *path)
{
	_cleanup_strv_ struct strv paths = { 0 };
	bool named = false;

	xml_paths(xml, &paths);
	xml_arg_paths(xml, &paths, NULL);
	for (size_t i = 0; i < paths.n && !named; i++)
		named = file_is_same(paths.items[i], path);
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
