/* SPDX-License-Identifier: MIT */
/* Writes and reads cells, the columns of a row in one piece. What is read may be damaged, so each length is checked. */
#include "store/cells.h"

#include <string.h>

enum { CELL_NONE, CELL_TEXT };

void cells_add(struct str *cells, const char *value)
{
	static const char tags[] = { CELL_NONE, CELL_TEXT };

	str_add_bytes(cells, &tags[value ? CELL_TEXT : CELL_NONE], 1);
	if (value)
		str_add_bytes(cells, value, strlen(value) + 1);
}

/* Reads the cell at the offset @at and moves @at past it; false: there is no whole cell. */
static bool next_cell(const char *bytes, size_t len, size_t *at, const char **value)
{
	*value = NULL;
	if (*at == len)
		return false;
	char tag = bytes[(*at)++];
	if (tag == CELL_NONE)
		return true;
	const char *text = bytes + *at;
	const char *end = tag == CELL_TEXT ? memchr(text, '\0', len - *at) : NULL;
	if (!end)
		return false;
	*value = text;
	*at += (size_t)(end - text) + 1;
	return true;
}

int cells_split(const char *where, const char *cls, const char *uuid, const void *bytes, size_t len,
	size_t n, const char **values, struct vxe_error *err)
{
	bool whole = true;
	size_t at = 0;

	for (size_t i = 0; i < n && whole; i++)
		whole = next_cell(bytes, len, &at, &values[i]);
	if (!whole || at != len)
		return vxe_fail(err, VXE_RECORD_DAMAGED, where, cls, uuid,
			"it has not the columns of its class");
	return 0;
}
