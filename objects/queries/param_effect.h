/* SPDX-License-Identifier: MIT */
/*
 * What each field and key that a param-* command can set does on this host: the only table of that. The commands say of it
 * what has no effect, docs/fields.md shows it, and a test finds what it lacks.
 */
#pragma once

#include "objects/model/class.h"

enum setting_acts {
	ACTS_DEFINITION, /* it is in the domain's definition */
	ACTS_VXE,	 /* vxe goes by it */
	ACTS_RECORD,	 /* for people and tools: nothing else was promised */
	ACTS_NOT,	 /* it is kept, and nothing goes by it */
	ACTS_REFUSED,	 /* it cannot be set */
};

/* Classes, fields and keys are lists of words, divided by blanks; a word that ends with '*' stands for all that begin so. */
struct setting {
	const char *cls;   /* names of classes; '*': any */
	const char *field; /* their fields, as xe spells them */
	const char *key;   /* of a map; NULL: not a map */
	const char
		*value; /* the row is for this value alone, as documents have it; NULL: for any */
	enum setting_acts acts;
	const char *what; /* in what way, or why not; a part of a sentence; NULL: @acts says all */
};

/* Of several rows for the same thing the first one counts. Terminated by a NULL class. */
extern const struct setting setting_rows[];

/* True if a param-* command can change the field. */
bool field_is_settable(const struct field *f);
/* @key: NULL if the field is not a map. NULL: the table lacks it. */
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
