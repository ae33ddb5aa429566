/* SPDX-License-Identifier: MIT */
/*
 * What each field and key that a param-* command can set does on this host: the only table of that. The commands say of it
 * what has no effect, docs/fields.md shows it, and a test finds what it lacks.
 */
#pragma once

#include "objects/model/class.h"

enum setting_acts {
	ACTS_DEFINITION, /* it is in the definition of the domain */
	ACTS_VXE,	 /* vxe itself reads it and acts by it */
	ACTS_RECORD,	 /* people and tools read it, and nothing else is promised */
	ACTS_NOT,	 /* it is stored, and has no effect */
	ACTS_REFUSED,	 /* it cannot be set */
};

/* Classes, fields and keys are lists of words, divided by blanks; a word that ends with '*' stands for all that begin so. */
struct setting {
	const char *cls;   /* names of classes; '*' for any */
	const char *field; /* names of fields, as xe spells them */
	const char *key;   /* key of a map; NULL: the field is no map */
	const char *value; /* the row is only for this value, as documents have it; NULL: for any */
	enum setting_acts acts;
	const char
		*what; /* how it acts, or why not, as a part of a sentence; NULL: @acts says all */
};

/* The first row that fits counts. Ends with a NULL class. */
extern const struct setting setting_rows[];

/* True if a param-* command can change the field. */
bool field_is_settable(const struct field *f);
/* The row for a field or key (@key NULL: the field is no map); NULL: the table has none. */
const struct setting *setting_find(
	const struct class *c, const struct field *f, const char *key, const char *value);
/*
 * Adds a line, without a stop, for each value of @after that has no effect here and that @before does not have. What is emptied or taken
 * out has none.
 */
void settings_without_effect(
	const struct class *c, const void *before, const void *after, struct strv *ret);
/* What the field, and each of its keys, does, as a cell of docs/fields.md; "" for a field that cannot be set. Owned. */
char *setting_doc(const struct class *c, const struct field *f);
