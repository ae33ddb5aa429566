/* SPDX-License-Identifier: MIT */
/*
 * The parameters of commands: the type of each, its meaning, and the refusal of a bad value. A name
 * means the same in all commands (param_kind.c has the list); where a command gives a name another
 * meaning, the command's row has a kind of its own.
 */
#pragma once

#include "objects/model/class.h"
#include "xe/args/args.h"

enum param_type {
	PARAM_TEXT, /* with words: the handler refuses other ones */
	PARAM_UUID, /* of an object of the view; of a snapshot or template as `vxe` also its name-label */
	PARAM_UUIDS,  /* several of them, between commas */
	PARAM_OBJECT, /* the UUID or the name-label of an object of the view */
	PARAM_FLAG,
	PARAM_GIVEN, /* counts if it is given, whatever its value is, as in xe */
	PARAM_SIZE,  /* bytes */
	PARAM_NUMBER,
	PARAM_SECONDS, /* with a fraction */
	PARAM_TIME,
	PARAM_WORD,   /* one of words */
	PARAM_FIELD,  /* a field of the command's view */
	PARAM_FIELDS, /* several of them, between commas */
	PARAM_ORDER,  /* a field, after '-' in descending order */
	PARAM_KEY,    /* a member of the field that param-name= names */
	PARAM_FILE,   /* of the caller */
	PARAM_MAP,    /* the name ends in ':' or '-', and a key of the map follows */
};

struct param_kind {
	const char *name;
	enum param_type type;
	const char *meaning; /* a sentence */
	/*
	 * UUID, OBJECT, ORDER: the prefix of the view; NULL: the command's. TEXT, MAP: an object's UUID
	 * is also taken; NULL: only the text.
	 */
	const char *view;
	const char *const *columns; /* ORDER: of a list that is of no class; up to NULL */
	const struct enum_table *words;
	/* The value, or what happens, without the parameter; NULL: false (FLAG), or none. */
	const char *absent;
	/* xe's text for a bad value, followed by the value if it ends in a blank; NULL: the type's. */
	const char *refusal;
	bool internal; /* the refusal is an internal error of xe's server */
	bool exact;    /* WORD: capitals count */
	bool natural;  /* NUMBER: not below 0 */
	bool named;    /* TEXT: as `vxe` not empty, because the object is found by it */
	bool dashed;   /* --NAME=VALUE is the same as NAME=VALUE */
	/* As `vxe` another word for that parameter, if the row has it: xe/words/object_names.c. */
	const char *instead;
	bool snapshots; /* of templates: the names of snapshots, too, which are templates */
};

#define SORT_MEANING                                                                               \
	"The field whose values give the order; with '-' before it the largest come first."
/* sort= by the fields of another view than the command's. */
#define SORT_KIND(of_view, what, otherwise)                                                        \
	{                                                                                          \
		"sort", PARAM_ORDER, .meaning = (what), .view = (of_view), .dashed = true,         \
				     .absent = (otherwise)                                         \
	}

/* The kind of that name in @own (ended by NULL; may be NULL), else in the list; NULL: none. */
const struct param_kind *param_kind_find(const struct param_kind *const *own, const char *name);
/* The whole list in byte order, terminated by a NULL name. */
extern const struct param_kind param_kinds[];

/* For people: "sr-uuid=UUID", "type=cd|disk", "other-config:KEY=VALUE". Owned. */
char *param_usage(const struct param_kind *kind);

/* Refuses a bad value of a given parameter: CLI_USAGE, CLI_FAILURE. */
int param_check(const struct param_kind *kind, const struct params *params, bool as_xe,
	struct vxe_error *err) _must_check_;

/* The value of a NUMBER, TIME or WORD that param_check() has accepted. */
int64_t param_value(const struct param_kind *kind, const char *text);
