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
	/* any text; if the kind has a list of words, the command's handler refuses other texts */
	PARAM_TEXT,
	/* UUID of an object of the kind's view; `vxe` also accepts the object's name-label */
	PARAM_UUID,
	PARAM_UUIDS,  /* UUIDs, separated by commas; `vxe` also accepts name-labels */
	PARAM_OBJECT, /* UUID or name-label of an object of the kind's view */
	PARAM_FLAG,
	PARAM_GIVEN, /* a flag that counts as true if it is there, whatever its value, as in xe */
	PARAM_SIZE,  /* size in bytes */
	PARAM_NUMBER,
	PARAM_SECONDS, /* number of seconds, may have a fraction */
	PARAM_TIME,
	PARAM_WORD,   /* one of the words that the kind lists */
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
	const char *meaning; /* what the parameter means, as a sentence for help */
	/*
	 * For a UUID, an object or a sort order: prefix of the view of the objects or fields; NULL: the view of the
	 * command. For a text or a map: prefix of the view of an object whose UUID may be the value; NULL: the value is
	 * no UUID.
	 */
	const char *view;
	/* for sort= of a list that shows no class of objects: names of the columns of the list, ended by NULL */
	const char *const *columns;
	const struct enum_table *words;
	/*
	 * The default value of the parameter, or what happens without it. NULL: the default is false for a flag; of
	 * other types the help says nothing.
	 */
	const char *absent;
	/*
	 * xe's message for a bad value; if the message ends in a blank, the value follows. NULL: the message of the
	 * parameter's type.
	 */
	const char *refusal;
	bool internal; /* as `xe`, a bad value is reported as an internal error */
	bool exact;    /* for a word: capitals and small letters differ */
	bool natural;  /* for a number: it must not be negative */
	/* for a text: `vxe` refuses an empty one, because it is the name by which the object is found */
	bool named;
	bool dashed; /* the parameter may also be typed as --NAME=VALUE */
	/*
	 * As `vxe`: this parameter is an alias for another parameter of the same command, which has this name; see
	 * xe/words/object_names.c.
	 */
	const char *instead;
	/* for a template: names of snapshots are accepted, too, because snapshots are templates */
	bool snapshots;
};

#define SORT_MEANING                                                                               \
	"The field whose values give the order; with '-' before it the largest come first."
/* The kind of a parameter sort= whose values are fields of another view than that of the command. */
#define SORT_KIND(of_view, what, otherwise)                                                        \
	{                                                                                          \
		"sort", PARAM_ORDER, .meaning = (what), .view = (of_view), .dashed = true,         \
				     .absent = (otherwise)                                         \
	}

/*
 * Finds the kind of a parameter by its name: first in @own (ended by NULL; may be NULL), then in param_kinds. NULL:
 * there is none.
 */
const struct param_kind *param_kind_find(const struct param_kind *const *own, const char *name);
/* All kinds of parameters in byte order of their names; the last one has a NULL name. */
extern const struct param_kind param_kinds[];

/*
 * A parameter as help shows it: "sr-uuid=UUID", "type=cd|disk", "other-config:KEY=VALUE". @named: the parameter also
 * takes a name, "sr-uuid=UUID|NAME". Owned.
 */
char *param_usage(const struct param_kind *kind, bool named);

/* Checks the value that @params have for this kind of parameter; a bad value fails with CLI_USAGE or CLI_VALUE. */
int param_check(const struct param_kind *kind, const struct params *params, bool as_xe,
	struct vxe_error *err) _must_check_;

/* The number that @text stands for, a value of type NUMBER, TIME or WORD that param_check() has accepted. */
int64_t param_value(const struct param_kind *kind, const char *text);
