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
	PARAM_TEXT,   /* any text; if it has words, the handler refuses others */
	PARAM_UUID,   /* UUID of an object of the view; as `vxe` also its name-label */
	PARAM_UUIDS,  /* UUIDs, separated by commas; as `vxe` also names */
	PARAM_OBJECT, /* UUID or name-label of an object of the view */
	PARAM_FLAG,
	PARAM_GIVEN, /* a flag that counts as true if it is there, whatever its value, as in xe */
	PARAM_SIZE,  /* size in bytes */
	PARAM_NUMBER,
	PARAM_SECONDS, /* number of seconds, may have a fraction */
	PARAM_TIME,
	PARAM_WORD,   /* one of the kind's words */
	PARAM_FIELD,  /* name of a field of the command's view */
	PARAM_FIELDS, /* names of fields, separated by commas */
	PARAM_ORDER,  /* name of a field, with '-' before it for descending order */
	PARAM_KEY,    /* key or member of the field that param-name= names */
	PARAM_FILE,   /* path of a file of the caller */
	PARAM_MAP,    /* the parameter's name ends in ':' or '-', and a key of the map follows */
};

struct param_kind {
	const char *name;
	enum param_type type;
	const char *meaning; /* its meaning, as a sentence */
	/*
	 * UUID, OBJECT, ORDER: the prefix of the view; NULL: the command's. TEXT, MAP: an object's UUID
	 * is also taken; NULL: only the text.
	 */
	const char *view;
	const char *const
		*columns; /* of ORDER, for a list that is of no class: its columns, ended by NULL */
	const struct enum_table *words;
	/* The value that it has, or what happens, if it is absent; NULL: false (FLAG), or nothing is said. */
	const char *absent;
	/* xe's text for a bad value; if it ends in a blank the value follows; NULL: the text of the type. */
	const char *refusal;
	bool internal; /* as xe, a bad value is an internal error */
	bool exact;    /* of WORD: capitals and small letters differ */
	bool natural;  /* of NUMBER: must not be below 0 */
	bool named;    /* of TEXT: as `vxe` must not be empty, because the object is found by it */
	bool dashed;   /* --NAME=VALUE means NAME=VALUE */
	/* As `vxe`: name of a parameter of the same command, of which this one is another name: xe/words/object_names.c. */
	const char *instead;
	bool snapshots; /* of templates: names of snapshots, which are templates, count, too */
};

#define SORT_MEANING                                                                               \
	"The field whose values give the order; with '-' before it the largest come first."
/* sort= by the fields of another view than that of the command. */
#define SORT_KIND(of_view, what, otherwise)                                                        \
	{                                                                                          \
		"sort", PARAM_ORDER, .meaning = (what), .view = (of_view), .dashed = true,         \
				     .absent = (otherwise)                                         \
	}

/* The kind of that name in @own (ended by NULL; may be NULL), else in the list below; NULL: none. */
const struct param_kind *param_kind_find(const struct param_kind *const *own, const char *name);
/* All kinds in byte order of their names, ended by a NULL name. */
extern const struct param_kind param_kinds[];

/*
 * The parameter as people see it: "sr-uuid=UUID", "type=cd|disk", "other-config:KEY=VALUE". @named: also a name is
 * taken, "sr-uuid=UUID|NAME". Owned.
 */
char *param_usage(const struct param_kind *kind, bool named);

/* Refuses a bad value with CLI_USAGE or CLI_FAILURE. */
int param_check(const struct param_kind *kind, const struct params *params, bool as_xe,
	struct vxe_error *err) _must_check_;

/* The value of a NUMBER, TIME or WORD that param_check() has accepted. */
int64_t param_value(const struct param_kind *kind, const char *text);
