/* SPDX-License-Identifier: MIT */
/*
 * The names of domains in libvirt. A name-label is free text and may change; libvirt's name must not, because a
 * memory image can only be restored under the name with which it was saved.
 */
#include "objects/domain/domain_names.h"

#include <string.h>

#define NAME_MAX_BYTES 200

/* The length to which a name is cut: never inside a UTF-8 character, whose further bytes are 10xxxxxx. */
static size_t cut_length(const char *s)
{
	size_t n = strlen(s);

	if (n <= NAME_MAX_BYTES)
		return n;
	for (n = NAME_MAX_BYTES; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
		;
	return n;
}

char *name_clean(const char *label)
{
	char *name = xstrndup(label, cut_length(label));

	if (name[0] == '.')
		name[0] = '_';
	for (char *c = name; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f || *c == '/')
			*c = '_';
	return name;
}

int name_choose(
	struct session *s, const char *label, const char *uuid, char **ret, struct vxe_error *err)
{
	_cleanup_free_ char *stem = name_clean(str_is_empty(label) ? uuid : label);
	struct hv *hv;

	if (session_hv(s->here, &hv, err) < 0)
		return -1;
	for (unsigned i = 1;; i++) {
		_cleanup_free_ char *name = i == 1 ? xstrdup(stem) : xasprintf("%s-%u", stem, i);
		_cleanup_free_ char *holder = NULL;

		if (hv_find_name(hv, name, &holder, err) < 0)
			return -1;
		if (!holder || str_eq(holder, uuid)) {
			*ret = TAKE(name);
			return 0;
		}
	}
}
