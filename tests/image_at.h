/* SPDX-License-Identifier: MIT */
/* What lies at a place, for tests: they have no session, so this file has a table for the whole program. */
#pragma once

#include "backends/content/content.h"

static inline struct content *image_at(const char *place)
{
	static struct content *table;

	if (!table)
		table = contents_new();
	return content_at(table, place);
}
