/* SPDX-License-Identifier: MIT */
/*
 * The table of what each field and key that a param-* command can set does on this host; nothing else decides that.
 * By this table, commands tell what has no effect, and docs/fields.md describes it; a test finds fields that the
 * table lacks.
 */
#pragma once

#include "objects/model/class.h"

enum setting_acts {
	ACTS_DEFINITION, /* the setting is in the definition of the domain */
	ACTS_VXE,	 /* vxe itself reads the setting and acts by it */
	ACTS_RECORD,	 /* people and tools read the setting, and nothing else is promised */
	ACTS_NOT,	 /* the setting is stored, and has no effect */
	ACTS_REFUSED,	 /* it cannot be set */
};

/*
 * A row of the table of settings. @cls, @field and @key are lists of words, divided by blanks; a word that ends with
 * '*' stands for all words with that beginning.
 */
struct setting {
	const char *cls;   /* names of classes; '*' for any */
	const char *field; /* names of fields, as xe spells them */
	const char *key;   /* keys of a map; NULL: the field is no map */
	const char *value; /* the row is only for this value, as documents have it; NULL: for any */
	enum setting_acts acts;
	/* how the setting acts, or why not, as a part of a sentence; NULL: @acts says all */
	const char *what;
};

/*
 * The table of settings. Of several rows that fit a setting, the first one counts. A row with a NULL class ends the
 * table.
 */
extern const struct setting setting_rows[];

/* True if a param-* command can change the field. */
bool field_is_settable(const struct field *f);
/* The row of the table of settings for a field or key (@key NULL: the field is no map); NULL: the table has none. */
const struct setting *setting_find(
	const struct class *c, const struct field *f, const char *key, const char *value);
/*
 * Adds a line of text, without a full stop, for each new value in the record @after that has no effect on this host;
 * @before is the record before the change. For a value that was emptied or removed, nothing is added.
 */
void settings_without_effect(
	const struct class *c, const void *before, const void *after, struct strv *ret);
/* What the field, and each of its keys, does, as a cell of docs/fields.md; "" for a field that cannot be set. Owned. */
char *setting_doc(const struct class *c, const struct field *f);
