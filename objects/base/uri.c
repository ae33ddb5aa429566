/* SPDX-License-Identifier: MIT */
/* Tells where URIs lead, by their text alone, and hides passwords in them. */
#include "objects/base/uri.h"

#include <string.h>
#include <strings.h>

#include "objects/base/str.h"

/* True for the URIs "qemu+ssh://..." and those with a host; false for "qemu+unix" and "qemu" without a host. */
bool uri_is_remote(const char *uri)
{
	static const char *const transports[] = { "ssh", "libssh", "libssh2", "tcp", "tls", "ext" };
	const char *colon = strstr(uri, "://");
	const char *plus = colon ? memchr(uri, '+', (size_t)(colon - uri)) : NULL;

	if (!colon)
		return false;
	for (size_t i = 0; plus && i < ARRAY_LEN(transports); i++)
		if (strlen(transports[i]) == (size_t)(colon - plus - 1) &&
			strncmp(plus + 1, transports[i], (size_t)(colon - plus - 1)) == 0)
			return true;
	return colon[3] && !strchr("/?", colon[3]);
}

/* ---- databases ------------------------------------------------------------------------------- */

#define HIDDEN "***"

bool uri_is_database(const char *where)
{
	return where && (str_starts(where, "postgresql://") || str_starts(where, "postgres://"));
}

/* True for a parameter whose value may be secret; a name with escapes may stand for any other. */
static bool is_secret_parameter(const char *name, size_t len)
{
	static const char word[] = "pass";

	for (size_t i = 0; i < len; i++)
		if (name[i] == '%' || strncasecmp(name + i, word, strlen(word)) == 0)
			return true;
	return false;
}

/* Appends the parameters of a URI, "?name=value&...". */
static void add_parameters(struct str *to, const char *p)
{
	while (*p) {
		size_t len = strcspn(p + 1, "&") + 1;
		size_t name = strcspn(p, "=");

		if (name < len && is_secret_parameter(p + 1, name - 1)) {
			str_add_bytes(to, p, name + 1);
			str_add(to, HIDDEN);
		} else {
			str_add_bytes(to, p, len);
		}
		p += len;
	}
}

/*
 * libpq's other form, "host=db password=x", which is no URI and is refused. Where such a password ends depends on quotes, so all
 * that follows is hidden. A path is shown as it is.
 */
static char *keywords_shown(const char *where)
{
	for (const char *p = where; *where != '/' && *p; p++) {
		size_t name = strcspn(p, " \t\n=");
		const char *value = p + name + strspn(p + name, " \t\n");

		if (*value == '=' && is_secret_parameter(p, name))
			return xasprintf("%.*s=" HIDDEN, (int)(p + name - where), where);
	}
	return xstrdup(where);
}

/*
 * What stands between the first colon and the last at sign counts as a password, wherever they stand: a password in
 * which a character is not escaped is hidden, too.
 */
char *uri_shown(const char *where)
{
	struct str shown = { 0 };

	if (!where)
		return NULL;
	if (!uri_is_database(where))
		return keywords_shown(where);
	const char *user = strstr(where, "://") + strlen("://");
	const char *at = strrchr(user, '@');
	const char *colon = at ? memchr(user, ':', (size_t)(at - user)) : NULL;
	const char *rest = colon ? at : user;

	str_add_bytes(&shown, where, (size_t)((colon ? colon : user) - where));
	if (colon)
		str_add(&shown, ":" HIDDEN);
	str_add_bytes(&shown, rest, strcspn(rest, "?"));
	add_parameters(&shown, rest + strcspn(rest, "?"));
	return str_steal(&shown);
}
