/* SPDX-License-Identifier: MIT */
#include "xe/output/colour.h"

#include "objects/base/mem.h"
#include "objects/base/str.h"

#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define DIM "\033[2m"

static const struct {
	const char *field, *text; /* text NULL: whatever the field says, unless it is empty */
	const char *mark;
} marks[] = {
	{ "power-state", "running", GREEN },
	{ "power-state", "paused", YELLOW },
	{ "power-state", "suspended", YELLOW },
	{ "power-state", "halted", DIM },
	{ "last-error", NULL, MARK_FAULT },
};

const char *mark_of(const char *field, const char *text)
{
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (str_eq(marks[i].field, field) &&
			(marks[i].text ? str_eq(marks[i].text, text) : *text != '\0'))
			return marks[i].mark;
	return "";
}
