/* SPDX-License-Identifier: MIT */
/* Positions of disks, by xe's names and numbers. */
#include <string.h>

#include "objects/classes/vm/vbd.h"

/* Reads the number at the beginning of the text, at most VBD_POSITION_MAX; NULL: there is none. */
static const char *read_number(const char *text, int *ret)
{
	const char *end = text;

	for (*ret = 0; *end >= '0' && *end <= '9'; end++) {
		*ret = *ret * 10 + (*end - '0');
		if (*ret > VBD_POSITION_MAX)
			return NULL;
	}
	return end > text ? end : NULL;
}

/* Reads the letters at the beginning of the text, as Linux counts disks: "a" is 0, "aa" is 26. */
static const char *read_letters(const char *text, int *ret)
{
	const char *end = text;

	for (*ret = 0; *end >= 'a' && *end <= 'z'; end++) {
		*ret = *ret * 26 + (*end - 'a' + 1);
		if (*ret > VBD_POSITION_MAX + 1)
			return NULL;
	}
	(*ret)--;
	return end > text ? end : NULL;
}

/* True at the end of a position: after it there may be the number of a partition. */
static bool ends(const char *rest)
{
	return !rest[strspn(rest, "0123456789")];
}

int vbd_position(const char *userdevice)
{
	static const char *const prefixes[] = { "xvd", "vd", "sd", "hd", "fd" };
	const char *rest;
	int n;

	rest = read_number(userdevice, &n);
	if (rest)
		return !*rest && rest - userdevice <= 3 ? n : -1;
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (str_starts(userdevice, prefixes[i])) {
			rest = read_letters(userdevice + strlen(prefixes[i]), &n);
			return rest && ends(rest) ? n : -1;
		}
	rest = *userdevice == 'd' ? read_number(userdevice + 1, &n) : NULL;
	if (rest && *rest == 'p')
		rest = rest[1] ? rest + 1 : NULL;
	else if (rest && *rest)
		rest = NULL;
	return rest && ends(rest) ? n : -1;
}

bool vbd_positions_take(struct vbd_positions *p, const struct vbd *vbd)
{
	int n = vbd_position(vbd->userdevice);

	if (n < 0 || p->taken[n])
		return false;
	return p->taken[n] = true;
}

bool vbd_positions_give(struct vbd_positions *p, struct vbd *vbd)
{
	for (int n = 0; n <= VBD_POSITION_MAX; n++)
		if (!p->taken[n]) {
			free(vbd->userdevice);
			vbd->userdevice = xasprintf("%d", n);
			return p->taken[n] = true;
		}
	return false;
}
